// Writing the Received-SPF field (RFC 7208 9.1) for filters behind us that read it. Authentication-Results says the same and more.
#pragma once

#include "spf/spf.hpp"

#include <string>

namespace bonafide::spf {

/// The field's value, folded below 78 columns with CRLF HTAB, ready to stand after "Received-SPF:" and a space; no final CRLF. What the
/// sender could choose (HELO, MAIL FROM) is cut at a sane length, freed of everything a reader could trip over, and quoted.
/// `host`: the verifying host's name, for the comment and receiver=.
[[nodiscard]] std::string received_spf(const Outcome& outcome, const Request& request, std::string_view host);

} // namespace bonafide::spf
