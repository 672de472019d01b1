// A cursor over the value of a structured header field: the tokens of RFC 5322 3.2 that addresses, dates, trace fields and
// Authentication-Results share. UTF-8 (RFC 6532 3.2) and other bytes above 127 count as text.
// Strict where two readers could differ: NUL anywhere, and CR or LF that is no folding, fit nothing, not even in a comment.
// Everything is read in one pass without recursion. A view: the text must outlive the lexer.
#pragma once

#include "base/ascii.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::mail {

/// RFC 5322 3.2.3 atext, RFC 6532 3.2 included.
constexpr bool is_atext(char c) {
    constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
    return ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 || others.contains(c);
}

/// RFC 5322 3.2.3: atoms joined by single dots.
[[nodiscard]] bool is_dot_atom(std::string_view text);

/// A quoted-string with the content `text` (RFC 5322 3.2.4).
[[nodiscard]] std::string quote(std::string_view text);

class Lexer {
  public:
    /// `comment_depth`: limits.comment_depth.
    Lexer(std::string_view text, std::uint32_t comment_depth) : text_(text), comment_depth_(comment_depth) {}

    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    /// The next byte; NUL, which fits nothing, at the end.
    [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
    /// The text between two positions.
    [[nodiscard]] std::string_view between(std::size_t begin, std::size_t end) const {
        return text_.substr(begin, end - begin);
    }

    /// Steps over `c` if it comes next.
    bool take(char c) {
        if (at_end() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    /// Steps over the longest run, perhaps empty, of bytes that fit.
    template<class Fits> std::string_view take_while(Fits fits) {
        const std::size_t begin = at_;
        while (!at_end() && fits(text_[at_])) ++at_;
        return between(begin, at_);
    }

    /// Steps over white space, foldings and comments (RFC 5322 3.2.2 CFWS); true when there were any.
    Expected<bool> skip_cfws();

    /// Reads the comment that begins here and gives what stands between its parentheses, as written.
    Expected<std::string_view> take_comment();

    /// Reads the quoted-string that begins here and gives its content: pairs resolved, foldings removed (RFC 5322 3.2.4).
    Expected<std::string> take_quoted();

    /// An error at the current position.
    [[nodiscard]] std::unexpected<Error> error(std::string text, std::string section = {}) const {
        return failure(std::move(text), at_, std::move(section));
    }

  private:
    [[nodiscard]] std::size_t folding_length() const;

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint32_t comment_depth_;
};

} // namespace bonafide::mail
