// A zone file from disk: what dns.zone and --zone name.
#pragma once

#include "base/error.hpp"
#include "dns/zone.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace bonafide::engine {

/// Errors name the file, and the line where it is no zone.
[[nodiscard]] Expected<std::shared_ptr<const dns::Zone>> load_zone(const std::string& file,
                                                                   std::string_view origin = {});

} // namespace bonafide::engine
