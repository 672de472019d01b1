#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "mail/encoded_word.hpp"
#include "mail/header.hpp"
#include "policy/action.hpp"
#include "policy/notice.hpp"
#include "policy/test_subject.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_subject::Situation;

const NoticeHead head{"bonafide@mx.ours.example", "admin@ours.example", "n.1@mx.ours.example", 1795255200};

Happening happening(const Situation& situation) {
    return {.rule = "no proof",
            .facts = situation.facts,
            .judgement = &situation.judgement,
            .action = Action::reject,
            .by = "rule no proof",
            .reply = "550 5.7.1 Not here",
            .dkim = "none",
            .id = "6a-1-0-1-1",
            .queue_id = "4bX0Yz",
            .kept = true};
}

/// The body behind the empty line, decoded.
std::string body_of(const std::string& message) {
    const std::size_t end = message.find("\r\n\r\n");
    const std::string body = message.substr(end + 4);
    if (!message.contains("Transfer-Encoding: base64")) return body;
    const auto bytes = base64::decode(body);
    return bytes ? std::string(bytes->begin(), bytes->end()) : "no base64";
}

TEST(Notice, TheWholeMessage) {
    Situation s;
    s.facts.letter.subject = "Your invoice";
    s.facts.letter.message_id = "x@contoso.com";
    s.judgement.why = "the policy of contoso.com fails it";
    EXPECT_EQ(
        write_notice(describe(happening(s)), head, {}),
        "Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
        "From: Bonafide <bonafide@mx.ours.example>\r\n"
        "To: <admin@ours.example>\r\n"
        "Subject: [Bonafide] no proof: mail of Chris@contoso.com was rejected\r\n"
        "Message-ID: <n.1@mx.ours.example>\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "\r\n"
        "The rule \"no proof\" held for mail of Chris@contoso.com to rita@ours.example, ron@ours.example, which was "
        "rejected.\r\n"
        "\r\n"
        "When:          Sat, 21 Nov 2026 10:00:00 +0000\r\n"
        "Client:        192.0.2.10\r\n"
        "HELO:          mx.contoso.com\r\n"
        "MAIL FROM:     bounce@contoso.com\r\n"
        "RCPT TO:       rita@ours.example, ron@ours.example\r\n"
        "From:          Chris Green <Chris@contoso.com>\r\n"
        "Subject:       Your invoice\r\n"
        "Message-ID:    <x@contoso.com>\r\n"
        "SPF:           fail (contoso.com)\r\n"
        "DKIM:          none\r\n"
        "ARC:           none\r\n"
        "DMARC:         fail\r\n"
        "compauth:      fail 001, score -7.5, suggests: junk\r\n"
        "Why:           the policy of contoso.com fails it\r\n"
        "Decided by:    rule no proof\r\n"
        "Reply:         550 5.7.1 Not here\r\n"
        "Id:            6a-1-0-1-1\r\n"
        "Queue id:      4bX0Yz\r\n"
        "More of it: bonafide trace 6a-1-0-1-1\r\n");
}

TEST(Notice, HowManyWereHeldBack) {
    const Situation s;
    const NoticeText text = describe(happening(s));
    EXPECT_THAT(write_notice(text, head, {3, 1795255200}),
                HasSubstr("\r\n\r\n3 more of this rule since Sat, 21 Nov 2026 10:00:00 +0000 were not told of "
                          "(notify.interval).\r\n"));
    EXPECT_THAT(write_notice(text, head, {1, 1795255200}), HasSubstr("1 more of this rule since Sat, 21 Nov 2026 "
                                                                     "10:00:00 +0000 was not told of"));
}

