// `bonafide rules check`: errors and oddities of the rules alone, whatever the rest of the configuration names.
#include "cli/rules.hpp"
#include "cli/table.hpp"
#include "engine/acting.hpp"
#include "policy/rules.hpp"

#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

/// In the file's order, each with its place.
config::Problems warnings_of(const engine::Settings& settings) {
    config::Problems problems;
    const engine::Settings::Rules& rules = settings.rules;
    for (const policy::Complaint& one :
         policy::Rules::read(rules.list, rules.sets, engine::beside_rules(settings)).warnings)
        problems.push_back({one.place.line, one.place.column, "warning: " + one.text});
    return problems;
}

Outcome run_check(const Arguments& arguments, Console& console) {
    const auto given = arguments.text("FILE");
    const auto file = config::find_file(given);
    if (!file) {
        console.out << fmt::format("there is no {}, and so no rule\n", config::default_file);
        return exit_code::done;
    }
    const auto document = config::load(*file);
    // As of `config check`: lines begin with "file:line:column:" for editors.
    if (!document) {
        console.err << config::to_text(*file, document.error()) << '\n';
        return exit_code::failed;
    }
    const engine::Settings::Rules& rules = document->settings.rules;
    const config::Problems warnings = warnings_of(document->settings);
    if (!warnings.empty()) console.err << config::to_text(*file, warnings) << '\n';
    console.out << fmt::format("{}: {}, {}, {}{}\n", *file, counted(rules.list.size(), "rule"),
                               counted(rules.sets.size(), "set"), counted(rules.dns_lists.size(), "DNS list"),
                               warnings.empty() ? "" : fmt::format("; {}", counted(warnings.size(), "warning")));
    return exit_code::done;
}

} // namespace

Command rules_check_command() {
    return {
        .name = "rules check",
        .summary = "Check the rules of a configuration",
        .description =
            "Prints every error as file:line:column: text and exits with 1. Warnings change nothing about the exit "
            "code: rules that can never fire or stand behind one that always decides, rules that repeat another, "
            "comparisons that are foregone or name what is not there, names given twice, enhanced codes that nobody "
            "has registered. `config check` looks at these and at all "
            "other settings.",
        .examples = {{"rules check /etc/bonafide/bonafide.toml", "Before a reload"}},
        .positionals = {{.name = "FILE",
                         .help = "the file; without it /etc/bonafide/bonafide.toml",
                         .times = Times::at_most_once}},
        .run = run_check};
}

} // namespace bonafide::cli
