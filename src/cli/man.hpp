// Manual pages in roff (man(7)), made from the command rows and the settings table.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <vector>

namespace bonafide::cli {

/// bonafide(1).
[[nodiscard]] std::string main_page();
/// bonafide-spf(1), bonafide-headers-parse(1), ...
[[nodiscard]] std::string command_page(const Command& command);
/// bonafide.toml(5).
[[nodiscard]] std::string settings_page();

/// Every page with its file name, "bonafide-spf.1".
struct Page {
    std::string file;
    std::string text;
};
[[nodiscard]] std::vector<Page> all_pages();

} // namespace bonafide::cli
