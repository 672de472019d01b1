#include "base/test_cost.hpp"
#include "verdict/known_names.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using Of = KnownNames::Of;

TEST(NameKey, OneNameInManyForms) {
    const std::string key = name_key("Ann Doe");
    ASSERT_FALSE(key.empty());
    for (const std::string_view same : {"Doe, Ann",
                                        "ann  DOE",
                                        "\"Ann Doe\"",
                                        "'Ann Doe'",
                                        "Ann Doe (via List)",
                                        "[EXT] Ann Doe",
                                        "Dr. Ann Doe",
                                        "Ann B. Doe",
                                        "Ann\tDoe",
                                        "Ann_Doe",
                                        "ann.doe",
                                        "=?utf-8?Q?Ann_Doe?=",
                                        "=?utf-8?B?QW5uIERvZQ==?=",
                                        "Ann Doe 2",
                                        "Ann Ann Doe",
                                        "Ann Doe <ann@x.example>",
                                        "ann@x.example Ann Doe",
                                        "Ａｎｎ Ｄｏｅ",
                                        "Аnn Dое",
                                        "Ann\u00a0Doe",
                                        "A\u200bnn D\u00adoe",
                                        "\u202eeoD nnA\u202c",
                                        "\u202eeoD nnA",
                                        "𝐀𝐧𝐧 𝐃𝐨𝐞",
                                        "Änn Dóe",
                                        "ANN D0E"})
        EXPECT_EQ(name_key(same), key) << same;
    for (const std::string_view other :
         {"Ann Smith", "Anna Doe", "Ann Doe via List", "Ann Doe Contoso", "AnnDoe Contoso"})
        EXPECT_NE(name_key(other), key) << other;
}

TEST(NameKey, WhatLooksAlikeIsOne) {
    EXPECT_EQ(name_key("Tim Cornwell"), name_key("Tirn Comvvell"));
    EXPECT_EQ(name_key("Oliver Smith"), name_key("0liver Srnith"));
    EXPECT_EQ(name_key("ИВАН ПЕТРОВ"), name_key("Иван Петров"));
    EXPECT_EQ(name_key("ТОМ ВЕСК"), name_key("Tom Beck")) << "capitals of another alphabet";
    EXPECT_EQ(name_key("Conor O'Brien"), name_key("Conor O’Brien"));
    EXPECT_EQ(name_key("Łukasz Żak"), name_key("Lukasz Zak"));
    EXPECT_EQ(name_key("José García"), name_key("Jose\u0301 Garci\u0301a"));
}

TEST(NameKey, NoNamesOfPeople) {
    for (const std::string_view none :
         {"", " ", "Ann", "ann@ours.example", "\"ann@ours.example\"", "Support Team", "Customer Service", "No Reply",
          "42 43", "A. B.", "Dr. Doe", "()", "(((", "\xff\xfe", "Ann 2", "J. Doe"})
        EXPECT_EQ(name_key(none), "") << none;
}

TEST(NameKey, NamesWithoutSpaces) {
    EXPECT_FALSE(name_key("王小明").empty());
    EXPECT_FALSE(name_key("김영희").empty());
    EXPECT_NE(name_key("王小明"), name_key("王小红"));
    EXPECT_EQ(name_key("王"), "");
    EXPECT_FALSE(name_key("一二三四五").empty());
    EXPECT_EQ(name_key("一二三四五六"), "") << "a sentence";
    EXPECT_FALSE(name_key("محمد علي").empty());
}

TEST(NameKey, LooksAtOneLineOnly) {
    const std::string padding(998 - 7, ' ');
    EXPECT_EQ(name_key(padding + "Ann Doe"), name_key("Ann Doe"));
    EXPECT_EQ(name_key(padding + " Ann Doe"), name_key("Ann Do"));
    std::string words;
    for (int i = 0; i < 60; ++i)
        words += fmt::format("w{}x{} ", static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26));
    EXPECT_NE(name_key(words + "zulu"), name_key(words)) << "no padding hides a name";
}

const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

