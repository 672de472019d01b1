#include "verdict/lists.hpp"

#include "base/escape.hpp"
#include "dns/name.hpp"
#include "verdict/list_parts.hpp"

#include <fmt/format.h>
#include <utility>

namespace bonafide::verdict {
namespace {

using Of = KnownNames::Of;

class Builder {
  public:
    explicit Builder(const dns::PublicSuffixList& suffixes) : suffixes_(suffixes) {}

    void add(const ListEntry& entry) {
        if (auto taken = take(entry); !taken)
            lists_->unreadable.push_back(fmt::format("{}: {}", to_text(entry.list), escape::line(entry.text)));
    }
    void add_correspondent(const std::string& domain) {
        names_->add_domain(Of::correspondent, dns::normalize(domain), suffixes_);
    }
    [[nodiscard]] std::shared_ptr<const Lists> build() {
        for (const std::string& domain : accepted_) accept(domain);
        lists_->names = std::move(names_);
        return std::move(lists_);
    }

  private:
    Expected<void> take(const ListEntry& entry) {
        switch (entry.list) {
        case ListName::allow_pairs: return take_pair(entry, SpoofPair::Action::allow);
        case ListName::block_pairs: return take_pair(entry, SpoofPair::Action::block);
        case ListName::sealers: return take_sealer(entry);
        case ListName::protected_users: return take_person(entry);
        case ListName::networks: return take_network(entry);
        case ListName::accepted_domains:
        case ListName::protected_domains:
        case ListName::shared_infrastructure: return take_domain(entry);
        case ListName::allow: return lists_->allow.add(entry.text);
        case ListName::block: return lists_->block.add(entry.text);
        case ListName::ignore: return lists_->ignore.add(entry.text);
        }
        return failure("there is no such list");
    }

    Expected<void> take_pair(const ListEntry& entry, SpoofPair::Action action) {
        auto pair = SpoofPair::parse(entry.text, action);
        if (!pair) return std::unexpected(pair.error());
        pair->note = entry.note;
        lists_->pairs.add(*pair);
        return {};
    }

    Expected<void> take_sealer(const ListEntry& entry) {
        auto sealer = read_sealer(entry.text);
        if (!sealer) return std::unexpected(sealer.error());
        sealer->expires = entry.expires;
        sealer->note = entry.note;
        lists_->sealers.push_back(std::move(*sealer));
        return {};
    }

    Expected<void> take_person(const ListEntry& entry) {
        auto person = read_person(entry.text);
        if (!person) return std::unexpected(person.error());
        names_->add_person(std::move(*person));
        return {};
    }

    Expected<void> take_network(const ListEntry& entry) {
        const auto network = ip::Prefix::parse(entry.text);
        if (!network) return failure("is no network");
        lists_->networks.push_back(*network);
        return {};
    }

    Expected<void> take_domain(const ListEntry& entry) {
        const auto domain = read_domain(entry.text);
        if (!domain) return failure("is no domain name");
        if (entry.list == ListName::shared_infrastructure) {
            lists_->shared_infrastructure.add(*domain);
            return {};
        }
        if (entry.list == ListName::accepted_domains)
            accepted_.push_back(*domain);
        else
            names_->add_domain(Of::protected_, *domain, suffixes_);
        return {};
    }

    /// Once all entries are known: an organization that gives names to strangers (contoso.onmicrosoft.com) does not become ours by one.
    void accept(const std::string& domain) {
        lists_->accepted_domains.add(domain);
        std::string organization = suffixes_.registrable(domain);
        if (organization.empty() || lists_->shared_infrastructure.contains(organization)) return;
        names_->add_domain(Of::ours, domain, suffixes_);
        lists_->accepted_organizations.add(std::move(organization));
    }

    const dns::PublicSuffixList& suffixes_;
    std::vector<std::string> accepted_;
    std::shared_ptr<Lists> lists_ = std::make_shared<Lists>();
    std::shared_ptr<KnownNames> names_ = std::make_shared<KnownNames>();
};

} // namespace

bool DomainSet::contains(std::string_view domain) const { return domains_.contains(domain); }

bool DomainSet::covers(std::string_view domain) const {
    for (std::string_view name = domain; !name.empty() && !domains_.empty(); name = dns::parent(name))
        if (domains_.contains(name)) return true;
    return false;
}

bool Lists::is_ours(std::string_view domain, const dns::PublicSuffixList& suffixes) const {
    if (accepted_domains.empty()) return false;
    if (accepted_domains.contains(domain)) return true;
    const std::string organization = suffixes.registrable(domain);
    if (accepted_organizations.contains(organization)) return true;
    // Below a name of ours where others may register as well: a suffix of the list's private part under our domain.
    for (std::string_view name = dns::parent(domain); !name.empty(); name = dns::parent(name))
        if (accepted_domains.contains(name) && !suffixes.is_public_suffix(name)) return true;
    return false;
}

std::shared_ptr<const Lists> build_lists(std::span<const ListEntry> entries,
                                         std::span<const std::string> correspondents, std::int64_t now,
                                         const dns::PublicSuffixList& suffixes) {
    Builder builder(suffixes);
    for (const ListEntry& entry : entries)
        if (!entry.expires || now < *entry.expires) builder.add(entry);
    for (const std::string& domain : correspondents) builder.add_correspondent(domain);
    return builder.build();
}

} // namespace bonafide::verdict
