// What acting on mail goes by that comes from the settings: rules, modes, replies. Made of them once per reload, then read by any thread.
#pragma once

#include "base/error.hpp"
#include "engine/greylist.hpp"
#include "engine/settings.hpp"
#include "engine/transaction.hpp"
#include "policy/dns_list.hpp"
#include "policy/failure.hpp"
#include "policy/rules.hpp"
#include "verdict/lists.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bonafide::engine {

/// What must be known before the rules of a level can be asked.
struct Wanted {
    bool iprev = false;
    bool spf = false;
    bool spf_helo = false;
    bool dns_lists = false;
};

struct Acting {
    std::shared_ptr<const policy::Rules> rules; ///< never null
    policy::Modes modes;
    policy::Reply reject_reply, defer_reply, spf_reply, block_reply;
    policy::DispositionSettings disposition;
    std::shared_ptr<const policy::DnsLists> dns_lists; ///< never null; empty where nothing reads them
    /// Names of the fields that rules read at a level, and the settings' replies that may be given there.
    std::array<std::set<std::string, std::less<>>, policy::level_count> reads{};
    std::array<Wanted, policy::level_count> wanted{};
    std::vector<std::string> header_names; ///< in lower case: of `reads`, those of the message's header
    bool spf_helo = false;                 ///< the HELO identity is to be checked
    bool spf_from = false;                 ///< the Author Domain is to be checked where MAIL FROM is empty

    /// The refusal that the rules came to, if they did.
    [[nodiscard]] Early answer(const policy::Outcome& outcome, const policy::Subject& subject) const;
    /// Something may be answered there before the message is sent.
    [[nodiscard]] bool speaks_at(policy::Level level) const;
    std::shared_ptr<const GreylistPolicy> greylist; ///< never null
    policy::FailurePolicy failures;
    bool rejects_spf_fail = false;
    bool may_seal = false;   ///< a rule says seal
    bool wants_size = false; ///< something reads it: the body must be seen to its end
};

/// What the lists of senders say, as far as the message is known: list.* of `around`.
void look_up_lists(const verdict::Lists& lists, const verdict::Facts& facts, policy::Surroundings& around);

/// Behind the rules of MAIL: the block list and spf.reject_fail refuse, or `outcome` says what they would do; else what the rules came to.
[[nodiscard]] Early answer_at_mail(const Acting& acting, const verdict::Lists& lists, policy::Outcome& outcome,
                                   const policy::Subject& subject);
/// The same of spf.reject_fail alone, at the end, where nobody asked at MAIL.
void refuse_spf_fail(const Acting& acting, policy::Outcome& outcome, const policy::Subject& subject);
/// Behind all rules: the block list, where none of them decided.
void refuse_blocked(const Acting& acting, policy::Outcome& outcome, const policy::Subject& subject);

/// Behind all rules: a bounce whose tag is not valid (backscatter.action), where nothing decided before.
void refuse_backscatter(const Acting& acting, const SigningPolicy::Backscatter& settings, policy::Outcome& outcome,
                        const policy::Subject& subject);

/// policy::dispose() by what rules and lists came to. `judge_without_policy` is asked only where the owner's policy would be followed.
using JudgeWithoutPolicy = std::function<std::optional<verdict::Judgement>()>;
[[nodiscard]] policy::Disposition dispose(const Acting& acting, const policy::Outcome& outcome,
                                          const policy::Subject& subject, bool history_known,
                                          const JudgeWithoutPolicy& judge_without_policy);

/// Texts were checked when they were read, so rules that cannot be read are left out as a whole.
[[nodiscard]] Acting make_acting(const Settings& settings);

/// What warnings about rules go by.
[[nodiscard]] policy::Rules::Beside beside_rules(const Settings& settings);

/// The entries of sets that stand in files of their own, read into `settings`. One complaint for each file that cannot be read, or
/// line that cannot stand there.
[[nodiscard]] std::vector<policy::Complaint> read_set_files(Settings& settings);

} // namespace bonafide::engine
