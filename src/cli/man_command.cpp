// `bonafide man`: prints or writes the manual pages.
#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "cli/man.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <ostream>
#include <system_error>

namespace bonafide::cli {
namespace {

/// man(1) looks for pages in FOLDER/man1 and FOLDER/man5.
Outcome write_pages(const std::string& folder, Console& console) {
    for (const Page& page : all_pages()) {
        const std::filesystem::path section = std::filesystem::path(folder) / fmt::format("man{}", page.file.back());
        std::error_code why;
        std::filesystem::create_directories(section, why);
        if (why) return cannot(fmt::format("{}: {}", section.string(), why.message()));
        std::ofstream file(section / page.file, std::ios::binary);
        if (!(file << page.text).flush()) return cannot(fmt::format("cannot write {}", (section / page.file).string()));
        console.out << (section / page.file).string() << '\n';
    }
    return exit_code::done;
}

Outcome run_man(const Arguments& arguments, Console& console) {
    if (const auto folder = arguments.text("write")) return write_pages(*folder, console);
    const std::string topic = fmt::format("{}", fmt::join(arguments.all("TOPIC"), " "));
    if (topic.empty()) {
        console.out << main_page();
        return exit_code::done;
    }
    if (topic == "bonafide.toml") {
        console.out << settings_page();
        return exit_code::done;
    }
    std::vector<std::string_view> names{"bonafide.toml"};
    for (const Command& command : commands()) {
        if (command.name == topic) {
            console.out << command_page(command);
            return exit_code::done;
        }
        names.push_back(command.name);
    }
    const std::string_view nearest = nearest_word(topic, names);
    return wrong_usage(fmt::format("no manual page for \"{}\"{}", escape::line(topic),
                                   nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
}

} // namespace

Command man_command() {
    return {.name = "man",
            .summary = "Print or install the manual pages",
            .description = "Prints bonafide(1), the page of a command, or bonafide.toml(5), in the language of man(1).",
            .examples = {{"man spf | man -l -", "Read the page of a command"},
                         {"man --write /usr/local/share/man", "Install all pages"}},
            .positionals = {{.name = "TOPIC", .help = "a command's name or bonafide.toml", .times = Times::any}},
            .options = {{.name = "write",
                         .value = "FOLDER",
                         .help = "write every page into FOLDER/man1 and FOLDER/man5 instead"}},
            .run = run_man};
}

} // namespace bonafide::cli
