// What shows of a comparison without any message: that it can never hold, or always holds, or names what is not there. Pure.
#pragma once

#include "policy/condition.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bonafide::policy {

/// The names that fields of type text can hold; none: not known here.
struct Vocabulary {
    std::optional<std::vector<std::string>> dns_lists{}; ///< of [[dns_list]]
    std::vector<std::string> author_lists{};             ///< of these, those of the Author Domain alone
    std::optional<std::vector<std::string>> listeners{}; ///< of server.listen
};

/// "hour > 30 never holds: hour is 0 to 23, and whole"; empty: nothing is odd. `condition` is of kind compare, asked at `level`.
[[nodiscard]] std::string oddity(const Condition& condition, Level level, const Vocabulary& vocabulary);

} // namespace bonafide::policy
