// The commands around the ledger's file, and which file that is.
#include "cli/ledger_file.hpp"
#include "io/store_connection.hpp"

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace bonafide::cli {

Command ledger_info_command();
Command ledger_backup_command();
Command ledger_restore_command();
Command ledger_erase_command();
Command ledger_check_command();
Command ledger_audit_command();

namespace {

using io::store::Database;
using Given = std::vector<std::pair<std::string, std::string>>;

class LedgerCommandTest : public testing::Test {
  protected:
    LedgerCommandTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-ledger-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
    }
    ~LedgerCommandTest() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] std::string path(const std::string& name) const { return folder + "/" + name; }

    static Arguments arguments_of(const Given& given) {
        Arguments arguments;
        for (const auto& [name, value] : given) arguments.add(name, value);
        return arguments;
    }
    /// What is printed; empty, with `failed` set, where the command ends without an answer.
    std::string run(const Command& command, Given given) {
        given.emplace_back("ledger", path("ledger.db"));
        return run_plain(command, given);
    }
    std::string run_plain(const Command& command, const Given& given) {
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        const Outcome outcome = command.run(arguments_of(given), console);
        failed = outcome ? "" : outcome.error().text;
        return out.str();
    }
    /// A ledger with two messages of Ann, and something of hers in a list.
    void fill() {
        auto database = Database::open(path("ledger.db"), Database::Mode::create);
        ASSERT_TRUE(database) << database.error().text;
        io::store::Batch batch;
        for (const char* id : {"one", "two"}) {
            io::store::Message message;
            message.id = id;
            message.time = 1795255200;
            message.author = "ann@example.com";
            message.document = "{}";
            message.terms = {io::store::hash_of_term(database->secret(), "ann@example.com")};
            batch.messages.push_back(message);
        }
        ASSERT_TRUE(database->write(batch, {}));
        io::store::GreylistWrite greylisted;
        greylisted.hash = 1;
        greylisted.expires = 1795255200 + 86400;
        ASSERT_TRUE(database->write_greylist({{greylisted}, 1795255200, 1000}));
        ASSERT_TRUE(database->put_list({"allow-pairs", "ann@example.com, *", "", {}, 0, "root"},
                                       {1795255200, "root", "lists add", "allow-pairs x", "asked for"}));
    }

    std::string folder;
    std::string failed;
};

TEST_F(LedgerCommandTest, Info) {
    fill();
    const std::string text = run(ledger_info_command(), {});
    EXPECT_TRUE(text.contains("messages      2\n")) << text << failed;
    EXPECT_TRUE(text.contains("oldest      2026-11-21 10:00:00 UTC")) << text;
    const auto json = boost::json::parse(run(ledger_info_command(), {{"json", ""}})).as_object();
    EXPECT_EQ(json.at("messages"), 2);
    EXPECT_EQ(json.at("list_entries"), 1);
    EXPECT_EQ(json.at("greylist"), 1);
    EXPECT_TRUE(text.contains("greylist      1\n")) << text;
    EXPECT_EQ(json.at("oldest_message"), 1795255200);
}

TEST_F(LedgerCommandTest, BackupAndRestore) {
    fill();
    EXPECT_TRUE(run(ledger_backup_command(), {{"FILE", path("backup.db")}}).contains("backup.db")) << failed;
    run(ledger_backup_command(), {{"FILE", path("backup.db")}});
    EXPECT_FALSE(failed.empty()) << "a backup is never overwritten";
    run(ledger_erase_command(), {{"PERSON", "ann@example.com"}, {"reason", "test"}});
    EXPECT_TRUE(run(ledger_info_command(), {}).contains("messages      0\n"));
    const std::string restored =
        run(ledger_restore_command(), {{"FILE", path("backup.db")}, {"reason", "disk failure"}, {"by", "ann"}});
    EXPECT_TRUE(restored.contains("2 messages, 1 list entries")) << restored << failed;
    EXPECT_TRUE(run(ledger_audit_command(), {}).contains("ann: restore")) << failed;

    run_plain(ledger_restore_command(), {{"FILE", path("backup.db")}, {"ledger", path("new.db")}});
    EXPECT_EQ(failed, "") << "where there was no ledger yet";
    run_plain(ledger_restore_command(), {{"FILE", path("nothing")}, {"ledger", path("other.db")}});
    EXPECT_TRUE(failed.contains("there is no such file")) << failed;
    EXPECT_FALSE(std::filesystem::exists(path("other.db"))) << "nothing is made for a backup that is not there";
    std::ofstream(path("nothing")) << "no ledger";
    run_plain(ledger_restore_command(), {{"FILE", path("nothing")}, {"ledger", path("other.db")}});
    EXPECT_TRUE(failed.contains("it is no ledger")) << failed;
    EXPECT_FALSE(std::filesystem::exists(path("other.db"))) << "nor for one that is none";
    run(ledger_restore_command(), {{"FILE", path("nothing")}});
    EXPECT_TRUE(run(ledger_info_command(), {}).contains("messages      2\n")) << "what there was stays";
}

