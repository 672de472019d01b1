// `bonafide srs` as a user meets it.
#include "base/test_folder.hpp"
#include "cli/frame.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

struct Ran {
    int exit = 0;
    std::string out;
    std::string err;
};

class SrsCommands : public testing::Test {
  protected:
    SrsCommands() {
        secrets = folder.write("secrets", "a secret of sixteen\n");
        std::filesystem::permissions(secrets, std::filesystem::perms(0600));
    }
    [[nodiscard]] static Ran run_words(const std::vector<std::string>& words) {
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        const int exit = run(words, console);
        return {exit, out.str(), err.str()};
    }
    [[nodiscard]] Ran srs(std::vector<std::string> words, const std::string& now = "1795255200") const {
        words.insert(words.begin(), "srs");
        for (const std::string& word : {std::string("--secrets"), secrets, std::string("--domain"),
                                        std::string("forwarder.example"), std::string("--now"), now})
            words.push_back(word);
        return run_words(words);
    }

    TestFolder folder;
    std::string secrets;
};

std::string line(std::string text) {
    if (!text.empty()) text.pop_back();
    return text;
}

TEST_F(SrsCommands, ThereAndBack) {
    const Ran there = srs({"forward", "ann@example.org"});
    EXPECT_EQ(there.exit, 0);
    EXPECT_TRUE(there.out.starts_with("SRS0=")) << there.out << there.err;
    const Ran back = srs({"reverse", line(there.out)});
    EXPECT_EQ(back.out, "ann@example.org\n");
    EXPECT_EQ(srs({"reverse", line(there.out)}, "1799255200").err, line(there.out) + ": it is too old\n");
}

TEST_F(SrsCommands, WhatIsLeftAloneIsPrintedAsItIs) {
    const Ran ran = srs({"forward", "<>", "ann@forwarder.example"});
    EXPECT_EQ(ran.exit, 0);
    EXPECT_EQ(ran.out, "<>\nann@forwarder.example\n");
    EXPECT_EQ(ran.err, "<>: left as it is: the null sender is never rewritten\n"
                       "ann@forwarder.example: left as it is: it is of the SRS domain already\n");
}

TEST_F(SrsCommands, WhatHasNoAnswerExitsWith1) {
    const Ran ran = srs({"reverse", "SRS0=abcd=AA=example.org=ann@forwarder.example", "ann@forwarder.example"});
    EXPECT_EQ(ran.exit, 1);
    EXPECT_EQ(ran.out, "ann@forwarder.example\n");
    EXPECT_TRUE(ran.err.starts_with(
        "SRS0=abcd=AA=example.org=ann@forwarder.example: its hash was made with none of the secrets\n"))
        << ran.err;
    EXPECT_EQ(srs({"forward", "a\x1b[2Jb"}).err, "a\\x1b[2Jb: it is no address that could be rewritten\n");
}

TEST_F(SrsCommands, Json) {
    const Ran ran = srs({"reverse", "--json", "SRS0=abcd=AA=example.org=ann@forwarder.example", "x@y.example"});
    EXPECT_EQ(ran.exit, 1);
    const auto rows = json::parse(ran.out).as_array();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].at("result"), "bad hash");
    EXPECT_TRUE(rows[0].at("rewritten").is_null());
    EXPECT_EQ(rows[1].at("result"), "not ours");
    EXPECT_EQ(rows[1].at("address"), "x@y.example");
    const auto one = json::parse(srs({"forward", "--json", "ann@example.org"}).out).as_array().at(0);
    EXPECT_EQ(one.at("result"), "rewritten");
    EXPECT_TRUE(one.at("rewritten").as_string().starts_with("SRS0="));
}

TEST_F(SrsCommands, SettingsComeFromTheConfigurationToo) {
    const std::string config =
        folder.write("toml", "[srs]\ndomain = \"other.example\"\nlocal_domains = [\"ours.example\"]\nsecrets = \"" +
                                 secrets + "\"\n");
    const auto with = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"srs", "forward", "--config", config});
        return run_words(words);
    };
    EXPECT_TRUE(line(with({"ann@example.org"}).out).ends_with("@other.example"));
    EXPECT_EQ(with({"ann@ours.example"}).out, "ann@ours.example\n");
    EXPECT_TRUE(line(with({"ann@example.org", "--domain", "third.example"}).out).ends_with("@third.example"));
    const std::string empty = folder.write("empty", "");
    const Ran none = run_words({"srs", "forward", "ann@example.org", "--config", empty});
    EXPECT_EQ(none.exit, 2);
    EXPECT_NE(none.err.find("--domain, or srs.domain"), std::string::npos) << none.err;
}

TEST_F(SrsCommands, ASecretFileThatOthersReadIsRefused) {
    std::filesystem::permissions(secrets, std::filesystem::perms(0644));
    const Ran ran = srs({"forward", "ann@example.org"});
    EXPECT_EQ(ran.exit, 1);
    EXPECT_NE(ran.err.find(secrets), std::string::npos);
    EXPECT_EQ(ran.err.find("a secret"), std::string::npos);
}

TEST_F(SrsCommands, SecretsAreFreshAndLongEnough) {
    const Ran one = run_words({"srs", "secret"}), two = run_words({"srs", "secret"});
    EXPECT_EQ(one.exit, 0);
    EXPECT_EQ(one.out.size(), 33U);
    EXPECT_NE(one.out, two.out);
}

} // namespace
} // namespace bonafide::cli
