#include "cli/config.hpp"

#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "cli/config_tables.hpp"
#include "cli/toml.hpp"
#include "engine/acting.hpp"
#include "engine/settings_audit.hpp"
#include "engine/settings_table.hpp"
#include "io/system.hpp"
#include "policy/dns_list.hpp"
#include "policy/rules.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <system_error>
#include <tuple>

namespace bonafide::cli::config {
namespace {

// A list of networks may be long; a file beyond this is a mistake.
constexpr std::size_t most_file_bytes = std::size_t{4} * 1024 * 1024;

Problem problem_at(const toml::source_region& source, std::string text) {
    return {source.begin.line, source.begin.column, std::move(text)};
}

Place place_of(const toml::node& node) { return {node.source().begin.line, node.source().begin.column}; }

void sort_by_place(Problems& problems) {
    std::ranges::sort(problems, {},
                      [](const Problem& p) { return std::tuple(p.line, p.column, std::string_view(p.text)); });
}

} // namespace

std::string_view describe(const toml::node& node) {
    switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a text";
    case toml::node_type::integer: return "a number";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "a date or time";
    case toml::node_type::none: break;
    }
    return "nothing";
}

namespace {

/// TOML 1.0 allows no control characters but tab and line ends, not even in comments. toml++ 3.3 misreads some, so they are found first.
std::optional<Problem> find_control_character(std::string_view text) {
    Problem place{1, 1, {}};
    for (const char c : text) {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        if (control && c != '\t' && c != '\n' && c != '\r') {
            place.text = fmt::format("a control character ({}) may not stand in TOML", escape::line({&c, 1}));
            return place;
        }
        // As toml++ counts: columns are characters, not bytes.
        if (c == '\n')
            place = {place.line + 1, 1, {}};
        else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
            ++place.column;
    }
    return std::nullopt;
}

class Reader {
  public:
    std::expected<Document, Problems> read(const toml::table& root) {
        read_table(root, {});
        read_rules();
        if (problems_.empty()) return std::move(document_);
        sort_by_place(problems_);
        return std::unexpected(std::move(problems_));
    }

  private:
    /// Two levels are all there is: sections and their settings; deeper tables end as unknown settings.
    void read_table(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            if (prefix.empty() && name == "rule")
                read_tables(node, name, document_.settings.rules.list, problems_);
            else if (prefix.empty() && name == "set")
                read_tables(node, name, document_.settings.rules.sets, problems_);
            else if (prefix.empty() && name == "dns_list")
                read_tables(node, name, document_.settings.rules.dns_lists, problems_);
            else if (const engine::Setting* setting = engine::find_setting(name))
                read_setting(*setting, node);
            else if (prefix.empty() && is_section(name))
                read_section(name, node);
            else
                unknown(key, name, prefix);
        }
    }

    /// What the rules mean; files of sets are read later.
    void read_rules() {
        const engine::Settings::Rules& rules = document_.settings.rules;
        if (!problems_.empty()) return;
        for (const policy::Complaint& error : policy::Rules::read(rules.list, rules.sets).errors)
            problems_.push_back({error.place.line, error.place.column, error.text});
        for (const policy::Complaint& error : policy::read_dns_lists(rules.dns_lists).errors)
            problems_.push_back({error.place.line, error.place.column, error.text});
    }

    void read_section(const std::string& name, const toml::node& node) {
        if (const toml::table* table = node.as_table())
            read_table(*table, name + ".");
        else
            add(node, fmt::format("{}: is a section, [{}], not {}", name, name, describe(node)));
    }

    void read_setting(const engine::Setting& setting, const toml::node& node) {
        const auto value = read_value(setting, node);
        if (!value) return;
        note_places(setting, node);
        if (const auto assigned = engine::assign(setting, *value, document_.settings); !assigned)
            add(node, fmt::format("{}: {}", setting.name, assigned.error().text));
    }

    void note_places(const engine::Setting& setting, const toml::node& node) {
        Document::Places places{place_of(node), {}};
        if (const auto* list = node.as_array())
            for (const toml::node& entry : *list) places.entries.push_back(place_of(entry));
        document_.places.insert_or_assign(setting.name, std::move(places));
    }

    /// The node as a raw value; none when a problem was added.
    std::optional<engine::RawValue> read_value(const engine::Setting& setting, const toml::node& node) {
        if (const auto* text = node.as_string()) return text->get();
        if (const auto* number = node.as_integer()) return number->get();
        if (const auto* boolean = node.as_boolean()) return boolean->get();
        if (const auto* list = node.as_array(); list != nullptr && is_list(setting)) return read_list(setting, *list);
        add(node, fmt::format("{}: must be {}, not {}", setting.name, engine::expectation(setting), describe(node)));
        return std::nullopt;
    }

    std::optional<engine::RawValue> read_list(const engine::Setting& setting, const toml::array& list) {
        std::vector<std::string> texts;
        const std::size_t before = problems_.size();
        for (const toml::node& entry : list) {
            const auto* text = entry.as_string();
            if (text == nullptr) {
                add(entry, fmt::format("{}: an entry must be a text in quotes, not {}", setting.name, describe(entry)));
            } else if (const auto sound = engine::check_entry(setting, text->get()); !sound) {
                add(entry, fmt::format("{}: {}", setting.name, sound.error().text));
            } else {
                texts.push_back(text->get());
            }
        }
        if (problems_.size() != before) return std::nullopt;
        return texts;
    }

