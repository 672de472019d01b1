// Names and addresses that receivers quote in their replies, and that logs put beside them.
#pragma once

#include "base/ip.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bonafide::doctor {

/// The domain whose records a reply speaks of; empty: it names none. `text` in any case.
[[nodiscard]] std::string domain_in_reply(std::string_view text);
/// The sending address that a reply quotes.
[[nodiscard]] std::optional<ip::Address> address_in_reply(std::string_view text);
/// Of "<user@domain>", "user@domain"; empty: none.
[[nodiscard]] std::string domain_of_address(std::string_view address);
/// The value of "key=<...>" or "key=..." in a log line; empty: none.
[[nodiscard]] std::string logged_value(std::string_view line, std::string_view key);
/// The first mail address in a text; empty: none.
[[nodiscard]] std::string first_address(std::string_view text);

} // namespace bonafide::doctor
