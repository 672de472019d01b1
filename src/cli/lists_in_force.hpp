// The lists in force now, as the daemon puts them together: of the settings, the ledger's rows, and whom our users write to.
#pragma once

#include "dns/public_suffix.hpp"
#include "engine/settings.hpp"
#include "io/store_sqlite.hpp"
#include "verdict/lists.hpp"

#include <cstdint>
#include <memory>

namespace bonafide::cli {

[[nodiscard]] Expected<std::shared_ptr<const verdict::Lists>>
lists_in_force(io::store::Database& ledger, const engine::Settings& settings,
               std::shared_ptr<const dns::PublicSuffixList> suffixes, std::int64_t now);

} // namespace bonafide::cli
