// The settings table as text: an example configuration, the reference pages, the manual's section.
#pragma once

#include <string>

namespace bonafide::cli {

/// A TOML file with every setting at its default and its meaning above it.
[[nodiscard]] std::string defaults_toml();

/// docs/configuration.md.
[[nodiscard]] std::string settings_markdown();

/// docs/limits.md.
[[nodiscard]] std::string limits_markdown();

} // namespace bonafide::cli
