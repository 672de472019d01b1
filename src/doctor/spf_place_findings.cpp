// SPF findings about records that stand in the wrong place, are several, or are missing.
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/provider.hpp"
#include "doctor/spf_coverage.hpp"
#include "doctor/spf_judge.hpp"
#include "doctor/spf_repair.hpp"
#include "doctor/spf_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::doctor {

using text::say;

namespace {

bool sends_or_receives(const Survey& all) {
    const Subject& subject = all.subject;
    return !all.mx.answer || all.mx.answer->temporary() || !all.mx.hosts.empty() || !subject.addresses.empty() ||
           !subject.sources.empty() || !subject.keys.empty() || !subject.selectors.empty() || all.dkim.has_usable_key();
}

bool is_source(const Subject& subject, const std::string& name) {
    return std::ranges::find(subject.sources, name, &SendingSource::mail_from) != subject.sources.end();
}

} // namespace

std::string suggested_record(const Survey& all) {
    std::vector<std::string> terms;
    const auto once = [&](std::string term) {
        if (std::ranges::find(terms, term) == terms.end()) terms.push_back(std::move(term));
    };
    for (const ip::Address& address : all.subject.addresses)
        once(fmt::format("{}:{}", address.is_v4() ? "ip4" : "ip6", address.text()));
    for (const MxHost& host : all.mx.hosts) {
        // The MX hosts of a service are not those that it sends from.
        const Provider* const provider = provider_of_mx(host.name);
        if (provider != nullptr)
            for (const std::string& include : provider->includes) once("include:" + include);
        else if (all.subject.addresses.empty())
            once("mx");
    }
    terms.emplace_back(terms.empty() ? "-all" : "~all");
    return spf_record(terms);
}

/// No record at the domain: one that is meant to be it stands elsewhere, or there is none.
void SpfJudge::absent() {
    // The likeliest first: a text at the domain that is meant to be the record, the old type, the doubled name.
    const std::array<std::string, 6> places{domain_,           "SPF " + domain_, domain_ + "." + domain_,
                                            "_spf." + domain_, "spf." + domain_, "_dmarc." + domain_};
    for (const std::string& place : places) {
        const auto found = spf_.misplaced.find(place);
        // A domain that takes no mail may publish _spf for its customers.
        const bool for_others = place.ends_with("spf." + domain_) && all_.parked();
        if (found == spf_.misplaced.end() || for_others) continue;
        return wrong_place(place, found->second);
    }
    if (!all_.parked()) none();
}

void SpfJudge::wrong_place(const std::string& place, const std::string& text) {
    const bool old_type = place.starts_with("SPF ");
    add("spf.wrong_place",
        place == domain_ ? say("The TXT record of {domain} looks like SPF but is none: {text}",
                               {{"domain", domain_}, {"text", text}})
        : old_type       ? say("The SPF record of {domain} has the record type SPF, which nobody reads any more",
                               {{"domain", domain_}})
                         : say("The SPF record stands at {place}, where no receiver looks", {{"place", place}}),
        say("Receivers read SPF only from a TXT record at {domain} that begins with exactly {start} and a space. For "
            "them the domain has no SPF record.",
            {{"domain", domain_}, {"start", "v=spf1"}}),
        text.contains("\xc2\xa0") ? say("Write the record anew with ordinary spaces: those in it are non-breaking "
                                        "ones, as web pages have them.")
        : place == domain_
            ? say("Publish it in the form below: it begins with {start}, and only spaces stand between its terms.",
                  {{"start", "v=spf1"}})
            : say("Publish the record as TXT at {domain}, without quotes or spaces in front of it.",
                  {{"domain", domain_}}),
        Severity::error, domain_);
    Finding& finding = findings_.back();
    finding.details.push_back(say("{record}", {{"record", text}}));
    const std::string better = straightened(text);
    if (const auto record = spf::parse_record(better) ? better : repaired(better))
        finding.records.push_back(dns::txt_record(domain_, *record));
    finding.remove.push_back(old_type ? dns::Record{.name = domain_, .type = dns::Type::spf, .value = text}
                                      : dns::txt_record(place, text));
}

void SpfJudge::none() {
    if (!sends_or_receives(all_)) {
        Finding& finding = add("spf.none", say("{domain} has no SPF record", {{"domain", domain_}}),
                               say("Nothing says that the domain sends no mail: anybody can put it into a return "
                                   "path, and receivers cannot tell."),
                               say("If the domain sends no mail, publish {record}.", {{"record", "v=spf1 -all"}}),
                               Severity::warning, domain_);
        finding.records.push_back(dns::txt_record(domain_, "v=spf1 -all"));
        return;
    }
    add("spf.none", say("{domain} has no SPF record", {{"domain", domain_}}),
        say("Nothing says which servers may send for the domain: anybody can put it into a return path, and Gmail "
            "refuses mail without SPF and DKIM (550-5.7.26)."),
        say("Publish an SPF record that lists your sending servers; begin with {soft}, and change it to {hard} when "
            "the DMARC reports show nothing unknown.",
            {{"soft", "~all"}, {"hard", "-all"}}),
        Severity::error, domain_);
    std::string text = suggested_record(all_);
    // What it sends from is not known; a domain with keys or sources sends, though.
    if (!names_a_sender(text)) text = "v=spf1 mx ~all";
    findings_.back().records.push_back(dns::txt_record(domain_, std::move(text)));
}

