// Against a scripted server on a real socket: what is said, and what comes of each way to fail.
#include "io/smtp_client.hpp"
#include "io/smtp_script.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::io::smtp {
namespace {

using namespace std::chrono_literals;
using script::polite;
using script::polite_but;
using script::Server;
using script::Turn;
using testing::HasSubstr;
using Then = Server::Then;

Letter letter(std::string message = "Subject: x\n\n.dot\nend\n") {
    return {.mail_from = "", .recipients = {"rita@ours.example"}, .message = std::move(message)};
}

Target to(const Server& server, std::chrono::milliseconds limit = 20s) {
    return {.server = server.endpoint(), .helo = "mx.ours.example", .timeouts = Timeouts::at_most(limit)};
}

/// "sent REPLY", or "temporary: TEXT", "permanent: TEXT".
std::string text_of(const std::expected<Outcome, Failure>& result) {
    if (result) return "sent " + result->reply;
    return fmt::format("{}: {}", result.error().permanent ? "permanent" : "temporary", result.error().text);
}
std::string sent(std::vector<Turn> turns, Then then = Then::silence, const Letter& what = letter(),
                 std::chrono::milliseconds limit = 20s) {
    const Server server(std::move(turns), then);
    return text_of(send(to(server, limit), what));
}

TEST(SmtpClient, AWholeConversation) {
    Server server(polite());
    EXPECT_EQ(text_of(send(to(server), letter())), "sent 250 2.0.0 queued as 4711");
    EXPECT_EQ(server.heard(), "EHLO mx.ours.example\r\nMAIL FROM:<> SIZE=26\r\nRCPT TO:<rita@ours.example>\r\nDATA\r\n"
                              "Subject: x\r\n\r\n..dot\r\nend\r\n.\r\nQUIT\r\n");
}

TEST(SmtpClient, WhatTheServerKnowsAndTheLetterNeedsIsSaid) {
    Server server(polite_but(1, "250-mx\r\n250-size\r\n250-8bitmime\r\n250-STARTTLS\r\n250 SmtpUtf8\r\n"));
    Letter what = letter("Subject: \xc3\xa9\n\n\xc3\xa9\n");
    what.mail_from = "ann@ours.example";
    EXPECT_EQ(text_of(send(to(server), what)), "sent 250 2.0.0 queued as 4711");
    EXPECT_THAT(server.heard(), HasSubstr("MAIL FROM:<ann@ours.example> BODY=8BITMIME SMTPUTF8\r\n"))
        << "SIZE without a number that can be read is no offer";
}

TEST(SmtpClient, WhatItNeedsAndTheServerDoesNotKnow) {
    const std::vector<Turn> bare = polite_but(1, "250 mx\r\n");
    EXPECT_EQ(sent(bare, Then::silence, letter("A: b\n\n\xc3\xa9\n")),
              "permanent: the letter needs 8BITMIME, which the server does not offer");
    EXPECT_EQ(sent(bare, Then::silence, letter("A: \xc3\xa9\n\nb\n")),
              "permanent: the letter needs SMTPUTF8, which the server does not offer");
    Letter to_utf8 = letter();
    to_utf8.recipients = {"\xc3\xa9@ours.example"};
    EXPECT_THAT(sent(bare, Then::silence, to_utf8), HasSubstr("permanent: the letter needs SMTPUTF8"));
    EXPECT_EQ(sent(bare), "sent 250 2.0.0 queued as 4711") << "nothing of it is needed";
}

TEST(SmtpClient, TheSizeAtTheLimitAndOnePast) { // RFC 1870 4, 5
    const auto with = [](std::size_t size) { return polite_but(1, fmt::format("250-mx\r\n250 SIZE {}\r\n", size)); };
    EXPECT_EQ(sent(with(26)), "sent 250 2.0.0 queued as 4711");
    EXPECT_EQ(sent(with(25)), "permanent: the letter has 26 bytes, and the server takes 25");
    EXPECT_EQ(sent(with(0)), "sent 250 2.0.0 queued as 4711") << "0 is no limit";
}

TEST(SmtpClient, HeloWhereEhloIsRefused) {
    std::vector<Turn> turns = polite_but(1, "502 what?\r\n");
    turns.insert(turns.begin() + 2, Turn{"HELO", "250 mx\r\n"});
    Server server(turns);
    EXPECT_EQ(text_of(send(to(server), letter())), "sent 250 2.0.0 queued as 4711");
    EXPECT_THAT(server.heard(), HasSubstr("HELO mx.ours.example\r\nMAIL FROM:<>\r\n"));
}

TEST(SmtpClient, AnAddressStandsForANameThatIsNone) { // RFC 5321 4.1.3
    for (const char* name : {"", "localhost", "mx.ours.example\r\nRSET"}) {
        Server server(polite());
        Target target = to(server);
        target.helo = name;
        EXPECT_EQ(text_of(send(target, letter())), "sent 250 2.0.0 queued as 4711");
        EXPECT_TRUE(server.heard().starts_with("EHLO [127.0.0.1]\r\nMAIL")) << server.heard();
    }
}

// ---- refusals

TEST(SmtpClient, RefusalsAtEachStep) {
    const std::pair<std::size_t, std::string_view> steps[] = {
        {0, "the connection"}, {2, "MAIL FROM"}, {3, "RCPT TO"}, {4, "DATA"}, {5, "the message"}};
    for (const auto& [turn, name] : steps) {
        EXPECT_EQ(sent(polite_but(turn, "451 4.3.0 later\r\n")),
                  fmt::format("temporary: the server answered {} with \"451 4.3.0 later\"", name));
        EXPECT_EQ(sent(polite_but(turn, "554-5.7.1 no\r\n554 5.7.1 never\r\n")),
                  fmt::format("permanent: the server answered {} with \"554 5.7.1 no; 5.7.1 never\"", name));
    }
    EXPECT_EQ(sent(polite_but(1, "421 4.3.2 shutting down\r\n")),
              "temporary: the server answered EHLO with \"421 4.3.2 shutting down\"");
}

TEST(SmtpClient, AfterARefusalItTakesItsLeave) {
    Server server({{"", "220 mx\r\n"}, {"EHLO", "250 mx\r\n"}, {"MAIL", "550 no\r\n"}, {"QUIT", "221 bye\r\n"}});
    EXPECT_THAT(text_of(send(to(server), letter())), HasSubstr("permanent"));
    EXPECT_TRUE(server.heard().ends_with("MAIL FROM:<>\r\nQUIT\r\n")) << server.heard();
}

TEST(SmtpClient, SomeRecipientsAreTaken) {
    std::vector<Turn> turns = polite();
    turns.insert(turns.begin() + 3, {Turn{"RCPT", "550 unknown\r\n"}, Turn{"RCPT", "552 too many\r\n"}});
    Letter three = letter();
    three.recipients = {"a@ours.example", "b@ours.example", "c@ours.example"};
    Server server(turns);
    const auto result = send(to(server), three);
    ASSERT_TRUE(result) << text_of(result);
    ASSERT_EQ(result->refused.size(), 2U);
    EXPECT_EQ(result->refused[0].recipient, "a@ours.example");
    EXPECT_TRUE(result->refused[0].permanent);
    EXPECT_FALSE(result->refused[1].permanent) << "RFC 5321 4.5.3.1.10: too many of them";
    EXPECT_THAT(result->refused[0].text, HasSubstr("550 unknown"));
}

TEST(SmtpClient, AllRefusedIsTemporaryWhenOneIs) {
    const auto with = [](const char* second) {
        std::vector<Turn> turns = polite_but(3, "550 unknown\r\n");
        turns.insert(turns.begin() + 4, Turn{"RCPT", second});
        Letter two = letter();
        two.recipients = {"a@ours.example", "b@ours.example"};
        return sent(turns, Then::silence, two);
    };
    EXPECT_EQ(with("450 busy\r\n"), "temporary: the server answered RCPT TO with \"550 unknown\"");
    EXPECT_EQ(with("551 moved\r\n"), "permanent: the server answered RCPT TO with \"550 unknown\"");
}

// ---- letters

TEST(SmtpClient, LettersThatNobodyIsAskedToTake) {
    const auto said = [](const Letter& what) {
        return text_of(send({.server = *ip::Endpoint::parse("127.0.0.1:1"), .helo = "x", .timeouts = {}}, what));
    };
    Letter what = letter();
    what.recipients = {};
    EXPECT_EQ(said(what), "permanent: the letter has no recipient");
    what.recipients.assign(most_recipients + 1, "a@b.example");
    EXPECT_EQ(said(what), "permanent: the letter has more than 100 recipients");
    what.recipients = {"a@b>\r\nDATA"};
    EXPECT_EQ(said(what), "permanent: \"a@b>\\x0d\\x0aDATA\" is no address");
    what = letter();
    what.mail_from = "a b@c";
    EXPECT_EQ(said(what), "permanent: \"a b@c\" is no address");
    EXPECT_EQ(said(letter("A: b\n\n" + std::string(999, 'x'))),
              "permanent: the letter has a line of more than 998 bytes");
    EXPECT_EQ(sent(polite(), Then::silence, letter("A: b\n\n" + std::string(998, 'x'))),
              "sent 250 2.0.0 queued as 4711");
}

TEST(SmtpClient, ALargeLetterGoesInPieces) {
    std::string message = "A: b\n\n";
    for (int i = 0; i < 20000; ++i) message += "a line of thirty bytes or about\n";
    std::vector<Turn> turns = polite_but(1, "250 mx\r\n");
    Server server(turns);
    EXPECT_EQ(text_of(send(to(server), letter(message))), "sent 250 2.0.0 queued as 4711");
    EXPECT_GT(server.heard().size(), 20000U * 33);
}

// ---- hostile, slow and broken servers

TEST(SmtpClient, NobodyListens) {
    ip::Endpoint nowhere;
    {
        const Server server({});
        nowhere = server.endpoint();
    }
    const auto result = send({.server = nowhere, .helo = "x.example", .timeouts = Timeouts::at_most(5s)}, letter());
    EXPECT_THAT(text_of(result), HasSubstr("temporary: no connection to 127.0.0.1:"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().step, Step::connect);
}

TEST(SmtpClient, SilenceAtEachStep) {
    const std::string_view names[] = {"the connection", "EHLO", "MAIL FROM", "RCPT TO", "DATA", "the message"};
    for (std::size_t turn = 0; turn < std::size(names); ++turn) {
        std::vector<Turn> turns = polite();
        turns.resize(turn);
        EXPECT_EQ(sent(turns, Then::silence, letter(), 50ms),
                  fmt::format("temporary: the server was silent at {}", names[turn]));
    }
}

TEST(SmtpClient, CutOffAtEachStep) {
    const std::string_view names[] = {"the connection", "EHLO", "MAIL FROM", "RCPT TO", "DATA", "the message"};
    for (std::size_t turn = 0; turn < std::size(names); ++turn) {
        std::vector<Turn> turns = polite();
        turns.resize(turn + 1);
        turns[turn].say = "250-half a re";
        EXPECT_EQ(sent(turns, Then::close),
                  fmt::format("temporary: the server closed the connection at {}", names[turn]));
    }
}

TEST(SmtpClient, ASilentFarewellChangesNothing) {
    std::vector<Turn> turns = polite();
    turns.pop_back();
    EXPECT_EQ(sent(turns, Then::close), "sent 250 2.0.0 queued as 4711");
}

TEST(SmtpClient, AReplyByteByByteHasOneTimeLimit) {
    std::vector<Turn> turns = polite_but(1, "250-" + std::string(1000, 'x') + "\r\n250 mx\r\n");
    turns[1].pause = 2ms;
    EXPECT_EQ(sent(turns, Then::silence, letter(), 200ms), "temporary: the server was silent at EHLO");
    EXPECT_EQ(sent(turns), "sent 250 2.0.0 queued as 4711") << "slow, but in time";
}

TEST(SmtpClient, WhatIsNoSmtp) {
    EXPECT_EQ(sent(polite_but(0, "SSH-2.0-OpenSSH_9.2\r\n")),
              "temporary: the server said \"SSH-2.0-OpenSSH_9.2\", which is no reply");
    EXPECT_EQ(sent(polite_but(0, std::string(5000, 'x'))), "temporary: a line of the server's reply is too long");
    std::string endless;
    for (int i = 0; i < 3000; ++i) endless += "250-x\r\n";
    EXPECT_EQ(sent(polite_but(1, endless)), "temporary: the server's reply is too long");
    EXPECT_EQ(sent(polite_but(2, "250-a\r\n550 b\r\n")), "temporary: the server gave 250 and 550 in one reply");
    EXPECT_EQ(sent(polite_but(2, "354 go on\r\n")),
              "temporary: the server answered MAIL FROM with \"354 go on\", which does not fit");
    EXPECT_EQ(sent(polite_but(4, "250 ok\r\n")),
              "temporary: the server answered DATA with \"250 ok\", which does not fit")
        << "a message that follows a wrong answer would be taken for commands";
    EXPECT_EQ(sent(polite_but(2, "550 \x1b[2J\xff\r\n")),
              "permanent: the server answered MAIL FROM with \"550 \\x1b[2J\\xff\"");
}

TEST(SmtpClient, RepliesBeforeTheirTimeEndIt) {
    EXPECT_EQ(sent(polite_but(1, "250 mx\r\n250 ok\r\n250 ok\r\n")),
              "temporary: the server spoke out of turn: 250 ok\\x0d\\x0a250 ok\\x0d\\x0a");
    EXPECT_EQ(sent(polite_but(4, "354 go on\r\n250 queued\r\n")),
              "temporary: the server spoke out of turn: 250 queued\\x0d\\x0a")
        << "what was not sent was not taken";
}

TEST(SmtpClient, AStopEndsAWait) {
    const Server server({{"", "220 mx\r\n"}});
    std::stop_source source;
    const std::jthread stopper([&] {
        std::this_thread::sleep_for(20ms);
        source.request_stop();
    });
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(text_of(send(to(server), letter(), source.get_token())), "temporary: given up, since the daemon ends");
    EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
    EXPECT_EQ(text_of(send(to(server), letter(), source.get_token())), "temporary: given up, since the daemon ends")
        << "one that was asked for before";
}

TEST(SmtpClient, TimesAreTheStandardsOrShorter) { // RFC 5321 4.5.3.2
    const Timeouts all = Timeouts::at_most(1h);
    EXPECT_EQ(all.greeting, 5min);
    EXPECT_EQ(all.command, 5min);
    EXPECT_EQ(all.data, 2min);
    EXPECT_EQ(all.block, 3min);
    EXPECT_EQ(all.end, 10min);
    EXPECT_EQ(Timeouts::at_most(30s).end, 30s);
    EXPECT_EQ(Timeouts::at_most(30s).connect, 30s);
}

} // namespace
} // namespace bonafide::io::smtp
