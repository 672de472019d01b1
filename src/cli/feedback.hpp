// Internal to `feedback`: which of the messages in the ledger a person means.
#pragma once

#include "cli/message_content.hpp"
#include "engine/settings.hpp"
#include "io/store_sqlite.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace bonafide::cli::feedback {

/// What a delivered message says of itself.
struct Letterhead {
    std::string message_id;  ///< without its brackets
    std::string bonafide_id; ///< of the topmost X-Bonafide-Id, which the daemon stamped
    std::string author_domain;
};
inline constexpr std::uint64_t most_message_bytes = std::uint64_t{256} << 20; ///< what is longer is no message
/// Reads all of `content`, so that whoever writes it into a pipe need not break off. Errors: it cannot be read, or is longer than `most`.
[[nodiscard]] Expected<Letterhead> read_letterhead(const MessageContent& content,
                                                   std::uint64_t most = most_message_bytes);

/// Of messages that bear the same Message-ID the one that is meant: of this author (empty: any), and the one whose id X-Bonafide-Id has.
/// A message of somebody else under a Message-ID that he took from it is not. Errors: none is left, or several are: they are named.
[[nodiscard]] Expected<io::store::Found> choose(std::vector<io::store::Found> found, const Letterhead& letterhead);

/// Under which name a word about `found` is kept: hashed where the ledger keeps no names, by its settings or as the message shows.
[[nodiscard]] std::string kept_name(const std::string& person, const io::store::Found& found,
                                    engine::KeptAddresses addresses, const io::store::Secret& secret);

} // namespace bonafide::cli::feedback
