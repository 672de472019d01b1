#include "doctor/record_warnings.hpp"

#include "base/ascii.hpp"
#include "dmarc/dmarc.hpp"
#include "doctor/record_meaning.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/spf_tree.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

/// A term that lets somebody send, as it is compared: without "+", in lower case.
std::string sender(std::string_view term) {
    std::string text = ascii::lower(term);
    if (text.starts_with('+')) text.erase(0, 1);
    const bool denies = text.starts_with('-') || text.starts_with('~') || text.starts_with('?');
    const bool modifier = text.find('=') < text.find(':');
    return denies || modifier || text == "all" ? "" : text;
}

void warn_of_senders(const dns::Record& from, const dns::Record& to, std::vector<Text>& warnings) {
    const std::vector<std::string> after = spf_terms(to.value);
    std::size_t named = 0;
    constexpr std::size_t most_named = 20;
    for (const std::string& term : spf_terms(from.value)) {
        const std::string text = sender(term);
        if (text.empty() || named == most_named) continue;
        if (std::ranges::any_of(after, [&](const std::string& other) { return sender(other) == text; })) continue;
        ++named;
        const Provider* const provider =
            text.starts_with("include:") ? provider_of_include(std::string_view(text).substr(8)) : nullptr;
        if (provider != nullptr)
            warnings.push_back(say("The SPF record of {name} lets {provider} send by {term}, the planned one does "
                                   "not. If it is still in use, add {option}.",
                                   {{"name", from.name},
                                    {"provider", provider->name},
                                    {"term", text},
                                    {"option", "--provider " + provider->key}}));
        else
            warnings.push_back(say("The SPF record of {name} has {term}, the planned one does not: make sure that "
                                   "nothing of yours sends by it.",
                                   {{"name", from.name}, {"term", text}}));
    }
}

std::optional<dmarc::Policy> policy_in(const std::vector<LooseTag>& tags) {
    const LooseTag* const p = find_tag(tags, "p");
    return p == nullptr ? std::nullopt : dmarc::parse_policy(p->value);
}

void warn_of_policy(const dns::Record& from, const dns::Record& to, std::vector<Text>& warnings) {
    const std::vector<LooseTag> before = read_loose_tags(from.value), after = read_loose_tags(to.value);
    const auto old_policy = policy_in(before), new_policy = policy_in(after);
    if (old_policy && new_policy && *new_policy < *old_policy)
        warnings.push_back(say(
            "The DMARC policy of {name} is {present}, and the planned one is weaker: {planned}.",
            {{"name", from.name}, {"present", dmarc::to_text(*old_policy)}, {"planned", dmarc::to_text(*new_policy)}}));
    constexpr std::string_view historic[] = {"pct", "rf", "ri", "fo"};
    for (const LooseTag& tag : before)
        if (find_tag(after, tag.name) == nullptr && std::ranges::find(historic, tag.name) == std::end(historic))
            warnings.push_back(say("The DMARC record of {name} has {tag}, the planned one does not.",
                                   {{"name", from.name}, {"tag", tag.name + "=" + tag.value}}));
}

} // namespace

void warn_of_losses(Difference& difference) {
    for (const PlannedChange& one : difference.change)
        for (const dns::Record& from : one.from) {
            if (from.type != dns::Type::txt || one.to.record.type != dns::Type::txt) continue;
            switch (kind_of(from.name, from.value)) {
            case TextKind::spf: warn_of_senders(from, one.to.record, difference.warnings); break;
            case TextKind::dmarc: warn_of_policy(from, one.to.record, difference.warnings); break;
            default: break;
            }
        }
    for (const Planned& right : difference.right)
        if (right.record.type == dns::Type::txt)
            for (const dns::Record& from : difference.remove)
                if (from.name == right.record.name && kind_of(from.name, from.value) == TextKind::spf)
                    warn_of_senders(from, right.record, difference.warnings);
    for (const dns::Record& one : difference.keep)
        if (one.type == dns::Type::mx)
            difference.warnings.push_back(
                say("{host} takes mail for {name} as well. If it should not, delete its MX record.",
                    {{"host", one.value}, {"name", one.name}}));
}

dns::Flow<std::vector<Text>> warn_of_costs(dns::Record spf, Limits limits) {
    std::vector<Text> warnings;
    SpfGrowth growth;
    growth.domain = spf.name;
    growth.limits = limits;
    std::uint32_t lookups = 0;
    const std::vector<std::string> terms = spf_terms(spf.value);
    for (const std::string& term : terms) {
        if (term == "mx") ++lookups;
        if (!term.starts_with("include:")) continue;
        const std::string target = term.substr(8);
        const std::vector<std::string> path{spf.name};
        const std::shared_ptr<const SpfNode> node = co_await grow_spf(&growth, target, path);
        lookups += 1 + node->lookups;
        if (!dns::is_temporary(node->status) && node->records == 0)
            warnings.push_back(say("{target} has no SPF record, and an SPF record that includes it is an error.",
                                   {{"target", target}}));
    }
    if (lookups > limits.spf_lookups)
        warnings.push_back(
            say("The planned SPF record of {name} needs {count} DNS look-ups, and receivers stop at "
                "{most}: move services to subdomains ({option}).",
                {{"name", spf.name}, {"count", lookups}, {"most", limits.spf_lookups}, {"option", "--bulk"}}));
    co_return warnings;
}

} // namespace bonafide::doctor
