// `bonafide completion bash|zsh|fish`.
#include "cli/command.hpp"
#include "cli/completion.hpp"

#include <ostream>

namespace bonafide::cli {
namespace {

Outcome run_completion(const Arguments& arguments, Console& console) {
    const std::string shell = *arguments.text("SHELL");
    console.out << (shell == "bash" ? bash_completion() : shell == "zsh" ? zsh_completion() : fish_completion());
    return exit_code::done;
}

} // namespace

Command completion_command() {
    return {.name = "completion",
            .summary = "Print a completion script for a shell",
            .description = "The script completes commands, options and their choices.",
            .examples = {{"completion bash > /etc/bash_completion.d/bonafide", "Install it for bash"}},
            .positionals = {{.name = "SHELL", .help = "which shell", .choices = {"bash", "zsh", "fish"}}},
            .run = run_completion};
}

} // namespace bonafide::cli
