// Replies of an SMTP server (RFC 5321 4.2) as they come in. Pure; what a server says is a stranger's word: bounded, and escaped where it
// is shown.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::io::smtp {

inline constexpr std::size_t most_reply_line_bytes = 2048; ///< line end included; RFC 5321 4.5.3.1.5 has 512
inline constexpr std::size_t most_reply_bytes = 16384;     ///< all lines of one reply

struct Reply {
    unsigned code = 0;              ///< 200 to 599
    std::vector<std::string> lines; ///< what stands behind the code, as it came; at least one, maybe empty

    [[nodiscard]] unsigned kind() const { return code / 100; } ///< 2 done, 3 go on, 4 not now, 5 never
    [[nodiscard]] std::string text() const;                    ///< "550 5.7.1 Not here; nor there", escaped and cut
};

/// Takes the reply off the front of `bytes`; nothing when its end is not there yet, and `bytes` stays. A line may end in LF alone.
/// Errors: no reply, several codes in one (RFC 5321 4.2.1), or one of the two bounds is passed.
[[nodiscard]] Expected<std::optional<Reply>> take_reply(std::string& bytes);

} // namespace bonafide::io::smtp
