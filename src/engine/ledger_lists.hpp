// The lists in force: entries of the configuration, rows of the ledger's table, domains our users write to; built anew when one of them
// changes and when an entry expires, in whichever direction the clock goes. One thread changes it; current() is for any thread.
#pragma once

#include "dns/public_suffix.hpp"
#include "engine/settings.hpp"
#include "io/store.hpp"
#include "verdict/lists.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bonafide::engine {

class LedgerLists {
  public:
    using Value = std::shared_ptr<const verdict::Lists>;

    LedgerLists(const Settings& settings, std::shared_ptr<const dns::PublicSuffixList> suffixes, std::int64_t now);

    [[nodiscard]] Value current() const;

    void configure(const Settings& settings, std::shared_ptr<const dns::PublicSuffixList> suffixes);
    /// All rows of the table. Gives how many name a list that this program does not know; they do not count.
    std::size_t set_rows(const std::vector<io::store::ListRow>& rows);
    void set_correspondents(std::vector<std::string> domains);
    /// Builds what changed; null when nothing did.
    [[nodiscard]] Value refresh(std::int64_t now);

  private:
    void build(std::int64_t now);
    [[nodiscard]] std::size_t expired_by(std::int64_t now) const;

    std::shared_ptr<const dns::PublicSuffixList> suffixes_;
    std::vector<verdict::ListEntry> configured_, rows_;
    std::vector<std::string> correspondents_;
    std::vector<std::int64_t> expiries_; // of all entries, ascending
    std::size_t expired_ = 0;            // of them, when the present value was built
    bool changed_ = false;
    bool believes_sealers_ = true;

    mutable std::mutex mutex_;
    Value current_; // guarded by mutex_
};

} // namespace bonafide::engine
