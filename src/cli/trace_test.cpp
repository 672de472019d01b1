#include "cli/command.hpp"
#include "cli/trace.hpp"
#include "io/store_connection.hpp"

#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace bonafide::cli {

Command trace_command();

namespace {

using io::store::Database;
using io::store::Found;

constexpr std::string_view document = R"({
  "queue_id":"4XyZ", "message_id":"1@contoso.com", "subject":"Hello\u001b[1m", "list_id":null,
  "client":"192.0.2.10", "helo":"mx.example", "mail_from":"a@b.example", "recipients":["ann@ours.example","bob@ours.example"],
  "verdict":{"sentence":"Nobody vouches.",
    "spf":{"result":"none","reason":"b.example has no SPF record","domain":"b.example","record":null},
    "dkim":[{"result":"fail","reason":"the body was changed","domain":"contoso.com","selector":"s1"}],
    "arc":{"result":"none","reason":"the message has no ARC fields","instances":[]},
    "dmarc":{"result":"fail","reason":"nothing aligned passes","policy":"none","policy_domain":"contoso.com","notes":[]},
    "iprev":{"result":null,"reason":"not looked up"},
    "author":{"domain":"contoso.com","detail":null,"defect":null},
    "compauth":{"result":"fail","reason":"001","why":"nobody vouches for contoso.com","score":-7.5,"suggestion":"junk",
      "evidence":[{"signal":"first_contact","points":-1.5,"text":"never wrote before"},
                  {"signal":"look_alike","points":-6,"text":"looks like c0ntoso.com"},
                  {"signal":"dmarc_absent","points":0,"text":"there is no policy"}],
      "indicators":{"unverified":true,"via":"fabrikam.com","first_contact":true}},
    "decision":{"action":"accept","smtp_reply":null,"why":"monitor mode","edits":[{"kind":"insert-top","name":"X-A","value":"b"}]}},
  "history":[{"kind":"pair","of":"contoso.com","with":"ptr:outlook.com","days":[[20777,40,0,0,0,0,0],[20775,1,2,0,0,1,0]]},
             {"kind":"author","of":"contoso.com","with":null,"days":[]}]})";

Found found() {
    Found one;
    one.message.id = "01TEST";
    one.message.time = 1795340911;
    one.message.direction = "inbound";
    one.message.author = "chris@contoso.com";
    one.message.author_domain = "contoso.com";
    one.message.document = document;
    one.feedback = {{"ann", true}};
    return one;
}

TEST(Trace, TheWholeTree) {
    EXPECT_EQ(
        to_text(trace::tree_of(found(), "")),
        "01TEST  2026-11-22 09:48:31 UTC, inbound\n"
        "\u251c\u2500 Nobody vouches.\n"
        "\u251c\u2500 from 192.0.2.10, HELO mx.example\n"
        "\u2502  \u251c\u2500 MAIL FROM: <a@b.example>\n"
        "\u2502  \u2514\u2500 to: ann@ours.example, bob@ours.example\n"
        "\u251c\u2500 From chris@contoso.com\n"
        "\u2502  \u251c\u2500 subject: Hello\\x1b[1m\n"
        "\u2502  \u251c\u2500 Message-ID: <1@contoso.com>\n"
        "\u2502  \u2514\u2500 queue id: 4XyZ\n"
        "\u251c\u2500 SPF none: b.example has no SPF record\n"
        "\u2502  \u2514\u2500 domain: b.example\n"
        "\u251c\u2500 DKIM fail: the body was changed\n"
        "\u2502  \u251c\u2500 domain: contoso.com\n"
        "\u2502  \u2514\u2500 selector: s1\n"
        "\u251c\u2500 ARC none: the message has no ARC fields\n"
        "\u251c\u2500 DMARC fail: nothing aligned passes\n"
        "\u2502  \u2514\u2500 policy: none by _dmarc.contoso.com\n"
        "\u251c\u2500 reverse DNS: not looked up\n"
        "\u251c\u2500 compauth fail 001: nobody vouches for contoso.com\n"
        "\u2502  \u251c\u2500 the code means: nothing vouches for the author, explicitly or implicitly\n"
        "\u2502  \u251c\u2500 evidence\n"
        "\u2502  \u2502  \u251c\u2500  -6.0  look_alike: looks like c0ntoso.com\n"
        "\u2502  \u2502  \u251c\u2500  -1.5  first_contact: never wrote before\n"
        "\u2502  \u2502  \u2514\u2500     0  dmarc_absent: there is no policy\n"
        "\u2502  \u251c\u2500 score -7.5, suggestion: junk\n"
        "\u2502  \u2514\u2500 shown beside the author: unverified, via fabrikam.com, first contact\n"
        "\u251c\u2500 history as it was read\n"
        "\u2502  \u251c\u2500 pair contoso.com from ptr:outlook.com: 41 good, 2 unclear, 1 called spam on 2 days, last "
        "2026-11-20\n"
        "\u2502  \u2514\u2500 author contoso.com: never seen\n"
        "\u251c\u2500 decision accept: monitor mode\n"
        "\u2502  \u2514\u2500 insert-top X-A\n"
        "\u2514\u2500 ann called it spam\n");
}

