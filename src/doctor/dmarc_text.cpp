// Recognising a DMARC record, and finding what is wrong with it (RFC 9989 4.7, 4.8). The corrections are dmarc_correction.cpp's.
#include "doctor/dmarc_text.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dmarc/dmarc.hpp"
#include "dmarc/reading.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::array<std::string_view, 14> known_tags{"v",   "p",   "sp",  "np", "adkim", "aspf", "t",
                                                      "psd", "rua", "ruf", "fo", "pct",   "rf",   "ri"};

std::string quoted(std::string_view text) { return escape::shortened(text, most_quoted_bytes); }

/// Bytes that people paste around a record: white space, quotes of all sorts, a byte order mark, backslashes, parentheses.
std::size_t wrapping_at(std::string_view text) {
    constexpr std::array<std::string_view, 8> typographic{"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e",
                                                          "\xe2\x80\x98", "\xe2\x80\x99", "\xef\xbb\xbf",
                                                          "\xc2\xa0",     "\xe2\x80\x8b"};
    if (text.empty()) return 0;
    if (ascii::is_space(text.front()) || std::string_view("\"'`\\()").contains(text.front())) return 1;
    for (const std::string_view mark : typographic)
        if (text.starts_with(mark)) return mark.size();
    return 0;
}

std::size_t wrapping_before_end(std::string_view text) {
    for (const std::size_t length : {std::size_t{1}, std::size_t{2}, std::size_t{3}})
        if (text.size() >= length && wrapping_at(text.substr(text.size() - length)) == length) return length;
    return 0;
}

bool is_other_record(std::string_view text) {
    constexpr std::array<std::string_view, 6> others{"v=spf", "v=dkim", "v=bimi", "v=tlsrpt", "v=sts", "k="};
    return std::ranges::any_of(others, [&](std::string_view start) { return ascii::istarts_with(text, start); });
}

std::optional<DmarcMistake> version_mistake(std::string_view text) {
    const std::string_view inner = bare_record(text);
    const auto offset = static_cast<std::size_t>(inner.data() - text.data());
    if (inner.size() != text.size() && dmarc::is_record(inner))
        return DmarcMistake{say("quotes, spaces or other signs stand around it"), 0};
    const auto rest = after_dmarc_version(inner);
    if (rest && ascii::istarts_with(inner, "v=dmarc1")) {
        const std::size_t end = static_cast<std::size_t>(rest->data() - text.data());
        if (!inner.substr(2).starts_with("DMARC1"))
            return DmarcMistake{say("the version must be written {version}", {{"version", "v=DMARC1"}}), offset};
        if (!ascii::trim(*rest).empty())
            return DmarcMistake{say("a semicolon is missing behind {version}", {{"version", "v=DMARC1"}}), end};
    }
    return DmarcMistake{say("it does not begin with {version}", {{"version", "v=DMARC1;"}}), offset};
}

/// Another tag began within the value, since nothing ended this one.
bool has_swallowed(std::string_view value) {
    const std::string lower = ascii::lower(value);
    return std::ranges::any_of(known_tags, [&](std::string_view name) {
        return name != "v" && (lower.contains(fmt::format(" {}=", name)) ||
                               lower.contains(fmt::format("\t{}=", name)) || lower.contains(fmt::format(",{}=", name)));
    });
}

struct Choice {
    std::string_view tag;
    std::string_view values; ///< one letter each
};
constexpr std::array choices{Choice{"adkim", "rs"}, Choice{"aspf", "rs"}, Choice{"t", "yn"}, Choice{"psd", "ynu"}};

std::optional<text::Text> letter_mistake(const LooseTag& tag) {
    const auto found = std::ranges::find(choices, tag.name, &Choice::tag);
    if (found == choices.end()) return {};
    if (tag.value.size() == 1 && found->values.contains(ascii::to_lower(tag.value.front()))) return {};
    std::string values;
    for (const char one : found->values) values += fmt::format("{}{}", values.empty() ? "" : " ", one);
    return say("{tag} must have one of the values {values}, not {value}",
               {{"tag", tag.name}, {"values", values}, {"value", quoted(tag.value)}});
}

/// RFC 9989 4.7 fo. "0:1" contradicts itself, but RFC 7489 6.3 let it pass.
bool is_fo(std::string_view value) {
    const auto parts = ascii::split(value, ':');
    return std::ranges::all_of(parts, [](std::string_view part) {
        const std::string_view option = ascii::trim(part);
        return option.size() == 1 && std::string_view("01ds").contains(ascii::to_lower(option.front()));
    });
}

std::optional<DmarcMistake> address_mistake(const LooseTag& tag, std::string_view text) {
    for (const std::string_view part : ascii::split(tag.value, ',')) {
        const std::string_view uri = ascii::trim(part);
        const bool sized = uri.contains('!');
        if (sized ? !dmarc::read_uris(uri, {}).empty() : dmarc::is_reporting_uri(uri)) continue;
        const std::size_t found = uri.empty() ? std::string_view::npos : text.find(uri, tag.position);
        const std::size_t position = found == std::string_view::npos ? tag.position : found;
        if (uri.empty()) return DmarcMistake{say("an address in {tag} is empty", {{"tag", tag.name}}), position};
        return DmarcMistake{say("{value} in {tag} is no report address; it must be written {form}",
                                {{"value", quoted(uri)}, {"tag", tag.name}, {"form", "mailto:user@example.com"}}),
                            position};
    }
    return {};
}

