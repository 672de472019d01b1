#include "doctor/report.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

using text::Catalogue;
using text::say;

Finding soft() {
    return {.id = "spf.neutral_all",
            .severity = Severity::warning,
            .subject = "example.com",
            .title = say("The SPF record of {domain} ends in {all}", {{"domain", "example.com"}, {"all", "?all"}}),
            .why = say("Receivers learn nothing about other senders."),
            .fix = say("Replace {old} by {new}.", {{"old", "?all"}, {"new", "~all"}}),
            .records = {dns::txt_record("example.com", "v=spf1 mx ~all")},
            .details = {say("one line of proof")}};
}
Finding well() {
    return {.id = "mx.ok", .severity = Severity::ok, .subject = "example.com", .title = say("MX is fine")};
}

TEST(Report, JsonHasTheKeysOfTheContract) {
    const auto value = boost::json::parse(to_json(make_report("example.com", {well(), soft()}), Catalogue::english()));
    EXPECT_EQ(value.at("domain"), "example.com");
    EXPECT_EQ(value.at("grade"), "C");
    EXPECT_EQ(value.at("grade_because"), "spf.neutral_all");
    const auto& first = value.at("findings").at(0);
    for (const char* const key : {"id", "severity", "subject", "title", "why", "fix", "records"})
        EXPECT_TRUE(first.as_object().contains(key)) << key;
    EXPECT_EQ(first.at("title"), "The SPF record of example.com ends in ?all");
    EXPECT_EQ(first.at("records").at(0).at("value"), "v=spf1 mx ~all");
    EXPECT_EQ(value.at("findings").at(1).at("severity"), "ok");
}

TEST(Report, TextTellsProblemsInFullAndTheRestInALine) {
    EXPECT_EQ(to_text(make_report("example.com", {well(), soft()}), Catalogue::english(), Detail::problems, 60),
              "example.com: grade C, because of spf.neutral_all\n"
              "\n"
              "warning spf.neutral_all: The SPF record of example.com ends\n"
              "in ?all\n"
              "    - one line of proof\n"
              "    Why it matters: Receivers learn nothing about other\n"
              "    senders.\n"
              "    What to do (who edits the DNS zone): Replace ?all by\n"
              "    ~all.\n"
              "    + example.com TXT \"v=spf1 mx ~all\"\n"
              "\n"
              "All is well with: mx.ok\n");
}

TEST(Report, AHealthyDomainIsSaidToBe) {
    const std::string text = to_text(make_report("example.com", {well()}), Catalogue::english(), Detail::problems, 80);
    EXPECT_EQ(text, "example.com: grade A\n\nhealthy: nothing to do for example.com\n\nAll is well with: mx.ok\n");
}

TEST(Report, ArabicLinesBeginFromTheRightAndRecordsStayAsTheyAre) {
    const auto arabic = *Catalogue::open("ar");
    const std::string text = to_text(make_report("example.com", {soft()}), *arabic, Detail::problems, 80);
    EXPECT_TRUE(text.starts_with("\u200f")) << text;
    EXPECT_NE(text.find("\n    + example.com TXT \"v=spf1 mx ~all\"\n"), std::string_view::npos) << text;
    const std::string page = to_html(std::vector{make_report("example.com", {soft()})}, *arabic);
    EXPECT_NE(page.find("<html lang=\"ar\" dir=\"rtl\">"), std::string_view::npos);
    EXPECT_NE(page.find("<bdi>example.com</bdi>"), std::string_view::npos);
}

TEST(Report, NothingHostileLeavesItsPlace) {
    Finding finding = soft();
    finding.title = say("{text}", {{"text", "<script>alert(1)</script>\x1b[31m\n# heading ``` |"}});
    finding.records = {dns::txt_record("example.com", "v=spf1 ```\n</pre><script> -all")};
    const Report report = make_report("example.com", {finding});
    const std::string page = to_html(std::vector{report}, Catalogue::english());
    EXPECT_EQ(page.find("<script>"), std::string_view::npos) << page;
    const std::string text = to_text(report, Catalogue::english(), Detail::everything, 80);
    EXPECT_EQ(text.find('\x1b'), std::string_view::npos);
    const std::string markdown = to_markdown(report, Catalogue::english());
    EXPECT_EQ(markdown.find("\n# heading"), std::string_view::npos) << markdown;
    EXPECT_NE(markdown.find("````\n+ example.com TXT"), std::string_view::npos)
        << "the fence is longer than any within" << markdown;
}

TEST(Report, TellsWhatChangedSinceAnEarlierRun) {
    const Report before = make_report("example.com", {soft()});
    const auto earlier = read_reports(to_json(before, Catalogue::english()) + "\n\n");
    ASSERT_TRUE(earlier);
    ASSERT_EQ(earlier->size(), 1U);
    Finding worse = soft();
    worse.id = "spf.plus_all";
    worse.severity = Severity::error;
    Report now = make_report("example.com", {worse, well()});
    now.changes = compare(now, earlier->front().marks, earlier->front().grade);
    ASSERT_EQ(now.changes->appeared.size(), 1U);
    EXPECT_EQ(now.changes->appeared[0].id, "spf.plus_all");
    ASSERT_EQ(now.changes->gone.size(), 1U);
    EXPECT_EQ(now.changes->gone[0].id, "spf.neutral_all");
    EXPECT_NE(to_text(now, Catalogue::english(), Detail::problems, 80).find("Since the earlier run (grade C, now F):"),
              std::string::npos);
    EXPECT_EQ(boost::json::parse(to_json(now, Catalogue::english())).at("changes").at("grade_before"), "C");
    EXPECT_TRUE(compare(before, earlier->front().marks, "C").gone.empty());
}

TEST(Report, FilesThatAreNoReportsAreRefusedWithTheirLine) {
    for (const std::string_view text : {"x", "{}", "[]", R"({"findings":1})", R"({"findings":[1]})"}) {
        const auto read = read_reports(std::string("\n") + std::string(text));
        ASSERT_FALSE(read) << text;
        EXPECT_TRUE(read.error().text.starts_with("line 2 ")) << read.error().text;
    }
}

} // namespace
} // namespace bonafide::doctor
