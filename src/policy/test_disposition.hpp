// For tests only: a message, judged with and without its owner's policy, and what becomes of it.
#pragma once

#include "policy/disposition.hpp"
#include "verdict/test_situation.hpp"

namespace bonafide::policy::testing_disposition {

using dmarc::Policy;
using verdict::testing_situation::Situation;

/// A message of contoso.com from a host that nobody knows; where the owner's SPF names it no sender, that is arranged beside.
struct Message : Situation {
    DispositionSettings settings;
    Exceptions exceptions;

    Message() { exceptions.history_known = true; }
    explicit Message(Policy asked) : Message() { dmarc_fails(asked); }

    /// Published with t=y, which takes one step off (RFC 9989 4.7).
    void testing() {
        dmarc::Evaluation& found = *facts.dmarc.value;
        found.record->testing = true;
        found.disposition = *found.policy == Policy::reject ? Policy::quarantine : Policy::none;
    }
    void from_list() { facts.letter.list_id = "talk.lists.example"; }
    /// This infrastructure has long sent good mail of the author: 701 where the policy does not decide.
    void known_pair() { seen(pair(), 3); }
    void rescued_by_sealer() {
        trust("lists.example");
        sealed_by({"lists.example"}, "contoso.com");
    }

    [[nodiscard]] verdict::Judgement judge_without_policy() const {
        return verdict::judge(
            facts,
            {author_hosts, upstream, history, lists, verdict::testing_situation::suffixes(), weights, thresholds},
            verdict::OwnerPolicy::ignored);
    }
    [[nodiscard]] Disposition disposed() const {
        const verdict::Judgement judged = judge(), without_policy = judge_without_policy();
        return dispose(facts, &judged, &without_policy, settings, exceptions);
    }
    [[nodiscard]] Disposition unjudged() const { return dispose(facts, nullptr, nullptr, settings, exceptions); }
    [[nodiscard]] What what() const { return disposed().what; }
    /// "trusted_forwarder: comment", or "none".
    [[nodiscard]] std::string override_text() const {
        const auto reason = disposed().override_reason;
        return reason ? std::string(to_text(reason->type)) + ": " + reason->comment : "none";
    }
};

} // namespace bonafide::policy::testing_disposition
