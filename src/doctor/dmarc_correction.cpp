// DMARC records written anew: as they were meant, without what RFC 9989 has taken out, or with one tag changed.
#include "base/ascii.hpp"
#include "dmarc/dmarc.hpp"
#include "dmarc/reading.hpp"
#include "doctor/dmarc_text.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

bool ends_piece(char c) { return ascii::is_space(c) || c == ',' || c == '|'; }

/// Puts semicolons where a known tag begins without one.
std::string separated(std::string_view text) {
    std::string result(text);
    std::ranges::replace(result, '"', ' ');
    std::erase(result, '\\');
    for (std::size_t at = 1; at < result.size(); ++at) {
        if (!ends_piece(result[at - 1])) continue;
        const std::size_t name_end = result.find_first_of("= \t;,", at);
        if (name_end == std::string_view::npos) break;
        const std::size_t equals = result.find_first_not_of(" \t", name_end);
        if (equals == std::string_view::npos || result[equals] != '=') continue;
        const std::string name = ascii::lower(std::string_view(result).substr(at, name_end - at));
        if (!is_dmarc_tag(name)) continue;
        std::size_t before = at;
        while (before > 0 && ends_piece(result[before - 1])) --before;
        if (before == 0 || result[before - 1] == ';' || result[before - 1] == '=') continue;
        result.replace(before, at - before, "; ");
        at = before + 2;
    }
    return result;
}

std::string corrected_policy(std::string_view value) {
    if (dmarc::parse_policy(value)) return ascii::lower(value);
    const std::string lower = ascii::lower(value);
    if (lower.starts_with("rej") || lower == "block" || lower == "deny" || lower == "discard") return "reject";
    if (lower.starts_with("qu") || lower == "spam" || lower == "junk") return "quarantine";
    return "none";
}

/// A report address as RFC 9989 4.8 wants it; empty: there is no address in it.
std::string corrected_uri(std::string_view uri) {
    while (!uri.empty() && std::string_view("<>'[]").contains(uri.front())) uri.remove_prefix(1);
    while (!uri.empty() && std::string_view("<>'[].").contains(uri.back())) uri.remove_suffix(1);
    if (dmarc::is_reporting_uri(uri) || !uri.contains('@') || ascii::istarts_with(uri, "http")) return std::string(uri);
    const std::size_t colon = uri.rfind(':', uri.find('@'));
    if (colon != std::string_view::npos) uri.remove_prefix(colon + 1);
    while (uri.starts_with('/')) uri.remove_prefix(1);
    return fmt::format("mailto:{}", uri);
}

std::string join(const std::vector<std::string>& uris) {
    std::string list;
    for (const std::string& uri : uris) list += (list.empty() ? "" : ",") + uri;
    return list;
}

std::string corrected_uris(std::string_view value) {
    std::vector<std::string> uris;
    std::string list(value);
    for (char& c : list)
        if (ascii::is_space(c)) c = ',';
    for (const std::string_view part : ascii::split(list, ',')) {
        const auto valid = dmarc::read_uris(corrected_uri(ascii::trim(part)), {});
        if (!valid.empty() && std::ranges::find(uris, valid.front()) == uris.end()) uris.push_back(valid.front());
    }
    return join(uris);
}

std::string corrected_fo(std::string_view value) {
    std::string kept;
    for (const char c : ascii::lower(value)) {
        const bool clashes = (c == '0' && kept.contains('1')) || (c == '1' && kept.contains('0'));
        if (!std::string_view("01ds").contains(c) || kept.contains(c) || clashes) continue;
        if (!kept.empty()) kept += ':';
        kept += c;
    }
    return kept;
}

std::string corrected_value(const LooseTag& tag) {
    if (tag.name == "sp" || tag.name == "np") return corrected_policy(tag.value);
    if (tag.name == "rua" || tag.name == "ruf") return corrected_uris(tag.value);
    if (tag.name == "adkim" || tag.name == "aspf") return ascii::istarts_with(tag.value, "s") ? "s" : "r";
    if (tag.name == "t") return ascii::istarts_with(tag.value, "y") ? "y" : "n";
    if (tag.name == "psd")
        return ascii::iequals(tag.value, "y") || ascii::iequals(tag.value, "n") ? ascii::lower(tag.value) : "u";
    if (tag.name == "fo") return corrected_fo(tag.value);
    return {};
}

