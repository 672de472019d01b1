#include "verdict/signals.hpp"

#include <algorithm>

namespace bonafide::verdict {
namespace {

constexpr double pair_half_life = 90;       // days: what comes once a month adds up
constexpr double reputation_half_life = 14; // a domain that turns is found out in days

constexpr std::array table{
    Signal{SignalId::dmarc_pass, "dmarc_pass", 10, 0, "the owner's own proof; nothing is stronger"},
    Signal{SignalId::best_guess, "best_guess", 6, 0,
           "SPF or DKIM vouch for the author's organization, though its owner asked for no check"},
    Signal{SignalId::dmarc_error_aligned, "dmarc_error_aligned", 5, 0,
           "an aligned identifier passes; only the policy could not be read"},
    Signal{SignalId::dmarc_fail_strict, "dmarc_fail_strict", -10, 0, "the owner says that such mail is not its own"},
    Signal{SignalId::dmarc_fail_weak, "dmarc_fail_weak", -3, 0,
           "the owner watches but does not ask for anything: half of such mail is its own"},
    Signal{SignalId::dmarc_absent, "dmarc_absent", -2, 0, "nothing aligned passes and nobody promised that it would"},
    Signal{SignalId::dmarc_unknown, "dmarc_unknown", 0, 0, "DNS did not answer: it says nothing about the sender"},
    Signal{SignalId::spf_fail_author, "spf_fail_author", -3, 0,
           "-all of the Author Domain itself names the client no sender"},
    Signal{SignalId::spf_weak_author, "spf_weak_author", -1, 0, "~all of the Author Domain itself: probably no sender"},
    Signal{SignalId::broken_signature, "broken_signature", 0, 0,
           "a list or gateway may have changed the mail; anybody can attach such a signature, so it weighs nothing"},
    Signal{SignalId::trusted_sealer, "trusted_sealer", 9, 0, "a sealer that is trusted saw DMARC pass"},
    Signal{SignalId::trusted_upstream, "trusted_upstream", 9, 0,
           "a host of our own saw it pass before it changed the mail"},
    Signal{SignalId::no_author, "no_author", -4, 0, "From names nobody, or several: readers may see anybody"},
    Signal{SignalId::confusing_author, "confusing_author", -3, 0,
           "From is written so that readers may see another domain"},
    Signal{SignalId::host_below_author, "host_below_author", 6, 0, "the client's confirmed name belongs to the author"},
    Signal{SignalId::author_below_host, "author_below_host", 5, 0, "the author lies below the client's confirmed name"},
    Signal{SignalId::mail_host, "mail_host", 5, 0, "the author's own mail host, or one beside it, sent this"},
    Signal{SignalId::same_network, "same_network", 3, 0, "a host of the author's is in the same network"},
    Signal{SignalId::same_organization, "same_organization", 3, 0, "client and author are of one organization"},
    Signal{SignalId::no_reverse_dns, "no_reverse_dns", -1, 0,
           "mail servers have a confirmed name; botnets mostly do not"},
    Signal{SignalId::pair_established, "pair_established", 6, pair_half_life,
           "this infrastructure has sent good mail of this author on many days"},
    Signal{SignalId::pair_answered, "pair_answered", 7, pair_half_life, "a recipient has written to this author"},
    Signal{SignalId::pair_frequent, "pair_frequent", 3, pair_half_life,
           "this infrastructure sends us much good mail, and some of this author's"},
    Signal{SignalId::pair_feedback, "pair_feedback", 6, pair_half_life, "people called mail of this pair wanted"},
    Signal{SignalId::bounce_contact, "bounce_contact", 5, 0, "a bounce from somebody mail was exchanged with"},
    Signal{SignalId::bounce_our_mail, "bounce_our_mail", 8, 0, "a bounce that returns a message of ours"},
    Signal{SignalId::author_reputation, "author_reputation", 4, reputation_half_life, "how mail of this author fared"},
    Signal{SignalId::signer_reputation, "signer_reputation", 3, reputation_half_life,
           "how mail of this DKIM domain fared"},
    Signal{SignalId::network_reputation, "network_reputation", 3, reputation_half_life,
           "how mail of this network fared"},
    Signal{SignalId::first_contact, "first_contact", -1, 0, "every correspondence begins so, and every attack"},
    Signal{SignalId::burst, "burst", -4, pair_half_life, "far more than this pair ever sent in a day"},
    Signal{SignalId::look_alike, "look_alike", -9, 0,
           "a name made to be mistaken for a known one passes every standard"},
    Signal{SignalId::impersonated_name, "impersonated_name", -6, 0, "a known person's name over a stranger's address"},
    Signal{SignalId::replayed_signature, "replayed_signature", -5, 0, "one signed message to very many: DKIM replay"},
    Signal{SignalId::own_domain, "own_domain", -3, 0, "mail of ours does not come in from outside unauthenticated"},
    Signal{SignalId::incomplete, "incomplete", 0, 0, "some look-up failed: less is known than could be"},
    Signal{SignalId::points_capped, "points_capped", 0, 0,
           "takes back what proof of a name is not worth where the name is the trick"},
    Signal{SignalId::blocked_pair, "blocked_pair", -20, 0, "an administrator has said so"},
    Signal{SignalId::allowed_pair, "allowed_pair", 20, 0, "an administrator has said so"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].id) != i) return false;
    return table.size() == signal_count;
}
static_assert(in_order(), "a row for each SignalId, in its order");

} // namespace

std::span<const Signal> signals() { return table; }

std::optional<SignalId> find_signal(std::string_view name) {
    const auto* const row = std::ranges::find(table, name, &Signal::name);
    return row == table.end() ? std::nullopt : std::optional(row->id);
}

Weights::Weights() {
    for (const Signal& signal : table) set(signal.id, signal.points);
}

} // namespace bonafide::verdict
