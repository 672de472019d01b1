// Well-known ways to publish a key record wrongly, recognised once it has been found to be unusable.
#pragma once

#include "base/limits.hpp"
#include "text/text.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bonafide::doctor {

struct DkimMistake {
    text::Text what;                     ///< one sentence
    std::optional<std::string> better{}; ///< the record as it was meant, where it then holds a usable key
    bool secret_exposed = false;         ///< the private key stands in public DNS
};
/// Of a record whose code is bad_key or key_wrong_type.
[[nodiscard]] DkimMistake recognise_mistake(std::string_view text, const Limits& limits);

/// Whether somebody meant this text to be a key record: it has a version or a key, be they written wrongly.
[[nodiscard]] bool looks_like_key_record(std::string_view text);

/// Bits of an RSA key in p= that is whole but so short that it is not read as a key at all; 0: it is no such key.
[[nodiscard]] unsigned bits_of_toy_key(std::string_view text);

} // namespace bonafide::doctor
