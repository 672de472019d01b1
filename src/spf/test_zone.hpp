// For this room's tests: a check against a zone literal.
#pragma once

#include "dns/zone.hpp"
#include "spf/spf.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace bonafide::spf::testing {

/// Throws when the literal is no zone: a mistake in the test.
inline std::shared_ptr<const dns::Zone> zone(std::string_view text) {
    auto parsed = dns::Zone::parse(text);
    if (!parsed) throw std::invalid_argument(parsed.error().text);
    return *std::move(parsed);
}

inline Request request(std::string_view client, std::string_view mail_from,
                       std::string_view helo = "mail.example.net") {
    Request result;
    result.client = ip::Address::parse(client).value();
    result.mail_from = mail_from;
    result.helo = helo;
    return result;
}

inline Outcome check(const Request& request, std::string_view zone_text, dns::Transcript* transcript = nullptr) {
    const auto source = zone(zone_text);
    return dns::run(spf::check(request), *source, transcript);
}

/// The outcome for one record at example.com beside other names; 192.0.2.1 and user@example.com unless said otherwise.
inline Outcome check_record(std::string_view record, std::string_view other_names = "",
                            std::string_view client = "192.0.2.1", std::string_view mail_from = "user@example.com") {
    const std::string text =
        "$TTL 60\n$ORIGIN example.com.\n@ TXT \"" + std::string(record) + "\"\n" + std::string(other_names) + "\n";
    return check(request(client, mail_from), text);
}

} // namespace bonafide::spf::testing
