// CLI11 cuts the words into options, values and positionals (--a b, --a=b, --, interleaved positionals); counts, choices and checks are
// judged here from the rows, so that every message names what was wrong in our words.
#include "cli/parse.hpp"

#include "base/escape.hpp"
#include "base/suggest.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <list>

namespace bonafide::cli {
namespace {

/// What stood on the command line before it is judged.
struct Collected {
    std::list<std::pair<const Option*, std::vector<std::string>>> values; // a list: CLI11 keeps references
    std::list<std::pair<const Option*, std::int64_t>> flags;
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

std::string missing_value(const Command& command, const std::vector<std::string>& words) {
    // CLI11 does not say in a stable form which option lacks its value: it can only be the last word.
    const std::string_view last = words.empty() ? std::string_view{} : std::string_view(words.back());
    for (const Option& option : command.options)
        if (last == fmt::format("--{}", option.name))
            return fmt::format("--{} needs a value: {}", option.name, option.value);
    return fmt::format("an option lacks its value");
}

std::expected<Collected, Failure> collect(const Command& command, const std::vector<std::string>& words) {
    Collected collected;
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    app.add_flag("-h,--help", collected.help);
    for (const Option& option : command.options) {
        const std::string name = fmt::format("--{}", option.name);
        if (option.value.empty()) {
            auto& [row, count] = collected.flags.emplace_back(&option, 0);
            app.add_flag(name, count)->disable_flag_override();
        } else {
            auto& [row, values] = collected.values.emplace_back(&option, std::vector<std::string>{});
            app.add_option(name, values)->type_size(1)->allow_extra_args(false);
        }
    }
    app.add_option("positionals", collected.positionals);
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ArgumentMismatch&) {
        const auto flag =
            std::ranges::find_if(words, [](const std::string& word) { return word.find('=') != std::string::npos; });
        if (flag != words.end() && words.back().find('=') != std::string::npos)
            return wrong_usage(fmt::format("{} takes no value", escape::line(flag->substr(0, flag->find('=')))));
        return wrong_usage(missing_value(command, words));
    } catch (const CLI::ParseError& error) {
        return wrong_usage(escape::line(error.what()));
    }
    if (collected.help) return collected;
    for (const std::string& word : app.remaining())
        if (word.size() > 1 && word.front() == '-') return unknown_option(command, word);
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
    for (const auto& [option, count] : collected.flags)
        if (count > 0) arguments.add(option->name, {});
    for (const auto& [option, values] : collected.values) {
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
    const auto collected = collect(command, words);
    if (!collected) return std::unexpected(collected.error());
    Parsed parsed;
    parsed.help = collected->help;
    if (parsed.help) return parsed;
    if (auto sound = judge_options(*collected, parsed.arguments); !sound) return std::unexpected(sound.error());
    if (auto sound = judge_positionals(command, *collected, parsed.arguments); !sound)
        return std::unexpected(sound.error());
    return parsed;
}

} // namespace bonafide::cli
