#include "cli/rules_view.hpp"

#include "base/escape.hpp"
#include "cli/time_text.hpp"
#include "verdict/json_text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using policy::ComparisonReport;
using policy::Level;
using policy::RuleReport;
using State = RuleReport::State;

constexpr std::size_t most_value_bytes = 120;

std::string_view point_of(Level level) {
    switch (level) {
    case Level::connect: return "at the connection";
    case Level::helo: return "at HELO";
    case Level::mail: return "at MAIL FROM";
    case Level::rcpt: return "at RCPT TO";
    default: return "at the end of the message";
    }
}

std::string state_text(const RuleReport& report) {
    switch (report.state) {
    case State::off: return "switched off";
    case State::ended: return fmt::format("not asked: {} decides before it", escape::line(report.ended_by));
    case State::elsewhere: return "for none of the recipients";
    case State::no: return "does not hold";
    case State::unknown: return "does not fire: what it asks is unknown";
    case State::fired: return "fires";
    case State::told: return "would fire, but is in monitor mode";
    }
    return "?";
}

std::string value_text(const policy::Value& value) {
    const std::string text = policy::to_text(value);
    if (text.empty()) return std::holds_alternative<std::string>(value) ? "empty" : "none";
    return escape::line(text, most_value_bytes);
}

std::string text_of(const RuleReport& report, std::string_view file) {
    const policy::Rule& rule = *report.rule;
    std::string text =
        fmt::format("{:<8}{} ({}:{}, {}){}: {}\n", policy::to_text(rule.level), escape::line(rule.name), file,
                    rule.place.line, policy::to_text(report.mode),
                    report.recipient.empty() ? "" : " for " + escape::line(report.recipient), state_text(report));
    for (const ComparisonReport& one : report.comparisons)
        text += fmt::format("          {}: {} ({})\n", escape::line(one.text), policy::to_text(one.truth),
                            value_text(one.value));
    if (report.state >= State::fired)
        for (const std::string& action : report.actions)
            text += fmt::format("          -> {}\n", escape::line(action, 600));
    return text;
}

/// What the client is told, by whom, and when.
std::string decision_text(const TriedRules& tried) {
    const policy::Decision& decision = tried.finished.decision;
    if (tried.refused)
        return fmt::format("{} ({}), {}, before the message is sent", tried.refused->reply,
                           escape::line(tried.refused->by), point_of(tried.refused->level));
    if (tried.nobody_left) return "every recipient is refused, so the message is not sent";
    std::string text(policy::to_text(decision.action));
    if (!decision.smtp_reply.empty()) text += ' ' + escape::line(decision.smtp_reply, 600);
    if (!decision.by.empty()) text += fmt::format(" ({})", escape::line(decision.by));
    return text + ", at the end of the message";
}

std::string dmarc_text(const TriedRules& tried) {
    const auto& dmarc = tried.finished.facts.dmarc;
    const policy::Disposition& disposition = tried.finished.disposition;
    std::string text = dmarc.value ? fmt::format("{}", dmarc::to_text(dmarc.value->result))
                                   : "unknown: " + escape::line(dmarc.unavailable);
    text += fmt::format("; comes to {}", policy::to_text(disposition.what));
    if (disposition.by != policy::By::nobody) text += fmt::format(" (by {})", policy::to_text(disposition.by));
    return disposition.why.empty() ? text : text + ": " + disposition.why;
}

std::string judgement_text(const TriedRules& tried) {
    const verdict::Judgement* judged = tried.finished.judged();
    if (judged == nullptr) return "none";
    return fmt::format("compauth={} reason={:03} score={:g} suggests {}", verdict::to_text(judged->result),
                       judged->reason, judged->score, verdict::to_text(judged->suggestion));
}

std::string envelope_text(const verdict::Envelope& envelope) {
    return fmt::format("client {}, HELO {}, MAIL FROM {}{}", envelope.client ? envelope.client->text() : "unknown",
                       envelope.helo.empty() ? "unknown" : escape::line(envelope.helo),
                       envelope.mail_from ? fmt::format("<{}>", escape::line(*envelope.mail_from)) : "unknown",
                       envelope.source == "message" ? " (read from the message)" : "");
}

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value() : json::value(verdict::utf8(text));
}

json::object json_of(const RuleReport& report) {
    json::array comparisons, actions;
    for (const ComparisonReport& one : report.comparisons)
        comparisons.push_back(
            json::object{{"text", verdict::utf8(one.text)},
                         {"truth", policy::to_text(one.truth)},
                         {"value", policy::is_known(one.value)
                                       ? json::value(verdict::utf8(escape::shortened(policy::to_text(one.value))))
                                       : json::value()}});
    for (const std::string& action : report.actions) actions.emplace_back(verdict::utf8(action));
    return {{"name", verdict::utf8(report.rule->name)},
            {"level", policy::to_text(report.rule->level)},
            {"line", report.rule->place.line},
            {"column", report.rule->place.column},
            {"recipient", text_or_null(report.recipient)},
            {"mode", policy::to_text(report.mode)},
            {"state", policy::to_text(report.state)},
            {"ended_by", text_or_null(report.ended_by)},
            {"condition", verdict::utf8(report.rule->when.text)},
            {"truth", policy::to_text(report.truth)},
            {"comparisons", std::move(comparisons)},
            {"actions", std::move(actions)}};
}

json::object json_of(const EarlyRefusal& refusal) {
    return {{"level", policy::to_text(refusal.level)},
            {"recipient", text_or_null(refusal.recipient)},
            {"smtp_reply", verdict::utf8(refusal.reply)},
            {"by", verdict::utf8(refusal.by)}};
}

