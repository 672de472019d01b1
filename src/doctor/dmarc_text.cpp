#include "doctor/dmarc_text.hpp"

#include "base/ascii.hpp"
#include "dmarc/dmarc.hpp"
#include "dmarc/reading.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::array<std::string_view, 10> known_tags{"v", "p", "sp", "np", "adkim", "aspf", "t", "psd", "rua", "ruf"};
constexpr std::array<std::string_view, 4> other_tags{"fo", "pct", "rf", "ri"};

bool is_known(std::string_view tag) {
    return std::ranges::find(known_tags, tag) != known_tags.end() ||
           std::ranges::find(other_tags, tag) != other_tags.end();
}

std::string_view bare(std::string_view text) {
    while (!text.empty() && (ascii::is_space(text.front()) || std::string_view("\"'\\").contains(text.front())))
        text.remove_prefix(1);
    while (!text.empty() && (ascii::is_space(text.back()) || std::string_view("\"'\\").contains(text.back())))
        text.remove_suffix(1);
    return text;
}

/// What follows a version that was meant.
std::optional<std::string_view> after_version(std::string_view text) {
    constexpr std::array<std::string_view, 11> spellings{"v=dmarc1", "v= dmarc1",    "v =dmarc1", "v = dmarc1",
                                                         "v:dmarc1", "v=\"dmarc1\"", "v=dmarc 1", "v=dmarcv1",
                                                         "v=dmarc",  "v=dmrac1",     "dmarc1"};
    for (const std::string_view spelling : spellings)
        if (ascii::istarts_with(text, spelling)) {
            std::string_view rest = text.substr(spelling.size());
            while (!rest.empty() && (ascii::is_digit(rest.front()) || rest.front() == '.')) rest.remove_prefix(1);
            return rest;
        }
    return {};
}

bool is_policy(std::string_view value) { return dmarc::parse_policy(value).has_value(); }

/// Puts semicolons where a known tag begins without one.
std::string separated(std::string_view text) {
    std::string result(text);
    std::ranges::replace(result, '"', ' ');
    std::erase(result, '\\');
    for (std::size_t at = 1; at < result.size(); ++at) {
        if (!ascii::is_space(result[at - 1]) && result[at - 1] != ',') continue;
        const std::size_t equals = result.find('=', at);
        if (equals == result.npos) break;
        const std::string name = ascii::lower(ascii::trim(std::string_view(result).substr(at, equals - at)));
        if (!is_known(name) || name == "v") continue;
        std::size_t before = at;
        while (before > 0 && (ascii::is_space(result[before - 1]) || result[before - 1] == ',')) --before;
        if (before == 0 || result[before - 1] == ';') continue;
        result.replace(before, at - before, "; ");
        at = before + 2;
    }
    return result;
}

std::string corrected_policy(std::string_view value) {
    if (is_policy(value)) return ascii::lower(value);
    const std::string lower = ascii::lower(value);
    if (lower.starts_with("rej") || lower == "block" || lower == "deny" || lower == "discard") return "reject";
    if (lower.starts_with("quar") || lower == "spam" || lower == "junk") return "quarantine";
    return "none";
}

std::string corrected_uris(std::string_view value) {
    std::string result;
    std::string list(value);
    std::ranges::replace(list, ' ', ',');
    for (const std::string_view part : ascii::split(list, ',')) {
        std::string_view uri = ascii::trim(part);
        while (!uri.empty() && std::string_view("<>\"").contains(uri.front())) uri.remove_prefix(1);
        while (!uri.empty() && std::string_view("<>\"").contains(uri.back())) uri.remove_suffix(1);
        if (uri.empty()) continue;
        std::string one(uri);
        if (!one.contains(':') && one.contains('@')) one = "mailto:" + one;
        if (ascii::istarts_with(one, "mailto://")) one = "mailto:" + one.substr(9);
        if (!dmarc::is_reporting_uri(one)) continue;
        result += (result.empty() ? "" : ",") + one;
    }
    return result;
}

} // namespace

bool is_meant_as_dmarc(std::string_view text) {
    const auto rest = after_version(bare(text));
    if (!rest) return false;
    return rest->empty() || !ascii::is_alnum(rest->front());
}

