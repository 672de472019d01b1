// Checks of option values, and small readings of arguments that several commands share.
#pragma once

#include "base/error.hpp"
#include "cli/command.hpp"
#include "dns/transcript.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::cli {

[[nodiscard]] Expected<void> check_ip(std::string_view text);
[[nodiscard]] Expected<void> check_unix_time(std::string_view text);
[[nodiscard]] Expected<void> check_duration(std::string_view text);
[[nodiscard]] Expected<void> check_domain(std::string_view text);

/// The Unix time that `option` gives (judged by check_unix_time before), else `otherwise`.
[[nodiscard]] std::int64_t read_time(const Arguments& arguments, std::int64_t otherwise,
                                     std::string_view option = "now");

/// "<a@b>" or "a@b" as "a@b".
[[nodiscard]] std::string without_brackets(std::string_view path);

/// "DNS questions:" and a line each; nothing when there was none.
void print_transcript(const dns::Transcript& transcript, Console& console);

} // namespace bonafide::cli
