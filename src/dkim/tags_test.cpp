#include "dkim/tags.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::dkim {
namespace {

std::string shape(std::string_view text) {
    const TagList list = parse_tags(text);
    if (list.error) return "error at " + std::to_string(list.error->position);
    std::string out;
    for (const Tag& tag : list.tags) out += std::string(tag.name) + "=<" + std::string(tag.value) + ">";
    return out;
}

TEST(Tags, Accepted) { // RFC 6376 3.2
    const std::vector<std::pair<std::string, std::string>> rows{
        {"v=1", "v=<1>"},
        {"v=1;", "v=<1>"},
        {"v=1; ", "v=<1>"},
        {" v = 1 ;\r\n\ta=b c\r\n d ; x_1=", "v=<1>a=<b c\r\n d>x_1=<>"},
        {"b=a=b==; c=:", "b=<a=b==>c=<:>"},
        {"a=1;A=2", "a=<1>A=<2>"}, // names are case-sensitive
        {"n=\xc3\xa4", "n=<\xc3\xa4>"},
    };
    for (const auto& [text, expected] : rows) EXPECT_EQ(shape(text), expected) << text;
}

TEST(Tags, Refused) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"", "error at 0"},         {";", "error at 0"},
        {"v=1;;a=2", "error at 4"}, {"=x", "error at 0"},
        {"v", "error at 1"},        {"v=1; a", "error at 6"},
        {"1v=1", "error at 0"},     {"v-w=1", "error at 1"},
        {"v=1; v=2", "error at 5"}, {"v=1; a=2; v=1", "error at 10"},
        {"a=x\ny", "error at 3"},   {"a=x\r\ny", "error at 3"},
        {"a=x\ry", "error at 3"},   {std::string("a=x\0y", 5), "error at 3"},
        {"a=x\x7f", "error at 3"},  {"a=x\r\n", "error at 3"},
    };
    for (const auto& [text, expected] : rows) EXPECT_EQ(shape(text), expected) << text;
}

TEST(Tags, KnowWhereTheirValueStands) {
    const std::string text = "a=1; b= xy\r\n z ;c=";
    const TagList list = parse_tags(text);
    const Tag* b = list.find("b");
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(text.substr(b->begin, b->end - b->begin), " xy\r\n z ");
    EXPECT_EQ(without_space(b->value), "xyz");
    EXPECT_EQ(list.find("B"), nullptr);
    EXPECT_NE(list.find("c"), nullptr) << "an empty value is not an absent tag";
}

TEST(Tags, ThousandsAreCheap) {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "t" + std::to_string(i) + "=;";
    EXPECT_FALSE(parse_tags(text).error);
    EXPECT_TRUE(parse_tags(text + "t77=").error);
}

TEST(Tags, ErrorsKeepWhatWasRead) { EXPECT_EQ(parse_tags("d=x.example; !").find("d")->value, "x.example"); }

TEST(SplitList, TrimsAndKeepsEmptyParts) {
    EXPECT_EQ(split_list("From :\r\n To:: "), (std::vector<std::string_view>{"From", "To", "", ""}));
}

} // namespace
} // namespace bonafide::dkim
