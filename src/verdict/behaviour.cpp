#include "verdict/behaviour.hpp"

#include "verdict/alignment.hpp"
#include "verdict/wording.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

constexpr std::int64_t seconds_a_day = 86400;

/// Mail that failed in this author's name is no contact with him.
bool is_first_contact(const History& history) {
    const auto counts = [](const DayCounts& day) { return day.good > 0 || day.ham > 0 || day.sent > 0; };
    bool asked = false;
    for (const Past& past : history.pasts) {
        if (past.key.kind != PastKind::contact) continue;
        asked = true;
        if (std::ranges::any_of(past.series, counts)) return false;
    }
    return history.known && asked;
}

class Behaviour {
  public:
    Behaviour(const Facts& facts, const Knowledge& knowledge, const Judgement& so_far)
        : facts_(facts), knows_(knowledge), at_(knowledge.thresholds),
          vouched_(so_far.result == Compauth::pass || so_far.result == Compauth::softpass), so_far_(so_far),
          aligned_(align(facts, knowledge.suffixes)), history_(knowledge.history), today_(day_of(facts.now)),
          author_(shown(facts.author.domain)) {}

    std::vector<Evidence> weigh_all() {
        weigh_author();
        weigh_names();
        weigh_unlikeness();
        weigh_signature();
        weigh_volume();
        weigh_reputations();
        return std::move(evidence_);
    }

  private:
    void add(SignalId id, double points, std::string text) {
        evidence_.push_back(make_evidence(id, points, std::move(text)));
    }
    void add(SignalId id, std::string text) { add(id, knows_.weights[id], std::move(text)); }

    [[nodiscard]] const Past* first_past(PastKind kind) const {
        const auto found =
            std::ranges::find_if(history_.pasts, [&](const Past& past) { return past.key.kind == kind; });
        return found == history_.pasts.end() ? nullptr : &*found;
    }
    [[nodiscard]] Weighed weighed(SignalId id, const Past* past) const {
        return past == nullptr ? Weighed{} : weighed_for(id, past->series, today_, knows_.weights);
    }
    [[nodiscard]] bool is_clean(const Weighed& past) const {
        return past.bad + past.spam * at_.word_weight <= at_.most_bad_share * (past.all() + past.ham * at_.word_weight);
    }

    // ---- who writes

    void weigh_author() {
        if (!facts_.author.defect.empty()) add(SignalId::confusing_author, facts_.author.defect);
        if (is_first_contact(history_))
            add(SignalId::first_contact, "this author never wrote to these recipients before, nor they to him");
        if (vouched_ || facts_.author.domain.empty() || facts_.letter.reply_to.empty()) return;
        const std::string& reply = facts_.letter.reply_to.front().domain;
        if (knows_.suffixes.organizational(reply) != knows_.suffixes.organizational(facts_.author.domain))
            add(SignalId::reply_elsewhere, fmt::format("answers would go to {}, not to {}", shown(reply), author_));
    }

    void weigh_names() {
        const KnownNames* const names = knows_.lists.names.get();
        if (names == nullptr) return weigh_borrowed_name();
        if (!facts_.author.domain.empty())
            if (const auto like = names->look_alike(facts_.author.domain, knows_.suffixes))
                add(SignalId::look_alike, fmt::format("{} looks like {}: {}", author_, shown(like->domain), like->how));
        const auto person = names->impersonated(facts_.author.mailboxes);
        if (!person) return weigh_borrowed_name();
        add(SignalId::impersonated_name,
            fmt::format("the display name says {}, the address is another's", shown(*person)));
    }

    /// The recipient has good mail of this name, and none of this address.
    void weigh_borrowed_name() {
        constexpr double enough = 1.5; // messages, decayed, by which a name is known
        const Past* const name = first_past(PastKind::name);
        if (name == nullptr || !is_first_contact(history_)) return;
        if (weighed(SignalId::borrowed_name, name).good >= enough)
            add(SignalId::borrowed_name, "the recipient knows this name from another address");
    }

    // ---- what is usual for him

    void weigh_unlikeness() {
        const Past* const author = first_past(PastKind::author);
        const Weighed past = weighed(SignalId::unlike_author, author);
        if (vouched_) return weigh_spf_upgrade(past);
        const Weighed sender = weighed(SignalId::known_forwarder, first_past(PastKind::infrastructure));
        const bool forwarder = sender.good >= at_.frequent && sender.good_days >= at_.frequent_days && is_clean(sender);
        if (forwarder && so_far_.reason != 2)
            add(SignalId::known_forwarder,
                fmt::format("this sender has handed on {:.0f} messages of proven authors lately", sender.good));
        if (past.all() >= at_.always_messages && past.good >= at_.always * past.all())
            add(SignalId::unlike_author, fmt::format("{:.0f} of the last {:.0f} messages of {} were authenticated",
                                                     past.good, past.all(), author_));
    }

    /// DMARC passes by SPF alone, through hosts that send for everybody and never sent for this author.
    void weigh_spf_upgrade(const Weighed& author) {
        if (!aligned_.spf || aligned_.dkim || author.good < at_.established || author.good_days < at_.established_days)
            return;
        const std::vector<Infrastructure> senders = infrastructures_of(facts_, knows_.suffixes);
        if (senders.empty() || !is_shared(senders.front(), knows_.lists.shared_infrastructure, knows_.suffixes)) return;
        const Series& pair = history_.of(PastKind::pair, facts_.author.domain, to_text(senders.front()));
        const Weighed used = weighed_for(SignalId::spf_upgrade, pair, today_, knows_.weights);
        if (used.good + used.unclear < at_.least_good)
            add(SignalId::spf_upgrade, fmt::format("SPF alone vouches, through {}, which {} never used before",
                                                   shown(senders.front().name), author_));
    }