const KnownNames& known() {
    static const KnownNames& all = [] -> const KnownNames& {
        static KnownNames names;
        names.add_domain(Of::ours, "ours.example", suffixes());
        names.add_domain(Of::ours, "ours-too.example", suffixes());
        names.add_domain(Of::correspondent, "fabrikam.example", suffixes());
        names.add_person({"Ann Doe", {"ann@ours.example", "Ann.Doe@private.example"}});
        names.add_person({"Anna Boss", {"boss@ours.example"}});
        names.add_person({"Chris Green", {"chris@ours.example"}});
        names.add_person({"Chris Green", {"chris2@ours.example"}});
        names.add_person({"王小明", {"wang@ours.example"}});
        return names;
    }();
    return all;
}

struct Row {
    mail::Mailbox mailbox;
    std::string_view as; ///< empty: nobody
};

class Impersonated : public ::testing::TestWithParam<Row> {};

TEST_P(Impersonated, As) {
    EXPECT_EQ(known().impersonated({&GetParam().mailbox, 1}).value_or(""), GetParam().as)
        << GetParam().mailbox.display_name;
}

INSTANTIATE_TEST_SUITE_P(ByName, Impersonated,
                         ::testing::Values(Row{{"Ann Doe", "x", "evil.example"}, "Ann Doe"},
                                           Row{{"Doe, Ann", "x", "evil.example"}, "Ann Doe"},
                                           Row{{"Ann Doe CEO", "x", "evil.example"}, "Ann Doe"},
                                           Row{{"(Ann Doe) Contoso Ltd", "x", "evil.example"}, "Ann Doe"},
                                           Row{{"Ann Doe via List", "list", "lists.example"}, "Ann Doe"},
                                           Row{{"Аnn Dое", "x", "evil.example"}, "Ann Doe"},
                                           Row{{"=?utf-8?b?QW5uIERvZQ==?=", "x", "evil.example"}, "Ann Doe"},
                                           Row{{"Ann Doe", "ann", "evil.example"}, "Ann Doe"},
                                           Row{{"Ann Doe", "other", "ours.example"}, "Ann Doe"},
                                           Row{{"AnnaBoss", "x", "evil.example"}, "Anna Boss"},
                                           Row{{"BossAnna Sales", "x", "evil.example"}, "Anna Boss"},
                                           Row{{"аnnаbоss", "x", "evil.example"}, "Anna Boss"},
                                           Row{{"王小明", "x", "evil.example"}, "王小明"},
                                           Row{{"Chris Green", "x", "evil.example"}, "Chris Green"}));

INSTANTIATE_TEST_SUITE_P(
    Nobody, Impersonated,
    ::testing::Values(Row{{"Ann Doe", "ann", "ours.example"}, ""}, Row{{"Ann Doe", "ANN", "ours.example"}, ""},
                      Row{{"Ann Doe", "ann.doe", "private.example"}, ""},
                      Row{{"Chris Green", "chris2", "ours.example"}, ""}, Row{{"Ann", "x", "evil.example"}, ""},
                      Row{{"Anna Doe", "x", "evil.example"}, ""}, Row{{"AnnDoe", "x", "evil.example"}, ""},
                      Row{{"AnnaBoss", "boss", "ours.example"}, ""}, Row{{"", "ann", "evil.example"}, ""},
                      Row{{"Doe & Sons", "x", "evil.example"}, ""}));

INSTANTIATE_TEST_SUITE_P(
    ByAddress, Impersonated,
    ::testing::Values(Row{{"ann@ours.example", "x", "evil.example"}, "ann@ours.example"},
                      Row{{"Boss (boss@mail.ours.example)", "x", "evil.example"}, "boss@mail.ours.example"},
                      Row{{"'it@OURS-too.example'.", "x", "evil.example"}, "it@ours-too.example"},
                      Row{{"it＠оurs．example", "x", "evil.example"}, "it@оurs.example"},
                      Row{{"=?utf-8?q?it@ours.example?=", "x", "evil.example"}, "it@ours.example"},
                      Row{{"ann.doe@private.example", "x", "evil.example"}, "ann.doe@private.example"},
                      Row{{"ann@ours.example", "ann", "ours.example"}, ""},
                      Row{{"it@ours.example", "x", "mail.ours-too.example"}, ""},
                      Row{{"ann.doe@private.example", "ann", "ours.example"}, ""},
                      Row{{"bob@fabrikam.example", "x", "evil.example"}, ""}, Row{{"@", "x", "evil.example"}, ""},
                      Row{{"a@.", "x", "evil.example"}, ""}, Row{{"ann@notours.example", "x", "evil.example"}, ""},
                      Row{{"ours.example", "x", "evil.example"}, ""}));

