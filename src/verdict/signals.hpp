// The signals that composite authentication weighs: one table. Microsoft publishes its codes but no
// weights; these are ours. A score is the sum of points; what lies where is in Thresholds.
#pragma once

#include "base/error.hpp"
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
    dmarc_unfinished,
    spf_fail_author,
    spf_weak_author,
    broken_signature,
    trusted_sealer,
    trusted_upstream,
    own_gateway,
    no_author,
    unanswerable_author,
    confusing_author,
    host_below_author,
    author_below_host,
    mail_host,
    same_network,
    same_organization,
    no_reverse_dns,
    generic_name,
    pair_established,
    pair_answered,
    pair_frequent,
    pair_feedback,
    bounce_contact,
    bounce_our_mail,
    bounce_unknown,
    known_forwarder,
    known_list,
    unlike_author,
    new_sender,
    spf_upgrade,
    unwanted_author,
    author_reputation,
    signer_reputation,
    network_reputation,
    first_contact,
    burst,
    look_alike,
    impersonated_name,
    borrowed_name,
    borrowed_name_anew,
    reply_elsewhere,
    replayed_signature,
    old_signature,
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

/// The points and half-lives in force, by SignalId.
class Weights {
  public:
    Weights(); ///< those of the table
    [[nodiscard]] double operator[](SignalId id) const { return points_[static_cast<std::size_t>(id)]; }
    [[nodiscard]] double half_life(SignalId id) const { return half_lives_[static_cast<std::size_t>(id)]; }
    void set(SignalId id, double points) { points_[static_cast<std::size_t>(id)] = points; }
    void set_half_life(SignalId id, double days) { half_lives_[static_cast<std::size_t>(id)] = days; }
    /// "look_alike=-9" or "pair_established=6/90d"; an error names what is wrong. A half-life only where the table has one.
    [[nodiscard]] Expected<void> assign(std::string_view text);
    bool operator==(const Weights&) const = default;

  private:
    std::array<double, signal_count> points_{};
    std::array<double, signal_count> half_lives_{};
};

/// From which score down which suggestion holds, and what history must amount to.
struct Thresholds {
    double mark = -3;
    double junk = -6;
    double quarantine = -12;
    double reject = -16;           ///< and only where the Author Domain's own policy asks for it
    double established = 5;        ///< good messages of a pair, decayed
    double established_days = 7;   ///< on which it was seen, at least
    double least_good = 0.5;       ///< good messages of a pair, decayed, below which its past says nothing
    double least_ham = 1.5;        ///< people, decayed, who called mail of a pair wanted
    double answer_days = 180;      ///< after which an answer of ours no longer speaks for its author
    double bounce_days = 14;       ///< within which a bounce may come for mail of ours
    double frequent = 50;          ///< good messages of an infrastructure, decayed
    double frequent_days = 14;     ///< on which they came, at least
    double always = 0.95;          ///< share of an author's mail that authenticates, where missing proof is unlike him
    double always_messages = 10;   ///< of which that share is told, decayed
    double reputation_enough = 10; ///< messages, decayed, at which a reputation has half its weight
    double word_weight = 10;       ///< messages that one person's word counts for in a reputation
    double most_bad_share = 0.1;   ///< of a history that still vouches
    double burst_factor = 10;      ///< times the pair's own daily mean
    double burst_least = 50;       ///< messages of the day
    double replay_recipients = 20; ///< that had the same signature within three days
    double old_signature_days = 7; ///< since t= of the signature that vouches
    double trick_most = 2;         ///< points for the author that stay where the name itself is the trick

    /// "junk=-6": one of the names below. An error names what is wrong.
    [[nodiscard]] Expected<void> assign(std::string_view text);
    bool operator==(const Thresholds&) const = default;
};
/// mark, junk, quarantine and reject follow each other downwards.
[[nodiscard]] bool in_order(const Thresholds& thresholds);
struct Threshold {
    std::string_view name;
    double Thresholds::* value;
    std::string_view why;
};
/// All thresholds that can be set, in the order of the struct.
[[nodiscard]] std::span<const Threshold> thresholds();

} // namespace bonafide::verdict
