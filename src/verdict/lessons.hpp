// What a message asks of the past, and what it adds to it. Pure. Only inbound mail that was judged teaches how senders fare; a submitted
// message teaches who writes to whom, nothing else.
#pragma once

#include "dns/public_suffix.hpp"
#include "verdict/facts.hpp"
#include "verdict/history.hpp"
#include "verdict/judgement.hpp"

#include <cstddef>
#include <vector>

namespace bonafide::verdict {

inline constexpr std::size_t most_contacts = 5;        ///< recipients of one message whose past is read and written
inline constexpr std::size_t most_infrastructures = 4; ///< likewise

/// The pasts that judging this message reads, each once, in the order of PastKind; some belong to others and are not taught by it. None for mail that is not inbound.
[[nodiscard]] std::vector<PastKey> keys_of(const Facts& facts, const dns::PublicSuffixList& suffixes);

/// What is added to one past.
struct Lesson {
    PastKey key;
    DayCounts counts;
};
/// Of inbound mail by its judgement; of submitted mail who wrote to whom. None of other mail, nor of what was not judged.
[[nodiscard]] std::vector<Lesson> lessons_of(const Facts& facts, const Judgement& judgement,
                                             const dns::PublicSuffixList& suffixes);

/// The pasts that a person's word about a message speaks of: who sent it, not what was said to whom else.
[[nodiscard]] bool takes_feedback(PastKind kind);

} // namespace bonafide::verdict
