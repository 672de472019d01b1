#include "base/test_folder.hpp"
#include "engine/sieve_scripts.hpp"

#include <fmt/ranges.h>

namespace bonafide::engine {
namespace {

std::string error_of(std::string_view text) {
    const auto pattern = SievePattern::parse(text);
    return pattern ? "fine" : pattern.error().text;
}

/// "rita@ours.example" of each script, in order.
std::string names(const SievePattern::Found& found) {
    std::vector<std::string> texts;
    for (const auto& script : found.scripts)
        texts.push_back(script.domain.empty() ? script.user : fmt::format("{}@{}", script.user, script.domain));
    return fmt::format("{}", fmt::join(texts, " "));
}

TEST(SievePattern, WhatIsOne) {
    for (const std::string_view text :
         {"/var/vmail/{domain}/{user}/.dovecot.sieve", "/home/{user}/.dovecot.sieve", "/var/sieve/{user}.sieve",
          "/var/sieve/{user}", "/srv/mail-{domain}/of-{user}/x"})
        EXPECT_EQ(error_of(text), "fine") << text;
    EXPECT_EQ(error_of("/var/vmail/active.sieve"),
              "\"/var/vmail/active.sieve\" must hold {user} once, and {domain} at most once");
    EXPECT_EQ(error_of("/v/{user}/{user}"), "\"/v/{user}/{user}\" must hold {user} once, and {domain} at most once");
    EXPECT_EQ(error_of("/v/{domain}/x"), "\"/v/{domain}/x\" must hold {user} once, and {domain} at most once");
    EXPECT_EQ(error_of("/v/{user}@{domain}"),
              "\"{user}@{domain}\" may hold {user} or {domain}, and one of them only (a "
              "user may be a whole address)");
    EXPECT_NE(error_of("/v/{users}/x"), "fine");
    EXPECT_NE(error_of("/v/{/x"), "fine");
    EXPECT_EQ(error_of("var/{user}"), "\"var/{user}\" is no absolute path");
    EXPECT_EQ(error_of(""), "\"\" is no absolute path");
    EXPECT_EQ(error_of("/{user}/x"), "\"/{user}/x\" must begin with a folder of its own");
    EXPECT_EQ(error_of("/v/../{user}"), "\"/v/../{user}\" is no plain path");
    EXPECT_EQ(error_of("/v//{user}"), "\"/v//{user}\" is no plain path");
}

TEST(SievePattern, FindsUsersOfDomains) {
    const TestFolder folder;
    folder.write("vmail/a.example/rita/active", "");
    folder.write("vmail/a.example/ron/x", "");
    folder.write("vmail/b.example/rita/active", "");
    folder.write("vmail/.hidden/rita/active", "");
    folder.write("vmail/a.example/.trash/active", "");
    folder.write("vmail/a file", "");
    const auto pattern = SievePattern::parse(folder.at("vmail/{domain}/{user}/active"));
    ASSERT_TRUE(pattern);
    EXPECT_TRUE(pattern->has_domain());
    const auto found = pattern->find(100);
    EXPECT_EQ(names(found), "rita@a.example ron@a.example rita@b.example")
        << "whether there is a script is not looked at";
    EXPECT_EQ(found.scripts.front().path, folder.at("vmail/a.example/rita/active"));
    EXPECT_TRUE(found.unreadable.empty());
    EXPECT_EQ(names(pattern->find(2)), "rita@a.example ron@a.example");
    EXPECT_EQ(names(pattern->find(0)), "");
}

TEST(SievePattern, FindsNamesWithTextAroundThem) {
    const TestFolder folder;
    for (const std::string_view name :
         {"of-rita.sieve", "of-.sieve", "of-ron@b.example.sieve", "rita.sieve", "of-rita"})
        folder.write(std::string("s/") + std::string(name), "");
    const auto pattern = SievePattern::parse(folder.at("s/of-{user}.sieve"));
    ASSERT_TRUE(pattern);
    EXPECT_FALSE(pattern->has_domain());
    EXPECT_EQ(names(pattern->find(100)), "rita ron@b.example");
}

TEST(SievePattern, FoldersThatAreLinksAreFollowed) {
    const TestFolder folder;
    folder.write("data/rita/active", "");
    std::filesystem::create_directories(folder.at("vmail"));
    std::filesystem::create_directory_symlink(folder.at("data"), folder.at("vmail/a.example"));
    std::filesystem::create_directory_symlink("round", folder.at("vmail/round"));
    const auto found = SievePattern::parse(folder.at("vmail/{domain}/{user}/active"))->find(100);
    EXPECT_EQ(names(found), "rita@a.example");
    ASSERT_EQ(found.unreadable.size(), 1U);
    EXPECT_TRUE(found.unreadable[0].why.ends_with("Too many levels of symbolic links")) << found.unreadable[0].why;
    EXPECT_FALSE(found.base_missing);
}

TEST(SievePattern, ABaseThatIsNotThere) {
    const TestFolder folder;
    const auto found = SievePattern::parse(folder.at("absent/{user}/active"))->find(100);
    EXPECT_TRUE(found.base_missing);
    ASSERT_EQ(found.unreadable.size(), 1U);
    EXPECT_TRUE(found.unreadable[0].why.ends_with("absent: No such file or directory")) << found.unreadable[0].why;
    folder.write("file", "");
    EXPECT_TRUE(SievePattern::parse(folder.at("file/{user}"))->find(100).base_missing);
}

} // namespace
} // namespace bonafide::engine
