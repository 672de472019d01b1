#include "cli/completion.hpp"

#include "base/ascii.hpp"
#include "cli/command.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

namespace bonafide::cli {
namespace {

/// The words after which another word of a command's name may come: "" and "headers"; and those next words.
struct Step {
    std::string_view prefix;
    std::vector<std::string_view> next;
};

std::vector<Step> name_steps() {
    std::vector<Step> steps{{"", {}}};
    const auto add = [&](std::string_view prefix, std::string_view word) {
        auto found = std::ranges::find(steps, prefix, &Step::prefix);
        if (found == steps.end()) found = steps.insert(steps.end(), Step{prefix, {}});
        if (std::ranges::find(found->next, word) == found->next.end()) found->next.push_back(word);
    };
    for (const Command& command : commands()) {
        const std::size_t space = command.name.find(' ');
        add("", command.name.substr(0, space));
        if (space != std::string_view::npos) add(command.name.substr(0, space), command.name.substr(space + 1));
    }
    return steps;
}

std::vector<std::string> option_words(const Command& command) {
    std::vector<std::string> words;
    for (const Option& option : command.options) words.push_back(fmt::format("--{}", option.name));
    words.emplace_back("--help");
    return words;
}

std::vector<std::string_view> positional_choices(const Command& command) {
    std::vector<std::string_view> words;
    for (const Positional& positional : command.positionals)
        words.insert(words.end(), positional.choices.begin(), positional.choices.end());
    return words;
}

/// For single quotes in sh, zsh and fish alike.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

/// The same, for a description inside a zsh _arguments spec, where brackets and colons have a meaning.
std::string zsh_spec(std::string_view name, std::string_view help, std::string_view value,
                     const std::vector<std::string_view>& choices, Times times) {
    std::string description;
    for (const char c : help) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') description += '\\';
        description += c;
    }
    std::string spec = fmt::format("{}--{}[{}]", is_repeated(times) ? "*" : "", name, description);
    if (!value.empty())
        spec += choices.empty() ? fmt::format(":{}:_files",
                                              ascii::lower(value.substr(0, value.find('=')).substr(0, value.find('['))))
                                : fmt::format(":{}:({})", ascii::lower(value), fmt::join(choices, " "));
    return quoted(spec);
}

} // namespace

std::string bash_completion() {
    std::string text =
        "# bash completion of bonafide; load with: source <(bonafide completion bash)\n"
        "_bonafide() {\n"
        "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n"
        "    local next='' options='' choices=''\n"
        "    if ((COMP_CWORD > 2)); then\n"
        "        case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
    std::string both;
    for (const Command& command : commands())
        if (command.name.find(' ') != std::string_view::npos) both += (both.empty() ? "" : "|") + quoted(command.name);
    if (!both.empty()) text += fmt::format("        {}) command=\"${{COMP_WORDS[1]}} ${{COMP_WORDS[2]}}\" ;;\n", both);
    text += "        esac\n    fi\n    case \"$command\" in\n";
    for (const Step& step : name_steps())
        if (!step.prefix.empty())
            text += fmt::format("    {}) next='{}' ;;\n", quoted(step.prefix), fmt::join(step.next, " "));
    for (const Command& command : commands())
        text += fmt::format("    {}) options='{}' next='{}' ;;\n", quoted(command.name),
                            fmt::join(option_words(command), " "), fmt::join(positional_choices(command), " "));
    text += "    esac\n    case \"$command $previous\" in\n";
    for (const Command& command : commands())
        for (const Option& option : command.options)
            if (!option.choices.empty())
                text += fmt::format("    '{} --{}') choices='{}' ;;\n", command.name, option.name,
                                    fmt::join(option.choices, " "));
    text += fmt::format("    esac\n"
                        "    if ((COMP_CWORD == 1)); then next='{} --help --version'; fi\n"
                        "    if [[ -n $choices ]]; then\n"
                        "        mapfile -t COMPREPLY < <(compgen -W \"$choices\" -- \"$word\")\n"
                        "    elif [[ $word == -* ]]; then\n"
                        "        mapfile -t COMPREPLY < <(compgen -W \"$options $next\" -- \"$word\")\n"
                        "    elif [[ -n $next ]]; then\n"
                        "        mapfile -t COMPREPLY < <(compgen -W \"$next\" -- \"$word\")\n"
                        "    fi\n"
                        "}}\n"
                        "complete -o default -F _bonafide bonafide\n",
                        fmt::join(name_steps().front().next, " "));
    return text;
}

