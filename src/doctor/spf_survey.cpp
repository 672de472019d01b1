// What is asked about SPF beside the tree: records that stand where nobody looks, subdomains, and what the record says of known addresses.
#include "dns/name.hpp"
#include "doctor/spf.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/spf_tree.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace bonafide::doctor {
namespace {

/// Names that senders like to use below a domain.
constexpr std::array<std::string_view, 22> usual_subdomains{
    "mail",   "smtp", "news",      "newsletter",    "email",  "em",      "e",    "bounce", "bounces", "send",    "mg",
    "mailer", "info", "marketing", "notifications", "notify", "support", "shop", "lists",  "reply",   "updates", "crm"};

bool is_source(const Subject& subject, const std::string& name) {
    return std::ranges::find(subject.sources, name, &SendingSource::mail_from) != subject.sources.end();
}

dns::Flow<std::map<std::string, std::string>> survey_misplaced(std::string domain,
                                                               std::shared_ptr<const SpfNode> root) {
    std::map<std::string, std::string> misplaced;
    std::vector<std::string> names{"_dmarc." + domain};
    // Where people put the record instead; the last is what a panel makes of a full name typed into its field for relative names.
    if (root->records == 0) names.insert(names.end(), {"_spf." + domain, "spf." + domain, domain + "." + domain});
    for (const std::string& name : names) {
        if (!spf::is_askable(name)) continue; // too long
        const dns::Answer answer = co_await dns::ask(name, dns::Type::txt, "SPF in the wrong place");
        for (const std::string& text : answer->txt)
            if (spf::is_record(text)) misplaced[name] = text;
    }
    if (!misplaced.empty()) { // what a wildcard says everywhere stands in no wrong place
        const dns::Answer any = co_await dns::ask("*." + domain, dns::Type::txt, "SPF of a wildcard");
        std::erase_if(misplaced,
                      [&](const auto& place) { return std::ranges::find(any->txt, place.second) != any->txt.end(); });
    }
    if (root->records > 0) co_return misplaced;
    // RFC 7208 3.1: the type SPF (99) is not read.
    const dns::Answer old = co_await dns::ask(domain, dns::Type::spf, "SPF of the old type");
    for (const std::string& text : old->txt)
        if (spf::is_record(text)) misplaced["SPF " + domain] = text;
    co_return misplaced;
}

} // namespace

dns::Flow<SpfSurvey> survey_spf(Subject subject) {
    SpfSurvey survey;
    SpfGrowth growth{.domain = subject.domain, .limits = subject.limits};
    survey.txt = co_await dns::ask(subject.domain, dns::Type::txt, "SPF record");
    survey.root = co_await grow_spf(&growth, subject.domain, {});
    if (survey.root->status != dns::Status::bogus)
        survey.misplaced = co_await survey_misplaced(subject.domain, survey.root);
    for (const std::string& text : survey.txt->txt)
        if (!spf::is_record(text) && is_meant_as_spf(text)) survey.misplaced[subject.domain] = text;
    for (const ip::Address& address : subject.addresses) {
        spf::Request request{.client = address,
                             .helo = subject.domain,
                             .mail_from = "postmaster@" + subject.domain,
                             .receiver = {},
                             .now = subject.now,
                             .limits = subject.limits,
                             .explain = spf::Explain::no};
        const spf::Outcome outcome = co_await spf::check(std::move(request));
        survey.of_addresses[address.text()] = outcome.result;
    }
    co_return survey;
}

std::vector<std::string> subdomains_to_ask(const Subject& subject) {
    std::set<std::string> names;
    const std::string wildcard = "*." + subject.domain;
    const auto add = [&](const std::string& name) {
        if (name != subject.domain && dns::is_equal_or_below(name, subject.domain)) names.insert(name);
    };
    for (const SendingSource& source : subject.sources) add(source.mail_from);
    const KnownZone* zone = subject.all_of_dns   ? &*subject.all_of_dns
                            : subject.local_zone ? &*subject.local_zone
                                                 : nullptr;
    if (zone != nullptr) {
        for (const std::string& name : zone->names)
            if (!name.starts_with('_') && (!name.starts_with('*') || name == wildcard) && !name.contains("._") &&
                names.size() < most_spf_subdomains)
                add(name);
    } else {
        names.insert(
            wildcard); // asked for as it is written, it answers where there is one, and tells why all the others answer
        for (const std::string_view label : usual_subdomains) names.insert(std::string(label) + "." + subject.domain);
    }
    return {names.begin(), names.end()};
}

dns::Flow<SpfSubdomain> survey_subdomain(Subject subject, std::string name) {
    SpfSubdomain result{.name = name};
    const dns::Answer mx = co_await dns::ask(name, dns::Type::mx, "MX of a subdomain");
    // The records at the end of a CNAME are another's to publish.
    const bool receives = mx->found() && !mx->aliased && !mx->mx.front().host.empty();
    if (mx->status == dns::Status::nx_domain && !is_source(subject, name)) co_return result;
    if (!receives && !is_source(subject, name)) { // it may send all the same
        if (mx->aliased) co_return result;
        const dns::Answer txt = co_await dns::ask(name, dns::Type::txt, "SPF record of a subdomain");
        if (std::ranges::none_of(txt->txt, [](const std::string& text) { return spf::is_record(text); }))
            co_return result;
    }
    SpfGrowth growth{.domain = name, .limits = subject.limits};
    result.node = co_await grow_spf(&growth, std::move(name), {});
    co_return result;
}

} // namespace bonafide::doctor
