// The SPF findings, in the order of their causes: what keeps the record from being read ends the list, since all else follows from it.
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/provider.hpp"
#include "doctor/spf.hpp"
#include "doctor/spf_coverage.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/spf_tree.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using spf::Mechanism;
using text::say;
using text::Text;

constexpr std::size_t most_details = 40;

Text broken_record() {
    return say("Receivers treat a broken SPF record as an error for all mail of the domain: SPF never passes, and "
               "Gmail and others "
               "refuse mail that has no DKIM signature either.");
}
Text open_to_all() {
    return say("Anybody may send mail in the name of this domain and SPF will pass, so forged mail passes DMARC too. "
               "Many receivers "
               "distrust such a domain.");
}

/// "include:x (Google Workspace)".
Text named(const SpfTerm& term) {
    const Provider* const provider = term.target.empty() ? nullptr : provider_of_include(term.target);
    if (provider == nullptr) return say("{term}", {{"term", term.text}});
    return say("{term} ({provider})", {{"term", term.text}, {"provider", provider->name}});
}

/// A line for each term of the domain's own record that costs something.
std::vector<Text> costs(const SpfNode& root) {
    std::vector<Text> lines;
    for (const SpfTerm& term : root.terms)
        if (term.lookups > 0 && lines.size() < most_details)
            lines.push_back(say("{term}: DNS look-ups: {count}", {{"term", named(term)}, {"count", term.lookups}}));
    return lines;
}

class Judge {
  public:
    Judge(const Survey& all, std::vector<Finding>& findings)
        : all_(all), spf_(all.spf), root_(*all.spf.root), domain_(all.subject.domain), findings_(findings) {}

    void speak() {
        if (root_.status == dns::Status::bogus) return; // dnssec.bogus says it
        if (dns::is_temporary(root_.status)) return unanswered(domain_, "TXT");
        const std::size_t before = findings_.size();
        subdomains();
        if (root_.records == 0) return absent();
        misplaced_beside();
        if (root_.records > 1) return multiple(root_);
        if (root_.mistake) return syntax(root_);
        if (tree()) return;
        strength();
        habits();
        addresses();
        if (std::ranges::none_of(
                findings_.begin() + static_cast<std::ptrdiff_t>(before), findings_.end(),
                [](const Finding& one) { return one.severity > Severity::notice && one.id.starts_with("spf."); }))
            well();
    }

  private:
    Finding& add(std::string_view id, Severity severity, std::string subject, Text title, Text why, Text fix) {
        return findings_.emplace_back(Finding{.id = id,
                                              .severity = severity,
                                              .subject = std::move(subject),
                                              .title = std::move(title),
                                              .why = std::move(why),
                                              .fix = std::move(fix)});
    }
    void publish(Finding& finding, std::string text) const {
        finding.records.push_back(dns::txt_record(domain_, std::move(text)));
    }
    [[nodiscard]] const std::string& own_text() const { return root_.texts.front(); }
    [[nodiscard]] bool is_own(const SpfNode& node) const { return dns::is_equal_or_below(node.domain, domain_); }

    void unanswered(const std::string& name, std::string_view type);
    void absent();
    void misplaced_beside();
    void multiple(const SpfNode& node);
    void syntax(const SpfNode& node);
    bool tree();
    bool broken_branch(const SpfNode& at, const SpfTerm& term);
    void too_many();
    void void_lookups();
    void strength();
    void ending();
    void habits();
    void too_wide(const SpfNode& at, const SpfTerm& term);
    void addresses();
    void subdomains();
    void well();
    [[nodiscard]] bool evidence_for_hard_fail() const;

    const Survey& all_;
    const SpfSurvey& spf_;
    const SpfNode& root_;
    const std::string& domain_;
    std::vector<Finding>& findings_;
};

void Judge::unanswered(const std::string& name, std::string_view type) {
    Finding& finding =
        add("dns.unanswered", Severity::error, name,
            say("The name servers gave no answer for {type} {name}", {{"type", type}, {"name", name}}),
            say("Receivers that get no answer either put the mail off or count it as unauthenticated."),
            say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name}}));
    finding.actor = is_own(root_) && dns::is_equal_or_below(name, domain_) ? Actor::dns_host : Actor::provider;
}

