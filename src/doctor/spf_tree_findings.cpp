// SPF findings about where a record leads: what makes the whole an error for the receiver (RFC 7208 2.6.6, 2.6.7).
#include "base/suggest.hpp"
#include "doctor/provider.hpp"
#include "doctor/spf_judge.hpp"
#include "doctor/spf_lean.hpp"
#include "doctor/spf_repair.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/spf_tree.hpp"

#include <algorithm>
#include <set>

namespace bonafide::doctor {

using text::say;

void SpfJudge::syntax(const SpfNode& node) {
    const bool own = is_own(node);
    const std::string& text = node.texts.front();
    const std::size_t position = node.mistake->position == Error::nowhere ? 0 : node.mistake->position;
    const std::string term(spf::term_at(text, position));
    Finding& finding = add(
        "spf.syntax",
        say("The SPF record of {domain} is wrong at character {position}: {term}",
            {{"domain", node.domain}, {"position", position + 1}, {"term", term}}),
        broken_record(),
        own ? say("Correct the term {term} and publish the record anew.", {{"term", term}})
            : say("Ask who runs {domain} to correct the record, or take the include out.", {{"domain", node.domain}}),
        Severity::error, node.domain);
    finding.details.push_back(say("{reason}", {{"reason", node.mistake->text}}));
    finding.details.push_back(say("{record}", {{"record", text}}));
    if (!own) finding.actor = Actor::provider;
    const auto better = own ? repaired(text) : std::nullopt;
    if (!better) return;
    if (glued_terms(text)) {
        findings_.pop_back();
        return glued(node);
    }
    finding.records.push_back(dns::txt_record(node.domain, *better));
    finding.remove.push_back(dns::txt_record(node.domain, text));
}

/// Terms that stand together without a blank; the record put right is known.
void SpfJudge::glued(const SpfNode& node) {
    const std::string& text = node.texts.front();
    const auto terms = glued_terms(text);
    Finding& finding = add("spf.syntax",
                           say("A blank is missing in the SPF record of {domain}, between {first} and {second}",
                               {{"domain", node.domain}, {"first", terms->first}, {"second", terms->second}}),
                           broken_record(),
                           say("Put a blank between them and publish the record anew; where a record is split into "
                               "strings, the blank belongs into one of the strings."),
                           Severity::error, node.domain);
    finding.details.push_back(say("{record}", {{"record", text}}));
    finding.records.push_back(dns::txt_record(node.domain, repaired(text).value_or(text)));
    finding.remove.push_back(dns::txt_record(node.domain, text));
}

void SpfJudge::loop(const SpfNode& at, const SpfTerm& term) {
    Finding& finding =
        add("spf.loop",
            say("The SPF record of {domain} leads back to {target} by {term}: a loop without end",
                {{"domain", at.domain}, {"target", term.target}, {"term", term.text}}),
            broken_record(),
            say("Take {term} out of the record of {domain}.", {{"term", term.text}, {"domain", at.domain}}),
            Severity::error, at.domain);
    if (!is_own(at)) {
        finding.actor = Actor::provider;
        return;
    }
    amend(at, [&](const std::string& text) {
        const std::string rest = without(text, [&](std::string_view one) { return one == term.text; });
        return term.is_redirect ? with_all(rest, "~all") : rest;
    });
}

namespace {

/// The include of a provider that the dead name is a misspelling of; empty: none.
std::string meant_include(std::string_view target) {
    std::vector<std::string_view> known;
    for (const Provider& provider : providers())
        known.insert(known.end(), provider.includes.begin(), provider.includes.end());
    const std::string_view nearest = nearest_word(target, known);
    return nearest == target ? std::string() : std::string(nearest);
}

} // namespace

void SpfJudge::nothing_there(const SpfNode& at, const SpfTerm& term) {
    Finding& finding =
        add("spf.include_none",
            say("{term} in the SPF record of {domain} leads to a name without an SPF record",
                {{"term", term.text}, {"domain", at.domain}}),
            broken_record(),
            say("Take {term} out, or correct the name as the service documents it.", {{"term", term.text}}),
            Severity::error, at.domain);
    if (!is_own(at)) {
        finding.actor = Actor::provider;
        return;
    }
    const std::string meant = meant_include(term.target);
    if (!meant.empty()) {
        finding.fix = say("Correct the name: {provider} has its record at {name}.",
                          {{"provider", provider_of_include(meant)->name}, {"name", meant}});
        return amend(at, [&](const std::string& text) {
            std::string better = text;
            const std::size_t place = better.find(term.target);
            return place == std::string_view::npos ? text : better.replace(place, term.target.size(), meant);
        });
    }
    amend(at, [&](const std::string& text) {
        if (term.text.contains("//")) // the address of a web page instead of a name
            if (auto better = repaired(text)) return *better;
        const std::string rest = without(text, [&](std::string_view one) { return one == term.text; });
        return term.is_redirect ? with_all(rest, "~all") : rest;
    });
}

void SpfJudge::too_many_mx(const SpfNode& at, const SpfTerm& term) {
    Finding& finding = add("spf.too_many_lookups",
                           say("{term} in the SPF record of {domain} leads to more than ten MX hosts: {count}",
                               {{"term", term.text}, {"domain", at.domain}, {"count", term.mx_names}}),
                           broken_record(), say("Replace {term} by the addresses that send.", {{"term", term.text}}),
                           Severity::error, at.domain);
    if (!is_own(at)) finding.actor = Actor::provider;
}

/// What is wrong with a term or where it leads; true when something is.
bool SpfJudge::broken_branch(const SpfNode& at, const SpfTerm& term) {
    if (term.unreachable) return false;
    if (!term.unanswered.empty()) {
        if (term.status != dns::Status::bogus) unanswered(term.unanswered, term.unanswered_type);
        return true;
    }
    if (term.loop) {
        loop(at, term);
        return true;
    }
    if (term.mx_names > all_.subject.limits.spf_mx_names) {
        too_many_mx(at, term);
        return true;
    }
    if (!term.child) return false;
    const SpfNode& child = *term.child;
    if (dns::is_temporary(child.status)) {
        if (child.status != dns::Status::bogus) unanswered(child.domain, dns::Type::txt);
    } else if (child.records > 1) {
        multiple(child);
    } else if (child.mistake) {
        syntax(child);
    } else if (child.records == 0) {
        nothing_there(at, term);
    } else {
        return false;
    }
    return true;
}

/// Everything that makes the whole an error; true when something does.
bool SpfJudge::tree() {
    bool broken = false, cut = false;
    std::set<std::string> told;
    walk_spf(root_, [&](const SpfNode& at, const SpfTerm* term) {
        if (term == nullptr) return;
        cut = cut || term->cut;
        if (told.size() >= most_spf_branch_findings) return;
        const std::size_t so_far = findings_.size();
        // One record may be included twice.
        if (told.contains(at.domain + " " + term->text)) return;
        broken = broken_branch(at, *term) || broken;
        if (findings_.size() > so_far) told.insert(at.domain + " " + term->text);
    });
    if (cut || root_.lookups > all_.subject.limits.spf_lookups) {
        too_many();
        broken = true;
    }
    return void_lookups() || broken;
}

void SpfJudge::too_many() {
    const std::uint32_t most = all_.subject.limits.spf_lookups;
    const auto costliest = std::ranges::max_element(root_.terms, {}, &SpfTerm::lookups);
    Finding& finding =
        add("spf.too_many_lookups",
            say("The SPF record of {domain} needs {count} DNS look-ups; at most {most} are allowed. The costliest "
                "term is {term}",
                {{"domain", domain_}, {"count", root_.lookups}, {"most", most}, {"term", named(*costliest)}}),
            broken_record(),
            say("Take out services that no longer send for you, replace {a} and {mx} by the addresses they stand for, "
                "and move bulk senders to a subdomain with a record of its own.",
                {{"a", "a"}, {"mx", "mx"}}),
            Severity::error, domain_);
    for (const std::string& term : spf_idle_terms(root_))
        finding.details.push_back(
            say("{term} authorizes nothing that other terms do not, and can go", {{"term", term}}));
    const auto lean = lean_record(root_, most);
    if (lean)
        for (const std::string& term : lean->replaced)
            finding.details.push_back(say("In the record below the addresses that {term} leads to today stand in place "
                                          "of it; when they change, the record must follow.",
                                          {{"term", term}}));
    for (const SpfTerm& term : root_.terms) {
        const Provider* const provider = term.target.empty() ? nullptr : provider_of_include(term.target);
        if (term.lookups > 0 && provider != nullptr && provider->kind == ProviderKind::bulk)
            finding.details.push_back(
                say("{term} is a service for bulk mail: it can send for a subdomain with a record of its own",
                    {{"term", named(term)}}));
    }
    for (text::Text& line : costs(root_)) finding.details.push_back(std::move(line));
    if (finding.details.size() > most_spf_details) finding.details.resize(most_spf_details);
    if (lean && !amendments_.contains(domain_)) amend(root_, [&](const std::string&) { return lean->text; });
}

/// RFC 7208 4.6.4; true when there are too many.
bool SpfJudge::void_lookups() {
    struct Dead {
        const SpfNode* at;
        const SpfTerm* term;
    };
    std::vector<Dead> dead;
    walk_spf(root_, [&](const SpfNode& at, const SpfTerm* term) {
        const bool own_question = term != nullptr && !term->child && !term->unreachable && term->void_lookups > 0;
        if (own_question && dead.size() < most_spf_details) dead.push_back({&at, term});
    });
    const bool too_many = root_.void_lookups > all_.subject.limits.spf_void_lookups;
    if (dead.empty()) return too_many; // all of them includes that lead nowhere: told already
    Finding& finding =
        add("spf.void_lookups",
            say("The SPF record of {domain} asks for names that do not exist or have no addresses, first by {term}",
                {{"domain", domain_}, {"term", dead.front().term->text}}),
            too_many ? broken_record()
                     : say("More than two such look-ups make the whole record an error, and whoever registers the "
                           "dead name may send for you."),
            say("Take out the terms that lead nowhere."), too_many ? Severity::error : Severity::warning, domain_);
    const SpfNode* own = nullptr;
    for (const auto& [at, term] : dead) {
        finding.details.push_back(say("{term} in the record of {domain}: nothing at {target}",
                                      {{"term", term->text}, {"domain", at->domain}, {"target", term->target}}));
        if (own == nullptr && is_own(*at)) own = at;
    }
    if (own == nullptr) {
        finding.actor = Actor::provider;
        return too_many;
    }
    amend(*own, [&](const std::string& text) {
        return without(text, [&](std::string_view one) {
            return std::ranges::any_of(dead, [&](const Dead& row) { return row.at == own && row.term->text == one; });
        });
    });
    return too_many;
}

} // namespace bonafide::doctor
