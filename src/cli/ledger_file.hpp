// Which ledger a command opens, and who acts: shared by all commands that read or change what is remembered.
#pragma once

#include "cli/command.hpp"
#include "engine/settings.hpp"
#include "io/store_sqlite.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bonafide::cli {

/// The options --ledger and --config, behind a command's own.
[[nodiscard]] std::vector<Option> with_ledger_options(std::vector<Option> own);
/// --by NAME, of commands that write into the audit.
[[nodiscard]] Option by_option();

/// Those of --config, else of the default configuration, else the built-in ones.
[[nodiscard]] std::expected<std::shared_ptr<const engine::Settings>, Failure>
ledger_settings(const Arguments& arguments);
/// --ledger, else ledger.path of those settings.
[[nodiscard]] std::expected<std::string, Failure> ledger_path(const Arguments& arguments);
/// Opens it; the error names the file.
[[nodiscard]] std::expected<io::store::Database, Failure> open_ledger(const Arguments& arguments,
                                                                      io::store::Database::Mode mode);

/// --by, else who called sudo, else the user this runs as; never empty, at most 256 bytes, no control characters.
[[nodiscard]] std::string acting_person(const Arguments& arguments);

} // namespace bonafide::cli