void Judge::absent() {
    for (const auto& [place, text] : spf_.misplaced) {
        const bool at_domain = place == domain_;
        const bool old_type = place.starts_with("SPF ");
        const Text title = at_domain ? say("The TXT record of {domain} looks like SPF but is none: {text}",
                                           {{"domain", domain_}, {"text", text}})
                           : old_type
                               ? say("The SPF record of {domain} has the record type SPF, which nobody reads any more",
                                     {{"domain", domain_}})
                               : say("The SPF record stands at {place}, where no receiver looks", {{"place", place}});
        Finding& finding = add("spf.wrong_place", Severity::error, domain_, title,
                               say("Receivers read SPF only from a TXT record at {domain} that begins with exactly "
                                   "{start}. For them the domain has no SPF record.",
                                   {{"domain", domain_}, {"start", "v=spf1"}}),
                               say("Publish the record as TXT at {domain}, without quotes or spaces in front of it.",
                                   {{"domain", domain_}}));
        publish(finding, straightened(text));
        if (!old_type) finding.remove.push_back(dns::txt_record(place, text));
    }
    if (!spf_.misplaced.empty() || all_.parked()) return;
    Finding& finding =
        add("spf.none", Severity::error, domain_, say("{domain} has no SPF record", {{"domain", domain_}}),
            say("Nothing says which servers may send for the domain: anybody can put it into a return path, and Gmail "
                "refuses mail without SPF and DKIM (550-5.7.26)."),
            say("Publish an SPF record that lists your sending servers; begin with {soft}, and change it to {hard} "
                "when the DMARC reports show nothing unknown.",
                {{"soft", "~all"}, {"hard", "-all"}}));
    std::string text = "v=spf1 ~all";
    for (const ip::Address& address : all_.subject.addresses) text = with_address(text, address);
    if (all_.subject.addresses.empty()) text = all_.mx.hosts.empty() ? "v=spf1 -all" : "v=spf1 mx ~all";
    publish(finding, std::move(text));
}

void Judge::misplaced_beside() {
    for (const auto& [place, text] : spf_.misplaced) {
        if (place == domain_) continue; // a text beside a record that is read: harmless
        Finding& finding =
            add("spf.wrong_place", Severity::warning, place,
                say("An SPF record stands at {place}, where it has no effect", {{"place", place}}),
                say("Who reads the zone may take it for the one in force; at {place} other records are expected.",
                    {{"place", place}}),
                say("Delete it; the record in force stands at {domain}.", {{"domain", domain_}}));
        finding.remove.push_back(dns::txt_record(place, text));
    }
}

void Judge::multiple(const SpfNode& node) {
    const bool own = node.domain == domain_;
    Finding& finding = add(
        "spf.multiple", Severity::error, node.domain,
        say("{domain} has more than one SPF record: {count}", {{"domain", node.domain}, {"count", node.records}}),
        broken_record(),
        own ? say("Delete all of them and publish one record that holds all mechanisms.")
            : say("Ask who runs {domain} to publish one record, or take the include out.", {{"domain", node.domain}}));
    for (const std::string& text : node.texts) finding.details.push_back(say("{record}", {{"record", text}}));
    if (!own) {
        finding.actor = Actor::provider;
        return;
    }
    publish(finding, merged(node.texts));
    for (const std::string& text : node.texts) finding.remove.push_back(dns::txt_record(node.domain, text));
}

void Judge::syntax(const SpfNode& node) {
    const bool own = is_own(node);
    const std::string& text = node.texts.front();
    const std::size_t position = node.mistake->position == Error::nowhere ? 0 : node.mistake->position;
    const std::string term(spf::term_at(text, position));
    Finding& finding = add(
        "spf.syntax", Severity::error, node.domain,
        say("The SPF record of {domain} is wrong at character {position}: {term}",
            {{"domain", node.domain}, {"position", position + 1}, {"term", term}}),
        broken_record(),
        own ? say("Correct the term {term} and publish the record anew.", {{"term", term}})
            : say("Ask who runs {domain} to correct the record, or take the include out.", {{"domain", node.domain}}));
    finding.details.push_back(say("{reason}", {{"reason", node.mistake->text}}));
    finding.details.push_back(say("{record}", {{"record", text}}));
    if (!own) finding.actor = Actor::provider;
    if (const auto better = repaired(text); own && better) {
        finding.records.push_back(dns::txt_record(node.domain, *better));
        finding.remove.push_back(dns::txt_record(node.domain, text));
    }
}

