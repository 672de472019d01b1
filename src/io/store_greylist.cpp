#include "io/store_greylist.hpp"

#include "io/store_database.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace bonafide::io::store {

Hash hash_of(const Secret& secret, const policy::greylist::Key& key) {
    // No address, domain or network holds a NUL, and no other term begins so.
    std::string term("greylist");
    for (const std::string_view part : {to_text(key.who.kind), std::string_view(key.who.name),
                                        std::string_view(key.sender), std::string_view(key.recipient)})
        term.append(1, '\0').append(part);
    return hash_of_term(secret, term);
}

namespace {

using policy::greylist::State;

class MemoryGreylist final : public GreylistStore {
  public:
    MemoryGreylist() { fill_randomly(secret_); }

    Secret secret() const override { return secret_; }

    void read(std::vector<Hash> keys, std::function<void(Expected<States>)> done) override {
        States states;
        {
            const std::scoped_lock lock(mutex_);
            for (const Hash key : keys) {
                const auto row = rows_.find(key);
                states.push_back(row == rows_.end() ? std::nullopt : std::optional(row->second.state));
            }
        }
        done(std::move(states));
    }

    void write(GreylistBatch batch, std::function<void(Expected<void>)> done) override {
        {
            const std::scoped_lock lock(mutex_);
            for (const GreylistWrite& write : batch.writes) {
                const auto [row, is_new] = rows_.try_emplace(write.hash, Row{write.state, write.expires});
                if (!is_new) row->second = {merge(row->second.state, write.seen, write.state), write.expires};
            }
            if (rows_.size() > batch.most) evict(static_cast<std::size_t>(batch.most), batch.now);
        }
        done({});
    }

  private:
    struct Row {
        State state;
        std::int64_t expires = 0;
    };

    /// What means nothing any more, then what was never verified, then the oldest; some more than needed, so that not every batch sorts.
    void evict(std::size_t most, std::int64_t now) {
        std::erase_if(rows_, [&](const auto& row) { return row.second.expires < now; });
        constexpr std::size_t slack = 16;
        if (rows_.size() <= most) return;
        const std::size_t excess = std::min(rows_.size(), rows_.size() - most + most / slack);
        std::vector<std::tuple<bool, std::int64_t, Hash>> order;
        order.reserve(rows_.size());
        for (const auto& [hash, row] : rows_)
            order.emplace_back(row.state.passed_at.has_value(), row.state.last_seen, hash);
        std::ranges::nth_element(order, order.begin() + static_cast<std::ptrdiff_t>(excess) - 1);
        for (std::size_t i = 0; i < excess; ++i) rows_.erase(std::get<Hash>(order[i]));
    }

    Secret secret_{};
    std::mutex mutex_;
    std::unordered_map<Hash, Row> rows_; // guarded by mutex_
};

} // namespace

std::unique_ptr<GreylistStore> make_memory_greylist() { return std::make_unique<MemoryGreylist>(); }

} // namespace bonafide::io::store
