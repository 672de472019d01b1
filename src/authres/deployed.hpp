// Reading other people's Authentication-Results as they are, not as RFC 8601 wants them: for explaining stored messages and bounces.
// What is trusted goes through the strict authres::parse; the one exception, a verified ARC set, looks at the defects first
// (arc/chain.cpp).
#pragma once

#include "authres/authres.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::authres {

/// How a field departs from RFC 8601 2.2; each with a sender known for it.
enum class Defect : std::uint8_t {
    no_authserv_id,        ///< the field begins with a result (Microsoft 365)
    bare_domain,           ///< an element that is only a name: the recipient's domain in Microsoft's older stamps
    missing_semicolon,     ///< a result begins where only a property may stand
    property_without_type, ///< "action=none": no ptype
    odd_value,             ///< a value with characters that need quotes
    stray_text,            ///< a word that is nothing of the above; left out
};
[[nodiscard]] std::string_view to_text(Defect defect); ///< "no-authserv-id", ...

struct Deployed {
    Field field;                           ///< authserv_id is empty when there is none; Property::type likewise
    std::vector<std::string> bare_domains; ///< in order, as written
    std::vector<Defect> defects;           ///< each once, in order of appearance; empty: the strict reader agrees
};

/// Error: the value is too long, an open quote or comment, or no result anywhere.
[[nodiscard]] Expected<Deployed> parse_deployed(std::string_view value, const Limits& limits = {});

} // namespace bonafide::authres
