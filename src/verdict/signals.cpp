#include "verdict/signals.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

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
    Signal{SignalId::dmarc_fail_weak, "dmarc_fail_weak", -3.5, 0,
           "the owner watches but does not ask for anything: half of such mail is its own"},
    Signal{SignalId::dmarc_absent, "dmarc_absent", -3, 0, "nothing aligned passes and nobody promised that it would"},
    Signal{SignalId::dmarc_unknown, "dmarc_unknown", 0, 0, "DNS did not answer: it says nothing about the sender"},
    Signal{SignalId::dmarc_unfinished, "dmarc_unfinished", -5, 0,
           "a policy is there, nothing aligned passes, and a look-up that the sender chose failed"},
    Signal{SignalId::spf_fail_author, "spf_fail_author", -3, 0,
           "-all of the Author Domain itself names the client no sender"},
    Signal{SignalId::spf_weak_author, "spf_weak_author", -1, 0, "~all of the Author Domain itself: probably no sender"},
    Signal{SignalId::broken_signature, "broken_signature", 0, 0,
           "a list or gateway may have changed the mail; anybody can attach such a signature, so it weighs nothing"},
    Signal{SignalId::trusted_sealer, "trusted_sealer", 9, 0, "a sealer that is trusted saw DMARC pass"},
    Signal{SignalId::trusted_upstream, "trusted_upstream", 9, 0,
           "a host of our own saw it pass before it changed the mail"},
    Signal{SignalId::own_gateway, "own_gateway", 9, 0, "a host of our own knows the user who handed the mail in"},
    Signal{SignalId::no_author, "no_author", -8, 0, "From names nobody, or several: readers may see anybody"},
    Signal{SignalId::unanswerable_author, "unanswerable_author", -4, 0,
           "a domain that does not exist, or takes no mail, writes none"},
    Signal{SignalId::confusing_author, "confusing_author", -3, 0,
           "From is written so that readers may see another domain"},
    Signal{SignalId::host_below_author, "host_below_author", 6, 0, "the client's confirmed name belongs to the author"},
    Signal{SignalId::author_below_host, "author_below_host", 5, 0, "the author lies below the client's confirmed name"},
    Signal{SignalId::mail_host, "mail_host", 5, 0, "the author's own mail host, or one beside it, sent this"},
    Signal{SignalId::same_network, "same_network", 3, 0, "a host of the author's is in the same network"},
    Signal{SignalId::same_organization, "same_organization", 3, 0, "client and author are of one organization"},
    Signal{SignalId::no_reverse_dns, "no_reverse_dns", -1, 0,
           "mail servers have a confirmed name; botnets mostly do not"},
    Signal{SignalId::generic_name, "generic_name", -2, 0,
           "a name made out of the address: of a rented line or host, not of a mail server"},
    Signal{SignalId::pair_established, "pair_established", 6, pair_half_life,
           "this infrastructure has sent good mail of this author on many days"},
    Signal{SignalId::pair_answered, "pair_answered", 7, pair_half_life, "a recipient has written to this author"},
    Signal{SignalId::pair_frequent, "pair_frequent", 3, pair_half_life,
           "this infrastructure sends us much good mail, and some of this author's"},
    Signal{SignalId::pair_feedback, "pair_feedback", 6, pair_half_life, "people called mail of this pair wanted"},
    Signal{SignalId::bounce_contact, "bounce_contact", 3, 0,
           "a delivery report from a domain that its recipient has lately written to"},
    Signal{SignalId::bounce_our_mail, "bounce_our_mail", 8, 0, "a bounce that returns a message of ours"},
    Signal{SignalId::bounce_unknown, "bounce_unknown", -8, 0,
           "a bounce of something that was never sent from here: backscatter, or a lure"},
    Signal{SignalId::known_forwarder, "known_forwarder", 5, pair_half_life,
           "it hands on much mail whose authors are proven: a list or forwarder, where missing proof means less"},
    Signal{SignalId::known_list, "known_list", 6, 0, "a list that proves its own name, and to which our users write"},
    Signal{SignalId::unlike_author, "unlike_author", -4, pair_half_life,
           "nearly all mail of this author is authenticated, and this is not"},
    Signal{SignalId::new_sender, "new_sender", -3, pair_half_life,
           "the author is well known, and his mail never came from here"},
    Signal{SignalId::spf_upgrade, "spf_upgrade", -8, pair_half_life,
           "SPF passes by a cloud that everybody can send through and this author never used"},
    Signal{SignalId::unwanted_author, "unwanted_author", -8, reputation_half_life,
           "several people called mail of this proven author unwanted: a domain that turned, or was lost to somebody"},
    Signal{SignalId::author_reputation, "author_reputation", 4, reputation_half_life, "how mail of this author fared"},
    Signal{SignalId::signer_reputation, "signer_reputation", 3, reputation_half_life,
           "how mail of this DKIM domain fared"},
    Signal{SignalId::network_reputation, "network_reputation", 3, reputation_half_life,
           "how mail of this network fared"},
    Signal{SignalId::first_contact, "first_contact", -1, 0, "every correspondence begins so, and every attack"},
    Signal{SignalId::burst, "burst", -4, 0, "far more than this pair ever sent in a day"},
    Signal{SignalId::look_alike, "look_alike", -9, 0,
           "a name made to be mistaken for a known one passes every standard"},
    Signal{SignalId::impersonated_name, "impersonated_name", -8, 0, "a protected person's name over another's address"},
    Signal{SignalId::borrowed_name, "borrowed_name", -3, pair_half_life,
           "the recipient knows somebody of this name, at another address"},
    Signal{SignalId::borrowed_name_anew, "borrowed_name_anew", -7, pair_half_life,
           "likewise, and of the author's domain nothing has ever come before"},
    Signal{SignalId::reply_elsewhere, "reply_elsewhere", -2, 0,
           "nothing vouches for the author, and answers would go to somebody else"},
    Signal{SignalId::replayed_signature, "replayed_signature", -8, 0, "one signed message to very many: DKIM replay"},
    Signal{SignalId::old_signature, "old_signature", -3, 0,
           "the only proof was signed days ago: mail is not that long under way, copies are"},
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

