// What settings mean beside each other and on this machine: files they name, folders of sockets and logs, addresses that meet.
// Single values are judged when they are read (settings_check.hpp). Reads files; asks no DNS, opens no socket, changes nothing.
#pragma once

#include "engine/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

struct Finding {
    enum class Severity : std::uint8_t {
        error,  ///< the daemon would not start, or not do what the setting says
        warning ///< it runs, at a risk that the text names
    };
    static constexpr std::size_t whole = static_cast<std::size_t>(-1);

    Severity severity = Severity::error;
    std::string_view setting;  ///< the row's name: "server.listen"
    std::size_t entry = whole; ///< of a list, which one
    std::string text;          ///< begins behind "server.listen: "; remote text is escaped

    bool operator==(const Finding&) const = default;
};

/// All findings, in the order of the settings table. Files are read as the user who runs this: another one may have other rights.
[[nodiscard]] std::vector<Finding> audit(const Settings& settings);

} // namespace bonafide::engine
