// An SPF record that can be read prints to one that reads the same; one that cannot says where, inside the text.
#include "spf/record.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace bonafide;

void require(bool holds) {
    if (!holds) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!spf::is_record(text)) return 0;
    const auto record = spf::parse_record(text);
    if (!record) {
        require(record.error().position <= size && !record.error().text.empty() && !record.error().section.empty());
        const std::string_view term = spf::term_at(text, record.error().position);
        require(term.size() <= size);
        for (const char c : record.error().text) require(c != '\r' && c != '\n' && c != '\0' && c != '\x1b');
        return 0;
    }
    for (const spf::Directive& directive : record->directives)
        require(directive.span.begin + directive.span.length <= size);
    const std::string printed = spf::to_text(*record);
    require(spf::is_record(printed));
    const auto again = spf::parse_record(printed);
    require(again.has_value());
    require(again->directives.size() == record->directives.size() && again->others.size() == record->others.size());
    require(again->has_all == record->has_all);
    for (std::size_t i = 0; i < record->directives.size(); ++i) {
        const spf::Directive& a = record->directives[i];
        const spf::Directive& b = again->directives[i];
        require(a.mechanism == b.mechanism && a.result == b.result && a.target == b.target && a.network == b.network);
        require(a.prefix_v4 == b.prefix_v4 && a.prefix_v6 == b.prefix_v6);
    }
    require(spf::to_text(*again) == printed);
    return 0;
}
