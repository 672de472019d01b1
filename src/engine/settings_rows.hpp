// Internal to the settings table: how its rows are written, and the parts that stand in files of their own.
#pragma once

#include "engine/settings_table.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::engine {

using std::chrono::milliseconds;

inline constexpr std::int64_t second = 1000; // in milliseconds, as duration rows count
inline constexpr std::int64_t minute = 60 * second;
inline constexpr std::int64_t hour = 60 * minute;
inline constexpr std::int64_t day_in_seconds = 86400;

/// An enumeration member as a choice of names; the enumerators are 0, 1, ... in the order of the names.
template<auto member> ChoiceMember choice(std::vector<std::string_view> names) {
    using Value = std::remove_reference_t<decltype(member(std::declval<Settings&>()))>;
    return {[](Settings& s) { return static_cast<std::size_t>(member(s)); },
            [](Settings& s, std::size_t index) { member(s) = static_cast<Value>(index); }, std::move(names)};
}

/// The same of a PresetOr; index 0 has the name `otherwise`.
template<auto member>
ChoiceMember preset_or(std::vector<std::string_view> names, std::string_view otherwise = "preset") {
    names.insert(names.begin(), otherwise);
    return {[](Settings& s) { return member(s).index; },
            [](Settings& s, std::size_t index) { member(s).index = index; }, std::move(names)};
}

/// A member of Settings. The captureless lambda becomes the function pointer of `Member`.
template<class T> Member<T> at(Member<T> member) { return member; }

/// compauth.*, lists.*, ledger.*
void add_judging(std::vector<Setting>& rows);
/// rules.*
void add_rules(std::vector<Setting>& rows);
/// failure.*
void add_failure(std::vector<Setting>& rows);
/// greylist.*, notify.*
void add_acting(std::vector<Setting>& rows);
/// signing.*, publish.*, sealing.*, backscatter.*, srs.*
void add_signing(std::vector<Setting>& rows);
/// recipients.*
void add_recipients(std::vector<Setting>& rows);

} // namespace bonafide::engine
