// Finds Message-IDs, and the fields of one more name, in the body of a bounce as it streams by: the header of the message it returns (RFC 3464 2, message/rfc822 or
// text/rfc822-headers, which are never base64). Looks only at lines that begin with those names, whatever part they are in: what they prove
// is decided by whether the message was really sent from here. Constant memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::mail {

class ReturnedIds {
  public:
    static constexpr std::size_t most_bytes = std::size_t{256} * 1024; ///< of the body that is looked at
    static constexpr std::size_t most_ids = 5;
    static constexpr std::size_t most_values = 5;

    /// `also`: the name of a further field whose values are kept, of one line each.
    explicit ReturnedIds(std::string_view also = {}) : also_(also) {}

    /// The next piece of the body, cut anywhere.
    void feed(std::string_view chunk);
    /// Nothing further is looked at.
    [[nodiscard]] bool done() const { return seen_ >= most_bytes || (ids_.size() >= most_ids && also_.empty()); }
    /// Without their brackets, in order, each once.
    [[nodiscard]] std::vector<std::string> take();
    /// Of the further field, trimmed; behind take().
    [[nodiscard]] std::vector<std::string> take_values() { return std::move(values_); }

  private:
    void end_line();

    std::string line_;       ///< the line so far, cut at what a Message-ID can need
    bool continues_ = false; ///< the line before was "Message-ID:" alone: its value is folded
    std::size_t seen_ = 0;
    std::vector<std::string> ids_;
    std::string also_;
    std::vector<std::string> values_;
};

/// What stands between the first '<' and the next '>': a Message-ID, a List-Id. Empty when there are none, or blanks or control characters
/// between them.
[[nodiscard]] std::string_view bracketed_id(std::string_view value);

} // namespace bonafide::mail
