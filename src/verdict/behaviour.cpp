#include "verdict/behaviour.hpp"

#include "base/ascii.hpp"
#include "verdict/alignment.hpp"
#include "verdict/wording.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
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
    Behaviour(const Facts& facts, const Knowledge& knowledge, const Judgement& so_far, const Alignment& aligned,
              const std::vector<Infrastructure>& senders)
        : facts_(facts), knows_(knowledge), at_(knowledge.thresholds),
          vouched_(so_far.result == Compauth::pass || so_far.result == Compauth::softpass), so_far_(so_far),
          aligned_(aligned), senders_(senders), history_(knowledge.history), today_(day_of(facts.now)),
          author_(shown(facts.author.domain)) {}

    std::vector<Evidence> weigh_all() {
        weigh_author();
        weigh_names();
        weigh_unlikeness();
        weigh_bounce();
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
    /// Several signals look at one past, mostly with one half-life.
    [[nodiscard]] Weighed weighed(SignalId id, const Past* past) const {
        if (past == nullptr) return {};
        const double half_life = knows_.weights.half_life(id);
        const auto found = std::ranges::find_if(
            weighed_, [&](const Seen& seen) { return seen.past == past && seen.half_life == half_life; });
        if (found != weighed_.end()) return found->weighed;
        return weighed_.emplace_back(past, half_life, weigh(past->series, today_, half_life)).weighed;
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
            if (const auto like = names->look_alike(facts_.author.domain, knows_.suffixes); like && !is_wanted())
                add(SignalId::look_alike, fmt::format("{} looks like {}: {}", author_, shown(like->domain), like->how));
        const auto person = names->impersonated(facts_.author);
        if (!person) return weigh_borrowed_name();
        add(SignalId::impersonated_name,
            fmt::format("the display name says {}, the address is another's", shown(*person)));
    }

    /// The recipient has good mail of this name, and none of this address.
    void weigh_borrowed_name() {
        constexpr double enough = 1.5;   // messages, decayed, by which a name is known
        constexpr std::uint32_t few = 2; // days of mail after which a domain is no longer new
        const Past* const name = first_past(PastKind::name);
        if (name == nullptr || !is_first_contact(history_)) return;
        if (weighed(SignalId::borrowed_name, name).good < enough) return;
        if (weighed(SignalId::borrowed_name_anew, first_past(PastKind::author)).days <= few)
            add(SignalId::borrowed_name_anew,
                fmt::format("the recipient knows this name from another address, and {} is new here", author_));
        else
            add(SignalId::borrowed_name, "the recipient knows this name from another address");
    }

    /// People, and more than one, have said that they want this author's mail: two companies may bear one name.
    [[nodiscard]] bool is_wanted() const {
        const Weighed past = weighed(SignalId::pair_feedback, first_past(PastKind::author));
        return past.ham >= at_.least_ham && past.ham > past.spam;
    }

    // ---- what is usual for him

    void weigh_unlikeness() {
        if (vouched_) return weigh_spf_upgrade();
        if (so_far_.reason != 2 && weigh_handing_on()) return; // missing proof says little
        const Weighed past = weighed(SignalId::unlike_author, first_past(PastKind::author));
        if (past.all() >= at_.always_messages && past.good >= at_.always * past.all())
            add(SignalId::unlike_author, fmt::format("{:.0f} of the last {:.0f} messages of {} were authenticated",
                                                     past.good, past.all(), author_));
        weigh_sender();
    }

    /// Whether a known forwarder or list handed it on.
    bool weigh_handing_on() {
        const bool forwarder = is_known_forwarder(), list = is_known_list();
        if (forwarder)
            add(SignalId::known_forwarder,
                fmt::format("this sender has handed on {:.0f} messages of proven authors lately", sender_past().good));
        if (list)
            add(SignalId::known_list,
                fmt::format("it came through the list {}, to which our users write", shown(list_)));
        return forwarder || list;
    }

    /// Hosts that send for strangers hand on everything, and so do rented lines. That some of it proves nothing is in the nature of it.
    [[nodiscard]] bool is_known_forwarder() const {
        constexpr double most_bad = 0.5;
        if (shared_ || is_generic()) return false;
        const Weighed past = sender_past();
        return past.good >= at_.frequent && past.good_days >= at_.frequent_days && past.bad <= most_bad * past.good &&
               past.spam * at_.word_weight <= at_.most_bad_share * past.all();
    }
    /// What came from the client's infrastructure, whoever the author.
    [[nodiscard]] Weighed sender_past() const {
        return weighed(SignalId::known_forwarder, first_past(PastKind::infrastructure));
    }

    [[nodiscard]] bool is_generic() const {
        return facts_.envelope.client && facts_.iprev.value && facts_.iprev.value->result == iprev::Result::pass &&
               is_generic_name(facts_.iprev.value->name, *facts_.envelope.client);
    }

    [[nodiscard]] bool is_known_list() const {
        if (list_.empty() || knows_.lists.is_ours(list_, knows_.suffixes)) return false;
        const std::int32_t last = weigh(history_.of(PastKind::author, list_), today_, 0).last_sent;
        return last != 0 && std::abs(today_ - last) <= at_.answer_days;
    }

    /// The author is well known, and his mail came from elsewhere until now: from a sender of his that is new, or that is none of his.
    void weigh_sender() {
        constexpr std::uint32_t few_days = 5;
        const Weighed author = weighed(SignalId::new_sender, first_past(PastKind::author));
        if (senders_.empty() || shared_ || author.all() < at_.always_messages || author.days < few_days) return;
        constexpr double known = 5; // proven messages of others from there: no attacker's
        if (!is_generic() && sender_past().good >= known) return;
        for (const Infrastructure& sender : senders_)
            if (has_used(weighed_for(SignalId::new_sender,
                                     history_.of(PastKind::pair, facts_.author.domain, to_text(sender)), today_,
                                     knows_.weights)))
                return;
        add(SignalId::new_sender, fmt::format("{:.0f} messages of {} came lately, hardly any of them from {}",
                                              author.all(), author_, shown(senders_.front().name)));
    }

    /// For more than a week, on some days of it, without complaint: no campaign lasts that long. What was suspected then counts too, or a
    /// suspicion would feed on itself.
    [[nodiscard]] bool has_used(const Weighed& pair) const {
        constexpr std::uint32_t least_days = 3;
        constexpr std::int32_t week = 7;
        constexpr double complaint = 0.5;
        return pair.days >= least_days && today_ - pair.first_day >= week && pair.spam < complaint;
    }

    /// SPF alone vouches, through hosts that send for everybody: never yet for this author, or never without his signature.
    void weigh_spf_upgrade() {
        if (!aligned_.spf || aligned_.dkim || !shared_) return;
        const Weighed author = weighed(SignalId::spf_upgrade, first_past(PastKind::author));
        if (author.good < at_.established || author.good_days < at_.established_days) return;
        const auto pair = [&](const std::string& sender) {
            return weighed_for(SignalId::spf_upgrade, history_.of(PastKind::pair, facts_.author.domain, sender), today_,
                               knows_.weights);
        };
        const Weighed used = pair(to_text(senders_.front()));
        const bool signs =
            std::ranges::any_of(facts_.dkim, [&](const auto& one) { return is_related(facts_, one.domain); });
        if (used.good + used.unclear < at_.least_good && !has_used(used))
            add(SignalId::spf_upgrade, fmt::format("SPF alone vouches, through {}, which {} never used before",
                                                   shown(senders_.front().name), author_));
        else if (!signs && author.all() >= at_.always_messages &&
                 pair(own_signature(facts_.author.domain)).all() >= at_.always * author.all())
            add(SignalId::spf_upgrade, fmt::format("SPF alone vouches, through {}, and {} has always signed its mail",
                                                   shown(senders_.front().name), author_));
    }

    // ---- bounces

    /// It returns what was never sent. Only where mail of its recipient is known at all: else ours goes out past us.
    void weigh_bounce() {
        const bool bounce = facts_.envelope.mail_from && facts_.envelope.mail_from->empty();
        if (!bounce || !facts_.letter.delivery_report || facts_.letter.returned_ids.empty()) return;
        if (so_far_.reason == 502 || facts_.envelope.recipients.empty()) return;
        const auto is_sent = [](const DayCounts& day) { return day.sent > 0; };
        const Series& ours = history_.of(PastKind::author, ascii::lower(facts_.envelope.recipients.front()));
        if (std::ranges::none_of(ours, is_sent)) return;
        for (const Past& past : history_.pasts)
            if (past.key.kind == PastKind::returned && std::ranges::any_of(past.series, is_sent)) return;
        add(SignalId::bounce_unknown, "it returns a message that was never sent from here");
    }

    // ---- copies and floods

    void weigh_signature() {
        if (const Past* const copies = first_past(PastKind::signature)) {
            constexpr std::int32_t window = 2; // days beside today
            double recipients = 0;
            for (const DayCounts& day : copies->series)
                if (std::abs(today_ - day.day) <= window) recipients += day.good;
            // With the owner's SPF it came the ordinary way, whatever many have it; and lists give one message to all their readers.
            if (recipients >= at_.replay_recipients && !aligned_.spf && !has_established_sender() &&
                !is_known_forwarder() && !is_known_list())
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
    [[nodiscard]] bool has_established_sender() const {
        for (const Infrastructure& sender : senders_) {
            if (sender.kind == Infrastructure::Kind::dkim) continue; // it is in the copies too
            const Weighed past =
                weighed_for(SignalId::pair_established,
                            history_.of(PastKind::pair, facts_.author.domain, to_text(sender)), today_, knows_.weights);
            if (past.good_days >= at_.established_days) return true;
        }
        return false;
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
        if (vouched_) weigh_words();
        if (vouched_) weigh_reputation(SignalId::author_reputation, first_past(PastKind::author), author_);
        if (const Past* const signer = first_past(PastKind::signer))
            weigh_reputation(SignalId::signer_reputation, signer, shown(signer->key.of));
        if (const Past* const network = first_past(PastKind::network))
            weigh_reputation(SignalId::network_reputation, network, network->key.of);
    }

    /// Several people, and no small part of all who had his mail.
    void weigh_words() {
        constexpr double several = 1.9, part = 0.03;
        const Weighed past = weighed(SignalId::unwanted_author, first_past(PastKind::author));
        if (past.spam >= several && past.spam > past.ham && past.spam >= part * past.all())
            add(SignalId::unwanted_author, fmt::format("{:.0f} people called mail of {} unwanted", past.spam, author_));
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
    const Alignment& aligned_;
    const std::vector<Infrastructure>& senders_;
    const History& history_;
    std::int32_t today_;
    std::string author_; ///< for people
    bool shared_ = !senders_.empty() && is_shared(senders_.front(), knows_.lists.shared_infrastructure);
    std::string list_ = list_domain(facts_, knows_.suffixes); ///< the list that handed it on; empty: none
    std::vector<Evidence> evidence_;
    struct Seen {
        const Past* past;
        double half_life;
        Weighed weighed;
    };
    mutable std::vector<Seen> weighed_;
};

} // namespace

std::vector<Evidence> behaviour_of(const Facts& facts, const Knowledge& knowledge, const Judgement& so_far,
                                   const Alignment& aligned, const std::vector<Infrastructure>& senders) {
    return Behaviour(facts, knowledge, so_far, aligned, senders).weigh_all();
}

std::optional<Evidence> cap_of(const std::vector<Evidence>& evidence, const Thresholds& thresholds) {
    double points = 0;
    bool tricked = false;
    for (const Evidence& one : evidence) {
        const auto id = find_signal(one.signal);
        if (id == SignalId::allowed_pair) return {}; // an administrator knows
        points += std::max(one.points, 0.0);
        tricked = tricked || id == SignalId::look_alike || id == SignalId::impersonated_name ||
                  id == SignalId::replayed_signature || id == SignalId::spf_upgrade ||
                  id == SignalId::borrowed_name_anew || id == SignalId::unwanted_author ||
                  id == SignalId::bounce_unknown;
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
