// What an import prints: a configuration for a person to read and to keep, or JSON.
#include "base/escape.hpp"
#include "cli/config.hpp"
#include "cli/moving.hpp"
#include "cli/table.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bonafide::cli::moving {
namespace {

namespace json = boost::json;
using Texts = std::vector<std::string>;

constexpr std::size_t most_shown = 300;     // bytes of one remark
constexpr std::size_t most_line_bytes = 98; // a longer list has a line for each entry
constexpr std::size_t most_remarks =
    1000; // of one kind; the rest is counted. Commands are not remarks: all are printed

/// A text as TOML writes it: as JSON does, but that DEL is a control character too.
std::string quoted(std::string_view text) {
    std::string out = json::serialize(json::value(verdict::utf8(text)));
    for (std::size_t at = 0; (at = out.find('\x7f', at)) != std::string::npos;) out.replace(at, 1, "\\u007F");
    return out;
}

/// On one line where that is short.
std::string list_of(const Texts& entries) {
    Texts words;
    for (const std::string& entry : entries) words.push_back(quoted(entry));
    const std::string line = fmt::format("[{}]", fmt::join(words, ", "));
    return line.size() <= most_line_bytes ? line : fmt::format("[\n    {},\n]", fmt::join(words, ",\n    "));
}

/// A list in lines where one would be too long; any other value as the settings table writes it.
std::string value_of(const engine::Setting& setting, const engine::Settings& settings) {
    engine::Settings copy = settings;
    if (const auto* texts = std::get_if<engine::Member<Texts>>(&setting.access)) return list_of((*texts)(copy));
    if (const auto* text = std::get_if<engine::Member<std::string>>(&setting.access)) return quoted((*text)(copy));
    if (const auto* networks = std::get_if<engine::Member<std::vector<ip::Prefix>>>(&setting.access)) {
        Texts entries;
        for (const ip::Prefix& network : (*networks)(copy)) entries.push_back(network_text(network));
        return list_of(entries);
    }
    return engine::to_toml(setting, settings);
}

std::string origins(const Conversion::Result& result, std::string_view setting) {
    const auto found = result.from.find(setting);
    return found == result.from.end() ? ""
                                      : escape::line(fmt::format("{}", fmt::join(found->second, ", ")), most_shown);
}

template<class Items, class Show>
void add_remarks(std::string& text, std::string_view title, const Items& items, Show show) {
    if (items.empty()) return;
    text += fmt::format("\n# {}\n", title);
    std::size_t count = 0;
    for (const auto& item : items) {
        if (++count > most_remarks) break;
        text += fmt::format("# - {}\n", escape::line(show(item), 2 * most_shown));
    }
    if (items.size() > most_remarks) text += fmt::format("# - and {} more\n", items.size() - most_remarks);
}

/// Each whole and on a line of its own: docs/moving-in.md has them taken out by sed and run. A remark begins with "-", so that no text
/// of theirs is taken for a command.
void add_command(std::string& text, const std::string& command) {
    std::string plain = command; // as the shell has it: escaping would double its backslashes
    std::erase(plain, '\\');
    if (escape::line(plain, most_file_bytes) == plain)
        text += fmt::format("#   {}\n", command);
    else
        text += fmt::format("# - not to be run as it stands: {}\n", escape::line(command, most_file_bytes));
}

void add_commands(std::string& text, const std::vector<Key>& keys) {
    if (keys.empty()) return;
    text += "\n# Keys: import all of them, then activate them (which checks DNS) before OpenDKIM is switched off:\n";
    for (const Key& key : keys) {
        add_command(text, key.command());
        if (key.is_first) add_command(text, key.activation());
    }
}

/// "mode" has none.
std::string_view section_of(std::string_view setting) { return setting.substr(0, setting.find('.') + 1); }

/// TOML takes a section once, and keys of no section before all of them.
std::string sections(const Conversion::Result& result) {
    std::vector<std::string_view> titles{""};
    for (const std::string_view name : result.differing)
        if (std::ranges::find(titles, section_of(name)) == titles.end()) titles.push_back(section_of(name));
    std::string text;
    for (const std::string_view title : titles) {
        if (!title.empty()) text += fmt::format("\n[{}]\n", title.substr(0, title.size() - 1));
        for (const std::string_view name : result.differing)
            if (section_of(name) == title)
                text += fmt::format("\n# {}\n{} = {}\n", origins(result, name), name.substr(title.size()),
                                    value_of(*engine::find_setting(name), result.settings));
    }
    return text;
}

std::string rule_toml(const RuleText& rule) {
    return fmt::format("[[rule]]\nname = {}\nwhen = {}\nthen = {}\nmode = {}\n", quoted(rule.name), quoted(rule.when),
                       quoted(rule.then), quoted(rule.mode));
}

std::string value_shown(const LeftOut& left) {
    return left.theirs.value.empty() ? "" : " " + escape::shortened(left.theirs.value, 60);
}

} // namespace

