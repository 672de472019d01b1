#include "engine/message_log.hpp"

#include "base/escape.hpp"
#include "engine/greylist.hpp"
#include "sign/bounce_tag.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <span>

namespace bonafide::engine {
namespace {

/// One counter per enumerator, registered as name{label="text"}.
template<class E, std::size_t N> class ByResult {
  public:
    ByResult(io::Metrics& metrics, std::string_view name, std::string_view help, std::string_view label) {
        for (std::size_t i = 0; i < N; ++i)
            counters_[i] =
                &metrics.counter(name, help, {{std::string(label), std::string(to_text(static_cast<E>(i)))}});
    }
    void count(E value) { counters_.at(static_cast<std::size_t>(value))->add(); }

  private:
    std::array<io::Counter*, N> counters_{};
};

std::string recipient_summary(const verdict::Envelope& envelope) {
    if (envelope.recipients.empty()) return {};
    std::string first = escape::shortened(envelope.recipients.front());
    const std::size_t more = envelope.recipients.size() - 1 + envelope.more_recipients;
    return more == 0 ? first : fmt::format("{} and {} more", first, more);
}

/// The names whose answers bore DNSSEC signatures that do not hold: why a look-up "failed" that others see answered.
std::string bogus_names(const dns::Transcript& transcript) {
    constexpr std::size_t most_shown = 3;
    std::string text;
    std::size_t count = 0;
    for (const dns::Exchange& exchange : transcript.exchanges()) {
        if (exchange.answer->status != dns::Status::bogus || ++count > most_shown) continue;
        text += (text.empty() ? "" : ",") + escape::shortened(exchange.name);
    }
    return count > most_shown ? fmt::format("{} and {} more", text, count - most_shown) : text;
}

template<class T> std::string_view result_of(const verdict::Evaluated<T>& evaluated) {
    return evaluated.value ? to_text(evaluated.value->result) : std::string_view("-");
}

/// "Rejected, 300 s: REASON", "Accepted, mixed: REASON"; empty where it was not asked.
std::string greylist_summary(const Finished& finished) {
    if (finished.greylist == nullptr) return {};
    const GreylistAnswer& answer = *finished.greylist;
    const std::string wait = answer.defer ? fmt::format(", {} s", answer.wait) : std::string();
    return fmt::format("{}{}{}: {}", action_text(answer), wait, answer.mixed ? ", mixed" : "", answer.why);
}

/// "example.com/s1 rsa, example.com/s2 ed25519", "no: REASON"; "-" of mail that is not signed anyway.
std::string signing_summary(const SigningReport& signing) {
    if (signing.result == SigningReport::Result::not_asked) return "-";
    if (signing.made.empty()) return "no: " + signing.why;
    std::string text;
    for (const SigningReport::Made& made : signing.made)
        text += fmt::format("{}{}/{} {}", text.empty() ? "" : ", ", made.domain, made.selector,
                            made.type == crypto::KeyType::rsa ? "rsa" : "ed25519");
    return text;
}

/// "i=2 cv=pass example.com/s1", "no: REASON"; "-" of mail that is not sealed anyway.
std::string seal_summary(const SealReport& seal) {
    if (seal.result == SealReport::Result::not_asked) return "-";
    if (seal.result != SealReport::Result::sealed) return "no: " + seal.why;
    return fmt::format("i={} cv={} {}/{}", seal.instance, arc::to_text(seal.cv), seal.domain, seal.selector);
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ",")); }

} // namespace

