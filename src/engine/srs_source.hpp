// The SRS rewriter that the settings ask for; its secrets are read from their file.
#pragma once

#include "base/error.hpp"
#include "engine/settings.hpp"
#include "srs/srs.hpp"

namespace bonafide::engine {

/// Whether anybody may ask this daemon.
[[nodiscard]] bool has_srs_doors(const Settings::Srs& settings);

/// Errors begin with the setting: no domain, no file of secrets, one that cannot be read or is open to others.
[[nodiscard]] Expected<srs::Rewriter> read_rewriter(const Settings& settings);

} // namespace bonafide::engine
