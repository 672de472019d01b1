// `bonafide rules fields`: the table of fields (policy/fields.hpp).
#include "cli/command.hpp"
#include "cli/table.hpp"
#include "policy/fields.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ostream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using policy::Field;

json::object json_of(const Field& field) {
    json::array words;
    for (const std::string_view word : field.words) words.emplace_back(word);
    return {{"name", field.name},        {"type", policy::to_text(field.type)},
            {"many", field.many},        {"known_from", policy::to_text(field.since)},
            {"words", std::move(words)}, {"help", field.help}};
}

Outcome run_fields(const Arguments& arguments, Console& console) {
    if (arguments.has("json")) {
        json::array all;
        for (const Field& field : policy::fields()) all.push_back(json_of(field));
        console.out << json::serialize(all) << '\n';
        return exit_code::done;
    }
    Table table({"field", "known from", "type", "meaning"});
    for (const Field& field : policy::fields()) {
        const std::string words = field.words.empty() ? "" : fmt::format(": {}", fmt::join(field.words, ", "));
        table.add({std::string(field.name), std::string(policy::to_text(field.since)),
                   fmt::format("{}{}", policy::to_text(field.type), field.many ? ", many" : ""),
                   std::string(field.help) + words});
    }
    table.add({"header.NAME", "data", "text, many", "the header fields of that name"});
    if (arguments.has("csv"))
        table.print_csv(console.out);
    else
        table.print_text(console.out);
    return exit_code::done;
}

} // namespace

Command rules_fields_command() {
    return {.name = "rules fields",
            .summary = "Show all fields that rules and replies can name",
            .description =
                "Each with the level from which on it is known, its type and its meaning. docs/rules.md says "
                "how they compare.",
            .examples = {{"rules fields", "All of them"}, {"rules fields --json", "For an editor"}},
            .options = {json_option(), csv_option()},
            .run = run_fields};
}

} // namespace bonafide::cli
