// Where safe and blocked senders come from: what is read when, and what stays when it cannot be read.
#include "base/test_cost.hpp"
#include "base/test_folder.hpp"
#include "engine/sender_sources.hpp"
#include "io/store_connection.hpp"
#include "verdict/test_facts.hpp"

#include <fmt/ranges.h>
#include <sys/stat.h>

namespace bonafide::engine {
namespace {

namespace fs = std::filesystem;
using io::store::sqlite::Connection;
using Says = policy::RecipientSenders::Says;

class SenderSourcesTest : public ::testing::Test {
  protected:
    /// Reads what has changed; "changed" or "same", then what cannot be read, without the folder.
    std::string refresh() {
        if (!sources) sources = std::make_unique<SenderSources>(std::make_shared<const Settings>(settings));
        std::string text = sources->refresh() ? "changed" : "same";
        for (const auto& trouble : sources->troubles()) {
            std::string why = trouble.what.text;
            for (std::size_t at = why.find(folder.at("")); at != std::string::npos; at = why.find(folder.at("")))
                why.erase(at, folder.at("").size());
            text += fmt::format("; {}{}: {}", trouble.what.is_partial ? "partly " : "", trouble.setting, why);
        }
        return text;
    }
    /// Of mail in the name of `author`, proven by DMARC.
    [[nodiscard]] std::string says(std::string_view recipient, std::string_view author) const {
        const std::string domain(author.substr(author.find('@') + 1));
        verdict::Facts facts = verdict::testing_facts::inbound(domain);
        facts.author.mailboxes = {{"", std::string(author.substr(0, author.find('@'))), domain}};
        facts.dmarc = {verdict::testing_facts::evaluation(dmarc::Result::pass, domain, dmarc::Policy::none), {}};
        const auto table = sources->value();
        if (table == nullptr) return "no table";
        const Says said = table->says(recipient, facts);
        return said == Says::safe ? "safe" : said == Says::blocked ? "blocked" : "nothing";
    }
    void script(std::string_view user, std::string_view text) const {
        folder.write(fmt::format("mail/ours.example/{}/active", user), text);
    }
    void use_scripts() { settings.recipients.sieve = folder.at("mail/{domain}/{user}/active"); }
    static std::string keep(std::string_view sender) {
        return fmt::format("if address \"from\" \"{}\" {{ keep; }}", sender);
    }

    TestFolder folder;
    Settings settings;
    std::unique_ptr<SenderSources> sources;
};

TEST_F(SenderSourcesTest, NoneIsNoTable) {
    EXPECT_EQ(refresh(), "same");
    EXPECT_EQ(sources->value(), nullptr);
    EXPECT_EQ(*read_recipient_senders(std::make_shared<const Settings>()), nullptr);
}

TEST_F(SenderSourcesTest, ATableIsReadAgainWhenItHasChanged) {
    settings.recipients.senders = folder.write("table", "rita@ours.example safe a@x.example\n");
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
    EXPECT_EQ(refresh(), "same");
    folder.write("table", "rita@ours.example blocked a@x.example\n");
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "blocked");
}

TEST_F(SenderSourcesTest, ATableThatCannotBeReadKeepsWhatItSaid) {
    settings.recipients.senders = folder.write("table", "* safe a@x.example\n");
    EXPECT_EQ(refresh(), "changed");
    folder.write("table", "* safe b@x.example\n* good c@x.example\n");
    EXPECT_EQ(refresh(), "same; recipients.senders: table, line 2: \"good\" is neither safe nor blocked");
    EXPECT_EQ(says("r@ours.example", "a@x.example"), "safe");
    EXPECT_EQ(says("r@ours.example", "b@x.example"), "nothing");
    fs::remove(folder.at("table"));
    EXPECT_EQ(refresh(), "same; recipients.senders: table: there is no such file");
    ASSERT_EQ(::mkfifo(folder.at("table").c_str(), 0600), 0);
    EXPECT_EQ(refresh(), "same; recipients.senders: table: is no regular file");
    EXPECT_EQ(says("r@ours.example", "a@x.example"), "safe");
    fs::remove(folder.at("table"));
    folder.write("table", "* safe c@x.example\n");
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("r@ours.example", "c@x.example"), "safe");
}

