#include "verdict/behaviour.hpp"

#include "verdict/wording.hpp"

#include <cmath>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

class Behaviour {
  public:
    Behaviour(const Facts& facts, const Knowledge& knowledge)
        : facts_(facts), knows_(knowledge), history_(knowledge.history), today_(day_of(facts.now)),
          author_(shown(facts.author.domain)) {}

    std::vector<Evidence> weigh_all() {
        weigh_author();
        weigh_volume();
        weigh_reputation(history_.author_domain, SignalId::author_reputation, author_);
        weigh_reputation(history_.dkim_domain, SignalId::signer_reputation, "the signer");
        if (facts_.envelope.client)
            weigh_reputation(history_.network, SignalId::network_reputation,
                             network_of(*facts_.envelope.client).text());
        return std::move(evidence_);
    }

  private:
    void add(SignalId id, double points, std::string text) {
        evidence_.push_back({signals()[static_cast<std::size_t>(id)].name, points, std::move(text)});
    }
    void add(SignalId id, std::string text) { add(id, knows_.weights[id], std::move(text)); }
    [[nodiscard]] Weighed weighed(const Series& series, SignalId id) const {
        return weigh(series, today_, signals()[static_cast<std::size_t>(id)].half_life_days);
    }

    void weigh_author() {
        if (!facts_.author.defect.empty()) add(SignalId::confusing_author, facts_.author.defect);
        if (!history_.look_alike_of.empty())
            add(SignalId::look_alike, fmt::format("{} looks like {}", author_, shown(history_.look_alike_of)));
        if (history_.impersonated_name)
            add(SignalId::impersonated_name, "the display name is a protected person's, the address is not");
        if (history_.known && history_.correspondence_in.empty())
            add(SignalId::first_contact, fmt::format("{} never wrote to these recipients before", author_));
    }

    void weigh_volume() {
        const Thresholds& at = knows_.thresholds;
        if (history_.same_signature >= at.replay_recipients)
            add(SignalId::replayed_signature,
                fmt::format("{} recipients had a message with this very signature before", history_.same_signature));
        const Weighed pair = weighed(history_.pair, SignalId::burst);
        if (pair.days == 0 || history_.pair_today < at.burst_least)
            return; // nothing to compare with, or nothing to speak of
        const double daily = static_cast<double>(pair.messages) / pair.days;
        if (static_cast<double>(history_.pair_today) > at.burst_factor * daily)
            add(SignalId::burst,
                fmt::format("{} messages today where {:.0f} a day are usual", history_.pair_today, daily));
    }

    /// Points from -1 (all bad) to 1 times the signal's, nearer to 0 the less is known.
    void weigh_reputation(const Series& series, SignalId id, std::string_view of) {
        constexpr double least = 0.05; // below it nothing is worth a line
        const Weighed past = weighed(series, id);
        const double good = past.good + past.ham, bad = past.bad + past.spam;
        const double value = good + bad == 0 ? 0 : (good - bad) / (good + bad + knows_.thresholds.reputation_enough);
        if (std::abs(value) < least) return;
        add(id, knows_.weights[id] * value,
            fmt::format("earlier mail of {} was mostly {}", of, value > 0 ? "good" : "bad"));
    }

    const Facts& facts_;
    const Knowledge& knows_;
    const History& history_;
    std::int32_t today_;
    std::string author_; ///< for people
    std::vector<Evidence> evidence_;
};

} // namespace

std::vector<Evidence> behaviour_of(const Facts& facts, const Knowledge& knowledge) {
    return Behaviour(facts, knowledge).weigh_all();
}

Indicators indicators_of(const Facts& facts, const History& history, Compauth result, bool hides_via) {
    Indicators indicators;
    if (facts.direction != Direction::inbound) return indicators;
    const bool spf = facts.spf.value && facts.spf.value->result == spf::Result::pass;
    const std::vector<std::string> signers = passing_signers(facts);
    indicators.unverified = result == Compauth::fail && !spf && signers.empty();
    if (!hides_via && !facts.author.domain.empty()) {
        const std::string path = facts.envelope.mail_from.value_or("");
        indicators.via = signers.empty() ? path.substr(path.rfind('@') + 1) : signers.front();
        if (is_related(facts, indicators.via)) indicators.via.clear();
    }
    indicators.first_contact = history.known && history.correspondence_in.empty();
    return indicators;
}

} // namespace bonafide::verdict
