// CLI11 cuts the words into options, values and positionals (--a b, --a=b, --, interleaved positionals); counts, choices and checks are
// judged here from the rows, so that every message names what was wrong in our words.
#include "cli/parse.hpp"

#include "base/escape.hpp"
#include "base/suggest.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace bonafide::cli {
namespace {

/// What stood on the command line before it is judged.
struct Collected {
    std::vector<std::pair<const Option*, std::vector<std::string>>>
        options; ///< each with its values; of a flag only their number counts
    std::vector<std::string> positionals;
    bool help = false;
};

std::unexpected<Failure> unknown_option(const Command& command, std::string_view word) {
    const std::string_view spelled = word.substr(0, word.find('='));
    std::vector<std::string_view> names;
    for (const Option& option : command.options) names.push_back(option.name);
    names.emplace_back("help");
    const std::string_view bare = spelled.substr(std::min(spelled.find_first_not_of('-'), spelled.size()));
    const std::string_view nearest = nearest_word(bare, names);
    if (nearest.empty()) return wrong_usage(fmt::format("unknown option {}", escape::line(spelled)));
    return wrong_usage(fmt::format("unknown option {}; did you mean --{}?", escape::line(spelled), nearest));
}

const Option* find_option(const Command& command, std::string_view name) {
    const auto found = std::ranges::find(command.options, name, &Option::name);
    return found == command.options.end() ? nullptr : &*found;
}

/// Words in which every option stands apart from its value: CLI11 would take "--mail-from=" for an option whose value is the next word.
std::expected<std::vector<std::string>, Failure> separate(const Command& command,
                                                          const std::vector<std::string>& words) {
    std::vector<std::string> apart;
    for (auto word = words.begin(); word != words.end(); ++word) {
        if (*word == "--") return apart.insert(apart.end(), word, words.end()), apart;
        const std::size_t equals = word->starts_with("--") ? word->find('=') : std::string::npos;
        const Option* option =
            word->starts_with("--") ? find_option(command, std::string_view(*word).substr(2, equals - 2)) : nullptr;
        if (option == nullptr || (option->value.empty() && equals == std::string::npos)) {
            apart.push_back(*word);
            continue;
        }
        if (option->value.empty()) return wrong_usage(fmt::format("--{} takes no value", option->name));
        apart.push_back(word->substr(0, equals));
        if (equals != std::string::npos)
            apart.push_back(word->substr(equals + 1));
        else if (++word != words.end())
            apart.push_back(*word);
        else
            return wrong_usage(fmt::format("--{} needs a value: {}", option->name, option->value));
    }
    return apart;
}

std::expected<Collected, Failure> collect(const Command& command, const std::vector<std::string>& words) {
    Collected collected;
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    app.add_flag("-h,--help", collected.help);
    std::vector<std::string> sink; // raw results are read instead: conversion to a vector drops words like "{}"
    std::vector<std::pair<const Option*, CLI::Option*>> options;
    for (const Option& option : command.options) {
        std::string name = fmt::format("--{}", option.name);
        if (option.letter != 0) name += fmt::format(",-{}", option.letter);
        options.emplace_back(&option, option.value.empty()
                                          ? app.add_flag(name)
                                          : app.add_option(name, sink)->type_size(1)->allow_extra_args(false));
    }
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ParseError& error) {
        return wrong_usage(escape::line(error.what()));
    }
    if (collected.help) return collected;
    for (const auto& [row, option] : options) collected.options.emplace_back(row, option->results());
    // What CLI11 had no use for, in order: positionals, and before "--" options nobody knows.
    bool options_may_come = true;
    for (const std::string& word : app.remaining()) {
        if (options_may_come && word == "--")
            options_may_come = false;
        else if (options_may_come && word.size() > 1 && word.front() == '-')
            return unknown_option(command, word);
        else
            collected.positionals.push_back(word);
    }
    return collected;
}

std::expected<void, Failure> judge_value(const std::string& label, const std::string& value,
                                         const std::vector<std::string_view>& choices, Check check) {
    if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
        const std::string_view nearest = nearest_word(value, choices);
        return wrong_usage(fmt::format("{}: \"{}\" is not one of {}{}", label, escape::line(value),
                                       fmt::join(choices, ", "),
                                       nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    }
    if (check == nullptr) return {};
    if (const auto sound = check(value); !sound) return wrong_usage(fmt::format("{}: {}", label, sound.error().text));
    return {};
}

std::expected<void, Failure> judge_options(const Collected& collected, Arguments& arguments) {
    for (const auto& [option, values] : collected.options) {
        if (option->value.empty()) {
            if (!values.empty()) arguments.add(option->name, {});
            continue;
        }
        const std::string label = fmt::format("--{}", option->name);
        if (values.empty() && is_required(option->times))
            return wrong_usage(fmt::format("{} {} is missing", label, option->value));
        if (values.size() > 1 && !is_repeated(option->times))
            return wrong_usage(fmt::format("{} may be given only once", label));
        for (const std::string& value : values) {
            if (auto sound = judge_value(label, value, option->choices, option->check); !sound) return sound;
            arguments.add(option->name, value);
        }
    }
    return {};
}

/// Options that contradict each other, or that mean nothing alone: ignoring one of them silently would answer another question.
std::expected<void, Failure> judge_combination(const Command& command, const Arguments& arguments) {
    for (const Option& option : command.options) {
        if (!arguments.has(option.name)) continue;
        for (const std::string_view other : option.excludes)
            if (arguments.has(other))
                return wrong_usage(fmt::format("--{} and --{} cannot be given together", option.name, other));
        if (!option.needs.empty() && !arguments.has(option.needs))
            return wrong_usage(fmt::format("--{} means nothing without --{}", option.name, option.needs));
    }
    return {};
}

/// Hands the words to the positionals in order; a repeated one (the last) takes all that are left.
std::expected<void, Failure> judge_positionals(const Command& command, const Collected& collected,
                                               Arguments& arguments) {
    auto next = collected.positionals.begin();
    const auto end = collected.positionals.end();
    for (const Positional& positional : command.positionals) {
        if (next == end && is_required(positional.times))
            return wrong_usage(fmt::format("{} is missing", positional.name));
        while (next != end) {
            if (auto sound = judge_value(std::string(positional.name), *next, positional.choices, positional.check);
                !sound)
                return sound;
            arguments.add(positional.name, *next++);
            if (!is_repeated(positional.times)) break;
        }
    }
    if (next != end) return wrong_usage(fmt::format("unexpected argument \"{}\"", escape::line(*next)));
    return {};
}

} // namespace

std::expected<Parsed, Failure> parse(const Command& command, const std::vector<std::string>& words) {
    const auto apart = separate(command, words);
    if (!apart) return std::unexpected(apart.error());
    const auto collected = collect(command, *apart);
    if (!collected) return std::unexpected(collected.error());
    Parsed parsed;
    parsed.help = collected->help;
    if (parsed.help) return parsed;
    if (auto sound = judge_options(*collected, parsed.arguments); !sound) return std::unexpected(sound.error());
    if (auto sound = judge_combination(command, parsed.arguments); !sound) return std::unexpected(sound.error());
    if (auto sound = judge_positionals(command, *collected, parsed.arguments); !sound)
        return std::unexpected(sound.error());
    return parsed;
}

} // namespace bonafide::cli
