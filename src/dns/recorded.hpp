// DNS answers kept for later: a transcript as JSON, and the Source that answers from it again
// (docs/architecture.md, idea 2).
#pragma once

#include "base/error.hpp"
#include "dns/source.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dns {

/// A JSON array, one object an exchange, in order: {"name", "type", "why", "status", "dnssec", "ttl", ...}. Names and records are bytes
/// as latin1.hpp writes them. What only tells more (why) is not read back.
[[nodiscard]] std::string to_json(const Transcript& transcript);

/// Answers from what to_json() wrote. A question asked several times gets its answers in order, the last one for ever.
class Recorded final : public Source {
  public:
    /// `text`: the JSON array. Error: no such array, with the index of the bad entry.
    [[nodiscard]] static Expected<std::unique_ptr<Recorded>> parse(std::string_view text);

    /// A question that was not recorded is answered as a time-out and kept in missing().
    [[nodiscard]] Answer answer(const Question& question) const override;

    struct Entry {
        Type type = Type::txt;
        Answer answer;
    };
    /// What was recorded at place `index`, whatever the name; null past the end.
    [[nodiscard]] const Entry* entry(std::size_t index) const& {
        return index < in_order_.size() ? &in_order_[index] : nullptr;
    }

    /// "TXT example.com" for each question without an answer, in order.
    [[nodiscard]] std::vector<std::string> missing() const;
    /// Recorded questions that nobody asked, likewise.
    [[nodiscard]] std::vector<std::string> unasked() const;

  private:
    struct Answers {
        std::vector<Answer> in_order;
        std::size_t given = 0;
    };
    using Key = std::pair<std::string, Type>;
    mutable std::mutex mutex_;
    mutable std::map<Key, Answers> answers_;
    mutable std::vector<std::string> missing_;
    std::vector<Entry> in_order_;
};

} // namespace bonafide::dns
