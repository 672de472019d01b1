#include "cli/command.hpp"
#include "cli/whatif.hpp"
#include "io/store_sqlite.hpp"

#include <boost/json.hpp>
#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace bonafide::cli {

Command whatif_command();

namespace whatif {
namespace {

namespace json = boost::json;

engine::WhatIfTotals totals() {
    engine::WhatIfTotals totals;
    totals.read = 12;
    totals.other_ways = 2;
    totals.compared = 10;
    totals.flipped = 3;
    totals.incomplete.earlier = 1;
    totals.unknown_fields.add("header.", 4);
    totals.changes.add("suggestion deliver -> junk", 3);
    totals.causes.add("signal look_alike", 3);
    totals.senders.add("cont\x1boso.com", 3);
    totals.recipients.add("ours.example", 3);
    totals.flips = {{1795340911, "01A", "=a@cont\x1boso.com", "rita@ours.example", "suggestion deliver -> junk",
                     "look_alike weighs -8 instead of 0: it looks like contoso.com"}};
    return totals;
}
const Question question{"old.toml", "new.toml", 1795340000, 1795350000, 1, false};

TEST(WhatIf, AsText) {
    std::ostringstream out;
    print_text(totals(), question, out);
    EXPECT_EQ(
        out.str(),
        "new.toml in the place of old.toml, 2026-11-22 09:33:20 to 2026-11-22 12:20:00 (UTC)\n"
        "12 messages, 10 compared, 2 not inbound; of 3 another would come\n"
        "What would change:\n         3  suggestion deliver -> junk\n"
        "Because of:\n         3  signal look_alike\n"
        "Of these senders:\n         3  cont\\x1boso.com\n"
        "To these recipients:\n         3  ours.example\n"
        "Note: 1 message: kept by an earlier version without all that judging reads, so that another result may "
        "come of it\n"
        "Note: 4 messages: a rule reads header fields, of which nothing is kept, so that its condition is unknown\n"
        "\nThe newest 1 of them (--limit):\n"
        "TIME                 ID   FROM                TO                 CHANGE                      WHY\n"
        "2026-11-22 09:48:31  01A  =a@cont\\x1boso.com  rita@ours.example  suggestion deliver -> junk  look_alike "
        "weighs -8 instead of 0: it looks like contoso.com\n"
        "\nbonafide trace ID shows one\n");
}

TEST(WhatIf, AsJsonAndCsv) {
    const json::object object = json::parse(json_of(totals(), question)).as_object();
    EXPECT_EQ(object.at("flipped"), 3);
    EXPECT_EQ(object.at("incomplete").at("earlier_version"), 1);
    EXPECT_EQ(object.at("senders").at(0).at("messages"), 3);
    EXPECT_EQ(object.at("flips").at(0).at("id"), "01A");
    Question flips = question;
    flips.only_flips = true;
    EXPECT_EQ(json::parse(json_of(totals(), flips)).as_object().size(), 1U);
    std::ostringstream csv;
    print_csv(totals(), csv);
    EXPECT_TRUE(csv.str().starts_with("time,id,from,to,change,why\n"));
    EXPECT_TRUE(csv.str().contains(",'=a@")) << "no formula: " << csv.str();
}

// ---- the command, on a ledger

class WhatIfCommand : public testing::Test {
  protected:
    WhatIfCommand() {
        std::string name = testing::TempDir() + "whatif_test.XXXXXX";
        folder_ = ::mkdtemp(name.data());
        auto ledger = io::store::Database::open(folder_ + "/ledger", io::store::Database::Mode::create);
        io::store::Batch batch;
        for (int i = 0; i < 3; ++i) {
            io::store::Message one;
            one.id = fmt::format("0{}", i);
            one.time = std::time(nullptr) - 60 - std::int64_t{i} * 86400;
            one.direction = "inbound";
            one.document = fmt::format(
                R"({{"kept":{{"addresses":"plain","subjects":false}},"context":{{}},"history":[],"verdict":{{
                "spf":{{"result":"none","domain":"contoso.com"}},"dmarc":{{"result":"none","author_domain":"contoso.com"}},
                "arc":{{"result":"none","highest":0}},"author":{{"cause":"ok","domain":"contoso.com","mailboxes":[
                {{"name":null,"local_part":"chris","domain":"contoso.com"}}]}},"letter":{{"delivery_report":false}},
                "envelope":{{"client":"192.0.2.10","mail_from":"a@contoso.com","recipients":["rita@ours.example"]}},
                "dkim_support":{{}},"compauth":{{"result":"fail","reason":"001","suggestion":"mark"}},"now":{}}}}})",
                one.time);
            batch.messages.push_back(std::move(one));
        }
        EXPECT_TRUE(ledger->write(batch, {}));
        put("now.toml", "[ledger]\npath = \"" + folder_ + "/ledger\"\n");
        put("new.toml", "[lists]\nblock_pairs = [\"contoso.com, *\"]\n");
        put("bad.toml", "[lists]\nblocked = 3\n");
    }
    ~WhatIfCommand() override { std::filesystem::remove_all(folder_); }

    void put(const std::string& name, std::string_view text) const { std::ofstream(folder_ + "/" + name) << text; }
    struct Ran {
        Outcome outcome;
        std::string out, err;
    };
    [[nodiscard]] Ran run(const std::string& config,
                          const std::vector<std::pair<std::string, std::string>>& more) const {
        Arguments arguments;
        arguments.add("config", folder_ + "/" + config);
        arguments.add("current", folder_ + "/now.toml");
        for (const auto& [name, value] : more) arguments.add(name, value);
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        Outcome outcome = whatif_command().run(arguments, console);
        return {std::move(outcome), out.str(), err.str()};
    }
    std::string folder_;
};