/// What is wrong with where an include or redirect leads; true when something is.
bool Judge::broken_branch(const SpfNode& at, const SpfTerm& term) {
    if (term.unreachable) return false;
    const bool own = is_own(at);
    if (term.loop) {
        Finding& finding =
            add("spf.loop", Severity::error, at.domain,
                say("The SPF record of {domain} leads back to {target} by {term}: a loop without end",
                    {{"domain", at.domain}, {"target", term.target}, {"term", term.text}}),
                broken_record(),
                say("Take {term} out of the record of {domain}.", {{"term", term.text}, {"domain", at.domain}}));
        if (at.domain == domain_)
            publish(finding, without(own_text(), [&](std::string_view one) { return one == term.text; }));
        if (!own) finding.actor = Actor::provider;
        return true;
    }
    if (!term.child) return false;
    const SpfNode& child = *term.child;
    if (child.status == dns::Status::bogus) return true;
    if (dns::is_temporary(child.status)) {
        unanswered(child.domain, "TXT");
        return true;
    }
    if (child.records > 1) {
        multiple(child);
        return true;
    }
    if (child.mistake) {
        syntax(child);
        return true;
    }
    if (child.records == 1) return false;
    Finding& finding =
        add("spf.include_none", Severity::error, at.domain,
            say("{term} in the SPF record of {domain} leads to a name without an SPF record",
                {{"term", term.text}, {"domain", at.domain}}),
            broken_record(),
            say("Take {term} out, or correct the name as the service documents it.", {{"term", term.text}}));
    if (const auto better = at.domain == domain_ && term.text.contains("//") ? repaired(own_text()) : std::nullopt) {
        publish(finding, *better); // the address of a web page instead of a name
    } else if (at.domain == domain_) {
        const std::string rest = without(own_text(), [&](std::string_view one) { return one == term.text; });
        publish(finding, term.is_redirect ? with_all(rest, "~all") : rest);
    }
    if (!own) finding.actor = Actor::provider;
    return true;
}

/// Everything that makes the whole a permerror; true when something does.
bool Judge::tree() {
    bool broken = false;
    std::vector<std::string> told;
    walk_spf(root_, [&](const SpfNode& at, const SpfTerm* term) {
        if (term == nullptr) return;
        const std::string key = at.domain + " " + term->text;
        if (std::ranges::find(told, key) != told.end()) return; // one record included twice
        told.push_back(key);
        broken = broken_branch(at, *term) || broken;
        if (term->mx_names > all_.subject.limits.spf_mx_names && !term->unreachable) {
            add("spf.too_many_lookups", Severity::error, at.domain,
                say("{term} in the SPF record of {domain} leads to more than ten MX hosts: {count}",
                    {{"term", term->text}, {"domain", at.domain}, {"count", term->mx_names}}),
                broken_record(), say("Replace {term} by the addresses that send.", {{"term", term->text}}));
            broken = true;
        }
    });
    const std::uint32_t most = all_.subject.limits.spf_lookups;
    if (root_.lookups > most) {
        too_many();
        broken = true;
    }
    void_lookups();
    return broken;
}

