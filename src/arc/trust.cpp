#include "arc/trust.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::arc {
namespace {

std::string shown(std::string_view text) { return escape::line(text, 253); }

/// Lower case A-labels without final dot; empty when IDNA refuses it: such a name equals no other.
std::string normalized(std::string_view domain) { return dns::to_ascii(domain).value_or(""); }

/// The domain as it is compared, and for ".domain" that names below it are meant.
bool covers_domain(std::string_view scope, std::string_view domain) {
    const bool below = scope.starts_with('.');
    const std::string wanted = normalized(scope.substr(below ? 1 : 0));
    if (wanted.empty()) return false;
    return below ? domain != wanted && dns::is_equal_or_below(domain, wanted) : domain == wanted;
}

bool covers_recipient(std::string_view scope, std::string_view recipient) {
    const std::size_t at = recipient.rfind('@');
    if (at == std::string_view::npos) return false;
    const std::string domain = normalized(recipient.substr(at + 1));
    const std::size_t scope_at = scope.rfind('@');
    if (scope_at == std::string_view::npos) return covers_domain(scope, domain);
    return ascii::iequals(scope.substr(0, scope_at), recipient.substr(0, at)) &&
           covers_domain(scope.substr(scope_at + 1), domain);
}

/// Empty when the row applies to this message; else why it does not.
std::string why_not_applied(const Sealer& row, const Circumstances& message) {
    if (row.expires && message.now >= *row.expires)
        return fmt::format("the trust in {} has expired", shown(row.domain));
    const std::string author = normalized(message.author_domain);
    const auto covers_author = [&](const std::string& scope) { return covers_domain(scope, author); };
    if (!row.author_domains.empty() && (author.empty() || std::ranges::none_of(row.author_domains, covers_author)))
        return fmt::format("{} is not trusted for mail from {}", shown(row.domain), shown(message.author_domain));
    const auto covers = [&](const std::string& recipient) {
        return std::ranges::any_of(row.recipients,
                                   [&](const auto& scope) { return covers_recipient(scope, recipient); });
    };
    if (!row.recipients.empty() && (message.recipients.empty() || !std::ranges::all_of(message.recipients, covers)))
        return fmt::format("{} is not trusted for mail to these recipients", shown(row.domain));
    return {};
}

struct Finding {
    const Sealer* row = nullptr; ///< that trusts the domain
    std::string reason;          ///< why there is none
};

Finding find_row(std::string_view domain, std::span<const Sealer> sealers, const Circumstances& message) {
    const std::string wanted = normalized(domain);
    Finding finding;
    finding.reason = fmt::format("{} is no trusted sealer", shown(domain));
    for (const Sealer& row : sealers) {
        if (wanted.empty() || normalized(row.domain) != wanted) continue;
        finding.reason = why_not_applied(row, message);
        if (!finding.reason.empty()) continue; // another row of this domain may apply
        finding.row = &row;
        return finding;
    }
    return finding;
}

/// Every domain that signed for the hop must be trusted: whoever made one of its signatures had the message in hand.
Finding find_hop(const Hop& hop, std::span<const Sealer> sealers, const Circumstances& message) {
    if (!hop.verified) return {nullptr, "its signatures do not verify"};
    Finding first{nullptr, "nobody signed for it"};
    for (std::size_t i = 0; i < hop.domains.size(); ++i) {
        Finding finding = find_row(hop.domains[i], sealers, message);
        if (finding.row == nullptr) return finding;
        if (i == 0) first = std::move(finding);
    }
    return first;
}

/// The domain that a result of DMARC says it is about (RFC 9989 9.1: header.from).
std::optional<std::string> author_of(const authres::MethodResult& result) {
    for (const authres::Property& property : result.properties)
        if (property.type == "header" && property.name == "from")
            return normalized(std::string_view(property.value).substr(property.value.rfind('@') + 1));
    return std::nullopt;
}

} // namespace

Trust trusted_run(std::span<const Hop> hops, std::span<const Sealer> sealers, const Circumstances& message) {
    std::vector<const Hop*> newest_first;
    for (const Hop& hop : hops) newest_first.push_back(&hop);
    std::ranges::sort(newest_first, std::ranges::greater{}, &Hop::position); // as numbers: 10 is newer than 9
    Trust trust;
    if (hops.empty()) trust.reason = "there is no chain that passes";
    for (const Hop* hop : newest_first) {
        const Finding finding = find_hop(*hop, sealers, message);
        const bool joins = trust.oldest == 0 || hop->position + 1 == trust.oldest;
        if (finding.row == nullptr || !joins) {
            trust.reason = fmt::format("hop {}: {}", hop->position,
                                       finding.row == nullptr ? finding.reason : "the hop above it is missing");
            return trust;
        }
        trust.oldest = hop->position;
        trust.domain = hop->domains.front();
        for (const std::string& domain : hop->domains)
            if (std::ranges::find(trust.sealers, domain) == trust.sealers.end()) trust.sealers.push_back(domain);
        trust.results = hop->results;
        trust.note = finding.row->note;
    }
    return trust;
}

std::vector<Hop> hops_of(const Outcome& outcome) {
    std::vector<Hop> hops;
    if (outcome.result != Status::pass) return hops;
    for (const Instance& instance : outcome.instances) {
        Hop& hop = hops.emplace_back();
        hop.position = instance.number;
        hop.domains = {instance.seal.domain};
        if (instance.message.domain != instance.seal.domain) hop.domains.push_back(instance.message.domain);
        hop.verified = instance.seal.check == Check::pass;
        // Of the newest, which the message as it came hangs on: what it does not cover anybody may have written since.
        if (instance.number == outcome.highest)
            hop.verified = hop.verified && instance.signs_from && instance.unsigned_bytes == 0;
        hop.results = instance.results;
    }
    return hops;
}

bool vouches_for(const authres::Field& results, std::string_view author_domain) {
    const std::string wanted = normalized(author_domain);
    if (wanted.empty() || !authres::is_known_version(results.version)) return false;
    bool vouched = false;
    for (const authres::MethodResult& result : results.results) {
        if (result.method != "dmarc" || !authres::is_known_version(result.version))
            continue; // RFC 8601 2.6: a result of other rules
        const std::optional<std::string> author = author_of(result);
        if (result.result == "pass") {
            if (author != wanted) return false; // it speaks of another author, or of none
            vouched = true;
        } else if (!author || author == wanted) {
            return false; // it contradicts itself
        }
    }
    return vouched;
}

} // namespace bonafide::arc
