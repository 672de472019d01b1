// Where the ledger's file is.
#pragma once

#include "engine/settings.hpp"

#include <string>
#include <string_view>

namespace bonafide::engine {

/// What ledger.path = "auto" means where this folder is there.
inline constexpr std::string_view auto_ledger_folder = "/var/lib/bonafide";
inline constexpr std::string_view auto_ledger = "/var/lib/bonafide/ledger.db";

/// The file; empty: there is none, and histories live in memory.
[[nodiscard]] std::string ledger_file(const Settings& settings);

} // namespace bonafide::engine
