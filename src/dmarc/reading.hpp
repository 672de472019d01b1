// Internal to src/dmarc: what one TXT string says, in the two grades the standard knows. A string with a good v tag is "a DMARC Policy
// Record" for the tree walk (RFC 9989 4.10) even when its policy tags make it mean "no DMARC" (4.10.1).
#pragma once

#include "dmarc/dmarc.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace bonafide::dmarc {

struct Reading {
    Record record;
    std::optional<Error> unusable; ///< set: no DMARC processing for messages this record applies to
};

/// Error: the string is not a DMARC record at all, with the byte where it goes wrong.
[[nodiscard]] Expected<Reading> read_record(std::string_view text, const Limits& limits);

/// The syntactically valid URIs of a rua or ruf value, size suffixes stripped, at most `limits.dmarc_uris` (RFC 9989 4.6, 4.8).
[[nodiscard]] std::vector<std::string> read_uris(std::string_view list, const Limits& limits);

/// Whether `text` is a URI that a report could go to: RFC 3986 syntax with ',' and '!' encoded; a mailto needs an address.
[[nodiscard]] bool is_reporting_uri(std::string_view text);

} // namespace bonafide::dmarc
