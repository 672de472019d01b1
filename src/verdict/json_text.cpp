#include "verdict/json_text.hpp"

#include "base/escape.hpp"
#include "base/latin1.hpp"
#include "base/utf8.hpp"

#include <boost/json.hpp>

namespace bonafide::verdict {

std::string utf8(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = utf8::sequence_length(bytes);
        if (length == 0) {
            text += "\xef\xbf\xbd";
            bytes.remove_prefix(1);
        } else {
            text += bytes.substr(0, length);
            bytes.remove_prefix(length);
        }
    }
    return text;
}

void put_text(boost::json::object& object, std::string_view key, std::string_view bytes, std::size_t most) {
    const std::string text = utf8(escape::shortened(bytes, most));
    object[key] = text.empty() ? boost::json::value() : boost::json::value(text);
    if (text == bytes) return;
    boost::json::value& whole = object[std::string(key) + "_bytes"];
    if (bytes.size() <= most_kept_bytes) whole = latin1::to_utf8(bytes);
}

} // namespace bonafide::verdict
