#include "policy/reply.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

using Meaning = EnhancedMeaning;
/// IANA, SMTP Enhanced Status Codes, all of them; the class digit is the reply's.
constexpr std::array meanings{
    Meaning{"0.0", "other undefined status"},
    Meaning{"1.0", "other address status"},
    Meaning{"1.1", "bad destination mailbox address"},
    Meaning{"1.2", "bad destination system address"},
    Meaning{"1.3", "bad destination mailbox address syntax"},
    Meaning{"1.4", "destination mailbox address ambiguous"},
    Meaning{"1.5", "destination address valid"},
    Meaning{"1.6", "destination mailbox has moved, no forwarding address"},
    Meaning{"1.7", "bad sender's mailbox address syntax"},
    Meaning{"1.8", "bad sender's system address"},
    Meaning{"1.9", "message relayed to non-compliant mailer"},
    Meaning{"1.10", "recipient address has null MX"},
    Meaning{"2.0", "other or undefined mailbox status"},
    Meaning{"2.1", "mailbox disabled, not accepting messages"},
    Meaning{"2.2", "mailbox full"},
    Meaning{"2.3", "message length exceeds administrative limit"},
    Meaning{"2.4", "mailing list expansion problem"},
    Meaning{"3.0", "other or undefined mail system status"},
    Meaning{"3.1", "mail system full"},
    Meaning{"3.2", "system not accepting network messages"},
    Meaning{"3.3", "system not capable of selected features"},
    Meaning{"3.4", "message too big for system"},
    Meaning{"3.5", "system incorrectly configured"},
    Meaning{"3.6", "requested priority was changed"},
    Meaning{"4.0", "other or undefined network or routing status"},
    Meaning{"4.1", "no answer from host"},
    Meaning{"4.2", "bad connection"},
    Meaning{"4.3", "directory server failure"},
    Meaning{"4.4", "unable to route"},
    Meaning{"4.5", "mail system congestion"},
    Meaning{"4.6", "routing loop detected"},
    Meaning{"4.7", "delivery time expired"},
    Meaning{"5.0", "other or undefined protocol status"},
    Meaning{"5.1", "invalid command"},
    Meaning{"5.2", "syntax error"},
    Meaning{"5.3", "too many recipients"},
    Meaning{"5.4", "invalid command arguments"},
    Meaning{"5.5", "wrong protocol version"},
    Meaning{"5.6", "authentication exchange line is too long"},
    Meaning{"6.0", "other or undefined media error"},
    Meaning{"6.1", "media not supported"},
    Meaning{"6.2", "conversion required and prohibited"},
    Meaning{"6.3", "conversion required but not supported"},
    Meaning{"6.4", "conversion with loss performed"},
    Meaning{"6.5", "conversion failed"},
    Meaning{"6.6", "message content not available"},
    Meaning{"6.7", "non-ASCII addresses not permitted for that sender or recipient"},
    Meaning{"6.8", "UTF-8 string reply is required, but not permitted by the SMTP client"},
    Meaning{"6.9", "UTF-8 header message cannot be transferred to one or more recipients"},
    Meaning{"6.10", "as 6.8; deprecated"},
    Meaning{"7.0", "other or undefined security status"},
    Meaning{"7.1", "delivery not authorized, message refused"},
    Meaning{"7.2", "mailing list expansion prohibited"},
    Meaning{"7.3", "security conversion required but not possible"},
    Meaning{"7.4", "security features not supported"},
    Meaning{"7.5", "cryptographic failure"},
    Meaning{"7.6", "cryptographic algorithm not supported"},
    Meaning{"7.7", "message integrity failure"},
    Meaning{"7.8", "authentication credentials invalid"},
    Meaning{"7.9", "authentication mechanism is too weak"},
    Meaning{"7.10", "encryption needed"},
    Meaning{"7.11", "encryption required for requested authentication mechanism"},
    Meaning{"7.12", "a password transition is needed"},
    Meaning{"7.13", "user account disabled"},
    Meaning{"7.14", "trust relationship required"},
    Meaning{"7.15", "priority level is too low"},
    Meaning{"7.16", "message is too big for the specified priority"},
    Meaning{"7.17", "mailbox owner has changed"},
    Meaning{"7.18", "domain owner has changed"},
    Meaning{"7.19", "RRVS test cannot be completed"},
    Meaning{"7.20", "no passing DKIM signature found"},
    Meaning{"7.21", "no acceptable DKIM signature found"},
    Meaning{"7.22", "no valid author-matched DKIM signature found"},
    Meaning{"7.23", "SPF validation failed"},
    Meaning{"7.24", "SPF validation error"},
    Meaning{"7.25", "reverse DNS validation failed"},
    Meaning{"7.26", "multiple authentication checks failed"},
    Meaning{"7.27", "sender address has null MX"},
    Meaning{"7.28", "mail flood detected"},
    Meaning{"7.29", "ARC validation failure"},
    Meaning{"7.30", "REQUIRETLS support required"},
};

