#include "cli/command.hpp"
#include "cli/feedback.hpp"
#include "io/store_names.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace bonafide::cli {

Command feedback_command();

namespace {

using io::store::Database;
using io::store::Found;

Found found(std::string id, std::string author_domain, std::int64_t time) {
    Found one;
    one.message.id = std::move(id);
    one.message.author = "a@" + author_domain;
    one.message.author_domain = std::move(author_domain);
    one.message.recipient = "b@ours.example";
    one.message.time = time;
    return one;
}

std::string chosen(std::vector<Found> all, const feedback::Letterhead& letterhead) {
    const auto one = feedback::choose(std::move(all), letterhead);
    return one ? one->message.id : one.error().text;
}

TEST(FeedbackChoice, OneIsMeantSeveralAreNamed) {
    EXPECT_EQ(chosen({}, {}), "is not kept: it is older than the retention, or never came through here");
    EXPECT_EQ(chosen({found("A", "x.example", 1)}, {}), "A");
    std::vector<Found> all{found("A", "x.example", 1), found("B", "x.example", 86403), found("C", "x.example", 2)};
    EXPECT_EQ(chosen(all, {"1@x", "", "x.example"}),
              "3 messages may be meant: B (1970-01-02 00:00:03 UTC, a@x.example to b@ours.example), "
              "C (1970-01-01 00:00:02 UTC, a@x.example to b@ours.example), "
              "A (1970-01-01 00:00:01 UTC, a@x.example to b@ours.example): name one by its id");
    for (int i = 0; i < 9; ++i) all.push_back(found(std::to_string(i), "x.example", 100000));
    EXPECT_TRUE(chosen(all, {}).ends_with(" and 7 more: name one by its id")) << chosen(all, {});
}

TEST(FeedbackChoice, AForeignMessageIdIsNotTaken) {
    const std::vector<Found> all{found("A", "bank.example", 1), found("B", "evil.example", 2)};
    EXPECT_EQ(chosen(all, {"1@x", "", "evil.example"}), "B");
    EXPECT_EQ(chosen(all, {"1@x", "", "bank.example"}), "A");
    // Nor does a forged X-Bonafide-Id lead to another author's message.
    EXPECT_EQ(chosen(all, {"1@x", "A", "evil.example"}), "B");
    EXPECT_EQ(chosen({found("A", "bank.example", 1)}, {"1@x", "A", "evil.example"}),
              "is not kept: it is older than the retention, or never came through here");
    EXPECT_TRUE(chosen(all, {}).starts_with("2 messages may be meant: "));
}

TEST(FeedbackChoice, OurIdTellsEqualsApart) {
    EXPECT_EQ(chosen({found("A", "x.example", 1), found("B", "x.example", 2)}, {"1@x", "A", "x.example"}), "A");
}

TEST(FeedbackChoice, NamesAreKeptAsTheLedgerKeepsThem) {
    using enum engine::KeptAddresses;
    constexpr io::store::Secret secret{1};
    Found one = found("A", "x.example", 1);
    EXPECT_EQ(feedback::kept_name("ann@ours.example", one, plain, secret), "ann@ours.example");
    const std::string hashed_ann = io::store::hashed_name(secret, "ann@ours.example");
    EXPECT_EQ(feedback::kept_name("ann@ours.example", one, hashed, secret), hashed_ann);
    EXPECT_EQ(feedback::kept_name("ann", one, hashed, secret), io::store::hashed_name(secret, "ann"));
    one.message.author = "#0123456789ab@x.example";
    EXPECT_EQ(feedback::kept_name("ann@ours.example", one, plain, secret), hashed_ann)
        << "whatever configuration the command found, the daemon's wants no names";
    one.message.author = "#hash@x.example";
    EXPECT_EQ(feedback::kept_name("ann", one, plain, secret), "ann");
}

TEST(FeedbackLetterhead, EndlessInputIsNoMessage) {
    const auto read = [](std::size_t bytes) {
        std::istringstream stream("From: a@x.example\r\n\r\n" + std::string(bytes - 21, 'x'));
        return feedback::read_letterhead({MessageFile::of_stream(stream)}, 200'000);
    };
    ASSERT_TRUE(read(200'000));
    EXPECT_EQ(read(200'000)->author_domain, "x.example");
    EXPECT_EQ(read(200'001).error().text, "is longer than 200000 bytes: it is no message");
}

class FeedbackCommand : public testing::Test {
  protected:
    FeedbackCommand() {
        std::string name = testing::TempDir() + "feedback_test.XXXXXX";
        folder_ = ::mkdtemp(name.data());
        auto ledger = Database::open(folder_ + "/ledger", Database::Mode::create);
        key_ = io::store::hash_of(ledger->secret(), {verdict::PastKind::author, "contoso.com", ""});
        const io::store::Message message = message_of(*ledger, "01A", "4aaa");
        io::store::Batch batch;
        batch.increments = message.told;
        batch.messages.push_back(message);
        EXPECT_TRUE(ledger->write(batch, {}));
    }
    [[nodiscard]] io::store::Message message_of(const Database& ledger, std::string id, std::string_view queue_id) {
        io::store::Message message = found(std::move(id), "contoso.com", std::time(nullptr)).message;
        message.direction = "inbound";
        message.document = "{}";
        for (const std::string_view term : {queue_id, std::string_view("1@contoso.com")})
            message.terms.push_back(io::store::hash_of_term(ledger.secret(), term));
        message.told = {{key_, verdict::PastKind::author, {.day = verdict::day_of(message.time), .good = 1}, {}}};
        return message;
    }
    /// The same message once more, as somebody sends it who writes to two people one by one.
    void add_twin() {
        auto ledger = Database::open(folder_ + "/ledger", Database::Mode::existing);
        io::store::Batch batch;
        batch.messages.push_back(message_of(*ledger, "01B", "4bbb"));
        EXPECT_TRUE(ledger->write(batch, {}));
    }
    ~FeedbackCommand() override { std::filesystem::remove_all(folder_); }

    struct Ran {
        Outcome outcome;
        std::string out;
    };
    [[nodiscard]] Ran run(const std::string& message, const std::string& word, const std::string& input = "",
                          const std::pair<std::string, std::string>& more = {"by", "ann"}) const {
        Arguments arguments;
        if (more.first != "by") arguments.add(more.first, more.second);
        arguments.add("ledger", folder_ + "/ledger");
        arguments.add("by", "ann");
        arguments.add("MESSAGE", message);
        arguments.add(word, "");
        std::istringstream in(input);
        std::ostringstream out, err;
        Console console{in, out, err};
        Outcome outcome = feedback_command().run(arguments, console);
        return {outcome, out.str()};
    }
    /// "spam 1, ham 0" of the author's history.
    [[nodiscard]] std::string counts() const {
        auto ledger = Database::open(folder_ + "/ledger", Database::Mode::read_only);
        std::uint32_t spam = 0, ham = 0;
        for (const verdict::DayCounts& day : ledger->read({key_})->front()) {
            spam += day.spam;
            ham += day.ham;
        }
        return "spam " + std::to_string(spam) + ", ham " + std::to_string(ham);
    }

    std::string folder_;
    io::store::Hash key_ = 0;
};

constexpr const char* delivered =
    "Received: x\r\nFrom: Chris <chris@contoso.com>\r\nMessage-ID: <1@contoso.com>\r\n\r\nbody\r\n";

TEST_F(FeedbackCommand, CountsOncePerPersonAndCanBeChanged) {
    EXPECT_EQ(run("-", "spam", delivered).out,
              "counted: 01A of contoso.com is spam to ann: it weighs on the history of who sent it\n");
    EXPECT_EQ(counts(), "spam 1, ham 0");
    EXPECT_EQ(run("4AAA", "spam").out,
              "already counted: 01A of contoso.com is spam to ann: a person's word counts once\n");
    EXPECT_EQ(run("<1@contoso.com>", "ham").out,
              "changed: 01A of contoso.com is ham to ann: what ann said before is taken back\n");
    EXPECT_EQ(counts(), "spam 0, ham 1");
}

TEST_F(FeedbackCommand, ReadsAFile) {
    const std::string file = folder_ + "/mail.eml";
    std::ofstream(file) << delivered;
    EXPECT_TRUE(run(file, "ham").out.starts_with("counted: 01A "));
    EXPECT_EQ(counts(), "spam 0, ham 1");
}

TEST_F(FeedbackCommand, OurIdSaysWhichOfTwins) {
    add_twin();
    const Ran unclear = run("-", "spam", delivered);
    ASSERT_FALSE(unclear.outcome);
    EXPECT_EQ(unclear.outcome.error().exit, exit_code::failed);
    EXPECT_TRUE(unclear.outcome.error().text.starts_with("-: 2 messages may be meant: 01"))
        << unclear.outcome.error().text;
    EXPECT_EQ(counts(), "spam 0, ham 0") << "nothing is guessed";
    EXPECT_TRUE(run("-", "spam", std::string("X-Bonafide-Id: 01B\r\n") + delivered).out.starts_with("counted: 01B "));
    EXPECT_TRUE(run("4aaa", "spam").out.starts_with("counted: 01A "));
}

TEST_F(FeedbackCommand, AnIdOfSomebodyElsesMessageIsNotBelieved) {
    const Ran ran = run("-", "spam", "X-Bonafide-Id: 01A\r\nFrom: a@evil.example\r\n\r\n");
    ASSERT_FALSE(ran.outcome);
    EXPECT_EQ(counts(), "spam 0, ham 0");
}

TEST_F(FeedbackCommand, WhereNoNamesAreKeptThePersonsIsHashed) {
    std::ofstream(folder_ + "/hashed.toml") << "[ledger]\naddresses = \"hashed\"\n";
    ASSERT_TRUE(run("01A", "spam", "", {"config", folder_ + "/hashed.toml"}).outcome);
    ASSERT_TRUE(run("01A", "ham", "", {"config", folder_ + "/hashed.toml"}).outcome) << "it is known again";
    auto ledger = Database::open(folder_ + "/ledger", Database::Mode::read_only);
    const std::string ann = io::store::hashed_name(ledger->secret(), "ann");
    EXPECT_EQ((*ledger->message("01A"))->feedback, (std::vector<std::pair<std::string, bool>>{{ann, false}}));
    for (const io::store::AuditRow& row : *ledger->audit(9)) EXPECT_EQ(row.who, ann);
    EXPECT_EQ(counts(), "spam 0, ham 1");
}

TEST_F(FeedbackCommand, APipeIsNotWaitedFor) {
    const std::string pipe = folder_ + "/pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    for (const std::string& odd : {pipe, std::string("/dev/zero")}) {
        const Ran ran = run(odd, "spam");
        ASSERT_FALSE(ran.outcome);
        EXPECT_TRUE(ran.outcome.error().text.contains(", not a file; ")) << ran.outcome.error().text;
    }
}

TEST_F(FeedbackCommand, WhatIsNotKeptIsAnError) {
    const auto error = [&](const std::string& message, const std::string& input = "") {
        const Ran ran = run(message, "spam", input);
        EXPECT_FALSE(ran.outcome);
        return ran.outcome ? "" : ran.outcome.error().text;
    };
    EXPECT_EQ(error("4zzz"),
              "4zzz: is not kept: it is older than the retention, or never came through here; there is no file of "
              "that name either");
    EXPECT_EQ(error("-", "From: a@contoso.com\r\n\r\n"),
              "-: has neither an X-Bonafide-Id nor a Message-ID by which it could be found");
    EXPECT_EQ(error("-", "From: a@evil.example\r\nMessage-ID: <1@contoso.com>\r\n\r\n"),
              "-: is not kept: it is older than the retention, or never came through here");
    EXPECT_EQ(counts(), "spam 0, ham 0");
}

} // namespace
} // namespace bonafide::cli
