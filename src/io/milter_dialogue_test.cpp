#include "io/milter_dialogue.hpp"
#include "io/milter_script.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace bonafide::io::milter {
namespace {

using Kind = Reply::Kind;
using Ending = Dialogue::Ending;
using script::Recorder;

/// A dialogue with a recorder behind it.
struct Talk {
    explicit Talk(Recorder::Plan p = {})
        : plan(std::move(p)), dialogue(std::make_unique<Dialogue>([this] { ++answers; })) {
        dialogue->attach(std::make_unique<Recorder>(*dialogue, log, plan));
    }
    /// Feeds and gives the letters answered since the last call.
    std::string say(std::string_view bytes) {
        dialogue->feed(bytes);
        return heard();
    }
    std::string heard() {
        const std::string result = script::letters(dialogue->output());
        dialogue->output().clear();
        return result;
    }
    std::string lines() const {
        std::string result;
        for (const std::string& line : log) result += line + "\n";
        return result;
    }

    Recorder::Plan plan;
    std::vector<std::string> log;
    int answers = 0;
    std::unique_ptr<Dialogue> dialogue;
};

Recorder::Plan answering(Stage stage, Reply reply) {
    Recorder::Plan plan;
    plan.needs.replies = StageSet{}.with(stage);
    plan.replies[stage] = std::move(reply);
    return plan;
}
Recorder::Plan later(Stage stage) {
    Recorder::Plan plan;
    plan.needs.replies = StageSet{}.with(stage);
    plan.later = StageSet{}.with(stage);
    return plan;
}

TEST(MilterDialogue, OneMessage) {
    Talk talk;
    talk.plan.verdict.modifications = {{Modification::Kind::insert, 1, "X-A", "v"}};
    EXPECT_EQ(talk.say(script::offer()), "O");
    // The MTA waits nowhere but at the end.
    EXPECT_EQ(talk.say(script::connect() + script::helo() + script::message() + script::quit()), "ic");
    EXPECT_EQ(talk.lines(), "negotiated 6\n"
                            "connect mail.example.org 192.0.2.1 40000\n"
                            "helo mail.example.org\n"
                            "mail <a@example.org>\n"
                            "rcpt <b@example.net>\n"
                            "data\n"
                            "header From: a@example.org\n"
                            "header Subject: hello\n world\n"
                            "end of header\n"
                            "body one\r\ntwo\r\n\n"
                            "end of message i=\n"
                            "close\n");
    EXPECT_EQ(talk.dialogue->ending(), Ending::quit);
}

TEST(MilterDialogue, OldVersionsAreAnsweredAtEachStep) {
    Talk talk;
    EXPECT_EQ(talk.say(script::offer(2, 0x3f, 0x7f)), "O");
    EXPECT_EQ(talk.say(script::connect()), "c");
    EXPECT_EQ(talk.say(script::helo()), "c");
    EXPECT_EQ(talk.say(script::mail()), "c");
    EXPECT_EQ(talk.say(script::rcpt()), "c");
    EXPECT_EQ(talk.say(script::header("A", "b") + script::header("C", "d")), "cc");
    EXPECT_EQ(talk.say(script::end_of_header()), "c");
    EXPECT_EQ(talk.say(script::body("x")), "c");
    EXPECT_EQ(talk.say(script::end_of_message()), "c");
}

TEST(MilterDialogue, AnyChunkingIsTheSame) {
    const std::string bytes = script::offer() + script::macros('C', {"j", "mx"}) + script::connect() + script::helo() +
                              script::macros('M', {"i", "Q1"}) + script::message() + script::abort() +
                              script::message() + script::mail() + script::abort() + script::quit();
    Talk whole;
    const std::string answers = whole.say(bytes);
    for (unsigned seed = 0; seed < 40; ++seed) {
        std::mt19937 random(seed);
        Talk talk;
        std::string heard;
        for (std::string_view rest = bytes; !rest.empty();) {
            const std::string piece{rest.substr(0, 1 + random() % (1 + seed * 5))};
            rest.remove_prefix(piece.size());
            heard += talk.say(piece);
        }
        EXPECT_EQ(heard, answers);
        EXPECT_EQ(talk.lines(), whole.lines());
    }
}

TEST(MilterDialogue, SeveralMessagesAbortAndNewConnection) {
    Talk talk;
    const std::string start = script::macros('C', {"j", "mx"}) + script::connect() + script::helo();
    talk.say(script::offer() + start);
    talk.say(script::macros('M', {"i", "Q1"}) + script::message() + script::abort());
    EXPECT_EQ(talk.log.back(), "end of message i=Q1"); // an abort after the end says nothing
    EXPECT_EQ(talk.dialogue->macro("i"), "");
    EXPECT_EQ(talk.dialogue->macro("j"), "mx");
    talk.say(script::mail() + script::rcpt() + script::abort());
    EXPECT_EQ(talk.log.back(), "abort");
    EXPECT_FALSE(talk.dialogue->in_message());
    talk.say(script::macros('E', {"i", "Q2"}));
    talk.say(script::mail()); // forgets what belongs to later stages
    EXPECT_EQ(talk.dialogue->macro("i"), "");
    talk.log.clear();
    talk.say(script::quit_new_connection());
    EXPECT_EQ(talk.lines(), "abort\nclose\n");
    EXPECT_EQ(talk.dialogue->macro("j"), "");
    EXPECT_EQ(talk.say(script::connect("other") + script::helo() + script::message()), "c");
    EXPECT_EQ(talk.say(script::quit_new_connection() + script::offer(2, 0, 0) + script::connect()), "Oc");
    EXPECT_FALSE(talk.dialogue->ended());
}

TEST(MilterDialogue, HeloOrMailWithinAMessageDropsIt) {
    Talk talk;
    talk.say(script::offer() + script::envelope() + script::mail("<c@example.org>"));
    EXPECT_EQ(talk.log.back(), "mail <c@example.org>");
    EXPECT_EQ(*(talk.log.end() - 2), "abort");
    talk.say(script::helo("again"));
    EXPECT_EQ(talk.log.back(), "helo again");
    EXPECT_EQ(*(talk.log.end() - 2), "abort");
    EXPECT_FALSE(talk.dialogue->ended());
}

struct OrderRow {
    std::string bytes;
    bool fine;
};

TEST(MilterDialogue, Order) {
    using namespace script;
    const std::string ready = offer();
    const std::string up = offer() + connect() + helo();
    const std::vector<OrderRow> rows{
        {connect(), false},
        {helo(), false},
        {mail(), false},
        {abort(), false},
        {packet('D', "C"), false},
        {quit(), true},
        {quit_new_connection(), false},
        {packet('U', strings({"X"})), false},
        {script::body("x"), false},
        {ready + helo(), false},
        {ready + mail(), false},
        {ready + rcpt(), false},
        {ready + abort(), true},
        {ready + quit_new_connection(), true},
        {ready + packet('U', strings({"X"})), true},
        {ready + packet('D', "C"), true},
        {ready + end_of_message(), false},
        {ready + connect() + mail(), true},
        {ready + connect() + connect(), false},
        {ready + connect() + offer(), false},
        {up + helo(), true},
        {up + rcpt(), false},
        {up + data(), false},
        {up + header("A", "b"), false},
        {up + end_of_header(), false},
        {up + script::body("x"), false},
        {up + end_of_message(), false},
        {up + abort(), true},
        {up + mail() + data(), true},
        {up + mail() + header("A", "b"), true},
        {up + mail() + rcpt() + rcpt(), true},
        {up + mail() + rcpt() + data() + data(), false},
        {up + mail() + rcpt() + data() + rcpt(), false},
        {up + mail() + rcpt() + end_of_header(), true},
        {up + mail() + rcpt() + data() + end_of_header() + header("A", "b"), false},
        {up + mail() + rcpt() + data() + script::body("x"), false},
        {up + mail() + rcpt() + data() + end_of_message(), false},
        {up + mail() + rcpt() + header("A", "b") + data(), false},
        {up + mail() + end_of_header() + end_of_header(), false},
        {up + mail() + end_of_header() + script::body("x") + rcpt(), false},
        {up + mail() + end_of_header() + end_of_message() + end_of_message(), false},
        {up + mail() + rcpt() + data() + end_of_header() + end_of_message() + mail(), true},
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Talk talk;
        talk.say(rows[i].bytes);
        EXPECT_EQ(talk.dialogue->ending() != Ending::protocol_error, rows[i].fine) << i;
        if (rows[i].fine) continue;
        EXPECT_EQ(talk.dialogue->error()->fault, Fault::out_of_order) << i;
        EXPECT_EQ(talk.log.back(), "close") << i;
    }
}

TEST(MilterDialogue, EveryCommandCutAtEveryByte) {
    using namespace script;
    const std::vector<std::string> commands{offer(),
                                            macros('C', {"j", "mx"}),
                                            connect(),
                                            helo(),
                                            mail(),
                                            rcpt(),
                                            data(),
                                            header("A", "b"),
                                            end_of_header(),
                                            script::body("xyz"),
                                            end_of_message("tail")};
    // Cut by a disconnect: the handler hears abort when in a message, and close; nothing of the cut command but body bytes.
    std::string before;
    for (const std::string& command : commands) {
        for (std::size_t size = 0; size < command.size(); ++size) {
            Talk talk;
            talk.say(before + command.substr(0, size));
            const bool in_message = talk.dialogue->in_message();
            EXPECT_FALSE(talk.dialogue->ended());
            talk.dialogue->end(Ending::disconnected);
            EXPECT_EQ(talk.log.back(), "close");
            EXPECT_EQ(talk.log.size() > 1 && *(talk.log.end() - 2) == "abort", in_message);
        }
        before += command;
    }
    // Cut within: the packet says it is shorter.
    std::string start = offer() + connect() + helo();
    for (const std::string& command :
         {offer(), macros('C', {"j", "mx"}), connect(), helo(), mail(), rcpt(), header("A", "b")}) {
        const std::string prefix = command[4] == 'O'   ? ""
                                   : command[4] == 'C' ? offer()
                                   : command[4] == 'L' ? start + mail()
                                   : command[4] == 'R' ? start + mail()
                                                       : start;
        for (std::size_t size = 5; size < command.size(); ++size) {
            Talk talk;
            talk.say(prefix + packet(command[4], std::string_view{command}.substr(5, size - 5)));
            const bool whole_by_itself = command[4] == 'D' && size == 6; // a macro packet without macros
            EXPECT_EQ(talk.dialogue->ending() == Ending::protocol_error, !whole_by_itself) << command[4] << size;
        }
    }
}

TEST(MilterDialogue, RepliesNow) {
    struct Row {
        Stage stage;
        Kind kind;
        std::string letters; ///< answered from connect to the end of the message
    };
    using namespace script;
    const std::vector<Row> rows{
        {Stage::connect, Kind::reject, "r"}, {Stage::connect, Kind::discard, "c"},
        {Stage::helo, Kind::accept, "a"},    {Stage::mail, Kind::defer, "t"},
        {Stage::mail, Kind::discard, "d"},   {Stage::rcpt, Kind::reject, "r"},
        {Stage::rcpt, Kind::accept, "a"},    {Stage::data, Kind::reject, "r"},
        {Stage::header, Kind::accept, "a"},  {Stage::end_of_header, Kind::defer, "t"},
        {Stage::body, Kind::reject, "r"},    {Stage::body, Kind::skip, "s"},
    };
    const std::vector<std::pair<Stage, std::string>> steps{{Stage::connect, script::connect()},
                                                           {Stage::helo, script::helo()},
                                                           {Stage::mail, script::mail()},
                                                           {Stage::rcpt, script::rcpt()},
                                                           {Stage::data, script::data()},
                                                           {Stage::header, script::header("A", "b")},
                                                           {Stage::end_of_header, script::end_of_header()},
                                                           {Stage::body, script::body("xyz")}};
    for (const Row& row : rows) {
        Talk talk(answering(row.stage, {row.kind, {}}));
        talk.say(script::offer());
        for (const auto& [stage, bytes] : steps) {
            const std::string heard = talk.say(bytes);
            EXPECT_EQ(heard, stage == row.stage ? row.letters : "") << to_text(row.stage);
            if (stage == row.stage) break;
        }
        const bool over = row.letters == "r" || row.letters == "t" || row.letters == "a" || row.letters == "d";
        const bool refused_recipient = row.stage == Stage::rcpt && row.kind == Kind::reject;
        if (row.stage != Stage::connect && row.stage != Stage::helo)
            EXPECT_EQ(talk.dialogue->in_message(), !over || refused_recipient) << to_text(row.stage);
        EXPECT_EQ(talk.dialogue->take_mishaps().left_out, row.letters == "c" ? 1U : 0U);
        talk.say(script::abort() + script::quit());
        EXPECT_NE(talk.log.back(), "abort");
    }
}

TEST(MilterDialogue, ABodyReplyWaitsForTheEndOfItsPacket) {
    Talk talk(answering(Stage::body, {Kind::reject, {}}));
    talk.say(script::offer() + script::envelope() + script::end_of_header());
    const std::string packet = script::body("0123456789");
    EXPECT_EQ(talk.say(packet.substr(0, 8)), "");
    EXPECT_EQ(talk.say(packet.substr(8, 3)), ""); // not given to the handler any more
    EXPECT_EQ(talk.log.back(), "body 012");
    EXPECT_EQ(talk.say(packet.substr(11)), "r");
    EXPECT_FALSE(talk.dialogue->in_message());
}

TEST(MilterDialogue, ARefusalWithinTheLastPacketIsTheVerdict) {
    Talk talk(answering(Stage::body, {Kind::smtp, "550 5.7.1 no"}));
    EXPECT_EQ(talk.say(script::offer() + script::envelope() + script::end_of_header() + script::end_of_message("x")),
              "Oy");
    EXPECT_EQ(talk.log.back(), "body x");
}

TEST(MilterDialogue, RepliesWhereNoneWasAskedForAreLeftOut) {
    Recorder::Plan plan;
    plan.replies[Stage::mail] = {Kind::reject, {}};
    Talk talk(plan);
    EXPECT_EQ(talk.say(script::offer() + script::connect() + script::helo() + script::mail()), "O");
    EXPECT_EQ(talk.dialogue->take_mishaps().left_out, 1U);
    EXPECT_TRUE(talk.dialogue->in_message());
}

TEST(MilterDialogue, RepliesLater) {
    Talk talk(later(Stage::rcpt));
    talk.say(script::offer() + script::connect() + script::helo() + script::mail());
    EXPECT_EQ(talk.say(script::rcpt() + script::data() + script::header("A", "b").substr(0, 7)), "");
    EXPECT_TRUE(talk.dialogue->awaiting());
    EXPECT_EQ(talk.log.back(), "rcpt <b@example.net>"); // what follows is not looked at
    talk.dialogue->finish({});                          // not what is due
    EXPECT_EQ(talk.answers, 0);
    talk.dialogue->reply(Reply::smtp("450 4.7.1 slow"));
    talk.dialogue->reply(Reply::smtp("550 5.7.1 second answer")); // ignored
    EXPECT_EQ(talk.answers, 1);
    EXPECT_EQ(talk.log.back(), "rcpt <b@example.net>"); // nothing from within
    talk.dialogue->resume();
    EXPECT_EQ(talk.heard(), "y");
    EXPECT_EQ(talk.log.back(), "data");
    talk.say(script::header("A", "b").substr(7));
    EXPECT_EQ(talk.log.back(), "header A:b");
    talk.dialogue->reply({Kind::reject, {}}); // nothing is due
    EXPECT_EQ(talk.answers, 1);
}

TEST(MilterDialogue, VerdictLater) {
    Talk talk(later(Stage::end_of_message));
    EXPECT_EQ(
        talk.say(script::offer() + script::connect() + script::helo() + script::message() + script::mail("<2@x>")),
        "O");
    EXPECT_TRUE(talk.dialogue->awaiting_verdict());
    talk.dialogue->append_progress();
    EXPECT_EQ(talk.heard(), "p");
    Verdict verdict;
    verdict.modifications = {{Modification::Kind::remove, 2, "Authentication-Results", ""},
                             {Modification::Kind::insert, 1, "Authentication-Results", "mx; none"},
                             {Modification::Kind::quarantine, 0, "", "why"}};
    verdict.reply = {Kind::accept, {}};
    talk.dialogue->finish(std::move(verdict));
    talk.dialogue->resume();
    EXPECT_EQ(talk.heard(), "miqa");
    EXPECT_EQ(talk.log.back(), "mail <2@x>");
}

TEST(MilterDialogue, DisconnectWhileAnAnswerIsDue) {
    Talk talk(later(Stage::mail));
    talk.say(script::offer() + script::connect() + script::helo() + script::mail());
    talk.dialogue->end(Ending::disconnected);
    EXPECT_EQ(talk.lines(), "negotiated 6\nconnect mail.example.org 192.0.2.1 40000\nhelo mail.example.org\nmail "
                            "<a@example.org>\nabort\nclose\n");
    talk.dialogue->reply({Kind::reject, {}});
    EXPECT_EQ(talk.answers, 0);
}

TEST(MilterDialogue, ALateReplyIsGivenUp) {
    struct Row {
        Stage stage;
        std::string upto;       // until the answer is due
        std::string_view heard; // once it is given up
        bool over;              // for the handler too
        bool ended;
        std::string_view at_end; // of the message, where it goes on
    };
    const std::string opening = script::connect() + script::helo();
    const Row rows[] = {
        {Stage::connect, script::connect(), "t", false, true, ""},
        {Stage::helo, opening, "t", false, true, ""},
        {Stage::mail, opening + script::mail(), "t", true, false, ""},
        {Stage::rcpt, opening + script::mail() + script::rcpt(), "t", false, false, "t"},
        {Stage::data, script::envelope(), "t", true, false, ""},
        {Stage::end_of_header, script::envelope() + script::header("From", " a@b.example") + script::end_of_header(),
         "t", true, false, ""},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(to_text(row.stage));
        Talk talk(later(row.stage));
        talk.say(script::offer() + row.upto);
        ASSERT_TRUE(talk.dialogue->awaiting());
        talk.dialogue->give_up();
        EXPECT_EQ(talk.heard(), row.heard);
        EXPECT_FALSE(talk.dialogue->awaiting());
        EXPECT_EQ(talk.dialogue->ended(), row.ended);
        EXPECT_EQ(talk.lines().contains("abort"), row.over);
        if (row.ended) {
            EXPECT_EQ(talk.dialogue->ending(), Ending::closed_by_us);
            EXPECT_EQ(talk.log.back(), "close");
            continue;
        }
        const auto answers = talk.answers;
        talk.dialogue->reply(Reply::smtp("550 5.7.1 too late"));
        EXPECT_EQ(talk.answers, answers);
        if (!row.at_end.empty())
            EXPECT_EQ(
                talk.say(script::header("From", " a@b.example") + script::end_of_header() + script::end_of_message()),
                row.at_end);
        EXPECT_FALSE(talk.dialogue->in_message());
    }
}

TEST(MilterDialogue, ALateReplyWhereTheMtaDoesNotWaitFailsTheMessage) {
    Recorder::Plan plan;
    plan.later = StageSet::of(Stage::data); // though it did not ask for a reply there
    Talk talk(plan);
    talk.say(script::offer() + script::envelope());
    ASSERT_TRUE(talk.dialogue->awaiting());
    talk.dialogue->give_up();
    EXPECT_EQ(talk.heard(), "");
    EXPECT_FALSE(talk.lines().contains("abort"));
    EXPECT_EQ(talk.say(script::end_of_header() + script::end_of_message()), "t");
    EXPECT_EQ(talk.say(script::mail() + script::rcpt()), "") << "the next message is as good as any";
    EXPECT_FALSE(talk.dialogue->ended());
}

TEST(MilterDialogue, WhatWasNotAgreedIsLeftOut) {
    Talk talk;
    talk.plan.verdict.modifications = {{Modification::Kind::append, 0, "A", "b"},
                                       {Modification::Kind::change, 1, "A", "b"},
                                       {Modification::Kind::quarantine, 0, "", "why"},
                                       {Modification::Kind::append, 0, "bad name", "b"}};
    talk.say(script::offer(2, action::add_headers, 0x7f));
    EXPECT_EQ(talk.say(script::connect() + script::helo() + script::mail() + script::end_of_header() +
                       script::end_of_message()),
              "cccchc");
    EXPECT_EQ(talk.dialogue->take_mishaps().left_out, 3U);
}

TEST(MilterDialogue, AHandlerThatThrowsEndsTheMessageInTempfail) {
    for (const Stage stage : {Stage::mail, Stage::rcpt, Stage::data, Stage::header, Stage::end_of_header, Stage::body,
                              Stage::end_of_message}) {
        Recorder::Plan plan;
        plan.throws = StageSet{}.with(stage);
        plan.verdict.modifications = {{Modification::Kind::append, 0, "A", "b"}};
        Talk talk(plan);
        EXPECT_EQ(talk.say(script::offer() + script::connect() + script::helo() + script::message()), "Ot")
            << to_text(stage);
        EXPECT_GE(talk.dialogue->take_mishaps().exceptions, 1U);
        talk.plan.throws = {};
        EXPECT_EQ(talk.say(script::message()), "hc") << to_text(stage);
    }
}

TEST(MilterDialogue, SkipIsNotSaidToAnMtaThatDoesNotKnowIt) {
    Talk talk(answering(Stage::body, {Kind::skip, {}}));
    talk.say(script::offer(4, 0x3f, 0x3ff));
    // connect, helo, mail, rcpt, data, end of header, body, end; header fields are not answered
    EXPECT_EQ(talk.say(script::connect() + script::helo() + script::message()), "cccccccc");
}

TEST(MilterDialogue, HeaderBlankAsAgreed) {
    for (const std::uint32_t steps : {script::all_steps, script::all_steps & ~step::leading_space}) {
        Talk talk;
        talk.plan.verdict.modifications = {{Modification::Kind::append, 0, "A", "b"}};
        talk.say(script::offer(6, script::all_actions, steps) + script::connect() + script::helo());
        talk.dialogue->feed(script::message());
        EXPECT_EQ(script::packets(talk.dialogue->output()).at(0),
                  (steps & step::leading_space) != 0 ? "hA| b|" : "hA|b|");
    }
}

} // namespace
} // namespace bonafide::io::milter
