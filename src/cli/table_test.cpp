#include "cli/table.hpp"

#include <gtest/gtest.h>
#include <sstream>

namespace bonafide::cli {
namespace {

std::string text_of(const Table& table) {
    std::ostringstream out;
    table.print_text(out);
    return out.str();
}

std::string csv_of(const Table& table) {
    std::ostringstream out;
    table.print_csv(out);
    return out.str();
}

TEST(Table, ColumnsStandUnderTheirNames) {
    Table table({"name", "empty", "count"});
    table.add({"b\u00fccher", "", "1"});
    table.add({"a", "", "200"});
    EXPECT_EQ(text_of(table), "NAME    COUNT\n"
                              "b\u00fccher  1\n"
                              "a       200\n");
}

TEST(Table, RemoteTextIsEscapedForAPerson) {
    Table table({"name", "more"});
    table.add({"a\nb\x1b[1m", "x"});
    EXPECT_EQ(text_of(table), "NAME           MORE\na\\x0ab\\x1b[1m  x\n");
}

TEST(Table, CsvQuotesAndDisarms) {
    Table table({"a", "b"});
    table.add({"contoso.com, *", "say \"hi\""});
    table.add({"=HYPERLINK(1)", "-1"});
    table.add({"@x", "line\nend"});
    table.add({"*, contoso.net", ""});
    EXPECT_EQ(csv_of(table), "a,b\n"
                             "\"contoso.com, *\",\"say \"\"hi\"\"\"\n"
                             "'=HYPERLINK(1),'-1\n"
                             "'@x,\"line\nend\"\n"
                             "\"*, contoso.net\",\n");
}

TEST(Counted, OneAndMany) {
    EXPECT_EQ(counted(1, "message"), "1 message");
    EXPECT_EQ(counted(0, "message"), "0 messages");
}

TEST(ShellWord, NothingLeavesItsQuotes) {
    EXPECT_EQ(shell_word("contoso.com"), "contoso.com");
    EXPECT_EQ(shell_word("contoso.com, *"), "'contoso.com, *'");
    EXPECT_EQ(shell_word("a'b; rm $x"), "'a'\\''b; rm $x'");
    EXPECT_EQ(shell_word(""), "''");
}

} // namespace
} // namespace bonafide::cli