constexpr std::array threshold_table{
    Threshold{"mark", &Thresholds::mark, "score from which on down a message is marked"},
    Threshold{"junk", &Thresholds::junk, "score from which on down it belongs into the junk folder"},
    Threshold{"quarantine", &Thresholds::quarantine, "score from which on down it is kept from its recipient"},
    Threshold{"reject", &Thresholds::reject,
              "score from which on down it is refused, where the Author Domain asks for that and it is neither a first "
              "contact nor handed on"},
    Threshold{"established", &Thresholds::established, "good messages of a pair, decayed, that make it established"},
    Threshold{"established_days", &Thresholds::established_days, "different days on which they came, at least"},
    Threshold{"least_good", &Thresholds::least_good, "good messages of a pair, decayed, for its past to say anything"},
    Threshold{"least_ham", &Thresholds::least_ham, "people, decayed, who called mail of a pair wanted"},
    Threshold{"answer_days", &Thresholds::answer_days, "days for which an answer of ours speaks for its author"},
    Threshold{"bounce_days", &Thresholds::bounce_days, "days within which a bounce may come for mail of ours"},
    Threshold{"frequent", &Thresholds::frequent, "good messages of an infrastructure, decayed, that make it frequent"},
    Threshold{"frequent_days", &Thresholds::frequent_days, "different days on which they came, at least"},
    Threshold{"always", &Thresholds::always,
              "share of an author's mail that is authenticated, to miss it in a message"},
    Threshold{"always_messages", &Thresholds::always_messages, "messages, decayed, of which that share is told"},
    Threshold{"reputation_enough", &Thresholds::reputation_enough,
              "messages, decayed, at which a reputation has half its weight"},
    Threshold{"word_weight", &Thresholds::word_weight, "messages that one person's word counts for in a reputation"},
    Threshold{"most_bad_share", &Thresholds::most_bad_share, "share of bad mail in a past that still vouches"},
    Threshold{"burst_factor", &Thresholds::burst_factor, "times the daily mean of a pair that are a burst"},
    Threshold{"burst_least", &Thresholds::burst_least, "messages of a day below which nothing is a burst"},
    Threshold{"replay_recipients", &Thresholds::replay_recipients,
              "recipients that had the same signature within three days"},
    Threshold{"old_signature_days", &Thresholds::old_signature_days, "days after which a signature is old"},
    Threshold{"trick_most", &Thresholds::trick_most,
              "points for the author that stay where the name itself is the trick"},
};

