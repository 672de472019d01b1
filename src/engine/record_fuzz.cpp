// A record of any bytes: an error is one printable line, and what is read prints to what reads the same. A record that is one goes on to
// its header and its redaction.
#include "engine/record.hpp"
#include "engine/redact.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

using namespace bonafide;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void require_line(const std::string& text) { require(!text.empty() && !text.contains('\n')); }

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto record = engine::parse_record({reinterpret_cast<const char*>(data), size});
    if (!record) {
        require_line(record.error().text);
        return 0;
    }
    const std::string text = engine::to_json(*record);
    const auto again = engine::parse_record(text);
    require(again && engine::to_json(*again) == text);
    require(engine::json_differences(record->verdict, again->verdict).empty());
    require(!engine::essence(record->verdict).empty());
    if (const auto header = engine::header_of(*record, {}); !header) require_line(header.error().text);
    const auto redacted = engine::redact(*record, {}, {}, {});
    if (!redacted)
        require_line(redacted.error().text);
    else
        require(engine::parse_record(engine::to_json(*redacted)).has_value());
    return 0;
}
