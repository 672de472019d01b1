// Keys, tables and secrets from files, and what a change of them does.
#include "base/test_folder.hpp"
#include "engine/signing_source.hpp"
#include "io/key_folder.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SigningSourceTest : public testing::Test {
  protected:
    SigningSourceTest() {
        settings.signing.keys = files.at("keys");
        settings.signing.reload = std::chrono::hours(1); // refresh() is called by hand
        EXPECT_TRUE(io::KeyFolder(settings.signing.keys).create());
    }
    void start() {
        SigningEvents events;
        events.on_warning = [this](std::string_view event, std::string_view why) {
            warnings.push_back(std::string(event) + ": " + std::string(why));
        };
        events.on_change = [this](const SigningValue&) { ++changes; };
        auto started = SigningSource::start(std::make_shared<Settings>(settings), std::move(events));
        ASSERT_TRUE(started) << started.error().text;
        source = std::move(*started);
    }
    void add_key(const std::string& domain, const std::string& selector, sign::State state) {
        const auto key = crypto::PrivateKey::generate(crypto::KeyType::rsa, 1024);
        sign::Key row;
        row.selector = selector;
        row.state = state;
        const auto added = io::KeyFolder(settings.signing.keys).add(domain, *key, row);
        ASSERT_TRUE(added) << added.error().text;
    }
    std::vector<std::string> keys_of(std::string_view domain) const {
        std::vector<std::string> names;
        for (const auto& key : source->current()->keys->of(domain))
            names.push_back(key->selector() + (key->is_active() ? "" : " (stands in)"));
        return names;
    }
    TestFolder files;
    Settings settings;
    std::unique_ptr<SigningSource> source;
    std::vector<std::string> warnings;
    int changes = 0;
};

TEST_F(SigningSourceTest, ActiveKeysSignAndPublishedOnesMayStandIn) {
    add_key("example.org", "gen", sign::State::generated);
    add_key("example.org", "old", sign::State::retiring);
    add_key("example.org", "now", sign::State::active);
    add_key("example.org", "next", sign::State::published);
    start();
    EXPECT_THAT(keys_of("example.org"), ElementsAre("now", "old (stands in)", "next (stands in)"));
    EXPECT_TRUE(source->current()->keys->of("example.org").front()->private_key());
    EXPECT_EQ(source->counters().domains, 1U);
    EXPECT_EQ(source->counters().active, 1U);
}

TEST_F(SigningSourceTest, AChangeIsSeenAndKeysThatStayedAreTheSameObjects) {
    add_key("example.org", "one", sign::State::active);
    start();
    const auto before = source->current()->keys->of("example.org").front();
    ASSERT_TRUE(before->private_key());
    add_key("example.org", "two", sign::State::published);
    add_key("example.net", "three", sign::State::active);
    source->refresh();
    EXPECT_THAT(keys_of("example.org"), ElementsAre("one", "two (stands in)"));
    EXPECT_THAT(keys_of("example.net"), ElementsAre("three"));
    EXPECT_EQ(source->current()->keys->of("example.org").front(), before);
    EXPECT_GE(changes, 1);
}

TEST_F(SigningSourceTest, AKeyThatOthersCanReadDoesNotSign) {
    add_key("example.org", "one", sign::State::active);
    std::filesystem::permissions(files.at("keys/example.org/one.pem"), std::filesystem::perms(0644));
    start();
    const auto opened = source->current()->keys->of("example.org").front()->private_key();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().text, HasSubstr("one.pem"));
}

TEST_F(SigningSourceTest, AFileSwappedWhileRunningIsNotTaken) {
    add_key("example.org", "one", sign::State::active);
    add_key("example.net", "two", sign::State::active);
    start();
    ASSERT_TRUE(source->current()->keys->of("example.org").front()->private_key());
    for (const std::string_view domain : {"example.org/one.pem", "example.net/two.pem"}) {
        const std::string path = files.at("keys/" + std::string(domain));
        std::ofstream(path) << crypto::PrivateKey::generate(crypto::KeyType::rsa, 1024)->to_pem();
    }
    source->refresh();
    EXPECT_TRUE(source->current()->keys->of("example.org").front()->private_key()); // in memory, and what DNS has
    const auto opened = source->current()->keys->of("example.net").front()->private_key();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().text, HasSubstr("two.pem"));
}

TEST_F(SigningSourceTest, ABrokenDomainKeepsItsKeysAndTheOthersGoOn) {
    add_key("example.org", "one", sign::State::active);
    add_key("example.net", "two", sign::State::active);
    start();
    std::ofstream(files.at("keys/example.org/keys.json")) << "{broken";
    source->refresh();
    EXPECT_THAT(keys_of("example.org"), ElementsAre("one"));
    EXPECT_THAT(keys_of("example.net"), ElementsAre("two"));
    EXPECT_THAT(warnings, ElementsAre(testing::AllOf(HasSubstr("signing.failed: "), HasSubstr("example.org"))));
    EXPECT_TRUE(source->counters().failing);
    source->refresh();
    EXPECT_EQ(warnings.size(), 1U); // once
    std::filesystem::remove(files.at("keys/example.org/keys.json"));
    source->refresh();
    EXPECT_THAT(keys_of("example.org"), IsEmpty());
    EXPECT_THAT(warnings.back(), HasSubstr("signing.recovered"));
}

TEST_F(SigningSourceTest, TablesOfFilesAddUp) {
    settings.signing.table = {"example.org none"};
    settings.signing.table_file = files.write("table", "# more\nexample.net example.org\n");
    settings.signing.senders_file = files.write("senders", "ann example.org\n");
    start();
    EXPECT_EQ(source->current()->table.size(), 2U);
    EXPECT_EQ(source->current()->senders.size(), 1U);
    files.write("table", "example.net\n");
    source->refresh();
    EXPECT_EQ(source->current()->table.size(), 2U);
    EXPECT_THAT(warnings, ElementsAre(HasSubstr("signing.table_file: ")));
}

TEST_F(SigningSourceTest, WhatCannotBeReadAtTheStartEndsIt) {
    settings.signing.table_file = files.at("none");
    EXPECT_THAT(SigningSource::start(std::make_shared<Settings>(settings), {}).error().text,
                HasSubstr("signing.table_file: "));
    settings.signing.table_file.clear();
    settings.backscatter.action = OnBackscatter::log;
    settings.backscatter.secrets = files.write("secrets", "sixteen letters!\n");
    std::filesystem::permissions(settings.backscatter.secrets, std::filesystem::perms(0604));
    EXPECT_THAT(SigningSource::start(std::make_shared<Settings>(settings), {}).error().text,
                HasSubstr("backscatter.secrets: "));
    std::filesystem::permissions(settings.backscatter.secrets, std::filesystem::perms(0600));
    start();
    EXPECT_TRUE(source->current()->backscatter.is_on());
}

TEST_F(SigningSourceTest, WithoutAFolderNothingSigns) {
    settings.signing.keys.clear();
    start();
    EXPECT_EQ(source->counters().domains, 0U);
}

} // namespace
} // namespace bonafide::engine