TEST(Trace, DocumentsOfAnyShapeAreTold) {
    for (const char* odd :
         {"{}", "[]", "null", "7", R"({"verdict":[1,2],"history":7,"recipients":"x"})",
          R"({"verdict":{"dkim":[null,7],"compauth":{"result":7,"evidence":[1]},"arc":{"instances":[0]}},
                               "history":[null,{"days":[[],["x"],[1e300,1,-5]]}]})"}) {
        Found one = found();
        one.message.document = odd;
        EXPECT_TRUE(to_text(trace::tree_of(one, "")).starts_with("01TEST  2026")) << odd;
    }
    Found damaged = found();
    damaged.message.document = "{";
    damaged.message.compauth = "fail";
    damaged.message.reason = 1;
    EXPECT_EQ(to_text(trace::tree_of(damaged, "")), "01TEST  2026-11-22 09:48:31 UTC, inbound\n"
                                                    "\u251c\u2500 the document that is kept cannot be read\n"
                                                    "\u251c\u2500 From: chris@contoso.com\n"
                                                    "\u2514\u2500 compauth fail 001\n");
}

TEST(Trace, MailThatIsNotJudgedHasNoProtocols) {
    Found one = found();
    one.message.direction = "submitted";
    const std::string text = to_text(trace::tree_of(one, ""));
    EXPECT_FALSE(text.contains("SPF")) << text;
    EXPECT_TRUE(text.contains("decision accept")) << text;
}

TEST(Trace, RefusedBeforeTheMessage) {
    Found one = found();
    one.message.document = R"({"ended":"rcpt","client":"192.0.2.10","mail_from":"ann@contoso.com","recipients":[],
        "refused":[{"recipient":"ron@ours.example","smtp_reply":"550 5.7.1 no\u001b","by":"rule ron"}],
        "verdict":{"sentence":"refused at rcpt by rule ron","spf":{"result":"fail","reason":"-all"},
                   "decision":{"action":"reject","smtp_reply":"550 5.7.1 no"}}})";
    const std::string text = to_text(trace::tree_of(one, ""));
    EXPECT_TRUE(text.contains("refused at rcpt by rule ron\n")) << text;
    EXPECT_TRUE(text.contains("ron@ours.example was refused by rule ron: 550 5.7.1 no\\x1b\n")) << text;
    EXPECT_TRUE(text.contains("SPF fail: -all")) << text;
    EXPECT_FALSE(text.contains("DKIM") || text.contains("compauth")) << text;
}

TEST(Trace, WhatThePolicySaidAndTheOwnerIsTold) {
    Found one = found();
    one.message.document = R"({"disposition":{"what":"reject","by":"dmarc","why":"DMARC fails",
        "override":{"type":"local_policy","comment":"monitor mode"}},
        "verdict":{"decision":{"action":"accept","would":["dmarc: reject 550 5.7.26 no"]}}})";
    EXPECT_TRUE(to_text(trace::tree_of(one, ""))
                    .contains("decision accept\n"
                              "\u2502  \u251c\u2500 would: dmarc: reject 550 5.7.26 no\n"
                              "\u2502  \u251c\u2500 policy says reject: DMARC fails\n"
                              "\u2502  \u2514\u2500 the domain's owner will be told: local_policy (monitor mode)\n"))
        << to_text(trace::tree_of(one, ""));
}

