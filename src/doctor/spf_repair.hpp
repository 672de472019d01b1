// Well-known slips in SPF records, put right: what the owner meant, as a record that parses.
#pragma once

#include "spf/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::doctor {

/// The record with each slip that is known put right; nothing where some mistake has no known cure, so what is returned always parses.
/// Knows: commas and semicolons between terms, spaces within one, look-alike characters of word processors, ipv4: ip: ip4= and bare
/// addresses, hosts and addresses in each other's mechanism, web addresses, "redirect:", frequent misspellings.
[[nodiscard]] std::optional<std::string> repaired(std::string_view text);

/// Terms that parse as unknown modifiers, which receivers ignore, and were meant as mechanisms: "ip4=192.0.2.1". As written.
[[nodiscard]] std::vector<std::string> misread_terms(std::string_view text, const spf::Record& record);

/// The first two terms that stand together without a blank: "mx" and "-all" of "mx-all"; nothing: none do.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> glued_terms(std::string_view text);

} // namespace bonafide::doctor
