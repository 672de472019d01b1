#include "io/answer_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <list>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace bonafide::io {
namespace {

/// What makes two questions the same one. Views into the question asked or into the entry kept.
struct Key {
    std::uint64_t hash = 0;
    std::string_view name;
    dns::Type type = dns::Type::txt;
    bool recursion = true;
    const std::optional<ip::Address>* server = nullptr;

    bool operator==(const Key& other) const {
        return hash == other.hash && type == other.type && recursion == other.recursion && name == other.name &&
               *server == *other.server;
    }
};
struct KeyHash {
    std::size_t operator()(const Key& key) const { return key.hash; }
};

struct Entry {
    std::uint64_t hash = 0;
    std::string name;
    dns::Type type = dns::Type::txt;
    bool recursion = true;
    std::optional<ip::Address> server;
    dns::Answer answer;
    std::uint64_t expires = 0;
    std::size_t bytes = 0;
};

Key key_of(const Entry& e) { return {e.hash, e.name, e.type, e.recursion, &e.server}; }
Key key_of(const dns::Question& q, std::uint64_t hash) { return {hash, q.name, q.type, q.recursion, &q.server}; }

constexpr std::size_t most_shards = 64;
constexpr std::size_t least_entries_per_shard = 64;
constexpr int expired_looked_for = 8; ///< entries at the old end examined for an expired one before a live one goes

std::size_t shards_for(std::size_t entries) {
    return std::bit_floor(std::clamp<std::size_t>(entries / least_entries_per_shard, 1, most_shards));
}

/// Multiplies to 128 bits and folds: the mixing step of the well-known fast string hashes.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::size_t size_of(const std::vector<std::string>& strings) {
    std::size_t sum = strings.capacity() * sizeof(std::string);
    for (const std::string& s : strings) sum += s.capacity();
    return sum;
}

std::size_t size_of(const Entry& entry) {
    constexpr std::size_t nodes = 160; // list and hash nodes, control block
    const dns::AnswerData& a = *entry.answer;
    std::size_t sum = sizeof(Entry) + sizeof(dns::AnswerData) + nodes + entry.name.capacity();
    sum += size_of(a.txt) + size_of(a.names) + a.addresses.capacity() * sizeof(ip::Address) +
           a.mx.capacity() * sizeof(dns::Mx);
    for (const dns::Mx& mx : a.mx) sum += mx.host.capacity();
    return sum;
}

std::uint64_t random_seed() {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32 | device()) | 1;
}

} // namespace

/// A part of the cache behind its own lock. `order` owns the entries, last used first; `index` points into it.
struct alignas(64) AnswerCache::Shard {
    using Order = std::list<Entry>;

    mutable std::mutex mutex; ///< guards everything below
    Order order;
    std::unordered_map<Key, Order::iterator, KeyHash> index;
    std::size_t bytes = 0;
    std::uint64_t hits = 0, misses = 0, evictions = 0;

    void drop(Order::iterator entry) {
        bytes -= entry->bytes;
        index.erase(key_of(*entry)); // before the entry, which the key views
        order.erase(entry);
    }

    /// Frees one place: an expired entry among the oldest, else the oldest.
    void evict(std::uint64_t now) {
        Order::iterator victim = std::prev(order.end());
        Order::iterator seen = order.end();
        for (int i = 0; i < expired_looked_for && seen != order.begin(); ++i) {
            if ((--seen)->expires > now) continue;
            victim = seen;
            break;
        }
        if (victim->expires > now) ++evictions;
        drop(victim);
    }
};

AnswerCache::AnswerCache(Settings settings)
    : settings_(settings), seed_(random_seed()), shard_count_(shards_for(settings.most_entries)),
      shards_(new Shard[shard_count_]) {}

AnswerCache::~AnswerCache() = default;

std::uint64_t AnswerCache::hash(const dns::Question& question) const {
    const std::string_view name = question.name;
    std::uint64_t h = seed_ ^ (static_cast<std::uint64_t>(question.type) << 32 | name.size());
    std::size_t i = 0;
    for (; i + 8 <= name.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, name.data() + i, 8);
        h = mix(h ^ word, 0x9e3779b97f4a7c15);
    }
    std::uint64_t tail = 0;
    if (i < name.size()) std::memcpy(&tail, name.data() + i, name.size() - i);
    h = mix(h ^ tail, seed_ ^ 0xd1b54a32d192ed03);
    return mix(h, 0x9e3779b97f4a7c15);
}

AnswerCache::Shard& AnswerCache::shard_of(std::uint64_t hash) const {
    return shards_[(hash >> 48) & (shard_count_ - 1)];
}

std::uint64_t AnswerCache::lifetime(const dns::AnswerData& answer) const {
    if (answer.temporary()) return settings_.temporary_ttl;
    if (answer.empty()) return std::min(answer.ttl, settings_.most_negative_ttl); // RFC 2308 5
    return std::min(std::max(answer.ttl, settings_.least_ttl), settings_.most_ttl);
}

dns::Answer AnswerCache::find(const dns::Question& question, std::uint64_t now) {
    if (!question.use_cache) return nullptr;
    const std::uint64_t hashed = hash(question);
    Shard& shard = shard_of(hashed);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(key_of(question, hashed));
    if (found == shard.index.end() || found->second->expires <= now) {
        ++shard.misses;
        return nullptr;
    }
    ++shard.hits;
    shard.order.splice(shard.order.begin(), shard.order, found->second);
    return found->second->answer;
}

void AnswerCache::insert(const dns::Question& question, dns::Answer answer, std::uint64_t now,
                         std::uint64_t generation) {
    const std::uint64_t life = lifetime(*answer);
    const std::uint64_t hashed = hash(question);
    const std::size_t most_entries = settings_.most_entries / shard_count_;
    const std::size_t most_bytes = settings_.most_bytes / shard_count_;

    std::list<Entry> made; // built outside the lock
    made.push_back(
        {hashed, question.name, question.type, question.recursion, question.server, std::move(answer), now + life, 0});
    Entry& entry = made.front();
    entry.bytes = size_of(entry);

    Shard& shard = shard_of(hashed);
    const std::lock_guard lock(shard.mutex);
    // Under the lock: begin_generation() raises the number first and then empties the shard under the same lock.
    if (generation < generation_.load()) return;
    if (const auto old = shard.index.find(key_of(entry)); old != shard.index.end()) shard.drop(old->second);
    if (life == 0 || most_entries == 0 || entry.bytes > most_bytes) return;
    while (!shard.order.empty() && (shard.order.size() >= most_entries || shard.bytes + entry.bytes > most_bytes))
        shard.evict(now);
    shard.index.emplace(key_of(entry), made.begin());
    shard.bytes += entry.bytes;
    shard.order.splice(shard.order.begin(), made);
}

void AnswerCache::begin_generation(std::uint64_t generation) {
    generation_ = generation;
    for (std::size_t i = 0; i < shard_count_; ++i) {
        Shard& shard = shards_[i];
        const std::lock_guard lock(shard.mutex);
        shard.index.clear();
        shard.order.clear();
        shard.bytes = 0;
    }
}

AnswerCache::Stats AnswerCache::stats() const {
    Stats sum;
    for (std::size_t i = 0; i < shard_count_; ++i) {
        const Shard& shard = shards_[i];
        const std::lock_guard lock(shard.mutex);
        sum.hits += shard.hits;
        sum.misses += shard.misses;
        sum.evictions += shard.evictions;
        sum.entries += shard.order.size();
        sum.bytes += shard.bytes;
    }
    return sum;
}

} // namespace bonafide::io
