#include "verdict/implicit.hpp"

#include "base/ascii.hpp"
#include "verdict/alignment.hpp"
#include "verdict/wording.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

class Weigher {
  public:
    Weigher(const Facts& facts, const Knowledge& knowledge, const std::vector<Infrastructure>& senders,
            std::vector<Evidence>& evidence)
        : facts_(facts), knows_(knowledge), at_(knowledge.thresholds), evidence_(evidence), infrastructures_(senders),
          today_(day_of(facts.now)), author_(shown(facts.author.domain)) {}

    std::optional<Implicit> weigh() {
        std::optional<Implicit> first = by_infrastructure();
        if (std::optional<Implicit> second = by_history(); second && !first) first = std::move(second);
        return first;
    }

  private:
    void add(SignalId id, double points, std::string text) {
        evidence_.push_back(make_evidence(id, points, std::move(text)));
    }
    void add(SignalId id, std::string text) { add(id, knows_.weights[id], std::move(text)); }

    // ---- the client and the author's hosts

    std::optional<Implicit> by_infrastructure() {
        const bool confirmed = facts_.iprev.value && facts_.iprev.value->result == iprev::Result::pass;
        const bool failed = facts_.iprev.value && facts_.iprev.value->result == iprev::Result::temperror;
        const std::string client = confirmed ? shown(facts_.iprev.value->name) : sender_text(facts_);
        if (!confirmed && !failed && facts_.iprev.value) add(SignalId::no_reverse_dns, facts_.iprev.value->reason);
        if (confirmed && facts_.envelope.client && is_generic_name(facts_.iprev.value->name, *facts_.envelope.client))
            add(SignalId::generic_name, fmt::format("the name {} is made out of the address", client));
        if (knows_.author_hosts.no_such_domain)
            add(SignalId::unanswerable_author, fmt::format("{} does not exist", author_));
        else if (knows_.author_hosts.null_mail_host)
            add(SignalId::unanswerable_author,
                fmt::format("{} takes no mail: nobody there could be answered", author_));
        if (failed || knows_.author_hosts.incomplete)
            add(SignalId::incomplete, "names and hosts of sender and author could not all be looked up");
        const auto by = [&](SignalId id, Compauth result, unsigned reason, std::string why) {
            add(id, why);
            return Implicit{result, reason, std::move(why)};
        };
        const auto [kinship, by_host] =
            relation_of(facts_, knows_.author_hosts, knows_.suffixes, knows_.lists.shared_infrastructure);
        const bool weak = kinship == Kinship::same_network || kinship == Kinship::same_organization;
        // A neighbour's address is for the asking where hosts are rented, and the owner has said who sends.
        if (weak && (is_refused_by_owner() || knows_.lists.is_ours(facts_.author.domain, knows_.suffixes))) return {};
        switch (kinship) {
        case Kinship::host_below_author:
            return by(SignalId::host_below_author, Compauth::pass, 103,
                      fmt::format("the client {} is a host of {}", client, author_));
        case Kinship::author_below_host:
            return by(SignalId::author_below_host, Compauth::pass, 104,
                      fmt::format("{} lies below the client's name {}", author_, client));
        case Kinship::mail_host:
            return by(SignalId::mail_host, Compauth::pass, 116,
                      fmt::format("the client {} is of the mail hosts of {}: {}", client, author_, shown(by_host)));
        case Kinship::same_network:
            return by(SignalId::same_network, Compauth::softpass, 201,
                      fmt::format("a host of {}, {}, is in the network of {}", author_, by_host, client));
        case Kinship::same_organization:
            return by(SignalId::same_organization, Compauth::softpass, 202,
                      fmt::format("the client {} and {} are of one organization", client, author_));
        case Kinship::none: break;
        }
        return {};
    }

    /// SPF of the Author Domain itself ends in -all for this client.
    [[nodiscard]] bool is_refused_by_owner() const {
        return facts_.spf.value && facts_.spf.value->result == spf::Result::fail &&
               facts_.spf.value->domain == facts_.author.domain;
    }
    [[nodiscard]] bool is_generic_client() const {
        return facts_.envelope.client && facts_.iprev.value && facts_.iprev.value->result == iprev::Result::pass &&
               is_generic_name(facts_.iprev.value->name, *facts_.envelope.client);
    }

    // ---- the past

    /// A past that vouches: good mail that still counts, and hardly any bad.
    [[nodiscard]] bool is_clean(const Weighed& past) const {
        const double bad = past.bad + past.spam * at_.word_weight;
        return bad <= at_.most_bad_share * (past.all() + past.ham * at_.word_weight);
    }
    [[nodiscard]] bool vouches(const Weighed& past) const { return past.good >= at_.least_good && is_clean(past); }

