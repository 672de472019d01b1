// In which language a command speaks: --lang, else the locale of the environment, else English.
#pragma once

#include "cli/command.hpp"
#include "text/catalogue.hpp"

#include <expected>
#include <memory>

namespace bonafide::cli {

[[nodiscard]] Option language_option();
/// Errors: --lang names a language that is not there.
[[nodiscard]] std::expected<std::shared_ptr<const text::Catalogue>, Failure> catalogue_of(const Arguments& arguments);

} // namespace bonafide::cli
