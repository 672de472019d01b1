// The SPF findings. What keeps the record from being read ends the list, since all else follows from it; what is wrong where it leads does
// not hide what is wrong in the record itself.
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/provider.hpp"
#include "doctor/spf.hpp"
#include "doctor/spf_coverage.hpp"
#include "doctor/spf_judge.hpp"
#include "doctor/spf_repair.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/spf_tree.hpp"

#include <algorithm>
#include <set>

namespace bonafide::doctor {

using spf::Mechanism;
using text::say;
using text::Text;

Text broken_record() {
    return say("Receivers treat a broken SPF record as an error for all mail of the domain: SPF never passes, and "
               "Gmail and others refuse mail that has no DKIM signature either.");
}

Text named(const SpfTerm& term) {
    const Provider* const provider = term.target.empty() ? nullptr : provider_of_include(term.target);
    if (provider == nullptr) return say("{term}", {{"term", term.text}});
    return say("{term} ({provider})", {{"term", term.text}, {"provider", provider->name}});
}

std::vector<Text> costs(const SpfNode& root) {
    std::vector<Text> lines;
    walk_spf(root, [&](const SpfNode& at, const SpfTerm* term) {
        if (term == nullptr || term->lookups == 0 || lines.size() >= most_spf_details) return;
        if (&at == &root)
            lines.push_back(say("{term}: DNS look-ups: {count}", {{"term", named(*term)}, {"count", term->lookups}}));
        else
            lines.push_back(say("{term} in the record of {domain}: DNS look-ups: {count}",
                                {{"term", named(*term)}, {"domain", at.domain}, {"count", term->lookups}}));
    });
    return lines;
}

Finding& SpfJudge::add(std::string_view id, Text title, Text why, Text fix, Severity severity, std::string subject) {
    return findings_.emplace_back(Finding{.id = id,
                                          .severity = severity,
                                          .subject = std::move(subject),
                                          .title = std::move(title),
                                          .why = std::move(why),
                                          .fix = std::move(fix)});
}

void SpfJudge::amend(const SpfNode& node, const Edit& edit) {
    auto& amendment = amendments_.try_emplace(node.domain, Amendment{&node, node.texts.front(), {}}).first->second;
    amendment.text = edit(amendment.text);
    amendment.findings.push_back(findings_.size() - 1);
}

void SpfJudge::write_amendments() {
    for (auto& [name, amendment] : amendments_) {
        const std::string& was = amendment.node->texts.front();
        std::string text = amendment.text;
        // Nobody is told to turn all mail away because the terms that were wrong were the only ones.
        if (amendment.node == &root_ && names_a_sender(was) && !names_a_sender(text))
            for (const std::string& term : spf_terms(suggested_record(all_)))
                if (names_a_sender("v=spf1 " + term)) text = with_mechanism(text, term);
        if (text == was || !spf::parse_record(text)) continue;
        for (const std::size_t index : amendment.findings) {
            findings_[index].records.push_back(dns::txt_record(name, text));
            findings_[index].remove.push_back(dns::txt_record(name, was));
        }
    }
}

bool SpfJudge::is_own(const SpfNode& node) const { return dns::is_equal_or_below(node.domain, domain_); }

bool SpfJudge::said(std::string_view id) const {
    return std::ranges::find(findings_.begin() + static_cast<std::ptrdiff_t>(before_), findings_.end(), id,
                             &Finding::id) != findings_.end();
}

void SpfJudge::unanswered(const std::string& name, dns::Type type) {
    Finding& finding =
        add("dns.unanswered",
            say("The name servers gave no answer for {type} {name}", {{"type", dns::to_text(type)}, {"name", name}}),
            say("Receivers that get no answer either put the mail off or count it as unauthenticated."),
            say("See that every name server of the zone of {name} runs and answers from outside.", {{"name", name}}),
            Severity::error, name);
    finding.actor = dns::is_equal_or_below(name, domain_) ? Actor::dns_host : Actor::provider;
}

void SpfJudge::speak() {
    if (root_.status == dns::Status::bogus) return; // dnssec.bogus says it
    if (dns::is_temporary(root_.status)) return unanswered(domain_, dns::Type::txt);
    subdomains();
    if (root_.records == 0) return absent();
    beside();
    if (root_.records > 1) return multiple(root_);
    if (cut_in_two()) return;
    if (root_.mistake) return syntax(root_);
    if (glued_terms(own_text()) && repaired(own_text())) return glued(root_); // parses, and says nothing that was meant
    misread();
    broken_ = tree() || broken_;
    habits();
    strength();
    if (!broken_) addresses();
    if (!broken_) mailbox_provider();
    write_amendments();
    if (!broken_ &&
        std::none_of(findings_.begin() + static_cast<std::ptrdiff_t>(before_), findings_.end(),
                     [](const Finding& one) { return one.severity > Severity::notice && one.id.starts_with("spf."); }))
        well();
}

// What the record says -------------------------------------------------------------------------------------------------------------------

void SpfJudge::misread() {
    const std::vector<std::string> terms = misread_terms(own_text(), *root_.record);
    if (terms.empty()) return;
    Finding& finding = add("spf.syntax",
                           say("{term} in the SPF record of {domain} has no effect: {equals} stands where {colon} must",
                               {{"term", terms.front()}, {"domain", domain_}, {"equals", "="}, {"colon", ":"}}),
                           say("Receivers take a term with {equals} for one that they do not know, and skip it: the "
                               "senders that it names fail SPF.",
                               {{"equals", "="}}),
                           say("Correct the term {term} and publish the record anew.", {{"term", terms.front()}}),
                           Severity::error, domain_);
    for (const std::string& term : terms)
        if (finding.details.size() < most_spf_details) finding.details.push_back(say("{term}", {{"term", term}}));
    amend(root_, [](const std::string& text) { return repaired(text).value_or(text); });
    broken_ = true; // addresses that fail are its consequence
}

/// Whether a real answer to "who may send" is given.
void SpfJudge::strength() {
    if (spf_coverage(root_).everybody)
        everybody();
    else
        ending();
}

void SpfJudge::everybody() {
    const SpfCoverage coverage = spf_coverage(root_);
    const SpfNode& owner = *coverage.owner;
    Finding& finding = add(
        "spf.plus_all",
        say("The SPF record of {domain} lets everybody send, by {term} in the record of {owner}",
            {{"domain", domain_}, {"term", coverage.culprit}, {"owner", owner.domain}}),
        say("Anybody may send mail in the name of this domain and SPF will pass, so forged mail passes DMARC too. "
            "Many receivers distrust such a domain."),
        is_own(owner) ? say("Replace {term} by the addresses of your servers and end the record with {soft} or {hard}.",
                            {{"term", coverage.culprit}, {"soft", "~all"}, {"hard", "-all"}})
                      : say("Take out the term that leads to {owner}, or have its operator end the record with {hard}.",
                            {{"owner", owner.domain}, {"hard", "-all"}}),
        Severity::error, domain_);
    if (!is_own(owner)) {
        finding.actor = Actor::provider;
        return;
    }
    amend(owner, [&](const std::string& text) {
        const std::string rest = without(text, [&](std::string_view one) {
            return std::ranges::any_of(owner.terms, [&](const SpfTerm& term) {
                return term.text == one && term.mechanism != Mechanism::all && !term.unreachable &&
                       (term.text == coverage.culprit || spf_lets_too_many(term));
            });
        });
        const auto end = std::ranges::find(owner.terms, Mechanism::all, &SpfTerm::mechanism);
        const bool closed =
            end != owner.terms.end() && (end->result == spf::Result::fail || end->result == spf::Result::softfail);
        return closed ? rest : with_all(rest, "~all");
    });
}

bool SpfJudge::evidence_for_hard_fail() const {
    const auto& policy = all_.dmarc.tree.record;
    const bool enforced = policy && policy->p != dmarc::Policy::none && !policy->testing && !policy->rua.empty();
    const bool all_known =
        !all_.subject.addresses.empty() &&
        std::ranges::all_of(spf_.of_addresses, [](const auto& row) { return row.second == spf::Result::pass; });
    return enforced && all_known;
}

/// Where the walk ends: the record itself, or where redirect leads; null where that cannot be followed.
namespace {
const SpfNode* last_of(const SpfNode& root) {
    const SpfNode* last = &root;
    for (;;) {
        const auto redirect = std::ranges::find_if(
            last->terms, [](const SpfTerm& term) { return term.is_redirect && !term.unreachable; });
        if (redirect == last->terms.end()) return last;
        if (!redirect->child || !redirect->child->record) return nullptr;
        last = redirect->child.get();
    }
}
} // namespace

void SpfJudge::ending() {
    const SpfNode* const last = last_of(root_);
    if (last == nullptr) return;
    const auto soften = [&](Finding& finding) {
        if (!is_own(*last))
            finding.actor = Actor::provider;
        else
            amend(*last, [](const std::string& text) { return with_all(text, "~all"); });
    };
    const auto end = std::ranges::find(last->terms, Mechanism::all, &SpfTerm::mechanism);
    if (end == last->terms.end()) {
        soften(add(
            "spf.no_all",
            say("The SPF record of {domain} does not say what holds for all other senders", {{"domain", last->domain}}),
            say("Without {all} at the end the result for strangers is neutral, as if there were no record.",
                {{"all", "all"}}),
            say("End the record with {soft}, later with {hard}.", {{"soft", "~all"}, {"hard", "-all"}}),
            Severity::warning, last->domain));
    } else if (end->result == spf::Result::neutral) {
        soften(add("spf.neutral_all",
                   say("The SPF record of {domain} ends with {term}: it takes no stand on strangers",
                       {{"domain", last->domain}, {"term", end->text}}),
                   say("Receivers learn nothing about forged mail from such a record; it is meant for tests."),
                   say("End the record with {soft}, and with {hard} once all your senders are listed.",
                       {{"soft", "~all"}, {"hard", "-all"}}),
                   Severity::warning, last->domain));
    } else if (end->result == spf::Result::softfail && last == &root_ && !broken_ && amendments_.empty() &&
               evidence_for_hard_fail()) {
        add("spf.soft_all",
            say("The SPF record of {domain} ends with {term}, though all known senders are listed",
                {{"domain", domain_}, {"term", end->text}}),
            say("A hard fail lets receivers without DMARC refuse forged mail as well."),
            say("End the record with {hard}.", {{"hard", "-all"}}), Severity::notice, domain_);
        amend(root_, [](const std::string& text) { return with_all(text, "-all"); });
    }
}

/// What is legal and unwise, in the record and those of the domain's own that it leads to.
void SpfJudge::habits() {
    std::set<std::string> seen;
    walk_spf(root_, [&](const SpfNode& node, const SpfTerm* term) {
        if (term != nullptr || !node.record || !is_own(node) || !seen.insert(node.domain).second) return;
        after_all(node);
        private_addresses(node);
        reverse_names(node);
    });
    std::vector<std::string> told;
    if (!spf_coverage(root_).everybody) too_wide(root_, told);
    near_limit();
}

void SpfJudge::after_all(const SpfNode& node) {
    std::vector<const SpfTerm*> dead;
    for (const SpfTerm& term : node.terms)
        if (term.unreachable) dead.push_back(&term);
    if (dead.empty()) return;
    Finding& finding =
        add("spf.after_all",
            say("{term} in the SPF record of {domain} stands beside or behind {all} and is never reached",
                {{"term", dead.front()->text}, {"domain", node.domain}, {"all", "all"}}),
            say("What it is meant to allow is not allowed."),
            say("Put {all} at the end, or take {term} out.", {{"all", "all"}, {"term", dead.front()->text}}),
            Severity::warning, node.domain);
    for (const SpfTerm* term : dead)
        if (dead.size() > 1 && finding.details.size() < most_spf_details)
            finding.details.push_back(say("{term}", {{"term", named(*term)}}));
    amend(node, with_all_last);
}

void SpfJudge::private_addresses(const SpfNode& node) {
    std::vector<std::string> terms;
    for (const SpfTerm& term : node.terms)
        if ((term.mechanism == Mechanism::ip4 || term.mechanism == Mechanism::ip6) &&
            term.result == spf::Result::pass && spf_is_private(term.networks.front()))
            terms.push_back(term.text);
    if (terms.empty()) return;
    Finding& finding = add("spf.private_address",
                           say("{term} in the SPF record of {domain} is an address that does not exist on the internet",
                               {{"term", terms.front()}, {"domain", node.domain}}),
                           say("No receiver ever sees mail from it: the address that mail leaves from may be missing "
                               "instead."),
                           say("Replace {term} by the public address of the server.", {{"term", terms.front()}}),
                           Severity::warning, node.domain);
    for (const std::string& term : terms)
        if (terms.size() > 1 && finding.details.size() < most_spf_details)
            finding.details.push_back(say("{term}", {{"term", term}}));
    amend(node, [&](const std::string& text) {
        return without(text, [&](std::string_view one) { return std::ranges::find(terms, one) != terms.end(); });
    });
}

void SpfJudge::reverse_names(const SpfNode& node) {
    const auto term = std::ranges::find_if(
        node.terms, [](const SpfTerm& one) { return one.mechanism == Mechanism::ptr && !one.unreachable; });
    if (term == node.terms.end()) return;
    add("spf.ptr", say("The SPF record of {domain} uses {term}", {{"domain", node.domain}, {"term", term->text}}),
        say("It is slow and unreliable, RFC 7208 5.5 advises against it, and some receivers skip it."),
        say("List the addresses of your servers instead of {term}.", {{"term", term->text}}), Severity::warning,
        node.domain);
    amend(node, [&](const std::string& text) {
        return without(text, [&](std::string_view one) {
            return std::ranges::any_of(node.terms, [&](const SpfTerm& other) {
                return other.mechanism == Mechanism::ptr && other.text == one;
            });
        });
    });
}

/// What stands beneath a known service's include is its own affair.
void SpfJudge::too_wide(const SpfNode& node, std::vector<std::string>& told) {
    if (provider_of_include(node.domain) != nullptr) return;
    constexpr unsigned narrowest_v4 = 16, narrowest_v6 = 32;
    for (const SpfTerm& term : node.terms) {
        if (term.unreachable || term.result != spf::Result::pass || told.size() >= most_spf_branch_findings) continue;
        if (term.child) too_wide(*term.child, told);
        const auto wide = std::ranges::find_if(term.networks, [](const ip::Prefix& network) {
            return network.length < (network.address.is_v4() ? narrowest_v4 : narrowest_v6);
        });
        const std::string key = node.domain + " " + term.text;
        if (wide == term.networks.end() || spf_is_private(*wide) || std::ranges::find(told, key) != told.end())
            continue;
        told.push_back(key);
        Finding& finding = add("spf.too_wide",
                               say("{term} in the SPF record of {domain} lets a very large network send",
                                   {{"term", term.text}, {"domain", node.domain}}),
                               say("Every customer of that network can send mail that passes SPF for your domain; "
                                   "Gmail refuses some of such records (550-5.7.24)."),
                               say("List the addresses of your servers instead of {term}.", {{"term", term.text}}),
                               Severity::warning, node.domain);
        if (!is_own(node)) finding.actor = Actor::provider;
    }
}

void SpfJudge::near_limit() {
    const std::uint32_t most = all_.subject.limits.spf_lookups;
    constexpr std::uint32_t margin = 2;
    if (broken_ || root_.lookups + margin < most || root_.lookups > most) return;
    add("spf.near_limit",
        say("The SPF record of {domain} needs {count} of {most} allowed DNS look-ups",
            {{"domain", domain_}, {"count", root_.lookups}, {"most", most}}),
        say("One more service, or one more include at a service, makes the record an error."),
        say("Take out services that no longer send for you."), Severity::notice, domain_)
        .details = costs(root_);
}

void SpfJudge::addresses() {
    std::vector<const ip::Address*> missing;
    for (const ip::Address& address : all_.subject.addresses) {
        const auto result = spf_.of_addresses.find(address.text());
        if (result == spf_.of_addresses.end() || result->second == spf::Result::pass ||
            result->second == spf::Result::temperror)
            continue;
        if (result->second != spf::Result::permerror) {
            missing.push_back(&address);
        } else if (!said("spf.void_lookups")) { // names without addresses of this one's family
            add("spf.void_lookups",
                say("For mail from {address} the SPF record of {domain} ends in an error: more than {most} of its "
                    "terms lead to names without an address of the same kind",
                    {{"address", address.text()}, {"domain", domain_}, {"most", all_.subject.limits.spf_void_lookups}}),
                broken_record(), say("Put {address} in front of the other terms.", {{"address", address.text()}}),
                Severity::error, address.text());
            amend(root_, [&](const std::string& text) { return with_address_first(text, address); });
        }
    }
    not_listed(missing);
}

void SpfJudge::not_listed(const std::vector<const ip::Address*>& missing) {
    for (const ip::Address* address : missing) {
        Finding& finding =
            add("spf.address_missing",
                say("{address} sends for {domain}, but the SPF record does not list it",
                    {{"address", address->text()}, {"domain", domain_}}),
                say("Mail from this address fails SPF; without a DKIM signature Gmail refuses it "
                    "(550-5.7.26)."),
                say("Add {address} to the record.", {{"address", address->text()}}), Severity::error, address->text());
        const auto names_it = [&](const SpfTerm& term) {
            return std::ranges::any_of(term.networks, [&](const ip::Prefix& one) { return one.contains(*address); });
        };
        const auto dead =
            std::ranges::find_if(root_.terms, [&](const SpfTerm& term) { return term.unreachable && names_it(term); });
        const bool turned_away = std::ranges::any_of(
            root_.terms, [&](const SpfTerm& term) { return term.result != spf::Result::pass && names_it(term); });
        if (dead != root_.terms.end())
            finding.details.push_back(say("{term} would allow it, but stands behind {all} and is never reached",
                                          {{"term", dead->text}, {"all", "all"}}));
        amend(root_, [&](const std::string& text) {
            return dead != root_.terms.end() ? text // the terms behind "all" are moved already
                   : turned_away             ? with_address_first(text, *address)
                                             : with_address(text, *address);
        });
    }
}

/// The mailboxes are kept by a service that signs for the domain, so people send through it, and the record does not let it. Where whole
/// networks are listed, its own may be among them.
void SpfJudge::mailbox_provider() {
    constexpr unsigned least_bits_v4 = 24, least_bits_v6 = 48;
    const Provider* mailbox = nullptr;
    for (const MxHost& host : all_.mx.hosts) {
        const Provider* const one = provider_of_mx(host.name);
        if (one == nullptr || (mailbox != nullptr && one != mailbox)) return; // mixed, or a host of one's own
        mailbox = one;
    }
    if (mailbox == nullptr || mailbox->kind != ProviderKind::mailbox || mailbox->includes.empty()) return;
    const auto signs = [&](const DkimKey& key) {
        if (key.by_wildcard || key.records.empty() || key.records.front().code != dkim::Code::ok) return false;
        if (key.alias && provider_of_alias(*key.alias) == mailbox) return true;
        return !key.alias && key.selector == mailbox->key;
    };
    if (std::ranges::none_of(all_.dkim.keys, signs)) return;
    bool listed = false;
    walk_spf(root_, [&](const SpfNode& at, const SpfTerm* term) {
        if (term == nullptr) return;
        listed = listed || (!term->target.empty() && provider_of_include(term->target) == mailbox) ||
                 term->mechanism == Mechanism::exists;
        const bool known_service = !is_own(at) && provider_of_include(at.domain) != nullptr;
        if (known_service) return;
        for (const ip::Prefix& network : term->networks)
            listed = listed || network.length < (network.address.is_v4() ? least_bits_v4 : least_bits_v6);
    });
    if (listed) return;
    // Where servers of one's own are listed, one of them may send for the people too.
    const bool smart_host = std::ranges::any_of(root_.terms, [](const SpfTerm& term) {
        return term.result == spf::Result::pass && term.mechanism != Mechanism::include &&
               term.mechanism != Mechanism::all && !term.is_redirect;
    });
    add("spf.address_missing",
        say("{provider} keeps the mailboxes of {domain} and signs for it, but the SPF record does not list it",
            {{"provider", mailbox->name}, {"domain", domain_}}),
        say("Mail that people send from there fails SPF, and depends on its DKIM signature alone."),
        say("Add {term} to the record.", {{"term", "include:" + mailbox->includes.front()}}),
        smart_host ? Severity::notice : Severity::warning, mailbox->name);
    amend(root_, [&](const std::string& text) { return with_mechanism(text, "include:" + mailbox->includes.front()); });
}

void SpfJudge::well() {
    Finding& finding =
        add("spf.ok",
            say("SPF of {domain} is sound; DNS look-ups: {count} of {most}",
                {{"domain", domain_}, {"count", root_.lookups}, {"most", all_.subject.limits.spf_lookups}}),
            {}, {}, Severity::ok, domain_);
    finding.actor = Actor::nobody;
    finding.details.push_back(say("{record}", {{"record", own_text()}}));
    for (Text& line : costs(root_)) finding.details.push_back(std::move(line));
    const SpfNode* const last = last_of(root_);
    if (last == nullptr) return;
    const auto end = std::ranges::find(last->terms, Mechanism::all, &SpfTerm::mechanism);
    if (end == last->terms.end()) return;
    if (spf_.denies_all())
        finding.details.push_back(say("Nobody may send mail for {domain}.", {{"domain", domain_}}));
    else if (end->result == spf::Result::fail)
        finding.details.push_back(
            say("{term}: mail from all other addresses fails; receivers may refuse it.", {{"term", end->text}}));
    else
        finding.details.push_back(say("{term}: mail from all other addresses is suspect; receivers take it and look "
                                      "at it more closely, and DMARC decides.",
                                      {{"term", end->text}}));
}

void judge_spf(const Survey& all, std::vector<Finding>& findings) {
    if (!all.spf.root) return;
    SpfJudge(all, findings).speak();
}

} // namespace bonafide::doctor
