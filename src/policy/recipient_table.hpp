// The table file of safe and blocked senders: lines "RECIPIENT safe|blocked SENDER", blanks between, "#" begins a comment.
#pragma once

#include "policy/recipient_senders.hpp"

#include <string_view>

namespace bonafide::policy {

/// Adds all lines. The error names the line; what stood before it has been added.
[[nodiscard]] Expected<void> read_recipient_table(std::string_view text, RecipientSenders& senders);

} // namespace bonafide::policy
