// Which policy a DMARC record amounts to for one domain, once sp, np, t and pct are taken into account (RFC 9989 4.7, 4.10.1; RFC 7489
// 6.3). Pure.
#pragma once

#include "dmarc/dmarc.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bonafide::doctor {

struct DmarcEffect {
    dmarc::Policy policy = dmarc::Policy::none; ///< as published
    std::string_view tag = "p";                 ///< that holds it: "p", "sp" or "np"
    bool testing = false;                       ///< t=y: receivers that follow RFC 9989 apply the next weaker one
    std::optional<unsigned> percent{};          ///< pct, where it is a number up to 100: older receivers spare the rest
    std::string holder{};                       ///< domain whose record it is

    /// Applied to all mail by all receivers.
    [[nodiscard]] bool is_full() const { return !testing && (!percent || *percent == 100); }
};
/// Nothing: no policy applies, or its record is broken.
[[nodiscard]] std::optional<DmarcEffect> dmarc_effect(const dmarc::Discovered& found);

} // namespace bonafide::doctor
