// What the milter door tells of messages that do not come to their end. The MTA is a few calls.
#include "base/test_folder.hpp"
#include "engine/acting.hpp"
#include "engine/message_log.hpp"
#include "engine/milter_door.hpp"
#include "engine/test_rules.hpp"
#include "engine/test_transaction.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace bonafide::engine {
namespace {

using testing_engine::rule;

class Wire final : public io::milter::Connection {
  public:
    [[nodiscard]] std::string_view macro(std::string_view) const override { return {}; }
    void reply(io::milter::Reply) override {}
    void finish(io::milter::Verdict) override {}
};

class MilterDoorTest : public testing_engine::TransactionTest {
  protected:
    MilterDoorTest() { settings.mode = Mode::enforce; }

    /// A message for rita, to be given up behind its recipients unless `whole`; what the log has, line by line without time and id.
    std::vector<std::string> events_of(std::vector<policy::RuleSource> rules, bool whole = false) {
        settings.rules.list = std::move(rules);
        context.settings = std::make_shared<Settings>(settings);
        context.acting = std::make_shared<Acting>(make_acting(settings));
        auto log = io::Logger::open({.target = folder.at("log"), .level = io::Logger::Level::debug});
        EXPECT_TRUE(log);
        io::Metrics metrics;
        MessageLog messages(**log, metrics);
        MilterWorker worker;
        worker.context = context;
        worker.on_message = [&](const MessageEvent& event) { messages.record(event); };
        Wire wire;
        const auto door = make_milter_door(worker, wire, "inet:127.0.0.1:8899");
        static_cast<void>(door->connect({"mx.example.com", ip::Address::parse("192.0.2.1"), 40000}));
        static_cast<void>(door->helo("mx.example.com"));
        static_cast<void>(door->mail("<ann@example.com>", {}));
        static_cast<void>(door->rcpt("<rita@receiver.example>", {}));
        if (whole) {
            static_cast<void>(door->header("From", " ann@example.com"));
            static_cast<void>(door->end_of_header());
            static_cast<void>(door->end_of_message());
        }
        door->abort();
        door->close();
        return events();
    }

  private:
    std::vector<std::string> events() const {
        std::ifstream file(folder.at("log"));
        std::vector<std::string> found;
        for (std::string line; std::getline(file, line);) {
            const std::size_t event = line.find(' ', line.find(' ') + 1) + 1;
            const std::size_t rule = line.find(" rule=");
            found.push_back(line.substr(event, line.find(' ', event) - event) +
                            (rule == std::string::npos ? "" : line.substr(rule)));
        }
        std::filesystem::remove(folder.at("log"));
        return found;
    }
    Settings settings;
    TestFolder folder;
};

using Events = std::vector<std::string>;

TEST_F(MilterDoorTest, WhatARuleLogsAtMailIsToldThoughNoRecipientIsLeft) {
    const auto noted = rule("noted", "client in [192.0.2.0/24]", {"log"}, "mail");
    const auto nobody = rule("nobody", "recipient.domain is receiver.example", {"reject 550 5.1.1 nobody"}, "rcpt");
    EXPECT_EQ(events_of({noted, nobody}), (Events{"refused", "rule.fired rule=noted", "message.aborted"}));
    EXPECT_EQ(events_of({noted}), (Events{"rule.fired rule=noted", "message.aborted"}));
    EXPECT_EQ(events_of({noted}, true), (Events{"rule.fired rule=noted", "message"})) << "once";
}

TEST_F(MilterDoorTest, ARefusalAtMailTellsOnce) {
    EXPECT_EQ(events_of({rule("no", "client in [192.0.2.0/24]", {"reject", "log"}, "mail")}),
              (Events{"rule.fired rule=no", "refused"}));
}

} // namespace
} // namespace bonafide::engine
