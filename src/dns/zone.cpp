#include "dns/zone.hpp"

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "dns/zone_data.hpp"

#include <algorithm>

namespace bonafide::dns {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_normalized(std::string_view name) {
    return !name.ends_with('.') && std::none_of(name.begin(), name.end(), ascii::is_upper);
}

} // namespace

Zone::Zone() : data_(std::make_unique<Data>()) {
    data_->absent = make_answer(Status::nx_domain, zone_default_ttl, Dnssec::insecure);
}
Zone::~Zone() = default;

Expected<std::shared_ptr<const Zone>> Zone::parse(std::string_view text, std::string_view origin) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const bool is_json = ascii::trim(text).starts_with('{');
    auto data = is_json ? parse_json_zone(text) : parse_master_zone(text, origin);
    if (!data) return std::unexpected(std::move(data).error());
    auto zone = std::make_shared<Zone>();
    zone->data_ = *std::move(data);
    return zone;
}

Answer Zone::answer(const Question& question) const {
    // Questions are normalized as a rule; who writes one otherwise pays for a copy.
    const Data::Name* found =
        is_normalized(question.name) ? data_->find(question.name) : data_->find(normalize(question.name));
    return found == nullptr ? data_->absent : found->answers[zone_slot(question.type)];
}

std::vector<std::string> Zone::names() const {
    std::vector<std::string> names;
    for (const auto& [name, entry] : data_->names)
        if (std::ranges::any_of(entry.answers, [](const Answer& one) { return one && !one->empty(); }))
            names.push_back(name);
    std::ranges::sort(names);
    return names;
}

const Zone::Data::Name* Zone::Data::find(std::string_view name) const {
    if (const auto it = names.find(name); it != names.end()) return &it->second;
    if (!has_wildcards) return nullptr;
    // RFC 4592 3.3.1: the closest encloser's "*" answers. From the top down, since all parents of a name exist: a long name that
    // leads nowhere costs no more than a short one.
    const auto root = names.find(std::string_view());
    const Name* encloser = root == names.end() ? nullptr : &root->second;
    for (std::size_t end = name.size(); end > 0;) {
        const auto dot = name.rfind('.', end - 1);
        if (dot == std::string_view::npos) break;
        const auto it = names.find(name.substr(dot + 1));
        if (it == names.end()) break;
        encloser = &it->second;
        end = dot;
    }
    return encloser == nullptr ? nullptr : encloser->wildcard;
}

} // namespace bonafide::dns
