// Shell completion scripts, made from the command rows.
#pragma once

#include <string>

namespace bonafide::cli {

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

} // namespace bonafide::cli
