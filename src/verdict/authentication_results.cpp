// The Authentication-Results field of a verdict (RFC 8601). Only inbound mail has results; for other mail the field says "none".
// Only what was evaluated is told: a method without a result is left out, never reported as "none".
#include "arc/result.hpp"
#include "base/escape.hpp"
#include "base/limits.hpp"
#include "verdict/dnssec.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

using authres::MethodResult;

/// RFC 8601 2.7.6, 2.7.7: all methods and results of ours are registered ones.
MethodResult method(std::string_view name, std::string_view result) {
    MethodResult entry;
    entry.method = name;
    entry.result = result;
    return entry;
}

void add(MethodResult& entry, std::string_view type, std::string_view name, std::string_view value) {
    // A value this long is nobody's name, and half of it would be another's.
    if (!value.empty() && value.size() <= escape::most_name_bytes)
        entry.properties.push_back({std::string(type), std::string(name), std::string(value)});
}

MethodResult spf_result(const spf::Outcome& outcome, const Envelope& envelope) {
    MethodResult entry = method("spf", to_text(outcome.result));
    if (envelope.client) entry.comment = "sender IP is " + envelope.client->text();
    if (outcome.result == spf::Result::temperror || outcome.result == spf::Result::permerror)
        entry.reason = outcome.cause.text;
    // RFC 8601 2.7.2: the domain alone, without the local-part.
    add(entry, "smtp", outcome.identity == spf::Identity::helo ? "helo" : "mailfrom", outcome.domain);
    return entry;
}

/// Only what adds to a result is said: answers that nobody could have forged.
void add_dnssec(MethodResult& entry, std::optional<dns::Dnssec> state) {
    if (state != dns::Dnssec::secure) return;
    if (!entry.comment.empty()) entry.comment += ", ";
    entry.comment += "DNSSEC";
}

std::string signature_comment(const dkim::SignatureResult& signature) {
    std::string comment;
    const auto say = [&](std::string_view part) {
        if (!comment.empty()) comment += ", ";
        comment += part;
    };
    if (signature.key_bits > 0) say(fmt::format("{}-bit key", signature.key_bits));
    if (signature.testing) say("test mode"); // RFC 6376 3.6.1 t=y
    if (signature.unsigned_bytes > 0) say(fmt::format("{} bytes of the body are not signed", signature.unsigned_bytes));
    return comment;
}

MethodResult dkim_result(const dkim::SignatureResult& signature) {
    MethodResult entry = method("dkim", to_text(signature.result));
    entry.properties.reserve(5);
    entry.comment = signature_comment(signature);
    add_dnssec(entry, signature.dnssec);
    if (signature.result != dkim::Result::pass)
        entry.reason = signature.reason.empty() ? std::string(to_text(signature.code)) : signature.reason;
    add(entry, "header", "d", signature.domain);
    add(entry, "header", "i", signature.identity);
    add(entry, "header", "s", signature.selector);
    add(entry, "header", "a", signature.algorithm);
    add(entry, "header", "b", signature.signature_start); // RFC 6008 4
    return entry;
}

/// RFC 9989 9.1 policy.dmarc: the policy that is or would be applied, after sp, np and t.
std::string_view evaluated_policy(const dmarc::Evaluation& evaluation) {
    if (!evaluation.policy) return {};
    const bool testing = evaluation.record && evaluation.record->testing;
    if (!testing) return to_text(*evaluation.policy);
    return *evaluation.policy == dmarc::Policy::reject ? "quarantine" : "none";
}

MethodResult dmarc_result(const dmarc::Evaluation& evaluation) {
    MethodResult entry = method("dmarc", to_text(evaluation.result));
    using enum dmarc::Code;
    // A pass, a fail and "no record" explain themselves; everything else is never left without its reason.
    if (evaluation.code != aligned && evaluation.code != not_aligned && evaluation.code != no_record)
        entry.reason = evaluation.reason;
    add(entry, "header", "from", evaluation.author_domain);
    add(entry, "policy", "dmarc", evaluated_policy(evaluation));
    return entry;
}

MethodResult iprev_result(const iprev::Outcome& outcome) {
    MethodResult entry = method("iprev", to_text(outcome.result));
    entry.comment = outcome.name;
    add(entry, "policy", "iprev", outcome.client.text());
    return entry;
}

/// At most limits.authres_signatures of them, top to bottom; where that is not all, those that pass are among them before the others.
void add_signatures(authres::Field& field, const std::vector<dkim::SignatureResult>& signatures) {
    constexpr std::size_t most = Limits{}.authres_signatures;
    const auto passes = [](const dkim::SignatureResult& s) { return s.result == dkim::Result::pass; };
    const auto passing = static_cast<std::size_t>(std::count_if(signatures.begin(), signatures.end(), passes));
    std::size_t room_for_pass = std::min(passing, most);
    std::size_t room_for_others = most - room_for_pass;
    std::size_t left_out = 0;
    for (const dkim::SignatureResult& signature : signatures) {
        std::size_t& room = passes(signature) ? room_for_pass : room_for_others;
        if (room == 0) {
            ++left_out;
            continue;
        }
        --room;
        field.results.push_back(dkim_result(signature));
    }
    if (left_out == 0) return;
    field.results.push_back(method("dkim", "policy"));
    field.results.back().reason = fmt::format("{} more signatures are not listed", left_out);
}

} // namespace

authres::Field authentication_results(const Facts& facts, std::string_view authserv_id) {
    authres::Field field;
    field.authserv_id = authserv_id;
    field.results.reserve(facts.dkim.size() + 5); // spf, dkim=none, arc, dmarc and iprev beside them
    if (facts.direction != Direction::inbound) return field;
    const auto add_result = [&](MethodResult result, std::optional<dns::Dnssec> dnssec) {
        add_dnssec(result, dnssec);
        field.results.push_back(std::move(result));
    };
    const auto dnssec = [&](Method of) { return dnssec_of(facts.transcript, of); };
    if (facts.spf.value) add_result(spf_result(*facts.spf.value, facts.envelope), dnssec(Method::spf));
    add_signatures(field, facts.dkim);
    if (facts.dkim.empty() && !is_unchecked(facts, "limit") && !is_unverified(facts)) {
        field.results.push_back(method("dkim", "none"));
        field.results.back().comment = "message not signed";
    }
    if (facts.arc.value && facts.arc.value->result != arc::Status::none)
        add_result(arc::method_result(*facts.arc.value, facts.envelope.client), facts.arc.value->dnssec);
    if (facts.dmarc.value) add_result(dmarc_result(*facts.dmarc.value), dnssec(Method::dmarc));
    if (facts.iprev.value) add_result(iprev_result(*facts.iprev.value), dnssec(Method::iprev));
    return field;
}

} // namespace bonafide::verdict
