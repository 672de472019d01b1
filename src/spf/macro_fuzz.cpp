// Macro strings of any text over any session values: printing reads back the same, names keep to 253 bytes and never begin inside a
// label, texts keep to their limit. The first line of the input is the macro string, the next ones local-part, domain and HELO.
#include "spf/macro.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace bonafide;

void require(bool holds) {
    if (!holds) std::abort();
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const std::string_view text = take_line(rest);
    spf::MacroValues values;
    values.local_part = take_line(rest);
    values.domain = values.sender_domain = take_line(rest).substr(0, 253);
    values.helo = rest;
    values.client = ip::Address::from_v6({0x20, 0x01, 0x0d, 0xb8, 1});
    for (const spf::MacroPlace place :
         {spf::MacroPlace::domain_spec, spf::MacroPlace::modifier, spf::MacroPlace::explanation}) {
        const auto macros = spf::parse_macro_string(text, place);
        if (!macros) {
            require(macros.error().position <= text.size());
            continue;
        }
        const auto again = spf::parse_macro_string(spf::to_text(*macros), place);
        require(again.has_value() && *again == *macros);
        constexpr std::size_t most = 100;
        const std::string cut = spf::expand_text(*macros, values, most);
        require(cut.size() <= most);
        if (text.size() > 1000) continue; // whole expansions of long ones only cost time
        const std::string whole = spf::expand_text(*macros, values, 1U << 20);
        require(whole.starts_with(cut));
        const std::string name = spf::expand_name(*macros, values);
        require(name.size() <= 253);
        if (macros->letters == 0) require(name == macros->fixed_name);
        // What is asked is the end of what was expanded, from the begin of a label on.
        if (whole.size() < (1U << 20) && !name.empty()) {
            const std::string_view full =
                whole.ends_with('.') ? std::string_view(whole).substr(0, whole.size() - 1) : std::string_view(whole);
            require(full.size() >= name.size());
            if (full.size() > name.size()) require(full[full.size() - name.size() - 1] == '.');
        }
    }
    return 0;
}
