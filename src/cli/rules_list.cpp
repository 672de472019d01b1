// `bonafide rules list`: the rules in the order in which they are asked.
#include "base/escape.hpp"
#include "cli/rules.hpp"
#include "cli/table.hpp"
#include "policy/rules.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <ostream>
#include <utility>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using policy::Rule;
using policy::RuleSource;

/// A rule beside what the file says of it.
struct Row {
    const Rule* rule;
    const RuleSource* source;
};

/// By level, then as they stand in the file.
std::vector<Row> in_order(const policy::Rules& rules, const std::vector<RuleSource>& sources) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < rules.all().size(); ++i) rows.push_back({&rules.all()[i], &sources[i]});
    std::ranges::sort(rows, {}, [](const Row& row) { return std::pair(row.rule->level, row.rule); });
    return rows;
}

std::string joined(const std::vector<policy::SourceText>& texts) {
    std::string all;
    for (const policy::SourceText& one : texts) all += (all.empty() ? "" : "; ") + one.text;
    return all;
}

std::string mode_text(const Rule& rule, const engine::Settings& settings) {
    if (rule.mode) return std::string(policy::to_text(*rule.mode));
    return fmt::format("({})", policy::to_text(settings.mode));
}

json::array texts_of(const std::vector<policy::SourceText>& texts) {
    json::array array;
    for (const policy::SourceText& one : texts) array.emplace_back(verdict::utf8(one.text));
    return array;
}

json::array json_of(const std::vector<Row>& rows) {
    json::array array;
    for (const auto& [rule, source] : rows)
        array.push_back(json::object{{"name", verdict::utf8(rule->name)},
                                     {"level", policy::to_text(rule->level)},
                                     {"mode", rule->mode ? json::value(policy::to_text(*rule->mode)) : json::value()},
                                     {"enabled", rule->enabled},
                                     {"line", rule->place.line},
                                     {"column", rule->place.column},
                                     {"when", texts_of(source->when)},
                                     {"then", texts_of(source->then)},
                                     {"recipients", texts_of(source->recipients)}});
    return array;
}

Outcome run_list(const Arguments& arguments, Console& console) {
    const auto file = read_rules_file(arguments.text("config"));
    if (!file) return std::unexpected(file.error());
    const engine::Settings& settings = file->document.settings;
    const auto rules = policy::Rules::read(settings.rules.list, settings.rules.sets).rules;
    if (!rules) return cannot(file->name + ": its rules cannot be read");
    const std::vector<Row> rows = in_order(*rules, settings.rules.list);
    if (arguments.has("json")) {
        console.out << json::serialize(json_of(rows)) << '\n';
        return exit_code::done;
    }
    Table table({"level", "rule", "mode", "when", "then", "for", "off", "line"});
    for (const auto& [rule, source] : rows)
        table.add({std::string(policy::to_text(rule->level)), rule->name, mode_text(*rule, settings),
                   source->when.empty() ? "always" : rule->when.text, joined(source->then), joined(source->recipients),
                   rule->enabled ? "" : "off", std::to_string(rule->place.line)});
    if (arguments.has("csv"))
        table.print_csv(console.out);
    else if (table.empty())
        console.out << file->name << ": no rules\n";
    else
        table.print_text(console.out);
    return exit_code::done;
}

} // namespace

Command rules_list_command() {
    return {.name = "rules list",
            .summary = "Show the rules in the order in which they are asked",
            .description =
                "Level by level, and within a level as they stand in the file. A mode in parentheses is the setting "
                "`mode`, which listeners and recipients may still change (rules.enforce_recipients and the like).",
            .examples = {{"rules list", "Those of the daemon's configuration"},
                         {"rules list --config new.toml --json", "Of another file, for a script"}},
            .options = {config_option(), json_option(), csv_option()},
            .run = run_list};
}

} // namespace bonafide::cli
