#include "cli/rules_trial.hpp"

#include "base/escape.hpp"
#include "cli/check.hpp"
#include "engine/greylist.hpp"
#include "engine/judging.hpp"

#include <fmt/format.h>
#include <utility>

namespace bonafide::cli {

using policy::Level;
using policy::Subject;
using verdict::Direction;

namespace {

constexpr std::uint16_t smtp_port = 25; // any but 0, which tells of a connection that the MTA made up

/// What `ask` answers; all DNS is synchronous here, so it answers at once.
template<class Ask> engine::Early answer_of(Ask ask) {
    engine::Early answer;
    ask([&](engine::Early early) { answer = std::move(early); });
    return answer;
}

} // namespace

RulesTrial::RulesTrial(const engine::Context& context, GivenEnvelope given, std::string listener)
    : context_(context), given_(std::move(given)), listener_(std::move(listener)), connection_(context),
      reporter_(*context.acting->rules, context.acting->modes),
      splitter_([this](mail::HeaderBlock header) { begin(std::move(header)); },
                [this](std::string_view chunk) { message_->body(chunk); }, context.settings->limits) {
    tried_.acting = context.acting;
}

Expected<void> RulesTrial::feed(const MessageContent& content) {
    return content.pour_whole([this](std::string_view text) { feed(text); });
}

void RulesTrial::begin(mail::HeaderBlock header) {
    tried_.without_header = header.empty() && !header.oversized();
    const verdict::Envelope envelope = read_envelope(given_, header);
    connect(envelope);
    send_envelope(envelope);
    message_->header(std::move(header));
    message_->end_of_header();
}

void RulesTrial::connect(const verdict::Envelope& envelope) {
    engine::Peer peer;
    peer.address = envelope.client;
    peer.name = envelope.client_name;
    peer.listener = listener_;
    peer.port = smtp_port;
    connection_.open(std::move(peer));
    tried_.asked_early = envelope.client && connection_.direction() == Direction::inbound && !connection_.relayed();
    ask_connection(Level::connect);
    connection_.helo(envelope.helo);
    ask_connection(Level::helo);
}

void RulesTrial::ask_connection(Level level) {
    if (!tried_.asked_early) return;
    const engine::Early early = answer_of([&](engine::EarlyDone done) { connection_.decide(level, std::move(done)); });
    reporter_.ask({connection_.facts(), nullptr, connection_.surroundings(), level, {}});
    refuse(level, early);
}

void RulesTrial::send_envelope(const verdict::Envelope& envelope) {
    message_.emplace(connection_);
    message_->mail(envelope.mail_from, {});
    ask_mail();
    for (const std::string& recipient : envelope.recipients) send_recipient(recipient);
    tried_.nobody_left = !envelope.recipients.empty() && message_->envelope().recipients.empty();
    if (envelope.source == "message") message_->envelope_from_message();
}

void RulesTrial::ask_mail() {
    if (!tried_.asked_early) return;
    const engine::Early early = answer_of([&](engine::EarlyDone done) { message_->decide_mail(std::move(done)); });
    reporter_.ask({message_->facts(), nullptr, message_->surroundings(), Level::mail, {}});
    refuse(Level::mail, early);
}

void RulesTrial::send_recipient(const std::string& recipient) {
    message_->rcpt(recipient);
    if (!tried_.asked_early || tried_.refused) return;
    const std::string address = without_brackets(recipient);
    const engine::Early early = answer_of([&](engine::EarlyDone done) { message_->decide_recipient(std::move(done)); });
    verdict::Facts facts = message_->facts();
    if (early.refuses()) facts.envelope.recipients.push_back(address); // as when he was asked about
    reporter_.ask_recipient({facts, nullptr, message_->surroundings(), Level::rcpt, address});
    if (early.refuses()) tried_.refused_recipients.push_back({Level::rcpt, address, early.smtp_reply, early.by});
}

void RulesTrial::refuse(Level level, const engine::Early& early) {
    if (!early.refuses() || tried_.refused) return;
    tried_.refused = {level, {}, early.smtp_reply, early.by};
    constexpr std::string_view by_rule = "rule ";
    reporter_.end(early.by.starts_with(by_rule) ? early.by.substr(by_rule.size()) : early.by);
}

TriedRules RulesTrial::finish() {
    splitter_.finish();
    message_->end([this](engine::Finished finished) { tried_.finished = std::move(finished); }); // at once
    report_rest();
    const Subject subject{tried_.finished.facts, tried_.finished.judged(), tried_.finished.around, Level::judged, {}};
    tried_.mode = context_.acting->modes.of(subject);
    tried_.greylist = greylist_of(tried_.finished);
    tried_.reports = reporter_.reports();
    return std::move(tried_);
}

/// Of all levels that were not asked before the message.
void RulesTrial::report_rest() {
    if (tried_.finished.facts.direction != Direction::inbound) return;
    for (std::size_t i = 0; i < policy::level_count; ++i) {
        const auto level = static_cast<Level>(i);
        if (tried_.asked_early && level < Level::rcpt) continue;
        reporter_.ask({tried_.finished.facts, tried_.finished.judged(), tried_.finished.around, level, {}});
    }
}

/// As at the end of a message of which nothing is kept yet.
TriedRules::Greylist RulesTrial::greylist_of(const engine::Finished& finished) const {
    namespace greylist = policy::greylist;
    TriedRules::Greylist told;
    if (tried_.refused || tried_.nobody_left || finished.decision.action != policy::Action::accept ||
        finished.outcome.ending) {
        told.why = "not asked: it is asked of what would be delivered, and no rule accepts";
        return told;
    }
    const auto says = !finished.outcome.skip_greylist_by.empty() ? greylist::RuleSays::skip
                      : !finished.outcome.greylist_by.empty()    ? greylist::RuleSays::greylist
                                                                 : greylist::RuleSays::nothing;
    const engine::GreylistPolicy& acts = *context_.acting->greylist;
    const Subject subject{finished.facts, finished.judged(), finished.around, Level::judged, {}};
    const auto& recipients = finished.facts.envelope.recipients;
    const engine::GreylistRequest request = engine::requested({.subject = subject,
                                                               .history = finished.history,
                                                               .weights = context_.tuning->weights,
                                                               .thresholds = context_.tuning->thresholds,
                                                               .suffixes = *context_.suffixes,
                                                               .rule = says},
                                                              std::vector(recipients.size(), says), acts.settings);
    told.asked = true;
    for (const auto& one : request.recipients)
        if (one.exempt && told.why.empty())
            told.why = fmt::format("not for {}: {}", escape::line(one.address), one.exempt->why);
    if (request.recipients.empty()) told.why = "not asked: no recipient is known";
    if (request.is_settled()) return told;
    told.would_defer = true;
    told.why = "a first attempt is deferred; whether there was one is not looked up here";
    told.reply = acts.reply.render(subject);
    return told;
}

} // namespace bonafide::cli
