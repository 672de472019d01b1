// Facts and pasts read back from the JSON that report.hpp tells them in, so that a stored message can be judged again: judge() and the rules
// find in them what they found in the original. What only people read (sections, DNSSEC states, the transcript) is not read back.
//
// A document may come from an earlier version, or be damaged, or made up: a missing member leaves what it stands for as it is by default, and
// `gaps` says so; a value of another type, a word that is none, a list beyond its limit is an error. Pure; nothing borrowed stays.
#pragma once

#include "authres/authres.hpp"
#include "base/error.hpp"
#include "base/json_cursor.hpp"
#include "verdict/facts.hpp"
#include "verdict/history.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/judgement.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace bonafide::verdict {

/// What was stored of a judgement, as far as another is compared with it.
struct StoredJudgement {
    Compauth result = Compauth::none;
    unsigned reason = 300;
    Suggestion suggestion = Suggestion::deliver;
};

struct StoredFacts {
    struct Gaps {
        bool earlier = false; ///< written by a version that did not keep all that judging reads
        bool cut = false;     ///< a text is longer than what is kept
        [[nodiscard]] bool any() const { return earlier || cut; }
    };
    static constexpr std::size_t most_bytes = 16U << 20U; ///< of one document
    static constexpr std::size_t most_of_a_list = 10'000; ///< recipients, signatures, names

    Facts facts; ///< without transcript
    std::optional<StoredJudgement> judged;
    Gaps gaps;
};

/// The object of `verify --json`.
[[nodiscard]] Expected<StoredFacts> read_facts(std::string_view document);
/// The same where the cursor stands; a failure is the cursor's.
[[nodiscard]] StoredFacts read_facts(JsonCursor& cursor);

/// The pasts of to_json(History); null: not known.
[[nodiscard]] History read_history(JsonCursor& cursor);

/// The "author_hosts" and "upstream" of to_json(AuthorHosts, ...).
[[nodiscard]] AuthorHosts read_author_hosts(JsonCursor& cursor);
[[nodiscard]] std::vector<authres::Field> read_upstream(JsonCursor& cursor);

} // namespace bonafide::verdict