/// What of a stored message nobody kept, so that rules cannot know it.
std::vector<std::string_view> gaps_of(const engine::StoredMessage::Gaps& gaps) {
    std::vector<std::string_view> texts;
    if (gaps.earlier) texts.emplace_back("an earlier version kept less than judging reads");
    if (gaps.cut) texts.emplace_back("a text was cut");
    if (gaps.addresses) texts.emplace_back("addresses are kept as hashes");
    if (gaps.subject) texts.emplace_back("the subject is not kept");
    if (gaps.not_judged) texts.emplace_back("it was not judged when it came");
    return texts;
}

json::value judgement_json(const verdict::Judgement* judged) {
    if (judged == nullptr) return {};
    return json::object{{"result", verdict::to_text(judged->result)},
                        {"reason", fmt::format("{:03}", judged->reason)},
                        {"score", judged->score},
                        {"suggestion", verdict::to_text(judged->suggestion)}};
}

} // namespace

std::string rules_text(const TriedRules& tried, std::string_view file) {
    const engine::Finished& finished = tried.finished;
    std::string text = fmt::format("envelope: {}\n", envelope_text(finished.facts.envelope));
    if (finished.facts.direction != verdict::Direction::inbound)
        text += fmt::format("this is {} mail: rules are for mail from outside\n",
                            verdict::to_text(finished.facts.direction));
    const std::string name = escape::line(file);
    for (const RuleReport& report : tried.reports) text += text_of(report, name);
    if (tried.acting->rules->all().empty()) text += fmt::format("{}: no rules\n", name);
    for (const EarlyRefusal& one : tried.refused_recipients)
        text += fmt::format("refused:   {}: {} ({})\n", escape::line(one.recipient), escape::line(one.reply, 600),
                            escape::line(one.by));
    text += fmt::format("decision:  {}\n", decision_text(tried));
    for (const std::string& one : finished.decision.would)
        text += fmt::format("would:     {}\n", escape::line(one, 600));
    text += fmt::format("mode:      {}\n", policy::to_text(tried.mode));
    text += fmt::format("DMARC:     {}\n", dmarc_text(tried));
    text += fmt::format("judgement: {}\n", judgement_text(tried));
    return text + fmt::format("greylist:  {}{}{}\n", tried.greylist.would_defer ? "defer " : "",
                              tried.greylist.reply.empty() ? "" : escape::line(tried.greylist.reply, 600) + ": ",
                              tried.greylist.why);
}

std::string rules_json(const TriedRules& tried, const MessageName& name) {
    const engine::Finished& finished = tried.finished;
    json::array rules, refused;
    for (const RuleReport& one : tried.reports) rules.push_back(json_of(one));
    for (const EarlyRefusal& one : tried.refused_recipients) refused.push_back(json_of(one));
    json::object object{{"file", verdict::utf8(name.file)}};
    if (name.offset) object["offset"] = *name.offset;
    object["direction"] = verdict::to_text(finished.facts.direction);
    object["asked_early"] = tried.asked_early;
    object["mode"] = policy::to_text(tried.mode);
    object["rules"] = std::move(rules);
    object["refused"] = tried.refused ? json::value(json_of(*tried.refused)) : json::value();
    object["refused_recipients"] = std::move(refused);
    object["nobody_left"] = tried.nobody_left;
    object["decision"] = json::parse(policy::to_json(finished.decision));
    object["disposition"] = json::object{{"what", policy::to_text(finished.disposition.what)},
                                         {"by", policy::to_text(finished.disposition.by)},
                                         {"why", verdict::utf8(finished.disposition.why)},
                                         {"smtp_reply", text_or_null(finished.disposition.reply)}};
    object["judgement"] = judgement_json(finished.judged());
    object["greylist"] = json::object{{"asked", tried.greylist.asked},
                                      {"would_defer", tried.greylist.would_defer},
                                      {"why", verdict::utf8(tried.greylist.why)},
                                      {"smtp_reply", text_or_null(tried.greylist.reply)}};
    return json::serialize(object);
}

std::string rules_text(const StoredRules& tried, std::string_view file) {
    std::string text = fmt::format("message {} of {}\nenvelope: {}\n", escape::line(tried.id), utc_text(tried.time),
                                   envelope_text(tried.envelope));
    const std::string name = escape::line(file);
    for (const RuleReport& report : tried.reports) text += text_of(report, name);
    if (tried.reports.empty()) text += fmt::format("{}: no rules\n", name);
    text += fmt::format("stored:    {}\nrules say: {}{}\n", escape::line(tried.action), tried.fate.decision,
                        tried.fate.by.empty() ? "" : fmt::format(" ({})", escape::line(tried.fate.by)));
    for (const std::string_view gap : gaps_of(tried.gaps)) text += fmt::format("unknown:   {}\n", gap);
    return text;
}

std::string rules_json(const StoredRules& tried) {
    json::array rules, gaps;
    for (const RuleReport& one : tried.reports) rules.push_back(json_of(one));
    for (const std::string_view gap : gaps_of(tried.gaps)) gaps.emplace_back(gap);
    return json::serialize(json::object{{"id", verdict::utf8(tried.id)},
                                        {"time", tried.time},
                                        {"stored", verdict::utf8(tried.action)},
                                        {"rules", std::move(rules)},
                                        {"action", tried.fate.decision},
                                        {"by", text_or_null(tried.fate.by)},
                                        {"unknown", std::move(gaps)}});
}

} // namespace bonafide::cli