TEST_F(SenderSourcesTest, AnSqliteFile) {
    settings.recipients.sqlite = folder.write("db", "");
    auto writer = Connection::open(folder.at("db"), Connection::Access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(writer);
    EXPECT_EQ(refresh(), "changed; recipients.sqlite: db: no such table: recipient_senders");
    ASSERT_TRUE(writer->script("PRAGMA journal_mode = WAL; CREATE TABLE recipient_senders(recipient, list, sender);"
                               "INSERT INTO recipient_senders VALUES('rita@ours.example', 'Safe', 'x.example')"));
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
    ASSERT_TRUE(writer->script("INSERT INTO recipient_senders VALUES('*', 'blocked', 'y.example')"));
    EXPECT_EQ(refresh(), "changed") << "it stands in the log beside the file";
    EXPECT_EQ(says("rita@ours.example", "a@y.example"), "blocked");
    ASSERT_TRUE(writer->script("INSERT INTO recipient_senders VALUES('*', NULL, 'z.example')"));
    EXPECT_EQ(refresh(), "same; recipients.sqlite: db: row 3: \"\" is neither safe nor blocked");
    EXPECT_EQ(says("rita@ours.example", "a@y.example"), "blocked");
}

TEST_F(SenderSourcesTest, AnSqliteQueryOfOnesOwn) {
    settings.recipients.sqlite = folder.write("db", "");
    settings.recipients.sqlite_query =
        "SELECT user || '@ours.example', CASE wl WHEN 1 THEN 'safe' ELSE 'blocked' END, who FROM lists";
    auto writer = Connection::open(folder.at("db"), Connection::Access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(writer &&
                writer->script("CREATE TABLE lists(user, wl, who); INSERT INTO lists VALUES('rita', 0, 'x.example')"));
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "blocked");
    settings.recipients.sqlite_query = "SELECT user FROM lists";
    sources.reset();
    EXPECT_EQ(refresh(), "changed; recipients.sqlite: db: the query gives 1 columns in place of 3");
}

TEST_F(SenderSourcesTest, ScriptsOfUsers) {
    use_scripts();
    script("rita", keep("a@x.example"));
    script("ron", "if address \"from\" \"a@x.example\" { discard; }");
    fs::create_directories(folder.at("mail/ours.example/nobody"));
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(sources->scripts(), 2U);
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
    EXPECT_EQ(says("ron@ours.example", "a@x.example"), "blocked");
    EXPECT_EQ(says("nobody@ours.example", "a@x.example"), "nothing");
    EXPECT_EQ(refresh(), "same");
    script("rita", keep("another@x.example"));
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "nothing");
    EXPECT_EQ(says("rita@ours.example", "another@x.example"), "safe");
    script("rita", "# " + keep("b@x.example") + "\n" + keep("another@x.example"));
    EXPECT_EQ(refresh(), "same") << "another text that says the same";
    fs::remove_all(folder.at("mail/ours.example/rita"));
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("rita@ours.example", "another@x.example"), "nothing");
    EXPECT_EQ(says("ron@ours.example", "a@x.example"), "blocked");
}

TEST_F(SenderSourcesTest, AScriptThatCannotBeReadKeepsWhatItSaid) {
    use_scripts();
    script("rita", keep("a@x.example"));
    script("ron", keep("a@x.example"));
    EXPECT_EQ(refresh(), "changed");
    script("rita", "if address \"from\" \"b@x.example {");
    script("ron", keep("b@x.example"));
    EXPECT_EQ(refresh(),
              "changed; partly recipients.sieve: 1 of 2 cannot be read, such as mail/ours.example/rita/active: line 1, "
              "column 19: a string has no end");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
    EXPECT_EQ(says("ron@ours.example", "b@x.example"), "safe");
    EXPECT_TRUE(refresh().starts_with("same; partly recipients.sieve: 1 of 2"));
    fs::remove(folder.at("mail/ours.example/rita/active"));
    ASSERT_EQ(::mkfifo(folder.at("mail/ours.example/rita/active").c_str(), 0600), 0);
    EXPECT_EQ(refresh(), "same; partly recipients.sieve: 1 of 2 cannot be read, such as mail/ours.example/rita/active: "
                         "is no regular file");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
    fs::remove(folder.at("mail/ours.example/rita/active"));
    script("rita", keep("c@x.example"));
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("rita@ours.example", "c@x.example"), "safe");
}

