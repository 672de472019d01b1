// A date that was read prints to one that reads the same.
#include "mail/date.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide::mail;
    const auto time = parse_date(std::string_view(reinterpret_cast<const char*>(data), size));
    // A zone may carry the moment out of the years that can be written.
    const bool printable = time && *time >= -2208988800 && *time <= 253402300799;
    if (printable && parse_date(format_date(*time)) != time) std::abort();
    return 0;
}