std::string to_toml(const Conversion::Result& result) {
    std::string text = fmt::format(
        "# Made of {}'s configuration by \"bonafide import\". What is not here keeps its default.\n", result.program);
    text += sections(result);
    for (const SetText& set : result.sets)
        text += fmt::format("\n# {}\n[[set]]\nname = {}\nentries = {}\n", escape::line(set.from, most_shown),
                            quoted(set.name), list_of(set.entries));
    for (const RuleText& rule : result.rules)
        text += fmt::format("\n# {}\n{}", escape::line(rule.from, most_shown), rule_toml(rule));
    if (result.differing.empty() && result.sets.empty() && result.rules.empty())
        text += "\n# Nothing in it differs from our defaults.\n";
    add_commands(text, result.keys);
    add_remarks(text, "Without a counterpart:", result.left_out, [](const LeftOut& left) {
        return fmt::format("{}{}: {}", left.theirs.shown(), value_shown(left), left.why);
    });
    add_remarks(text, "Could not be read:", result.unread,
                [](const Unread& unread) { return fmt::format("{}: {}", unread.file, unread.why); });
    return text;
}

namespace {

Expected<void> check_alone(const std::string& text) {
    const auto read = config::read(text);
    if (!read) return failure(read.error().front().text);
    if (const auto audit = config::audit(*read); !audit.errors.empty()) return failure(audit.errors.front().text);
    return {};
}

} // namespace

Expected<void> check_rule(const RuleText& rule) { return check_alone(rule_toml(rule)); }
Expected<void> check_set_entry(std::string_view entry) {
    return check_alone(fmt::format("[[set]]\nname = \"x\"\nentries = [{}]\n", quoted(entry)));
}

std::string to_json(const Conversion::Result& result) {
    const auto text = [](std::string_view bytes) { return json::value(verdict::utf8(bytes)); };
    json::array settings, rules, sets, keys, left, unread;
    for (const std::string_view name : result.differing) {
        json::array from;
        if (const auto found = result.from.find(name); found != result.from.end())
            for (const std::string& one : found->second) from.push_back(text(one));
        settings.push_back(json::object{{"name", name},
                                        {"toml", text(value_of(*engine::find_setting(name), result.settings))},
                                        {"from", std::move(from)}});
    }
    for (const RuleText& rule : result.rules)
        rules.push_back(json::object{{"name", text(rule.name)},
                                     {"when", text(rule.when)},
                                     {"then", text(rule.then)},
                                     {"mode", rule.mode},
                                     {"from", text(rule.from)}});
    for (const SetText& set : result.sets) {
        json::array entries;
        for (const std::string& entry : set.entries) entries.push_back(text(entry));
        sets.push_back(
            json::object{{"name", text(set.name)}, {"entries", std::move(entries)}, {"from", text(set.from)}});
    }
    for (const Key& key : result.keys)
        keys.push_back(json::object{{"domain", text(key.domain)},
                                    {"selector", text(key.selector)},
                                    {"file", text(key.file)},
                                    {"command", text(key.command())},
                                    {"activation", text(key.activation())}});
    for (const LeftOut& one : result.left_out)
        left.push_back(json::object{{"setting", text(one.theirs.name)},
                                    {"value", text(one.theirs.value)},
                                    {"file", text(one.theirs.file)},
                                    {"line", one.theirs.line},
                                    {"why", text(one.why)}});
    for (const Unread& one : result.unread)
        unread.push_back(json::object{{"file", text(one.file)}, {"why", text(one.why)}});
    return json::serialize(json::object{{"program", result.program},
                                        {"settings", std::move(settings)},
                                        {"sets", std::move(sets)},
                                        {"rules", std::move(rules)},
                                        {"keys", std::move(keys)},
                                        {"without_counterpart", std::move(left)},
                                        {"unread", std::move(unread)},
                                        {"toml", text(to_toml(result))}});
}

} // namespace bonafide::cli::moving