    [[nodiscard]] Weighed past(SignalId id, PastKind kind, std::string_view of, std::string_view with = {}) const {
        return weighed_for(id, knows_.history.of(kind, of, with), today_, knows_.weights);
    }

    struct Found {
        SignalId id;
        unsigned reason;
        std::string why;
    };

    /// Days since a recipient last wrote to exactly this author; none: never.
    [[nodiscard]] std::optional<std::int32_t> days_since_answer() const {
        std::optional<std::int32_t> days;
        for (const Past& one : knows_.history.pasts) {
            if (one.key.kind != PastKind::contact) continue;
            const std::int32_t last = verdict::weigh(one.series, today_, 0).last_sent;
            if (last == 0) continue;
            const std::int32_t age = std::abs(today_ - last);
            days = days ? std::min(*days, age) : age;
        }
        return days;
    }

    /// The infrastructure has sent nearly all mail of the author from its first day on: nobody else has ever been him.
    [[nodiscard]] bool is_only_sender(const Weighed& pair, std::int32_t last_answer) const {
        constexpr std::uint32_t least_days = 3;
        constexpr double least_share = 0.8;
        constexpr std::int32_t head_start = 7;
        const Weighed author = past(SignalId::pair_answered, PastKind::author, facts_.author.domain);
        return pair.days >= least_days && last_answer >= pair.first_day && pair.all() >= least_share * author.all() &&
               pair.first_day <= author.first_day + head_start;
    }

    /// In the order of their codes.
    [[nodiscard]] std::vector<Found> find(const Infrastructure& sender, const std::string& key) const {
        std::vector<Found> found;
        const Weighed pair = past(SignalId::pair_established, PastKind::pair, facts_.author.domain, key);
        if (!is_clean(pair)) return found;
        const std::string from = shown(sender.name);
        if (pair.good >= at_.established && pair.good_days >= at_.established_days)
            found.push_back({SignalId::pair_established, 701,
                             fmt::format("{} has sent good mail of {} on {} days", from, author_, pair.good_days)});
        const auto answered = days_since_answer();
        if (answered && *answered <= at_.answer_days &&
            (pair.good >= at_.least_good || is_only_sender(pair, today_ - *answered)))
            found.push_back(
                {SignalId::pair_answered, 702,
                 fmt::format("recipients wrote to this author {} days ago, and his mail came from {} before", *answered,
                             from)});
        const Weighed all = past(SignalId::pair_frequent, PastKind::infrastructure, key);
        if (pair.good >= at_.least_good && all.good >= at_.frequent && all.good_days >= at_.frequent_days &&
            vouches(all))
            found.push_back({SignalId::pair_frequent, 703,
                             fmt::format("{} sends much good mail here, that of {} among it", from, author_)});
        if (pair.ham > pair.spam && pair.ham >= at_.least_ham)
            found.push_back(
                {SignalId::pair_feedback, 704, fmt::format("people called mail of {} from {} wanted", author_, from)});
        return found;
    }

    std::optional<Implicit> by_history() {
        for (const Infrastructure& sender : infrastructures_) {
            // Through hosts that send for strangers everybody can be anybody.
            if (is_shared(sender, knows_.lists.shared_infrastructure)) continue;
            if (sender.kind == Infrastructure::Kind::ptr && is_generic_client())
                continue; // the provider's whole network
            const std::vector<Found> found = find(sender, to_text(sender));
            if (found.empty()) continue;
            // They tell of one past: the strongest counts, the others explain.
            const auto strongest =
                std::ranges::max_element(found, {}, [&](const Found& one) { return knows_.weights[one.id]; });
            for (const Found& one : found) add(one.id, one.id == strongest->id ? knows_.weights[one.id] : 0, one.why);
            return Implicit{Compauth::pass, found.front().reason, found.front().why};
        }
        return {};
    }

    const Facts& facts_;
    const Knowledge& knows_;
    const Thresholds& at_;
    std::vector<Evidence>& evidence_;
    const std::vector<Infrastructure>& infrastructures_;
    std::int32_t today_;
    std::string author_; ///< for people
};

} // namespace

std::optional<Implicit> weigh_implicit(const Facts& facts, const Knowledge& knowledge,
                                       const std::vector<Infrastructure>& senders, std::vector<Evidence>& evidence) {
    return Weigher(facts, knowledge, senders, evidence).weigh();
}

} // namespace bonafide::verdict