TEST_F(SenderSourcesTest, AScriptOfTooManyBytesSaysNothing) {
    use_scripts();
    settings.limits.sieve_bytes = 60;
    const std::string text = keep("a@x.example");
    script("rita", text + std::string(60 - text.size(), ' '));
    script("ron", text + std::string(61 - text.size(), ' '));
    EXPECT_EQ(
        refresh(),
        "changed; partly recipients.sieve: 1 of 2 cannot be read, such as mail/ours.example/ron/active: has 61 bytes, "
        "at most 60 are read");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
    EXPECT_EQ(says("ron@ours.example", "a@x.example"), "nothing");
}

TEST_F(SenderSourcesTest, ALinkIsTheScriptThatItNames) {
    use_scripts();
    script("rita", keep("a@x.example"));
    folder.write("mail/ours.example/ron/scripts/one", keep("one@x.example"));
    folder.write("mail/ours.example/ron/scripts/two", keep("two@x.example"));
    const fs::path link = folder.at("mail/ours.example/ron/active");
    fs::create_symlink("scripts/one", link);
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("ron@ours.example", "one@x.example"), "safe");
    fs::remove(link);
    fs::create_symlink("scripts/two", link);
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(says("ron@ours.example", "one@x.example"), "nothing");
    EXPECT_EQ(says("ron@ours.example", "two@x.example"), "safe");
    fs::remove(link);
    fs::create_symlink("/dev/zero", link);
    EXPECT_TRUE(refresh().ends_with("active: is no regular file"));
    fs::remove(link);
    fs::create_symlink("active", link);
    EXPECT_TRUE(refresh().ends_with("Too many levels of symbolic links"));
    fs::remove(link);
    fs::create_symlink("nothing", link);
    EXPECT_EQ(refresh(), "changed") << "a link to nothing is no script";
    EXPECT_EQ(says("ron@ours.example", "two@x.example"), "nothing");
}

TEST_F(SenderSourcesTest, AMissingBaseKeepsAll) {
    use_scripts();
    EXPECT_EQ(refresh(), "changed; recipients.sieve: mail: No such file or directory");
    script("rita", keep("a@x.example"));
    EXPECT_EQ(refresh(), "changed");
    fs::rename(folder.at("mail"), folder.at("away"));
    EXPECT_EQ(refresh(), "same; recipients.sieve: mail: No such file or directory");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
    fs::rename(folder.at("away"), folder.at("mail"));
    EXPECT_EQ(refresh(), "same");
}

TEST_F(SenderSourcesTest, AFolderThatCannotBeReadKeepsWhatLiesBelow) {
    if (::geteuid() == 0) { // whom no mode keeps out: a loop of links does
        use_scripts();
        script("rita", keep("a@x.example"));
        EXPECT_EQ(refresh(), "changed");
        fs::rename(folder.at("mail/ours.example"), folder.at("away"));
        fs::create_symlink("ours.example", folder.at("mail/ours.example"));
        EXPECT_EQ(refresh(),
                  "same; partly recipients.sieve: 1 of 1 cannot be read, such as mail/ours.example: Too many levels of "
                  "symbolic links");
        EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
        return;
    }
    use_scripts();
    script("rita", keep("a@x.example"));
    EXPECT_EQ(refresh(), "changed");
    fs::permissions(folder.at("mail/ours.example"), fs::perms::none);
    EXPECT_EQ(refresh(),
              "same; partly recipients.sieve: 1 of 1 cannot be read, such as mail/ours.example: Permission denied");
    fs::permissions(folder.at("mail/ours.example"), fs::perms::owner_all);
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
}

