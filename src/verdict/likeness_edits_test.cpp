#include "verdict/likeness_edits.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

namespace bonafide::verdict::likeness {
namespace {

TEST(SingleEdit, TellsWhatAndWhere) {
    EXPECT_EQ(single_edit("contoso", "contosso"), (Edit{EditKind::added, 6}));
    EXPECT_EQ(single_edit("contoso", "contos"), (Edit{EditKind::left_out, 6}));
    EXPECT_EQ(single_edit("contoso", "contaso"), (Edit{EditKind::replaced, 4}));
    EXPECT_EQ(single_edit("contoso", "cnotoso"), (Edit{EditKind::swapped, 1}));
    EXPECT_EQ(single_edit("contoso", "xontoso"), (Edit{EditKind::replaced, 0}));
    EXPECT_EQ(single_edit("", "a"), (Edit{EditKind::added, 0}));
    EXPECT_EQ(single_edit("münchen", "mänchen"), (Edit{EditKind::replaced, 1})) << "two bytes, one letter";
    EXPECT_EQ(single_edit("münchen", "mönchen"), (Edit{EditKind::replaced, 1}));
    EXPECT_EQ(single_edit("münchen", "mnchen"), (Edit{EditKind::left_out, 1}));
    EXPECT_EQ(single_edit("东京银行", "京东银行"), (Edit{EditKind::swapped, 0}));
}

TEST(SingleEdit, MoreOrLessIsNone) {
    EXPECT_FALSE(single_edit("contoso", "contoso"));
    EXPECT_FALSE(single_edit("contoso", "contasa"));
    EXPECT_FALSE(single_edit("contoso", "contosoxy"));
    EXPECT_FALSE(single_edit("contoso", "cotnsoo"));
    EXPECT_FALSE(single_edit("abc", "cba"));
    EXPECT_FALSE(single_edit("", ""));
}

/// All that one edit with letters of `alphabet` makes of `name`.
std::vector<std::string> edited(const std::string& name, std::string_view alphabet) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i <= name.size(); ++i) {
        for (const char c : alphabet) {
            all.push_back(name.substr(0, i) + c + name.substr(i));
            if (i < name.size()) all.push_back(name.substr(0, i) + c + name.substr(i + 1));
        }
        if (i < name.size()) all.push_back(name.substr(0, i) + name.substr(i + 1));
        if (i + 1 < name.size()) {
            all.push_back(name);
            std::swap(all.back()[i], all.back()[i + 1]);
        }
    }
    std::erase(all, name);
    return all;
}

TEST(EditIndex, FindsEveryEdit) {
    EditIndex index;
    const std::vector<std::string> names{"contoso", "aaaaa", "ab", "a", "fabrikam"};
    for (std::uint32_t id = 0; id < names.size(); ++id) index.add(id, names[id]);
    for (std::uint32_t id = 0; id < names.size(); ++id)
        for (const std::string& other : edited(names[id], "abcmo")) {
            EXPECT_TRUE(single_edit(names[id], other)) << other;
            EXPECT_NE(std::ranges::count(index.find(other), id), 0) << other;
        }
    EXPECT_TRUE(index.find("nothing-like-it").empty());
    EXPECT_TRUE(EditIndex().find("contoso").empty());
}

TEST(EditIndex, LooksAtSoManyAndNoMore) {
    EditIndex index;
    for (std::uint32_t id = 0; id < 100; ++id) index.add(id, "contoso");
    EXPECT_EQ(index.find("contos").size(), EditIndex::most_found);
    EditIndex fewer;
    for (std::uint32_t id = 0; id < EditIndex::most_found; ++id) fewer.add(id, "contoso");
    EXPECT_EQ(fewer.find("contos").size(), EditIndex::most_found);
    EXPECT_LE(index.find(std::string(1000, 'a')).size(), EditIndex::most_found);
}

} // namespace
} // namespace bonafide::verdict::likeness
