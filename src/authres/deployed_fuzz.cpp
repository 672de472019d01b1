// The lenient reader takes everything the strict one takes, and then gives the same and finds nothing odd.
#include "authres/deployed.hpp"

#include <cstdlib>

using namespace bonafide;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view value(reinterpret_cast<const char*>(data), size);
    const auto strict = authres::parse(value);
    const auto lenient = authres::parse_deployed(value);
    if (strict && (!lenient || !lenient->defects.empty() || !(lenient->field == *strict))) std::abort();
    return 0;
}
