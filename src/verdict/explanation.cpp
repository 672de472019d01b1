// `verify --explain`: the sentence, one line a protocol, the judgement with its evidence, what to do, the field as stamped, and the DNS
// questions behind it all.
#include "verdict/report.hpp"
#include "verdict/wording.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace bonafide::verdict {
namespace {

std::string protocol_line(std::string_view protocol, std::string_view result, std::string_view about) {
    return fmt::format("{:<6} {:<9} {}\n", protocol, result, about);
}

std::string spf_lines(const Facts& facts) {
    if (!facts.spf.value) return protocol_line("SPF", "-", facts.spf.unavailable);
    const spf::Outcome& outcome = *facts.spf.value;
    std::string text =
        protocol_line("SPF", to_text(outcome.result),
                      fmt::format("{} ({}): {}", shown(outcome.domain),
                                  outcome.identity == spf::Identity::helo ? "HELO" : "MAIL FROM", outcome.cause.text));
    // RFC 7208 6.2: plainly in the words of somebody else.
    if (!outcome.explanation.empty())
        text += fmt::format("       its owner says: \"{}\"\n", shown(outcome.explanation));
    return text;
}

std::string signature_line(const dkim::SignatureResult& signature) {
    std::string about = shown(signature.domain);
    if (!signature.selector.empty()) about += fmt::format(", selector {}", shown(signature.selector));
    if (!signature.algorithm.empty()) about += fmt::format(", {}", shown(signature.algorithm));
    if (signature.key_bits > 0) about += fmt::format(", {}-bit key", signature.key_bits);
    if (signature.testing) about += ", key in test mode";
    if (signature.unsigned_bytes > 0)
        about += fmt::format(", {} bytes of the body are not signed", signature.unsigned_bytes);
    if (signature.several_from) about += ", more From fields than are signed";
    if (!signature.reason.empty()) about += ": " + signature.reason;
    return protocol_line("DKIM", to_text(signature.result), about);
}

std::string dkim_lines(const Facts& facts) {
    if (facts.dkim.empty() && is_unchecked(facts, "limit"))
        return protocol_line("DKIM", "-", "the header is larger than this server reads");
    if (facts.dkim.empty()) return protocol_line("DKIM", "none", "the message is not signed");
    std::string text;
    for (const dkim::SignatureResult& signature : facts.dkim) text += signature_line(signature);
    return text;
}

std::string policy_line(const dmarc::Evaluation& evaluation) {
    const std::string where = shown(evaluation.policy_domain);
    if (!evaluation.policy) return fmt::format("       record at _dmarc.{}\n", where);
    std::string text = fmt::format("       policy {} by the record at _dmarc.{}", to_text(*evaluation.policy), where);
    if (evaluation.author_exists && !*evaluation.author_exists) text += ", for names that do not exist";
    if (evaluation.record && evaluation.record->testing) text += ", in test mode: one step less";
    if (evaluation.record && evaluation.record->policy_defaulted) text += ", since its own policy tags are not valid";
    return text + '\n';
}

std::string dmarc_lines(const Facts& facts) {
    if (!facts.dmarc.value) return protocol_line("DMARC", "-", facts.dmarc.unavailable);
    const dmarc::Evaluation& evaluation = *facts.dmarc.value;
    std::string text = protocol_line("DMARC", to_text(evaluation.result), evaluation.reason);
    if (!evaluation.policy_domain.empty()) text += policy_line(evaluation);
    for (const std::string& note : evaluation.notes) text += fmt::format("       {}\n", note);
    return text;
}

/// Nothing for a message without ARC fields.
std::string arc_line(const Facts& facts) {
    if (!facts.arc.value) return protocol_line("ARC", "-", facts.arc.unavailable);
    const arc::Outcome& outcome = *facts.arc.value;
    if (outcome.result == arc::Status::none) return {};
    if (outcome.result == arc::Status::fail) return protocol_line("ARC", "fail", outcome.reason);
    std::string sealers;
    for (const arc::Instance& instance : outcome.instances)
        sealers += (sealers.empty() ? "" : ", then ") + shown(instance.seal.domain);
    std::string about = fmt::format("sealed by {}", sealers);
    if (outcome.oldest_pass > 1)
        about +=
            fmt::format("; changed on the way: what instance {} and later signed is what arrived", outcome.oldest_pass);
    return protocol_line("ARC", "pass", about);
}

std::string iprev_line(const Facts& facts) {
    if (!facts.iprev.value) return protocol_line("iprev", "-", facts.iprev.unavailable);
    return protocol_line("iprev", to_text(facts.iprev.value->result), facts.iprev.value->reason);
}

/// Biggest first, whichever way it counts; what only explains comes last. Equals stay in their order.
std::vector<const Evidence*> by_weight(const std::vector<Evidence>& evidence) {
    std::vector<const Evidence*> rows;
    for (const Evidence& one : evidence) rows.push_back(&one);
    std::ranges::sort(rows, {}, [](const Evidence* one) { return std::pair(-std::abs(one->points), one); });
    return rows;
}

std::string judgement_lines(const Judgement& judgement) {
    std::string text =
        fmt::format("\ncompauth {} {}: {}\n", to_text(judgement.result), reason_text(judgement.reason), judgement.why);
    for (const Evidence* one : by_weight(judgement.evidence))
        text += one->points == 0 ? fmt::format("      0  {:<20} {}\n", one->signal, one->text)
                                 : fmt::format("  {:>+5.1f}  {:<20} {}\n", one->points, one->signal, one->text);
    text += fmt::format("  score {:.1f}, suggestion: {}\n", judgement.score, to_text(judgement.suggestion));
    const std::string indicators = sender_indicators(judgement);
    if (!indicators.empty()) text += fmt::format("  shown beside the author: {}\n", indicators);
    return text;
}

std::string envelope_line(const Envelope& envelope) {
    std::string text = fmt::format("{:<6} {}, HELO {}, MAIL FROM ", "from",
                                   envelope.client ? envelope.client->text() : "unknown address",
                                   envelope.helo.empty() ? "unknown" : shown(envelope.helo));
    text += envelope.mail_from ? fmt::format("<{}>", shown(*envelope.mail_from)) : std::string("unknown");
    if (envelope.relay)
        text += fmt::format(", through {} of our relays, last {}", envelope.relays, envelope.relay->text());
    if (envelope.source != "given") text += fmt::format(" (read back from the {})", shown(envelope.source));
    return text + '\n';
}

std::string list(std::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    std::string text = fmt::format("\n{}\n", title);
    for (const std::string& line : lines) text += fmt::format("  {}\n", line);
    return text;
}

/// The field unfolded for the eye: one result a line.
std::string stamped(const Facts& facts, std::string_view authserv_id) {
    std::string text = "\nAuthentication-Results: ";
    for (const char c : authres::write(authentication_results(facts, authserv_id)))
        if (c != '\r') text += c;
    return text + '\n';
}

} // namespace

std::string explanation(const Facts& facts, const Judgement* judgement, std::string_view authserv_id) {
    std::string text = sentence(facts) + "\n\n" + envelope_line(facts.envelope);
    if (facts.direction != Direction::inbound) return text;
    text += spf_lines(facts) + dkim_lines(facts) + arc_line(facts) + dmarc_lines(facts) + iprev_line(facts);
    if (judgement != nullptr) text += judgement_lines(*judgement);
    text += list("What to do", advice(facts));
    text += stamped(facts, authserv_id);
    std::vector<std::string> questions;
    for (const dns::Exchange& exchange : facts.transcript.exchanges()) questions.push_back(dns::to_line(exchange));
    return text + list(fmt::format("DNS questions ({})", questions.size()), questions);
}

} // namespace bonafide::verdict
