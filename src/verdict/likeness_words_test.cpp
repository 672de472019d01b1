#include "verdict/likeness_words.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace bonafide::verdict::likeness {
namespace {

bool leaves(std::string_view label, std::string_view rest) {
    const Shape shape = shape_of(label);
    return std::ranges::any_of(without_added_words(shape), [&](const Remainder& left) { return left.base == rest; });
}

TEST(AddedWords, AreTakenOffEitherEnd) {
    EXPECT_TRUE(leaves("contoso-login", "contoso"));
    EXPECT_TRUE(leaves("contosologin", "contoso"));
    EXPECT_TRUE(leaves("secure-contoso", "contoso"));
    EXPECT_TRUE(leaves("my--contoso", "contoso"));
    EXPECT_TRUE(leaves("login-contoso-secure-id", "contoso"));
    EXPECT_FALSE(leaves("my-login-contoso-secure-id", "contoso")) << "four words";
    EXPECT_FALSE(leaves("mycontoso", "contoso")) << "two letters need a hyphen";
    EXPECT_TRUE(leaves("wwwcontoso", "contoso"));
    EXPECT_FALSE(leaves("contoso-garden", "contoso"));
    for (const std::string_view nothing_else : {"login", "login-", "-login", ""}) {
        const Shape shape = shape_of(nothing_else);
        EXPECT_TRUE(without_added_words(shape).empty()) << nothing_else;
    }
}

TEST(AddedWords, AreBounded) {
    std::string label;
    while (label.size() < 60) label += "account";
    const Shape shape = shape_of(label);
    const auto left = without_added_words(shape);
    EXPECT_FALSE(left.empty());
    EXPECT_LE(left.size(), 64U);
}

TEST(AddedWords, OneOrdinaryWordMakesThemAllOrdinary) {
    const Shape shape = shape_of("login-contoso-group");
    for (const Remainder& left : without_added_words(shape))
        if (left.base == "contoso") EXPECT_EQ(left.word.use, WordUse::ordinary);
}

TEST(GenericLabels, SayNothing) {
    for (const std::string_view label : {"mail", "online", "web-shop", "login", "news"})
        EXPECT_TRUE(is_generic(label)) << label;
    for (const std::string_view label : {"contoso", "contoso-shop", "mailcontoso", ""})
        EXPECT_FALSE(is_generic(label)) << label;
    EXPECT_TRUE(is_role("support"));
    EXPECT_FALSE(is_role("ann"));
}

} // namespace
} // namespace bonafide::verdict::likeness
