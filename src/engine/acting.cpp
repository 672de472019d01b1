#include "engine/acting.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "io/watched_file.hpp"
#include "policy/value_set.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace bonafide::engine {
namespace {

using policy::Level;
using policy::Reply;

constexpr std::size_t most_set_bytes = std::size_t{64} * 1024 * 1024;

std::shared_ptr<const policy::ValueSet> set_of(const std::vector<std::string>& entries) {
    if (entries.empty()) return nullptr;
    auto set = std::make_shared<policy::ValueSet>();
    for (const std::string& entry : entries) static_cast<void>(set->add(entry)); // checked when they were read
    return set;
}

policy::Modes modes_of(const Settings& settings) {
    policy::Modes modes{.mode = settings.mode};
    for (const std::string& listener : settings.rules.monitor_listeners)
        modes.listeners.emplace_back(listener, Mode::monitor);
    for (const std::string& listener : settings.rules.enforce_listeners)
        modes.listeners.emplace_back(listener, Mode::enforce);
    modes.enforced_recipients = set_of(settings.rules.enforce_recipients);
    modes.monitored_recipients = set_of(settings.rules.monitor_recipients);
    return modes;
}

policy::FailurePolicy failures_of(const Settings& settings) {
    policy::FailurePolicy policy(settings.server.on_failure);
    for (const auto& [what, on] : {std::pair("internal", settings.failure.internal),
                                   {"dns", settings.failure.dns},
                                   {"temperror", settings.failure.temperror},
                                   {"store", settings.failure.store},
                                   {"overload", settings.failure.overload}})
        if (on.index > 0) policy.set(what, on.value_or(settings.server.on_failure));
    for (const std::string& entry : settings.failure.listeners)
        static_cast<void>(policy.add(entry)); // checked when read
    return policy;
}

Reply reply_of(const std::string& text, Reply::Class wanted, Level level) {
    auto reply = Reply::parse(text, wanted, level);
    return reply ? std::move(*reply) : Reply{};
}

policy::DispositionSettings disposition_of(const Settings& settings) {
    policy::DispositionSettings made = policy::with_preset(settings.dmarc.preset);
    made.reject = settings.dmarc.reject;
    made.follow = settings.compauth.follow;
    made.quarantine_as = settings.dmarc.quarantine_as;
    made.several_authors = settings.dmarc.several_authors;
    made.spoof_intelligence = settings.spoof.intelligence.value_or(made.spoof_intelligence);
    made.honour_dmarc = settings.spoof.honour_dmarc.value_or(made.honour_dmarc);
    made.on_quarantine = settings.spoof.on_quarantine.value_or(made.on_quarantine);
    made.on_reject = settings.spoof.on_reject.value_or(made.on_reject);
    made.on_spoof = settings.spoof.on_spoof.value_or(made.on_spoof);
    made.first_contact_tip = settings.spoof.first_contact_tip.value_or(made.first_contact_tip);
    made.show_unverified = settings.spoof.show_unverified.value_or(made.show_unverified);
    made.show_via = settings.spoof.show_via.value_or(made.show_via);
    const auto replace = [](Reply& built_in, const std::string& text) {
        if (!text.empty()) built_in = reply_of(text, Reply::Class::permanent, Level::judged);
    };
    replace(made.replies.both, settings.dmarc.reject_reply);
    replace(made.replies.other, settings.dmarc.reject_reply);
    replace(made.replies.authors, settings.dmarc.several_authors_reply);
    replace(made.replies.blocked, settings.spoof.blocked_pair_reply);
    return made;
}

/// Of the settings, those that may be given at a level.
std::vector<const Reply*> replies_at(const Acting& acting, Level level) {
    std::vector<const Reply*> replies;
    for (const policy::Rule& rule : acting.rules->all()) {
        const policy::RuleAction* const ends = rule.level == level && rule.enabled ? rule.deciding() : nullptr;
        if (ends == nullptr || ends->reply) continue;
        if (ends->verb == policy::Verb::reject) replies.push_back(&acting.reject_reply);
        if (ends->verb == policy::Verb::defer) replies.push_back(&acting.defer_reply);
    }
    if (level != Level::mail && level != Level::judged) return replies;
    replies.push_back(&acting.block_reply);
    if (acting.rejects_spf_fail) replies.push_back(&acting.spf_reply);
    if (level == Level::mail) return replies;
    const policy::DmarcReplies& dmarc = acting.disposition.replies;
    replies.insert(replies.end(), {&dmarc.both, &dmarc.other, &dmarc.authors, &dmarc.blocked, &acting.greylist->reply});
    return replies;
}

std::set<std::string, std::less<>> read_at(const Acting& acting, Level level) {
    std::set<std::string, std::less<>> names;
    const auto add = [&](const policy::FieldRef& field) { names.insert(field.name()); };
    for (const policy::Rule& rule : acting.rules->all())
        if (rule.level == level && rule.enabled) rule.visit_fields(add);
    for (const Reply* reply : replies_at(acting, level)) reply->text.visit(add);
    return names;
}

Wanted wanted_of(const std::set<std::string, std::less<>>& read) {
    const auto any = [&](std::initializer_list<std::string_view> fields) {
        return std::ranges::any_of(fields, [&](std::string_view field) { return read.contains(field); });
    };
    return {.iprev = any({"client.ptr", "client.generic", "iprev.result", "list.allow", "list.block", "list.ignore"}),
            .spf = any({"spf.result", "spf.domain", "spf.available", "list.allow", "list.block", "list.ignore"}),
            .spf_helo = any({"spf_helo.result"}),
            .dns_lists = any({"dns_lists"})};
}

} // namespace