TEST_F(LedgerCommandTest, Erase) {
    fill();
    const std::string text = run(ledger_erase_command(), {{"PERSON", "<Ann@Example.com>"}, {"reason", "request 7"}});
    EXPECT_TRUE(text.contains("2 messages")) << text << failed;
    EXPECT_TRUE(text.contains("1 list entries")) << text;
    const std::string audit = run(ledger_audit_command(), {});
    EXPECT_TRUE(audit.contains("erase") && audit.contains("request 7")) << audit;
    EXPECT_FALSE(audit.contains("ann@example.com"));
    const std::string again =
        run(ledger_erase_command(), {{"PERSON", "ann@example.com"}, {"reason", "x"}, {"json", ""}});
    EXPECT_EQ(boost::json::parse(again).as_object().at("messages"), 0);
    EXPECT_EQ(run(ledger_erase_command(), {{"PERSON", "Ann@example.com"}, {"reason", "x"}}),
              "nothing is kept about ann@example.com: no message, history, feedback, list entry or audit row names it, "
              "and nothing was erased\n")
        << failed;
    EXPECT_EQ(failed, "");
    const auto positionals = ledger_erase_command().positionals;
    for (const char* good : {"ann@example.com", "<ann@example.com>", "ann", "\"a b\"@example.com"})
        EXPECT_TRUE(positionals[0].check(good)) << good;
    for (const char* bad : {"", "@example.com", "ann@", "<>", "Ann Example"})
        EXPECT_FALSE(positionals[0].check(bad)) << bad;
}

TEST_F(LedgerCommandTest, Check) {
    fill();
    EXPECT_TRUE(run(ledger_check_command(), {}).ends_with("ledger.db: ok\n")) << failed;
    std::ofstream(path("garbage.db")) << std::string(10000, 'x');
    run_plain(ledger_check_command(), {{"ledger", path("garbage.db")}});
    EXPECT_TRUE(failed.contains("garbage.db")) << failed;
    run_plain(ledger_check_command(), {{"ledger", path("missing.db")}});
    EXPECT_TRUE(failed.contains("missing.db")) << failed;
}

TEST_F(LedgerCommandTest, CheckNamesDamagedRows) {
    fill();
    auto raw = io::store::sqlite::Connection::open(path("ledger.db"), io::store::sqlite::Connection::Access::read_write,
                                                   std::chrono::seconds(5));
    ASSERT_TRUE(raw && raw->script("UPDATE messages SET document = x'00' WHERE id = 'two'"));
    EXPECT_EQ(run(ledger_check_command(), {}), "messages two: document: a packed text in the ledger is damaged\n");
    EXPECT_TRUE(failed.starts_with(path("ledger.db") + ": 1 row cannot be read; ")) << failed;
}

TEST_F(LedgerCommandTest, Audit) {
    fill();
    EXPECT_EQ(run(ledger_audit_command(), {}), "2026-11-21 10:00:00 UTC  root: lists add allow-pairs x (asked for)\n");
    const auto json = boost::json::parse(run(ledger_audit_command(), {{"json", ""}, {"most", "1"}})).as_array();
    ASSERT_EQ(json.size(), 1U);
    EXPECT_EQ(json[0].as_object().at("why"), "asked for");
    const Check check = ledger_audit_command().options[0].check;
    EXPECT_TRUE(check("1"));
    EXPECT_TRUE(check("1000000"));
    for (const char* bad : {"0", "1000001", "-1", "all"}) EXPECT_FALSE(check(bad)) << bad;
}

TEST_F(LedgerCommandTest, TheLedgerOfAConfiguration) {
    fill();
    std::ofstream(path("good.toml")) << "[ledger]\npath = \"" << path("ledger.db") << "\"\n";
    std::ofstream(path("none.toml")) << "[ledger]\npath = \"\"\n";
    std::ofstream(path("bad.toml")) << "[ledger]\npath = 7\n";
    EXPECT_TRUE(run_plain(ledger_info_command(), {{"config", path("good.toml")}}).contains("messages      2"))
        << failed;
    run_plain(ledger_info_command(), {{"config", path("none.toml")}});
    EXPECT_TRUE(failed.contains("none.toml is empty")) << failed;
    run_plain(ledger_info_command(), {{"config", path("bad.toml")}});
    EXPECT_TRUE(failed.contains("bad.toml:2")) << failed;
    run_plain(ledger_info_command(), {{"config", path("missing.toml")}});
    EXPECT_TRUE(failed.contains("missing.toml")) << failed;
    if (!std::filesystem::is_directory("/var/lib/bonafide")) {
        std::ofstream(path("auto.toml")) << "[ledger]\npath = \"auto\"\n";
        run_plain(ledger_info_command(), {{"config", path("auto.toml")}});
        EXPECT_TRUE(failed.contains("ledger.path is \"auto\"") && failed.contains("make the folder")) << failed;
    }
    EXPECT_FALSE(ledger_path(arguments_of({{"ledger", ""}})));
    EXPECT_EQ(ledger_path(arguments_of({{"ledger", "x"}, {"config", path("bad.toml")}})), "x");
}

TEST(ActingPerson, IsWhoSaysSoElseWhoCalledSudoElseTheUser) {
    Arguments by;
    by.add("by", "ann\n");
    EXPECT_EQ(acting_person(by), "ann\\x0a") << "on one line";
    Arguments longest;
    longest.add("by", std::string(300, 'a'));
    EXPECT_LE(acting_person(longest).size(), 256U);
    EXPECT_FALSE(acting_person({}).empty());
    if (::geteuid() != 0) return;
    const char* before = std::getenv("SUDO_USER");
    const std::string kept = before == nullptr ? "" : before;
    ::setenv("SUDO_USER", "bob", 1);
    EXPECT_EQ(acting_person({}), "bob");
    if (before == nullptr)
        ::unsetenv("SUDO_USER");
    else
        ::setenv("SUDO_USER", kept.c_str(), 1);
}

} // namespace
} // namespace bonafide::cli
