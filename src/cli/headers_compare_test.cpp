// Two filters' fields in one header: what agrees, what differs, what only one of them says.
#include "cli/command.hpp"
#include "cli/headers_compare.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace bonafide::cli {

Command headers_compare_command();

namespace {

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

/// "dmarc d.example theirs ours", a row each.
std::vector<std::string> differences(const compare::Compared& compared) {
    std::vector<std::string> rows;
    for (const compare::Difference& one : compared.differences)
        rows.push_back(fmt::format("{} {} {} {}", one.method, one.domain, one.theirs.empty() ? "-" : one.theirs,
                                   one.ours.empty() ? "-" : one.ours));
    return rows;
}

compare::Compared compared(const Fields& fields, std::vector<std::string> ids = {}) {
    mail::HeaderBlock header;
    for (const auto& [name, value] : fields) header.add(name, value);
    return compare::compare(header, {.authserv_ids = std::move(ids)});
}

constexpr std::string_view ours =
    " mx.example; spf=pass smtp.mailfrom=a.example; dkim=pass header.d=a.example header.s=s1 "
    "header.b=AbCdEf12; dkim=fail header.d=a.example header.s=s2 header.b=Zzzzzzzz; "
    "dmarc=pass header.from=a.example; iprev=pass policy.iprev=192.0.2.1";

TEST(Compare, AgreesMethodByMethodOverSeveralFieldsOfTheirs) {
    const auto result = compared(
        {{"X-Bonafide-Results", ours},
         {"Authentication-Results", " mx.example; dmarc=pass (p=none dis=none) header.from=A.example"},
         {"Authentication-Results",
          " mx.example;\r\n\tdkim=pass (2048-bit key) header.d=a.example header.i=@a.example "
          "header.b=\"AbCdEf12xx\";\r\n\tdkim=fail header.d=a.example header.s=s2 header.b=\"Zzzzzzzz\""},
         {"Received-SPF", " Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; envelope-from=ann@a.example"}});
    EXPECT_TRUE(result.has_ours);
    EXPECT_TRUE(result.has_theirs);
    EXPECT_EQ(differences(result), std::vector<std::string>{});
    EXPECT_EQ(result.tallies[0], (compare::Tally{.agree = 1})) << "spf";
    EXPECT_EQ(result.tallies[1], (compare::Tally{.agree = 2})) << "dkim";
    EXPECT_EQ(result.tallies[2], (compare::Tally{.agree = 1})) << "dmarc";
    EXPECT_EQ(result.tallies[4], (compare::Tally{.only_ours = 1})) << "iprev";
}

TEST(Compare, TellsEachDifference) {
    const auto result =
        compared({{"X-Bonafide-Results", ours},
                  {"Authentication-Results",
                   " mx.example; spf=softfail smtp.mailfrom=ann@a.example; dkim=neutral header.d=a.example "
                   "header.s=s1; dkim=pass header.d=b.example; dmarc=none; arc=none"}});
    EXPECT_EQ(
        differences(result),
        (std::vector<std::string>{"spf a.example softfail pass", "dkim a.example/s1 neutral pass",
                                  "dkim a.example/s2 - fail", "dkim b.example pass -", "dmarc a.example none pass"}));
    EXPECT_EQ(result.tallies[1], (compare::Tally{.differ = 3}));
    EXPECT_EQ(result.tallies[3], (compare::Tally{.only_theirs = 1})) << "arc";
}

TEST(Compare, ByTheBeginningOfTheSignature) {
    const auto result =
        compared({{"X-Bonafide-Results", " mx.example; dkim=fail header.d=a.example header.b=AAAAAAAA; dkim=pass "
                                         "header.d=a.example header.b=BBBBBBBB"},
                  {"Authentication-Results", " mx.example; dkim=pass header.d=a.example header.b=BBBB; dkim=fail "
                                             "header.d=a.example header.b=AAAAAAAAAA"}});
    EXPECT_EQ(result.tallies[1], (compare::Tally{.agree = 2}));
}

TEST(Compare, OnlyFieldsOfTheFilterCount) {
    const Fields fields{{"X-Bonafide-Results", ours},
                        {"Authentication-Results", " filter.example; dmarc=fail"},
                        {"Authentication-Results", " mx.example; dmarc=pass"},
                        {"Authentication-Results", " stranger.example; dmarc=temperror"},
                        {"X-Bonafide-Results", " other.example; dmarc=permerror"}};
    EXPECT_TRUE(compared(fields).differences.empty()) << "the id of our field";
    EXPECT_EQ(differences(compared(fields, {"FILTER.example"})).at(0), "dmarc a.example fail pass");
    EXPECT_FALSE(compared(fields, {"nobody.example"}).has_theirs);
    const auto topmost =
        compared({{"X-Bonafide-Results", ours}, {"Authentication-Results", " other.example; dmarc=pass"}});
    EXPECT_EQ(topmost.tallies[2].agree, 1U) << "their topmost where none has our id";
}

TEST(Compare, ReceivedSpfOnlyWhereNoFieldSaysSpf) {
    const std::string_view received = " Fail (mailfrom) identity=mailfrom; envelope-from=\"ann@a.example\"";
    EXPECT_EQ(compared({{"X-Bonafide-Results", ours},
                        {"Authentication-Results", " mx.example; spf=pass smtp.mailfrom=a.example"},
                        {"Received-SPF", received}})
                  .tallies[0]
                  .agree,
              1U);
    EXPECT_EQ(compared({{"X-Bonafide-Results", ours}, {"Received-SPF", received}}).tallies[0].differ, 1U);
    EXPECT_FALSE(compared({{"X-Bonafide-Results", ours}, {"Received-SPF", "   "}}).has_theirs);
}

TEST(Compare, MailFromBeforeHelo) {
    const auto result = compared({{"X-Bonafide-Results", ours},
                                  {"Authentication-Results",
                                   " mx.example; spf=none smtp.helo=h.example; spf=hardfail smtp.mailfrom=a.example"}});
    EXPECT_EQ(differences(result), std::vector<std::string>{"spf a.example fail pass"});
}

class CompareCommandTest : public testing::Test {
  protected:
    CompareCommandTest() {
        std::string name = (std::filesystem::temp_directory_path() / "compare_test.XXXXXX").string();
        folder = ::mkdtemp(name.data());
        std::filesystem::create_directories(folder + "/cur");
        std::filesystem::create_directories(folder + "/new");
    }
    ~CompareCommandTest() override { std::filesystem::remove_all(folder); }
    void write(const std::string& name, std::string_view content) const {
        std::ofstream(folder + "/" + name, std::ios::binary) << content;
    }
    int run(const std::vector<std::pair<std::string, std::string>>& given) {
        Arguments arguments;
        for (const auto& [name, value] : given) arguments.add(name, value);
        std::istringstream in;
        std::ostringstream o, e;
        Console console{in, o, e};
        const Outcome outcome = headers_compare_command().run(arguments, console);
        out = o.str(), err = e.str();
        if (!outcome) err += outcome.error().text;
        return outcome ? *outcome : outcome.error().exit;
    }
    std::string folder, out, err;
};

TEST_F(CompareCommandTest, AMaildir) {
    write("new/1",
          "X-Bonafide-Results: mx.example; dmarc=pass header.from=a.example\r\nAuthentication-Results: mx.example; "
          "dmarc=pass header.from=a.example\r\n\r\nHello\r\n");
    write("new/2",
          "X-Bonafide-Results: mx.example; dmarc=pass header.from=b.example\nAuthentication-Results: mx.example; "
          "dmarc=fail header.from=b.example\n\nHello\n");
    write("cur/3", "Subject: neither\n\nX-Bonafide-Results: mx.example; dmarc=fail\n");
    EXPECT_EQ(run({{"FILE", folder}, {"json", ""}}), 0) << err;
    const auto value = boost::json::parse(out);
    EXPECT_EQ(value.at("messages"), 3);
    EXPECT_EQ(value.at("compared"), 2);
    EXPECT_EQ(value.at("without_ours"), 1);
    EXPECT_EQ(value.at("methods").at("dmarc").at("agree"), 1);
    EXPECT_EQ(value.at("differences").as_array().size(), 1U);
    EXPECT_EQ(value.at("differences").at(0).at("message"), boost::json::string(folder + "/new/2"));
    EXPECT_EQ(run({{"FILE", folder}}), 0);
    EXPECT_NE(out.find("3 messages, 2 with both X-Bonafide-Results and Authentication-Results; 1 with a difference"),
              std::string::npos)
        << out;
    EXPECT_NE(out.find("dmarc   b.example  fail    pass  "), std::string::npos) << out;
}

TEST_F(CompareCommandTest, DifferencesAtTheirNumberAndOnePast) {
    for (int i = 0; i < 3; ++i)
        write(fmt::format("new/{}", i),
              "X-Bonafide-Results: mx.example; dmarc=pass\nAuthentication-Results: mx.example; dmarc=fail\n\n");
    EXPECT_EQ(run({{"FILE", folder}, {"most", "3"}}), 0);
    EXPECT_EQ(out.find("more; --most"), std::string::npos);
    EXPECT_EQ(run({{"FILE", folder}, {"most", "2"}}), 0);
    EXPECT_NE(out.find("and 1 more; --most shows them"), std::string::npos);
}

TEST_F(CompareCommandTest, WhatCannotBeAnswered) {
    EXPECT_EQ(run({{"FILE", folder + "/nothing"}}), 1);
    EXPECT_NE(err.find("there is no message to compare"), std::string::npos);
    write("new/1", "Subject: x\n\n");
    EXPECT_EQ(run({{"FILE", folder}}), 1);
    EXPECT_NE(err.find("no message has a field X-Bonafide-Results"), std::string::npos);
    write("new/2", "");
    write("new/3", "X-Bonafide-Results: mx.example; dmarc=pass\n\n");
    EXPECT_EQ(run({{"FILE", folder}}), 1) << "one of them is empty";
    EXPECT_NE(err.find("new/2: is empty"), std::string::npos) << err;
}

} // namespace
} // namespace bonafide::cli
