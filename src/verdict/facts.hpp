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

#include <array>
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

/// What the header says beside From, as far as judging needs it, or finding the message again. Each text is cut at most_bytes.
struct Letter {
    static constexpr std::size_t most_bytes = 998; ///< RFC 5322 2.1.1: one line
    static constexpr std::size_t most_ids = 5;
    std::string message_id;                ///< without its brackets; empty: none
    std::vector<mail::Mailbox> reply_to;   ///< empty: none, or none that can be read
    std::string list_id;                   ///< RFC 2919 2: what stands in its brackets
    std::string subject;                   ///< unfolded, RFC 2047 words left encoded
    bool delivery_report = false;          ///< multipart/report; report-type=delivery-status (RFC 3464 2)
    std::vector<std::string> returned_ids; ///< Message-IDs in the body of a delivery report, at most most_ids
};

/// Which passing signatures count for DMARC beside the plain ones.
struct DkimSupport {
    bool testing = true;       ///< keys with t=y
    bool partial_body = false; ///< l= that leaves bytes unsigned
};

struct Facts {
    Direction direction = Direction::inbound;
    Envelope envelope;
    std::int64_t now = 0; ///< Unix time of receipt
    mail::Author author;
    Letter letter;
    Evaluated<spf::Outcome> spf;
    Evaluated<iprev::Outcome> iprev;
    std::vector<dkim::SignatureResult> dkim; ///< top to bottom
    DkimSupport dkim_support;
    Evaluated<dmarc::Evaluation> dmarc;
    Evaluated<arc::Outcome> arc;
    dns::Transcript transcript;
    std::vector<std::string> unchecked; ///< failures of ours by class (unchecked_classes); empty when all was done
};

/// Whether the signature passes and counts for DMARC. Deviates from RFC 6376 3.6.1 t=: a pass with a key in test mode counts, as receivers
/// in the field take it, unless the settings say otherwise.
[[nodiscard]] bool supports_dmarc(const dkim::SignatureResult& signature, const DkimSupport& support);

inline constexpr std::array<std::string_view, 5> unchecked_classes{
    "dns",      ///< our DNS servers answered nothing at all
    "limit",    ///< the header is larger than what is read
    "internal", ///< an exception of ours
    "store",    ///< the ledger did not give the past in time
    "overload"  ///< too many messages at once: nothing was verified
};

/// Whether a failure of ours of this class kept the check incomplete.
[[nodiscard]] bool is_unchecked(const Facts& facts, std::string_view what);
/// Nothing was verified at all: "internal" or "overload".
[[nodiscard]] bool is_unverified(const Facts& facts);

} // namespace bonafide::verdict
