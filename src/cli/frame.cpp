#include "cli/frame.hpp"

#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "cli/help.hpp"
#include "cli/parse.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <ostream>
#include <span>
#include <system_error>

namespace bonafide::cli {
namespace {

/// The command whose name is the first one or two words, and how many words that took.
struct Match {
    const Command* command = nullptr;
    std::size_t words = 0;
};

Match find_command(const std::vector<std::string>& words) {
    for (const std::size_t count : {std::size_t{2}, std::size_t{1}}) {
        if (words.size() < count) continue;
        const std::string name = count == 2 ? words[0] + " " + words[1] : words[0];
        const auto found = std::ranges::find(commands(), name, &Command::name);
        if (found != commands().end()) return {&*found, count};
    }
    return {};
}

bool is_group(std::string_view word) {
    return std::ranges::any_of(commands(), [&](const Command& command) {
        return command.name.size() > word.size() && command.name.starts_with(word) && command.name[word.size()] == ' ';
    });
}

bool is_file(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path, ignored);
}

bool is_help(std::string_view word) { return word == "--help" || word == "-h" || word == "help"; }

int usage_error(std::string_view text, std::string_view of, Console& console) {
    const std::string name = of.empty() ? "bonafide" : fmt::format("bonafide {}", of);
    console.err << fmt::format("{}: {}\ntry: {} --help\n", name, text, name);
    return exit_code::usage;
}

/// A first word that is no command: help, version, a group, or a mistake with the nearest name.
int run_without_command(const std::vector<std::string>& words, Console& console) {
    const std::string& word = words.front();
    if (is_help(word)) {
        const std::vector<std::string> about(words.begin() + 1, words.end());
        const Match match = find_command(about);
        if (match.command != nullptr)
            console.out << command_help(*match.command);
        else if (!about.empty() && is_group(about.front()))
            console.out << group_help(about.front());
        else if (!about.empty())
            return run_without_command(about, console);
        else
            console.out << overview();
        return exit_code::done;
    }
    if (word == "--version" || word == "-V" || word == "version") {
        if (words.size() > 1)
            return usage_error(fmt::format("unexpected argument \"{}\"", escape::line(words[1])), {}, console);
        console.out << "bonafide " << version() << '\n';
        return exit_code::done;
    }
    const bool group = is_group(word);
    if (group && words.size() > 1 && is_help(words[1])) {
        console.out << group_help(word);
        return exit_code::done;
    }
    if (word.starts_with('-')) return usage_error(fmt::format("unknown option {}", escape::line(word)), {}, console);

    // Compare as typed: "config chek" with two-word names, "sfp" with first words.
    const std::string typed = group && words.size() > 1 ? word + " " + words[1] : word;
    std::vector<std::string_view> names;
    for (const Command& command : commands()) names.push_back(command.name);
    if (group && words.size() == 1) return usage_error("which command of this group?", word, console);
    if (!group && is_file(word))
        return usage_error(fmt::format("\"{}\" is a file, not a command; to verify a message: bonafide verify {}",
                                       escape::line(word), escape::line(word)),
                           {}, console);
    const std::string_view nearest = nearest_word(typed, names);
    return usage_error(fmt::format("unknown command \"{}\"{}", escape::line(typed),
                                   nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)),
                       group ? std::string_view(word) : std::string_view{}, console);
}

/// Everything was written, or nobody wants to read it any more (a closed pipe is no failure of ours).
int flushed(int exit, Console& console) {
    if (console.out.flush()) return exit;
    // The stream forgot why: write once more and ask the system.
    console.out.clear();
    errno = 0;
    console.out.put('\n').flush();
    if (errno == EPIPE) return exit;
    console.err << "bonafide: cannot write to standard output\n";
    return exit_code::failed;
}

int report(const Failure& failure, const Command& command, Console& console) {
    if (failure.exit == exit_code::usage) return usage_error(failure.text, command.name, console);
    console.err << fmt::format("bonafide {}: {}\n", command.name, failure.text);
    return failure.exit;
}

} // namespace

int run(const std::vector<std::string>& words, Console& console) {
    if (words.empty()) {
        console.err << overview();
        return exit_code::usage;
    }
    const Match match = find_command(words);
    if (match.command == nullptr) return flushed(run_without_command(words, console), console);

    const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(match.words), words.end());
    const auto parsed = parse(*match.command, rest);
    if (!parsed) return report(parsed.error(), *match.command, console);
    if (parsed->help) {
        console.out << command_help(*match.command);
        return flushed(exit_code::done, console);
    }
    const Outcome outcome = match.command->run(parsed->arguments, console);
    const int written = flushed(exit_code::done, console);
    if (!outcome) return report(outcome.error(), *match.command, console);
    return written == exit_code::done ? *outcome : written;
}

} // namespace bonafide::cli
