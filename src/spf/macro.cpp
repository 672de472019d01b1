// Reading and printing of macro strings; expansion is in macro_expand.cpp.
#include "spf/macro.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::spf {
namespace {

constexpr std::string_view term_letters = "slodipvh";
constexpr std::string_view all_letters = "slodipvhcrt";
constexpr std::string_view all_delimiters = ".-+,/_=";
constexpr std::uint32_t most_parts = 0xffff;

/// RFC 7208 7.1 toplabel: letters, digits and inner hyphens, not digits alone.
bool is_toplabel(std::string_view label) {
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    const auto ldh = [](char c) { return ascii::is_alnum(c) || c == '-'; };
    return std::all_of(label.begin(), label.end(), ldh) && !std::all_of(label.begin(), label.end(), ascii::is_digit);
}

class Reader {
  public:
    Reader(std::string_view text, MacroPlace place) : text_(text), place_(place) {}

    Expected<MacroString> read() {
        while (at_ < text_.size()) {
            const Expected<void> piece = text_[at_] == '%' ? read_expand() : read_literal();
            if (!piece) return std::unexpected(piece.error());
        }
        if (place_ == MacroPlace::domain_spec) {
            if (const Expected<void> end = check_domain_end(); !end) return std::unexpected(end.error());
        }
        if (result_.letters == 0) result_.fixed_name = expand_name(result_, {});
        return std::move(result_);
    }

  private:
    /// RFC 7208 7.1: macro-literal = %x21-24 / %x26-7E; an explain-string may hold SP as well.
    Expected<void> read_literal() {
        const char c = text_[at_];
        const bool fits = (c > ' ' && c <= '~') || (c == ' ' && place_ == MacroPlace::explanation);
        if (!fits) return failure("only visible ASCII characters may stand here", at_, "RFC 7208 7.1");
        add_literal(text_.substr(at_, 1));
        ++at_;
        return {};
    }

    /// RFC 7208 7.1: macro-expand = "%{" letter transformers *delimiter "}" / "%%" / "%_" / "%-"
    Expected<void> read_expand() {
        const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (next == '{') {
            if (const Expected<void> letter = read_letter(); !letter) return letter;
        } else if (next == '%' || next == '_' || next == '-') {
            add_literal(next == '%' ? "%" : next == '_' ? " " : "%20");
            at_ += 2;
        } else {
            return failure("a \"%\" must be followed by \"{\", \"%\", \"_\" or \"-\"", at_, "RFC 7208 7.3");
        }
        expand_end_ = at_;
        return {};
    }

    Expected<void> read_letter() {
        const std::size_t begin = at_;
        at_ += 2; // "%{"
        MacroPiece piece;
        piece.letter = ascii::to_lower(peek());
        if (!all_letters.contains(piece.letter)) return failure("there is no such macro letter", begin, "RFC 7208 7.2");
        if (place_ == MacroPlace::domain_spec && !term_letters.contains(piece.letter))
            return failure("the macro letters c, r and t may only stand in explanation text", begin, "RFC 7208 7.2");
        piece.url_escaped = ascii::is_upper(peek());
        ++at_;
        if (ascii::is_digit(peek())) {
            piece.keep = read_number();
            // RFC 7208 7.3: "If a DIGIT is specified, the value MUST be nonzero."
            if (piece.keep == 0) return failure("the number of parts to keep must not be zero", begin, "RFC 7208 7.3");
        }
        if (ascii::to_lower(peek()) == 'r') {
            piece.reversed = true;
            ++at_;
        }
        piece.delimiters = read_delimiters();
        if (peek() != '}')
            return failure("a macro is written %{letter digits r delimiters}, in this order", begin, "RFC 7208 7.1");
        ++at_;
        result_.letters |= 1U << (piece.letter - 'a');
        result_.pieces.push_back(std::move(piece));
        return {};
    }

    /// RFC 7208 7.3: at least 127 must be supported; more parts than a value can have mean all of them.
    std::uint16_t read_number() {
        std::uint32_t value = 0;
        for (; ascii::is_digit(peek()); ++at_)
            value = std::min(value * 10 + static_cast<std::uint32_t>(peek() - '0'), most_parts);
        return static_cast<std::uint16_t>(value);
    }

    /// Each delimiter once and in a fixed order, so that a long run of them costs nothing at expansion.
    std::string read_delimiters() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && all_delimiters.contains(text_[at_])) ++at_;
        const std::string_view given = text_.substr(begin, at_ - begin);
        std::string result;
        std::copy_if(all_delimiters.begin(), all_delimiters.end(), std::back_inserter(result),
                     [&](char c) { return given.contains(c); });
        return result;
    }

    /// RFC 7208 7.1: domain-end = ( "." toplabel [ "." ] ) / macro-expand
    Expected<void> check_domain_end() const {
        if (text_.empty()) return failure("a domain name must stand here", 0, "RFC 7208 7.1");
        if (expand_end_ == text_.size()) return {};
        std::string_view tail = text_.substr(expand_end_);
        if (tail.ends_with('.')) tail.remove_suffix(1); // RFC 7208 7.3: a trailing dot is accepted
        const std::size_t dot = tail.rfind('.');
        if (dot == std::string_view::npos)
            return failure("a domain name of at least two labels must stand here", expand_end_, "RFC 7208 7.1");
        if (!is_toplabel(tail.substr(dot + 1)))
            return failure("the domain name does not end in a top-level domain", expand_end_ + dot + 1, "RFC 7208 7.1");
        return {};
    }

    void add_literal(std::string_view text) {
        if (result_.pieces.empty() || result_.pieces.back().letter != 0) result_.pieces.emplace_back();
        result_.pieces.back().literal += text;
    }

    /// The byte at hand; '\0', which fits nothing, at the end.
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    std::string_view text_;
    MacroPlace place_;
    MacroString result_;
    std::size_t at_ = 0;
    std::size_t expand_end_ = 0; ///< end of the last macro-expand
};

/// "%20" is written "%-", so that a domain-spec that ended in a macro-expand still does.
std::string literal_text(std::string_view literal) {
    std::string text;
    while (!literal.empty()) {
        const bool encoded_space = literal.starts_with("%20");
        const char c = literal.front();
        text += encoded_space ? "%-" : c == '%' ? "%%" : c == ' ' ? "%_" : literal.substr(0, 1);
        literal.remove_prefix(encoded_space ? 3 : 1);
    }
    return text;
}

} // namespace

Expected<MacroString> parse_macro_string(std::string_view text, MacroPlace place) { return Reader(text, place).read(); }

std::string to_text(const MacroString& macros) {
    std::string text;
    for (const MacroPiece& piece : macros.pieces) {
        if (piece.letter == 0) {
            text += literal_text(piece.literal);
            continue;
        }
        text += fmt::format("%{{{}", piece.url_escaped ? ascii::to_upper(piece.letter) : piece.letter);
        if (piece.keep != 0) text += fmt::to_string(piece.keep);
        if (piece.reversed) text += 'r';
        text += piece.delimiters + '}';
    }
    return text;
}

} // namespace bonafide::spf
