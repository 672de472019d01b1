// Tag lists as people write them (DMARC, MTA-STS, TLS-RPT, BIMI): read leniently, with what is odd about them, so that the odd can be named.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

struct LooseTag {
    std::string name;         ///< lower case, trimmed
    std::string value;        ///< trimmed
    std::size_t position = 0; ///< byte of the name
    bool has_equals = true;
};

/// The parts between semicolons, empty ones left out. At most `most_loose_tags`, the rest is dropped.
inline constexpr std::size_t most_loose_tags = 100;
[[nodiscard]] std::vector<LooseTag> read_loose_tags(std::string_view text);
/// Null: none of this name.
[[nodiscard]] const LooseTag* find_tag(const std::vector<LooseTag>& tags, std::string_view name);
/// "a=1; b=2".
[[nodiscard]] std::string join_tags(const std::vector<LooseTag>& tags);

} // namespace bonafide::doctor
