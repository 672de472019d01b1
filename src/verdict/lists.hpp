// What administrators have said: who may send as whom, whose seals count, what is ours, who is to be protected. Entries come from the
// configuration and from the ledger's table; a Lists value is built of all of them once per change, then only read, by any thread.
#pragma once

#include "arc/trust.hpp"
#include "base/error.hpp"
#include "verdict/domain_set.hpp"
#include "verdict/known_names.hpp"
#include "verdict/listed_senders.hpp"
#include "verdict/spoof_pairs.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::verdict {

enum class ListName : std::uint8_t {
    allow_pairs,           ///< "AUTHOR, INFRASTRUCTURE" (spoof_pairs.hpp)
    block_pairs,           ///< likewise
    sealers,               ///< "DOMAIN [from=DOMAIN,.DOMAIN] [to=ADDRESS,DOMAIN]"
    accepted_domains,      ///< ours, each for itself and all below it
    protected_domains,     ///< not ours; look-alikes of them are told
    protected_users,       ///< "Ann Example <ann@ours.example>[, <other@address>]"
    networks,              ///< clients that are not judged: "192.0.2.0/24"
    shared_infrastructure, ///< Organizational Domains whose hosts send for strangers
    allow,                 ///< senders whose mail is let through: "ADDRESS", "DOMAIN" or a network (listed_senders.hpp)
    block,                 ///< senders whose mail is refused
    ignore,                ///< senders that no DNS list is asked about
};
inline constexpr std::size_t list_count = static_cast<std::size_t>(ListName::ignore) + 1;
[[nodiscard]] std::string_view to_text(ListName list); ///< "allow-pairs", as the command line has them
[[nodiscard]] std::optional<ListName> parse_list_name(std::string_view text);

/// One entry in its canonical form.
struct ListEntry {
    ListName list = ListName::allow_pairs;
    std::string text;                    ///< canonical: two entries that mean the same have the same text
    std::string note;                    ///< why it is here, for people
    std::optional<std::int64_t> expires; ///< Unix time; the first second at which it no longer counts
    bool operator==(const ListEntry&) const = default;
};

inline constexpr std::size_t most_entry_bytes = 2000; ///< of one entry with its note and date

/// "ENTRY [until=YYYY-MM-DD] [# NOTE]" as the configuration and import files have it; on the day of until, in UTC, it still counts. A '#'
/// begins the note at the start of a word outside quotes. Errors name what is wrong.
[[nodiscard]] Expected<ListEntry> parse_list_entry(ListName list, std::string_view text);
/// The form that parse_list_entry() reads back.
[[nodiscard]] std::string to_text(const ListEntry& entry);

/// "YYYY-MM-DD" as the first second after that day in UTC, and back. From 1970 to 9999.
[[nodiscard]] std::optional<std::int64_t> parse_last_day(std::string_view text);
[[nodiscard]] std::string last_day_text(std::int64_t expires);

/// The 16 sealers that ESET Mail Security trusts out of the box.
[[nodiscard]] std::span<const std::string_view> default_sealers();
/// Large senders for strangers: clouds, mail providers, bulk mailers; Organizational Domains of their hosts' names.
[[nodiscard]] std::span<const std::string_view> default_shared_infrastructure();

struct Lists {
    SpoofPairs pairs;
    std::vector<arc::Sealer> sealers;
    DomainSet accepted_domains;
    DomainSet accepted_organizations; ///< their Organizational Domains
    DomainSet shared_infrastructure;
    std::vector<ip::Prefix> networks;
    ListedSenders allow, block, ignore;
    [[nodiscard]] bool has_senders() const { return !allow.empty() || !block.empty() || !ignore.empty(); }
    std::shared_ptr<const KnownNames> names; ///< never null in a Lists that build_lists() made
    std::vector<std::string>
        unreadable; ///< "block-pairs: TEXT", escaped: entries that hold nothing, since none can be read off them

    /// Ours, below ours, or of one organization with a domain of ours. Of a public suffix or a single label only the name itself.
    [[nodiscard]] bool is_ours(std::string_view domain, const dns::PublicSuffixList& suffixes) const;
};

/// Entries that have expired by `now` are left out. `correspondents`: domains that our users write to.
[[nodiscard]] std::shared_ptr<const Lists> build_lists(std::span<const ListEntry> entries,
                                                       std::span<const std::string> correspondents, std::int64_t now,
                                                       const dns::PublicSuffixList& suffixes);

} // namespace bonafide::verdict