Early Acting::answer(const policy::Outcome& outcome, const policy::Subject& subject) const {
    if (!outcome.ending || outcome.goes_on) return {};
    const auto reply = [&](const Reply& otherwise) {
        return outcome.ending->reply.empty() ? otherwise.render(subject) : outcome.ending->reply;
    };
    if (outcome.ending->verb == policy::Verb::reject) return {reply(reject_reply), outcome.ending->by()};
    if (outcome.ending->verb == policy::Verb::defer) return {reply(defer_reply), outcome.ending->by()};
    return {};
}

bool Acting::speaks_at(Level level) const {
    if (level < Level::rcpt && modes.need_recipients()) return false;
    return rules->has(level) || (level == Level::mail && rejects_spf_fail);
}

void look_up_lists(const verdict::Lists& lists, const verdict::Facts& facts, policy::Surroundings& around) {
    using Proof = verdict::ListedSenders::Proof;
    around.allowed_by = lists.allow.find(facts, Proof::needed);
    around.blocked_by = lists.block.find(facts, Proof::none);
    around.ignored_by = lists.ignore.find(facts, Proof::none);
}

namespace {

/// An allowance and a rule that accepts go before the block list.
bool is_blocked(const policy::Outcome& outcome, const policy::Surroundings& around) {
    return !outcome.ending && !around.blocked_by.empty() && around.allowed_by.empty();
}

} // namespace

namespace {

/// spf.reject_fail, where neither a rule nor an allowance decided.
bool fails_spf(const Acting& acting, const policy::Outcome& outcome, const policy::Subject& subject) {
    const auto& spf = subject.facts.spf.value;
    return acting.rejects_spf_fail && !outcome.ending && spf && spf->result == spf::Result::fail &&
           subject.around.allowed_by.empty();
}

} // namespace

