#include "engine/ledger_path.hpp"

#include <filesystem>
#include <system_error>

namespace bonafide::engine {

std::string ledger_file(const Settings& settings) {
    if (settings.ledger.path != "auto") return settings.ledger.path;
    std::error_code ignored;
    return std::filesystem::is_directory(auto_ledger_folder, ignored) ? std::string(auto_ledger) : std::string();
}

} // namespace bonafide::engine