TEST(Notice, EarlyRefusalsSayWhereAndNothingThatNobodyLookedAt) {
    Situation s;
    s.facts.author = {};
    s.facts.dmarc = {};
    Happening early = happening(s);
    early.judgement = nullptr;
    early.dkim = {};
    early.kept = false;
    const auto body = [&](Level level, std::string_view reply, std::string_view recipient = {}) {
        early.refused_at = level;
        early.reply = reply;
        early.recipient = recipient;
        return describe(early).body;
    };
    const std::string at_mail = body(Level::mail, "550 5.7.1 no");
    EXPECT_THAT(at_mail, HasSubstr("held for mail of bounce@contoso.com to "));
    EXPECT_THAT(at_mail, HasSubstr("which was refused at MAIL FROM.\n"));
    for (const char* absent : {"DKIM", "ARC", "DMARC", "compauth", "trace", "From:"})
        EXPECT_THAT(at_mail, Not(HasSubstr(absent)));
    EXPECT_THAT(body(Level::rcpt, "450 4.7.1 later", "ron@ours.example"),
                HasSubstr("to ron@ours.example, which was put off at RCPT TO.\n"));
    s.facts.envelope.mail_from.reset();
    s.facts.envelope.recipients.clear();
    EXPECT_THAT(body(Level::connect, "554 5.7.1 no"),
                HasSubstr("held for a connection of 192.0.2.10, which was refused at the connection.\n"));
}

TEST(Notice, EachOutcomeHasItsWord) {
    const Situation s;
    Happening what = happening(s);
    const std::pair<Action, const char*> rows[] = {{Action::accept, "accepted"},
                                                   {Action::defer, "put off"},
                                                   {Action::reject, "rejected"},
                                                   {Action::discard, "discarded"},
                                                   {Action::hold, "put into the hold queue"}};
    for (const auto& [action, word] : rows) {
        what.action = action;
        EXPECT_TRUE(describe(what).subject.ends_with(std::string("was ") + word)) << describe(what).subject;
    }
}

TEST(Notice, MonitorModeSaysWhatItWouldHaveDone) {
    const Situation s;
    Happening what = happening(s);
    what.would.assign(10, "rule no proof: reject 550 5.7.1 Not here");
    EXPECT_THAT(describe(what).body, HasSubstr("Would have:    rule no proof: reject 550 5.7.1 Not here\n"));
    EXPECT_THAT(describe(what).body, HasSubstr("\nNot all that the rules say was done: see \"Would have\".\n"));
    EXPECT_THAT(describe(what).body, Not(HasSubstr("Would have:    1 more")));
    what.would.emplace_back("one past the limit");
    EXPECT_THAT(describe(what).body, HasSubstr("Would have:    1 more\n"));
}

TEST(Notice, RecipientsBeyondFiveAreCounted) {
    Situation s;
    s.facts.envelope.recipients.assign(5, "a@ours.example");
    EXPECT_THAT(describe(happening(s)).body, Not(HasSubstr(" more")));
    s.facts.envelope.recipients.emplace_back("b@ours.example");
    s.facts.envelope.more_recipients = 2;
    EXPECT_THAT(describe(happening(s)).body, HasSubstr("a@ours.example and 3 more\n"));
}

// ---- hostile

constexpr std::string_view injection = "x\r\nBcc: victim@else.example\r\n\r\nForged: yes\n.\r\n";

/// Everything a stranger may write, with `text` in it.
Situation full_of(const std::string& text) {
    Situation s;
    s.facts.envelope.client_name = s.facts.envelope.helo = text;
    s.facts.envelope.mail_from = text;
    s.facts.envelope.recipients = {text, text};
    s.facts.author.mailboxes = {{text, text, text}};
    s.facts.letter.subject = s.facts.letter.message_id = text;
    s.facts.spf.value->domain = text;
    s.judgement.why = text;
    return s;
}
Happening happening_full_of(const Situation& s, std::string_view text) {
    Happening what = happening(s);
    what.rule = what.by = what.reply = what.dkim = what.queue_id = text;
    what.would = {std::string(text)};
    return what;
}

