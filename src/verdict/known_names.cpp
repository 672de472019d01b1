#include "verdict/known_names.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "verdict/likeness_domains.hpp"
#include "verdict/likeness_letters.hpp"
#include "verdict/likeness_people.hpp"

#include <utility>

namespace bonafide::verdict {
namespace {

/// Normalized; "" when it is no name.
std::string domain_name(std::string_view text) {
    if (text.size() > 1024) return {};
    std::string name = dns::to_ascii(text).value_or(std::string());
    return dns::is_valid(name) ? name : std::string();
}

} // namespace

struct KnownNames::Index {
    likeness::DomainIndex domains;
    likeness::PeopleIndex people;
    std::size_t person_count = 0;

    [[nodiscard]] std::optional<std::string> impersonated(const mail::Mailbox& mailbox) const {
        if (mailbox.display_name.empty()) return std::nullopt;
        const std::string shown = likeness::shown_display_name(mailbox.display_name);
        const std::string address = ascii::lower(mailbox.local_part) + "@" + mailbox.domain;
        if (!people.empty())
            if (const Person* person = people.find_by_name(likeness::name_words(shown), address)) return person->name;
        return foreign_address(shown, address, mailbox.domain);
    }

    /// An address of ours, or of a protected person, that is shown as the name of another one.
    [[nodiscard]] std::optional<std::string> foreign_address(std::string_view shown, std::string_view address,
                                                             std::string_view domain) const {
        const bool from_ours = domains.is_ours(domain);
        for (const std::string_view named : likeness::addresses_in(shown)) {
            if (named == address) continue;
            const bool of_ours = !from_ours && domains.is_seen_as_ours(named.substr(named.rfind('@') + 1));
            const Person* person = of_ours ? nullptr : people.find_by_address(named);
            const bool his_own = person != nullptr && people.find_by_address(address) == person;
            if (of_ours || (person != nullptr && !his_own)) return escape::shortened(named);
        }
        return std::nullopt;
    }
};

KnownNames::KnownNames() : index_(std::make_unique<Index>()) {}
KnownNames::~KnownNames() = default;

void KnownNames::add_domain(Of of, std::string_view domain, const dns::PublicSuffixList& suffixes) {
    const std::string name = domain_name(domain);
    if (name.empty() || (of == Of::correspondent && index_->domains.size() >= most_domains)) return;
    index_->domains.add(of, suffixes.organizational(name));
}

void KnownNames::add_person(Person person) {
    if (index_->person_count++ < most_people) index_->people.add(std::move(person));
}

std::optional<KnownNames::Likeness> KnownNames::look_alike(std::string_view author_domain,
                                                           const dns::PublicSuffixList& suffixes) const {
    const std::string name = domain_name(author_domain);
    if (name.empty()) return std::nullopt;
    const std::string organization = suffixes.organizational(name);
    if (index_->domains.knows(organization)) return std::nullopt;
    return index_->domains.find(name, organization);
}

std::optional<std::string> KnownNames::impersonated(std::span<const mail::Mailbox> author) const {
    for (const mail::Mailbox& mailbox : author)
        if (auto name = index_->impersonated(mailbox)) return name;
    return std::nullopt;
}

std::optional<std::string> KnownNames::impersonated(const mail::Author& author) const {
    if (auto name = impersonated(author.mailboxes); name || author.text.empty()) return name;
    mail::Mailbox whole = author.mailboxes.empty() ? mail::Mailbox{} : author.mailboxes.front();
    whole.display_name = author.text;
    return index_->impersonated(whole);
}

std::vector<std::string> KnownNames::addresses_in(std::string_view text) {
    const std::string shown = likeness::shown_display_name(text);
    const std::vector<std::string_view> addresses = likeness::addresses_in(shown);
    return {addresses.begin(), addresses.end()};
}

std::string name_key(std::string_view display_name) {
    std::string key;
    for (const std::string& word : likeness::name_words(likeness::shown_display_name(display_name)).called)
        key.append(key.empty() ? "" : " ").append(word);
    return key;
}

} // namespace bonafide::verdict
