// Any text is a configuration or has problems with a place; whatever was read prints as TOML that reads back to the same settings.
#include "cli/config.hpp"
#include "engine/settings_table.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    const auto settings = cli::config::parse({reinterpret_cast<const char*>(data), size});
    if (!settings) {
        if (settings.error().empty()) std::abort();
        return 0;
    }
    std::string printed;
    for (const engine::Setting& setting : engine::settings_table())
        printed += setting.name + " = " + engine::to_toml(setting, *settings) + "\n";
    const auto again = cli::config::parse(printed);
    if (!again || !engine::differences(*settings, *again).empty()) std::abort();
    return 0;
}
