#include "policy/reply.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

using Meaning = EnhancedMeaning;
/// IANA, SMTP Enhanced Status Codes; the class digit is the reply's.
constexpr std::array meanings{
    Meaning{"0.0", "other undefined status"},
    Meaning{"1.0", "other address status"},
    Meaning{"1.1", "bad destination mailbox address"},
    Meaning{"1.7", "bad sender's mailbox address syntax"},
    Meaning{"1.8", "bad sender's system address"},
    Meaning{"1.10", "recipient address has null MX"},
    Meaning{"2.0", "other mailbox status"},
    Meaning{"2.1", "mailbox disabled"},
    Meaning{"2.2", "mailbox full"},
    Meaning{"3.0", "other mail system status"},
    Meaning{"3.2", "system not accepting messages"},
    Meaning{"4.0", "other network status"},
    Meaning{"4.3", "directory server failure"},
    Meaning{"4.5", "mail system congestion"},
    Meaning{"5.0", "other protocol status"},
    Meaning{"5.1", "invalid command"},
    Meaning{"6.0", "other content error"},
    Meaning{"7.0", "other security status"},
    Meaning{"7.1", "delivery not authorized"},
    Meaning{"7.8", "authentication credentials invalid"},
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

Expected<Reply> Reply::parse(std::string_view text, Class wanted, Level known_at) {
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
    if (enhanced[0] != code[0])
        return failure(fmt::format("{} and {} are of two classes (RFC 2034 4)", code, enhanced));
    if (rest.empty()) return failure("the reply has no text");
    auto words = Template::parse(rest, known_at);
    if (!words) return std::unexpected(std::move(words.error()));
    const auto number = static_cast<unsigned>(ascii::parse_decimal(code).value_or(0));
    return Reply{number, std::string(enhanced), std::move(*words)};
}

std::string Reply::render(const Subject& subject) const {
    return fmt::format("{} {} {}", code, enhanced, text.render(subject));
}

std::string Reply::written() const { return fmt::format("{} {} {}", code, enhanced, text.text()); }

} // namespace bonafide::policy
