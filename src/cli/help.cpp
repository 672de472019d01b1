#include "cli/help.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

namespace bonafide::cli {
namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t most_left_column = 26; // longer spellings get a line of their own

/// Two columns: what is typed, what it means.
struct Row {
    std::string left;
    std::string right;
};

std::string columns(const std::vector<Row>& rows) {
    std::size_t left = 0;
    for (const Row& row : rows)
        if (row.left.size() <= most_left_column) left = std::max(left, row.left.size());
    const std::size_t start = indent + left + 2;
    std::string text;
    for (const Row& row : rows) {
        text += std::string(indent, ' ') + row.left;
        if (row.left.size() > left)
            text += "\n" + std::string(start, ' ');
        else
            text += std::string(left - row.left.size() + 2, ' ');
        text += wrap(row.right, start, 80 - std::min<std::size_t>(start, 40)) + "\n";
    }
    return text;
}

std::string annotate(std::string_view help, Times times, const std::vector<std::string_view>& choices,
                     std::string_view fallback) {
    std::vector<std::string> notes;
    if (!choices.empty()) notes.push_back(fmt::format("one of {}", fmt::join(choices, ", ")));
    if (!fallback.empty()) notes.push_back(fmt::format("default {}", fallback));
    if (is_repeated(times)) notes.emplace_back("may be repeated");
    if (is_required(times)) notes.emplace_back("required");
    return notes.empty() ? std::string(help) : fmt::format("{} ({})", help, fmt::join(notes, "; "));
}

std::string examples_text(const Command& command) {
    std::string text;
    for (const Example& example : command.examples)
        text += fmt::format("  {}:\n    bonafide {}\n", example.shows, example.line);
    return text;
}

} // namespace

std::string wrap(std::string_view text, std::size_t left, std::size_t width) {
    return wrap(ascii::split(text, ' '), left, width);
}

std::string wrap(std::span<const std::string_view> pieces, std::size_t left, std::size_t width) {
    std::string wrapped;
    std::size_t column = 0;
    for (const std::string_view word : pieces) {
        if (column > 0 && column + 1 + word.size() > width) {
            wrapped += "\n" + std::string(left, ' ');
            column = 0;
        } else if (column > 0) {
            wrapped += ' ';
            ++column;
        }
        wrapped += word;
        column += word.size();
    }
    return wrapped;
}

std::string full_help(const Option& option) {
    std::string text = annotate(option.help, option.times, option.choices, option.fallback);
    if (!option.excludes.empty()) text += fmt::format("; not with --{}", fmt::join(option.excludes, ", --"));
    if (!option.needs.empty()) text += fmt::format("; needs --{}", option.needs);
    return option.letter == 0 ? text : fmt::format("{}; short: -{}", text, option.letter);
}
std::string full_help(const Positional& positional) {
    return annotate(positional.help, Times::at_most_once, positional.choices, {});
}

std::string overview() {
    std::string text = "Bonafide verifies who sent a mail message (SPF, DKIM, DMARC) and explains every verdict.\n\n"
                       "usage: bonafide COMMAND [ARGUMENTS]\n\nCommands:\n";
    std::vector<Row> rows;
    for (const Command& command : commands()) rows.push_back({std::string(command.name), std::string(command.summary)});
    text += columns(rows);
    text +=
        "\nOptions:\n" + columns({{"--help", "this text; after a command, its help"}, {"--version", "the version"}});
    if (!commands().empty() && !commands().front().examples.empty())
        text += fmt::format("\nExample:\n  bonafide {}\n", commands().front().examples.front().line);
    text += "\nbonafide COMMAND --help explains one command. Manual: bonafide man | man -l -\n";
    return text;
}

std::string group_help(std::string_view group) {
    std::string text = fmt::format("usage: bonafide {} COMMAND [ARGUMENTS]\n\nCommands:\n", group);
    std::vector<Row> rows;
    std::string examples;
    for (const Command& command : commands()) {
        if (!command.name.starts_with(group) || command.name.substr(group.size(), 1) != " ") continue;
        rows.push_back({std::string(command.name), std::string(command.summary)});
        examples += fmt::format("  bonafide {}\n", command.examples.front().line);
    }
    return text + columns(rows) + "\nExamples:\n" + examples;
}

std::string command_help(const Command& command) {
    const std::vector<std::string> usage = synopsis(command);
    std::string text = fmt::format("{}\n\nusage: {}\n", command.summary,
                                   wrap(std::vector<std::string_view>(usage.begin(), usage.end()), 9, 71));
    text += fmt::format("\n{}\n", wrap(command.description, 0));
    std::vector<Row> arguments;
    for (const Positional& positional : command.positionals)
        arguments.push_back({std::string(positional.name), full_help(positional)});
    if (!arguments.empty()) text += "\nArguments:\n" + columns(arguments);
    std::vector<Row> options;
    for (const Option& option : command.options)
        options.push_back({option.value.empty() ? fmt::format("--{}", option.name)
                                                : fmt::format("--{} {}", option.name, option.value),
                           full_help(option)});
    options.push_back({"--help", "this text"});
    text += "\nOptions:\n" + columns(options);
    text += (command.examples.size() == 1 ? "\nExample:\n" : "\nExamples:\n") + examples_text(command);
    return text;
}

} // namespace bonafide::cli
