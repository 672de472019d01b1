// The header of one message: one owned buffer plus offsets (HOUSE 8). Filled field by field from a milter or from raw bytes,
// bytes kept exactly as they must be hashed (RFC 6376 3.4.1 "simple").
#pragma once

#include "base/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::mail {

/// One header field; views into its HeaderBlock.
struct Field {
    std::string_view name;  ///< as written, without white space before the colon
    std::string_view value; ///< everything after the colon, leading space and CRLF foldings included, final CRLF not
    std::string_view raw;   ///< the whole field without its final CRLF
};

class HeaderBlock {
  public:
    explicit HeaderBlock(const Limits& limits = {})
        : most_fields_(limits.header_fields), most_bytes_(limits.header_bytes) {}

    /// Appends a field as a milter delivers it. `value` begins with its leading space when that was negotiated; line ends inside may
    /// be LF or CRLF and become CRLF, one at its end is dropped. Past the limits the field is dropped, all later ones too, and
    /// oversized() becomes true: what is kept is the first part of the header.
    void add(std::string_view name, std::string_view value);

    /// Appends one raw field (folded lines included, CRLF line ends, the final CRLF optional).
    /// False when it does not begin with a field name and a colon (find_colon); then nothing was added. Limits as for add().
    bool add_raw(std::string_view raw);

    [[nodiscard]] std::size_t size() const { return spans_.size(); }
    [[nodiscard]] bool empty() const { return spans_.empty(); }
    /// Field number `index`, top to bottom. The views live as long as the block is neither changed nor moved.
    [[nodiscard]] Field operator[](std::size_t index) const& [[clang::lifetimebound]];
    Field operator[](std::size_t index) const&& = delete;

    /// Indexes of the fields with this name (case-insensitive), top to bottom.
    [[nodiscard]] std::vector<std::size_t> find_all(std::string_view name) const;

    /// Fields were dropped because a limit was reached: what is here is not the whole header.
    [[nodiscard]] bool oversized() const { return oversized_; }
    /// As if they had been: the block was made from one that is oversized().
    void mark_oversized() { oversized_ = true; }
    /// Of all fields kept, their final CRLFs included; this is what limits.header_bytes bounds.
    [[nodiscard]] std::size_t bytes() const { return text_.size(); }

  private:
    struct Span {
        std::uint32_t begin, name_length, value_begin, end; // offsets into text_; end excludes the final CRLF
    };
    bool has_room_for(std::size_t bytes);
    void close_field(std::size_t begin, std::size_t name_length, std::size_t value_begin);

    std::string text_; // all fields, each with its final CRLF
    std::vector<Span> spans_;
    std::uint32_t most_fields_;
    std::uint32_t most_bytes_;
    bool oversized_ = false;
};

/// Offset of the colon that ends the field name `line` begins with: one or more printable ASCII bytes but space and colon, then
/// perhaps white space (RFC 5322 2.2, 4.5.2), as Postfix and Sendmail tell fields from text. npos when `line` begins otherwise.
[[nodiscard]] std::size_t find_colon(std::string_view line);

/// `value` unfolded: CRLF before WSP removed, then trimmed. For structured parsing, not for hashing.
[[nodiscard]] std::string unfold(std::string_view value);

} // namespace bonafide::mail
