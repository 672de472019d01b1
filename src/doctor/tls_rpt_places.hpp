// Records of MTA-STS, TLS reporting and BIMI at names where nobody asks for them: the prefix misspelt, a label left out, the zone's name
// twice because the panel appends it.
#pragma once

#include "doctor/survey.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

struct Misplaced {
    std::string name; ///< where it stands
    std::string text;
};

/// The first of these names at which the zone holds a text that `is_meant` knows. `beside` are the labels in front of the domain that people
/// write by mistake; that of the right place with the domain behind it twice, and the domain itself, are looked at too.
/// Only a zone at hand (Subject::all_of_dns) is searched: none of this is asked for over the network. What a wildcard answers is nothing
/// that somebody put there.
[[nodiscard]] std::optional<Misplaced> find_misplaced(const Survey& all, std::string_view right,
                                                      const std::vector<std::string_view>& beside,
                                                      bool (*is_meant)(std::string_view));

/// Nobody takes mail at a host of the organization's own: neither MX nor address, or a null MX. False where that is not known.
[[nodiscard]] bool takes_no_mail(const Survey& all, std::string_view host);

} // namespace bonafide::doctor
