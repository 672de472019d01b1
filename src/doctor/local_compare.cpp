#include "doctor/local_compare.hpp"

#include "base/ascii.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::doctor {
namespace {

std::string squeezed(std::string_view text) {
    std::string result;
    for (const char c : text)
        if (!ascii::is_space(c)) result += c;
    return result;
}

std::string tag_of(std::string_view text, std::string_view name) {
    const auto tags = read_loose_tags(text);
    const LooseTag* tag = find_tag(tags, name);
    return tag == nullptr ? std::string() : squeezed(tag->value);
}

// SPF -------------------------------------------------------------------------------------------------------------------------------

/// A term as it counts: "+MX" and "mx" are one.
std::string plain_term(std::string_view term) {
    if (term.starts_with('+')) term.remove_prefix(1);
    return ascii::lower(term);
}

struct SpfTerms {
    std::vector<std::string> others;
    std::string all; ///< "-all"; empty: none
};
SpfTerms terms_of(std::string_view text) {
    SpfTerms result;
    for (const std::string& term : spf_terms(text)) {
        std::string plain = plain_term(term);
        if (plain.ends_with("all") && plain.size() <= 4)
            result.all = std::move(plain);
        else
            result.others.push_back(std::move(plain));
    }
    return result;
}

/// Less lets fewer send.
std::size_t softness(std::string_view all) {
    constexpr std::array<std::string_view, 4> order{"-all", "~all", "?all", "all"};
    if (all.empty()) all = "?all"; // RFC 7208 4.7
    return static_cast<std::size_t>(std::ranges::find(order, all) - order.begin());
}

std::optional<LocalDifference> compare_spf(LocalDifference difference, const std::string& local,
                                           const std::vector<std::string>& in_public) {
    if (in_public.empty()) {
        difference.missing.push_back(dns::txt_record(difference.name, local));
        return difference;
    }
    const SpfTerms wanted = terms_of(local), present = terms_of(in_public.front());
    const bool covers = std::ranges::all_of(wanted.others, [&](const std::string& term) {
        return std::ranges::find(present.others, term) != present.others.end();
    });
    const bool as_strict = softness(present.all) <= softness(wanted.all);
    if (in_public.size() == 1 && covers && as_strict) return {};
    std::vector<std::string> texts = in_public;
    texts.push_back(local);
    const bool only_all = covers && in_public.size() == 1;
    const std::string proposed = only_all ? with_all(in_public.front(), wanted.all) : merged(texts);
    difference.missing.push_back(dns::txt_record(difference.name, proposed));
    for (const std::string& text : in_public) difference.other.push_back(dns::txt_record(difference.name, text));
    if (!only_all && proposed != local) difference.local.push_back(local);
    return difference;
}

// DKIM, DMARC ---------------------------------------------------------------------------------------------------------------------

std::size_t strictness(std::string_view dmarc) {
    constexpr std::array<std::string_view, 4> order{"", "none", "quarantine", "reject"};
    const std::string policy = ascii::lower(tag_of(dmarc, "p"));
    const auto place = std::ranges::find(order, policy);
    return place == order.end() ? 0 : static_cast<std::size_t>(place - order.begin());
}

bool serves_as(MailRecord kind, std::string_view in_public, std::string_view local) {
    switch (kind) {
    case MailRecord::dkim: return tag_of(in_public, "p") == tag_of(local, "p");
    case MailRecord::dmarc: return strictness(in_public) >= strictness(local);
    case MailRecord::mta_sts:
    case MailRecord::tls_rpt:
    case MailRecord::bimi: return true;
    case MailRecord::spf:
    case MailRecord::mx:
    case MailRecord::address: break;
    }
    return in_public == local;
}

bool is_version(std::string_view text, std::string_view version) {
    const std::string start = squeezed(text.substr(0, 2 * version.size()));
    return ascii::istarts_with(start, version);
}

} // namespace

std::optional<MailRecord> mail_record_of(std::string_view name, std::string_view text) {
    if (name.contains("._domainkey.")) { // "_domainkey" itself held policies of DomainKeys, which nobody reads
        const auto tags = read_loose_tags(text);
        return find_tag(tags, "p") != nullptr ? std::optional(MailRecord::dkim) : std::nullopt;
    }
    if (name.starts_with("_dmarc.") || name.contains("._report._dmarc."))
        return is_version(text, "v=dmarc1") ? std::optional(MailRecord::dmarc) : std::nullopt;
    if (name.starts_with("_mta-sts."))
        return is_version(text, "v=stsv1") ? std::optional(MailRecord::mta_sts) : std::nullopt;
    if (name.starts_with("_smtp._tls."))
        return is_version(text, "v=tlsrptv1") ? std::optional(MailRecord::tls_rpt) : std::nullopt;
    if (name.contains("._bimi.")) return is_version(text, "v=bimi1") ? std::optional(MailRecord::bimi) : std::nullopt;
    const bool is_spf = ascii::istarts_with(text, "v=spf1") && (text.size() == 6 || text[6] == ' ' || text[6] == '\t');
    return is_spf ? std::optional(MailRecord::spf) : std::nullopt;
}

std::optional<MailRecord> kind_of_alias(std::string_view name) {
    if (name.contains("._domainkey.")) return MailRecord::dkim;
    if (name.starts_with("_dmarc.")) return MailRecord::dmarc;
    if (name.starts_with("_mta-sts.")) return MailRecord::mta_sts;
    if (name.starts_with("_smtp._tls.")) return MailRecord::tls_rpt;
    return {};
}

std::optional<LocalDifference> compare_texts(MailRecord kind, const std::string& name,
                                             const std::vector<std::string>& local,
                                             const std::vector<std::string>& in_public) {
    LocalDifference difference{.name = name, .type = dns::Type::txt, .kind = kind};
    if (kind == MailRecord::spf) return compare_spf(std::move(difference), local.front(), in_public);
    for (const std::string& text : local)
        if (std::ranges::none_of(in_public, [&](const std::string& one) { return serves_as(kind, one, text); }))
            difference.missing.push_back(dns::txt_record(name, text));
    if (difference.missing.empty()) return {};
    for (const std::string& text : in_public)
        if (std::ranges::none_of(local, [&](const std::string& one) { return serves_as(kind, text, one); }))
            difference.other.push_back(dns::txt_record(name, text));
    return difference;
}

std::optional<LocalDifference> compare_mx(const std::string& name, const std::vector<dns::Mx>& local,
                                          const std::vector<dns::Mx>& in_public) {
    LocalDifference difference{.name = name, .type = dns::Type::mx, .kind = MailRecord::mx};
    const auto record = [&](const dns::Mx& mx) {
        return dns::Record{.name = name, .type = dns::Type::mx, .value = mx.host, .preference = mx.preference};
    };
    const auto has = [](const std::vector<dns::Mx>& list, const dns::Mx& mx) {
        return std::ranges::find(list, mx.host, &dns::Mx::host) != list.end();
    };
    for (const dns::Mx& mx : local)
        if (!has(in_public, mx)) difference.missing.push_back(record(mx));
    if (difference.missing.empty()) return {};
    for (const dns::Mx& mx : in_public)
        if (!has(local, mx)) difference.other.push_back(record(mx));
    return difference;
}

} // namespace bonafide::doctor
