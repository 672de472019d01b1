#include "cli/check.hpp"

#include "base/ascii.hpp"
#include "base/duration.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {

Expected<void> check_ip(std::string_view text) {
    if (!ip::Address::parse(text)) return failure(fmt::format("\"{}\" is no IP address", escape::line(text)));
    return {};
}

Expected<void> check_unix_time(std::string_view text) {
    // Up to the year 9999, so that arithmetic on it cannot overflow.
    const auto time = ascii::parse_decimal(text);
    if (!time || *time > 253402300799)
        return failure(fmt::format("\"{}\" is no Unix time (whole seconds since 1970)", escape::line(text)));
    return {};
}

Expected<void> check_duration(std::string_view text) {
    const auto time = parse_duration(text);
    if (!time) return failure(time.error().text);
    if (time->count() < 1 || *time > std::chrono::minutes(10)) return failure("must be from 1ms to 10m");
    return {};
}

Expected<void> check_domain(std::string_view text) {
    const auto domain = dns::to_ascii(text);
    if (!domain || !dns::is_valid(*domain)) return failure(fmt::format("\"{}\" is no domain name", escape::line(text)));
    return {};
}

std::int64_t read_time(const Arguments& arguments, std::int64_t otherwise) {
    const auto text = arguments.text("now");
    const auto time = text ? ascii::parse_decimal(*text) : std::nullopt;
    return time ? static_cast<std::int64_t>(*time) : otherwise;
}

std::string without_brackets(std::string_view path) {
    path = ascii::trim(path);
    if (path.starts_with('<') && path.ends_with('>')) path = path.substr(1, path.size() - 2);
    return std::string(path);
}

void print_transcript(const dns::Transcript& transcript, Console& console) {
    if (transcript.exchanges().empty()) return;
    console.out << "DNS questions:\n";
    for (const dns::Exchange& exchange : transcript.exchanges()) console.out << "  " << dns::to_line(exchange) << '\n';
}

} // namespace bonafide::cli