TEST(Trace, PastsInOneLine) {
    EXPECT_EQ(trace::past_line(R"({"kind":"contact","of":"a@x.example","with":"ann@ours.example",
                                   "days":[[20779,0,0,0,0,0,3]]})"),
              "contact a@x.example with ann@ours.example: 3 sent by us on 1 day, last 2026-11-22");
    EXPECT_EQ(trace::past_line("{"), " : never seen");
}

TEST(Trace, DnsIsShownWhereItIsKept) {
    const std::string transcript =
        R"([{"name":"b.example","type":"TXT","why":"SPF record","status":"NXDOMAIN","dnssec":"insecure","ttl":300}])";
    const auto lines = trace::transcript_lines(transcript);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with("TXT b.example (SPF record)")) << lines[0];
    EXPECT_EQ(trace::transcript_lines("nothing"),
              std::vector<std::string>{"the transcript that is kept cannot be read"});
}

TEST(Trace, TermsInTheLedgersSpelling) {
    using Terms = std::vector<std::string>;
    EXPECT_EQ(trace::terms_of(" <ID.1@Contoso.com> "), Terms{"id.1@contoso.com"});
    EXPECT_EQ(trace::terms_of("4XyZ"), Terms{"4xyz"});
    EXPECT_EQ(trace::terms_of("192.0.2.10"), Terms{"192.0.2.10"});
    EXPECT_EQ(trace::terms_of("2001:DB8:0::1"), (Terms{"2001:db8::1", "2001:db8:0::1"}));
    EXPECT_EQ(trace::terms_of("192.0.2.77/24").front(), "192.0.2.0/24");
    EXPECT_EQ(trace::terms_of("Ann@B\u00fccher.example"),
              (Terms{"ann@b\u00fccher.example", "ann@xn--bcher-kva.example"}));
    EXPECT_EQ(trace::terms_of(""), Terms{});
}

// ---- the command, on a ledger

class TraceCommand : public testing::Test {
  protected:
    TraceCommand() {
        std::string name = testing::TempDir() + "trace_test.XXXXXX";
        folder_ = ::mkdtemp(name.data());
        auto ledger = Database::open(folder_ + "/ledger", Database::Mode::create);
        io::store::Batch batch;
        for (const auto& [id, queue_id] : {std::pair{"01A", "4aaa"}, {"01B", "4bbb"}}) {
            io::store::Message message = found().message;
            message.id = id;
            message.time += id[2];
            message.compauth = "fail";
            message.reason = 1;
            for (const std::string_view term : {std::string_view(queue_id), std::string_view("contoso.com")})
                message.terms.push_back(io::store::hash_of_term(ledger->secret(), term));
            batch.messages.push_back(std::move(message));
        }
        batch.messages[0].transcript = R"([{"name":"b.example","type":"TXT","why":"SPF record","status":"NXDOMAIN",
                                            "dnssec":"insecure","ttl":300}])";
        EXPECT_TRUE(ledger->write(batch, {}));
    }
    ~TraceCommand() override { std::filesystem::remove_all(folder_); }

    struct Ran {
        Outcome outcome;
        std::string out, err;
    };
    [[nodiscard]] Ran run(const std::vector<std::string>& given) const {
        Arguments arguments;
        arguments.add("ledger", folder_ + "/ledger");
        for (std::size_t i = 0; i + 1 < given.size(); i += 2) arguments.add(given[i], given[i + 1]);
        std::istringstream in;
        std::ostringstream out, err;
        Console console{in, out, err};
        Outcome outcome = trace_command().run(arguments, console);
        return {outcome, out.str(), err.str()};
    }
    void damage(const char* sql) const {
        auto raw = io::store::sqlite::Connection::open(
            folder_ + "/ledger", io::store::sqlite::Connection::Access::read_write, std::chrono::seconds(5));
        ASSERT_TRUE(raw && raw->script(sql));
    }
    std::string folder_;
};

