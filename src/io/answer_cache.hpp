// The TTL cache in front of the resolver, shared by all threads. A hit costs a hash, a short lock and one reference count; the answer's
// memo (parsed SPF record, DKIM key) rides along and lives as long as the entry.
//
// Time is the caller's: any steadily growing count of seconds. Answers keep the TTL they came with; only the entry ages.
// How long an entry lives: its TTL within [least_ttl, most_ttl] when records were found, at most most_negative_ttl when there were none
// (RFC 2308 5), temporary_ttl after a failure (RFC 2308 7: at most 5 minutes; here seconds, so that a repaired zone is seen at once).
// Answers belong to a generation of sources: begin_generation() forgets what was kept, and a resolver of before, which may still serve
// old connections, finds what is there but keeps nothing any more.
// Bounded by entries and by bytes, both shared out evenly over the shards; where room is short an expired entry goes first, else the
// one not used for longest.
#pragma once

#include "dns/question.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace bonafide::io {

class AnswerCache {
  public:
    struct Settings {
        std::size_t most_entries = 100000;          ///< 0: nothing is kept
        std::size_t most_bytes = 256 * 1024 * 1024; ///< names and records, without memos
        std::uint32_t least_ttl = 0;                ///< seconds; an answer with TTL 0 is not kept unless this raises it
        std::uint32_t most_ttl = 86400;             ///< seconds
        std::uint32_t most_negative_ttl = 300;      ///< seconds
        std::uint32_t temporary_ttl = 2;            ///< seconds
    };
    struct Stats {
        std::uint64_t hits = 0;
        std::uint64_t misses = 0;
        std::uint64_t evictions = 0; ///< entries that had to go before their time
        std::size_t entries = 0;     ///< expired ones not yet dropped included
        std::size_t bytes = 0;
    };

    explicit AnswerCache(Settings settings);
    ~AnswerCache();
    AnswerCache(const AnswerCache&) = delete;
    AnswerCache& operator=(const AnswerCache&) = delete;

    /// The answer kept for this question (name, type, server, recursion), or null. A question with use_cache false finds nothing.
    [[nodiscard]] dns::Answer find(const dns::Question& question, std::uint64_t now);
    /// Keeps the answer, in place of an older one; not when it comes from a generation of before.
    void insert(const dns::Question& question, dns::Answer answer, std::uint64_t now, std::uint64_t generation = 0);
    /// From now on only answers of this generation or a later one are kept, and nothing of before is found. Generations grow from 0.
    void begin_generation(std::uint64_t generation);
    [[nodiscard]] Stats stats() const;

  private:
    struct Shard;
    [[nodiscard]] std::uint64_t lifetime(const dns::AnswerData& answer) const;
    [[nodiscard]] std::uint64_t hash(const dns::Question& question) const;
    [[nodiscard]] Shard& shard_of(std::uint64_t hash) const;

    Settings settings_;
    std::atomic<std::uint64_t> generation_ = 0;
    std::uint64_t seed_; ///< random: names come from strangers, who must not be able to aim at one shard or bucket
    std::size_t shard_count_;
    std::unique_ptr<Shard[]> shards_;
};

} // namespace bonafide::io
