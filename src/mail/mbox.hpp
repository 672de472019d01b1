// An mbox, given in chunks of any size, as the messages in it; nothing is held but the line that is looked at, a few hundred bytes.
//
// A message begins at a "From " line: the first line of the input, or a line after an empty one that ends as such lines do, with a
// weekday, month, day, time and year ("From ann@x.example Sat Nov 21 10:00:00 2026", also with a zone, a comma, or " at " in the sender).
// The date is asked for because not every writer quotes: "From what I hear, ..." in a body begins no message. The "From " line and the
// empty line that ends a message belong to the mbox. Lines quoted as in mboxrd (">From ", ">>From ") lose one ">".
// Line ends CRLF or LF, mixed at will, pass as they are. Input that does not begin with "From " is one message from offset 0.
// How the input is cut into chunks changes nothing but the cut of the contents. Not thread-safe; order of calls: feed*, finish.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bonafide::mail {

class MboxSplitter {
  public:
    using OnMessage =
        std::function<void(std::uint64_t offset)>; ///< one begins: where its "From " line stands in the input
    using OnContent =
        std::function<void(std::string_view text)>; ///< of the message that began last; any number of times

    MboxSplitter(OnMessage on_message, OnContent on_content);
    void feed(std::string_view chunk);
    /// The input ends, and with it the last message.
    void finish();

  private:
    enum class Place : std::uint8_t { first_line, after_empty_line, elsewhere };

    [[nodiscard]] std::size_t pass_plain_lines(std::string_view chunk);
    void look_at(char next);
    void end_look(bool line_ended);
    void pass(std::string_view text);

    OnMessage on_message_;
    OnContent on_content_;
    Place place_ = Place::first_line;
    bool in_line_ = false;         // the line's beginning is judged, the rest of it passes
    std::uint64_t position_ = 0;   // of the next byte
    std::uint64_t line_begin_ = 0; // of the line that is looked at
    std::uint64_t quotes_ = 0;     // ">" at its beginning
    std::string looked_at_;        // the line after these, while it may yet be special
    std::string empty_line_;       // the line end of one that belongs to the message only if the message goes on
    bool began_ = false;
};

/// The input begins with a "From " line (that is not the field "From : ..."); the first dozen bytes are enough to tell.
[[nodiscard]] bool begins_mbox(std::string_view bytes);

/// "From ", then a weekday, a month, a day, a time and a year in one of the orders in use. Without its line end.
[[nodiscard]] bool is_mbox_separator(std::string_view line);

} // namespace bonafide::mail
