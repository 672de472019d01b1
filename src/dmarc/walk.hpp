// Internal to src/dmarc: the DNS Tree Walk (RFC 9989 4.10) and the choice of the Organizational Domain from what it found (4.10.2).
#pragma once

#include "dmarc/dmarc.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dmarc {

/// What stands at one _dmarc name.
struct Published {
    std::size_t records = 0;      ///< DMARC records there; several are all discarded (4.10 steps 2 and 6)
    std::optional<Record> record; ///< the only one
    std::string unusable;         ///< set when `record` means "no DMARC" (4.10.1): why
};

/// The DMARC records of an answer, parsed once as long as the answer lives.
[[nodiscard]] std::shared_ptr<const Published> published(const dns::AnswerData& answer, const Limits& limits);

/// The names asked so far in one evaluation: none is asked twice.
struct Visits {
    Limits limits;
    std::vector<Visit> all;
};

/// The TXT answer at _dmarc.`name`, from `visits` or asked. A name too long to be asked has no record.
/// `visits` belongs to the calling flow and outlives this one.
[[nodiscard]] dns::Flow<dns::Answer> visit(Visits* visits, std::string name, std::string_view why);

/// Where the walk from `start` goes after `current`: "" at its end (4.10 steps 3, 4 and 7).
[[nodiscard]] std::string_view next_target(std::string_view start, std::string_view current, const Limits& limits);

struct Walk {
    struct Found {
        std::string domain;
        std::shared_ptr<const Published> at; ///< with exactly one record
    };
    std::string start;
    std::vector<Found> found;         ///< longest name first
    std::vector<std::string> several; ///< names whose several records were discarded
    std::string failed;               ///< the name whose look-up failed; empty when the walk is complete
};

/// Walks from `start` to a psd tag or the top. `visits` as above.
[[nodiscard]] dns::Flow<Walk> walk(Visits* visits, std::string start);

/// The Organizational Domain that a complete walk leads to.
struct Organization {
    std::string domain;
    const Walk::Found* record =
        nullptr; ///< its own record, or that of the PSD directly above it; null when the walk found none
    bool single_label_refused = false; ///< the walk led to a top-level domain, which is no organization (our own rule)
};
[[nodiscard]] Organization select_organization(const Walk& walk [[clang::lifetimebound]]);

enum class Aligned : std::uint8_t { yes, no, unknown }; ///< unknown: a look-up that decides failed

/// Relaxed alignment by tree walk (4.10.2): whether both names have the same Organizational Domain. `author` has a policy record or
/// inherits one. Asks as little as the answer needs.
[[nodiscard]] dns::Flow<Aligned> same_organization(Visits* visits, std::string author, std::string domain);

} // namespace bonafide::dmarc
