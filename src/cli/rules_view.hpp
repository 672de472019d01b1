// What `rules test` says of a message.
#pragma once

#include "cli/messages.hpp"
#include "cli/rules_stored.hpp"
#include "cli/rules_trial.hpp"

#include <string>
#include <string_view>

namespace bonafide::cli {

/// For a person; what strangers wrote is escaped. `file` is the configuration's name.
[[nodiscard]] std::string rules_text(const TriedRules& tried, std::string_view file);
/// One JSON object, without a line end.
[[nodiscard]] std::string rules_json(const TriedRules& tried, const MessageName& name);

/// Likewise of a message that the ledger keeps.
[[nodiscard]] std::string rules_text(const StoredRules& tried, std::string_view file);
[[nodiscard]] std::string rules_json(const StoredRules& tried);

} // namespace bonafide::cli
