#include "doctor/record_meaning.hpp"

#include "base/ascii.hpp"
#include "base/ip.hpp"
#include "doctor/dmarc_text.hpp"
#include "doctor/spf_text.hpp"
#include "doctor/tags.hpp"
#include "spf/record.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bonafide::doctor {
namespace {

/// An address without the prefix length that it has by itself, and as RFC 5952 writes it.
std::string plain_network(std::string_view value) {
    const std::string_view address = value.substr(0, value.find('/'));
    const auto read = ip::Address::parse_unmapped(address);
    if (!read) return std::string(value);
    std::string_view length = value.substr(address.size());
    if (length == (read->is_v4() ? "/32" : "/128")) length = {};
    return read->text() + std::string(length);
}

std::string plain_term(std::string_view term) {
    std::string text = ascii::lower(term);
    if (text.starts_with('+')) text.erase(0, 1);
    for (const std::string_view network : {"ip4:", "ip6:"})
        if (text.starts_with(network)) return std::string(network) + plain_network(std::string_view(text).substr(4));
    return text;
}

bool is_all(std::string_view term) { return term.ends_with("all") && term.size() <= 4; }

/// None: terms stand behind "all", or there is none, so that order matters.
std::optional<std::vector<std::string>> plain_spf(std::string_view text) {
    if (!spf::is_record(text)) return {};
    std::vector<std::string> terms;
    for (const std::string& term : spf_terms(text)) terms.push_back(plain_term(term));
    const auto all = std::ranges::find_if(terms, is_all);
    if (all == terms.end() || all + 1 != terms.end()) return {};
    const bool ordered = std::ranges::any_of(terms.begin(), all, [](std::string_view term) {
        return term.starts_with('-') || term.starts_with('~') || term.starts_with('?');
    });
    if (!ordered) std::ranges::sort(terms.begin(), all);
    return terms;
}

std::string without_space(std::string_view text) {
    std::string result;
    for (const char c : text)
        if (!ascii::is_space(c)) result += c;
    return result;
}

using Tags = std::map<std::string, std::string, std::less<>>;

/// What a tag says where it is left out.
const Tags& defaults(TextKind kind) {
    static const Tags dmarc{{"adkim", "r"}, {"aspf", "r"}, {"fo", "0"},  {"pct", "100"},
                            {"rf", "afrf"}, {"t", "n"},    {"psd", "u"}, {"ri", "86400"}};
    static const Tags dkim{{"v", "DKIM1"}, {"k", "rsa"}, {"s", "*"}, {"t", ""}};
    static const Tags none;
    return kind == TextKind::dmarc ? dmarc : kind == TextKind::dkim ? dkim : none;
}

/// None: it cannot be read as a list without doubt.
std::optional<Tags> plain_tags(TextKind kind, std::string_view text) {
    Tags tags;
    const std::vector<LooseTag> loose = read_loose_tags(text);
    if (loose.empty() || loose.size() >= most_loose_tags) return {};
    for (const LooseTag& tag : loose)
        if (!tag.has_equals || !tags.emplace(tag.name, without_space(tag.value)).second) return {};
    if (kind != TextKind::dkim && loose.front().name != "v") return {};
    if (kind == TextKind::dkim) tags.erase("n"); // a note to people
    for (const auto& [name, value] : defaults(kind))
        if (const auto tag = tags.find(name); tag != tags.end() && tag->second == value) tags.erase(tag);
    return tags;
}

} // namespace

TextKind kind_of(std::string_view name, std::string_view text) {
    const std::string_view begin = ascii::trim(text);
    if (name.contains("._domainkey.")) return TextKind::dkim;
    if (name.starts_with("_dmarc.") || name.contains("._report._dmarc."))
        return is_meant_as_dmarc(text) ? TextKind::dmarc : TextKind::other;
    if (name.starts_with("_mta-sts.")) return ascii::istarts_with(begin, "v=sts") ? TextKind::mta_sts : TextKind::other;
    if (name.starts_with("_smtp._tls."))
        return ascii::istarts_with(begin, "v=tlsrpt") ? TextKind::tls_rpt : TextKind::other;
    return is_meant_as_spf(text) ? TextKind::spf : TextKind::other;
}

bool says_the_same(TextKind kind, std::string_view a, std::string_view b) {
    if (a == b) return true;
    if (kind == TextKind::other) return false;
    if (kind == TextKind::spf) {
        const auto first = plain_spf(a), second = plain_spf(b);
        return first && second && *first == *second;
    }
    const auto first = plain_tags(kind, a), second = plain_tags(kind, b);
    return first && second && *first == *second;
}

} // namespace bonafide::doctor
