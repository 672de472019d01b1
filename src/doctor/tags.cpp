#include "doctor/tags.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace bonafide::doctor {

std::vector<LooseTag> read_loose_tags(std::string_view text) {
    std::vector<LooseTag> tags;
    std::size_t at = 0;
    while (at <= text.size() && tags.size() < most_loose_tags) {
        const std::size_t end = std::min(text.find(';', at), text.size());
        const std::string_view piece = text.substr(at, end - at);
        const std::string_view trimmed = ascii::trim(piece);
        if (!trimmed.empty()) {
            const std::size_t equals = trimmed.find('=');
            LooseTag tag{
                .name = {}, .value = {}, .position = at + static_cast<std::size_t>(trimmed.data() - piece.data())};
            tag.has_equals = equals != std::string_view::npos;
            tag.name = ascii::lower(ascii::trim(trimmed.substr(0, equals)));
            if (tag.has_equals) tag.value = std::string(ascii::trim(trimmed.substr(equals + 1)));
            tags.push_back(std::move(tag));
        }
        at = end + 1;
    }
    return tags;
}

const LooseTag* find_tag(const std::vector<LooseTag>& tags, std::string_view name) {
    const auto found = std::ranges::find(tags, name, &LooseTag::name);
    return found == tags.end() ? nullptr : &*found;
}

std::string join_tags(const std::vector<LooseTag>& tags) {
    std::string text;
    for (const LooseTag& tag : tags) {
        if (!text.empty()) text += "; ";
        text += tag.name;
        if (tag.has_equals) text += "=" + tag.value;
    }
    return text;
}

} // namespace bonafide::doctor
