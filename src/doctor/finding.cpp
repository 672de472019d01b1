#include "doctor/finding.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::doctor {
namespace {

using enum Severity;

// Rank: what makes other findings appear stands before them; then what stops mail, what lets others send in one's name, what weakens.
constexpr std::array table{
    Id{"domain.absent", error, "F"},
    Id{"dnssec.bogus", error, "F"},
    Id{"dns.unanswered", error, "F"},
    Id{"ns.disagree", error, "D"},
    Id{"zone.not_copied", error, "D"},
    Id{"spf.multiple", error, "F"},
    Id{"spf.wrong_place", error, "F"},
    Id{"spf.syntax", error, "F"},
    Id{"spf.loop", error, "F"},
    Id{"spf.include_none", error, "F"},
    Id{"spf.too_many_lookups", error, "F"},
    Id{"spf.void_lookups", error, "F"},
    Id{"spf.plus_all", error, "F"},
    Id{"spf.none", error, "D"},
    Id{"spf.address_missing", error, "D"},
    Id{"mx.null_with_others", error, "D"},
    Id{"mx.cname", error, "D"},
    Id{"mx.address", error, "D"},
    Id{"mx.unresolvable", error, "D"},
    Id{"mx.none", error, "D"},
    Id{"dkim.not_published", error, "D"},
    Id{"dkim.mismatch", error, "D"},
    Id{"dkim.revoked", error, "D"},
    Id{"dkim.syntax", error, "D"},
    Id{"dkim.several_records", error, "D"},
    Id{"dkim.hash_restricted", error, "D"},
    Id{"dkim.weak", error, "D"},
    Id{"dkim.none_found", error, "D"},
    Id{"dmarc.multiple", error, "D"},
    Id{"dmarc.wrong_place", error, "D"},
    Id{"dmarc.syntax", error, "D"},
    Id{"dmarc.none", error, "D"},
    Id{"dmarc.external_unverified", error, "C"},
    Id{"ptr.missing", error, "D"},
    Id{"ptr.mismatch", error, "D"},
    Id{"ptr.generic", warning, "C"},
    Id{"mta_sts.mx_mismatch", error, "D"},
    Id{"mta_sts.policy_missing", error, "C"},
    Id{"mta_sts.syntax", error, "C"},
    Id{"parked.incomplete", warning, "B"},
    Id{"dmarc.strict_breaks", error, "D"},
    Id{"dmarc.report_address", warning, "B"},
    Id{"dmarc.discovery_differs", warning, "B"},
    Id{"dmarc.weak", warning, "C"},
    Id{"dmarc.subdomain_gap", warning, "B"},
    Id{"spf.neutral_all", warning, "C"},
    Id{"spf.no_all", warning, "C"},
    Id{"spf.after_all", warning, "B"},
    Id{"spf.too_wide", warning, "C"},
    Id{"spf.ptr", warning, "B"},
    Id{"spf.private_address", warning, "B"},
    Id{"spf.subdomain_gap", warning, "B"},
    Id{"mx.no_ipv4", warning, "C"},
    Id{"txt.too_long", warning, "B"},
    Id{"ns.lame", warning, "B"},
    Id{"mta_sts.testing", warning, "B"},
    Id{"tlsrpt.syntax", warning, "B"},
    Id{"tlsrpt.report_address", warning, "B"},
    Id{"bimi.syntax", warning, "B"},
    Id{"bimi.dmarc_too_weak", warning, "B"},
    Id{"dkim.oversized", warning, "B"},
    Id{"dkim.shared_key", warning, "B"},
    Id{"queue.deferred", warning, "C"},
    Id{"name.confusable", notice, "A"},
    Id{"dmarc.no_reports", notice, "A"},
    Id{"dmarc.legacy_tags", notice, "A"},
    Id{"dmarc.unknown_tag", notice, "A"},
    Id{"dmarc.psd", notice, "A"},
    Id{"spf.soft_all", notice, "A"},
    Id{"spf.near_limit", notice, "A"},
    Id{"dkim.testing", notice, "A"},
    Id{"dkim.unknown_selectors", notice, "A"},
    Id{"dkim.dead_alias", notice, "A"},
    Id{"mx.null_sends", notice, "A"},
    Id{"mta_sts.short_age", notice, "A"},
    Id{"ttl.short", notice, "A"},
    Id{"ttl.long", notice, "A"},
    Id{"tlsrpt.none", notice, "A"},
    Id{"mx.implicit", notice, "A"},
    Id{"ns.single", notice, "A"},
    Id{"ns.unreachable", notice, "A"},
    Id{"spf.ok", ok, "A"},
    Id{"dkim.ok", ok, "A"},
    Id{"dmarc.ok", ok, "A"},
    Id{"mx.ok", ok, "A"},
    Id{"mx.null", ok, "A"},
    Id{"ptr.ok", ok, "A"},
    Id{"mta_sts.ok", ok, "A"},
    Id{"tlsrpt.ok", ok, "A"},
    Id{"bimi.ok", ok, "A"},
    Id{"ns.ok", ok, "A"},
    Id{"dnssec.ok", ok, "A"},
    Id{"parked.ok", ok, "A"},
};

} // namespace

std::string_view to_text(Severity severity) {
    constexpr std::array<std::string_view, 4> words{"ok", "notice", "warning", "error"};
    return words.at(static_cast<std::size_t>(severity));
}

std::string_view to_text(Actor actor) {
    constexpr std::array<std::string_view, 7> words{"nobody",        "zone-owner", "dns-host",   "mail-admin",
                                                    "address-owner", "provider",   "report-host"};
    return words.at(static_cast<std::size_t>(actor));
}

std::span<const Id> ids() { return table; }

std::size_t rank(std::string_view id) {
    return static_cast<std::size_t>(std::ranges::find(table, id, &Id::id) - table.begin());
}

void sort(std::vector<Finding>& findings) {
    struct Key {
        Severity severity;
        std::size_t rank, place;
    };
    std::vector<Key> keys;
    for (const Finding& finding : findings) keys.push_back({finding.severity, rank(finding.id), keys.size()});
    std::ranges::sort(keys, [](const Key& a, const Key& b) {
        return a.severity != b.severity ? a.severity > b.severity
               : a.rank != b.rank       ? a.rank < b.rank
                                        : a.place < b.place;
    });
    std::vector<Finding> sorted;
    for (const Key& key : keys) sorted.push_back(std::move(findings[key.place]));
    findings = std::move(sorted);
}

Grade grade(std::span<const Finding> findings) {
    Grade worst{"A", ""};
    for (const Finding& finding : findings) {
        if (finding.severity < warning) continue;
        const std::size_t place = rank(finding.id);
        if (place == table.size()) continue;
        std::string_view letter = table.at(place).grade;
        if (finding.severity == warning && letter > "C") letter = "C"; // what may be an error, in its milder form
        if (letter > worst.letter) worst = {letter, finding.id};
    }
    return worst;
}

} // namespace bonafide::doctor
