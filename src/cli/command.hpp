// The command line as data: every command is one Command row (commands.cpp lists them). The parser, --help, shell completion and the
// man pages are made from these rows, so none of them can forget an option.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <expected>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli {

/// Exit codes (documented in bonafide(1)). A verdict is never an error: fail and permerror exit with `done`.
namespace exit_code {
inline constexpr int done = 0;     ///< the question was answered, whatever the answer
inline constexpr int failed = 1;   ///< it could not be answered; one line on standard error says why
inline constexpr int usage = 2;    ///< wrong usage
inline constexpr int not_pass = 3; ///< verify --exit-code: DMARC did not pass
} // namespace exit_code

/// Why a command ended without an answer.
struct [[nodiscard]] Failure {
    int exit = exit_code::failed;
    std::string
        text; ///< one line without the program's name; several lines only for the errors of one configuration file
};

/// The exit code, or why there is none.
using Outcome = std::expected<int, Failure>;

[[nodiscard]] std::unexpected<Failure> wrong_usage(std::string text);
[[nodiscard]] std::unexpected<Failure> cannot(std::string text);
[[nodiscard]] std::unexpected<Failure> cannot(const Error& error);

/// How often an option or positional may stand on the command line.
enum class Times : std::uint8_t { at_most_once, once, any, at_least_once };
[[nodiscard]] constexpr bool is_required(Times times) { return times == Times::once || times == Times::at_least_once; }
[[nodiscard]] constexpr bool is_repeated(Times times) { return times == Times::any || times == Times::at_least_once; }

/// Judges one value; the error's text completes "--ip: ...".
using Check = Expected<void> (*)(std::string_view value);

struct Option {
    std::string_view name;       ///< without dashes: "mail-from"
    std::string_view value = {}; ///< placeholder of its value: "ADDR"; empty: a flag
    std::string_view help = {};  ///< one sentence without final dot
    Times times = Times::at_most_once;
    std::vector<std::string_view> choices = {};
    std::string_view fallback = {}; ///< what holds without the option; shown, not applied
    Check check = nullptr;
    char letter = 0;                             ///< of a flag that has a short form too: '0' for -0
    std::vector<std::string_view> excludes = {}; ///< options it cannot stand beside; stated at one of the two
    std::string_view needs = {};                 ///< the option without which it means nothing
};

struct Positional {
    std::string_view name; ///< upper case; the key in Arguments
    std::string_view help = {};
    Times times = Times::once;
    std::vector<std::string_view> choices = {};
    Check check = nullptr;
};

struct Example {
    std::string_view line;  ///< after "bonafide "
    std::string_view shows; ///< what it is for, one sentence without final dot
};

/// What was given, by option name ("mail-from") or positional name ("FILE"). A flag that was given has one empty value.
class Arguments {
  public:
    [[nodiscard]] bool has(std::string_view name) const { return values_.contains(name); }
    /// The value; of a repeated one the first; none when not given.
    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
    void add(std::string_view name, std::string value);

  private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// The streams a command may touch.
struct Console {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
};

struct Command {
    std::string_view name;         ///< words as typed: "spf", "headers parse"
    std::string_view summary;      ///< one line without final dot
    std::string_view description;  ///< one or more sentences
    std::vector<Example> examples; ///< at least one
    std::vector<Positional> positionals = {};
    std::vector<Option> options = {};
    Outcome (*run)(const Arguments& arguments, Console& console) = nullptr;
};

/// All commands, in the order help shows them.
[[nodiscard]] const std::vector<Command>& commands();

/// "bonafide spf", "--ip IP", "[--helo NAME]", ...: pieces that belong on one line each.
[[nodiscard]] std::vector<std::string> synopsis(const Command& command);

/// The program's version, "0.1.0".
[[nodiscard]] std::string_view version();

} // namespace bonafide::cli
