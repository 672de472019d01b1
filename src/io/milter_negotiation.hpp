// What both sides can and want -> what is agreed, versions 2 to 6. Pure. What the MTA does not offer is done without: a stage it insists on
// waiting at is answered "proceed", a modification it does not allow is left out.
#pragma once

#include "io/milter_frame.hpp"
#include "io/milter_handler.hpp"
#include "io/milter_protocol.hpp"

#include <expected>
#include <string>

namespace bonafide::io::milter {

struct Agreement {
    Negotiated terms;
    Offer answer;       ///< version, actions and steps as sent back
    std::string packet; ///< the whole answer, with macro lists where agreed
};

/// Refuses an MTA older than version 2.
[[nodiscard]] std::expected<Agreement, Fault> negotiate(const Offer& offer, const Needs& needs);

} // namespace bonafide::io::milter
