// What RFC 8601 calls the outcome of each cause; the table is in result.cpp.
#pragma once

#include "dkim/dkim.hpp"

namespace bonafide::dkim {

[[nodiscard]] Result result_of(Code code);

} // namespace bonafide::dkim