    // ---- copies and floods

    void weigh_signature() {
        if (const Past* const copies = first_past(PastKind::signature)) {
            constexpr std::int32_t window = 2; // days beside today
            double recipients = 0;
            for (const DayCounts& day : copies->series)
                if (std::abs(today_ - day.day) <= window) recipients += day.good;
            const Infrastructure* const known = established_sender();
            if (recipients >= at_.replay_recipients && known == nullptr)
                add(SignalId::replayed_signature,
                    fmt::format("{:.0f} recipients had a message with this very signature before", recipients));
        }
        if (!vouched_ || aligned_.spf) return;
        for (const dkim::SignatureResult& signature : facts_.dkim) {
            if (signature.domain != aligned_.by || signature.result != dkim::Result::pass || !signature.signed_at)
                continue;
            const auto age = static_cast<double>(facts_.now - *signature.signed_at) / seconds_a_day;
            if (age > at_.old_signature_days)
                add(SignalId::old_signature,
                    fmt::format("the signature of {} is {:.0f} days old", shown(signature.domain), age));
            return;
        }
    }

    /// A list or bulk mailer sends one signed message to all its readers: whoever has long been this author's sender copies nothing.
    const Infrastructure* established_sender() {
        senders_ = infrastructures_of(facts_, knows_.suffixes);
        for (const Infrastructure& sender : senders_) {
            if (sender.kind == Infrastructure::Kind::dkim) continue; // it is in the copies too
            const Weighed past =
                weighed_for(SignalId::pair_established,
                            history_.of(PastKind::pair, facts_.author.domain, to_text(sender)), today_, knows_.weights);
            if (past.good_days >= at_.established_days) return &sender;
        }
        return nullptr;
    }

    void weigh_volume() {
        const Past* const pair = first_past(PastKind::pair);
        if (pair == nullptr) return;
        std::uint64_t today = 0, before = 0, days = 0;
        for (const DayCounts& day : pair->series) {
            const std::uint64_t messages = std::uint64_t{day.good} + day.unclear + day.bad;
            if (day.day >= today_) {
                if (day.day == today_) today = messages;
                continue;
            }
            before += messages;
            ++days;
        }
        const double daily = days == 0 ? 1 : static_cast<double>(before) / static_cast<double>(days);
        const auto seen = static_cast<double>(today);
        if (seen >= at_.burst_least && seen > at_.burst_factor * daily)
            add(SignalId::burst, fmt::format("{} messages today where {:.0f} a day are usual", today, daily));
    }

    // ---- how his mail fared

    void weigh_reputations() {
        if (vouched_) weigh_reputation(SignalId::author_reputation, first_past(PastKind::author), author_);
        if (const Past* const signer = first_past(PastKind::signer))
            weigh_reputation(SignalId::signer_reputation, signer, shown(signer->key.of));
        if (const Past* const network = first_past(PastKind::network))
            weigh_reputation(SignalId::network_reputation, network, network->key.of);
    }

    /// Points from -1 (all bad) to 1 times the signal's, nearer to 0 the less is known.
    void weigh_reputation(SignalId id, const Past* of, std::string_view name) {
        constexpr double least = 0.05; // below it nothing is worth a line
        const Weighed past = weighed(id, of);
        const double good = past.good + past.ham * at_.word_weight;
        const double bad = past.bad + past.spam * at_.word_weight;
        double value = good + bad == 0 ? 0 : (good - bad) / (good + bad + at_.reputation_enough);
        if (!vouched_) value = std::min(value, 0.0); // a good name vouches for nobody whom nothing authenticates
        if (std::abs(value) < least) return;
        add(id, knows_.weights[id] * value,
            fmt::format("earlier mail of {}: {:.0f} good, {:.0f} bad, people's words included", name, good, bad));
    }

    const Facts& facts_;
    const Knowledge& knows_;
    const Thresholds& at_;
    bool vouched_;
    const Judgement& so_far_;
    Alignment aligned_;
    const History& history_;
    std::int32_t today_;
    std::string author_; ///< for people
    std::vector<Infrastructure> senders_;
    std::vector<Evidence> evidence_;
};

} // namespace

std::vector<Evidence> behaviour_of(const Facts& facts, const Knowledge& knowledge, const Judgement& so_far) {
    return Behaviour(facts, knowledge, so_far).weigh_all();
}

std::optional<Evidence> cap_of(const std::vector<Evidence>& evidence, const Thresholds& thresholds) {
    double points = 0;
    bool tricked = false;
    for (const Evidence& one : evidence) {
        const auto id = find_signal(one.signal);
        if (id == SignalId::allowed_pair) return {}; // an administrator knows
        points += std::max(one.points, 0.0);
        tricked = tricked || id == SignalId::look_alike || id == SignalId::impersonated_name ||
                  id == SignalId::replayed_signature;
    }
    if (!tricked || points <= thresholds.trick_most) return {};
    return make_evidence(SignalId::points_capped, thresholds.trick_most - points,
                         "that the author is who he says does not help where the name itself is the trick");
}

Indicators indicators_of(const Facts& facts, const History& history, Compauth result, bool hides_via) {
    Indicators indicators;
    if (facts.direction != Direction::inbound) return indicators;
    const bool spf = facts.spf.value && facts.spf.value->result == spf::Result::pass;
    const std::vector<std::string> signers = passing_signers(facts);
    indicators.unverified = result == Compauth::fail && !spf && signers.empty();
    if (!hides_via && !facts.author.domain.empty()) {
        indicators.via = !signers.empty() ? signers.front() : spf ? facts.spf.value->domain : std::string();
        if (is_related(facts, indicators.via)) indicators.via.clear();
    }
    indicators.first_contact = is_first_contact(history);
    return indicators;
}

} // namespace bonafide::verdict