struct MessageLog::Counters {
    io::Counter& aborted;
    io::Counter& bytes;
    std::array<io::Counter*, verdict::unchecked_classes.size()> unchecked{};
    io::Counter& forged;
    io::Counter& dns_questions;
    io::Histogram& waited;
    ByResult<verdict::Direction, 4> directions;
    ByResult<policy::Action, 5> actions;
    ByResult<spf::Result, 7> spf;
    ByResult<dkim::Result, 7> dkim;
    ByResult<arc::Status, 3> arc;
    ByResult<dmarc::Result, 5> dmarc;
    ByResult<iprev::Result, 4> iprev;
    ByResult<verdict::Compauth, 4> compauth;
    ByResult<verdict::Suggestion, 5> suggestions;
    io::Counter& history_unknown;
    ByResult<SigningReport::Result, signing_results> signing;
    ByResult<SealReport::Result, seal_results> seals;
    io::Counter& signatures;
    io::Counter& key_troubles;
    io::Counter& fragile;
    ByResult<sign::TagCheck, 4> tags;

    explicit Counters(io::Metrics& m)
        : aborted(m.counter("bonafide_messages_aborted_total", "Messages the MTA gave up before their end")),
          bytes(m.counter("bonafide_body_bytes_total", "Body bytes received")),
          forged(m.counter(
              "bonafide_forged_fields_removed_total",
              "Fields removed that only we may stamp: Authentication-Results with our authserv-id, X-Bonafide-*")),
          dns_questions(
              m.counter("bonafide_dns_questions_total", "Questions the messages asked, answered from cache or not")),
          waited(m.histogram("bonafide_verdict_wait_seconds", "From the end of a message to its verdict",
                             io::Histogram::durations())),
          directions(m, "bonafide_messages_total", "Messages by direction", "direction"),
          actions(m, "bonafide_decisions_total", "Decisions by action", "action"),
          spf(m, "bonafide_spf_results_total", "SPF results", "result"),
          dkim(m, "bonafide_dkim_results_total", "DKIM results, one per signature; none per unsigned message",
               "result"),
          arc(m, "bonafide_arc_results_total", "ARC chain results; none for a message without ARC fields", "result"),
          dmarc(m, "bonafide_dmarc_results_total", "DMARC results", "result"),
          iprev(m, "bonafide_iprev_results_total", "Reverse DNS results", "result"),
          compauth(m, "bonafide_compauth_results_total", "Composite authentication results", "result"),
          suggestions(m, "bonafide_suggestions_total", "What the score of a message suggests", "suggestion"),
          history_unknown(m.counter("bonafide_history_unknown_total",
                                    "Messages judged without their history, since the ledger did not give it")),
          signing(m, "bonafide_signing_total", "Mail that goes out, by what became of its signatures", "result"),
          seals(m, "bonafide_seals_total", "ARC sets for mail that is sent on, by what became of them", "result"),
          signatures(m.counter("bonafide_signatures_total", "DKIM signatures made")),
          key_troubles(m.counter("bonafide_signing_key_troubles_total",
                                 "Keys that did not sign a message: their record in DNS does not match, or they "
                                 "cannot be used")),
          fragile(m.counter("bonafide_signed_fragile_total",
                            "Signed messages with 8-bit text or long lines, which servers on the way may rewrite")),
          tags(m, "bonafide_bounce_tags_total", "Bounces, by what became of the tag of ours", "tag") {
        for (std::size_t i = 0; i < unchecked.size(); ++i) unchecked[i] = &counter_of(m, verdict::unchecked_classes[i]);
    }

