// What a mail server is answered, over real sockets and without them.
#include "base/test_folder.hpp"
#include "engine/srs_doors.hpp"
#include "engine/srs_source.hpp"
#include "io/socketmap.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace bonafide::engine {
namespace {

namespace asio = boost::asio;
using Kind = io::MapAnswer::Kind;
using namespace std::chrono_literals;
constexpr std::int64_t now = 1795255200;

class SrsDoorsTest : public testing::Test {
  protected:
    SrsDoorsTest() {
        secrets("a secret of sixteen\n");
        settings.srs.domain = "forwarder.example";
        settings.srs.secrets = folder.at("secrets");
        settings.srs.local_domains = {"ours.example"};
        log = io::Logger::open({.target = folder.at("log"), .level = io::Logger::Level::debug}).value();
    }
    void secrets(std::string_view text) const {
        std::filesystem::permissions(folder.write("secrets", text),
                                     std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    [[nodiscard]] SrsDoors::Prepared rewriter() const {
        return std::make_shared<const srs::Rewriter>(read_rewriter(settings).value());
    }
    [[nodiscard]] std::string logged() const {
        std::stringstream text;
        text << std::ifstream(folder.at("log")).rdbuf();
        return text.str();
    }

    TestFolder folder;
    Settings settings;
    std::unique_ptr<io::Logger> log;
    io::Metrics metrics;
    asio::io_context context;
};

TEST_F(SrsDoorsTest, AnswersByMap) {
    SrsAnswers answers(*log, [] { return now; });
    answers.use(rewriter());
    const auto there = answers.look_up({"srs_forward", "ann@example.org"});
    EXPECT_EQ(there.kind, Kind::found);
    const auto back = answers.look_up({"srs_reverse", there.text});
    EXPECT_EQ(back.kind, Kind::found);
    EXPECT_EQ(back.text, "ann@example.org");
    EXPECT_EQ(answers.look_up({"srs_forwards", "ann@example.org"}).kind, Kind::permanent);
}

// Postfix asks for parts of addresses too, and goes on with what it has when nothing is found.
TEST_F(SrsDoorsTest, WhatIsLeftAloneIsNotFound) {
    SrsAnswers answers(*log, [] { return now; });
    answers.use(rewriter());
    for (const std::string_view address :
         {"", "<>", "ann", "@example.org", "ann@ours.example", "ann@forwarder.example"})
        EXPECT_EQ(answers.look_up(SrsMap::forward, address).kind, Kind::not_found) << address;
    EXPECT_EQ(logged().find(" info "), std::string::npos);
    EXPECT_EQ(answers.look_up(SrsMap::reverse, "SRS0=abcd=AA=example.org=ann@forwarder.example").text, "bad hash");
    EXPECT_EQ(answers.look_up(SrsMap::forward, std::string(60, 'a') + "@example.org").text, "too long");
    EXPECT_NE(logged().find("info srs.left map=srs_reverse "
                            "address=\"SRS0=abcd=AA=example.org=ann@forwarder.example\" why=\"bad hash\""),
              std::string::npos)
        << logged();
}

TEST_F(SrsDoorsTest, WithoutSecretsTheAnswerIsLater) {
    SrsAnswers answers(*log);
    EXPECT_EQ(answers.look_up(SrsMap::forward, "ann@example.org").kind, Kind::temporary);
}

TEST_F(SrsDoorsTest, AreOnlyThereWhenAsked) {
    auto doors = SrsDoors::start(context, settings, *log, metrics);
    ASSERT_TRUE(doors);
    EXPECT_EQ(*doors, nullptr);
    EXPECT_EQ(metrics.text(), "");
}

TEST_F(SrsDoorsTest, TellWhyTheyCannotStart) {
    const auto error = [&] {
        const auto doors = SrsDoors::start(context, settings, *log, metrics);
        return doors ? std::string("started") : doors.error().text;
    };
    settings.srs.socketmap = {"inet:127.0.0.1:0"};
    EXPECT_EQ(error(), "started");
    settings.srs.domain = "";
    EXPECT_TRUE(error().starts_with("srs.domain: is empty")) << error();
    settings.srs.domain = "forwarder.example";
    secrets("short\n");
    EXPECT_TRUE(error().starts_with("srs.secrets: " + folder.at("secrets"))) << error();
    EXPECT_EQ(error().find("short\n"), std::string::npos);
    settings.srs.secrets = "";
    EXPECT_TRUE(error().starts_with("srs.secrets: is empty")) << error();
    settings.srs.secrets = folder.at("secrets");
    secrets("a secret of sixteen\n");
    settings.srs.tcp_reverse = {"unix:" + folder.at("none/there")};
    EXPECT_TRUE(error().starts_with("srs.tcp_reverse: cannot listen")) << error();
}

TEST_F(SrsDoorsTest, AReloadChangesTheSecretsOfOpenConnections) {
    settings.srs.socketmap = {"inet:127.0.0.1:0"};
    settings.srs.tcp_forward = {"inet:127.0.0.1:0"};
    auto started = SrsDoors::start(context, settings, *log, metrics);
    ASSERT_TRUE(started) << started.error().text;
    SrsDoors& doors = **started;
    ASSERT_EQ(doors.addresses().size(), 2U);
    const std::string& address = doors.addresses()[0];
    asio::ip::tcp::socket client(context);
    client.connect({asio::ip::address_v4::loopback(),
                    static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)))});
    const auto ask = [&] {
        asio::write(client, asio::buffer(io::socketmap::write(io::MapRequest{"srs_forward", "ann@example.org"})));
        std::string text(200, '\0');
        std::size_t got = 0;
        client.async_read_some(asio::buffer(text), [&](const auto&, std::size_t count) { got = count; });
        for (int turns = 0; got == 0 && turns < 200; ++turns) context.run_one_for(100ms);
        return text.substr(0, got);
    };
    const std::string before = ask();
    EXPECT_NE(before.find(":OK SRS0="), std::string::npos) << before;
    secrets("another one of sixteen\na secret of sixteen\n");
    auto prepared = SrsDoors::prepare(settings);
    ASSERT_TRUE(prepared);
    EXPECT_EQ(ask(), before);
    doors.use(*std::move(prepared));
    const std::string after = ask();
    EXPECT_NE(after, before);
    secrets("");
    EXPECT_FALSE(SrsDoors::prepare(settings));
    EXPECT_EQ(ask(), after);
    EXPECT_NE(metrics.text().find("bonafide_srs_total{map=\"srs_forward\",result=\"rewritten\"} 4\n"),
              std::string::npos)
        << metrics.text();
    EXPECT_NE(metrics.text().find("bonafide_srs_connections 1\n"), std::string::npos) << metrics.text();
}

} // namespace
} // namespace bonafide::engine
