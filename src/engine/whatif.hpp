// What would have come of mail that is stored, had another configuration held: each message is judged and decided twice from what is kept
// of it, by what holds now and by what would, and where the two differ it is told why. Pure: the messages are read elsewhere
// (whatif_run.hpp). One object a thread; totals of several are added up.
//
// "Now" is judged afresh too, so that nothing but the two configurations differs. Where that is not what was stored (another version, other
// lists or public suffixes, feedback since), the message is counted apart and compared all the same.
#pragma once

#include "dns/public_suffix.hpp"
#include "engine/acting.hpp"
#include "engine/judging.hpp"
#include "engine/settings.hpp"
#include "engine/stored_message.hpp"
#include "verdict/judgement.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bonafide::engine {

/// One way to judge and to decide.
struct Regime {
    bool judges = true; ///< compauth.enabled
    Tuning tuning;
    std::shared_ptr<const verdict::Lists> lists;
    std::shared_ptr<const Acting> acting;                      ///< never null
    std::shared_ptr<const policy::RecipientSenders> senders{}; ///< null: nobody has safe or blocked senders
    std::vector<std::string> unasked_lists{};                  ///< DNS lists that nobody asked as they would be asked
};
[[nodiscard]] Regime regime_of(const Settings& settings, std::shared_ptr<const verdict::Lists> lists,
                               std::shared_ptr<const policy::RecipientSenders> senders = {});

/// What lists say, and all recipients of the message together; of one without addresses the recipients' senders stay as they were kept.
void look_up(StoredMessage& message, const Regime& regime);

/// What comes of a message: rules, lists, the policy for DMARC and spoofs, by the mode. Greylisting is left out: what was deferred came again.
struct Fate {
    std::string_view decision =
        "accept";   ///< also "junk", "quarantine", "discard", "defer", "reject", "let in", "reject for some[, junk]"
    std::string by; ///< "rule NAME", or the setting; empty: nobody
    bool operator==(const Fate&) const = default;
};
/// What was refused before the message is "let in" where the regime would not have refused it there: nobody knows the rest of it.
/// `message` gets what the lists and the recipients of the regime say of it.
[[nodiscard]] Fate decide_again(StoredMessage& message, const verdict::Judgement* judgement, const Regime& regime,
                                const dns::PublicSuffixList& suffixes);

/// The judgement of a stored message; none where nothing is judged.
[[nodiscard]] std::optional<verdict::Judgement> judge_again(const StoredMessage& message, const Regime& regime,
                                                            const dns::PublicSuffixList& suffixes,
                                                            verdict::OwnerPolicy policy = verdict::OwnerPolicy::counts);

/// A message of which something else would come.
struct Flip {
    std::int64_t time = 0;
    std::string id;        ///< ours, for trace
    std::string author;    ///< address; of a malformed From what there is
    std::string recipient; ///< the first
    std::string change;    ///< "accept -> reject", "deliver -> junk"
    std::string why;       ///< one sentence; escaped
};

/// A number for each name, and one for those beyond the bound.
class Counts {
  public:
    static constexpr std::size_t most = 100'000;
    void add(std::string_view name, std::uint64_t count = 1);
    void add(const Counts& others);
    struct Row {
        std::string name;
        std::uint64_t count = 0;
    };
    /// The largest first, of those alike in the order of names, at most `rows`.
    [[nodiscard]] std::vector<Row> top(std::size_t rows) const;
    [[nodiscard]] std::uint64_t of(std::string_view name) const;
    [[nodiscard]] std::size_t size() const { return counts_.size(); }
    [[nodiscard]] std::uint64_t beyond() const { return beyond_; } ///< of names that found no room

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
    std::uint64_t beyond_ = 0;
};

struct WhatIfTotals {
    std::uint64_t read = 0;       ///< all that were looked at
    std::uint64_t unreadable = 0; ///< damaged, or written by nobody we know
    std::uint64_t other_ways = 0; ///< submitted, internal, local: neither judged nor decided
    std::uint64_t compared = 0;
    std::uint64_t flipped = 0;
    std::uint64_t rejudged = 0;     ///< compauth or its code would be another; flipped or not
    std::uint64_t unlike_store = 0; ///< what holds now judges otherwise than what is stored
    struct Incomplete {             ///< of those compared, of which less is known than there was
        std::uint64_t earlier = 0, cut = 0, addresses = 0, not_judged = 0;
        std::uint64_t refused = 0; ///< before the message was there
    } incomplete;
    Counts unknown_fields;   ///< that a rule reads and that are not kept, by name: messages
    Counts changes;          ///< by Flip::change
    Counts causes;           ///< "signal look_alike", "rule block-partners", "thresholds"
    Counts senders;          ///< by the domain of the author
    Counts recipients;       ///< by the domain of each recipient, once a message
    std::vector<Flip> flips; ///< the newest, oldest first

    /// `most_flips` of both together stay.
    void add(WhatIfTotals others, std::size_t most_flips);
};

class WhatIf {
  public:
    /// All outlive it. What both share (lists, tuning) is judged once.
    WhatIf(const Regime& now, const Regime& then, const dns::PublicSuffixList& suffixes, std::size_t most_flips);

    /// A row of the store (read_message()), in the order of time.
    void add(std::int64_t time, std::string_view id, std::string_view document, std::string_view packed);
    void add_other_way();
    void add_damaged(std::uint64_t count);

    [[nodiscard]] const WhatIfTotals& totals() const& { return totals_; }
    [[nodiscard]] WhatIfTotals take() { return std::move(totals_); }

  private:
    void compare(StoredMessage& message, Flip flip);
    void count_gaps(const StoredMessage& message);
    void keep(const StoredMessage& message, Flip flip);

    const Regime& now_;
    const Regime& then_;
    const dns::PublicSuffixList& suffixes_;
    std::size_t most_flips_;
    bool judged_alike_;
    std::vector<std::string_view> read_fields_; ///< by rules, of those that may be unknown
    WhatIfTotals totals_;
};

} // namespace bonafide::engine
