// Names that somebody else may want to be mistaken for: our domains, protected domains and people, domains we correspond with. Finds names
// made to look like them (Unicode TR 39 skeletons, one edit, another TLD, a word added). Built once per reload, then only read, by any thread. Pure.
#pragma once

#include "dns/public_suffix.hpp"
#include "mail/address.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::verdict {

/// A display name in the form in which two names compare: RFC 2047 decoded, one case, letters as what they look like, words sorted and
/// each once. "Doe, Ann", "ann  DOE", "Dr. Ann B. Doe" and "Ann Doe (via List)" are one. Empty for what is no name of a person: fewer than
/// two words (titles, initials, numbers, addresses do not count), or an office ("Support Team"). A word of two to five Han or Hangul
/// syllables is a name. The first 998 bytes count (RFC 5322 2.1.1). The key is UTF-8 and not for people to read.
[[nodiscard]] std::string name_key(std::string_view display_name);

class KnownNames {
  public:
    enum class Of : std::uint8_t {
        ours,         ///< an accepted domain
        protected_,   ///< a protected domain
        correspondent ///< a domain our users write to
    };
    struct Person {
        std::string name;                   ///< as people write it
        std::vector<std::string> addresses; ///< that are really his, lower case
    };
    struct Likeness {
        Of of = Of::ours;
        std::string domain; ///< the known one
        std::string how;    ///< one phrase for people: "rn stands for m", "another top-level domain"; escaped
    };

    static constexpr std::size_t most_domains = 100'000; ///< domains beyond it are only kept when ours or protected
    static constexpr std::size_t most_people = 10'000;   ///< people beyond it are not kept

    KnownNames();
    ~KnownNames();
    KnownNames(const KnownNames&) = delete;
    KnownNames& operator=(const KnownNames&) = delete;

    /// While building. A domain stands for its organization, the strongest Of of one counts. What is no domain name is passed over.
    void add_domain(Of of, std::string_view domain, const dns::PublicSuffixList& suffixes);
    void add_person(Person person);

    /// The known domain that `author_domain` looks like without belonging to its organization, if any; ours before others. Never for a name of
    /// a known organization. How long a known name must be for each trick to be told, and that an own label below another's domain
    /// ("contoso.zendesk.com") or another suffix of a correspondent's ("fabrikam.de") is none, see likeness_search.cpp.
    [[nodiscard]] std::optional<Likeness> look_alike(std::string_view author_domain,
                                                     const dns::PublicSuffixList& suffixes) const;
    /// The addresses that stand in what a From field shows, decoded and in lower case, at most 256.
    [[nodiscard]] static std::vector<std::string> addresses_in(std::string_view text);
    /// The name of the protected person whose name one of the mailboxes bears at another address (all words of it among others count, so
    /// "Ann Doe via List" is hers too: a list that may do so is one of her addresses); else the address that a display name holds when it
    /// is of a domain of ours and the mailbox is not, or a protected person's and the mailbox another's. Not escaped; at most 320 bytes
    /// of what a stranger wrote.
    [[nodiscard]] std::optional<std::string> impersonated(std::span<const mail::Mailbox> author) const;
    /// Likewise, and of what else a From field shows (mail::Author::text): one that no parser takes, a comment in place of a name.
    [[nodiscard]] std::optional<std::string> impersonated(const mail::Author& author) const;

  private:
    struct Index;
    std::unique_ptr<Index> index_;
};

} // namespace bonafide::verdict