std::optional<DmarcMistake> find_dmarc_mistake(std::string_view text) {
    if (!dmarc::is_record(text)) {
        if (text != bare(text)) return DmarcMistake{say("quotes or spaces stand around it"), 0};
        const auto rest = after_version(text);
        const bool exact = ascii::istarts_with(text, "v=dmarc1");
        if (exact && !text.substr(2).starts_with("DMARC1"))
            return DmarcMistake{say("the version must be written {version}", {{"version", "v=DMARC1"}}), 0};
        if (exact && rest && !ascii::trim(*rest).empty())
            return DmarcMistake{say("a semicolon is missing behind {version}", {{"version", "v=DMARC1"}}), 8};
        return DmarcMistake{say("it does not begin with {version}", {{"version", "v=DMARC1;"}}), 0};
    }
    const std::vector<LooseTag> tags = read_loose_tags(text);
    for (const LooseTag& tag : tags) {
        const std::size_t count = static_cast<std::size_t>(std::ranges::count(tags, tag.name, &LooseTag::name));
        if (!tag.has_equals) return DmarcMistake{say("{text} is no tag", {{"text", tag.name}}), tag.position};
        if (is_known(tag.name) && count > 1)
            return DmarcMistake{say("the tag {tag} stands there more than once", {{"tag", tag.name}}), tag.position};
        const bool policy = tag.name == "p" || tag.name == "sp" || tag.name == "np";
        const bool swallowed = std::ranges::any_of(known_tags, [&](std::string_view name) {
            return name != "v" && ascii::lower(tag.value).contains(fmt::format(" {}=", name));
        });
        if (swallowed)
            return DmarcMistake{say("a semicolon is missing behind the tag {tag}", {{"tag", tag.name}}), tag.position};
        if (policy && !is_policy(tag.value))
            return DmarcMistake{
                say("{tag} must be none, quarantine or reject, not {value}", {{"tag", tag.name}, {"value", tag.value}}),
                tag.position};
        if ((tag.name == "adkim" || tag.name == "aspf") && !ascii::iequals(tag.value, "r") &&
            !ascii::iequals(tag.value, "s"))
            return DmarcMistake{say("{tag} must be r or s, not {value}", {{"tag", tag.name}, {"value", tag.value}}),
                                tag.position};
        if (tag.name == "t" && !ascii::iequals(tag.value, "y") && !ascii::iequals(tag.value, "n"))
            return DmarcMistake{say("{tag} must be y or n, not {value}", {{"tag", tag.name}, {"value", tag.value}}),
                                tag.position};
        if (tag.name == "psd" && !ascii::iequals(tag.value, "y") && !ascii::iequals(tag.value, "n") &&
            !ascii::iequals(tag.value, "u"))
            return DmarcMistake{say("{tag} must be y, n or u, not {value}", {{"tag", tag.name}, {"value", tag.value}}),
                                tag.position};
        if (tag.name == "pct" && (!ascii::parse_decimal(tag.value) || *ascii::parse_decimal(tag.value) > 100))
            return DmarcMistake{
                say("{tag} must be a number from 0 to 100, not {value}", {{"tag", tag.name}, {"value", tag.value}}),
                tag.position};
        if (tag.name == "rua" || tag.name == "ruf")
            for (const std::string_view uri : ascii::split(tag.value, ',')) {
                const std::string_view address = ascii::trim(uri).substr(0, ascii::trim(uri).rfind('!'));
                if (!dmarc::is_reporting_uri(address))
                    return DmarcMistake{say("{value} in {tag} is no report address; it must be written {form}",
                                            {{"value", uri}, {"tag", tag.name}, {"form", "mailto:user@example.com"}}),
                                        tag.position};
            }
    }
    if (find_tag(tags, "p") == nullptr)
        return DmarcMistake{say("the tag {tag} with the policy is missing", {{"tag", "p"}}), text.size()};
    return {};
}

std::string corrected_dmarc(std::string_view text) {
    const std::string_view inner = bare(text);
    const std::string rest = separated(after_version(inner).value_or(inner));
    std::vector<LooseTag> kept{{.name = "v", .value = "DMARC1"}};
    std::string policy = "none";
    std::vector<LooseTag> tail;
    for (LooseTag& tag : read_loose_tags(rest)) {
        if (!tag.has_equals || tag.name == "v" || !is_known(tag.name) || find_tag(tail, tag.name) != nullptr) continue;
        if (tag.name == "p") {
            policy = corrected_policy(tag.value);
            continue;
        }
        if (tag.name == "pct" || tag.name == "rf" || tag.name == "ri") continue;
        if (tag.name == "sp" || tag.name == "np") tag.value = corrected_policy(tag.value);
        if (tag.name == "rua" || tag.name == "ruf") tag.value = corrected_uris(tag.value);
        if (tag.name == "adkim" || tag.name == "aspf") tag.value = ascii::istarts_with(tag.value, "s") ? "s" : "r";
        if (tag.name == "t" || tag.name == "psd") tag.value = ascii::istarts_with(tag.value, "y") ? "y" : "n";
        if (!tag.value.empty()) tail.push_back(std::move(tag));
    }
    kept.push_back({.name = "p", .value = policy});
    kept.insert(kept.end(), tail.begin(), tail.end());
    return join_tags(kept);
}

std::vector<std::string> unknown_dmarc_tags(std::string_view text) {
    std::vector<std::string> unknown;
    for (const LooseTag& tag : read_loose_tags(text))
        if (tag.has_equals && !is_known(tag.name)) unknown.push_back(tag.name);
    return unknown;
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
        const bool behind = (name == "sp" || name == "np") && policy != tags.end();
        tags.insert(behind ? policy + 1 : tags.end(), {.name = std::string(name), .value = std::string(value)});
    }
    return join_tags(tags);
}

} // namespace bonafide::doctor
