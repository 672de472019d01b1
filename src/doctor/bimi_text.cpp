// The text of BIMI assertion records. Receivers must not repair anything in them, so every slip costs the logo.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "doctor/bimi.hpp"
#include "doctor/dmarc_text.hpp"
#include "doctor/tags.hpp"

#include <algorithm>
#include <array>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::string_view https = "https://";

/// Image formats by their suffix that receivers do not take: only SVG and SVGZ are registered.
bool has_other_suffix(std::string_view uri) {
    constexpr std::array<std::string_view, 10> others{".png", ".jpg", ".jpeg", ".gif",  ".webp",
                                                      ".ico", ".bmp", ".tif",  ".tiff", ".pdf"};
    const std::string_view path = uri.substr(0, uri.find_first_of("?#"));
    return std::ranges::any_of(others, [&](std::string_view suffix) { return ascii::iends_with(path, suffix); });
}

bool is_web_address(std::string_view uri) {
    if (!ascii::istarts_with(uri, https)) return false;
    const std::string_view rest = uri.substr(https.size());
    const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
    return host.contains('.') && !host.starts_with('.') &&
           std::ranges::all_of(uri, [](char c) { return ascii::is_printable(c) && c != ' ' && c != ','; });
}

std::optional<Text> address_mistake(const LooseTag& tag) {
    if (is_web_address(tag.value)) return {};
    return say("{tag} must be one web address that begins with {scheme}, not {value}",
               {{"tag", tag.name}, {"scheme", https}, {"value", escape::shortened(tag.value, most_quoted_bytes)}});
}

std::optional<Text> list_mistake(const std::vector<LooseTag>& tags) {
    for (const LooseTag& tag : tags) {
        if (!tag.has_equals) return say("{text} is no tag", {{"text", escape::shortened(tag.name, most_quoted_bytes)}});
        if (std::ranges::count(tags, tag.name, &LooseTag::name) > 1)
            return say("the tag {tag} stands there more than once",
                       {{"tag", escape::shortened(tag.name, most_quoted_bytes)}});
    }
    return {};
}

} // namespace

bool is_meant_as_bimi(std::string_view text) { return ascii::istarts_with(bare_record(text), "v=bimi"); }

bool is_bimi_record(std::string_view text) {
    const std::vector<LooseTag> tags = read_loose_tags(text);
    return text.starts_with('v') && tags.front().name == "v" && tags.front().value == "BIMI1";
}

bool is_bimi_declined(std::string_view text) {
    const std::vector<LooseTag> tags = read_loose_tags(text);
    const LooseTag* const logo = find_tag(tags, "l");
    const LooseTag* const evidence = find_tag(tags, "a");
    return logo != nullptr && logo->value.empty() && (evidence == nullptr || evidence->value.empty());
}

std::optional<Text> find_bimi_mistake(std::string_view text) {
    if (!is_bimi_record(text)) return say("it does not begin with {version}", {{"version", "v=BIMI1;"}});
    const std::vector<LooseTag> tags = read_loose_tags(text);
    if (auto wrong = list_mistake(tags)) return wrong;
    const LooseTag* const logo = find_tag(tags, "l");
    const LooseTag* const evidence = find_tag(tags, "a");
    if (logo == nullptr) return say("the tag {tag} is missing", {{"tag", "l"}});
    if (is_bimi_declined(text)) return {};
    if (logo->value.empty()) return say("{tag} is empty, though {other} is not", {{"tag", "l"}, {"other", "a"}});
    if (auto wrong = address_mistake(*logo)) return wrong;
    if (has_other_suffix(logo->value)) return say("{tag} must name an SVG image", {{"tag", "l"}});
    // "self" is of an early draft, and does no harm.
    if (evidence != nullptr && !evidence->value.empty() && !ascii::iequals(evidence->value, "self"))
        return address_mistake(*evidence);
    return {};
}

std::string corrected_bimi(std::string_view text) {
    std::vector<LooseTag> kept{{.name = "v", .value = "BIMI1"}};
    for (LooseTag tag : read_loose_tags(bare_record(text))) {
        if (!tag.has_equals || tag.name == "v" || find_tag(kept, tag.name) != nullptr) continue;
        if ((tag.name == "l" || tag.name == "a") && ascii::istarts_with(tag.value, "http://"))
            tag.value.replace(0, std::string_view("http://").size(), https);
        kept.push_back(std::move(tag));
    }
    std::string result = join_tags(kept);
    return find_bimi_mistake(result) ? std::string() : result;
}

} // namespace bonafide::doctor