bool is_digits(std::string_view text, std::size_t most) {
    return !text.empty() && text.size() <= most && std::ranges::all_of(text, ascii::is_digit);
}

/// RFC 3463 2: class "." subject "." detail.
bool is_enhanced(std::string_view text) {
    const auto parts = ascii::split(text, '.');
    return parts.size() == 3 && is_digits(parts[0], 1) && is_digits(parts[1], 3) && is_digits(parts[2], 3);
}

/// RFC 3463 2: "without leading zero digits". The code as it should be; empty: it is so.
std::string without_leading_zeros(std::string_view enhanced) {
    std::string plain;
    for (std::string_view part : ascii::split(enhanced, '.')) {
        while (part.size() > 1 && part.starts_with('0')) part.remove_prefix(1);
        plain.append(plain.empty() ? "" : ".").append(part);
    }
    return plain == enhanced ? std::string() : plain;
}

/// RFC 5321 4.2: the second digit is 0 to 5.
bool is_code(std::string_view text) {
    return text.size() == 3 && is_digits(text, 3) && (text[0] == '4' || text[0] == '5') && text[1] <= '5';
}

std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text = ascii::trim(text.substr(end));
    return word;
}

} // namespace

std::span<const EnhancedMeaning> enhanced_meanings() { return meanings; }

std::string_view meaning_of(std::string_view enhanced) {
    if (enhanced.size() < 2) return {};
    const auto found = std::ranges::find(meanings, enhanced.substr(2), &Meaning::subject_detail);
    return found == meanings.end() ? std::string_view() : found->text;
}

Expected<Reply> Reply::parse(std::string_view text, Class wanted, Level known_at, std::span<const Field> own) {
    std::string_view rest = ascii::trim(text);
    const std::string_view code = take_word(rest);
    const char digit = wanted == Class::permanent ? '5' : '4';
    if (!is_code(code))
        return failure(fmt::format("a reply is written CODE ENHANCED TEXT, as in {}, and \"{}\" is no code",
                                   wanted == Class::permanent ? "550 5.7.1 Refused" : "451 4.7.1 Try again later",
                                   escape::line(code, 20)));
    if (code[0] != digit)
        return failure(fmt::format("{} is {}: a rule that {} needs {}xx (RFC 5321 4.2.1)", code,
                                   code[0] == '5' ? "permanent" : "temporary",
                                   wanted == Class::permanent ? "rejects" : "defers", digit));
    const std::string_view enhanced = take_word(rest);
    if (!is_enhanced(enhanced))
        return failure(
            fmt::format("\"{}\" is no enhanced code such as {}.7.1 (RFC 3463)", escape::line(enhanced, 20), digit));
    if (const std::string plain = without_leading_zeros(enhanced); !plain.empty())
        return failure(fmt::format("\"{}\" has leading zeros (RFC 3463 2): write {}", enhanced, plain));
    if (enhanced[0] != code[0])
        return failure(fmt::format("{} and {} are of two classes (RFC 2034 4)", code, enhanced));
    if (rest.empty()) return failure("the reply has no text");
    auto words = Template::parse(rest, known_at, own);
    if (!words) return std::unexpected(std::move(words.error()));
    const auto number = static_cast<unsigned>(ascii::parse_decimal(code).value_or(0));
    return Reply{number, std::string(enhanced), std::move(*words)};
}

std::string Reply::render(const Subject& subject) const {
    return fmt::format("{} {} {}", code, enhanced, text.render(subject));
}

std::string Reply::written() const { return fmt::format("{} {} {}", code, enhanced, text.text()); }

} // namespace bonafide::policy
