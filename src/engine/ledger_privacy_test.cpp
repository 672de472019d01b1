#include "engine/ledger_privacy.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

constexpr io::store::Secret secret{1, 2, 3};

TEST(HashedAddresses, SayOnlyTheDomainAndWhetherItIsTheSamePerson) {
    const HashedAddresses hash(secret, {}, {});
    const std::string ann = hash.address("ann@example.com");
    EXPECT_TRUE(ann.starts_with('#'));
    EXPECT_TRUE(ann.ends_with("@example.com"));
    EXPECT_EQ(ann.find_first_not_of("0123456789abcdef", 1), 13U) << ann;
    EXPECT_EQ(hash.address("Ann@Example.com"), ann.substr(0, 13) + "@Example.com") << "the same person";
    EXPECT_NE(hash.address("bob@example.com"), ann);
    EXPECT_NE(hash.address("ann@example.net").substr(0, 13), ann.substr(0, 13));
    EXPECT_NE(HashedAddresses({9}, {}, {}).address("ann@example.com"), ann) << "keyed";
    EXPECT_EQ(hash.address(""), "");
    EXPECT_EQ(hash.address("@example.com"), "@example.com") << "of a signature for the whole domain";
    EXPECT_FALSE(hash.address("postmaster").contains("postmaster"));
}

TEST(HashedAddresses, AListIdSaysOnlyWhoseListItIs) {
    const HashedAddresses hash(secret, {}, {});
    const std::string list = hash.list_id("ann-family.groups.lists.example", "lists.example");
    EXPECT_TRUE(list.starts_with('#') && list.ends_with(".lists.example")) << list;
    EXPECT_EQ(list.size(), 13 + std::string_view(".lists.example").size()) << "nothing of the labels between";
    EXPECT_EQ(hash.list_id("Ann-Family.groups.lists.example", "lists.example"), list) << "the same list";
    EXPECT_NE(hash.list_id("bob-family.groups.lists.example", "lists.example"), list);
    for (const char* whole : {"ann-family.localhost", "lists.example", "xlists.example", "ann"})
        EXPECT_EQ(hash.list_id(whole, "lists.example").size(), 13U) << whole;
    EXPECT_EQ(hash.list_id("ann.x", "").size(), 13U);
    EXPECT_EQ(hash.list_id("", "lists.example"), "");
}

TEST(HashedAddresses, AreFoundInTexts) {
    const HashedAddresses hash(secret, {"bounce+ann=there.example@example.com"}, {});
    const std::string ann = hash.address("ann@example.com"), x = hash.address("x@y.example");
    const std::string bounce = hash.address("bounce+ann=there.example@example.com");
    struct Row {
        std::string before, after;
    };
    const std::vector<Row> rows{
        {"", ""},
        {"no address here", "no address here"},
        {"ann@example.com", ann},
        {"<ann@example.com>", "<" + ann + ">"},
        {"ann@example.com wrote to x@y.example.", ann + " wrote to " + x + "."},
        {"spf=pass smtp.mailfrom=ann@example.com; dkim=pass header.i=x@y.example",
         "spf=pass smtp.mailfrom=" + ann + "; dkim=pass header.i=" + x},
        {"smtp.mailfrom=bounce+ann=there.example@example.com", "smtp.mailfrom=" + bounce},
        {"Bounce+Ann=there.example@example.com", bounce},
        {"envelope-from=\"ann@example.com\"; helo=x", "envelope-from=\"" + ann + "\"; helo=x"},
        {R"("a b\" c"@example.com said)", hash.address(R"("a b\" c"@example.com)") + " said"},
        {"header.i=@example.com", "header.i=@example.com"},
        {"ann@[192.0.2.1]:", hash.address("ann@[192.0.2.1]") + ":"},
        {"@@@", "@@@"},
        {"an unpaired quote\"@example.com", "an unpaired quote\"@example.com"},
    };
    for (const Row& row : rows) EXPECT_EQ(hash.text(row.before), row.after) << row.before;
    EXPECT_FALSE(hash.text("J\\xf6rg@example.com").contains("rg@")) << "an escaped byte";
}

TEST(HashedAddresses, NamesGoWhereverTheyStand) {
    const HashedAddresses hash(secret, {}, {"Ann Example", "Ann", "J\xf6rg", "Al"});
    EXPECT_EQ(hash.text("the display name is that of Ann Example"), "the display name is that of #");
    EXPECT_EQ(hash.text("J\\xf6rg, Ann and Albert"), "#, # and Albert") << "as a log line has it";
}

TEST(HashedAddresses, ANameThatEndsInASignGoesAsOftenAsItStands) {
    const HashedAddresses hash(secret, {}, {"Ann!", "(Bob", "Zoe"});
    EXPECT_EQ(hash.text("Ann!Ann! and Ann!x"), "## and #x");
    EXPECT_EQ(hash.text("x(Bob(Bob, (Bobby"), "x##, (Bobby");
    EXPECT_EQ(hash.text("ZoeZoe Zoe"), "ZoeZoe #") << "a word of its own";
}

TEST(HashedAddresses, AreFoundInAllStringsOfAValue) {
    const HashedAddresses hash(secret, {}, {});
    boost::json::value value = boost::json::parse(R"({"a":["ann@example.com",{"b":"x ann@example.com"}],"n":1})");
    hash.apply(value);
    const std::string ann = hash.address("ann@example.com");
    EXPECT_EQ(boost::json::serialize(value), R"({"a":[")" + ann + R"(",{"b":"x )" + ann + R"("}],"n":1})");
}

} // namespace
} // namespace bonafide::engine
