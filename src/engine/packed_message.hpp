// A message as judging and deciding read it, in few bytes that are quickly read: `bonafide whatif` reads a million of them. The ledger has it
// beside the JSON document, which tells people the same but for the past; where the privacy settings hash addresses there is the document
// alone. Strict: bytes that pack() would not have written are refused, so that damage is noticed. Pure.
//
// One byte of version, then the members of each struct in the order of packed_message.cpp: whole numbers and texts as store_varint.hpp has
// them, a text that came before as its number. A later version reads this one.
#pragma once

#include "base/error.hpp"
#include "engine/stored_message.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace bonafide::engine {

struct Finished;

inline constexpr std::size_t most_packed_bytes = std::size_t{1} << 20U; ///< longer ones are not packed

/// Empty: it would be too long, or has more recipients than are read back. The subject is left out unless it is kept, and with it what replies say behind their codes.
[[nodiscard]] std::string pack(const Finished& finished, bool keeps_subject);
/// Again what unpack_message() read.
[[nodiscard]] std::string pack(const StoredMessage& message);

/// "550 5.7.23 Refused" as "550 5.7.23".
[[nodiscard]] std::string_view codes_of(std::string_view reply);

/// Without around.unknown, which read_message() names.
[[nodiscard]] Expected<StoredMessage> unpack_message(std::string_view packed);

} // namespace bonafide::engine
