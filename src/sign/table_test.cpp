#include "sign/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::sign {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointee;

std::string refused(std::string_view line) {
    const auto added = Table().add(line);
    return added ? "" : added.error().text;
}

TEST(NormalizePattern, TheWaysToWriteThem) {
    EXPECT_EQ(normalize_pattern("Ann@Example.ORG"), "ann@example.org");
    EXPECT_EQ(normalize_pattern("example.org."), "example.org");
    EXPECT_EQ(normalize_pattern("*@example.org"), "example.org");
    EXPECT_EQ(normalize_pattern(".example.org"), ".example.org");
    EXPECT_EQ(normalize_pattern("*.example.org"), ".example.org");
    EXPECT_EQ(normalize_pattern("*@*.example.org"), ".example.org");
    EXPECT_EQ(normalize_pattern("b\xc3\xbc"
                                "cher.example"),
              "xn--bcher-kva.example");
    EXPECT_EQ(normalize_pattern("*"), "*");
}

TEST(NormalizePattern, WhatIsNone) {
    for (const std::string_view text : {"", "@example.org", "ann@", "a b", "ann@.example.org", "a*b.example", "ex..org",
                                        "an*@example.org", "**", "."})
        EXPECT_FALSE(normalize_pattern(text)) << text;
}

TEST(Table, TheMostSpecificPatternCounts) {
    Table table;
    for (const std::string_view line :
         {"* fallback.example", "example.org example.org", ".example.org sub.example", ".a.example.org deep.example",
          "ann@example.org example.org/s2 other.example", "quiet.example none"})
        EXPECT_TRUE(table.add(line)) << line;
    const auto find = [&](std::string_view address) { return *table.find(address); };
    EXPECT_THAT(find("ann@example.org"), ElementsAre(Signer{"example.org", "s2"}, Signer{"other.example"}));
    EXPECT_THAT(find("bob@example.org"), ElementsAre(Signer{"example.org"}));
    EXPECT_THAT(find("bob@b.example.org"), ElementsAre(Signer{"sub.example"}));
    EXPECT_THAT(find("bob@x.a.example.org"), ElementsAre(Signer{"deep.example"}));
    EXPECT_THAT(find("bob@notexample.org"), ElementsAre(Signer{"fallback.example"}));
    EXPECT_THAT(find("bob@quiet.example"), IsEmpty());
}

TEST(Table, SaysNothingOfWhatNoPatternFits) {
    Table table;
    EXPECT_EQ(table.find("ann@example.org"), nullptr);
    EXPECT_TRUE(table.add(".example.org example.org"));
    EXPECT_EQ(table.find("ann@example.org"), nullptr);
    EXPECT_NE(table.find("ann@x.example.org"), nullptr);
}

TEST(Table, LinesThatSayNothingUsable) {
    EXPECT_THAT(refused("example.org"), HasSubstr("must be a pattern and who signs"));
    EXPECT_THAT(refused("example.org a@b"), HasSubstr("is no domain"));
    EXPECT_THAT(refused("example.org ."), HasSubstr("names no domain"));
    EXPECT_THAT(refused("example.org example.org/"), HasSubstr("no selector"));
    EXPECT_THAT(refused("example.org a.example a.example"), HasSubstr("twice"));
    EXPECT_THAT(refused("a b c d e f"), HasSubstr("more than 4"));
    EXPECT_EQ(refused("a b c d e"), "");
    Table table;
    EXPECT_TRUE(table.add("*@example.org a.example"));
    EXPECT_THAT(table.add("Example.org b.example").error().text, HasSubstr("a second time"));
}

TEST(Table, FilesHaveComments) {
    Table table;
    EXPECT_TRUE(add_lines(table, "# all\n\n a.example a.example # ours\r\nb.example\tnone"));
    EXPECT_EQ(table.size(), 2U);
    EXPECT_THAT(add_lines(table, "c.example c.example\nd.example").error().text, HasSubstr("line 2: must be"));
}

TEST(SenderTable, LinesOfALoginAddUp) {
    SenderTable table;
    EXPECT_EQ(table.may_send("ann", "ann@example.org"), std::nullopt);
    EXPECT_TRUE(table.add("Ann ann@example.org, sales@example.org"));
    EXPECT_TRUE(table.add("ann .example.net"));
    EXPECT_EQ(table.may_send("ann", "ann@example.org"), true);
    EXPECT_EQ(table.may_send("ANN", "x@a.example.net"), true);
    EXPECT_EQ(table.may_send("ann", "bob@example.org"), false);
    EXPECT_EQ(table.may_send("bob", "bob@example.org"), std::nullopt);
    EXPECT_TRUE(table.add("* info@example.org"));
    EXPECT_EQ(table.may_send("bob", "info@example.org"), true);
    EXPECT_EQ(table.may_send("bob", "bob@example.org"), false);
    EXPECT_EQ(table.may_send("ann", "info@example.org"), true);
}

} // namespace
} // namespace bonafide::sign
