// Whatever another program's files hold, what is printed loads. The first byte says which program; every file that is named holds the
// same text.
#include "cli/config.hpp"
#include "cli/moving.hpp"

#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    using namespace bonafide::cli::moving;
    if (size == 0 || size > 20'000) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    Conversion conversion("a program", {.read = [&text](const std::string&) { return Expected<std::string>(text); },
                                        .exists = [](const std::string&) { return false; }});
    switch (data[0] % 4) {
    case 0: convert_opendkim(conversion, text, "/conf"); break;
    case 1: convert_opendmarc(conversion, text, "/conf"); break;
    case 2: convert_policyd_spf(conversion, text, "/conf"); break;
    default: convert_postgrey(conversion, text, "/conf", "/lists"); break;
    }
    const auto result = conversion.result();
    if (!cli::config::read(to_toml(result))) std::abort();
    if (!boost::json::parse(to_json(result)).is_object()) std::abort();
    return 0;
}
