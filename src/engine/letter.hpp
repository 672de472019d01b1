// What the header says beside From, for judging and for finding the message again.
#pragma once

#include "base/limits.hpp"
#include "mail/header.hpp"
#include "verdict/facts.hpp"

namespace bonafide::engine {

/// Never fails: what cannot be read is empty. Of a field that stands there several times the first counts.
[[nodiscard]] verdict::Letter read_letter(const mail::HeaderBlock& header, const Limits& limits);

} // namespace bonafide::engine