void Judge::too_many() {
    std::vector<const SpfTerm*> terms;
    for (const SpfTerm& term : root_.terms)
        if (term.lookups > 0) terms.push_back(&term);
    std::ranges::sort(terms, [](const SpfTerm* a, const SpfTerm* b) { return a->lookups > b->lookups; });
    const std::string culprit = terms.empty() ? std::string() : terms.front()->text;
    Finding& finding = add("spf.too_many_lookups", Severity::error, domain_,
                           say("The SPF record of {domain} needs {count} DNS look-ups; at most {most} are allowed. The "
                               "costliest term is {term}",
                               {{"domain", domain_},
                                {"count", root_.lookups},
                                {"most", all_.subject.limits.spf_lookups},
                                {"term", culprit}}),
                           broken_record(),
                           say("Take out services that no longer send for you, replace {a} and {mx} by the addresses "
                               "they stand for, and move bulk senders to a subdomain with a record of its own.",
                               {{"a", "a"}, {"mx", "mx"}}));
    finding.details = costs(root_);
    for (const std::string& term : spf_idle_terms(root_))
        finding.details.push_back(
            say("{term} authorizes nothing that other terms do not, and can go", {{"term", term}}));
}

void Judge::void_lookups() {
    std::vector<std::pair<const SpfNode*, const SpfTerm*>> dead;
    walk_spf(root_, [&](const SpfNode& at, const SpfTerm* term) {
        const bool own_question = term != nullptr && !term->child && !term->unreachable && term->void_lookups > 0;
        if (own_question) dead.emplace_back(&at, term);
    });
    if (dead.empty()) return;
    const bool fatal = root_.void_lookups > all_.subject.limits.spf_void_lookups;
    const auto& [at, first] = dead.front();
    Finding& finding =
        add("spf.void_lookups", fatal ? Severity::error : Severity::warning, domain_,
            say("The SPF record of {domain} asks for names that do not exist or have no addresses, first by {term}",
                {{"domain", domain_}, {"term", first->text}}),
            fatal ? broken_record()
                  : say("More than two such look-ups make the whole record an error, and whoever registers the dead "
                        "name may send for you."),
            say("Take out the terms that lead nowhere."));
    for (const auto& [node, term] : dead)
        if (finding.details.size() < most_details)
            finding.details.push_back(say("{term} in the record of {domain}: nothing at {target}",
                                          {{"term", term->text}, {"domain", node->domain}, {"target", term->target}}));
    if (std::ranges::any_of(dead, [&](const auto& row) { return row.first == &root_; }))
        publish(finding, without(own_text(), [&](std::string_view one) {
                    return std::ranges::any_of(
                        dead, [&](const auto& row) { return row.first == &root_ && row.second->text == one; });
                }));
    else
        finding.actor = Actor::provider;
}

/// Whether a real answer to "who may send" is given.
void Judge::strength() {
    const SpfCoverage coverage = spf_coverage(root_);
    if (coverage.everybody) {
        Finding& finding =
            add("spf.plus_all", Severity::error, domain_,
                say("The SPF record of {domain} lets everybody send, by {term} in the record of {owner}",
                    {{"domain", domain_}, {"term", coverage.culprit}, {"owner", coverage.owner}}),
                open_to_all(),
                coverage.owner == domain_
                    ? say("Replace {term} by the addresses of your servers and end the record with {soft} or {hard}.",
                          {{"term", coverage.culprit}, {"soft", "~all"}, {"hard", "-all"}})
                    : say("Take out the term that leads to {owner}, or have its operator end the record with {hard}.",
                          {{"owner", coverage.owner}, {"hard", "-all"}}));
        if (coverage.owner == domain_) {
            publish(finding,
                    with_all(without(own_text(), [&](std::string_view one) { return spf_is_too_wide(one); }), "~all"));
            finding.remove.push_back(dns::txt_record(domain_, own_text()));
        } else {
            finding.actor = Actor::provider;
        }
        return;
    }
    ending();
}

bool Judge::evidence_for_hard_fail() const {
    const auto& policy = all_.dmarc.tree.record;
    const bool enforced = policy && policy->p != dmarc::Policy::none && !policy->testing && !policy->rua.empty();
    const bool all_known =
        !all_.subject.addresses.empty() &&
        std::ranges::all_of(spf_.of_addresses, [](const auto& row) { return row.second == spf::Result::pass; });
    return enforced && all_known;
}

