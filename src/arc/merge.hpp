// What an ARC-Authentication-Results field says: the results of this ADMD, however many Authentication-Results fields they
// came in (RFC 8617 4.1.1). Each result is one text "method=result reason=... (comment) ptype.property=value ...".
#pragma once

#include "authres/authres.hpp"
#include "base/limits.hpp"
#include "mail/header.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::arc {

/// The results in those Authentication-Results fields of `header` that bear one of our own authserv-ids, top to bottom, values and
/// comments as they were written. The caller has removed forged fields before (RFC 8601 5). Left out are fields that do not parse
/// or hold a property type that is not registered, methods, method versions and results that are not registered, and of every method but dkim all results but the
/// first. `name`: where ours are stamped under another name, that one. At most limits.authres_results come out.
[[nodiscard]] std::vector<std::string> merge_results(const mail::HeaderBlock& header,
                                                     std::span<const std::string> authserv_ids,
                                                     const Limits& limits = {},
                                                     std::string_view name = "Authentication-Results");

/// The results of our own field, as authres::write writes them.
[[nodiscard]] std::vector<std::string> results_of(const authres::Field& field);

} // namespace bonafide::arc
