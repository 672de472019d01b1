// A header field's value as it is written: words, with the places where the line may be folded (RFC 5322 2.1.1, 2.2.3).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bonafide::mail {

/// Lines of at most 78 columns where the text has places for it; folded with CRLF HTAB between words, with CRLF before a space within one.
class FoldedText {
  public:
    static constexpr std::size_t most_columns = 77; ///< a separator may stand behind the last word of a line

    /// `columns` stand before the value: the field's name, colon and space.
    explicit FoldedText(std::size_t columns);

    /// Adds `text` behind a space, or on a line of its own when this one would grow too long. Spaces within it (of a quoted-string or a
    /// comment: RFC 5322 3.2.2, 3.2.4) are places to fold too, and stay part of it.
    void add_word(std::string_view text);
    /// Adds `text` right behind the last word.
    void append(std::string_view text);
    void new_line();
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    void append_folding(std::string_view text);

    std::string text_;
    std::size_t columns_;
    bool at_line_begin_ = true;
};

} // namespace bonafide::mail
