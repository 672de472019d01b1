#include "doctor/tls_rpt_places.hpp"

#include "dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

dns::Answer ask(const KnownZone& zone, std::string name, dns::Type type) {
    return zone.answers->answer(dns::ask(std::move(name), type, "record in the wrong place").question);
}

std::vector<std::string> places(const Survey& all, std::string_view right,
                                const std::vector<std::string_view>& beside) {
    const std::string& domain = all.subject.domain;
    std::vector<std::string> names{fmt::format("{}.{}.{}", right, domain, domain),
                                   fmt::format("{}.{}.{}", right, right, domain)};
    if (all.subject.suffixes)
        names.push_back(fmt::format("{}.{}.{}", right, domain, all.subject.suffixes->organizational(domain)));
    for (const std::string_view labels : beside) names.push_back(fmt::format("{}.{}", labels, domain));
    names.push_back(domain);
    return names;
}

/// Of the whole of DNS in a file: a host that is not in it does not exist.
bool takes_no_mail_in(const KnownZone& zone, const std::string& host) {
    const dns::Answer mx = ask(zone, host, dns::Type::mx);
    if (mx->found()) return std::ranges::all_of(mx->mx, [](const dns::Mx& one) { return one.host.empty(); });
    return mx->empty() && ask(zone, host, dns::Type::a)->empty() && ask(zone, host, dns::Type::aaaa)->empty();
}

} // namespace

std::optional<Misplaced> find_misplaced(const Survey& all, std::string_view right,
                                        const std::vector<std::string_view>& beside,
                                        bool (*is_meant)(std::string_view)) {
    const auto& zone = all.subject.all_of_dns;
    if (!zone || !zone->answers) return {};
    for (std::string& name : places(all, right, beside)) {
        if (std::ranges::find(zone->names, name) == zone->names.end()) continue;
        const dns::Answer answer = ask(*zone, name, dns::Type::txt);
        if (answer->aliased) continue;
        const auto text = std::ranges::find_if(answer->txt, is_meant);
        if (text != answer->txt.end()) return Misplaced{std::move(name), *text};
    }
    return {};
}

bool takes_no_mail(const Survey& all, std::string_view host) {
    const std::string& domain = all.subject.domain;
    if (host == domain) return all.mx.takes_no_mail(); // what else is wrong with its own MX is said elsewhere
    for (const DmarcDestination& known : all.dmarc.destinations)
        if (known.host == host && dns::is_void(known.mail)) return true;
    // A zone file need not hold what belongs to others.
    const std::string organization =
        all.subject.suffixes ? all.subject.suffixes->organizational(domain) : std::string(domain);
    const auto& zone = all.subject.all_of_dns;
    return zone && zone->answers && dns::is_valid(host) && dns::is_equal_or_below(host, organization) &&
           takes_no_mail_in(*zone, std::string(host));
}

} // namespace bonafide::doctor
