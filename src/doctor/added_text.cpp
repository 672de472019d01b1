#include "doctor/added_text.hpp"

#include "base/ascii.hpp"
#include "doctor/transfer_forms.hpp"

#include <algorithm>

namespace bonafide::doctor {
namespace {

constexpr std::size_t most_shown = 160;

struct Range {
    std::size_t begin, end;
    bool operator==(const Range&) const = default;
};

/// Places in [begin, end) where HTML may have been cut open: before a tag, at the beginning and the end of a line.
std::vector<std::size_t> html_places(std::string_view text, std::size_t begin, std::size_t end) {
    std::vector<std::size_t> places;
    for (std::size_t at = begin; at < end && places.size() < most_html_places; ++at)
        if (text[at] == '<' || text[at] == '\r' || (at > 0 && text[at - 1] == '\n')) places.push_back(at);
    return places;
}

/// Where </body> or </html> stands last.
std::size_t closing_tag(std::string_view text, std::string_view tag) {
    for (std::size_t at = text.rfind('<'); at != std::string_view::npos && at + most_html_bytes >= text.size();
         at = at == 0 ? std::string_view::npos : text.rfind('<', at - 1))
        if (ascii::istarts_with(text.substr(at), tag)) return at;
    return std::string_view::npos;
}

void add_tails(std::string_view text, bool html, std::vector<Range>& ranges) {
    std::size_t begin = text.size();
    for (std::size_t lines = 0; lines < most_added_lines && begin > 0; ++lines) {
        const std::size_t before = begin < 2 ? std::string_view::npos : text.rfind('\n', begin - 2);
        begin = before == std::string_view::npos ? 0 : before + 1;
        ranges.push_back({begin, text.size()});
        // The line end before it may have come with it.
        if (begin >= 2 && text[begin - 2] == '\r')
            ranges.push_back({begin - 2, text.size()});
        else if (begin >= 1)
            ranges.push_back({begin - 1, text.size()});
    }
    if (!html) return;
    const std::size_t window = text.size() - std::min(text.size(), most_html_bytes);
    for (const std::size_t place : html_places(text, window, text.size())) ranges.push_back({place, text.size()});
    for (const std::string_view tag : {"</body", "</html"}) {
        const std::size_t end = closing_tag(text, tag);
        if (end == std::string_view::npos) continue;
        std::vector<std::size_t> places = html_places(text, end - std::min(end, most_html_bytes), end);
        for (const std::size_t place : places) ranges.push_back({place, end});
    }
}

void add_heads(std::string_view text, bool html, std::vector<Range>& ranges) {
    std::size_t end = 0;
    for (std::size_t lines = 0; lines < most_added_lines && end < text.size(); ++lines) {
        end = std::min(text.find('\n', end), text.size() - 1) + 1;
        ranges.push_back({0, end});
    }
    if (!html) { // "[EXTERNAL] Hello": before the first word
        for (std::size_t at = 1; at < std::min(text.size(), most_words_bytes); ++at)
            if (text[at - 1] == ' ') ranges.push_back({0, at});
        return;
    }
    for (const std::size_t place : html_places(text, 1, std::min(text.size(), most_html_bytes)))
        ranges.push_back({0, place});
    const std::string_view window = text.substr(0, 8 * most_html_bytes); // styles may stand before it
    std::size_t body = window.find('<');
    while (body != std::string_view::npos && !ascii::istarts_with(window.substr(body), "<body"))
        body = window.find('<', body + 1);
    const std::size_t open = body == std::string_view::npos ? body : window.find('>', body);
    if (open == std::string_view::npos) return;
    for (const std::size_t place : html_places(text, open + 2, std::min(text.size(), open + 1 + most_html_bytes)))
        ranges.push_back({open + 1, place});
}

std::string shown(std::string_view text, const Range& range) {
    return std::string(ascii::trim(text.substr(range.begin, range.end - range.begin)).substr(0, most_shown));
}

} // namespace

std::vector<Patch> without_added(std::string_view body, const MimePart& part, Side side) {
    const std::string_view content = body.substr(part.content, part.end - part.content);
    const Coding coding = coding_of(part.encoding);
    const auto ranges_of = [&](std::string_view text) {
        std::vector<Range> ranges;
        if (side == Side::tail)
            add_tails(text, part.is_html(), ranges);
        else
            add_heads(text, part.is_html(), ranges);
        return ranges;
    };
    std::vector<Patch> patches;
    if (coding != Coding::base64)
        for (const Range& range : ranges_of(content))
            patches.push_back({part.content + range.begin, part.content + range.end, {}, shown(content, range)});
    if (coding != Coding::identity) {
        const std::string text = decode_transfer(coding, content).value_or("");
        std::vector<TransferForm> forms;
        for (const TransferForm& form : transfer_forms(content))
            if (form.coding == coding && forms.size() < 4) forms.push_back(form);
        std::size_t bytes = 0;
        for (const Range& range : ranges_of(text)) {
            std::string without = text.substr(0, range.begin) + text.substr(range.end);
            for (const TransferForm& form : forms) {
                std::string written = encode_transfer(form, without);
                bytes += 2 * written.size();
                if (bytes > most_patch_bytes) break;
                patches.push_back({part.content, part.end, written, shown(text, range)});
                // Whether the last line of base64 had its own line end besides that of the boundary.
                if (coding == Coding::base64 && written.ends_with("\r\n"))
                    patches.push_back(
                        {part.content, part.end, written.substr(0, written.size() - 2), shown(text, range)});
            }
            if (bytes > most_patch_bytes) break;
        }
    }
    sort_patches(patches);
    return patches;
}

} // namespace bonafide::doctor
