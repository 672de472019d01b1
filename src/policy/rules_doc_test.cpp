// docs/rules.md says what the tables of fields, actions, levels and codes say, and its examples of conditions come out as it tells. A failure
// prints the text that belongs there. Its recipes are run by cli/rules_doc_test.cpp.
#include "policy/dns_list.hpp"
#include "policy/test_subject.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace bonafide::policy {
namespace {

using testing_subject::Situation;

const std::string& document() {
    static const std::string text = [] {
        std::ifstream file(BONAFIDE_SOURCE_DIR "/docs/rules.md");
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    return text;
}

/// The rows of the table whose head begins so.
std::string table_of(std::string_view head) {
    const std::string& text = document();
    const std::size_t begin = text.find(fmt::format("\n{}", head));
    if (begin == std::string::npos) return {};
    const std::size_t rule = text.find("\n|---", begin);
    const std::size_t rows = text.find('\n', rule + 1) + 1;
    return text.substr(rows, text.find("\n\n", rows) + 1 - rows);
}

std::vector<std::string> cells_of(std::string_view row) {
    std::vector<std::string> cells;
    for (std::size_t at = 2; at < row.size();) {
        const std::size_t end = row.find(" |", at);
        if (end == std::string_view::npos) break;
        cells.emplace_back(row.substr(at, end - at));
        at = end + 3;
    }
    return cells;
}

std::vector<std::vector<std::string>> rows_of(std::string_view head) {
    std::vector<std::vector<std::string>> rows;
    const std::string table = table_of(head);
    for (std::size_t at = 0; at < table.size();) {
        const std::size_t end = table.find('\n', at);
        rows.push_back(cells_of(std::string_view(table).substr(at, end - at)));
        at = end + 1;
    }
    return rows;
}

TEST(RulesDocument, EveryField) {
    std::string rows;
    for (const Field& field : fields()) {
        std::string words;
        for (const std::string_view word : field.words)
            words += fmt::format("{}`{}`", words.empty() ? ": " : ", ", word);
        rows += fmt::format("| `{}` | {} | {}{} | {}{} |\n", field.name, to_text(field.since), to_text(field.type),
                            field.many ? ", many" : "", field.help, words);
    }
    const std::string table = table_of("| field | known from");
    EXPECT_EQ(table.substr(0, table.find("| `header.NAME`")), rows);
}

TEST(RulesDocument, EveryAction) {
    constexpr std::array<std::string_view, 6> written{"",      " 550 5.7.1 TEXT", " TEXT", " NAME: TEXT",
                                                      " NAME", " ann@example.com"};
    std::string rows;
    for (const VerbRow& row : verbs()) {
        std::string argument(written[static_cast<std::size_t>(row.argument)]);
        if (row.verb == Verb::defer) argument = " 451 4.7.1 TEXT";
        rows += fmt::format("| `{}` | `{}{}` | {} | {} | {} |\n", row.name, row.name, argument, to_text(row.since),
                            row.decides ? "yes" : "no", row.help);
        const Level level = std::max(row.since, Level::data);
        EXPECT_TRUE(RuleAction::parse(fmt::format("{}{}", row.name, argument), level)) << row.name;
    }
    EXPECT_EQ(table_of("| action | written"), rows);
}

TEST(RulesDocument, EveryLevel) {
    std::vector<std::string> names;
    for (const auto& row : rows_of("| level | when")) names.push_back(row.front());
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < level_count; ++i)
        expected.push_back(fmt::format("`{}`", to_text(static_cast<Level>(i))));
    EXPECT_EQ(names, expected);
}

TEST(RulesDocument, EveryEnhancedCode) {
    std::string rows;
    for (const EnhancedMeaning& one : enhanced_meanings())
        rows += fmt::format("| x.{} | {} |\n", one.subject_detail, one.text);
    EXPECT_EQ(table_of("| enhanced code"), rows);
}

TEST(RulesDocument, WhatDnsListsAreAskedAbout) {
    std::vector<std::string> names;
    for (const auto& row : rows_of("| `of` |")) names.push_back(row.front());
    std::vector<std::string> expected;
    for (const ListOf of : {ListOf::client, ListOf::ptr, ListOf::helo, ListOf::mail_from, ListOf::from})
        expected.push_back(fmt::format("`{}`", to_text(of)));
    EXPECT_EQ(names, expected);
}

std::string truth_of(const std::string& condition) {
    auto partners = std::make_shared<ValueSet>();
    EXPECT_TRUE(partners->add("192.0.2.0/24"));
    const auto read = Condition::parse(condition.substr(1, condition.size() - 2), {{"partners", partners}});
    return read ? std::string(to_text(read->test(Situation().subject()))) : read.error().text;
}

TEST(RulesDocument, EveryOperationAsItComesOut) {
    const auto rows = rows_of("| operation |");
    EXPECT_EQ(rows.size(), 16U);
    for (const auto& row : rows) {
        ASSERT_EQ(row.size(), 4U);
        EXPECT_EQ(truth_of(row[2]), row[3]) << row[2];
    }
}

TEST(RulesDocument, QuantifiersAsTheyComeOut) {
    const auto rows = rows_of("| condition | with rita");
    EXPECT_EQ(rows.size(), 7U);
    for (const auto& row : rows) {
        ASSERT_EQ(row.size(), 3U);
        EXPECT_EQ(truth_of(row[0]), row[1]) << row[0];
    }
}

TEST(RulesDocument, Bounds) {
    for (const std::string& bound :
         {fmt::format("At most {} rules of at most {} bytes a condition", Rules::most_rules, Condition::most_bytes),
          fmt::format("one action or a list of at most {}", Rules::most_actions),
          fmt::format("printable ASCII, at most {} bytes", Template::most_bytes),
          fmt::format("at the rule's level, at most {} bytes of it", Template::most_value_bytes),
          fmt::format("At most {} lists", DnsList::most_lists),
          fmt::format("at most {} bytes. **Numbers**", Pattern::most_bytes)}) {
        std::string flat = document();
        std::ranges::replace(flat, '\n', ' ');
        EXPECT_NE(flat.find(bound), std::string::npos) << bound;
    }
}

} // namespace
} // namespace bonafide::policy
