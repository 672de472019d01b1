// Choices of greylisting that the settings name; apart from greylist.hpp, so that the settings need not know the rest.
#pragma once

#include <cstdint>

namespace bonafide::policy::greylist {

/// What of MAIL FROM is part of the key.
enum class SenderPart : std::uint8_t { address, domain };
/// When an SPF pass spares a sender.
enum class SkipSpf : std::uint8_t { never, with_history, always };

} // namespace bonafide::policy::greylist
