// The run must fail when it should: otherwise the suites prove nothing.
#include "conformance/comparison.hpp"
#include "conformance/differences.hpp"
#include "conformance/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::conformance {
namespace {

namespace json = boost::json;

TEST(Differences, AreReadLineByLine) {
    const auto list = parse_differences("# head\n\ns/1\tspf=none\tRFC 7208 4.5: because\ns/2\tx=y\tRFC 1035 1: so");
    ASSERT_TRUE(list);
    EXPECT_EQ(list->size(), 2U);
    EXPECT_EQ(list->at("s/1").ours, "spf=none");
    EXPECT_EQ(list->at("s/2").reason, "RFC 1035 1: so");
    for (const char* bad : {"s/1", "s/1\tspf=none", "s/1\tspf=none\tbecause", "s/1\t\tRFC 1035 1: so",
                            "s/1\ta=b\tRFC 1035 1: so\ns/1\ta=b\tRFC 1035 1: so\n"})
        EXPECT_FALSE(parse_differences(bad)) << bad;
    EXPECT_EQ(parse_differences("\n\nbad\n").error().text, "line 3 is not id, ours, reason");
}

TEST(Differences, JudgeTheRun) {
    const auto list = *parse_differences("s/listed\tspf=none\tRFC 7208 4.5: because\n");
    EXPECT_EQ(judge(list, "s/other", ""), Verdict::agrees);
    EXPECT_EQ(judge(list, "s/other", "spf=none"), Verdict::unlisted);
    EXPECT_EQ(judge(list, "s/listed", "spf=none"), Verdict::listed);
    EXPECT_EQ(judge(list, "s/listed", "spf=fail"), Verdict::changed);
    EXPECT_EQ(judge(list, "s/listed", ""), Verdict::gone);
    for (const auto bad : {Verdict::unlisted, Verdict::gone, Verdict::changed, Verdict::unreadable})
        EXPECT_TRUE(is_failure(bad));
    for (const auto good : {Verdict::agrees, Verdict::listed, Verdict::not_run}) EXPECT_FALSE(is_failure(good));
}

TEST(Differences, OfCasesThatAreGoneAreStale) {
    const auto list =
        *parse_differences("s/1\ta=b\tRFC 1035 1: x\ns/2\ta=b\tRFC 1035 1: x\nabsent/1\ta=b\tRFC 1035 1: x\n");
    Outcome run;
    run.id = "s/1";
    run.suite = "s";
    EXPECT_EQ(stale(list, {run}), std::vector<std::string>{"s/2"});
}

TEST(Comparison, KeepsWhatDiffers) {
    Comparison comparison;
    comparison.compare("spf", json::array{"pass", "none"}, word("none"));
    comparison.compare("accepts", true, true);
    comparison.compare("count", json::parse("1"), std::size_t{1});
    comparison.compare_member("policy", json::object{}, word("anything"));
    EXPECT_TRUE(comparison.agrees());
    comparison.compare("spf", json::array{"pass"}, word("fail"));
    comparison.compare("policy", nullptr, word("a b"));
    EXPECT_EQ(comparison.ours(), "spf=fail; policy=\"a b\"");
    EXPECT_THAT(comparison.details(), testing::HasSubstr("spf: wanted [\"pass\"], ours fail"));
}

TEST(Comparison, NamesLongTextsByFingerprint) {
    Comparison comparison;
    comparison.compare("aar", "x", word(std::string(100, 'a')));
    EXPECT_THAT(comparison.ours(), testing::MatchesRegex("aar=#[0-9a-f]+"));
}

TEST(Page, CountsAndKeepsTheSectionsOfOtherHands) {
    Outcome agreed{"s/1", "s", "spf", Verdict::agrees, {}, 0};
    Outcome listed{"s/2", "s", "spf", Verdict::listed, {}, 0};
    Outcome later{"r/1", "r", "report", Verdict::not_run, {}, 0};
    const auto list = *parse_differences("s/2\tspf=none\tRFC 7208 4.5: because\n");
    const std::string page =
        write_page({agreed, listed, later}, list,
                   "# Old\n\n## Fuzzing\n\nkept\n\n## Next\n\ngone\n\n## Differential tests\n\ntold\n");
    EXPECT_THAT(page, testing::HasSubstr("| s | spf | 2 | 1 | 1 | 50.0 % |\n"));
    EXPECT_THAT(page, testing::HasSubstr("| r | report | 1 | | | not part of this build |\n"));
    EXPECT_THAT(page, testing::HasSubstr("| s/2 | `spf=none` | RFC 7208 4.5: because |\n"));
    EXPECT_THAT(page, testing::EndsWith("\n## Differential tests\n\ntold\n\n## Fuzzing\n\nkept\n"));
    EXPECT_EQ(write_page({agreed, listed, later}, list, page), page) << "written again it is the same";
}

} // namespace
} // namespace bonafide::conformance
