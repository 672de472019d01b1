#include "cli/lists_in_force.hpp"

#include "engine/ledger_lists.hpp"

#include <utility>

namespace bonafide::cli {

Expected<std::shared_ptr<const verdict::Lists>> lists_in_force(io::store::Database& ledger,
                                                               const engine::Settings& settings,
                                                               std::shared_ptr<const dns::PublicSuffixList> suffixes,
                                                               std::int64_t now) {
    // As ledger_state.hpp has them.
    constexpr std::int32_t days_back = 180;
    constexpr std::uint32_t least_days = 2;
    constexpr std::size_t most = 10000;
    auto rows = ledger.lists();
    if (!rows) return std::unexpected(rows.error());
    auto correspondents = ledger.correspondents(verdict::day_of(now) - days_back, least_days, most);
    if (!correspondents) return std::unexpected(correspondents.error());
    engine::LedgerLists lists(settings, std::move(suffixes), now);
    lists.set_rows(*rows);
    lists.set_correspondents(*std::move(correspondents));
    if (auto built = lists.refresh(now)) return built;
    return lists.current();
}

} // namespace bonafide::cli
