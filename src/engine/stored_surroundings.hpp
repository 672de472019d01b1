// What rules read of a message beside its Facts, as the ledger keeps it, and back. Pure. Header fields are not kept.
#pragma once

#include "base/json_cursor.hpp"
#include "policy/disposition.hpp"
#include "policy/subject.hpp"

#include <string>

namespace bonafide::engine {

/// One JSON object; what is not known is left out.
[[nodiscard]] std::string to_json(const policy::Surroundings& around);
/// The same where the cursor stands.
[[nodiscard]] policy::Surroundings read_surroundings(JsonCursor& cursor);

/// {"what","by","why","override":{"type","comment"}}, the override where something else is done than the owner of the domain asks for.
[[nodiscard]] std::string to_json(const policy::Disposition& disposition);

} // namespace bonafide::engine