TEST(Notice, NothingOfAStrangersBeginsAHeaderFieldOrALine) {
    const Situation s = full_of(std::string(injection));
    const std::string message = write_notice(describe(happening_full_of(s, injection)), head, {});
    const std::string header = message.substr(0, message.find("\r\n\r\n"));
    EXPECT_THAT(header, Not(HasSubstr("\r\nBcc")));
    EXPECT_EQ(std::ranges::count(header, '\n'), 8) << header; // nine fields, and the subject on one line
    const std::string body = body_of(message);
    for (const char* forged : {"\nBcc", "\nForged", "\n.\r"}) EXPECT_THAT(body, Not(HasSubstr(forged)));
}

TEST(Notice, EveryByteIsEscapedOrFits) {
    for (int byte = 0; byte < 256; ++byte) {
        const std::string text = std::string("a") + static_cast<char>(byte) + "b";
        Situation s = full_of(text);
        s.judgement.why = "escaped by whoever judges";
        const std::string message = write_notice(describe(happening_full_of(s, text)), head, {});
        const auto fits = [](char c) { return ascii::is_printable(c) || c == '\r' || c == '\n'; };
        EXPECT_TRUE(std::ranges::all_of(message, fits)) << byte;
        std::string body = body_of(message);
        for (std::size_t at = 0; (at = body.find("\xef\xbf\xbd", at)) != std::string::npos;) body.erase(at, 3);
        EXPECT_TRUE(std::ranges::all_of(body, fits)) << byte << ": alone it is no UTF-8, and shown so";
    }
}

TEST(Notice, LongTextsAreCut) {
    const std::string text(100000, 'x');
    const Situation s = full_of(text);
    const std::string message = write_notice(describe(happening_full_of(s, text)), head, {});
    EXPECT_LT(message.size(), 20000U);
    for (std::string_view rest = message; !rest.empty();) {
        const std::size_t end = rest.find("\r\n");
        ASSERT_NE(end, std::string_view::npos);
        EXPECT_LE(end, 998U);
        rest.remove_prefix(end + 2);
    }
}

TEST(Notice, TextBeyondAsciiIsEncoded) {
    Situation s;
    s.facts.letter.subject = "=?utf-8?Q?Gr=C3=B6=C3=9Fe?=";
    s.facts.author.mailboxes = {{"", "jörg", "contoso.com"}};
    const std::string message = write_notice(describe(happening(s)), head, {});
    EXPECT_THAT(message, HasSubstr("Content-Transfer-Encoding: base64\r\n"));
    EXPECT_THAT(body_of(message), HasSubstr("\r\nSubject:       Größe\r\n"));
    const std::size_t from = message.find("Subject: ");
    const std::size_t to = message.find("\r\nMessage-ID");
    EXPECT_EQ(mail::decode_encoded_words(message.substr(from, to - from)),
              "Subject: [Bonafide] no proof: mail of jörg@contoso.com was rejected");
}

TEST(Notice, Addresses) {
    for (const char* good : {"ann@example.com", "root@localhost", "a.b+c@x-y.example", "o'neil@a.example"})
        EXPECT_TRUE(is_notice_address(good)) << good;
    for (const char* bad : {"", "ann", "@x.example", "ann@", "ann@x.", "a..b@x", ".a@x", "a,b@x.example", "\"a b\"@x",
                            "a b@x", "a@b@x", "a@[192.0.2.1]", "a@x\r\nBcc: y", "(c)a@x", "a@m\xc3\xbcller.example"})
        EXPECT_FALSE(is_notice_address(bad)) << bad;
    EXPECT_TRUE(is_notice_address(std::string(244, 'x') + "@x.example"));
    EXPECT_FALSE(is_notice_address(std::string(245, 'x') + "@x.example"));
}

TEST(Notice, RulesTakeTheSameAddresses) {
    EXPECT_TRUE(RuleAction::parse("notify ann@example.com", Level::connect));
    for (const char* bad : {"notify", "notify ann", "notify a,b@x.example", "notify <ann@x.example>"})
        EXPECT_FALSE(RuleAction::parse(bad, Level::connect)) << bad;
}

} // namespace
} // namespace bonafide::policy
