// How much would be lost with a history: what is beyond the ledger's bound goes weakest first. Pure.
#pragma once

#include "verdict/history.hpp"

#include <cstdint>

namespace bonafide::io::store {

/// Sum over the days of log2(1 + messages), halved every 90 days of distance to `today`, times the number of days. So many days weigh more
/// than many messages of one: a flood of a day is weaker than a partner of a month. A day's distance counts up to 900 days, either way, so
/// that a clock that is years off does not make what came today stronger than everything established, nor what came then immortal.
[[nodiscard]] double strength(const verdict::Series& series, std::int32_t today);

} // namespace bonafide::io::store