Early answer_at_mail(const Acting& acting, const verdict::Lists& lists, policy::Outcome& outcome,
                     const policy::Subject& subject) {
    const bool enforces = acting.modes.of(subject) == policy::Mode::enforce;
    // What DKIM or DMARC may yet prove for the allow list is known at the end alone.
    if (is_blocked(outcome, subject.around) && enforces && lists.allow.empty())
        return {acting.block_reply.render(subject), "lists.block " + subject.around.blocked_by.front()};
    if (!fails_spf(acting, outcome, subject)) return acting.answer(outcome, subject);
    std::string reply = acting.spf_reply.render(subject);
    if (enforces) return {std::move(reply), "spf.reject_fail"};
    outcome.would.push_back(fmt::format("spf.reject_fail: reject {}", reply));
    return {};
}

void refuse_spf_fail(const Acting& acting, policy::Outcome& outcome, const policy::Subject& subject) {
    if (!fails_spf(acting, outcome, subject)) return;
    const std::string reply = acting.spf_reply.render(subject);
    if (acting.modes.of(subject) == policy::Mode::enforce)
        outcome.ending = policy::Ending{policy::Verb::reject, reply, "spf.reject_fail", true};
    else
        outcome.would.push_back(fmt::format("spf.reject_fail: reject {}", reply));
}

void refuse_blocked(const Acting& acting, policy::Outcome& outcome, const policy::Subject& subject) {
    if (!is_blocked(outcome, subject.around)) return;
    const std::string reply = acting.block_reply.render(subject);
    const std::string by = "lists.block " + subject.around.blocked_by.front();
    if (acting.modes.of(subject) == policy::Mode::enforce)
        outcome.ending = policy::Ending{policy::Verb::reject, reply, by, true};
    else
        outcome.would.push_back(fmt::format("{}: reject {}", by, reply));
}

void refuse_backscatter(const Acting& acting, const SigningPolicy::Backscatter& settings, policy::Outcome& outcome,
                        const policy::Subject& subject) {
    const std::string_view tag = subject.around.bounce_tag;
    if (tag.empty() || tag == "valid" || outcome.ending) return;
    constexpr std::string_view by = "backscatter.action";
    const bool enforces = acting.modes.of(subject) == policy::Mode::enforce;
    if (settings.action == OnBackscatter::mark && !enforces) outcome.would.push_back(fmt::format("{}: junk", by));
    if (settings.action == OnBackscatter::mark && enforces && outcome.junk_by.empty()) outcome.junk_by = by;
    if (settings.action != OnBackscatter::reject) return;
    const std::string reply = settings.reply.render(subject);
    if (enforces)
        outcome.ending = policy::Ending{policy::Verb::reject, reply, std::string(by), true};
    else
        outcome.would.push_back(fmt::format("{}: reject {}", by, reply));
}

policy::Disposition dispose(const Acting& acting, const policy::Outcome& outcome, const policy::Subject& subject,
                            bool history_known, const JudgeWithoutPolicy& judge_without_policy) {
    std::optional<verdict::Judgement> without_policy;
    const auto& dmarc = subject.facts.dmarc.value;
    if (dmarc && dmarc->result == dmarc::Result::fail &&
        dmarc->disposition.value_or(dmarc::Policy::none) != dmarc::Policy::none)
        without_policy = judge_without_policy();
    const policy::Surroundings& around = subject.around;
    return policy::dispose(subject.facts, subject.judgement, without_policy ? &*without_policy : nullptr,
                           acting.disposition,
                           {.no_dmarc_rule = outcome.no_dmarc_by,
                            .dmarc_rule = outcome.dmarc_by,
                            .allowed_by = around.allowed_by.empty() ? std::string() : around.allowed_by.front(),
                            .safe_sender = around.safe_sender.value_or(false),
                            .blocked_sender = around.blocked_sender.value_or(false),
                            .around = &around,
                            .history_known = history_known});
}