TEST_F(TraceCommand, NothingToFindIsAskedFor) {
    for (const char* empty : {"", " ", "<>"}) {
        const Ran ran = run({"TERM", empty});
        ASSERT_FALSE(ran.outcome);
        EXPECT_EQ(ran.outcome.error().text, "TERM is empty: give an id, an address, a domain or a network");
    }
}

TEST_F(TraceCommand, ADamagedRowHidesNoOther) {
    damage("UPDATE messages SET document = x'00' WHERE id = '01A'");
    const Ran several = run({"TERM", "contoso.com"});
    ASSERT_TRUE(several.outcome);
    EXPECT_TRUE(several.out.contains("01A") && several.out.contains("01B")) << several.out;
    EXPECT_EQ(several.err, "01A: damaged in the ledger: document: a packed text in the ledger is damaged (ledger check "
                           "names all such rows)\n");
    EXPECT_TRUE(run({"TERM", "contoso.com", "json", ""})
                    .out.contains(R"("damaged":"document: a packed text in the ledger is damaged","document":null)"));
    EXPECT_TRUE(run({"TERM", "01A"}).out.contains("cannot be read"));
    EXPECT_EQ(run({"TERM", "01B"}).err, "");
}

TEST_F(TraceCommand, ADamagedTranscriptHidesNoMessage) {
    damage("UPDATE transcripts SET content = x'00'");
    const Ran one = run({"TERM", "01A", "dns", ""});
    ASSERT_TRUE(one.outcome);
    EXPECT_TRUE(one.out.contains("SPF none")) << one.out;
    EXPECT_TRUE(one.err.contains("transcript: a packed text")) << one.err;
}

TEST_F(TraceCommand, OneIsToldSeveralAreListed) {
    EXPECT_TRUE(run({"TERM", "4AAA"}).out.starts_with("01A  2026-11-22 09:49:36 UTC, inbound\n"));
    EXPECT_TRUE(run({"TERM", "01B"}).out.starts_with("01B  "));
    const std::string several = run({"TERM", "Contoso.com"}).out;
    EXPECT_TRUE(several.starts_with("TIME")) << several;
    EXPECT_LT(several.find("01B"), several.find("01A")) << several;
    EXPECT_TRUE(several.ends_with("\n2 messages; bonafide trace ID shows one\n")) << several;
    EXPECT_TRUE(run({"TERM", "contoso.com", "most", "1"}).out.starts_with("01B  "));
    EXPECT_TRUE(run({"TERM", "contoso.com", "until", "2026-11-22 09:49:37"}).out.starts_with("01A  "));
    EXPECT_TRUE(run({"from", "2026-11-22 09:49:37"}).out.starts_with("01B  "));
}

TEST_F(TraceCommand, DnsOnlyWhenAskedFor) {
    EXPECT_TRUE(run({"TERM", "4aaa", "dns", ""}).out.contains("TXT b.example (SPF record)"));
    EXPECT_FALSE(run({"TERM", "4aaa"}).out.contains("TXT b.example (SPF record)"));
    EXPECT_TRUE(run({"TERM", "4bbb", "dns", ""})
                    .out.ends_with("no DNS transcript is kept of it "
                                   "(ledger.keep_transcripts)\n"));
}

TEST_F(TraceCommand, JsonHasTheDocument) {
    const std::string json = run({"TERM", "4aaa", "json", ""}).out;
    EXPECT_TRUE(json.starts_with(R"({"messages":[{"id":"01A","time":1795340976,"direction":"inbound")")) << json;
    EXPECT_TRUE(json.contains(R"("reason":"001")")) << json;
    EXPECT_TRUE(json.contains(R"("document":{"queue_id":"4XyZ")")) << json;
}

TEST_F(TraceCommand, NothingFoundIsAnError) {
    const Ran none = run({"TERM", "nobody@example.com"});
    ASSERT_FALSE(none.outcome);
    EXPECT_EQ(none.outcome.error().exit, exit_code::failed);
    EXPECT_TRUE(none.outcome.error().text.starts_with("no message of nobody@example.com is kept: "));
    const Ran nothing = run({});
    ASSERT_FALSE(nothing.outcome);
    EXPECT_EQ(nothing.outcome.error().exit, exit_code::usage);
}

} // namespace
} // namespace bonafide::cli