std::optional<text::Text> value_mistake(const LooseTag& tag) {
    const bool policy = tag.name == "p" || tag.name == "sp" || tag.name == "np";
    if (policy && !dmarc::parse_policy(tag.value))
        return say("{tag} must have one of the values {values}, not {value}",
                   {{"tag", tag.name}, {"values", "none quarantine reject"}, {"value", quoted(tag.value)}});
    if (auto wrong = letter_mistake(tag)) return wrong;
    if (tag.name == "fo" && !is_fo(tag.value))
        return say("{tag} must have one of the values {values}, not {value}",
                   {{"tag", tag.name}, {"values", "0 1 d s"}, {"value", quoted(tag.value)}});
    if (tag.name != "pct") return {};
    const auto percent = ascii::parse_decimal(tag.value);
    if (percent && *percent <= 100) return {};
    return say("{tag} must be a number from 0 to 100 without a sign behind it, not {value}",
               {{"tag", tag.name}, {"value", quoted(tag.value)}});
}

std::optional<DmarcMistake> tag_mistake(const LooseTag& tag, const std::vector<LooseTag>& tags, std::string_view text) {
    if (!tag.has_equals) return DmarcMistake{say("{text} is no tag", {{"text", quoted(tag.name)}}), tag.position};
    if (!is_dmarc_tag(tag.name)) return {};
    if (std::ranges::count(tags, tag.name, &LooseTag::name) > 1)
        return DmarcMistake{say("the tag {tag} stands there more than once", {{"tag", tag.name}}), tag.position};
    if (has_swallowed(tag.value))
        return DmarcMistake{say("a semicolon is missing behind the tag {tag}", {{"tag", tag.name}}), tag.position};
    if (auto wrong = value_mistake(tag)) return DmarcMistake{*std::move(wrong), tag.position};
    if (tag.name == "rua" || tag.name == "ruf") return address_mistake(tag, text);
    return {};
}

} // namespace

std::string_view bare_record(std::string_view text) {
    while (const std::size_t length = wrapping_at(text)) text.remove_prefix(length);
    while (const std::size_t length = wrapping_before_end(text)) text.remove_suffix(length);
    return text;
}

std::optional<std::string_view> after_dmarc_version(std::string_view text) {
    constexpr std::array<std::string_view, 14> spellings{
        "v=dmarc1",  "v= dmarc1", "v =dmarc1", "v = dmarc1", "v:dmarc1",       "v-dmarc1", "v=\"dmarc1\"",
        "v=dmarc 1", "v=dmarcv1", "v=dmarc",   "v=dmrac1",   "version=dmarc1", "dmarc=1",  "dmarc1"};
    for (const std::string_view spelling : spellings)
        if (ascii::istarts_with(text, spelling)) {
            std::string_view rest = text.substr(spelling.size());
            while (!rest.empty() && (ascii::is_digit(rest.front()) || rest.front() == '.')) rest.remove_prefix(1);
            return rest;
        }
    return {};
}

bool is_dmarc_tag(std::string_view name) { return std::ranges::find(known_tags, name) != known_tags.end(); }

bool is_meant_as_dmarc(std::string_view text) {
    const auto rest = after_dmarc_version(bare_record(text));
    if (!rest) return false;
    // "dmarc1-verification=..." is somebody else's.
    return rest->empty() || ascii::is_space(rest->front()) || std::string_view(";:,|\"").contains(rest->front()) ||
           ascii::istarts_with(*rest, "p=");
}

bool is_meant_at_dmarc_name(std::string_view text) {
    if (is_meant_as_dmarc(text)) return true;
    const std::string_view inner = bare_record(text);
    if (is_other_record(inner)) return false;
    if (ascii::lower(inner).contains("v=dmarc")) return true;
    const std::vector<LooseTag> tags = read_loose_tags(inner);
    const LooseTag* const policy = find_tag(tags, "p");
    const LooseTag* const reports = find_tag(tags, "rua");
    return (policy != nullptr && dmarc::parse_policy(policy->value)) ||
           (reports != nullptr && ascii::istarts_with(reports->value, "mailto:"));
}

std::optional<DmarcMistake> find_dmarc_mistake(std::string_view text) {
    if (!dmarc::is_record(text)) return version_mistake(text);
    const std::vector<LooseTag> tags = read_loose_tags(text);
    for (const LooseTag& tag : tags)
        if (auto mistake = tag_mistake(tag, tags, text)) return mistake;
    if (find_tag(tags, "p") == nullptr)
        return DmarcMistake{say("the tag {tag} with the policy is missing", {{"tag", "p"}}), text.size()};
    return {};
}

std::vector<std::string> unknown_dmarc_tags(std::string_view text) {
    std::vector<std::string> unknown;
    for (const LooseTag& tag : read_loose_tags(text))
        if (tag.has_equals && !is_dmarc_tag(tag.name) && std::ranges::find(unknown, tag.name) == unknown.end())
            unknown.push_back(tag.name);
    return unknown;
}

} // namespace bonafide::doctor
