// `bonafide config check|defaults|doc`.
#include "cli/command.hpp"
#include "cli/config.hpp"
#include "cli/settings_text.hpp"

#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

Outcome run_check(const Arguments& arguments, Console& console) {
    const auto file = config::find_file(arguments.text("FILE"));
    if (!file)
        console.out << fmt::format("there is no {}: the built-in defaults hold (bonafide config defaults shows them)\n",
                                   config::default_file);
    const std::string name = file.value_or("built-in defaults");
    const auto document = file ? config::load(*file) : config::Document{};
    // The errors stand alone, without the command's name, so that editors find "file:line:column:" at the start of the line.
    if (!document) {
        console.err << config::to_text(name, document.error()) << '\n';
        return exit_code::failed;
    }
    const config::Audit audit = config::audit(*document);
    for (const auto* problems : {&audit.errors, &audit.warnings})
        if (!problems->empty()) console.err << config::to_text(name, *problems) << '\n';
    if (!audit.errors.empty()) return exit_code::failed;
    console.out << name << (audit.warnings.empty() ? ": ok\n" : ": ok, with warnings\n");
    return exit_code::done;
}

Outcome run_defaults(const Arguments&, Console& console) {
    console.out << defaults_toml();
    return exit_code::done;
}

Outcome run_doc(const Arguments& arguments, Console& console) {
    console.out << (arguments.text("TOPIC") == "limits" ? limits_markdown() : settings_markdown());
    return exit_code::done;
}

} // namespace

Command config_check_command() {
    return {.name = "config check",
            .summary = "Check a configuration file",
            .description =
                "Prints every error as file:line:column: text and exits with 1, or says that the file is ok. Files and "
                "folders it names are looked at too, as the user who runs this. A setting that works at a risk gets a "
                "warning, which changes nothing about the exit code.",
            .examples = {{"config check /etc/bonafide/bonafide.toml", "Before a reload"}},
            .positionals = {{.name = "FILE",
                             .help = "the file; without it /etc/bonafide/bonafide.toml",
                             .times = Times::at_most_once}},
            .run = run_check};
}

Command config_defaults_command() {
    return {.name = "config defaults",
            .summary = "Print a configuration file with every setting at its default",
            .description = "Each setting has its meaning above it. The output is a valid configuration.",
            .examples = {{"config defaults > /etc/bonafide/bonafide.toml", "Start a configuration"}},
            .run = run_defaults};
}

Command config_doc_command() {
    return {.name = "config doc",
            .summary = "Print the reference of settings or limits as Markdown",
            .description = "docs/configuration.md and docs/limits.md are this output.",
            .examples = {{"config doc", "All settings"}, {"config doc limits", "All limits with their origin"}},
            .positionals = {{.name = "TOPIC",
                             .help = "what to print; settings when not given",
                             .times = Times::at_most_once,
                             .choices = {"settings", "limits"}}},
            .run = run_doc};
}

} // namespace bonafide::cli
