#include "base/json_cursor.hpp"

#include <charconv>
#include <cstring>
#include <optional>

namespace bonafide {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number_part(char c) { return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

std::optional<std::uint32_t> four_digits(std::string_view text) {
    std::uint32_t code = 0;
    if (text.size() < 4) return {};
    text = text.substr(0, 4);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return code;
}

void put_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
        put(0xc0U | (code >> 6U));
    } else {
        if (code < 0x10000) {
            put(0xe0U | (code >> 12U));
        } else {
            put(0xf0U | (code >> 18U));
            put(0x80U | ((code >> 12U) & 0x3fU));
        }
        put(0x80U | ((code >> 6U) & 0x3fU));
    }
    put(0x80U | (code & 0x3fU));
}

constexpr std::uint32_t high_surrogate = 0xd800, low_surrogate = 0xdc00, behind_surrogates = 0xe000;

/// The character that the hexadecimal digits behind "\u" stand for, with the low surrogate that follows (RFC 8259 7); `used` of text.
struct Escaped {
    std::uint32_t code = 0;
    std::size_t used = 0;
};
std::optional<Escaped> escaped_character(std::string_view text) {
    const auto first = four_digits(text);
    if (!first) return {};
    if (*first < high_surrogate || *first >= behind_surrogates) return Escaped{*first, 4};
    if (*first >= low_surrogate || !text.substr(4).starts_with("\\u")) return {};
    const auto second = four_digits(text.substr(6));
    if (!second || *second < low_surrogate || *second >= behind_surrogates) return {};
    return Escaped{0x10000U + ((*first - high_surrogate) << 10U) + (*second - low_surrogate), 10};
}

char plain_escape(char c) {
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
    }
}

} // namespace

char JsonCursor::next() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonCursor::take(char wanted) {
    if (next() == wanted && !failed_) {
        ++at_;
        return true;
    }
    fail();
    return false;
}

bool JsonCursor::take_word(std::string_view word) {
    if (next() == word.front() && text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return true;
    }
    fail();
    return false;
}

bool JsonCursor::take_null() { return next() == 'n' && take_word("null"); }

bool JsonCursor::enter(char open) {
    if (take_null() || !take(open)) return false;
    if (++depth_ <= most_depth) return true;
    fail();
    return false;
}

/// Whether another element follows; the end of the array or object is taken.
bool JsonCursor::more(char close, std::size_t& count) {
    const char c = next();
    if (c == close && !failed_) {
        ++at_;
        --depth_;
        return false;
    }
    if (count > 0 && !take(',')) return false;
    if (count > 0 && next() == close) fail(); // a comma before the end
    if (++count > most_elements) fail();
    return !failed_;
}

bool JsonCursor::finished() {
    if (next() != '\0' || at_ < text_.size()) fail();
    return !failed_ && depth_ == 0;
}

/// From behind the opening quote to behind the closing one.
bool JsonCursor::skip_text() {
    for (;;) {
        const auto* quote = static_cast<const char*>(std::memchr(text_.data() + at_, '"', text_.size() - at_));
        if (quote == nullptr) {
            fail();
            return false;
        }
        const auto found = static_cast<std::size_t>(quote - text_.data());
        std::size_t slashes = 0;
        while (found - slashes > at_ && text_[found - slashes - 1] == '\\') ++slashes;
        at_ = found + 1;
        if (slashes % 2 == 0) return true;
    }
}

std::string_view JsonCursor::text() {
    if (take_null() || !take('"')) return {};
    const std::size_t begin = at_;
    if (!skip_text()) return {};
    const std::size_t end = at_ - 1;
    const std::string_view raw = text_.substr(begin, end - begin);
    if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) return raw;
    return unescaped(begin, end);
}

std::string_view JsonCursor::unescaped(std::size_t begin, std::size_t end) {
    scratch_.clear();
    for (std::size_t i = begin; i < end;) {
        if (text_[i] != '\\') {
            scratch_ += text_[i++];
            continue;
        }
        const std::string_view rest = text_.substr(i + 1, end - i - 1);
        if (rest.starts_with('u')) {
            const auto character = escaped_character(rest.substr(1));
            if (!character) {
                fail();
                return {};
            }
            put_utf8(scratch_, character->code);
            i += 2 + character->used;
            continue;
        }
        const char c = rest.empty() ? '\0' : plain_escape(rest.front());
        if (c == '\0') {
            fail();
            return {};
        }
        scratch_ += c;
        i += 2;
    }
    return scratch_;
}

bool JsonCursor::flag() {
    switch (next()) {
    case 't': return take_word("true");
    case 'f': static_cast<void>(take_word("false")); return false;
    default:
        if (!take_null()) fail();
        return false;
    }
}

std::string_view JsonCursor::digits() {
    static_cast<void>(next());
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_number_part(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
}

std::int64_t JsonCursor::whole() {
    if (take_null()) return 0;
    const std::string_view text = digits();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) return value;
    fail();
    return 0;
}

/// "[1,2,-3]" without white space, each of at most 18 digits; anything else is left to the general way.
std::optional<std::size_t> JsonCursor::dense_wholes(std::span<std::int64_t> into) {
    constexpr std::ptrdiff_t most_digits = 18;
    const char* at = text_.data() + at_ + 1;
    const char* const end = text_.data() + text_.size();
    for (std::size_t count = 0; count < into.size(); ++at) {
        const bool negative = at < end && *at == '-';
        if (negative) ++at;
        const char* const begin = at;
        std::int64_t value = 0;
        for (; at < end && is_digit(*at) && at - begin < most_digits; ++at) value = value * 10 + (*at - '0');
        if (at == begin || at == end) return {};
        into[count++] = negative ? -value : value;
        if (*at == ',') continue;
        if (*at != ']') return {};
        at_ = static_cast<std::size_t>(at + 1 - text_.data());
        return count;
    }
    return {};
}

std::size_t JsonCursor::wholes(std::span<std::int64_t> into) {
    if (next() == '[')
        if (const auto count = dense_wholes(into)) return *count;
    std::size_t count = 0;
    array([&] {
        if (count == into.size()) return fail();
        into[count++] = whole();
    });
    return count;
}

double JsonCursor::number() {
    if (take_null()) return 0;
    const std::string_view text = digits();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) return value;
    fail();
    return 0;
}

void JsonCursor::skip() {
    switch (next()) {
    case '{': return object([](std::string_view) {});
    case '[': return array([] {});
    case '"':
        ++at_;
        static_cast<void>(skip_text());
        return;
    case 't':
    case 'f': static_cast<void>(flag()); return;
    case 'n': static_cast<void>(take_null()); return;
    default: static_cast<void>(number());
    }
}

} // namespace bonafide