void Judge::ending() {
    // Where the walk ends: the record itself, or where redirect leads.
    const SpfNode* last = &root_;
    for (const SpfTerm* next = nullptr;; last = next->child.get()) {
        const auto redirect = std::ranges::find_if(
            last->terms, [](const SpfTerm& term) { return term.is_redirect && !term.unreachable && term.child; });
        if (redirect == last->terms.end()) break;
        next = &*redirect;
    }
    const auto end =
        std::ranges::find_if(last->terms, [](const SpfTerm& term) { return term.mechanism == Mechanism::all; });
    const bool own = last == &root_;
    if (end == last->terms.end()) {
        if (std::ranges::any_of(last->terms, [](const SpfTerm& term) { return term.is_redirect; }))
            return; // with macros
        Finding& finding = add(
            "spf.no_all", Severity::warning, last->domain,
            say("The SPF record of {domain} does not say what holds for all other senders", {{"domain", last->domain}}),
            say("Without {all} at the end the result for strangers is neutral, as if there were no record.",
                {{"all", "all"}}),
            say("End the record with {soft}, later with {hard}.", {{"soft", "~all"}, {"hard", "-all"}}));
        if (own) publish(finding, with_all(own_text(), "~all"));
        return;
    }
    if (end->result == spf::Result::neutral) {
        Finding& finding =
            add("spf.neutral_all", Severity::warning, last->domain,
                say("The SPF record of {domain} ends with {term}: it takes no stand on strangers",
                    {{"domain", last->domain}, {"term", end->text}}),
                say("Receivers learn nothing about forged mail from such a record; it is meant for tests."),
                say("End the record with {soft}, and with {hard} once all your senders are listed.",
                    {{"soft", "~all"}, {"hard", "-all"}}));
        if (own) publish(finding, with_all(own_text(), "~all"));
    } else if (end->result == spf::Result::softfail && own && evidence_for_hard_fail()) {
        Finding& finding = add("spf.soft_all", Severity::notice, domain_,
                               say("The SPF record of {domain} ends with {term}, though all known senders are listed",
                                   {{"domain", domain_}, {"term", end->text}}),
                               say("A hard fail lets receivers without DMARC refuse forged mail as well."),
                               say("End the record with {hard}.", {{"hard", "-all"}}));
        publish(finding, with_all(own_text(), "-all"));
    }
}

void Judge::too_wide(const SpfNode& at, const SpfTerm& term) {
    for (const ip::Prefix& network : term.networks) {
        const unsigned narrowest = network.address.is_v4() ? 16 : 32;
        if (network.length >= narrowest) continue;
        Finding& finding = add("spf.too_wide", Severity::warning, at.domain,
                               say("{term} in the SPF record of {domain} lets a very large network send",
                                   {{"term", term.text}, {"domain", at.domain}}),
                               say("Every customer of that network can send mail that passes SPF for your domain; "
                                   "Gmail refuses some of such records (550-5.7.24)."),
                               say("List the addresses of your servers instead of {term}.", {{"term", term.text}}));
        if (!is_own(at)) finding.actor = Actor::provider;
        return;
    }
}