TEST(ImpersonatedList, AnyMailboxCounts) {
    const std::vector<mail::Mailbox> author{{"Bob Roe", "bob", "evil.example"}, {"Ann Doe", "x", "evil.example"}};
    EXPECT_EQ(known().impersonated(author), "Ann Doe");
}

TEST(ImpersonatedList, NoPaddingHidesAName) {
    std::string words, addresses;
    for (int i = 0; words.size() < 980; ++i) words += fmt::format("{} ", static_cast<char>('a' + i % 26)) + "bc ";
    const mail::Mailbox named{words + "Ann Doe", "x", "evil.example"};
    EXPECT_EQ(known().impersonated({&named, 1}), "Ann Doe");
    while (addresses.size() < 970) addresses += "a@b.c ";
    const mail::Mailbox addressed{addresses + "it@ours.example", "x", "evil.example"};
    EXPECT_EQ(known().impersonated({&addressed, 1}), "it@ours.example");
}

TEST(ImpersonatedList, WhatNoParserTakesIsShownAllTheSame) {
    const auto read = [](std::string_view field) { return known().impersonated(mail::find_author({&field, 1})); };
    EXPECT_EQ(read("Ann Doe <x@evil.example> <y@evil.example>"), "Ann Doe");
    EXPECT_EQ(read("Boss <ceo@ours.example> <x@evil.example"), "ceo@ours.example");
    EXPECT_EQ(read("=?utf-8?q?Ann_Doe?= x at evil.example"), "Ann Doe");
    EXPECT_EQ(read("x@evil.example (Ann Doe)"), "Ann Doe") << "RFC 5322 A.5: the old way to tell a name";
    EXPECT_EQ(read("ann@ours.example (Ann Doe)"), std::nullopt);
    EXPECT_EQ(read("Bob (Sales) <x@evil.example>"), std::nullopt);
}

TEST(ImpersonatedList, AddressesAreShownShort) {
    const mail::Mailbox longest{std::string(600, 'a') + "@ours.example", "x", "evil.example"};
    EXPECT_EQ(known().impersonated({&longest, 1})->size(), 323U) << "320 bytes and the dots";
}

TEST(ImpersonatedList, PeopleAreBounded) {
    KnownNames names;
    for (std::size_t i = 0; i < KnownNames::most_people - 1; ++i) names.add_person({fmt::format("Ann {:x}zz", i), {}});
    names.add_person({"Bob Roe", {}});
    names.add_person({"Eve Poe", {}});
    const mail::Mailbox bob{"Bob Roe", "x", "evil.example"}, eve{"Eve Poe", "x", "evil.example"};
    EXPECT_TRUE(names.impersonated({&bob, 1}));
    EXPECT_FALSE(names.impersonated({&eve, 1}));
}

TEST(ImpersonatedList, HostileNamesCostLittle) {
    KnownNames names;
    names.add_domain(Of::ours, "ours.example", suffixes());
    for (int i = 0; i < 5000; ++i) names.add_person({fmt::format("Ann Dominica {:x}qx", i), {}});
    std::string cyrillic, ats, brackets, turns, words, ligatures, charsets;
    while (cyrillic.size() < 998) cyrillic += "о";
    while (ats.size() < 998) ats += "a@";
    while (brackets.size() < 998) brackets += "(a";
    while (turns.size() < 998) turns += "\u202ea";
    while (words.size() < 998) words += "ann dominica ";
    while (ligatures.size() < 998) ligatures += "ﷺ"; // eighteen letters in one
    while (charsets.size() < 998) charsets += "=?koi8-r?q?=C1?==?ibm37?q?=81?=";
    constexpr int rounds = 500;
    const double before = testing::processor_seconds();
    for (int round = 0; round < rounds; ++round)
        for (const std::string& name : {cyrillic, ats, brackets, turns, words, ligatures, charsets}) {
            const mail::Mailbox mailbox{name, "x", "evil.example"};
            EXPECT_FALSE(names.impersonated({&mailbox, 1}));
        }
    const double each = (testing::processor_seconds() - before) * 1e6 / (rounds * 7);
    RecordProperty("microseconds", fmt::format("{:.2f}", each));
    EXPECT_LT(each, 400 * testing::slow_build);
}

} // namespace
} // namespace bonafide::verdict
