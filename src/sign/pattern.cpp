#include "sign/pattern.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"

#include <fmt/format.h>

namespace bonafide::sign {

Expected<std::string> normalize_pattern(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return failure(fmt::format("\"{}\" {}", escape::line(text), why));
    };
    if (text.empty()) return failure("is empty");
    if (text == "*") return std::string(text);
    if (text.find_first_of(" \t\r\n\0") != std::string_view::npos) return refuse("has a space in it");
    const std::size_t at = text.rfind('@');
    std::string_view local = at == std::string_view::npos ? std::string_view() : text.substr(0, at);
    std::string_view domain = at == std::string_view::npos ? text : text.substr(at + 1);
    if (at != std::string_view::npos && local.empty()) return refuse("has nothing before \"@\"");
    if (local == "*") local = {};
    std::string before = local.empty() ? std::string() : ascii::lower(local) + '@';
    if (domain.starts_with("*.")) domain.remove_prefix(1);
    if (domain.starts_with('.')) {
        if (!before.empty()) return refuse("names one address in many domains");
        before = ".";
        domain.remove_prefix(1);
    }
    if (domain.find('*') != std::string_view::npos || before.find('*') != std::string::npos)
        return refuse("has \"*\" where it means nothing: * alone, *@example.org and *.example.org are known");
    auto ascii = dns::to_ascii(domain);
    if (!ascii || ascii->empty() || ascii->starts_with('.') || ascii->find("..") != std::string::npos)
        return refuse("names no domain");
    return before + *ascii;
}

std::string normalize_address(std::string_view local, std::string_view domain) {
    return ascii::lower(local) + '@' + dns::to_ascii(domain).value_or(ascii::lower(domain));
}

} // namespace bonafide::sign