TEST_F(WhatIfCommand, TheSameConfigurationFlipsNothing) {
    const Ran ran = run("now.toml", {{"json", ""}});
    ASSERT_TRUE(ran.outcome) << ran.outcome.error().text;
    const json::value told = json::parse(ran.out);
    EXPECT_EQ(told.at("compared"), 3);
    EXPECT_EQ(told.at("flipped"), 0);
    EXPECT_EQ(told.at("incomplete").at("earlier_version"), 0);
    EXPECT_TRUE(ran.err.starts_with("3 messages; ")) << ran.err;
}

TEST_F(WhatIfCommand, ABlockedPairFlips) {
    const Ran ran = run("new.toml", {{"json", ""}, {"quiet", ""}, {"limit", "2"}});
    ASSERT_TRUE(ran.outcome) << ran.outcome.error().text;
    const json::value told = json::parse(ran.out);
    EXPECT_EQ(told.at("flipped"), 3);
    EXPECT_EQ(told.at("senders").at(0).at("domain"), "contoso.com");
    EXPECT_EQ(told.at("recipients").at(0).at("domain"), "ours.example");
    ASSERT_EQ(told.at("flips").as_array().size(), 2U);
    EXPECT_EQ(told.at("flips").at(1).at("id"), "00") << "the newest last";
    EXPECT_EQ(ran.err, "");
    EXPECT_TRUE(run("new.toml", {}).out.contains("of 3 another would come"));
    EXPECT_EQ(run("new.toml", {{"only-flips", ""}, {"csv", ""}}).out.find("time,id,"), 0U);
}

TEST_F(WhatIfCommand, OnlyTheTimeAskedFor) {
    const auto read = [&](const std::vector<std::pair<std::string, std::string>>& more) {
        auto options = more;
        options.emplace_back("json", "");
        return json::parse(run("new.toml", options).out).at("messages").to_number<int>();
    };
    EXPECT_EQ(read({{"since", "12h"}}), 1);
    EXPECT_EQ(read({{"until", std::to_string(std::time(nullptr) - 3600)}}), 2);
}

TEST_F(WhatIfCommand, WhatCannotBeAnswered) {
    EXPECT_TRUE(run("bad.toml", {}).outcome.error().text.contains("bad.toml:2"));
    EXPECT_EQ(run("new.toml", {{"until", "2020-01-01"}, {"since", "1d"}}).outcome.error().exit, exit_code::usage);
    EXPECT_EQ(run("missing.toml", {}).outcome.error().exit, exit_code::failed);
    EXPECT_EQ(run("new.toml", {{"ledger", folder_ + "/none"}}).outcome.error().exit, exit_code::failed);
}

} // namespace
} // namespace whatif
} // namespace bonafide::cli