    void unknown(const toml::key& key, const std::string& name, const std::string& prefix) {
        const std::string_view what = prefix.empty() ? "section or setting" : "setting";
        std::string text = fmt::format("unknown {} {}", what, escape::line(name));
        const std::string_view nearest = nearest_name(name, prefix);
        if (!prefix.empty() && is_section(name.substr(prefix.size())))
            text += fmt::format("; lines of {} stand below a header [{}]", name.substr(prefix.size()),
                                name.substr(prefix.size()));
        else if (!nearest.empty())
            text += fmt::format("; did you mean {}?", nearest);
        problems_.push_back(problem_at(key.source(), std::move(text)));
    }

    /// A name of the same section first; then the same key in another section ("timeout" under [spf] is dns.timeout).
    static std::string_view nearest_name(const std::string& name, const std::string& prefix) {
        std::vector<std::string_view> known;
        for (const engine::Setting& setting : engine::settings_table()) known.emplace_back(setting.name);
        if (prefix.empty()) known.insert(known.end(), sections().begin(), sections().end());
        if (const std::string_view nearest = nearest_word(name, known); !nearest.empty()) return nearest;
        const std::string tail = "." + name.substr(prefix.size());
        for (const std::string_view full : known)
            if (full.ends_with(tail)) return full;
        return {};
    }

    static bool is_list(const engine::Setting& setting) {
        return setting.kind == engine::Kind::texts || setting.kind == engine::Kind::networks;
    }

    static const std::vector<std::string_view>& sections() {
        static const std::vector<std::string_view> names = [] {
            std::vector<std::string_view> found;
            for (const engine::Setting& setting : engine::settings_table()) {
                const std::string_view name = setting.name;
                const std::size_t dot = name.find('.');
                if (dot != std::string_view::npos && std::ranges::find(found, name.substr(0, dot)) == found.end())
                    found.push_back(name.substr(0, dot));
            }
            return found;
        }();
        return names;
    }
    static bool is_section(std::string_view name) { return std::ranges::find(sections(), name) != sections().end(); }

    void add(const toml::node& node, std::string text) {
        problems_.push_back(problem_at(node.source(), std::move(text)));
    }

    Document document_;
    Problems problems_;
};

/// Where the setting stands, or its entry; both 0 when the file leaves it out.
Place find_place(const Document& document, std::string_view setting, std::size_t entry) {
    const auto found = document.places.find(setting);
    if (found == document.places.end()) return {};
    const Document::Places& places = found->second;
    return entry < places.entries.size() ? places.entries[entry] : places.value;
}

} // namespace

std::expected<Document, Problems> read(std::string_view text) {
    if (auto problem = find_control_character(text)) return std::unexpected(Problems{std::move(*problem)});
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        std::string why = escape::line(error.description());
        if (why.contains("redefine"))
            why += "; all lines of a section stand below one header [section], or all as section.name = ... above the "
                   "first header";
        return std::unexpected(Problems{problem_at(error.source(), std::move(why))});
    }
    return Reader().read(parsed.table());
}

std::expected<engine::Settings, Problems> parse(std::string_view text) {
    auto document = read(text);
    if (!document) return std::unexpected(std::move(document.error()));
    return std::move(document->settings);
}

std::expected<Document, Problems> load(const std::string& file) {
    const auto text = io::system::read_file(file, most_file_bytes);
    if (!text) return std::unexpected(Problems{{0, 0, text.error().text}});
    auto document = read(*text);
    if (!document) return document;
    Problems problems;
    for (const policy::Complaint& complaint : engine::read_set_files(document->settings))
        problems.push_back({complaint.place.line, complaint.place.column, complaint.text});
    if (!problems.empty()) return std::unexpected(std::move(problems));
    return document;
}

Audit audit(const Document& document) {
    Audit result;
    for (const engine::Finding& finding : engine::audit(document.settings)) {
        const Place place = find_place(document, finding.setting, finding.entry);
        const bool is_error = finding.severity == engine::Finding::Severity::error;
        const std::string_view label = is_error ? "" : "warning: ";
        Problems& problems = is_error ? result.errors : result.warnings;
        problems.push_back({place.line, place.column, fmt::format("{}{}: {}", label, finding.setting, finding.text)});
    }
    const engine::Settings::Rules& rules = document.settings.rules;
    for (const policy::Complaint& warning :
         policy::Rules::read(rules.list, rules.sets, engine::beside_rules(document.settings)).warnings)
        result.warnings.push_back({warning.place.line, warning.place.column, "warning: " + warning.text});
    sort_by_place(result.errors);
    sort_by_place(result.warnings);
    return result;
}

std::optional<std::string> find_file(const std::optional<std::string>& given) {
    if (given) return given;
    // Only a file that is not there is passed over: one that cannot be read must not silently leave the defaults in force.
    std::error_code why;
    const bool absent = !std::filesystem::exists(default_file, why) && !why;
    return absent ? std::nullopt : std::optional(std::string(default_file));
}

std::string to_text(std::string_view file, const Problems& problems) {
    std::vector<std::string> lines;
    for (const Problem& problem : problems)
        lines.push_back(problem.line == 0
                            ? fmt::format("{}: {}", file, problem.text)
                            : fmt::format("{}:{}:{}: {}", file, problem.line, problem.column, problem.text));
    return fmt::format("{}", fmt::join(lines, "\n"));
}

} // namespace bonafide::cli::config
