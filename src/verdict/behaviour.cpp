#include "verdict/behaviour.hpp"

#include "verdict/wording.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

/// Mail that failed in this author's name is no contact with him.
bool is_first_contact(const History& history) {
    const auto counts = [](const DayCounts& day) { return day.good > 0 || day.ham > 0; };
    return history.known && std::ranges::none_of(history.correspondence_in, counts);
}

class Behaviour {
  public:
    Behaviour(const Facts& facts, const Knowledge& knowledge, Compauth result)
        : facts_(facts), knows_(knowledge), vouched_(result == Compauth::pass || result == Compauth::softpass),
          history_(knowledge.history), today_(day_of(facts.now)), author_(shown(facts.author.domain)) {}

    std::vector<Evidence> weigh_all() {
        weigh_author();
        weigh_volume();
        if (vouched_) weigh_reputation(history_.author_domain, SignalId::author_reputation, author_);
        const std::vector<std::string> signers = passing_signers(facts_);
        if (!signers.empty() && signers.front() != facts_.author.domain)
            weigh_reputation(history_.dkim_domain, SignalId::signer_reputation, shown(signers.front()));
        if (facts_.envelope.client)
            weigh_reputation(history_.network, SignalId::network_reputation,
                             network_of(*facts_.envelope.client).text());
        return std::move(evidence_);
    }

  private:
    void add(SignalId id, double points, std::string text) {
        evidence_.push_back(make_evidence(id, points, std::move(text)));
    }
    void add(SignalId id, std::string text) { add(id, knows_.weights[id], std::move(text)); }

    void weigh_author() {
        if (!facts_.author.defect.empty()) add(SignalId::confusing_author, facts_.author.defect);
        if (!history_.look_alike_of.empty())
            add(SignalId::look_alike, fmt::format("{} looks like {}", author_, shown(history_.look_alike_of)));
        if (history_.impersonated_name)
            add(SignalId::impersonated_name, "the display name is a protected person's, the address is not");
        if (is_first_contact(history_))
            add(SignalId::first_contact, "this author never wrote to these recipients before");
    }

    void weigh_volume() {
        const Thresholds& at = knows_.thresholds;
        if (history_.same_signature >= at.replay_recipients)
            add(SignalId::replayed_signature,
                fmt::format("{} recipients had a message with this very signature before", history_.same_signature));
        if (history_.pair_today < at.burst_least) return;
        std::uint64_t messages = 0, days = 0;
        for (const DayCounts& day : history_.pair) {
            if (day.day >= today_) continue; // today is what is compared
            messages += std::uint64_t{day.good} + day.unclear + day.bad;
            ++days;
        }
        const double daily = days == 0 ? 1 : static_cast<double>(messages) / static_cast<double>(days);
        if (static_cast<double>(history_.pair_today) > at.burst_factor * daily)
            add(SignalId::burst,
                fmt::format("{} messages today where {:.0f} a day are usual", history_.pair_today, daily));
    }

    /// Points from -1 (all bad) to 1 times the signal's, nearer to 0 the less is known.
    void weigh_reputation(const Series& series, SignalId id, std::string_view of) {
        constexpr double least = 0.05; // below it nothing is worth a line
        const Weighed past = weighed_for(id, series, today_);
        const double good = past.good + past.ham, bad = past.bad + past.spam;
        double value = good + bad == 0 ? 0 : (good - bad) / (good + bad + knows_.thresholds.reputation_enough);
        if (!vouched_) value = std::min(value, 0.0);
        if (std::abs(value) < least) return;
        add(id, knows_.weights[id] * value,
            fmt::format("earlier mail of {} was mostly {}", of, value > 0 ? "good" : "bad"));
    }

    const Facts& facts_;
    const Knowledge& knows_;
    bool vouched_;
    const History& history_;
    std::int32_t today_;
    std::string author_; ///< for people
    std::vector<Evidence> evidence_;
};

} // namespace

std::vector<Evidence> behaviour_of(const Facts& facts, const Knowledge& knowledge, Compauth result) {
    return Behaviour(facts, knowledge, result).weigh_all();
}

std::optional<Evidence> cap_of(const std::vector<Evidence>& evidence) {
    constexpr double most = 2;
    double points = 0;
    bool tricked = false;
    for (const Evidence& one : evidence) {
        points += std::max(one.points, 0.0);
        const auto id = find_signal(one.signal);
        tricked = tricked || id == SignalId::look_alike || id == SignalId::impersonated_name ||
                  id == SignalId::replayed_signature;
    }
    if (!tricked || points <= most) return {};
    return make_evidence(SignalId::points_capped, most - points,
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
