// The signals that composite authentication weighs: one table. Microsoft publishes its codes but no
// weights; these are ours. A score is the sum of points; what lies where is in Thresholds.
#pragma once

#include "verdict/judgement.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace bonafide::verdict {

enum class SignalId : std::uint8_t {
    dmarc_pass,
    best_guess,
    dmarc_error_aligned,
    dmarc_fail_strict,
    dmarc_fail_weak,
    dmarc_absent,
    dmarc_unknown,
    spf_fail_author,
    spf_weak_author,
    broken_signature,
    trusted_sealer,
    trusted_upstream,
    no_author,
    confusing_author,
    host_below_author,
    author_below_host,
    mail_host,
    same_network,
    same_organization,
    no_reverse_dns,
    pair_established,
    pair_answered,
    pair_frequent,
    pair_feedback,
    bounce_contact,
    bounce_our_mail,
    author_reputation,
    signer_reputation,
    network_reputation,
    first_contact,
    burst,
    look_alike,
    impersonated_name,
    replayed_signature,
    own_domain,
    incomplete,
    points_capped,
    blocked_pair,
    allowed_pair,
};
inline constexpr std::size_t signal_count = static_cast<std::size_t>(SignalId::allowed_pair) + 1;

struct Signal {
    SignalId id;
    std::string_view name;
    double points;         ///< above 0: for the author; of a reputation the most it moves the score either way
    double half_life_days; ///< of the history it rests on; 0: it rests on none
    std::string_view why;
};
/// A row for each SignalId, in its order.
[[nodiscard]] std::span<const Signal> signals();
[[nodiscard]] std::optional<SignalId> find_signal(std::string_view name);

/// The points in force, by SignalId.
class Weights {
  public:
    Weights(); ///< those of the table
    [[nodiscard]] double operator[](SignalId id) const { return points_[static_cast<std::size_t>(id)]; }
    void set(SignalId id, double points) { points_[static_cast<std::size_t>(id)] = points; }

  private:
    std::array<double, signal_count> points_{};
};

/// From which score down which suggestion holds, and what history must amount to.
struct Thresholds {
    double mark = -3;
    double junk = -6;
    double quarantine = -12;
    double reject = -16;                  ///< and only where the Author Domain's own policy asks for it
    double established = 5;               ///< good messages of a pair, decayed
    std::uint32_t established_days = 7;   ///< on which it was seen, at least
    double least_good = 0.5;              ///< good messages of a pair, decayed, below which its past says nothing
    double least_ham = 1.5;               ///< people, decayed, who called mail of a pair wanted
    std::int32_t answer_days = 180;       ///< after which an answer of ours no longer speaks for its author
    double frequent = 50;                 ///< good messages of the infrastructure, decayed
    double reputation_enough = 10;        ///< messages, decayed, at which a reputation has half its weight
    double most_bad_share = 0.1;          ///< of a history that still vouches
    double burst_factor = 10;             ///< times the pair's own daily mean
    std::uint64_t burst_least = 50;       ///< messages of the day
    std::uint32_t replay_recipients = 20; ///< that had the same signature before
};

} // namespace bonafide::verdict
