// Mail that reaches us through hosts of our own: relays whose clients are judged, filters whose results are kept; and Received-SPF.
#include "engine/test_transaction.hpp"

namespace bonafide::engine {
namespace {

using namespace testing_engine;
using testing::HasSubstr;
using verdict::Direction;

/// A message that came by the relays 198.51.100.0/24; `received`: what they wrote, top to bottom.
class RelayTest : public TransactionTest {
  protected:
    RelayTest() {
        auto settings = std::make_shared<Settings>();
        settings->direction.relays = {*ip::Prefix::parse("198.51.100.0/24")};
        settings->direction.internal_networks = {*ip::Prefix::parse("10.0.0.0/8"),
                                                 *ip::Prefix::parse("198.51.100.0/24")};
        context.settings = settings;
    }
    verdict::Facts facts_of(std::initializer_list<std::string_view> received) {
        Connection connection(context);
        connection.open(peer("198.51.100.1"));
        connection.helo("edge.receiver.example");
        Transaction message(connection);
        message.mail("<ann@example.com>", {});
        for (const std::string_view value : received) message.header("Received", value);
        message.header("From", " Ann <ann@example.com>");
        message.end_of_header();
        return end(message).facts;
    }
};

TEST_F(RelayTest, TheClientBeforeOurRelaysIsJudged) {
    const verdict::Facts facts =
        facts_of({" from inner (inner [198.51.100.9]) by edge", " from mx.example.com (x [192.0.2.1]) by inner",
                  " from forged (forged [203.0.113.1]) by nobody"});
    EXPECT_EQ(facts.direction, Direction::inbound);
    EXPECT_EQ(facts.envelope.client->text(), "192.0.2.1");
    EXPECT_EQ(facts.envelope.relay->text(), "198.51.100.1");
    EXPECT_EQ(facts.envelope.relays, 2U);
    EXPECT_EQ(facts.envelope.helo, "mx.example.com");
    EXPECT_EQ(facts.spf.value->result, spf::Result::pass);
    EXPECT_EQ(facts.iprev.value->result, iprev::Result::pass);
    EXPECT_EQ(facts.dmarc.value->result, dmarc::Result::pass);
}

TEST_F(RelayTest, WithLateAnswersNothingIsLeftOut) {
    context.source = late;
    const verdict::Facts facts = facts_of({" from mx.example.com (x [192.0.2.1]) by edge"});
    EXPECT_EQ(facts.spf.value->result, spf::Result::pass);
    EXPECT_EQ(facts.iprev.value->result, iprev::Result::pass);
}

TEST_F(RelayTest, AnUnreadableTrailLeavesSpfUndecided) {
    const verdict::Facts facts = facts_of({" from mx.example.com by edge"});
    EXPECT_FALSE(facts.envelope.client);
    EXPECT_THAT(facts.spf.unavailable, HasSubstr("not known"));
    EXPECT_THAT(facts.iprev.unavailable, HasSubstr("not known"));
    EXPECT_FALSE(facts.dmarc.value);
}

TEST_F(RelayTest, MailOfOurOwnNetworksThroughARelayIsInternal) {
    EXPECT_EQ(facts_of({" from pc (pc [10.1.2.3]) by edge"}).direction, Direction::internal);
}

TEST_F(TransactionTest, ResultsOfTrustedHostsStay) {
    auto settings = std::make_shared<Settings>();
    settings->identity.trusted_hosts = {*ip::Prefix::parse("192.0.2.0/30")};
    context.settings = settings;
    for (const auto& [client, removed] : {std::pair{"192.0.2.1", 0U}, std::pair{"192.0.2.4", 1U}}) {
        Connection connection(context);
        connection.open(peer(client));
        Transaction message(connection);
        send(message);
        EXPECT_EQ(removed_by(end(message).decision).size(), removed) << client;
    }
}

TEST_F(TransactionTest, ReceivedSpfWhenWanted) {
    auto settings = std::make_shared<Settings>();
    settings->spf.received_spf = true;
    context.settings = settings;
    Connection connection(context);
    connection.open(peer());
    connection.helo("mx.example.com");
    Transaction message(connection);
    send(message);
    const Finished finished = end(message);
    const auto& edits = finished.decision.edits;
    ASSERT_EQ(edits.size(), 4U);
    EXPECT_EQ(edits[1].name, "Received-SPF");
    EXPECT_THAT(edits[1].value, HasSubstr("pass (mx.receiver.example: 192.0.2.1 may send for example.com)"));
    EXPECT_EQ(edits[2].name, "Authentication-Results"); // above it
}

} // namespace
} // namespace bonafide::engine
