#include "base/ascii.hpp"
#include "dkim/key_record.hpp"
#include "dns/name.hpp"
#include "doctor/dkim.hpp"
#include "doctor/provider.hpp"
#include "sign/record.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

namespace bonafide::doctor {
namespace {

constexpr std::string_view nobody_uses = "bonafide-probe-7c1e";
constexpr std::string_view under = "._domainkey";

bool is_in_use(SelectorOrigin origin) {
    return origin == SelectorOrigin::given || origin == SelectorOrigin::key_in_use;
}

/// People give "mail._domainkey" and the whole name too.
std::string bare_selector(std::string selector, const std::string& domain) {
    if (const std::string whole = std::string(under) + "." + domain; selector.ends_with(whole))
        selector.resize(selector.size() - whole.size());
    if (selector.ends_with(under)) selector.resize(selector.size() - under.size());
    return selector;
}

/// Names beneath _domainkey that are none of a key: signing practices (RFC 5617 3, and the drafts before it), addresses for reports of
/// failures (RFC 6651 3.2), wildcards.
bool is_no_selector(std::string_view name) {
    constexpr std::array<std::string_view, 5> taken{"_adsp", "_asp", "_ssp", "_policy", "_report"};
    return name.starts_with('*') || std::ranges::find(taken, name) != taken.end();
}

void add_zone_selectors(const KnownZone& zone, const std::string& domain, std::vector<Selector>& selectors) {
    const std::string end = std::string(under) + "." + domain;
    for (const std::string& name : zone.names) {
        if (name.size() <= end.size() || !name.ends_with(end)) continue;
        std::string selector = name.substr(0, name.size() - end.size());
        if (!is_no_selector(selector)) selectors.push_back({std::move(selector), SelectorOrigin::zone_file});
    }
}

bool is_usable(std::string_view text, const Limits& limits) {
    return dkim::parse_key_record(text, limits).code == dkim::Code::ok;
}

/// The first place where the selector's key stands though nobody asks there: below a domain that the panel added once more, without
/// "_domainkey", without its underscore, or without the selector; and the record there. Empty: none.
dns::Flow<std::pair<std::string, std::string>> find_misplaced(std::string selector, std::string domain, Limits limits) {
    const std::array<std::string, 4> places{sign::record_name(selector, domain) + "." + domain, selector + "." + domain,
                                            selector + ".domainkey." + domain, "_domainkey." + domain};
    for (const std::string& place : places) {
        if (!dns::is_valid(place)) continue;
        const dns::Answer answer = co_await dns::ask(place, dns::Type::txt, "DKIM key in the wrong place");
        for (const std::string& text : answer->txt)
            if (is_usable(text, limits)) co_return std::pair{place, text};
    }
    co_return std::pair<std::string, std::string>();
}

/// Of a zone file, the names that hold a key where no selector can be, or below a domain that was added once more.
std::map<std::string, std::string> misplaced_in(const KnownZone& zone, const std::string& domain,
                                                const Limits& limits) {
    std::map<std::string, std::string> places;
    const std::string twice = "." + domain + "." + domain;
    for (const std::string& name : std::span(zone.names).first(std::min(zone.names.size(), most_zone_names))) {
        if (places.size() == most_misplaced_keys) break;
        const bool is_suspect = name.ends_with(twice) || !name.contains("._domainkey.");
        if (!is_suspect || !dns::is_equal_or_below(name, domain)) continue;
        const dns::Answer answer = zone.answers->answer({name, dns::Type::txt, "DKIM key anywhere", {}, true, true});
        for (const std::string& text : answer->txt)
            if (!answer->aliased && is_usable(text, limits)) places.emplace(name, text);
    }
    return places;
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
    std::ranges::sort(texts);
    return texts;
}

bool went_unanswered(const dns::AnswerData& answer) {
    return answer.temporary() && answer.status != dns::Status::bogus && answer.status != dns::Status::cname_loop;
}

/// What answers at the key's name is what answers at any name.
bool is_by_wildcard(const DkimSurvey& around, const DkimKey& key) {
    if (key.alias != around.wildcard_alias) return false;
    if (key.answer->found()) return around.wildcard && sorted(key.answer->txt) == sorted(around.wildcard_texts);
    return around.wildcard_alias.has_value() && key.answer->empty();
}

} // namespace

std::vector<Selector> selectors_to_ask(const Subject& subject) {
    std::vector<Selector> wanted;
    for (const KeyInUse& key : subject.keys) wanted.push_back({key.selector, SelectorOrigin::key_in_use});
    for (const std::string& selector : subject.selectors)
        wanted.push_back({bare_selector(selector, subject.domain), SelectorOrigin::given});
    if (subject.local_zone) add_zone_selectors(*subject.local_zone, subject.domain, wanted);
    if (subject.all_of_dns) add_zone_selectors(*subject.all_of_dns, subject.domain, wanted);
    for (const std::string& selector : usual_selectors()) wanted.push_back({selector, SelectorOrigin::table});
    std::vector<Selector> result;
    std::set<std::string> seen;
    for (Selector& one : wanted)
        if (result.size() < most_selectors && !one.name.empty() && seen.insert(one.name).second)
            result.push_back(std::move(one));
    return result;
}

dns::Flow<DkimKey> survey_selector(Subject subject, std::string selector, SelectorOrigin origin) {
    DkimKey key{.selector = selector, .origin = origin};
    for (const KeyInUse& used : subject.keys)
        if (used.selector == selector) key.in_use = used;
    const std::string name = sign::record_name(selector, subject.domain);
    if (!dns::is_valid(name)) { // too long to be asked for: no receiver can ask either
        key.answer = dns::make_answer(dns::Status::nx_domain);
        co_return key;
    }
    key.answer = co_await dns::ask(name, dns::Type::txt, "DKIM key");
    if (key.answer->aliased || (origin != SelectorOrigin::table && !key.answer->found())) {
        const dns::Answer alias = co_await dns::ask(name, dns::Type::cname, "DKIM alias");
        if (!alias->names.empty()) key.alias = alias->names.front();
    }
    for (const std::string& text : key.answer->txt) key.records.push_back(dkim::parse_key_record(text, subject.limits));
    if (is_in_use(origin) && key.records.empty() && !key.answer->temporary())
        key.misplaced = co_await find_misplaced(selector, subject.domain, subject.limits);
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
    std::string probe = std::string(nobody_uses) + "." + below;
    dns::Answer any = co_await dns::ask(probe, dns::Type::txt, "DKIM wildcard");
    survey.has_selectors = here->status == dns::Status::no_data && !here->aliased &&
                           any->status == dns::Status::nx_domain && !any->aliased;
    if (!any->found() && subject.all_of_dns) { // in some forms of a zone file a wildcard answers for nothing but itself
        probe = "*." + below;
        any = co_await dns::ask(probe, dns::Type::txt, "DKIM wildcard");
    }
    survey.wildcard = any->found();
    survey.wildcard_texts = any->txt;
    if (any->aliased) {
        const dns::Answer alias = co_await dns::ask(probe, dns::Type::cname, "DKIM wildcard");
        if (!alias->names.empty()) survey.wildcard_alias = alias->names.front();
    }
    if (subject.all_of_dns)
        survey.misplaced = misplaced_in(*subject.all_of_dns, subject.domain, subject.limits);
    else
        for (const std::string& text : survey.below_names)
            if (is_usable(text, subject.limits)) survey.misplaced.emplace(below, text);
    co_return survey;
}

DkimSurvey gather(DkimSurvey surroundings, std::vector<DkimKey> keys) {
    surroundings.tried = keys.size();
    DkimKey any{.selector = "*", .origin = SelectorOrigin::table, .by_wildcard = true};
    for (DkimKey& key : keys) {
        key.by_wildcard = is_by_wildcard(surroundings, key);
        const bool usable = std::ranges::any_of(
            key.records, [](const dkim::KeyRecord& record) { return record.code == dkim::Code::ok; });
        if (key.by_wildcard && usable && !any.answer) { // a key for every selector; is told once
            any.answer = key.answer;
            any.alias = key.alias;
        }
        if (key.by_wildcard && !(usable && is_in_use(key.origin))) { // nothing stands at this selector
            if (usable) any.records = std::move(key.records);
            key.answer = dns::make_answer(dns::Status::no_data);
            key.records.clear();
            key.alias.reset();
        }
        const bool stands = key.answer->found() || key.alias ||
                            (!key.answer->empty() && key.origin == SelectorOrigin::zone_file && !key.by_wildcard);
        if (key.origin == SelectorOrigin::table && went_unanswered(*key.answer))
            surroundings.unanswered.push_back(key.selector);
        if (is_in_use(key.origin) || stands) surroundings.keys.push_back(std::move(key));
    }
    if (!any.records.empty()) surroundings.keys.push_back(std::move(any));
    return surroundings;
}

dns::Flow<DkimSurvey> survey_dkim(Subject subject) {
    DkimSurvey surroundings = co_await survey_dkim_surroundings(subject);
    std::vector<DkimKey> keys;
    for (const Selector& one : selectors_to_ask(subject)) {
        DkimKey key = co_await survey_selector(subject, one.name, one.origin);
        keys.push_back(std::move(key));
    }
    co_return gather(std::move(surroundings), std::move(keys));
}

} // namespace bonafide::doctor
