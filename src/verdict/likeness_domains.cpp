#include "verdict/likeness_domains.hpp"

#include "dns/name.hpp"
#include "verdict/likeness_search.hpp"
#include "verdict/likeness_words.hpp"

#include <algorithm>

namespace bonafide::verdict::likeness {
namespace {

std::size_t index_of(KnownNames::Of of) { return static_cast<std::size_t>(of); }

} // namespace

void DomainIndex::add(Of of, const std::string& organization) {
    if (!dns::is_valid(organization)) return;
    const auto [place, is_new] = domains_.try_emplace(organization, static_cast<std::uint32_t>(all_.size()));
    const std::uint32_t id = place->second;
    if (is_new) all_.push_back({of, organization});
    all_[id].of = std::min(all_[id].of, of);

    Label& label = labels_[label_id(organization.substr(0, organization.find('.')))];
    std::uint32_t& first = label.first[index_of(of)];
    if (first == none) first = id;

    const Shape whole = shape_of(shown_name(organization));
    if (of == Of::ours) ours_.emplace(whole.key, true);
    const std::uint32_t known = whole_.try_emplace(with_dots(whole.key), id).first->second;
    if (all_[id].of < all_[known].of) whole_[with_dots(whole.key)] = id;
}

std::uint32_t DomainIndex::label_id(std::string_view name) {
    if (const auto known = label_ids_.find(name); known != label_ids_.end()) return known->second;
    const auto id = static_cast<std::uint32_t>(labels_.size());
    Label label{.name = std::string(name), .seen = shown_name(name), .even = {}};
    const Shape shape = shape_of(label.seen);
    label.even = shape.even;
    label.letters = count_letters(label.seen);
    label.generic = is_generic(label.seen);
    keys_[shape.key].push_back(id);
    if (!label.generic && label.letters >= least_letters_edited) edits_.add(id, label.even);
    label_ids_.emplace(name, id);
    labels_.push_back(std::move(label));
    return id;
}

bool DomainIndex::is_ours(std::string_view name) const {
    for (; !name.empty(); name = dns::parent(name))
        if (const auto known = domains_.find(name); known != domains_.end() && all_[known->second].of == Of::ours)
            return true;
    return false;
}

bool DomainIndex::is_seen_as_ours(std::string_view name) const {
    const std::string key = shape_of(shown_name(name)).key;
    for (std::string_view rest = key; !rest.empty(); rest = dns::parent(rest))
        if (ours_.contains(rest)) return true;
    return false;
}

std::optional<KnownNames::Likeness> DomainIndex::find(std::string_view name, std::string_view organization) const {
    return DomainSearch(*this, name, organization).find();
}

} // namespace bonafide::verdict::likeness
