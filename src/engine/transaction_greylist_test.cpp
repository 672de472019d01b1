// Greylisting at the end of a message: what it reads of the past beside the judgement, and that a past which does not come delays nobody.
#include "engine/greylist.hpp"
#include "engine/test_transaction.hpp"

#include <algorithm>

namespace bonafide::engine {
namespace {

using namespace testing_engine;
using policy::greylist::Exempt;
using verdict::PastKey;
using verdict::PastKind;

/// Puts off whoever it is asked about and nobody has exempted.
class PutsOff final : public GreylistSource {
  public:
    std::shared_ptr<void> consider(GreylistRequest request, std::int64_t, Done done) override {
        asked.push_back(std::move(request));
        GreylistAnswer answer;
        answer.defer = !asked.back().is_settled();
        answer.why = answer.defer ? "put off" : "exempt";
        answer.wait = 240;
        done(std::move(answer));
        return nullptr;
    }
    std::vector<GreylistRequest> asked;
};

/// Mail of a list: the author is somebody else than the reverse-path.
class GreylistOfATransaction : public TransactionTest {
  protected:
    GreylistOfATransaction() {
        auto settings = std::make_shared<Settings>();
        settings->mode = Mode::enforce;
        settings->greylist.enabled = true;
        context.settings = settings;
        context.history = history;
        context.greylist = greylist;
        context.clock.alarm = [this](Clock::TimePoint, std::function<void()> act) -> Clock::Alarm {
            alarm = std::make_shared<std::function<void()>>(std::move(act));
            return alarm;
        };
    }
    void send_list_mail(Transaction& message) {
        message.mail("<owner@lists.example>", {});
        message.rcpt("<bob@receiver.example>");
        message.header("From", " Ann <ann@elsewhere.example>");
        message.end_of_header();
    }
    const PastKey written{PastKind::contact, "owner@lists.example", "bob@receiver.example"};
    std::shared_ptr<FakeHistory> history = std::make_shared<FakeHistory>();
    std::shared_ptr<PutsOff> greylist = std::make_shared<PutsOff>();
    std::shared_ptr<std::function<void()>> alarm;
};

TEST_F(GreylistOfATransaction, ThePastOfTheEnvelopeExemptsWhomOursHaveWrittenTo) {
    history->at_once = true;
    history->answer.known = true;
    history->answer.pasts = {{written, {{.day = 20000, .sent = 1}}}};
    Connection connection(context);
    connection.open(peer("203.0.113.9"));
    Transaction message(connection);
    send_list_mail(message);
    const Finished finished = end(message);
    EXPECT_EQ(history->reads, 2) << "for the judgement, then of the envelope";
    EXPECT_THAT(history->asked, testing::Contains(written));
    ASSERT_EQ(greylist->asked.size(), 1U);
    EXPECT_TRUE(greylist->asked[0].is_settled()) << "nothing is left to read";
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
}

TEST_F(GreylistOfATransaction, APastThatComesLateIsWaitedForAndOneThatDoesNotIsNot) {
    for (const bool comes : {true, false}) {
        greylist->asked.clear();
        Connection connection(context);
        connection.open(peer("203.0.113.9"));
        Transaction message(connection);
        send_list_mail(message);
        std::optional<Finished> finished;
        message.end([&](Finished f) { finished = std::move(f); });
        history->answer.known = true;
        ASSERT_TRUE(history->deliver()) << "that of the judgement";
        EXPECT_FALSE(finished);
        if (comes)
            ASSERT_TRUE(history->deliver());
        else
            (*std::shared_ptr(alarm))();
        ASSERT_TRUE(finished);
        ASSERT_EQ(greylist->asked.size(), 1U);
        EXPECT_EQ(finished->decision.action, policy::Action::defer);
        EXPECT_EQ(finished->decision.by, "greylist");
        if (!comes) EXPECT_FALSE(history->deliver()) << "what comes later is nobody's";
    }
}

TEST_F(GreylistOfATransaction, TheReplyNamesTheTimeThatIsLeft) {
    history->at_once = true;
    auto settings = std::make_shared<Settings>(*context.settings);
    settings->greylist.reply = "451 4.7.1 {client} comes again in {greylist.wait} seconds";
    context.settings = settings;
    Connection connection(context);
    connection.open(peer("203.0.113.9"));
    Transaction message(connection);
    send_list_mail(message);
    EXPECT_EQ(end(message).decision.smtp_reply, "451 4.7.1 203.0.113.9 comes again in 240 seconds");
}

TEST_F(GreylistOfATransaction, NothingIsReadWhereNobodyIsGreylisted) {
    history->at_once = true;
    context.settings = std::make_shared<Settings>();
    Connection connection(context);
    connection.open(peer("203.0.113.9"));
    Transaction message(connection);
    send_list_mail(message);
    EXPECT_EQ(end(message).decision.action, policy::Action::accept);
    EXPECT_EQ(history->reads, 1);
}

} // namespace
} // namespace bonafide::engine
