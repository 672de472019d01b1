// Facts: what the protocols found about one message, as plain data (docs/architecture.md, idea 3). Header, log, JSON
// and the judging to come all read this value and nothing else.
#pragma once

#include "arc/chain.hpp"
#include "base/ip.hpp"
#include "dkim/dkim.hpp"
#include "dmarc/dmarc.hpp"
#include "dns/transcript.hpp"
#include "iprev/iprev.hpp"
#include "mail/address.hpp"
#include "spf/spf.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::verdict {

/// Where a message comes from; only inbound mail is verified.
enum class Direction : std::uint8_t { inbound, submitted, internal, local };
[[nodiscard]] std::string_view to_text(Direction direction);

struct Envelope {
    std::optional<ip::Address> client; ///< none: unknown (local submission, or a stored message that does not say)
    std::string client_name;           ///< as the MTA resolved it; empty when unknown
    std::string helo;
    std::optional<ip::Address>
        relay; ///< who connected, when that was a relay of ours; `client` is then the one before our relays
    std::uint32_t relays = 0;             ///< how many relays of ours the message passed
    std::optional<std::string> mail_from; ///< without brackets; "" is the null path; none: unknown
    std::vector<std::string> recipients;  ///< at most limits.recipients
    std::size_t more_recipients = 0;      ///< beyond those
    std::string source = "given";         ///< "given", or "message" when read back from Received/Return-Path
};

/// A protocol that was not evaluated carries a reason instead of a result: never a "none" that looks like a finding.
template<class T> struct Evaluated {
    std::optional<T> value;
    std::string unavailable; ///< why there is no value
};

struct Facts {
    Direction direction = Direction::inbound;
    Envelope envelope;
    std::int64_t now = 0; ///< Unix time of receipt
    mail::Author author;
    Evaluated<spf::Outcome> spf;
    Evaluated<iprev::Outcome> iprev;
    std::vector<dkim::SignatureResult> dkim; ///< top to bottom
    Evaluated<dmarc::Evaluation> dmarc;
    Evaluated<arc::Outcome> arc;
    dns::Transcript transcript;
    std::vector<std::string>
        unchecked; ///< failures of ours by class ("dns", "limit", "internal"); empty when all was done
};

/// Whether a failure of ours of this class kept the check incomplete.
[[nodiscard]] bool is_unchecked(const Facts& facts, std::string_view what);

} // namespace bonafide::verdict
