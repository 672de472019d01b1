// DNS for commands: a zone file or the real resolver behind one synchronous face.
//     const auto source = open_dns(arguments);
//     const spf::Outcome outcome = dns::run(spf::check(request), **source, &transcript);
#pragma once

#include "cli/command.hpp"
#include "dns/source.hpp"
#include "dns/zone.hpp"
#include "engine/settings.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli {

/// The options --zone, --dns-server and --dns-timeout, for a command's row: its own options first.
[[nodiscard]] std::vector<Option> with_dns_options(std::vector<Option> own);

/// The settings with what the DNS options ask for put in their place.
[[nodiscard]] engine::Settings::Dns dns_settings(const Arguments& arguments, engine::Settings::Dns configured);

/// A zone file from disk; the error names the file and the line.
[[nodiscard]] std::expected<std::shared_ptr<const dns::Zone>, Failure> load_zone(const std::string& file,
                                                                                 std::string_view origin = {});

/// What the DNS options ask for, else what `configured` says. One question at a time, on the calling thread; never throws for what DNS
/// does.
[[nodiscard]] std::expected<std::shared_ptr<const dns::Source>, Failure>
open_dns(const Arguments& arguments, const engine::Settings::Dns& configured = {});

} // namespace bonafide::cli