/// "90" or "-1.5"; nothing else.
std::optional<double> read_number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return {};
    return value;
}

struct NameAndValue {
    std::string_view name, value;
};
Expected<NameAndValue> split(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
        return failure(fmt::format("\"{}\" is not NAME=NUMBER", escape::line(text, 80)));
    return NameAndValue{ascii::trim(text.substr(0, equals)), ascii::trim(text.substr(equals + 1))};
}

} // namespace

std::span<const Signal> signals() { return table; }
std::span<const Threshold> thresholds() { return threshold_table; }

std::optional<SignalId> find_signal(std::string_view name) {
    const auto* const row = std::ranges::find(table, name, &Signal::name);
    return row == table.end() ? std::nullopt : std::optional(row->id);
}

Weights::Weights() {
    for (const Signal& signal : table) {
        set(signal.id, signal.points);
        set_half_life(signal.id, signal.half_life_days);
    }
}

Expected<void> Weights::assign(std::string_view text) {
    constexpr double most_points = 100, most_days = 3650;
    auto parts = split(text);
    if (!parts) return std::unexpected(parts.error());
    const auto id = find_signal(parts->name);
    if (!id) return failure(fmt::format("there is no signal \"{}\"", escape::line(parts->name, 80)));
    std::string_view value = parts->value;
    std::optional<double> half_life;
    if (const std::size_t slash = value.find('/'); slash != std::string_view::npos) {
        std::string_view days = value.substr(slash + 1);
        if (days.ends_with('d')) days.remove_suffix(1);
        half_life = read_number(days);
        if (table[static_cast<std::size_t>(*id)].half_life_days == 0)
            return failure(fmt::format("{} rests on no history and has no half-life", parts->name));
        if (!half_life || *half_life < 1 || *half_life > most_days)
            return failure(
                fmt::format("\"{}\": a half-life is a number of days from 1 to {}", escape::line(text, 80), most_days));
        value = value.substr(0, slash);
    }
    const auto points = read_number(value);
    if (!points || std::abs(*points) > most_points)
        return failure(fmt::format("\"{}\": points are a number from -{} to {}", escape::line(text, 80), most_points,
                                   most_points));
    set(*id, *points);
    if (half_life) set_half_life(*id, *half_life);
    return {};
}

Expected<void> Thresholds::assign(std::string_view text) {
    constexpr double most = 100000;
    const auto parts = split(text);
    if (!parts) return std::unexpected(parts.error());
    const auto* const row = std::ranges::find(threshold_table, parts->name, &Threshold::name);
    if (row == threshold_table.end())
        return failure(fmt::format("there is no threshold \"{}\"", escape::line(parts->name, 80)));
    const auto value = read_number(parts->value);
    if (!value || std::abs(*value) > most)
        return failure(fmt::format("\"{}\": a threshold is a number up to {}", escape::line(text, 80), most));
    const bool step = row->value == &Thresholds::mark || row->value == &Thresholds::junk ||
                      row->value == &Thresholds::quarantine || row->value == &Thresholds::reject;
    if (step ? *value > 0 : *value < 0)
        return failure(
            fmt::format("\"{}\": {} is never {} 0", escape::line(text, 80), row->name, step ? "above" : "below"));
    this->*row->value = *value;
    return {};
}

bool in_order(const Thresholds& thresholds) {
    return thresholds.mark >= thresholds.junk && thresholds.junk >= thresholds.quarantine &&
           thresholds.quarantine >= thresholds.reject;
}

} // namespace bonafide::verdict