/// Texts beside a record that is read.
void SpfJudge::beside() {
    for (const auto& [place, text] : spf_.misplaced) {
        const bool at_domain = place == domain_;
        const bool copy = std::ranges::find(root_.texts, straightened(text)) != root_.texts.end();
        add("spf.wrong_place",
            at_domain ? say("A TXT record of {domain} looks like SPF but is none: {text}",
                            {{"domain", domain_}, {"text", text}})
                      : say("An SPF record stands at {place}, where it has no effect", {{"place", place}}),
            at_domain ? say("Receivers skip it, so what it is meant to allow is not allowed.")
                      : say("Who reads the zone may take it for the one in force; at {place} other records are "
                            "expected.",
                            {{"place", place}}),
            say("Delete it; the record in force stands at {domain}.", {{"domain", domain_}}),
            at_domain && copy ? Severity::notice : Severity::warning, place);
        findings_.back().remove.push_back(dns::txt_record(place, text));
    }
}

/// One record in two TXT records, of which receivers read the first half alone.
bool SpfJudge::cut_in_two() {
    if (!spf_.txt) return false;
    for (const std::string& rest : spf_.txt->txt) {
        const auto whole = rejoined(own_text(), rest);
        if (!whole) continue;
        Finding& finding =
            add("spf.wrong_place",
                say("The SPF record of {domain} is cut into two TXT records; receivers do not read the second: {text}",
                    {{"domain", domain_}, {"text", rest}}),
                say("What stands in the second record is not allowed, and nothing says what holds for all other "
                    "senders. Only strings within one TXT record are put together."),
                say("Delete both and publish one TXT record; split it into strings of at most {most} bytes only within "
                    "that record.",
                    {{"most", 255}}),
                Severity::error, domain_);
        finding.records.push_back(dns::txt_record(domain_, *whole));
        for (const std::string& text : {own_text(), rest}) finding.remove.push_back(dns::txt_record(domain_, text));
        return true;
    }
    return false;
}

void SpfJudge::multiple(const SpfNode& node) {
    const bool own = is_own(node);
    Finding& finding = add(
        "spf.multiple",
        say("{domain} has more than one SPF record: {count}", {{"domain", node.domain}, {"count", node.records}}),
        broken_record(),
        own ? say("Delete all of them and publish one record that holds all mechanisms.")
            : say("Ask who runs {domain} to publish one record, or take the include out.", {{"domain", node.domain}}),
        Severity::error, node.domain);
    for (const std::string& text : node.texts) finding.details.push_back(say("{record}", {{"record", text}}));
    if (!own) {
        finding.actor = Actor::provider;
        return;
    }
    if (const std::string text = merged(node.texts); spf::parse_record(text))
        finding.records.push_back(dns::txt_record(node.domain, text));
    for (const std::string& text : node.texts) finding.remove.push_back(dns::txt_record(node.domain, text));
}

/// A subdomain that anybody may use as return path: with relaxed alignment (RFC 9989 4.4.1) that passes DMARC for the domain above too.
void SpfJudge::everybody_below(const std::string& name, const SpfNode& node) {
    const SpfCoverage coverage = spf_coverage(node);
    const bool strict = all_.dmarc.tree.record && all_.dmarc.tree.record->aspf == dmarc::Alignment::strict;
    Finding& finding =
        add("spf.plus_all",
            say("The SPF record of {domain} lets everybody send, by {term} in the record of {owner}",
                {{"domain", name}, {"term", coverage.culprit}, {"owner", coverage.owner->domain}}),
            strict ? say("Anybody may use {name} as return path, and SPF passes.", {{"name", name}})
                   : say("Anybody may use {name} as return path, SPF passes, and by relaxed alignment DMARC passes for "
                         "{domain} as well.",
                         {{"name", name}, {"domain", domain_}}),
            say("End the record of {name} with {hard}, or list only the servers that send for it.",
                {{"name", name}, {"hard", "-all"}}),
            Severity::error, name);
    const std::string& text = node.texts.front();
    finding.remove.push_back(dns::txt_record(name, text));
    const auto opens = [](std::string_view term) {
        return ascii::iequals(term, "+all") || ascii::iequals(term, "all");
    };
    finding.records.push_back(dns::txt_record(name, with_all(without(text, opens), "-all")));
}

/// RFC 7208 gives a domain's record no say over what lies below it.
void SpfJudge::subdomains() {
    const auto lacks = [](const SpfNode& node) { return node.records == 0 && !dns::is_temporary(node.status); };
    const std::string wildcard = "*." + domain_;
    const auto all_below = spf_.subdomains.find(wildcard);
    const bool everywhere = all_below != spf_.subdomains.end() && all_below->second && lacks(*all_below->second);
    for (const auto& [name, node] : spf_.subdomains) {
        if (node && node->record && spf_coverage(*node).everybody) everybody_below(name, *node);
        if (!node || !lacks(*node)) continue;
        // Names that were guessed have their MX from the wildcard, which is told of by itself.
        if (everywhere && name != wildcard && !all_.subject.all_of_dns && !is_source(all_.subject, name)) continue;
        Finding& finding = add("spf.subdomain_gap",
                               say("{name} takes or sends mail and has no SPF record of its own", {{"name", name}}),
                               say("SPF records are not inherited: what {domain} publishes says nothing about {name}, "
                                   "and anybody can send in its name.",
                                   {{"domain", domain_}, {"name", name}}),
                               say("Publish an SPF record at {name} too.", {{"name", name}}), Severity::warning, name);
        finding.records.push_back(dns::txt_record(name, "v=spf1 mx ~all"));
    }
}

} // namespace bonafide::doctor
