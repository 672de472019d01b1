// [[tables]] of a configuration file: rules and sets. Included by config.cpp alone, behind toml.hpp.
#pragma once

#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "cli/config.hpp"
#include "cli/toml.hpp"
#include "engine/settings.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli::config {

/// What stands there, for "must be ..., not ...".
[[nodiscard]] std::string_view describe(const toml::node& node);

[[nodiscard]] inline policy::Place source_place(const toml::node& node) {
    return {node.source().begin.line, node.source().begin.column};
}

/// One table of [[name]]: each key is asked for once, then end() complains of all others.
class TableReader {
  public:
    TableReader(const toml::table& table, std::string_view name, Problems& problems)
        : table_(table), name_(name), problems_(problems) {}

    void text(std::string_view key, policy::SourceText& to) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        if (const auto* text = node->as_string())
            to = {text->get(), source_place(*node)};
        else
            complain(*node, fmt::format("{}: must be a text in quotes, not {}", key, describe(*node)));
    }
    /// A text by itself is a list of one.
    void texts(std::string_view key, std::vector<policy::SourceText>& to) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        if (const auto* text = node->as_string()) {
            to.push_back({text->get(), source_place(*node)});
            return;
        }
        const toml::array* list = node->as_array();
        if (list == nullptr)
            return complain(*node, fmt::format("{}: must be a list of texts, not {}", key, describe(*node)));
        for (const toml::node& entry : *list) {
            if (const auto* text = entry.as_string())
                to.push_back({text->get(), source_place(entry)});
            else
                complain(entry, fmt::format("{}: an entry must be a text in quotes, not {}", key, describe(entry)));
        }
    }
    void flag(std::string_view key, bool& to) {
        const toml::node* node = find(key);
        if (node == nullptr) return;
        if (const auto* flag = node->as_boolean())
            to = flag->get();
        else
            complain(*node, fmt::format("{}: must be true or false, not {}", key, describe(*node)));
    }
    void end() {
        for (const auto& [key, node] : table_) {
            if (std::ranges::find(known_, key.str()) != known_.end()) continue;
            const std::string_view nearest = nearest_word(key.str(), known_);
            problems_.push_back({key.source().begin.line, key.source().begin.column,
                                 fmt::format("unknown key {} of [[{}]]{}", escape::line(key.str()), name_,
                                             nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest))});
        }
    }

  private:
    const toml::node* find(std::string_view key) {
        known_.push_back(key);
        return table_.get(key);
    }
    void complain(const toml::node& node, std::string text) {
        problems_.push_back(
            {node.source().begin.line, node.source().begin.column, fmt::format("[[{}]] {}", name_, std::move(text))});
    }

    const toml::table& table_;
    std::string_view name_;
    Problems& problems_;
    std::vector<std::string_view> known_;
};

inline void read_table(TableReader reader, policy::RuleSource& rule) {
    reader.text("name", rule.name);
    reader.text("at", rule.at);
    reader.texts("when", rule.when);
    reader.texts("then", rule.then);
    reader.texts("recipients", rule.recipients);
    reader.text("mode", rule.mode);
    reader.flag("enabled", rule.enabled);
    reader.end();
}

inline void read_table(TableReader reader, policy::SetSource& set) {
    reader.text("name", set.name);
    reader.texts("entries", set.entries);
    reader.text("file", set.file);
    reader.end();
}

inline void read_table(TableReader reader, policy::DnsListSource& list) {
    reader.text("name", list.name);
    reader.text("zone", list.zone);
    reader.texts("of", list.of);
    reader.texts("codes", list.codes);
    reader.end();
}

template<class T>
void read_tables(const toml::node& node, std::string_view name, std::vector<T>& to, Problems& problems) {
    const toml::array* tables = node.as_array();
    if (tables == nullptr || !tables->is_homogeneous(toml::node_type::table)) {
        problems.push_back({node.source().begin.line, node.source().begin.column,
                            fmt::format("{} is written as tables, [[{}]], not as {}", name, name,
                                        tables == nullptr ? describe(node) : "a list of something else")});
        return;
    }
    for (const toml::node& table : *tables) {
        T one;
        one.place = source_place(table);
        read_table(TableReader(*table.as_table(), name, problems), one);
        to.push_back(std::move(one));
    }
}

} // namespace bonafide::cli::config
