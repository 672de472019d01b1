#include "base/suggest.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>

namespace bonafide {
namespace {

constexpr std::array<std::string_view, 6> keys{"listen", "discovery", "reject", "authserv_id", "mode", "log_level"};

TEST(Suggest, EditDistance) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abc", ""), 3U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("ab", "ba"), 1U);  // neighbours swapped
    EXPECT_EQ(edit_distance("ca", "abc"), 3U); // no place touched twice
    EXPECT_EQ(edit_distance("Mode", "mODE"), 0U);
}

TEST(Suggest, NearestWord) {
    EXPECT_EQ(nearest_word("lisetn", keys), "listen");
    EXPECT_EQ(nearest_word("discovry", keys), "discovery");
    EXPECT_EQ(nearest_word("authservid", keys), "authserv_id");
    EXPECT_EQ(nearest_word("log-level", keys), "log_level");
    EXPECT_EQ(nearest_word("MODE", keys), "mode");
    EXPECT_EQ(nearest_word("mod", keys), "mode");
}

TEST(Suggest, NothingNear) {
    EXPECT_EQ(nearest_word("", keys), "");
    EXPECT_EQ(nearest_word("x", keys), "");
    EXPECT_EQ(nearest_word("greylist", keys), "");
    EXPECT_EQ(nearest_word("mxdx", keys), "");
    EXPECT_EQ(nearest_word("mode", {}), "");
    EXPECT_EQ(nearest_word(std::string(65, 'a'), std::array{std::string_view("a")}), "");
}

TEST(Suggest, FirstOfEquals) {
    constexpr std::array<std::string_view, 2> both{"spf", "spg"};
    EXPECT_EQ(nearest_word("spx", both), "spf");
}

} // namespace
} // namespace bonafide
