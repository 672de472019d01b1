// What waits in Postfix's queue, and why (postqueue -j, Postfix 3.1 and later).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io {

struct QueuedRecipient {
    std::string sender;
    std::string recipient;
    std::string reason; ///< of the last attempt, as the log has it
};
inline constexpr std::size_t most_queue_bytes =
    std::size_t{8} * 1024 * 1024; ///< of the listing; the rest is not looked at

/// Reads a listing: a JSON object a line. Lines that are none are left out.
[[nodiscard]] std::vector<QueuedRecipient> parse_queue(std::string_view lines);
/// Of this host; nothing where there is no Postfix, or it does not let this user see. At most ten seconds.
[[nodiscard]] std::vector<QueuedRecipient> read_queue();

} // namespace bonafide::io
