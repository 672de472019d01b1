// The questions of `records --interactive`.
#pragma once

#include "cli/command.hpp"
#include "doctor/records.hpp"
#include "text/catalogue.hpp"

namespace bonafide::cli {

/// Asks for what the options left open, an answer a line; an empty one keeps what is shown. False: the input ended first.
[[nodiscard]] bool ask_wishes(doctor::Wishes& wishes, const text::Catalogue& catalogue, Console& console);

} // namespace bonafide::cli
