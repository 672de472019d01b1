// What is known from earlier mail when a message is judged: raw counts per day, never decayed sums, so that other weights can be tried on a
// stored judgement later. keys_of() (lessons.hpp) says which pasts a message asks for; the ledger reads them. Pure data and arithmetic.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::verdict {

/// One day of one past.
struct DayCounts {
    std::int32_t day = 0; ///< days since 1970-01-01 UTC
    /// Authenticated (SPF, DKIM or DMARC of the author, a trusted sealer) and not suspected. What history or infrastructure alone let
    /// pass is `unclear`: a past must not feed on itself.
    std::uint32_t good = 0;
    std::uint32_t unclear = 0; ///< that nothing decided, or weaker signals alone
    std::uint32_t bad = 0;     ///< that was suggested for the junk folder or worse
    std::uint32_t ham = 0;     ///< feedback of people
    std::uint32_t spam = 0;
    std::uint32_t sent = 0; ///< mail of ours in the other direction
    bool operator==(const DayCounts&) const = default;
};
using Series = std::vector<DayCounts>; ///< in any order, each day once

/// Of what a past is kept; `of` and `with` of a PastKey are what stands here.
enum class PastKind : std::uint8_t {
    pair,    ///< Author Domain, sending infrastructure ("ptr:outlook.com", "network:192.0.2.0/24", "dkim:example.com")
    author,  ///< Author Domain: how its mail fared; sent: mail of ours to it
    signer,  ///< DKIM domain other than the author's
    network, ///< the client's /24 or /64
    infrastructure, ///< sending infrastructure whatever the author
    contact,        ///< author's address, recipient's address; sent: from the recipient to the author
    contact_domain, ///< Author Domain, recipient's address; sent likewise
    name,           ///< recipient's address, comparable display name (name_key()); good: of authors known by it
    signature,      ///< fingerprint of a DKIM signature; good: recipients that had it
    returned,       ///< Message-ID, our sender's address; sent: it was really sent from here
};
[[nodiscard]] std::string_view to_text(PastKind kind);
inline constexpr std::size_t past_kinds = static_cast<std::size_t>(PastKind::returned) + 1;

/// Names one past. Addresses and domains in it are in lower case, domains normalized.
struct PastKey {
    PastKind kind = PastKind::pair;
    std::string of;
    std::string with; ///< empty where the kind has one name
    auto operator<=>(const PastKey&) const = default;
};

struct Past {
    PastKey key;
    Series series;
};

/// Sums of a series as seen at one time, each day worth half as much after each half-life.
struct Weighed {
    double good = 0, unclear = 0, bad = 0, ham = 0, spam = 0, sent = 0;
    std::uint32_t days = 0;      ///< on which anything came
    std::uint32_t good_days = 0; ///< on which something good came
    std::int32_t first_day = 0;  ///< oldest day on which anything came; 0 when days is 0
    std::int32_t last_sent = 0;  ///< newest day with mail of ours; 0 when there was none
    std::uint64_t messages = 0;  ///< undecayed
    [[nodiscard]] double all() const { return good + unclear + bad; }
};
/// Days after `today`, which a wrong clock left behind, fade with their distance like those before it. A half-life of 0 decays nothing.
[[nodiscard]] Weighed weigh(std::span<const DayCounts> series, std::int32_t today, double half_life_days);

/// Adds `counts` to its day in `series`. Sums saturate. Beyond `most_days` days the one farthest from `counts.day` goes.
void add(Series& series, const DayCounts& counts, std::size_t most_days);

[[nodiscard]] std::int32_t day_of(std::int64_t unix_time);

/// Everything of the past that one judgement reads.
struct History {
    bool known = false;      ///< there is a ledger; otherwise "never seen" means nothing
    std::vector<Past> pasts; ///< those of keys_of(), in its order; one that is new has an empty series

    /// The series of this key, or an empty one.
    [[nodiscard]] const Series& of(PastKind kind, std::string_view of, std::string_view with = {}) const;
};

} // namespace bonafide::verdict
