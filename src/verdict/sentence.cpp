// One plain sentence for a verdict: who the mail claims to be from, what vouches for that, and what its owner wants. It stands in the
// log and in front of `verify`, so it names names and avoids the protocols' vocabulary where plain words do.
#include "verdict/report.hpp"
#include "verdict/wording.hpp"

#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

std::string unchecked_direction(Direction direction) {
    switch (direction) {
    case Direction::submitted: return "One of our own users sent this mail, so it was not checked.";
    case Direction::internal: return "This mail comes from one of our own networks, so it was not checked.";
    case Direction::local: return "This mail was sent on this machine, so it was not checked.";
    case Direction::inbound: break;
    }
    return {};
}

/// "SPF allows 192.0.2.60 to send for bounce.adatum.com".
std::string spf_confirms(const Facts& facts) {
    const std::string domain = facts.spf.value ? shown(facts.spf.value->domain) : shown(facts.author.domain);
    return fmt::format("SPF allows {} to send for {}", sender_text(facts), domain);
}

std::string pass_by_dkim(const Facts& facts, const std::string& author, const dmarc::Evaluation& evaluation) {
    std::string text = fmt::format("The mail is really from {}: the DKIM signature of {} is valid, so DMARC passes",
                                   author, shown(evaluation.aligned_domain));
    if (!facts.spf.value) return text + '.';
    text += fmt::format(", although {}", spf_clause(facts));
    const spf::Result spf = facts.spf.value->result;
    if ((spf == spf::Result::fail || spf == spf::Result::softfail) && is_related(facts, facts.spf.value->domain))
        text += ", which is usual for forwarded mail";
    return text + '.';
}

std::string pass_sentence(const Facts& facts, const dmarc::Evaluation& evaluation) {
    const std::string author = shown(evaluation.author_domain);
    if (evaluation.spf_aligned && evaluation.dkim_aligned)
        return fmt::format("The mail is really from {}: {} and the DKIM signature of {} is valid, so DMARC passes.",
                           author, spf_confirms(facts), shown(evaluation.aligned_domain));
    if (evaluation.dkim_aligned) return pass_by_dkim(facts, author, evaluation);
    const bool unsigned_mail = facts.dkim.empty();
    return fmt::format("The mail is really from {}: {}, so DMARC passes{} {}.", author, spf_confirms(facts),
                       unsigned_mail ? ";" : ", although", dkim_clause(facts));
}

std::string fail_sentence(const Facts& facts, const dmarc::Evaluation& evaluation) {
    return fmt::format("The mail claims to be from {}, but {}, so DMARC fails; {}.", shown(evaluation.author_domain),
                       both_clauses(facts), owner_clause(evaluation));
}

/// Without a policy DMARC decides nothing; the evidence is still worth telling, for or against.
std::string none_sentence(const Facts& facts, const dmarc::Evaluation& evaluation) {
    const std::string author = shown(evaluation.author_domain);
    const std::string start =
        evaluation.code == dmarc::Code::unusable_record
            ? fmt::format("The mail claims to be from {}, whose DMARC record cannot be used, so DMARC decides nothing",
                          author)
            : fmt::format("The mail claims to be from {}, which publishes no DMARC record, so DMARC decides nothing",
                          author);
    const bool by_spf =
        facts.spf.value && facts.spf.value->result == spf::Result::pass && is_related(facts, facts.spf.value->domain);
    const dkim::SignatureResult* leading = leading_signature(facts);
    const bool by_dkim =
        leading != nullptr && leading->result == dkim::Result::pass && is_related(facts, leading->domain);
    if (by_spf && by_dkim)
        return fmt::format("{}; still, {} and the DKIM signature of {} is valid.", start, spf_confirms(facts),
                           shown(leading->domain));
    if (by_spf) return fmt::format("{}; still, {}, while {}.", start, spf_confirms(facts), dkim_clause(facts));
    if (by_dkim)
        return fmt::format("{}; still, the DKIM signature of {} is valid, while {}.", start, shown(leading->domain),
                           spf_clause(facts));
    return fmt::format("{}; {}.", start, both_clauses(facts));
}

std::string verdict_sentence(const Facts& facts) {
    if (!facts.dmarc.value)
        return fmt::format("Whether the mail is from {} was not decided: {}.",
                           facts.author.domain.empty() ? std::string("its sender") : shown(facts.author.domain),
                           facts.dmarc.unavailable);
    const dmarc::Evaluation& evaluation = *facts.dmarc.value;
    switch (evaluation.result) {
    case dmarc::Result::pass: return pass_sentence(facts, evaluation);
    case dmarc::Result::fail: return fail_sentence(facts, evaluation);
    case dmarc::Result::none: return none_sentence(facts, evaluation);
    case dmarc::Result::temperror:
        return fmt::format("Whether the mail is really from {} cannot be said now: {}.",
                           shown(evaluation.author_domain), evaluation.reason);
    case dmarc::Result::permerror: break;
    }
    return fmt::format("Nobody can say who the mail claims to be from, so DMARC cannot check it: {}.",
                       evaluation.reason);
}

} // namespace

std::string sentence(const Facts& facts) {
    if (facts.direction != Direction::inbound) return unchecked_direction(facts.direction);
    std::string text = verdict_sentence(facts);
    if (!facts.author.defect.empty())
        text += fmt::format(" Its From field is malformed ({}); the one address in it was taken.", facts.author.defect);
    if (facts.unchecked.empty()) return text;
    text += " A failure on our side kept the check incomplete (";
    for (std::size_t i = 0; i < facts.unchecked.size(); ++i) text += (i == 0 ? "" : ", ") + shown(facts.unchecked[i]);
    return text + ").";
}

} // namespace bonafide::verdict
