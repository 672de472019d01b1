// The rows of /metrics that are read off the parts of a Service; those of messages are message_log.cpp's.
#pragma once

#include "engine/greylist.hpp"
#include "engine/ledger.hpp"
#include "engine/notices.hpp"
#include "engine/sender_tables.hpp"
#include "engine/signing_source.hpp"
#include "engine/sources.hpp"
#include "io/log.hpp"
#include "io/metrics.hpp"
#include "io/milter_server.hpp"

namespace bonafide::engine {

/// All of it outlives the Metrics, or at least every call of Metrics::text.
struct ServiceParts {
    const io::milter::Server& server;
    const Sources& sources;
    const io::Logger& log;
    const Ledger& ledger;
    const Greylist& greylist;
    const SenderTables& senders;
    const SigningSource& signing;
    const Notices& notices;
    const io::Counter& internal_errors; ///< exceptions that were caught before they reached the server's threads
    const io::Counter& prune_failures;  ///< of the ledger
};

void register_service_metrics(io::Metrics& metrics, ServiceParts parts);

} // namespace bonafide::engine
