// How far DNSSEC vouches for the answers a method's result rests on.
#pragma once

#include "dns/transcript.hpp"

#include <cstdint>
#include <optional>

namespace bonafide::verdict {

enum class Method : std::uint8_t {
    spf,
    dmarc,
    iprev
}; ///< those that ask several questions; DKIM and ARC results know their key's

/// The weakest state among the method's answers; nothing when it asked none. The text of exp= (SPF) decides nothing and is left out.
/// Questions are told apart by the words their `why` begins with.
[[nodiscard]] std::optional<dns::Dnssec> dnssec_of(const dns::Transcript& transcript, Method method);

} // namespace bonafide::verdict
