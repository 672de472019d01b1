#include "text/catalogue.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::text {

struct Catalogue::Messages {};

Catalogue::Catalogue(std::string_view language, std::unique_ptr<Messages> messages)
    : language_(language), messages_(std::move(messages)) {}
Catalogue::~Catalogue() = default;

const Catalogue& Catalogue::english() {
    static const Catalogue catalogue("en", nullptr);
    return catalogue;
}

std::string Catalogue::render(const Text& text, Medium medium) const {
    std::string result;
    std::string_view rest = text.pattern;
    while (!rest.empty()) {
        const std::size_t open = rest.find('{');
        const std::size_t close = open == rest.npos ? rest.npos : rest.find('}', open);
        result += rest.substr(0, close == rest.npos ? rest.npos : open);
        if (close == rest.npos) break;
        const std::string_view name = rest.substr(open + 1, close - open - 1);
        const auto place = std::ranges::find(text.places, name, &Place::name);
        if (place == text.places.end())
            result += rest.substr(open, close - open + 1);
        else
            result +=
                place->inner == nullptr ? escape::line(place->value, most_place_bytes) : render(*place->inner, medium);
        rest.remove_prefix(close + 1);
    }
    return result;
}

} // namespace bonafide::text
