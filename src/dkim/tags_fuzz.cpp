// Any bytes as a tag list: what is accepted prints and parses back to the same, and each value is where it claims to be.
#include "base/ascii.hpp"
#include "dkim/tags.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const dkim::TagList list = dkim::parse_tags(text);
    if (list.error) {
        if (list.error->position > size) std::abort();
        return 0;
    }
    std::string printed;
    for (const dkim::Tag& tag : list.tags) {
        if (ascii::trim(text.substr(tag.begin, tag.end - tag.begin)) != tag.value) std::abort();
        if (list.find(tag.name) != &tag) std::abort();
        printed += std::string(tag.name) + "=" + std::string(tag.value) + ";";
    }
    const dkim::TagList again = dkim::parse_tags(printed);
    if (again.error || again.tags.size() != list.tags.size()) std::abort();
    for (std::size_t i = 0; i < list.tags.size(); ++i)
        if (again.tags[i].name != list.tags[i].name || again.tags[i].value != list.tags[i].value) std::abort();
    return 0;
}
