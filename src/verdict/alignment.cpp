#include "verdict/alignment.hpp"

#include "base/ascii.hpp"

namespace bonafide::verdict {

Alignment align(const Facts& facts, const dns::PublicSuffixList& suffixes) {
    Alignment found;
    if (facts.author.domain.empty()) return found;
    const std::string ours = suffixes.organizational(facts.author.domain);
    const auto is_ours = [&](const std::string& domain) {
        return !domain.empty() && (domain == facts.author.domain || suffixes.organizational(domain) == ours);
    };
    const spf::Outcome* const spf = facts.spf.value ? &*facts.spf.value : nullptr;
    const bool anybody = spf != nullptr && (spf->mechanism == "all" || spf->mechanism == "+all");
    if (spf != nullptr && spf->result == spf::Result::pass && !anybody && is_ours(spf->domain)) {
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

} // namespace bonafide::verdict