Acting make_acting(const Settings& settings) {
    Acting acting;
    policy::Rules::Read read = policy::Rules::read(settings.rules.list, settings.rules.sets);
    acting.rules = read.rules ? std::move(read.rules) : std::make_shared<const policy::Rules>();
    acting.modes = modes_of(settings);
    acting.reject_reply = reply_of(settings.rules.reject_reply, Reply::Class::permanent, Level::connect);
    acting.defer_reply = reply_of(settings.rules.defer_reply, Reply::Class::temporary, Level::connect);
    acting.block_reply = reply_of(settings.rules.block_reply, Reply::Class::permanent, Level::mail);
    acting.spf_reply = reply_of(settings.spf.reject_reply, Reply::Class::permanent, Level::mail);
    acting.may_seal = std::ranges::any_of(acting.rules->all(), [](const policy::Rule& rule) {
        return rule.enabled &&
               std::ranges::find(rule.then, policy::Verb::seal, &policy::RuleAction::verb) != rule.then.end();
    });
    acting.greylist = greylist_policy(settings);
    acting.disposition = disposition_of(settings);
    acting.failures = failures_of(settings);
    acting.rejects_spf_fail = settings.spf.reject_fail && settings.spf.enabled;
    acting.spf_helo = settings.spf.helo;
    acting.spf_from = settings.spf.from_when_empty;
    bool reads_dns_lists = false;
    std::set<std::string> headers;
    for (std::size_t i = 0; i < policy::level_count; ++i) {
        const auto level = static_cast<Level>(i);
        Wanted& wanted = acting.wanted[i];
        const auto& names = acting.reads[i] = read_at(acting, level);
        wanted = wanted_of(names);
        reads_dns_lists = reads_dns_lists || wanted.dns_lists;
        wanted.spf = wanted.spf || (level == Level::mail && acting.rejects_spf_fail);
        acting.spf_helo = acting.spf_helo || wanted.spf_helo;
        acting.wants_size = acting.wants_size || names.contains("size");
        acting.spf_from = acting.spf_from || names.contains("spf_from.result");
        for (const std::string& name : names)
            if (name.starts_with(policy::header_prefix)) headers.insert(name.substr(policy::header_prefix.size()));
    }
    acting.header_names.assign(headers.begin(), headers.end());
    acting.dns_lists = std::make_shared<const policy::DnsLists>(
        reads_dns_lists ? policy::read_dns_lists(settings.rules.dns_lists) : policy::DnsLists());
    return acting;
}

policy::Rules::Beside beside_rules(const Settings& settings) {
    policy::Rules::Beside beside{.modes = modes_of(settings),
                                 .vocabulary = {.dns_lists = std::vector<std::string>(),
                                                .author_lists = {},
                                                .listeners = settings.server.listen}};
    const auto is_from = [](const policy::SourceText& of) { return of.text == to_text(policy::ListOf::from); };
    for (const policy::DnsListSource& list : settings.rules.dns_lists) {
        beside.vocabulary.dns_lists->push_back(list.name.text);
        if (!list.of.empty() && std::ranges::all_of(list.of, is_from))
            beside.vocabulary.author_lists.push_back(list.name.text);
    }
    return beside;
}

std::vector<policy::Complaint> read_set_files(Settings& settings) {
    std::vector<policy::Complaint> complaints;
    for (policy::SetSource& set : settings.rules.sets) {
        if (set.file.text.empty()) continue;
        const auto text = io::read_regular_file(set.file.text, most_set_bytes);
        if (!text) {
            complaints.push_back({set.file.place, text.error().text});
            continue;
        }
        std::size_t number = 0;
        for (const std::string_view line : ascii::split(*text, '\n')) {
            ++number;
            const std::string_view entry = ascii::trim(line.substr(0, line.find('#')));
            if (entry.empty()) continue;
            if (auto sound = policy::ValueSet().add(entry); !sound)
                complaints.push_back({set.file.place, fmt::format("{}, line {}: {}", escape::line(set.file.text),
                                                                  number, sound.error().text)});
            else
                set.entries.push_back({std::string(entry), set.file.place});
        }
    }
    return complaints;
}

} // namespace bonafide::engine
