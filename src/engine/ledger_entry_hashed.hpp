// ledger.addresses = "hashed": what of a message's entry tells of people is hashed, or goes.
#pragma once

#include "dns/public_suffix.hpp"
#include "dns/transcript.hpp"
#include "engine/settings.hpp"
#include "io/store.hpp"
#include "verdict/facts.hpp"

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

namespace bonafide::engine {

struct Finished;

/// Of a mailbox in lower case.
[[nodiscard]] std::string address_of(const mail::Mailbox& mailbox);
/// All addresses of the message, in lower case; a local user is a name alone.
[[nodiscard]] std::vector<std::string> addresses_of(const Finished& finished);

/// Hashes the columns, the document, and the history beside it (JSON).
void hash_people(io::store::Message& message, boost::json::object& document, std::string& history,
                 const Finished& finished, const io::store::Secret& secret, const dns::PublicSuffixList& suffixes);

/// The exchanges whose names no macro can have put a local part into.
[[nodiscard]] dns::Transcript without_local_parts(const Finished& finished);

} // namespace bonafide::engine