/// What is legal and unwise.
void Judge::habits() {
    const std::uint32_t most = all_.subject.limits.spf_lookups;
    if (constexpr std::uint32_t near = 8; root_.lookups >= near && root_.lookups <= most)
        add("spf.near_limit", Severity::notice, domain_,
            say("The SPF record of {domain} needs {count} of {most} allowed DNS look-ups",
                {{"domain", domain_}, {"count", root_.lookups}, {"most", most}}),
            say("One more service, or one more include at a service, makes the record an error."),
            say("Take out services that no longer send for you."))
            .details = costs(root_);
    std::vector<std::string> told;
    const bool open = std::ranges::any_of(findings_, [](const Finding& one) { return one.id == "spf.plus_all"; });
    walk_spf(root_, [&](const SpfNode& at, const SpfTerm* term) {
        if (term == nullptr) return;
        const std::string key = at.domain + " " + term->text;
        if (std::ranges::find(told, key) != told.end()) return;
        told.push_back(key);
        if (!open && !term->unreachable && term->result == spf::Result::pass &&
            provider_of_include(at.domain) == nullptr)
            too_wide(at, *term);
        if (!is_own(at)) return;
        if (term->unreachable && (term->mechanism || term->is_redirect)) {
            Finding& finding =
                add("spf.after_all", Severity::warning, at.domain,
                    say("{term} in the SPF record of {domain} stands beside or behind {all} and is never reached",
                        {{"term", term->text}, {"domain", at.domain}, {"all", "all"}}),
                    say("What it is meant to allow is not allowed."),
                    say("Put {all} at the end, or take {term} out.", {{"all", "all"}, {"term", term->text}}));
            if (&at == &root_) publish(finding, spf_all_last(own_text()));
            return;
        }
        if (term->mechanism == Mechanism::ptr) {
            Finding& finding =
                add("spf.ptr", Severity::warning, at.domain,
                    say("The SPF record of {domain} uses {term}", {{"domain", at.domain}, {"term", term->text}}),
                    say("It is slow and unreliable, RFC 7208 5.5 advises against it, and some receivers skip it."),
                    say("List the addresses of your servers instead of {term}.", {{"term", term->text}}));
            if (&at == &root_)
                publish(finding, without(own_text(), [&](std::string_view one) { return one == term->text; }));
        }
        if ((term->mechanism == Mechanism::ip4 || term->mechanism == Mechanism::ip6) &&
            spf_is_private(term->networks.front())) {
            Finding& finding = add(
                "spf.private_address", Severity::warning, at.domain,
                say("{term} in the SPF record of {domain} is an address that does not exist on the internet",
                    {{"term", term->text}, {"domain", at.domain}}),
                say("No receiver ever sees mail from it: the address that mail leaves from may be missing instead."),
                say("Replace {term} by the public address of the server.", {{"term", term->text}}));
            if (&at == &root_)
                publish(finding, without(own_text(), [&](std::string_view one) { return one == term->text; }));
        }
    });
}

void Judge::addresses() {
    std::string text = own_text();
    std::vector<std::string> missing;
    for (const ip::Address& address : all_.subject.addresses) {
        const auto result = spf_.of_addresses.find(address.text());
        if (result == spf_.of_addresses.end() || result->second == spf::Result::pass ||
            result->second == spf::Result::temperror || result->second == spf::Result::permerror)
            continue;
        missing.push_back(address.text());
        text = with_address(text, address);
    }
    for (const std::string& address : missing) {
        Finding& finding =
            add("spf.address_missing", Severity::error, address,
                say("{address} sends for {domain}, but the SPF record does not list it",
                    {{"address", address}, {"domain", domain_}}),
                say("Mail from this address fails SPF; without a DKIM signature Gmail refuses it (550-5.7.26)."),
                say("Add {address} to the record.", {{"address", address}}));
        publish(finding, text);
        finding.remove.push_back(dns::txt_record(domain_, own_text()));
    }
}

void Judge::subdomains() {
    for (const auto& [name, node] : spf_.subdomains) {
        if (!node || node->records > 0 || dns::is_temporary(node->status)) continue;
        Finding& finding = add("spf.subdomain_gap", Severity::warning, name,
                               say("{name} takes or sends mail and has no SPF record of its own", {{"name", name}}),
                               say("SPF records are not inherited: what {domain} publishes says nothing about {name}, "
                                   "and anybody can send in its name.",
                                   {{"domain", domain_}, {"name", name}}),
                               say("Publish an SPF record at {name} too.", {{"name", name}}));
        finding.records.push_back(dns::txt_record(name, "v=spf1 mx ~all"));
    }
}

void Judge::well() {
    Finding& finding =
        add("spf.ok", Severity::ok, domain_,
            say("SPF of {domain} is sound; DNS look-ups: {count} of {most}",
                {{"domain", domain_}, {"count", root_.lookups}, {"most", all_.subject.limits.spf_lookups}}),
            {}, {});
    finding.actor = Actor::nobody;
    finding.details.push_back(say("{record}", {{"record", own_text()}}));
    for (Text& line : costs(root_)) finding.details.push_back(std::move(line));
}

} // namespace

void judge_spf(const Survey& all, std::vector<Finding>& findings) {
    if (!all.spf.root) return;
    Judge(all, findings).speak();
}

} // namespace bonafide::doctor
