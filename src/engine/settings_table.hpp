// Every setting as one row: name, kind, range, unit, help, when a change takes hold. The configuration parser, `config defaults`,
// docs/configuration.md, docs/limits.md and bonafide.toml(5) come from these rows; defaults are read from a Settings{}, so a default
// stands in one place only (settings.hpp, base/limits.hpp). A new setting is a member there and a row here.
#pragma once

#include "base/error.hpp"
#include "engine/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bonafide::engine {

/// When a changed value takes hold after a reload (SIGHUP).
enum class Reload : std::uint8_t { live, new_connections, restart };
[[nodiscard]] std::string_view to_text(Reload reload);

/// What a value is and how TOML writes it.
enum class Kind : std::uint8_t {
    boolean,   ///< true
    count,     ///< 10
    duration,  ///< "5s"
    seconds,   ///< "1d", kept as whole seconds
    file_mode, ///< "0660"
    text,      ///< "text"
    texts,     ///< ["text", "text"]
    networks,  ///< ["192.0.2.0/24"]
    choice,    ///< "treewalk"
};
[[nodiscard]] std::string_view to_text(Kind kind);

/// A value as a configuration file holds it.
using RawValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

/// Where in Settings a value lives.
template<class T> using Member = T& (*)(Settings&);
/// An enumeration whose enumerators count from 0 in the order of `names`.
struct ChoiceMember {
    std::size_t (*get)(Settings&);
    void (*set)(Settings&, std::size_t);
    std::vector<std::string_view> names;
};
using Access =
    std::variant<Member<bool>, Member<std::uint32_t>, std::uint32_t Limits::*, Member<std::chrono::milliseconds>,
                 Member<std::string>, Member<std::vector<std::string>>, Member<std::vector<ip::Prefix>>, ChoiceMember>;

/// Inclusive bounds: of a count, of a duration in milliseconds, of seconds, of the number of list entries.
struct Range {
    std::int64_t least = 0;
    std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

struct Setting {
    std::string name; ///< dotted, as in TOML: "server.listen"
    Kind kind = Kind::text;
    Access access;
    Range range = {};
    std::string_view unit = {}; ///< "bytes", "threads"; empty where the kind says it
    std::string help;           ///< sentences, for the documentation and above the line in `config defaults`
    Reload reload = Reload::new_connections;
    std::string_view since = "0.1.0";
    Expected<void> (*check)(std::string_view) = nullptr; ///< judges a text, or each entry of a list
};

/// All rows, grouped by section, in the order of Settings.
[[nodiscard]] const std::vector<Setting>& settings_table();
/// The row of this dotted name, or nullptr.
[[nodiscard]] const Setting* find_setting(std::string_view name);

/// What the row accepts, completing "must be ...": "a number from 1 to 1000", "one of treewalk, psl".
[[nodiscard]] std::string expectation(const Setting& setting);

/// Puts `value` into `settings`; an error says what was expected and leaves `settings` as it was.
[[nodiscard]] Expected<void> assign(const Setting& setting, const RawValue& value, Settings& settings);
/// Judges one entry of a list by itself, so that an error can point at it.
[[nodiscard]] Expected<void> check_entry(const Setting& setting, std::string_view entry);

/// The value as TOML writes it: "\"5s\"", "[]", "true". assign() of what TOML reads back gives the same value.
[[nodiscard]] std::string to_toml(const Setting& setting, const Settings& settings);

/// Names of the settings in which the two differ, in the table's order.
[[nodiscard]] std::vector<std::string_view> differences(const Settings& before, const Settings& after);
/// Those of them that a reload does not change: a restart has to.
[[nodiscard]] std::vector<std::string_view> restart_needed(const Settings& before, const Settings& after);

} // namespace bonafide::engine
