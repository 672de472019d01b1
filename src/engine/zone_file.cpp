#include "engine/zone_file.hpp"

#include "base/escape.hpp"
#include "io/system.hpp"

#include <fmt/format.h>

namespace bonafide::engine {
namespace {

// Above the zones of any test or demonstration; a file beyond this is a mistake.
constexpr std::size_t most_zone_bytes = std::size_t{256} * 1024 * 1024;

} // namespace

Expected<std::shared_ptr<const dns::Zone>> load_zone(const std::string& file, std::string_view origin) {
    const auto text = io::system::read_file(file, most_zone_bytes);
    if (!text) return std::unexpected(text.error());
    auto zone = dns::Zone::parse(*text, origin);
    if (!zone) return failure(fmt::format("{}: {}", escape::line(file), zone.error().text));
    return std::move(*zone);
}

} // namespace bonafide::engine