std::string zsh_completion() {
    std::string text = "#compdef bonafide\n"
                       "# zsh completion of bonafide; put it into a folder of $fpath as _bonafide\n"
                       "_bonafide() {\n"
                       "    local -a names\n"
                       "    if (( CURRENT == 2 )); then\n        names=(";
    const std::vector<Step> steps = name_steps();
    for (const std::string_view word : steps.front().next) {
        const auto found = std::ranges::find(commands(), word, &Command::name);
        const std::string summary = found == commands().end() ? std::string{} : ":" + std::string(found->summary);
        text += "\n            " + quoted(std::string(word) + summary);
    }
    text += "\n        )\n        _describe command names\n        return\n    fi\n    case \"$words[2]\" in\n";
    for (const Step& step : steps)
        if (!step.prefix.empty())
            text += fmt::format("    {})\n        if (( CURRENT == 3 )); then compadd {}; return; fi\n        ;;\n",
                                quoted(step.prefix), fmt::join(step.next, " "));
    text += "    esac\n    case \"$words[2] $words[3]\" in\n";
    // Two-word names come first: their pattern is the more exact one.
    for (const bool two_words : {true, false}) {
        for (const Command& command : commands()) {
            if ((command.name.find(' ') != std::string_view::npos) != two_words) continue;
            text += fmt::format("    {})\n        shift {} words; (( CURRENT -= {} ))\n        _arguments",
                                two_words ? quoted(command.name) : quoted(std::string(command.name) + " ") + "*",
                                two_words ? 2 : 1, two_words ? 2 : 1);
            for (const Option& option : command.options)
                text += " \\\n            " +
                        zsh_spec(option.name, option.help, option.value, option.choices, option.times);
            const auto choices = positional_choices(command);
            text += choices.empty() ? " \\\n            '*:file:_files'\n"
                                    : fmt::format(" \\\n            '*:what:({})'\n", fmt::join(choices, " "));
            text += "        ;;\n";
        }
    }
    return text + "    esac\n}\n_bonafide \"$@\"\n";
}

std::string fish_completion() {
    std::string text = "# fish completion of bonafide; put it into ~/.config/fish/completions/bonafide.fish\n"
                       "complete -c bonafide -n __fish_use_subcommand -l version -d 'the version'\n"
                       "complete -c bonafide -l help -d 'help'\n";
    for (const Step& step : name_steps()) {
        const std::string when =
            step.prefix.empty() ? std::string("__fish_use_subcommand")
                                : fmt::format("__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}",
                                              step.prefix, fmt::join(step.next, " "));
        for (const std::string_view word : step.next) {
            const std::string name = step.prefix.empty() ? std::string(word) : fmt::format("{} {}", step.prefix, word);
            const auto found = std::ranges::find(commands(), name, &Command::name);
            const std::string_view summary =
                found == commands().end() ? std::string_view("commands of this group") : found->summary;
            text += fmt::format("complete -c bonafide -f -n {} -a {} -d {}\n", quoted(when), word, quoted(summary));
        }
    }
    for (const Command& command : commands()) {
        std::vector<std::string> seen;
        for (const std::string_view word : ascii::split(command.name, ' '))
            seen.push_back(fmt::format("__fish_seen_subcommand_from {}", word));
        const std::string when = quoted(fmt::format("{}", fmt::join(seen, "; and ")));
        for (const Option& option : command.options) {
            text += fmt::format("complete -c bonafide -n {} -l {} -d {}", when, option.name, quoted(option.help));
            if (!option.value.empty()) text += " -r";
            if (!option.choices.empty())
                text += fmt::format(" -f -a {}", quoted(fmt::format("{}", fmt::join(option.choices, " "))));
            text += '\n';
        }
        if (const auto choices = positional_choices(command); !choices.empty())
            text += fmt::format("complete -c bonafide -f -n {} -a {}\n", when,
                                quoted(fmt::format("{}", fmt::join(choices, " "))));
    }
    return text;
}

} // namespace bonafide::cli
