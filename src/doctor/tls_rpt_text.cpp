// The text of TLS-RPT records (RFC 8460 3): "v=TLSRPTv1", then fields behind semicolons, one of them rua. Letters count in their case.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dmarc/reading.hpp"
#include "doctor/dmarc_text.hpp"
#include "doctor/tags.hpp"
#include "doctor/tls_rpt.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::string_view version = "v=TLSRPTv1";

bool is_address(std::string_view uri) {
    const bool known = ascii::istarts_with(uri, "mailto:") || ascii::istarts_with(uri, "https://");
    return known && dmarc::is_reporting_uri(uri);
}

/// rua with "=" right behind it: RFC 8460 3 allows no space there and no other case.
std::string_view exact_rua(std::string_view text) {
    for (const std::string_view part : ascii::split(text, ';')) {
        const std::string_view field = ascii::trim(part);
        if (field.starts_with("rua=")) return field.substr(4);
    }
    return {};
}

std::string corrected_address(std::string_view uri) {
    while (!uri.empty() && std::string_view("<>\"'").contains(uri.front())) uri.remove_prefix(1);
    while (!uri.empty() && std::string_view("<>\"'").contains(uri.back())) uri.remove_suffix(1);
    if (is_address(uri)) return std::string(uri);
    std::string better(uri);
    if (ascii::istarts_with(uri, "mailto://"))
        better = fmt::format("mailto:{}", uri.substr(9));
    else if (ascii::istarts_with(uri, "http://"))
        better = fmt::format("https://{}", uri.substr(7));
    else if (!uri.contains(':') && uri.contains('@'))
        better = fmt::format("mailto:{}", uri);
    return is_address(better) ? better : std::string();
}

} // namespace

bool is_meant_as_tls_rpt(std::string_view text) {
    const std::string_view inner = bare_record(text);
    return ascii::istarts_with(inner, "v=tlsrpt") || ascii::istarts_with(inner, "v=tls-rpt") ||
           ascii::istarts_with(inner, "v= tlsrpt") || ascii::istarts_with(inner, "v = tlsrpt");
}

bool is_tls_rpt_record(std::string_view text) {
    if (!text.starts_with(version)) return false;
    const std::string_view rest = ascii::trim(text.substr(version.size()));
    return rest.empty() || rest.starts_with(';');
}

std::optional<Text> find_tls_rpt_mistake(std::string_view text) {
    if (!is_tls_rpt_record(text)) return say("it does not begin with {version}", {{"version", "v=TLSRPTv1;"}});
    const std::string_view list = exact_rua(text);
    if (ascii::trim(list).empty()) return say("the tag {tag} is missing", {{"tag", "rua="}});
    for (const std::string_view part : ascii::split(list, ','))
        if (const std::string_view uri = ascii::trim(part); !is_address(uri))
            return say(
                "{value} is no address for reports; it must begin with {mail} or {web}",
                {{"value", escape::shortened(uri, most_quoted_bytes)}, {"mail", "mailto:"}, {"web", "https://"}});
    for (const std::string_view part : ascii::split(text, ';'))
        if (const std::string_view field = ascii::trim(part); is_address(field))
            return say("{value} stands behind a semicolon and is not read; addresses are separated by commas",
                       {{"value", escape::shortened(field, most_quoted_bytes)}});
    return {};
}

std::vector<std::string> tls_rpt_addresses(std::string_view text) {
    std::vector<std::string> uris;
    if (find_tls_rpt_mistake(text)) return uris;
    for (const std::string_view part : ascii::split(exact_rua(text), ',')) uris.emplace_back(ascii::trim(part));
    return uris;
}

std::string corrected_tls_rpt(std::string_view text) {
    std::string list;
    std::string rest(text);
    for (char& c : rest)
        if (ascii::is_space(c) || c == ';') c = ',';
    for (std::string_view part : ascii::split(rest, ',')) {
        if (const std::size_t equals = part.find('=');
            ascii::istarts_with(part, "ru") && equals != std::string_view::npos)
            part.remove_prefix(equals + 1);
        const std::string uri = corrected_address(part);
        if (!uri.empty()) list += (list.empty() ? "" : ",") + uri;
    }
    return list.empty() ? std::string() : fmt::format("{}; rua={}", version, list);
}

} // namespace bonafide::doctor
