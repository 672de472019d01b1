// The demo's eight deliveries: the classic spoof, four scenarios of composite authentication, and one honest message three ways.
#pragma once

#include <span>
#include <string_view>

namespace bonafide::cli::demo {

struct Delivery {
    std::string_view title;       ///< one line for the person watching
    std::string_view file;        ///< embedded message
    std::string_view client;      ///< address it comes from
    std::string_view client_name; ///< its reverse DNS name as the MTA would see it; "[UNAVAILABLE]" without one
    std::string_view helo;
    std::string_view mail_from;
    std::string_view zone_extra; ///< embedded zone file read together with demo/zone for this delivery; empty: none
};

inline constexpr std::string_view recipient = "astobes@tailspintoys.com";

[[nodiscard]] std::span<const Delivery> deliveries();

} // namespace bonafide::cli::demo