TEST_F(SenderSourcesTest, UsersWithoutADomain) {
    settings.recipients.sieve = folder.at("home/{user}/.sieve");
    folder.write("home/rita/.sieve", keep("a@x.example"));
    folder.write("home/ron@third.example/.sieve", keep("a@x.example"));
    folder.write("home/no one/.sieve", keep("a@x.example"));
    EXPECT_EQ(refresh(),
              "changed; recipients.sieve: without {domain} lists.accepted_domains has to say which domains are ours");
    settings.lists.accepted_domains = {"ours.example", "also.example"};
    sources.reset();
    EXPECT_EQ(refresh(), "changed");
    for (const std::string_view recipient : {"rita@ours.example", "rita@also.example", "ron@third.example"})
        EXPECT_EQ(says(recipient, "a@x.example"), "safe") << recipient;
    EXPECT_EQ(says("ron@ours.example", "a@x.example"), "nothing");
    EXPECT_EQ(says("no one@ours.example", "a@x.example"), "nothing");
}

TEST_F(SenderSourcesTest, AllOfThemTogetherKeepTheLimit) {
    settings.limits.recipient_senders = 3;
    settings.recipients.senders = folder.write("table", "* safe a.example\n* safe b.example\n");
    use_scripts();
    script("rita", keep("a@x.example"));
    EXPECT_EQ(refresh(), "changed");
    EXPECT_EQ(sources->value()->size(), 3U);
    script("ron", keep("a@x.example"));
    EXPECT_EQ(refresh(), "changed; partly recipients.sieve: mail/ours.example/ron/active: more than 1 entries "
                         "(limits.recipient_senders)");
    EXPECT_EQ(says("rita@ours.example", "a@x.example"), "safe");
    EXPECT_EQ(says("ron@ours.example", "a@x.example"), "nothing");
    EXPECT_TRUE(refresh().starts_with("same; partly")) << "it is still so";
    folder.write("table", "* safe a.example\n* safe b.example\n* safe c.example\n");
    EXPECT_TRUE(refresh().starts_with("same; recipients.senders: table, line 3: more than 2 entries"));
}

TEST_F(SenderSourcesTest, CommandsReadThemOnce) {
    settings.recipients.senders = folder.write("table", "* safe a.example\n");
    use_scripts();
    script("rita", "nonsense");
    const auto read = read_recipient_senders(std::make_shared<const Settings>(settings));
    ASSERT_TRUE(read) << "one user's script is passed over";
    EXPECT_EQ((*read)->size(), 1U);
    settings.recipients.senders = folder.at("absent");
    const auto failed = read_recipient_senders(std::make_shared<const Settings>(settings));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().text, "recipients.senders: " + folder.at("absent") + ": there is no such file");
}

/// Ten times as many take ten times as long: 10,000 scripts of 20 rules took 1.2 s.
TEST_F(SenderSourcesTest, AThousandScriptsAreSoonRead) {
    constexpr std::size_t users = 1000;
    use_scripts();
    std::string text = "require [\"fileinto\"];\n";
    for (int i = 0; i < 20; ++i)
        text += fmt::format(
            "# rule:[{}]\nif header :contains \"from\" \"friend{}@x.example\"\n{{\n\tkeep;\n\tstop;\n}}\n", i, i);
    for (std::size_t i = 0; i < users; ++i) script(fmt::format("user{}", i), text);
    using bonafide::testing::processor_seconds;
    const double begin = processor_seconds();
    EXPECT_EQ(refresh(), "changed");
    const double read = processor_seconds();
    EXPECT_EQ(refresh(), "same");
    const double looked = processor_seconds();
    EXPECT_EQ(sources->value()->size(), 20 * users);
    EXPECT_EQ(says("user999@ours.example", "friend19@x.example"), "safe");
    EXPECT_LT(read - begin, 1 * bonafide::testing::slow_build);
    EXPECT_LT(looked - read, 0.2 * bonafide::testing::slow_build);
    RecordProperty("read_ms", static_cast<int>(1000 * (read - begin)));
    RecordProperty("look_ms", static_cast<int>(1000 * (looked - read)));
}

} // namespace
} // namespace bonafide::engine
