// The commands of greylisting, on a ledger with one sender of each kind.
#include "cli/ledger_file.hpp"

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>

namespace bonafide::cli {

Command greylist_list_command();
Command greylist_forget_command();
Command greylist_stats_command();

namespace {

using io::store::Database;
using policy::greylist::State;
using Given = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t start = 1'795'255'200;
const std::string now = std::to_string(start + 100);

class GreylistCommandTest : public testing::Test {
  protected:
    GreylistCommandTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-greylist-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
        auto database = Database::open(folder + "/ledger.db", Database::Mode::create);
        if (!database) throw std::runtime_error(database.error().text);
        io::store::GreylistBatch batch{{}, start, 100};
        const auto add = [&](const std::string& sender, const State& state, io::store::GreylistKind kind = {}) {
            io::store::GreylistWrite& one = batch.writes.emplace_back();
            one.kind = kind;
            one.hash = io::store::hash_of_term(database->secret(), "row" + sender);
            one.state = state;
            one.expires = policy::greylist::expires(state, {});
            one.who = "network:192.0.2.0/24";
            one.helo = "mx.a.example";
            one.sender = sender;
            one.recipient = "rita@ours.example";
            one.sender_term = io::store::hash_of_term(database->secret(), sender);
        };
        add("first@a.example", {start, start, std::nullopt, 1, 1});
        add("early@a.example", {start, start + 50, std::nullopt, 2, 2});
        add("known@b.example", {start - 900, start - 500, start - 500, 2, 1});
        add("late@b.example", {start - 90000, start - 90000, std::nullopt, 1, 1});
        add("", {start, start, start, 5, 0}, io::store::GreylistKind::pool);
        if (const auto done = database->write_greylist(batch); !done) throw std::runtime_error(done.error().text);
    }
    ~GreylistCommandTest() override { std::filesystem::remove_all(folder); }

    std::string run(const Command& command, const Given& given) {
        Arguments arguments;
        arguments.add("ledger", folder + "/ledger.db");
        for (const auto& [name, value] : given) arguments.add(name, value);
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        const Outcome outcome = command.run(arguments, console);
        exit = outcome ? *outcome : outcome.error().exit;
        return out.str();
    }
    boost::json::array listed(Given given) {
        given.emplace_back("json", "");
        given.emplace_back("now", now);
        return boost::json::parse(run(greylist_list_command(), given)).as_array();
    }

    std::string folder;
    int exit = 0;
};

TEST_F(GreylistCommandTest, ListsLastSeenFirst) {
    const auto rows = listed({});
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].at("sender"), "early@a.example");
    EXPECT_EQ(rows[0].at("action"), "Rejected (not verified)");
    EXPECT_EQ(rows[0].at("time_remaining"), 200);
    EXPECT_EQ(rows[1].at("action"), "Rejected");
    EXPECT_EQ(rows[2].at("action"), "Verified");
    EXPECT_EQ(rows[3].at("state"), "expired");
    EXPECT_EQ(exit, exit_code::done);
}

TEST_F(GreylistCommandTest, Filters) {
    for (const char* state : {"rejected", "not-verified", "verified", "expired", "known"}) {
        const auto rows = listed({{"state", state}});
        ASSERT_EQ(rows.size(), 1U) << state;
        EXPECT_EQ(rows[0].at("state"), state);
    }
    EXPECT_EQ(listed({{"sender", "a.example"}}).size(), 2U);
    EXPECT_EQ(listed({{"sender", "<Known+x@b.example>"}}).size(), 1U);
    EXPECT_EQ(listed({{"client", "192.0.2.1"}, {"most", "2"}}).size(), 2U);
    EXPECT_EQ(listed({{"pools", ""}}).size(), 1U);
    const std::string key(listed({{"sender", "known@b.example"}})[0].at("key").as_string());
    EXPECT_EQ(listed({{"key", key}}).size(), 1U);
}

TEST_F(GreylistCommandTest, TextAndCsv) {
    const std::string text = run(greylist_list_command(), {{"now", now}});
    for (const char* word : {"HELO", "192.0.2.0/24", "Rejected (not verified)", "200 s", "Rejected (expired)"})
        EXPECT_TRUE(text.contains(word)) << word << '\n' << text;
    EXPECT_TRUE(
        run(greylist_list_command(), {{"csv", ""}, {"now", now}}).contains("early@a.example,rita@ours.example"));
    EXPECT_EQ(run(greylist_list_command(), {{"sender", "nobody@x.example"}}), "nobody\n");
}

TEST_F(GreylistCommandTest, Forgets) {
    (void)run(greylist_forget_command(), {});
    EXPECT_EQ(exit, exit_code::usage) << "nothing was named";
    EXPECT_TRUE(run(greylist_forget_command(), {{"sender", "a.example"}, {"by", "ann"}}).contains("forgotten: 2 rows"));
    EXPECT_EQ(listed({}).size(), 2U);
    EXPECT_TRUE(run(greylist_forget_command(), {{"all", ""}, {"json", ""}}).contains("\"forgotten\":3"));
    auto ledger = Database::open(folder + "/ledger.db", Database::Mode::read_only);
    EXPECT_EQ(ledger->audit(10)->size(), 2U);
}

TEST_F(GreylistCommandTest, Stats) {
    const auto stats = boost::json::parse(run(greylist_stats_command(), {{"json", ""}, {"now", now}}));
    EXPECT_EQ(stats.at("deferred"), 3);
    EXPECT_EQ(stats.at("now").at("waiting"), 2);
    EXPECT_EQ(stats.at("now").at("verified"), 1);
    EXPECT_EQ(stats.at("now").at("known"), 1);
    EXPECT_TRUE(run(greylist_stats_command(), {{"now", now}}).contains("never came back   0"));
}

TEST_F(GreylistCommandTest, NoLedgerIsAnError) {
    std::filesystem::remove(folder + "/ledger.db");
    (void)run(greylist_list_command(), {});
    EXPECT_EQ(exit, exit_code::failed);
}

} // namespace
} // namespace bonafide::cli
