// Authentication-Results letter by letter as Microsoft 365 stamps it, for tooling that expects that: no authserv-id, ";" without a space
// before dmarc= and compauth=, fixed comments, one signature, and words (bestguesspass, oreject) that RFC 8601 does not know.
// Deviates from RFC 8601 2.2 in all of that; the ordinary form is authentication_results(). What was not evaluated is left out.
// Remote text gets in as host names alone: any other name is left out, so nothing in it can look like a result.
#include "dns/name.hpp"
#include "mail/folded_text.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace bonafide::verdict {
namespace {

/// " header.d=example.com"; nothing for what is no host name.
std::string property(std::string_view name, std::string_view domain) {
    return dns::is_hostname_like(domain) ? fmt::format(" {}={}", name, dns::normalize(domain)) : std::string();
}

std::string spf_part(const Facts& facts) {
    const spf::Outcome& outcome = *facts.spf.value;
    std::string part = fmt::format("spf={}", to_text(outcome.result));
    if (facts.envelope.client) part += fmt::format(" (sender IP is {})", facts.envelope.client->text());
    return part + property(outcome.identity == spf::Identity::helo ? "smtp.helo" : "smtp.mailfrom", outcome.domain);
}

/// How many labels two names have in common, from the right.
std::size_t shared_labels(std::string_view a, std::string_view b) {
    const std::size_t most = std::min(dns::label_count(a), dns::label_count(b));
    std::size_t shared = 0;
    while (shared < most && dns::last_labels(a, shared + 1) == dns::last_labels(b, shared + 1)) ++shared;
    return shared;
}

/// The signature that counts: one that supports DMARC before others that pass, and these before the rest; of equals the nearest to the
/// author, then the topmost. Null when there is none.
const dkim::SignatureResult* counting_signature(const Facts& facts) {
    const auto rank = [&](const dkim::SignatureResult& signature) {
        const bool usable = dns::is_hostname_like(signature.domain); // and so short enough to be compared
        return std::tuple(supports_dmarc(signature, facts.dkim_support), signature.result == dkim::Result::pass,
                          usable ? shared_labels(signature.domain, facts.author.domain) : 0,
                          signature.domain == facts.author.domain);
    };
    const auto best = std::ranges::max_element(facts.dkim, {}, rank);
    return best == facts.dkim.end() ? nullptr : &*best;
}

std::string_view failure_comment(dkim::Code code) {
    using enum dkim::Code;
    switch (code) {
    case body_hash_mismatch:
    case body_too_short: return "body hash did not verify";
    case key_unavailable: // Microsoft has no word of its own for a look-up that failed
    case no_key:
    case key_revoked: return "no key for signature";
    default: return "signature did not verify";
    }
}

std::string dkim_part(const dkim::SignatureResult* signature) {
    if (signature == nullptr || signature->result == dkim::Result::none)
        return "dkim=none (message not signed) header.d=none";
    const std::string part = signature->result == dkim::Result::pass
                                 ? std::string("dkim=pass (signature was verified)")
                                 : fmt::format("dkim=fail ({})", failure_comment(signature->code));
    return part + property("header.d", signature->domain);
}

/// An empty list of signatures says "not signed" only where they were looked at.
bool knows_signatures(const Facts& facts) {
    return !facts.dkim.empty() || (!is_unchecked(facts, "limit") && !is_unverified(facts));
}

std::string_view dmarc_word(const dmarc::Evaluation& evaluation, const Judgement& judgement) {
    constexpr unsigned best_guess = 109;
    switch (evaluation.result) {
    case dmarc::Result::pass: return "pass";
    case dmarc::Result::fail: return "fail";
    case dmarc::Result::none:
        if (evaluation.code == dmarc::Code::no_record && judgement.reason == best_guess) return "bestguesspass";
        break;
    case dmarc::Result::temperror: // said by action=
    case dmarc::Result::permerror: break;
    }
    return "none";
}

/// Nothing is refused or put aside for DMARC in monitor mode: a wish for reject is overridden, any other left alone.
std::string_view action_word(const dmarc::Evaluation& evaluation) {
    if (evaluation.result == dmarc::Result::temperror) return "temperror";
    if (evaluation.result == dmarc::Result::permerror || evaluation.code == dmarc::Code::unusable_record)
        return "permerror";
    const bool reject = evaluation.result == dmarc::Result::fail && evaluation.disposition == dmarc::Policy::reject;
    return reject ? "oreject" : "none";
}

} // namespace

std::string microsoft_results(const Facts& facts, const Judgement& judgement) {
    std::string text;
    const auto say = [&](std::string_view separator, const std::string& part) {
        if (!text.empty()) text += separator;
        text += part;
    };
    if (facts.spf.value) say("; ", spf_part(facts));
    if (knows_signatures(facts)) say("; ", dkim_part(counting_signature(facts)));
    if (facts.dmarc.value)
        say(";", fmt::format("dmarc={} action={}", dmarc_word(*facts.dmarc.value, judgement),
                             action_word(*facts.dmarc.value)) +
                     property("header.from", facts.author.domain));
    say(";", fmt::format("compauth={} reason={}", to_text(judgement.result), reason_text(judgement.reason)));
    mail::FoldedText folded(std::string_view("Authentication-Results: ").size());
    folded.add_word(text); // folded before its spaces alone: unfolded it is the same again
    return folded.take();
}

} // namespace bonafide::verdict
