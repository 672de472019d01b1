// Well-known ways to publish a key record wrongly, recognised once it has been found to be unusable.
#pragma once

#include "dkim/key_record.hpp"
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

} // namespace bonafide::doctor
