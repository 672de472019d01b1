#include "sign/bounce_tag.hpp"

#include <gtest/gtest.h>

namespace bonafide::sign {
namespace {

constexpr std::int64_t now = 1795255200;
constexpr std::int64_t week = 7 * 86400;
const std::vector<std::string> secrets{"a secret of sixteen", "an older secret here"};
const std::vector<std::string> ann{"ann@example.org"};

TagCheck check(std::vector<std::string> tags, std::vector<std::string> ids = {"id@example.org"},
               std::span<const std::string> recipients = ann, std::int64_t at = now) {
    return check_tags(secrets, {std::move(tags), std::move(ids), recipients}, at, week);
}

std::string tag(std::string_view secret = secrets[0], std::string_view sender = "Ann@Example.org",
                std::string_view id = "id@example.org") {
    return make_tag(secret, {sender, id}, now);
}

TEST(BounceTag, ComesBackValid) {
    EXPECT_EQ(tag().substr(0, 28), "v=1; t=1795255200; i=1; m=" + tag().substr(26, 2));
    EXPECT_LT(std::string_view(tag_field).size() + 2 + tag().size(), 78U);
    EXPECT_EQ(check({tag()}), TagCheck::valid);
    EXPECT_EQ(check({"junk", tag()}), TagCheck::valid);
}

TEST(BounceTag, OlderSecretsStillCheck) { EXPECT_EQ(check({tag(secrets[1])}), TagCheck::valid); }

TEST(BounceTag, IsForOneSenderAndOneMessage) {
    const std::vector<std::string> others{"bob@example.org"}, both{"bob@example.org", "ann@example.org"};
    EXPECT_EQ(check({tag()}, {"id@example.org"}, others), TagCheck::wrong);
    EXPECT_EQ(check({tag()}, {"id@example.org"}, both), TagCheck::valid);
    EXPECT_EQ(check({tag()}, {"other@example.org"}), TagCheck::wrong);
    EXPECT_EQ(check({tag()}, {}), TagCheck::wrong);
    EXPECT_EQ(check({tag("a secret of strangers")}), TagCheck::wrong);
}

TEST(BounceTag, AMessageWithoutAnIdIsTaggedWithout) {
    EXPECT_EQ(check({tag(secrets[0], "ann@example.org", "")}, {}), TagCheck::valid);
    EXPECT_EQ(check({tag(secrets[0], "ann@example.org", "")}, {"added@behind.us"}), TagCheck::valid);
}

TEST(BounceTag, Expires) {
    EXPECT_EQ(check({tag()}, {"id@example.org"}, ann, now + week), TagCheck::valid);
    EXPECT_EQ(check({tag()}, {"id@example.org"}, ann, now + week + 1), TagCheck::expired);
    EXPECT_EQ(check({tag()}, {"id@example.org"}, ann, now - 3600), TagCheck::valid);
    EXPECT_EQ(check({tag()}, {"id@example.org"}, ann, now - 3601), TagCheck::wrong);
}

TEST(BounceTag, QuotedPrintableIsRead) {
    std::string quoted;
    for (const char c : tag()) quoted += c == '=' ? std::string("=3D") : std::string(1, c);
    EXPECT_EQ(check({quoted}), TagCheck::valid);
}

TEST(BounceTag, TriesHaveAnEnd) {
    std::vector<std::string> recipients(most_tag_tries - 1, "x@example.org");
    recipients.push_back(ann[0]);
    EXPECT_EQ(check_tags(std::span(secrets).first(1), {{tag()}, {"id@example.org"}, recipients}, now, week),
              TagCheck::valid);
    recipients.insert(recipients.begin(), "x@example.org");
    EXPECT_EQ(check_tags(std::span(secrets).first(1), {{tag()}, {"id@example.org"}, recipients}, now, week),
              TagCheck::wrong);
}

TEST(BounceTag, WhatIsNoTag) {
    EXPECT_EQ(check({}), TagCheck::missing);
    for (const std::string& text :
         std::vector<std::string>{"", "v=1", "v=1; t=x; m=y", "v=2" + tag().substr(3), "v=1; t=99999999999999999; m=x",
                                  "v=1; t=1795255200; i=1; m="})
        EXPECT_EQ(check({text}), TagCheck::wrong) << text;
}

} // namespace
} // namespace bonafide::sign
