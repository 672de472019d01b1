// Internal to the `lists` commands: the entries that hold, whoever keeps them, and what each command does with them.
#pragma once

#include "cli/command.hpp"
#include "cli/table.hpp"
#include "engine/settings.hpp"
#include "io/store_sqlite.hpp"
#include "verdict/lists.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli::lists {

/// Who keeps an entry. Only what the ledger keeps can be changed by a command.
enum class Origin : std::uint8_t { ledger, configuration, built_in };

struct Listed {
    io::store::ListRow row;
    Origin origin = Origin::ledger;
};

/// Those of the settings, built-in ones where the settings want them.
[[nodiscard]] std::vector<Listed> configured(const engine::Settings& settings);
[[nodiscard]] Expected<std::vector<Listed>> kept(io::store::Database& ledger);
/// Ordered as people look for them: by list, origin, text; only those of `list` if there is one.
[[nodiscard]] std::vector<Listed> ordered(std::vector<Listed> all, std::optional<verdict::ListName> list);

/// As build_lists() takes them; rows of lists that this version does not know are left out.
[[nodiscard]] std::vector<verdict::ListEntry> entries_of(std::span<const Listed> all);

/// "2027-01-31", "2026-01-31 (expired)", or empty.
[[nodiscard]] std::string until_text(const std::optional<std::int64_t>& expires, std::int64_t now);
[[nodiscard]] Table table_of(std::span<const Listed> all, std::int64_t now);
[[nodiscard]] std::string json_of(std::span<const Listed> all, std::int64_t now);

/// The entry that ENTRY, --note and --until make together; wrong usage says which of them will not do.
[[nodiscard]] std::expected<verdict::ListEntry, Failure> given_entry(const Arguments& arguments, verdict::ListName list,
                                                                     std::int64_t now);

/// What somebody who adds this entry should know, a line each: another list contradicts it, it can hardly match.
[[nodiscard]] std::vector<std::string> remarks(const verdict::ListEntry& entry, std::span<const Listed> all,
                                               const dns::PublicSuffixList& suffixes);

inline constexpr std::size_t most_imported = 100'000;     ///< entries of one file
inline constexpr std::size_t most_import_bytes = 1 << 25; ///< of the file
struct LineError {
    std::size_t line = 0;
    std::string text;
};
/// One entry a line; empty lines and those that begin with '#' hold none. Of two that say the same the first stays.
[[nodiscard]] std::expected<std::vector<verdict::ListEntry>, std::vector<LineError>>
parse_import(verdict::ListName list, std::string_view content);

/// The row that stands for an entry, and what the audit says of it. `why` empty: the entry's note.
[[nodiscard]] io::store::ListRow row_of(const verdict::ListEntry& entry, std::int64_t now, const std::string& who);
[[nodiscard]] io::store::AuditRow audit_of(std::string_view action, const io::store::ListRow& row, std::int64_t now,
                                           const std::string& who, const std::string& why);

/// What `lists suggest` says of a sealer that is not trusted for all mail; empty for one that is.
[[nodiscard]] std::string suggestion(const io::store::SealerRow& sealer, const verdict::Lists& trusted,
                                     std::uint64_t days);

/// The list that the positional LIST names; its values were judged by the parser.
[[nodiscard]] std::optional<verdict::ListName> list_of(const Arguments& arguments);

Outcome run_show(const Arguments& arguments, Console& console);
Outcome run_export(const Arguments& arguments, Console& console);
Outcome run_add(const Arguments& arguments, Console& console);
Outcome run_remove(const Arguments& arguments, Console& console);
Outcome run_import(const Arguments& arguments, Console& console);
Outcome run_audit(const Arguments& arguments, Console& console);
Outcome run_suggest(const Arguments& arguments, Console& console);

} // namespace bonafide::cli::lists