    static io::Counter& counter_of(io::Metrics& m, std::string_view what) {
        return m.counter("bonafide_messages_unchecked_total", "Messages that a failure of ours left unchecked",
                         {{"class", std::string(what)}});
    }
    void count_unchecked(std::string_view what) {
        const auto found = std::ranges::find(verdict::unchecked_classes, what);
        if (found != verdict::unchecked_classes.end())
            unchecked.at(static_cast<std::size_t>(found - verdict::unchecked_classes.begin()))->add();
    }
    void count(const Finished& finished) {
        const verdict::Facts& facts = finished.facts;
        directions.count(facts.direction);
        actions.count(finished.decision.action);
        seals.count(finished.seal.result);
        waited.observe(static_cast<double>(finished.waited.count()) * 1e-6);
        dns_questions.add(facts.transcript.exchanges().size());
        for (const std::string& what : facts.unchecked) count_unchecked(what);
        for (const policy::HeaderEdit& edit : finished.decision.edits)
            if (edit.kind == policy::HeaderEdit::Kind::remove) forged.add();
        if (facts.spf.value) spf.count(facts.spf.value->result);
        if (facts.arc.value) arc.count(facts.arc.value->result);
        if (facts.dmarc.value) dmarc.count(facts.dmarc.value->result);
        if (facts.iprev.value) iprev.count(facts.iprev.value->result);
        if (facts.direction != verdict::Direction::inbound) return count(finished.signing);
        for (const auto check :
             {sign::TagCheck::valid, sign::TagCheck::missing, sign::TagCheck::expired, sign::TagCheck::wrong})
            if (finished.around.bounce_tag == to_text(check)) tags.count(check);
        if (finished.judgement) {
            compauth.count(finished.judgement->result);
            suggestions.count(finished.judgement->suggestion);
            if (!finished.history.known) history_unknown.add();
        }
        for (const dkim::SignatureResult& signature : facts.dkim) dkim.count(signature.result);
        if (facts.dkim.empty()) dkim.count(dkim::Result::none);
    }
    void count(const SigningReport& report) {
        signing.count(report.result);
        signatures.add(report.made.size());
        key_troubles.add(report.troubles.size());
        if (!report.fragile.empty()) fragile.add();
    }
};

MessageLog::MessageLog(io::Logger& log, io::Metrics& metrics)
    : log_(log), metrics_(metrics), counters_(std::make_unique<Counters>(metrics)) {}
MessageLog::~MessageLog() = default;

std::string dkim_summary(const std::vector<dkim::SignatureResult>& signatures) {
    if (signatures.empty()) return "none";
    constexpr std::size_t most = Limits{}.authres_signatures;
    std::string text;
    for (const dkim::SignatureResult& signature : std::span(signatures).first(std::min(signatures.size(), most))) {
        if (!text.empty()) text += ", ";
        text += fmt::format("{} {}/{}", to_text(signature.result), escape::shortened(signature.domain),
                            escape::shortened(signature.selector));
        if (signature.code != dkim::Code::ok) text += fmt::format(" ({})", to_text(signature.code));
    }
    if (signatures.size() > most) text += fmt::format(" and {} more", signatures.size() - most);
    return text;
}

void MessageLog::record_rules(std::string_view id, const policy::Outcome& outcome) {
    for (const std::string& rule : outcome.fired)
        metrics_.counter("bonafide_rule_hits_total", "How often the condition of a rule held", {{"rule", rule}}).add();
    for (const std::string& rule : outcome.log) log_.info("rule.fired", {{"id", id}, {"rule", rule}});
}

void MessageLog::record_signing(std::string_view id, const Finished& finished) {
    const SigningReport& signing = finished.signing;
    for (const auto* troubles : {&signing.troubles, &finished.seal.troubles})
        for (const KeyTrouble& trouble : *troubles)
            log_.warning("signing.trouble", {{"id", id},
                                             {"domain", escape::shortened(trouble.domain)},
                                             {"selector", escape::shortened(trouble.selector)},
                                             {"why", trouble.why}});
    if (finished.seal.result == SealReport::Result::failed)
        log_.warning("seal.failed", {{"id", id}, {"why", finished.seal.why}});
    if (signing.result == SigningReport::Result::wrong_sender)
        log_.warning("signing.wrong_sender", {{"id", id},
                                              {"login", escape::shortened(finished.around.authenticated_as)},
                                              {"from", escape::shortened(finished.facts.author.domain)},
                                              {"why", signing.why}});
}

