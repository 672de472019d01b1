// Where the parts of a MIME body lie (RFC 2046 5.1), as offsets: read leniently, in one pass a level, and bounded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_mime_parts = 200;     ///< those behind are looked at as text of the part before
inline constexpr std::size_t most_mime_depth = 8;       ///< deeper ones are text
inline constexpr std::size_t most_boundary_bytes = 200; ///< RFC 2046 5.1.1 allows 70
inline constexpr std::size_t most_part_header = 16384;  ///< bytes of a part's header that are read

/// A parameter of a structured value: `boundary="..."` (RFC 2045 5.1), without its quotes; empty: there is none.
[[nodiscard]] std::string mime_parameter(std::string_view value, std::string_view name);
/// The value of a field of a part's header as it stands there, leading space and foldings included; nothing: there is none. At most
/// most_part_header bytes are read.
[[nodiscard]] std::optional<std::string_view> raw_mime_field(std::string_view header [[clang::lifetimebound]],
                                                             std::string_view name);
/// Likewise, unfolded; empty: there is none.
[[nodiscard]] std::string mime_field(std::string_view header, std::string_view name);

/// Offsets into the body. The whole body is a part too, without a header.
struct MimePart {
    std::size_t boundary = 0; ///< of the boundary line before it
    std::size_t header = 0;
    std::size_t content = 0; ///< behind the empty line
    std::size_t end = 0;     ///< of the content; the line end before a boundary belongs to that
    std::size_t next = 0;    ///< of the boundary line behind it, or where the body ends
    std::size_t depth = 0;
    std::string type{};     ///< lower case, without parameters; empty: none is named
    std::string charset{};  ///< lower case
    std::string encoding{}; ///< lower case
    bool leaf = true;       ///< not a multipart that was taken apart

    [[nodiscard]] bool is_text() const { return leaf && (type.empty() || type.starts_with("text/")); }
    [[nodiscard]] bool is_html() const { return type == "text/html"; }
};

struct MimeShape {
    std::vector<MimePart> parts{}; ///< the whole first, then in the order they stand there
    bool closed = true;            ///< each multipart ends with its closing boundary
};

/// `body` has CRLF line ends; the other two are fields of the message's header, unfolded.
[[nodiscard]] MimeShape mime_shape(std::string_view body, std::string_view content_type,
                                   std::string_view transfer_encoding);

} // namespace bonafide::doctor
