// What `bonafide explain` says of a bounce, a log line, an SMTP reply, a header block or a message.
#pragma once

#include "base/ip.hpp"
#include "text/text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

enum class Kind : std::uint8_t { bounce, log, reply, headers, message };
[[nodiscard]] std::string_view to_text(Kind kind);

enum class Receiver : std::uint8_t { gmail, microsoft365, outlook, yahoo, icloud, other };
[[nodiscard]] std::string_view to_text(Receiver receiver);

/// Stable words (docs/explain.md): no-authentication spf-fail spf-record dkim-missing dkim-fail dkim-key dmarc-policy dmarc-missing
/// alignment reverse-dns tls reputation blocklist rate content format recipient relay greylist dns sender-domain forwarding other.
enum class Trouble : std::uint8_t {
    no_authentication,
    spf_fail,
    spf_record,
    dkim_missing,
    dkim_fail,
    dkim_key,
    dmarc_policy,
    dmarc_missing,
    alignment,
    reverse_dns,
    tls,
    reputation,
    blocklist,
    rate,
    content,
    format,
    recipient,
    relay,
    greylist,
    dns,
    sender_domain,
    forwarding,
    other,
    none, ///< of header blocks and messages: everything is well
};
[[nodiscard]] std::string_view to_text(Trouble trouble); ///< with hyphens

/// What the sentence can say more exactly than the trouble; not a word of the JSON.
enum class Detail : std::uint8_t {
    none,
    unknown,          ///< recipient: no such mailbox
    full,             ///< recipient: no room
    closed,           ///< recipient: disabled, no longer used
    closed_to_sender, ///< recipient: takes no mail from this sender
    malware,          ///< content: a virus, or a kind of file that is not taken
    login,            ///< relay: not logged in, or wrongly
    size,             ///< other: too large
    loop,             ///< other: the mail goes round
    connection,       ///< other: nobody answers, or breaks off
    receiver,         ///< other: trouble of the receiver's own
    automatic,        ///< other: an answer of a program, no failure
    delivered,        ///< none: it tells of success
};

enum class Confidence : std::uint8_t { low, medium, high };
[[nodiscard]] std::string_view to_text(Confidence confidence);

struct Explanation {
    Kind kind = Kind::reply;
    Receiver receiver = Receiver::other;
    std::string code{};     ///< "550"; empty: none
    std::string enhanced{}; ///< "5.7.26"
    Trouble trouble = Trouble::other;
    Detail detail = Detail::none;
    std::string domain{}; ///< whose records matter
    std::optional<ip::Address> ip{};
    std::string selector{};
    std::string recipient{};
    std::string
        message{}; ///< the whole message that it is about: the input, or what a bounce returns; empty: there is none
    text::Text summary{};
    std::vector<text::Text> fix{};     ///< the one edit first
    std::vector<text::Text> details{}; ///< what was read and what was seen in DNS
    Confidence confidence = Confidence::low;
    std::int64_t asked_at = 0; ///< Unix time
};

} // namespace bonafide::doctor
