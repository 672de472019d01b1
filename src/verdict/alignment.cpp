#include "verdict/alignment.hpp"

#include "base/ascii.hpp"
#include "spf/lets_anybody.hpp"
#include "verdict/wording.hpp"

namespace bonafide::verdict {

Alignment align(const Facts& facts, const dns::PublicSuffixList& suffixes) {
    Alignment found;
    if (facts.author.domain.empty()) return found;
    const std::string ours = suffixes.organizational(facts.author.domain);
    const auto is_ours = [&](const std::string& domain) {
        return !domain.empty() && (domain == facts.author.domain || suffixes.organizational(domain) == ours);
    };
    const spf::Outcome* const spf = facts.spf.value ? &*facts.spf.value : nullptr;
    if (spf != nullptr && spf->result == spf::Result::pass && !spf::lets_anybody(*spf) && is_ours(spf->domain)) {
        found.spf = true;
        found.by = spf->domain;
    }
    for (const dkim::SignatureResult& signature : facts.dkim) {
        if (!is_ours(signature.domain)) continue;
        const bool vouches = supports_dmarc(signature, facts.dkim_support);
        if (vouches && !found.dkim) found.by = signature.domain;
        found.dkim = found.dkim || vouches;
        found.broken_dkim = found.broken_dkim || signature.result == dkim::Result::fail;
    }
    return found;
}

std::string author_address(const Facts& facts) {
    if (facts.author.domain.empty() || facts.author.mailboxes.empty()) return {};
    const mail::Mailbox& first = facts.author.mailboxes.front();
    return ascii::lower(first.local_part) + '@' + first.domain;
}

std::string own_signature(const std::string& author_domain) { return "dkim:" + author_domain; }

std::string list_domain(const Facts& facts, const dns::PublicSuffixList& suffixes) {
    if (facts.letter.list_id.empty()) return {};
    const std::string list = suffixes.organizational(ascii::lower(facts.letter.list_id));
    const auto is_list = [&](const std::string& domain) {
        return !domain.empty() && domain != facts.author.domain && suffixes.organizational(domain) == list;
    };
    if (facts.spf.value && facts.spf.value->result == spf::Result::pass && is_list(facts.spf.value->domain))
        return facts.spf.value->domain;
    for (const std::string& signer : passing_signers(facts))
        if (is_list(signer)) return signer;
    return {};
}

} // namespace bonafide::verdict
