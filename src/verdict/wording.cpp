#include "verdict/wording.hpp"

#include "base/escape.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i == 3 && names.size() > 4) return text + " and others";
        text += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
        text += shown(names[i]);
    }
    return text;
}

std::string author_of(const Facts& facts) { return shown(facts.author.domain); }

/// A pass that does not count: for a stranger, or for a related name that strict alignment refuses.
std::string unaligned_spf_pass(const Facts& facts, const spf::Outcome& outcome) {
    const bool strict =
        facts.dmarc.value && facts.dmarc.value->record && facts.dmarc.value->record->aspf == dmarc::Alignment::strict;
    if (strict && is_related(facts, outcome.domain))
        return fmt::format("SPF vouches for {}, while the owner accepts only {} itself", shown(outcome.domain),
                           author_of(facts));
    return fmt::format("SPF vouches only for {}", shown(outcome.domain));
}

/// A passing signature of the author's organization that DMARC could not use.
std::string unused_dkim_pass(const Facts& facts, const dkim::SignatureResult& signature) {
    const std::string signer = shown(signature.domain);
    if (signature.unsigned_bytes > 0)
        return fmt::format("the DKIM signature of {} leaves {} bytes of the body unsigned, so it does not count",
                           signer, signature.unsigned_bytes);
    if (signature.testing)
        return fmt::format("the DKIM key of {} is in test mode, so its signature does not count", signer);
    const bool strict =
        facts.dmarc.value && facts.dmarc.value->record && facts.dmarc.value->record->adkim == dmarc::Alignment::strict;
    if (strict)
        return fmt::format("the DKIM signature is of {}, while the owner accepts only {} itself", signer,
                           author_of(facts));
    return fmt::format("DKIM vouches only for {}", signer);
}

std::string broken_signature(const dkim::SignatureResult& signature) {
    const std::string signer = shown(signature.domain);
    using enum dkim::Code;
    switch (signature.code) {
    case body_hash_mismatch:
        return fmt::format("the body was changed after {} signed it, as a mailing list's footer does", signer);
    case bad_signature:
        return fmt::format(
            "the DKIM signature of {} does not fit the message: its header was changed after signing, or it is forged",
            signer);
    case key_unavailable: return fmt::format("the DKIM key of {} could not be looked up", signer);
    case no_key: return fmt::format("the DKIM signature of {} names a key that is not in the DNS", signer);
    case key_revoked: return fmt::format("{} has revoked the key of its DKIM signature", signer);
    case expired: return fmt::format("the DKIM signature of {} has expired", signer);
    default: break;
    }
    if (signature.domain.empty()) return "the DKIM signature is malformed";
    return fmt::format("the DKIM signature of {} is not valid ({})", signer,
                       signature.reason.empty() ? std::string(to_text(signature.code)) : signature.reason);
}

} // namespace

std::string shown(std::string_view name) { return escape::line(name, 120); }

std::string sender_text(const Facts& facts) {
    return facts.envelope.client ? facts.envelope.client->text() : std::string("the sending server");
}

bool is_related(const Facts& facts, std::string_view domain) {
    const std::string& author = facts.author.domain;
    if (domain.empty() || author.empty()) return false;
    if (dns::is_equal_or_below(domain, author) || dns::is_equal_or_below(author, domain)) return true;
    return facts.dmarc.value && dns::is_equal_or_below(domain, facts.dmarc.value->org_domain);
}

const dkim::SignatureResult* leading_signature(const Facts& facts) {
    const auto rank = [&](const dkim::SignatureResult& signature) {
        return (is_related(facts, signature.domain) ? 2 : 0) + (signature.result == dkim::Result::pass ? 1 : 0);
    };
    const auto best = std::max_element(facts.dkim.begin(), facts.dkim.end(),
                                       [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return best == facts.dkim.end() ? nullptr : &*best;
}

std::vector<std::string> passing_signers(const Facts& facts) {
    std::vector<std::string> signers;
    for (const dkim::SignatureResult& signature : facts.dkim)
        if (signature.result == dkim::Result::pass &&
            std::find(signers.begin(), signers.end(), signature.domain) == signers.end())
            signers.push_back(signature.domain);
    return signers;
}

std::string spf_clause(const Facts& facts) {
    if (!facts.spf.value) return "SPF was not checked";
    const spf::Outcome& outcome = *facts.spf.value;
    const std::string domain = shown(outcome.domain);
    switch (outcome.result) {
    case spf::Result::pass: return unaligned_spf_pass(facts, outcome);
    case spf::Result::fail: return fmt::format("SPF says that {} may not send for {}", sender_text(facts), domain);
    case spf::Result::softfail:
        return fmt::format("SPF says that {} should not send for {}", sender_text(facts), domain);
    case spf::Result::neutral: return fmt::format("SPF takes no position on {} for {}", sender_text(facts), domain);
    case spf::Result::temperror: return fmt::format("SPF could not be looked up for {}", domain);
    case spf::Result::permerror: return fmt::format("the SPF record of {} is broken", domain);
    case spf::Result::none: break;
    }
    if (outcome.cause.code == spf::Code::no_domain)
        return fmt::format("the sender address's domain {} does not exist", domain);
    if (outcome.cause.code == spf::Code::bad_domain || outcome.domain.empty())
        return "there is no domain for SPF to check";
    return fmt::format("{} publishes no SPF record", domain);
}

std::string dkim_clause(const Facts& facts) {
    const dkim::SignatureResult* leading = leading_signature(facts);
    if (leading == nullptr) return "there is no DKIM signature";
    if (leading->result != dkim::Result::pass) return broken_signature(*leading);
    if (is_related(facts, leading->domain)) return unused_dkim_pass(facts, *leading);
    return fmt::format("DKIM vouches only for {}", joined(passing_signers(facts)));
}

std::string both_clauses(const Facts& facts) {
    const std::string spf = spf_clause(facts);
    const std::string dkim = dkim_clause(facts);
    constexpr std::string_view same = "DKIM vouches only for ";
    if (spf.starts_with("SPF vouches only for ") && dkim.starts_with(same))
        return fmt::format("{} and DKIM only for {}", spf, dkim.substr(same.size()));
    return fmt::format("{} and {}", spf, dkim);
}

std::string owner_clause(const dmarc::Evaluation& evaluation) {
    const bool testing = evaluation.record && evaluation.record->testing && evaluation.policy &&
                         *evaluation.policy != dmarc::Policy::none;
    const std::string_view test = testing ? ", but is still testing that wish" : "";
    switch (evaluation.policy.value_or(dmarc::Policy::none)) {
    case dmarc::Policy::reject: return fmt::format("the owner asks to reject such mail{}", test);
    case dmarc::Policy::quarantine: return fmt::format("the owner asks to treat such mail as suspicious{}", test);
    case dmarc::Policy::none: break;
    }
    return "the owner asks for no action";
}

} // namespace bonafide::verdict
