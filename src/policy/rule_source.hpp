// Rules, sets and DNS lists as the configuration file has them, each text with its place. Plain data, no meaning yet: rules.hpp gives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::policy {

/// Where something stands in a file; both count from 1, both 0: nowhere.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    auto operator<=>(const Place&) const = default;
};

struct SourceText {
    std::string text;
    Place place{};
    bool operator==(const SourceText&) const = default;
};

/// One [[rule]].
struct RuleSource {
    Place place{};
    SourceText name;
    SourceText at; ///< a level; empty: the first at which all its fields are known and its actions possible
    std::vector<SourceText> when;       ///< conditions that must all hold; none: always
    std::vector<SourceText> then;       ///< actions
    std::vector<SourceText> recipients; ///< whom it is for: addresses, domains; none: everybody
    SourceText mode;                    ///< "monitor", "enforce"; empty: as elsewhere
    bool enabled = true;
    bool operator==(const RuleSource&) const = default;
};

/// One [[set]].
struct SetSource {
    Place place{};
    SourceText name;
    std::vector<SourceText> entries;
    SourceText file; ///< one entry a line, "#" begins a comment; the engine reads it (engine/acting.hpp)
    bool operator==(const SetSource&) const = default;
};

/// One [[dns_list]].
struct DnsListSource {
    Place place{};
    SourceText name;
    SourceText zone;
    std::vector<SourceText> of;    ///< what it is asked about; none: the client
    std::vector<SourceText> codes; ///< of its answers that count; none: all
    bool operator==(const DnsListSource&) const = default;
};

/// What is wrong, or odd, at a place of the file.
struct Complaint {
    Place place{};
    std::string text;
    auto operator<=>(const Complaint&) const = default;
};

} // namespace bonafide::policy
