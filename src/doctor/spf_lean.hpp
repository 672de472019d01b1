// What can go from a record that needs too many look-ups without taking the right to send from anybody.
#pragma once

#include "doctor/survey.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::doctor {

/// Networks that one term may be replaced by.
inline constexpr std::size_t most_lean_networks = 12;

/// Terms of the root, as written, that cost look-ups and authorize nothing that others do not: duplicates, includes that another include
/// holds already, a and mx whose addresses are listed or that have none, ptr.
[[nodiscard]] std::vector<std::string> spf_idle_terms(const SpfNode& root);

struct LeanRecord {
    std::string text;
    std::vector<std::string> replaced{}; ///< terms for which the addresses stand that they lead to today
};
/// A record of the same meaning that needs at most `most` look-ups: without idle terms, then with addresses for a and mx, then for includes
/// that lead to few of them, includes of known services last. Nothing: there is none. `root` holds a record.
[[nodiscard]] std::optional<LeanRecord> lean_record(const SpfNode& root, std::uint32_t most);

} // namespace bonafide::doctor