void MessageLog::record_refusal(const MessageEvent& event) {
    const Refusal& refusal = *event.refusal;
    const verdict::Envelope& envelope = refusal.facts.envelope;
    metrics_
        .counter("bonafide_refusals_total", "Clients, senders and recipients refused before the message",
                 {{"at", std::string(to_text(refusal.level))}})
        .add();
    record_rules(event.id, refusal.outcome);
    log_.info("refused", {{"id", event.id},
                          {"queue_id", event.queue_id},
                          {"at", to_text(refusal.level)},
                          {"client", envelope.client ? envelope.client->text() : std::string("-")},
                          {"helo", escape::shortened(envelope.helo)},
                          {"mail_from", escape::shortened(envelope.mail_from.value_or("-"))},
                          {"rcpt", escape::shortened(refusal.recipient)},
                          {"spf", result_of(refusal.facts.spf)},
                          {"iprev", result_of(refusal.facts.iprev)},
                          {"by", refusal.early.by},
                          {"reply", refusal.early.smtp_reply}});
}

void MessageLog::record(const MessageEvent& event) {
    counters_->bytes.add(event.body_bytes);
    if (event.end == MessageEvent::End::refused) return record_refusal(event);
    if (event.end == MessageEvent::End::aborted || event.finished == nullptr) {
        counters_->aborted.add();
        if (event.outcome != nullptr) record_rules(event.id, *event.outcome);
        log_.debug("message.aborted",
                   {{"id", event.id}, {"queue_id", event.queue_id}, {"lasted_us", event.lasted.count()}});
        return;
    }
    const Finished& finished = *event.finished;
    counters_->count(finished);
    record_rules(event.id, finished.outcome);
    record_signing(event.id, finished);
    if (!log_.writes(io::Logger::Level::info)) return;
    const verdict::Facts& facts = finished.facts;
    const verdict::Envelope& envelope = facts.envelope;
    const verdict::Judgement* const judged = finished.judged();
    log_.info("message", {{"id", event.id},
                          {"queue_id", event.queue_id},
                          {"direction", to_text(facts.direction)},
                          {"client", envelope.client ? envelope.client->text() : std::string("-")},
                          {"relay", envelope.relay ? envelope.relay->text() : std::string("-")},
                          {"helo", escape::shortened(envelope.helo)},
                          {"mail_from", escape::shortened(envelope.mail_from.value_or("-"))},
                          {"rcpt", recipient_summary(envelope)},
                          {"from", escape::shortened(facts.author.domain)},
                          {"spf", result_of(facts.spf)},
                          {"dkim", dkim_summary(facts.dkim)},
                          {"arc", result_of(facts.arc)},
                          {"dmarc", result_of(facts.dmarc)},
                          {"iprev", result_of(facts.iprev)},
                          {"compauth", judged == nullptr ? std::string_view("-") : to_text(judged->result)},
                          {"reason", judged == nullptr ? "-" : verdict::reason_text(judged->reason)},
                          {"score", judged == nullptr ? "-" : fmt::format("{:.1f}", judged->score)},
                          {"suggestion", judged == nullptr ? std::string_view("-") : to_text(judged->suggestion)},
                          {"unchecked", joined(facts.unchecked)},
                          {"decision", to_text(finished.decision.action)},
                          {"by", finished.decision.by},
                          {"reply", finished.decision.smtp_reply},
                          {"greylist", greylist_summary(finished)},
                          {"signed", signing_summary(finished.signing)},
                          {"sealed", seal_summary(finished.seal)},
                          {"bounce_tag", finished.around.bounce_tag},
                          {"fragile", fmt::format("{}", fmt::join(finished.signing.fragile, ","))},
                          {"would", fmt::format("{}", fmt::join(finished.decision.would, "; "))},
                          {"why", verdict::sentence(facts)},
                          {"dns", facts.transcript.exchanges().size()},
                          {"dns_bogus", bogus_names(facts.transcript)},
                          {"bytes", event.body_bytes},
                          {"waited_us", finished.waited.count()},
                          {"lasted_us", event.lasted.count()}});
}

} // namespace bonafide::engine
