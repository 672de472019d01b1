// Internal to `spoof`: a pair of author and sending infrastructure as spoof intelligence tells it.
#pragma once

#include "io/store_sqlite.hpp"
#include "verdict/lists.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::cli::spoof {

enum class Mode : std::uint8_t {
    insight, ///< what was done, and what the lists say now
    what_if, ///< what judging alone makes of it, as if no pair were listed
};
enum class Action : std::uint8_t { allowed, blocked };
[[nodiscard]] std::string_view to_text(Mode mode);
[[nodiscard]] std::string_view to_text(Action action);

/// "ptr:outlook.com" as the store has it; nothing when it is no such text.
[[nodiscard]] std::optional<verdict::Infrastructure> parse_infrastructure(std::string_view text);

struct View {
    Action action = Action::allowed;
    std::string why;    ///< one phrase
    std::string change; ///< the command that turns it round; empty: there is none
    bool listed = false;
};
/// `other_score`: what the evidence about the newest message amounts to without its list entry; asked for only where the list decided.
[[nodiscard]] View view_of(const io::store::SpoofRow& row, const verdict::Lists& lists,
                           const dns::PublicSuffixList& suffixes, Mode mode, std::optional<double> other_score);

/// The sum of all evidence in a message's document but that of the lists of pairs; nothing where it was not judged.
[[nodiscard]] std::optional<double> score_without_lists(std::string_view document);

} // namespace bonafide::cli::spoof
