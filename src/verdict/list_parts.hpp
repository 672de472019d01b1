// Internal to src/verdict: what stands in an entry of a list, read and printed. lists.hpp has the entries themselves.
#pragma once

#include "arc/trust.hpp"
#include "base/error.hpp"
#include "verdict/known_names.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bonafide::verdict {

/// A domain name, normalized; nothing when it is none (an IP address is none).
[[nodiscard]] std::optional<std::string> read_domain(std::string_view text);
/// An address in lower case, domain normalized; its local part needs no quotes and does not begin with '#'.
[[nodiscard]] std::optional<std::string> read_address(std::string_view text);

/// "DOMAIN [from=DOMAIN,.DOMAIN] [to=ADDRESS,DOMAIN,.DOMAIN]"; scopes come sorted, each once.
[[nodiscard]] Expected<arc::Sealer> read_sealer(std::string_view text);
[[nodiscard]] std::string to_text(const arc::Sealer& sealer);

/// "Ann Example <ann@ours.example>, <other@address>": a name of two words or more; addresses come sorted, each once.
[[nodiscard]] Expected<KnownNames::Person> read_person(std::string_view text);
[[nodiscard]] std::string to_text(const KnownNames::Person& person);

} // namespace bonafide::verdict
