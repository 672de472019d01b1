#include "cli/command.hpp"
#include "cli/feedback.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace bonafide::cli {

Command feedback_command();

namespace {

using io::store::Database;
using io::store::Found;

Found found(std::string id, std::string author_domain, std::int64_t time) {
    Found one;
    one.message.id = std::move(id);
    one.message.author_domain = std::move(author_domain);
    one.message.time = time;
    return one;
}

std::string chosen(std::vector<Found> all, const feedback::Letterhead& letterhead) {
    const auto one = feedback::choose(std::move(all), letterhead);
    return one ? one->message.id : one.error().text;
}

TEST(FeedbackChoice, TheNewestOfOneAuthor) {
    EXPECT_EQ(chosen({found("A", "x.example", 1), found("B", "x.example", 3), found("C", "x.example", 2)}, {}), "B");
    EXPECT_EQ(chosen({}, {}), "is not kept: it is older than the retention, or never came through here");
}

TEST(FeedbackChoice, AForeignMessageIdIsNotTaken) {
    const std::vector<Found> all{found("A", "bank.example", 1), found("B", "evil.example", 2)};
    EXPECT_EQ(chosen(all, {"1@x", "", "evil.example"}), "B");
    EXPECT_EQ(chosen(all, {"1@x", "", "bank.example"}), "A");
    // Nor does a forged X-Bonafide-Id lead to another author's message.
    EXPECT_EQ(chosen(all, {"1@x", "A", "evil.example"}), "B");
    EXPECT_EQ(chosen({found("A", "bank.example", 1)}, {"1@x", "A", "evil.example"}),
              "is not kept: it is older than the retention, or never came through here");
    EXPECT_EQ(chosen(all, {}), "messages of several authors are meant (A, B): name one by its id");
}

TEST(FeedbackChoice, OurIdTellsEqualsApart) {
    EXPECT_EQ(chosen({found("A", "x.example", 1), found("B", "x.example", 2)}, {"1@x", "A", "x.example"}), "A");
}

class FeedbackCommand : public testing::Test {
  protected:
    FeedbackCommand() {
        std::string name = testing::TempDir() + "feedback_test.XXXXXX";
        folder_ = ::mkdtemp(name.data());
        auto ledger = Database::open(folder_ + "/ledger", Database::Mode::create);
        io::store::Message message = found("01A", "contoso.com", std::time(nullptr)).message;
        message.direction = "inbound";
        message.document = "{}";
        for (const std::string_view term : {"4aaa", "1@contoso.com"})
            message.terms.push_back(io::store::hash_of_term(ledger->secret(), term));
        key_ = io::store::hash_of(ledger->secret(), {verdict::PastKind::author, "contoso.com", ""});
        message.told = {{key_, verdict::PastKind::author, {.day = verdict::day_of(message.time), .good = 1}, {}}};
        io::store::Batch batch;
        batch.increments = message.told;
        batch.messages.push_back(std::move(message));
        EXPECT_TRUE(ledger->write(batch, {}));
    }
    ~FeedbackCommand() override { std::filesystem::remove_all(folder_); }

    struct Ran {
        Outcome outcome;
        std::string out;
    };
    [[nodiscard]] Ran run(const std::string& message, const std::string& word, const std::string& input = "") const {
        Arguments arguments;
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

TEST_F(FeedbackCommand, WhatIsNotKeptIsAnError) {
    const auto error = [&](const std::string& message, const std::string& input = "") {
        const Ran ran = run(message, "spam", input);
        EXPECT_FALSE(ran.outcome);
        return ran.outcome ? "" : ran.outcome.error().text;
    };
    EXPECT_EQ(error("4zzz"), "4zzz: is not kept: it is older than the retention, or never came through here");
    EXPECT_EQ(error("-", "From: a@contoso.com\r\n\r\n"), "-: has no Message-ID by which it could be found");
    EXPECT_EQ(error("-", "From: a@evil.example\r\nMessage-ID: <1@contoso.com>\r\n\r\n"),
              "-: is not kept: it is older than the retention, or never came through here");
    EXPECT_EQ(counts(), "spam 0, ham 0");
}

} // namespace
} // namespace bonafide::cli
