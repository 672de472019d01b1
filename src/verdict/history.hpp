// What is known from earlier mail when a message is judged: raw counts per day, never decayed sums, so that other weights can be tried on a
// stored judgement later. The ledger fills it; here it is only read. Pure data and arithmetic.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bonafide::verdict {

/// One day of one key.
struct DayCounts {
    std::int32_t day = 0; ///< days since 1970-01-01 UTC
    /// Authenticated (SPF, DKIM or DMARC of the author, a trusted sealer), or called wanted by people. What history or
    /// infrastructure alone let pass is `unclear`: a past must not feed on itself.
    std::uint32_t good = 0;
    std::uint32_t unclear = 0; ///< that nothing decided
    std::uint32_t bad = 0;     ///< that failed
    std::uint32_t ham = 0;     ///< feedback of people
    std::uint32_t spam = 0;
};
using Series = std::vector<DayCounts>; ///< in any order, each day once

/// Sums of a series as seen at one time, each day worth half as much after each half-life.
struct Weighed {
    double good = 0, unclear = 0, bad = 0, ham = 0, spam = 0;
    std::uint32_t days = 0;      ///< on which anything came
    std::uint32_t good_days = 0; ///< on which something good came
    std::int32_t first_day = 0;  ///< oldest day; 0 when days is 0
    std::uint64_t messages = 0;  ///< undecayed
    [[nodiscard]] double all() const { return good + unclear + bad; }
};
/// Days after `today`, which a wrong clock left behind, fade with their distance like those before it. A half-life of 0 decays nothing.
[[nodiscard]] Weighed weigh(std::span<const DayCounts> series, std::int32_t today, double half_life_days);

[[nodiscard]] std::int32_t day_of(std::int64_t unix_time);

/// A message of ours that came back, as far as its bounce proves it.
enum class Bounce : std::uint8_t {
    no,       ///< no bounce, or nothing ties it to mail of ours
    contact,  ///< a bounce from a party that mail was exchanged with
    our_mail, ///< a bounce that returns a message this organization really sent
};

/// Everything of the past that one judgement reads.
struct History {
    Series pair;                             ///< (Author Domain, sending infrastructure)
    Series author_domain;                    ///< reputation of the Author Domain
    Series dkim_domain;                      ///< of the best passing DKIM domain
    Series network;                          ///< of the client's /24 or /64
    Series infrastructure;                   ///< of the sending infrastructure whatever the author
    Series correspondence_in;                ///< mail of exactly this author to these recipients
    Series correspondence_out;               ///< mail of these recipients to exactly this author
    std::optional<std::int32_t> replied_day; ///< last day on which a recipient wrote to the author
    std::uint64_t pair_today = 0;            ///< messages of the pair on the current day so far
    std::uint32_t same_signature = 0;        ///< recipients that had a message with the same DKIM b= before
    Bounce bounce = Bounce::no;
    std::string
        look_alike_of; ///< a domain of ours, or of a correspondent, that the Author Domain looks like; empty: none
    bool impersonated_name = false; ///< the display name is a protected person's, the address is not
    bool known = false;             ///< there is a ledger; otherwise "never seen" means nothing
};

} // namespace bonafide::verdict
