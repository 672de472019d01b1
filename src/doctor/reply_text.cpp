#include "doctor/reply_text.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace bonafide::doctor {
namespace {

bool is_code(std::string_view text) {
    return text.size() >= 3 && (text[0] == '4' || text[0] == '5') && text[1] >= '0' && text[1] <= '7' &&
           ascii::is_digit(text[2]) && (text.size() == 3 || !ascii::is_alnum(text[3]));
}

/// Where a reply may begin without an enhanced code: at the start of a line, or behind what logs put in front of it.
bool is_opening(std::string_view before) {
    while (!before.empty() && (before.back() == ' ' || before.back() == '\t')) before.remove_suffix(1);
    if (before.empty() || before.back() == '\n') return true;
    constexpr std::array<std::string_view, 10> leads{
        "said:", "reply:", "response:", "returned:", "error:", ">>>", "<<<", "smtp;", ":", "#"};
    return std::ranges::any_of(leads, [&](std::string_view lead) { return ascii::iends_with(before, lead); }) ||
           before.ends_with("'") || before.ends_with("\"") || before.ends_with("(") || before.ends_with("<");
}

/// Offset behind "550-5.7.26 " at the start of `text`; 0 when it does not begin with this code.
std::size_t skip_codes(std::string_view text, std::string_view code) {
    if (!text.starts_with(code)) return 0;
    std::size_t at = code.size();
    if (at < text.size() && !std::string_view(" -#:").contains(text[at])) return 0;
    while (at < text.size() && std::string_view(" -#:").contains(text[at])) ++at;
    if (const std::string_view enhanced = enhanced_code(text.substr(at)); !enhanced.empty()) at += enhanced.size();
    while (at < text.size() && std::string_view(" :").contains(text[at])) ++at;
    return at;
}

/// Up to the end of the reply that begins at `text`.
std::string_view extent(std::string_view text, std::string_view code) {
    std::size_t end = 0;
    for (;;) {
        end = std::min(text.find('\n', end), text.size());
        if (end == text.size()) break;
        std::string_view next = text.substr(end + 1);
        const bool folded = !next.empty() && (next.front() == ' ' || next.front() == '\t') &&
                            !ascii::trim(next.substr(0, next.find('\n'))).empty();
        while (!next.empty() && (next.front() == ' ' || next.front() == '\t')) next.remove_prefix(1);
        if (!folded && skip_codes(next, code) == 0) break;
        ++end;
    }
    std::string_view result = text.substr(0, std::min(end, most_reply_bytes));
    for (const std::string_view stop : {" (in reply to", "; from=<", "\n\n"})
        result = result.substr(0, result.find(stop));
    return result;
}

std::string joined(std::string_view text, std::string_view code) {
    std::string result;
    bool at_word = true;
    for (std::size_t at = 0; at < text.size();) {
        if (at_word)
            if (const std::size_t skipped = skip_codes(text.substr(at), code); skipped > 0) {
                at += skipped;
                continue;
            }
        const char c = text[at++];
        at_word = ascii::is_space(c);
        if (!at_word)
            result += c;
        else if (!result.empty() && result.back() != ' ')
            result += ' ';
    }
    return std::string(ascii::trim(result));
}

/// "stat=Service unavailable", "dsn=5.1.1": Sendmail and Postfix where the other side was never heard.
Reply status_words(std::string_view text) {
    Reply reply;
    if (const std::size_t at = text.find("dsn="); at != std::string_view::npos)
        reply.enhanced = enhanced_code(text.substr(at + 4));
    for (const std::string_view lead : {"stat=", "status=deferred (", "status=bounced (", "status=undeliverable ("})
        if (const std::size_t at = text.find(lead); at != std::string_view::npos) {
            const std::string_view rest = text.substr(at + lead.size());
            reply.text = joined(rest.substr(0, std::min(rest.find('\n'), most_reply_bytes)), "---");
        }
    return reply;
}

} // namespace

std::string plain_lines(std::string_view text) {
    std::string result;
    text = text.substr(0, most_scanned_bytes);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r')) {
            if (text[i + 1] == 'n') result += '\n';
            ++i;
        } else if (text[i] != '\r') {
            result += text[i];
        }
    }
    return result;
}

std::string_view enhanced_code(std::string_view text) {
    if (text.size() < 5 || !std::string_view("245").contains(text[0]) || text[1] != '.') return {};
    std::size_t at = 2;
    for (int part = 0; part < 2; ++part) {
        const std::size_t from = at;
        while (at < text.size() && ascii::is_digit(text[at]) && at - from < 3) ++at;
        if (at == from) return {};
        if (part != 0) break;
        if (at >= text.size() || text[at] != '.') return {};
        ++at;
    }
    if (at < text.size() &&
        (ascii::is_digit(text[at]) || (text[at] == '.' && at + 1 < text.size() && ascii::is_digit(text[at + 1]))))
        return {};
    return text.substr(0, at);
}

std::vector<Reply> find_replies(std::string_view text) {
    std::vector<Reply> replies;
    for (std::size_t at = 0; at + 3 <= text.size() && replies.size() < most_replies;) {
        const bool at_word = at == 0 || (!ascii::is_alnum(text[at - 1]) && text[at - 1] != '.' && text[at - 1] != '-');
        if (!at_word || !is_code(text.substr(at, 4))) {
            ++at;
            continue;
        }
        const std::string_view rest = text.substr(at);
        const std::string_view code = rest.substr(0, 3);
        std::string_view behind = rest.substr(3);
        while (!behind.empty() && std::string_view(" -#").contains(behind.front())) behind.remove_prefix(1);
        const std::string_view enhanced = enhanced_code(behind);
        const bool separated = rest.size() > 3 && std::string_view(" -#").contains(rest[3]);
        const bool fits = !enhanced.empty() && enhanced.front() == code.front();
        if (!separated || (!fits && !is_opening(text.substr(0, at)))) {
            at += 3;
            continue;
        }
        const std::string_view whole = extent(rest, code);
        replies.push_back({.code = std::string(code),
                           .enhanced = std::string(fits ? enhanced : std::string_view()),
                           .text = joined(whole, code)});
        at += std::max<std::size_t>(whole.size(), 3);
    }
    if (replies.empty())
        if (Reply words = status_words(text); !words.text.empty()) replies.push_back(std::move(words));
    return replies;
}

} // namespace bonafide::doctor
