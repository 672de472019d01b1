// Internal to `feedback`: which of the messages in the ledger a person means.
#pragma once

#include "cli/message_content.hpp"
#include "io/store_sqlite.hpp"

#include <string>
#include <vector>

namespace bonafide::cli::feedback {

/// What a delivered message says of itself.
struct Letterhead {
    std::string message_id;  ///< without its brackets
    std::string bonafide_id; ///< of the topmost X-Bonafide-Id
    std::string author_domain;
};
/// Reads all of `content` where it is a stream, so that whoever writes it need not break off.
[[nodiscard]] Expected<Letterhead> read_letterhead(const MessageContent& content);

/// Of messages that bear the same Message-ID the one that is meant: of this author (empty: all have the same), the newest. A message of
/// somebody else under a Message-ID that he took from it is not. Errors: none is left, or those of several authors are.
[[nodiscard]] Expected<io::store::Found> choose(std::vector<io::store::Found> found, const Letterhead& letterhead);

} // namespace bonafide::cli::feedback
