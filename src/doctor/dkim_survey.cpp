#include "base/ascii.hpp"
#include "dkim/key_record.hpp"
#include "dns/name.hpp"
#include "doctor/dkim.hpp"
#include "doctor/provider.hpp"
#include "sign/record.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace bonafide::doctor {
namespace {

constexpr std::string_view nobody_uses = "bonafide-probe-7c1e";

void add_zone_selectors(const KnownZone& zone, const std::string& domain, std::vector<Selector>& selectors) {
    const std::string end = "._domainkey." + domain;
    for (const std::string& name : zone.names)
        if (name.size() > end.size() && name.ends_with(end) && !name.starts_with('*'))
            selectors.push_back({name.substr(0, name.size() - end.size()), SelectorOrigin::zone_file});
}

} // namespace

std::vector<Selector> selectors_to_ask(const Subject& subject) {
    std::vector<Selector> wanted;
    for (const KeyInUse& key : subject.keys) wanted.push_back({key.selector, SelectorOrigin::key_in_use});
    for (const std::string& selector : subject.selectors) wanted.push_back({selector, SelectorOrigin::given});
    if (subject.local_zone) add_zone_selectors(*subject.local_zone, subject.domain, wanted);
    if (subject.all_of_dns) add_zone_selectors(*subject.all_of_dns, subject.domain, wanted);
    for (const std::string& selector : usual_selectors()) wanted.push_back({selector, SelectorOrigin::table});
    std::vector<Selector> result;
    std::set<std::string> seen;
    for (Selector& one : wanted)
        if (result.size() < most_selectors && seen.insert(one.name).second) result.push_back(std::move(one));
    return result;
}

dns::Flow<DkimKey> survey_selector(Subject subject, std::string selector, SelectorOrigin origin) {
    DkimKey key{.selector = selector, .origin = origin};
    const std::string name = sign::record_name(selector, subject.domain);
    key.answer = co_await dns::ask(name, dns::Type::txt, "DKIM key");
    if (key.answer->aliased || (origin != SelectorOrigin::table && !key.answer->found())) {
        const dns::Answer alias = co_await dns::ask(name, dns::Type::cname, "DKIM alias");
        if (!alias->names.empty()) key.alias = alias->names.front();
    }
    for (const std::string& text : key.answer->txt) key.records.push_back(dkim::parse_key_record(text, subject.limits));
    for (const KeyInUse& used : subject.keys)
        if (used.selector == selector) key.in_use = used;
    if (subject.local_zone)
        key.in_local_zone =
            subject.local_zone->answers->answer({name, dns::Type::txt, "DKIM key in the local zone", {}, true, true});
    co_return key;
}

dns::Flow<DkimSurvey> survey_dkim_surroundings(Subject subject) {
    DkimSurvey survey;
    const std::string below = "_domainkey." + subject.domain;
    const dns::Answer here = co_await dns::ask(below, dns::Type::txt, "DKIM keys at all");
    survey.below = here->status;
    survey.below_names = here->txt;
    dns::Answer any = co_await dns::ask(std::string(nobody_uses) + "." + below, dns::Type::txt, "DKIM wildcard");
    if (!any->found())
        any = co_await dns::ask("*." + below, dns::Type::txt, "DKIM wildcard"); // in a zone file that matches none
    survey.wildcard = any->found();
    survey.wildcard_texts = any->txt;
    for (const std::string& selector : subject.selectors) { // a key at a name that the panel made wrong
        for (const std::string& place :
             {sign::record_name(selector, subject.domain) + "." + subject.domain, selector + "." + subject.domain}) {
            const dns::Answer answer = co_await dns::ask(place, dns::Type::txt, "DKIM key in the wrong place");
            for (const std::string& text : answer->txt)
                if (dkim::parse_key_record(text, subject.limits).code == dkim::Code::ok)
                    survey.misplaced[selector] = place;
        }
    }
    co_return survey;
}

DkimSurvey gather(DkimSurvey surroundings, std::vector<DkimKey> keys) {
    surroundings.tried = keys.size();
    for (DkimKey& key : keys) {
        const bool only_wildcard = surroundings.wildcard && key.answer->found() && !key.alias &&
                                   key.answer->txt == surroundings.wildcard_texts;
        if (only_wildcard) { // nothing stands at this selector
            key.answer = dns::make_answer(dns::Status::no_data);
            key.records.clear();
        }
        const bool asked_for = key.origin == SelectorOrigin::given || key.origin == SelectorOrigin::key_in_use;
        const bool stands =
            key.answer->found() || key.alias || (!key.answer->empty() && key.origin == SelectorOrigin::zone_file);
        if (asked_for || stands) surroundings.keys.push_back(std::move(key));
    }
    return surroundings;
}

} // namespace bonafide::doctor
