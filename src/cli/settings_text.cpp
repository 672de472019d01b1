#include "cli/settings_text.hpp"

#include "cli/config.hpp"
#include "cli/help.hpp"
#include "engine/settings_table.hpp"
#include "io/milter_protocol.hpp"

#include <fmt/format.h>
#include <string_view>

namespace bonafide::cli {
namespace {

std::string_view section_of(std::string_view name) {
    const std::size_t dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

std::string_view key_of(std::string_view name) { return name.substr(name.find('.') + 1); } // npos + 1 is 0

std::string comment(std::string_view text) {
    std::string wrapped = "# " + wrap(text, 0, 98);
    for (std::size_t i = 0; (i = wrapped.find('\n', i)) != std::string::npos; i += 3) wrapped.insert(i + 1, "# ");
    return wrapped + "\n";
}

/// A table cell: '|' ends a cell wherever it stands.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

} // namespace

std::string defaults_toml() {
    const engine::Settings defaults;
    std::string top =
        "# Bonafide's settings, each at its default. To change one take the # away from its line and from the\n"
        "# [section] above it, or write your own sections below all this.\n"
        "# bonafide config check FILE finds every error.\n";
    std::string sections;
    std::string_view section;
    for (const engine::Setting& setting : engine::settings_table()) {
        const std::string row = fmt::format("\n{}{}#{} = {}\n", comment(setting.help),
                                            comment(fmt::format("Takes {}.", engine::expectation(setting))),
                                            key_of(setting.name), engine::to_toml(setting, defaults));
        // TOML: what belongs to no section has to stand before the first one.
        if (section_of(setting.name).empty()) {
            top += row;
            continue;
        }
        if (section_of(setting.name) != section) {
            section = section_of(setting.name);
            sections += fmt::format("\n#[{}]\n", section);
        }
        sections += row;
    }
    return top + sections;
}

std::string settings_markdown() {
    const engine::Settings defaults;
    std::string text = fmt::format(
        "# Configuration\n\n"
        "Made from the settings table by `bonafide config doc`; edit src/engine/settings_table.cpp, not this file.\n\n"
        "The file is TOML: `{}`, or the one given with `--config`. What it does not say keeps its default; a file is "
        "not needed.\n"
        "`bonafide config check FILE` reports every error with line and column; an unknown setting is an error.\n"
        "`bonafide config defaults` prints a complete file. Times are texts with a unit: `\"250ms\"`, `\"5s\"`, "
        "`\"10m\"`, `\"2h\"`, `\"1d\"`.\n\n"
        "A changed file is read again on SIGHUP. The last column says when a change takes hold: at once, for new "
        "connections, or after a "
        "restart.\nA file with errors changes nothing.\n",
        config::default_file);
    std::string_view section = "none yet";
    for (const engine::Setting& setting : engine::settings_table()) {
        if (section_of(setting.name) != section) {
            section = section_of(setting.name);
            text += section.empty() ? "\n## Before the first section\n" : fmt::format("\n## [{}]\n", section);
            if (section == "limits")
                text += "\nWhere each limit comes from and what happens past it: [limits.md](limits.md).\n";
            text +=
                "\n| setting | default | takes | meaning | change takes hold | since |\n|---|---|---|---|---|---|\n";
        }
        text += fmt::format("| `{}` | `{}` | {} | {} | {} | {} |\n", key_of(setting.name),
                            engine::to_toml(setting, defaults), cell(engine::expectation(setting)), cell(setting.help),
                            engine::to_text(setting.reload), setting.since);
    }
    return text;
}

std::string limits_markdown() {
    const engine::Settings defaults;
    std::string text =
        "# Limits\n\n"
        "Made from the tables of limits by `bonafide config doc limits`; edit src/base/limits.hpp and limits.cpp, or "
        "src/io/milter_protocol.hpp and milter_protocol.cpp, not this file.\n\n"
        "Everything a stranger can send is bounded. Each bound has a test at the limit and one past it, and a defined "
        "outcome.\n\n"
        "## Messages and DNS\n\nThe values are settings of section `[limits]`.\n\n"
        "| limit | default | range | origin | past it |\n|---|---|---|---|---|\n";
    for (const LimitRow& limit : limit_rows()) {
        const engine::Setting* setting = engine::find_setting(fmt::format("limits.{}", limit.name));
        text += fmt::format("| `{}` | {} | {} to {}{}{} | {} | {} |\n", limit.name, defaults.limits.*limit.value,
                            setting->range.least, setting->range.most, setting->unit.empty() ? "" : " ", setting->unit,
                            cell(limit.origin), cell(limit.outcome));
    }
    text += "\n## The milter protocol\n\nFixed: what an MTA may send in one packet, and what one of our replies may "
            "hold.\n\n"
            "| limit | value | origin | past it |\n|---|---|---|---|\n";
    for (const io::milter::ProtocolLimitRow& limit : io::milter::protocol_limit_rows())
        text +=
            fmt::format("| `{}` | {} | {} | {} |\n", limit.name, limit.value, cell(limit.origin), cell(limit.outcome));
    return text;
}

} // namespace bonafide::cli
