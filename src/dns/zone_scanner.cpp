#include "dns/zone_scanner.hpp"

#include "base/ascii.hpp"

#include <cstdint>
#include <fmt/format.h>

namespace bonafide::dns {
namespace {

bool is_blank(char c) { return ascii::is_wsp(c) || c == '\r'; }

struct Escaped {
    char byte = 0;
    std::size_t length = 0; ///< of the escape, with its backslash
};

/// The escape at the start of `text`, which begins with a backslash.
Expected<Escaped> read_escape(std::string_view text, std::size_t line) {
    if (text.size() < 2) return zone_failure(line, "backslash at the end");
    if (!ascii::is_digit(text[1])) return Escaped{text[1], 2};
    const auto value = text.size() < 4 ? std::nullopt : ascii::parse_decimal(text.substr(1, 3));
    if (!value || *value > 255) return zone_failure(line, "an escape by number is \\ and three digits up to 255");
    return Escaped{static_cast<char>(static_cast<unsigned char>(*value)), 4};
}

enum class EscapedDot : std::uint8_t { allowed, refused };

Expected<std::string> unescape(const ZoneWord& word, EscapedDot dot) {
    std::string result;
    result.reserve(word.text.size());
    for (std::size_t i = 0; i < word.text.size();) {
        if (word.text[i] != '\\') {
            result += word.text[i++];
            continue;
        }
        const auto escaped = read_escape(word.text.substr(i), word.line);
        if (!escaped) return std::unexpected(escaped.error());
        if (dot == EscapedDot::refused && escaped->byte == '.')
            return zone_failure(word.line, "a dot inside a label is not supported");
        result += escaped->byte;
        i += escaped->length;
    }
    return result;
}

} // namespace

std::unexpected<Error> zone_failure(std::size_t line, std::string_view text) {
    return failure(fmt::format("line {}: {}", line, text), Error::nowhere, "RFC 1035 5.1");
}

Expected<std::optional<ZoneLine>> ZoneScanner::next() {
    ZoneLine result;
    std::size_t depth = 0;
    std::size_t opened = 0; // line of the outermost open parenthesis
    bool at_line_start = true;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (at_line_start && result.words.empty()) result.begins_blank = is_blank(c);
        at_line_start = false;
        if (c == '\n') {
            ++at_;
            ++line_;
            if (depth == 0 && !result.words.empty()) return result;
            at_line_start = depth == 0;
        } else if (is_blank(c)) {
            ++at_;
        } else if (c == ';') {
            skip_comment();
        } else if (c == '(') {
            if (depth++ == 0) opened = line_;
            ++at_;
        } else if (c == ')') {
            if (depth-- == 0) return zone_failure(line_, "')' without '('");
            ++at_;
        } else {
            auto word = c == '"' ? quoted_word() : bare_word();
            if (!word) return std::unexpected(std::move(word).error());
            result.words.push_back(*word);
        }
    }
    if (depth > 0) return zone_failure(opened, "'(' is never closed");
    if (result.words.empty()) return std::nullopt;
    return result;
}

void ZoneScanner::skip_comment() {
    const auto end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
}

Expected<ZoneWord> ZoneScanner::quoted_word() {
    const std::size_t begin = ++at_;
    for (; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
        if (text_[at_] == '\\') {
            ++at_;
        } else if (text_[at_] == '"') {
            return ZoneWord{text_.substr(begin, at_++ - begin), true, line_};
        }
    }
    // A string over several lines is a missing quote far more often than a wish; write \010 for a line feed.
    return zone_failure(line_, "the quoted string does not end on its line");
}

Expected<ZoneWord> ZoneScanner::bare_word() {
    constexpr std::string_view ends = " \t\r\n;()\"";
    const std::size_t begin = at_;
    for (; at_ < text_.size() && !ends.contains(text_[at_]); ++at_) {
        if (text_[at_] != '\\') continue;
        ++at_;
        if (at_ >= text_.size() || text_[at_] == '\n') return zone_failure(line_, "backslash at the end");
    }
    return ZoneWord{text_.substr(begin, at_ - begin), false, line_};
}

Expected<std::string> unescape_text(const ZoneWord& word) { return unescape(word, EscapedDot::allowed); }
Expected<std::string> unescape_name(const ZoneWord& word) { return unescape(word, EscapedDot::refused); }

} // namespace bonafide::dns