/// A second address behind a semicolon instead of a comma belongs to the tag in front of it.
std::vector<LooseTag> with_addresses_joined(std::vector<LooseTag> tags) {
    std::vector<LooseTag> joined;
    for (LooseTag& tag : tags) {
        const bool list = !joined.empty() && (joined.back().name == "rua" || joined.back().name == "ruf");
        if (list && !tag.has_equals && tag.name.contains('@'))
            joined.back().value += "," + tag.name;
        else
            joined.push_back(std::move(tag));
    }
    return joined;
}

/// "!10m" and the like; empty: none.
std::string size_of(std::string_view uri) {
    const auto read = dmarc::read_uris(uri, {});
    return !read.empty() && read.front().size() < uri.size() ? std::string(uri.substr(read.front().size())) : "";
}

} // namespace

std::string corrected_dmarc(std::string_view text) {
    const std::string_view inner = bare_record(text);
    const std::string rest = separated(after_dmarc_version(inner).value_or(inner));
    std::string policy;
    std::vector<LooseTag> tail;
    for (LooseTag& tag : with_addresses_joined(read_loose_tags(rest))) {
        if (!tag.has_equals) continue;
        const auto before = std::ranges::find(tail, tag.name, &LooseTag::name);
        if (before != tail.end()) {
            if (tag.name == "rua" || tag.name == "ruf") before->value = corrected_uris(before->value + "," + tag.value);
            continue;
        }
        if (tag.name == "p" && policy.empty()) policy = corrected_policy(tag.value);
        tag.value = corrected_value(tag);
        if (!tag.value.empty()) tail.push_back(std::move(tag));
    }
    std::vector<LooseTag> kept{{.name = "v", .value = "DMARC1"},
                               {.name = "p", .value = policy.empty() ? "none" : policy}};
    kept.insert(kept.end(), tail.begin(), tail.end());
    return join_tags(kept);
}

std::string with_dmarc_tag(std::string_view text, std::string_view name, std::string_view value) {
    std::vector<LooseTag> tags = read_loose_tags(text);
    const auto found = std::ranges::find(tags, name, &LooseTag::name);
    if (value.empty()) {
        if (found != tags.end()) tags.erase(found);
    } else if (found != tags.end()) {
        found->value = value;
    } else {
        // Policies stand behind p, all else at the end.
        const auto policy = std::ranges::find(tags, std::string_view("p"), &LooseTag::name);
        const bool behind = (name == "sp" || name == "np" || name == "t") && policy != tags.end();
        tags.insert(behind ? policy + 1 : tags.end(), {.name = std::string(name), .value = std::string(value)});
    }
    return join_tags(tags);
}

std::string without_legacy_dmarc(std::string_view text) {
    std::vector<LooseTag> tags = read_loose_tags(text);
    const LooseTag* const percent = find_tag(tags, "pct");
    const LooseTag* const policy = find_tag(tags, "p");
    const bool nothing = percent != nullptr && ascii::parse_decimal(percent->value) == std::optional<std::uint64_t>(0);
    const bool testing = nothing && policy != nullptr && !ascii::iequals(policy->value, "none");
    std::erase_if(tags, [](const LooseTag& tag) { return tag.name == "pct" || tag.name == "rf" || tag.name == "ri"; });
    for (LooseTag& tag : tags)
        if ((tag.name == "rua" || tag.name == "ruf") && tag.value.contains('!')) tag.value = corrected_uris(tag.value);
    const std::string rest = join_tags(tags);
    return testing ? with_dmarc_tag(rest, "t", "y") : rest;
}

std::vector<std::string> legacy_dmarc(std::string_view text) {
    std::vector<std::string> found;
    for (const LooseTag& tag : read_loose_tags(text)) {
        if (tag.name == "pct" || tag.name == "rf" || tag.name == "ri")
            found.push_back(fmt::format("{}={}", tag.name, tag.value));
        if (tag.name != "rua" && tag.name != "ruf") continue;
        for (const std::string_view uri : ascii::split(tag.value, ','))
            if (std::string size = size_of(ascii::trim(uri)); !size.empty()) found.push_back(std::move(size));
    }
    return found;
}

} // namespace bonafide::doctor
