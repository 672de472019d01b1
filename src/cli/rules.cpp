#include "cli/rules.hpp"

namespace bonafide::cli {

std::expected<RulesFile, Failure> read_rules_file(const std::optional<std::string>& given) {
    const auto file = config::find_file(given);
    if (!file) return RulesFile{"built-in defaults", {}};
    auto document = config::load(*file);
    if (!document) return cannot(config::to_text(*file, document.error()));
    return RulesFile{*file, std::move(*document)};
}

Option config_option() {
    return {.name = "config",
            .value = "FILE",
            .help = "the configuration",
            .fallback = "/etc/bonafide/bonafide.toml where it exists"};
}

} // namespace bonafide::cli
