// Well-known mistakes in SPF terms, recognised once a term has been found to be wrong: what to write instead.
// Nothing here decides a verdict; the texts make permerror something an owner can repair.
#pragma once

#include <string>
#include <string_view>

namespace bonafide::spf {

/// One plain sentence with the cure for a term that has a syntax error, or "" when the mistake is none of those known.
/// Text of the term is escaped.
[[nodiscard]] std::string cure_of(std::string_view term);

} // namespace bonafide::spf
