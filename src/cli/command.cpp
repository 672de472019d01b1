#include "cli/command.hpp"

#include <fmt/format.h>

namespace bonafide::cli {

std::unexpected<Failure> wrong_usage(std::string text) {
    return std::unexpected(Failure{exit_code::usage, std::move(text)});
}
std::unexpected<Failure> cannot(std::string text) {
    return std::unexpected(Failure{exit_code::failed, std::move(text)});
}
std::unexpected<Failure> cannot(const Error& error) {
    if (error.section.empty()) return cannot(error.text);
    return cannot(fmt::format("{} ({})", error.text, error.section));
}

std::optional<std::string> Arguments::text(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return std::nullopt;
    return found->second.front();
}

std::vector<std::string> Arguments::all(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

void Arguments::add(std::string_view name, std::string value) {
    auto found = values_.find(name);
    if (found == values_.end()) found = values_.emplace(std::string(name), std::vector<std::string>{}).first;
    found->second.push_back(std::move(value));
}

namespace {

std::string decorate(std::string text, Times times) {
    if (is_repeated(times)) text += "...";
    return is_required(times) ? text : "[" + text + "]";
}

std::string spell(const Option& option) {
    const std::string head = fmt::format("--{}", option.name);
    if (option.value.empty()) return decorate(head, option.times);
    const std::string text = fmt::format("{} {}", head, option.value);
    // "[--rcpt ADDR]..." rather than "[--rcpt ADDR...]": the option's name is repeated too.
    return is_repeated(option.times) ? (is_required(option.times) ? text + " ..." : "[" + text + "]...")
                                     : decorate(text, option.times);
}

} // namespace

std::vector<std::string> synopsis(const Command& command) {
    std::vector<std::string> parts{fmt::format("bonafide {}", command.name)};
    for (const Positional& positional : command.positionals)
        parts.push_back(decorate(std::string(positional.name), positional.times));
    for (const Option& option : command.options) parts.push_back(spell(option));
    return parts;
}

std::string_view version() { return BONAFIDE_VERSION; }

} // namespace bonafide::cli
