// Whatever bytes a result holds, the written field is one field: it parses, and no line end but foldings and no control character pass.
#include "authres/authres.hpp"
#include "base/ascii.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    const auto parts = ascii::split(std::string_view(reinterpret_cast<const char*>(data), size), '\xff');
    const auto part = [&](std::size_t i) { return std::string(parts[i % parts.size()]); };
    authres::Field field{.authserv_id = part(0), .version = part(1), .results = {}};
    for (std::size_t i = 2; i + 1 < parts.size() && field.results.size() < 20; i += 7) {
        field.results.push_back(
            {.method = part(i),
             .version = part(i + 1),
             .result = part(i + 2),
             .reason = part(i + 3),
             .comment = part(i + 4),
             .properties = {{part(i + 5), part(i + 6), part(i)}, {"smtp", "mailfrom", part(i + 1)}}});
    }
    const std::string text = authres::write(field);
    if (!authres::parse(text)) std::abort();
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool folding = text[i] == '\r' && i + 3 < text.size() && text[i + 1] == '\n' &&
                             ascii::is_wsp(text[i + 2]) && !ascii::is_space(text[i + 3]);
        if (folding) {
            column = 0;
            i += 2;
        } else if (!(ascii::is_printable(text[i])) || ++column > 998) {
            std::abort();
        }
    }
    return 0;
}
