// OpenDKIM's KeyTable and SigningTable as keys and lines of signing.table. Pure.
#pragma once

#include "cli/moving.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli::moving {

/// How the rows of a SigningTable are asked.
enum class TableKind : std::uint8_t {
    exact,   ///< file: and csl:, the most specific key first, as ours are
    pattern, ///< refile:, "*" is any text, the first row that fits counts
};

struct SigningTables {
    std::vector<Row> keys;    ///< NAME, "DOMAIN:SELECTOR:FILE"
    std::vector<Row> signing; ///< PATTERN, "KEYNAME[:IDENTITY]"
    TableKind kind = TableKind::exact;
    bool several_signatures = false; ///< MultipleSignatures: all rows that fit sign
    std::string root{};              ///< of the files of the keys
};

/// Rows that no line of ours can say are left out with why.
void convert_tables(Conversion& conversion, const SigningTables& tables);

/// "*@example.org" as "example.org"; empty: not a pattern of ours.
[[nodiscard]] std::string pattern_of(std::string_view theirs, TableKind kind);

} // namespace bonafide::cli::moving
