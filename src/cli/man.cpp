#include "cli/man.hpp"

#include "base/ascii.hpp"
#include "cli/config.hpp"
#include "cli/help.hpp"
#include "engine/settings_table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bonafide::cli {
namespace {

/// Text for roff: backslashes and hyphens as they are meant, no line that begins a request by accident.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
            out += c;
        }
    }
    return out;
}

std::string page_name(std::string_view command_name) {
    std::string name = fmt::format("bonafide-{}", command_name);
    std::ranges::replace(name, ' ', '-');
    return name;
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), ascii::to_upper);
    return text;
}

std::string head(const std::string& name, unsigned section, std::string_view summary) {
    return fmt::format(".TH {} {} \"\" \"bonafide {}\" \"Bonafide manual\"\n.SH NAME\n{} \\- {}\n", upper(roff(name)),
                       section, version(), roff(name), roff(summary));
}

std::string tagged(std::string_view tag, std::string_view text) {
    return fmt::format(".TP\n.B {}\n{}\n", roff(tag), roff(text));
}

std::string examples_section(const std::vector<Example>& examples) {
    std::string text = ".SH EXAMPLES\n";
    for (const Example& example : examples)
        text +=
            fmt::format("{}:\n.PP\n.nf\n.RS\nbonafide {}\n.RE\n.fi\n.PP\n", roff(example.shows), roff(example.line));
    return text;
}

std::string exit_section() {
    return ".SH EXIT STATUS\n" + tagged("0", "done, whatever the verdict") +
           tagged("1", "the question could not be answered; one line on standard error says why") +
           tagged("2", "wrong usage") + tagged("3", "with verify --exit-code: DMARC did not pass");
}

} // namespace

std::string main_page() {
    std::string text = head("bonafide", 1, "verifies who sent a mail message and explains every verdict");
    text +=
        ".SH SYNOPSIS\n.B bonafide\n.I COMMAND\n[\\fIARGUMENTS\\fR]\n.br\n.B bonafide \\-\\-version\n.SH DESCRIPTION\n";
    text +=
        roff("Bonafide verifies SPF, DKIM and DMARC, as a milter behind Postfix or Sendmail and on the command line.") +
        "\n";
    text += ".SH COMMANDS\n";
    for (const Command& command : commands()) text += tagged(command.name, fmt::format("{}.", command.summary));
    text += exit_section();
    text += ".SH FILES\n" + tagged(config::default_file, "configuration, see bonafide.toml(5)");
    text += ".SH SEE ALSO\n";
    std::string others = "bonafide.toml(5)";
    for (const Command& command : commands()) others += fmt::format(", {}(1)", page_name(command.name));
    return text + roff(others) + "\n";
}

std::string command_page(const Command& command) {
    std::string text = head(page_name(command.name), 1, command.summary);
    text += fmt::format(".SH SYNOPSIS\n{}\n.SH DESCRIPTION\n{}\n",
                        roff(fmt::format("{}", fmt::join(synopsis(command), " "))), roff(command.description));
    text += ".SH OPTIONS\n";
    for (const Positional& positional : command.positionals) text += tagged(positional.name, full_help(positional));
    for (const Option& option : command.options)
        text += tagged(fmt::format("--{}{}{}", option.name, option.value.empty() ? "" : " ", option.value),
                       full_help(option));
    text += tagged("--help", "show this command's help");
    return text + examples_section(command.examples) + exit_section() + ".SH SEE ALSO\nbonafide(1)\n";
}

std::string settings_page() {
    const engine::Settings defaults;
    std::string text = head("bonafide.toml", 5, "configuration of bonafide(1)");
    text +=
        fmt::format(".SH DESCRIPTION\n{}\n.SH SETTINGS\n",
                    roff(fmt::format(
                        "The file is TOML, by default {}. What it does not say keeps its default; unknown settings are "
                        "errors. SIGHUP reads it again.",
                        config::default_file)));
    for (const engine::Setting& setting : engine::settings_table())
        text += tagged(fmt::format("{} = {}", setting.name, engine::to_toml(setting, defaults)),
                       fmt::format("{} Takes {}. A change takes hold: {}.", setting.help, engine::expectation(setting),
                                   engine::to_text(setting.reload)));
    return text + ".SH SEE ALSO\nbonafide(1), bonafide\\-config\\-check(1), bonafide\\-config\\-defaults(1)\n";
}

std::vector<Page> all_pages() {
    std::vector<Page> pages{{"bonafide.1", main_page()}, {"bonafide.toml.5", settings_page()}};
    for (const Command& command : commands()) pages.push_back({page_name(command.name) + ".1", command_page(command)});
    return pages;
}

} // namespace bonafide::cli
