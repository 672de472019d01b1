#include "policy/corroboration.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

using verdict::SignalId;
using enum SecondSignal::Of;

// Not among them: what only says that proof is missing (the implicit judgement tells that), and the author's own reputation, which is bad
// where others forged his mail.
constexpr double half_bad = -1.5; // of a reputation that takes away 3 at most
constexpr std::array table{
    SecondSignal{SignalId::look_alike, 0, author, "the author's domain is made to be mistaken for a known one"},
    SecondSignal{SignalId::unanswerable_author, 0, author, "the author's domain does not exist, or takes no mail"},
    SecondSignal{SignalId::bounce_unknown, 0, author, "it returns what was never sent from here"},
    SecondSignal{SignalId::unwanted_author, 0, author, "several people called the author's mail unwanted"},
    SecondSignal{SignalId::impersonated_name, 0, path, "it bears a protected person's name"},
    SecondSignal{SignalId::borrowed_name_anew, 0, path,
                 "it bears the name of somebody whom the recipient knows, from a domain never seen"},
    SecondSignal{SignalId::confusing_author, 0, path, "From is written so that readers may see another domain"},
    SecondSignal{SignalId::burst, 0, path, "far more than this sender ever sent of this author"},
    SecondSignal{SignalId::network_reputation, half_bad, path, "earlier mail of the client's network was mostly bad"},
    SecondSignal{SignalId::signer_reputation, half_bad, path, "earlier mail of the DKIM domain was mostly bad"},
};

const verdict::Evidence* find(const verdict::Judgement* judgement, SignalId id) {
    if (judgement == nullptr) return nullptr;
    const std::string_view name = verdict::signals()[static_cast<std::size_t>(id)].name;
    const auto found = std::ranges::find(judgement->evidence, name, &verdict::Evidence::signal);
    return found == judgement->evidence.end() ? nullptr : &*found;
}

/// -all of the Author Domain itself, and not of its own host, which it forgot to list.
bool is_refused_by_author(const verdict::Facts& facts, const verdict::Judgement& without_policy) {
    return facts.spf.value && facts.dmarc.value && facts.spf.value->result == spf::Result::fail &&
           facts.spf.value->domain == facts.dmarc.value->author_domain &&
           find(&without_policy, SignalId::host_below_author) == nullptr;
}

std::optional<std::string> second_signal(const verdict::Judgement& judgement, bool is_handed_on) {
    for (const SecondSignal& row : table) {
        const verdict::Evidence* const found = find(&judgement, row.id);
        // Without points it only explains: something excuses it, or its weight is 0.
        if (found == nullptr || found->points >= 0 || found->points > row.points) continue;
        if (row.of == author || !is_handed_on) return found->text;
    }
    return std::nullopt;
}

} // namespace

std::span<const SecondSignal> second_signals() { return table; }

std::optional<HandedOn> handed_on(const verdict::Facts& facts, const verdict::Judgement* judgement) {
    using enum HandedOn::How;
    if (!facts.letter.list_id.empty())
        return HandedOn{list, fmt::format("it came through the list {}", escape::line(facts.letter.list_id, 100))};
    constexpr std::array signs{SignalId::known_list, SignalId::trusted_sealer, SignalId::trusted_upstream,
                               SignalId::known_forwarder, SignalId::broken_signature};
    for (const SignalId id : signs)
        if (const verdict::Evidence* const found = find(judgement, id))
            return HandedOn{id == SignalId::known_list ? list : forwarder, found->text};
    if (facts.arc.value && facts.arc.value->result == arc::Status::pass)
        return HandedOn{forwarder, "an unbroken ARC chain says that it was handed on"};
    constexpr std::array pasts{SignalId::pair_established, SignalId::pair_answered, SignalId::pair_frequent,
                               SignalId::pair_feedback};
    for (const SignalId id : pasts)
        if (const verdict::Evidence* const found = find(judgement, id)) return HandedOn{past, found->text};
    return std::nullopt;
}

std::optional<std::string> second_reason(const verdict::Facts& facts, const verdict::Judgement* without_policy,
                                         HistoryKnown history) {
    constexpr unsigned blocked_pair = 2;
    if (without_policy == nullptr) return std::nullopt;
    if (without_policy->reason == blocked_pair) return without_policy->why;
    const bool is_handed_on = handed_on(facts, without_policy).has_value();
    if (auto signal = second_signal(*without_policy, is_handed_on)) return signal;
    if (history == HistoryKnown::no || is_handed_on) return std::nullopt;
    if (without_policy->result == verdict::Compauth::fail) return without_policy->why;
    if (is_refused_by_author(facts, *without_policy))
        return fmt::format("SPF of {} itself names the client no sender of its mail",
                           escape::line(facts.dmarc.value->author_domain));
    return std::nullopt;
}

} // namespace bonafide::policy
