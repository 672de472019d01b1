// What happens to header fields on their way: tags, rewritten authors, addresses and dates written anew, fields added, removed and refolded;
// and what lists do, all of it at once.
#include "doctor/test_breakage.hpp"

namespace bonafide::doctor::testing {
namespace {

class BreakageHeader : public ::testing::TestWithParam<Signing> {};

std::string with_subject(const std::string& subject) { return replaced(plain_message, "the plan for spring", subject); }
const std::string answer = with_subject("Re: the plan for spring");
const std::string list_answer = with_subject("Re: [plans] the plan for spring");
const std::string answer_twice = with_subject("Re: [plans] Re: the plan for spring");
const std::string encoded_q = with_subject("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=");
const std::string encoded_b = with_subject("=?utf-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?=");
const std::string encoded_words = with_subject("=?UTF-8?Q?Gr=C3=BC=C3=9Fe?= from the team");
const std::string encoded_twice =
    with_subject("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln_von_der_ganzen_Familie_und_allen?=\r\n"
                 " =?UTF-8?Q?_Nachbarn?=");
const std::string folded = with_subject("the plan for spring, for summer and for autumn, with all that was said\r\n"
                                        " in the last meeting");
const std::string many =
    replaced(plain_message, "To: plans@lists.example, \"Bob Builder\" <bob@example.net>",
             "To: plans@lists.example, \"Bob Builder\" <bob@example.net>,\r\n\tCarl Cook <carl@example.net>, "
             "\"Doe, Jane\" <jane@example.net>");
const std::string named = replaced(plain_message, "From: Ann Example <ann@example.com>",
                                   "From: =?UTF-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@example.com>");
const std::string with_reply_to = replaced(plain_message, "Cc: Carl", "Reply-To: Ann <ann@example.com>\r\nCc: Carl");
const std::string early = replaced(plain_message, "Mon, 23 Nov 2026 10:00:00 +0100", "Tue, 3 Nov 2026 09:05:00 +0000");
const std::string two_comments = usual_header + "Comments: one\r\nComments: two\r\n\r\nHello\r\n";

TEST_P(BreakageHeader, SubjectTags) {
    const auto tagged = restored({Change::subject_tagged});
    const auto to = [](std::string value) { return field("Subject", std::move(value)); };
    run({{"tag", &plain_message, to("[plans] the plan for spring"), tagged, tagged},
         {"number in the tag", &plain_message, to("[plans 123] the plan for spring"), tagged, tagged},
         {"round tag", &plain_message, to("(plans) the plan for spring"), tagged, tagged},
         {"external", &plain_message, to("[EXTERNAL] the plan for spring"), tagged, tagged},
         {"external, two tags", &plain_message, to("[EXTERNAL] [plans] the plan for spring"), tagged, tagged},
         {"word with a colon", &plain_message, to("EXTERNAL: the plan for spring"), tagged, tagged},
         {"stars", &plain_message, to("***SPAM*** the plan for spring"), tagged, tagged},
         {"braces", &plain_message, to("{Spam?} the plan for spring"), tagged, tagged},
         {"at the end", &plain_message, to("the plan for spring [plans]"), tagged, tagged},
         {"before Re:", &answer, to("[plans] Re: the plan for spring"), tagged, tagged},
         {"behind Re:", &answer, to("Re: [plans] the plan for spring"), tagged, tagged},
         {"moved before Re:", &list_answer, to("[plans] Re: the plan for spring"), tagged, tagged},
         {"second Re: dropped", &answer_twice, to("Re: [plans] the plan for spring"), tagged, tagged},
         {"folded behind the tag", &folded,
          to("[plans] the plan for spring, for summer and for autumn, with all that was said\r\n in the last meeting"),
          tagged, tagged},
         {"folded at the tag", &plain_message, to("[plans]\r\n the plan for spring"), tagged, tagged},
         {"changed beyond that", &plain_message, to("[plans] the plan for winter"), header_lost(), header_lost()}},
        GetParam(), Touched::header);
}

TEST_P(BreakageHeader, EncodedSubjects) {
    const auto tagged = restored({Change::subject_tagged}), changed = restored({Change::header_changed});
    const auto to = [](std::string value) { return field("Subject", std::move(value)); };
    run({{"tag before Q", &encoded_q, to("[plans] =?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?="), tagged, tagged},
         {"Q to q, as Python writes it", &encoded_q, to("[plans] =?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?="), tagged,
          tagged},
         {"tag inside q", &encoded_q, to("=?utf-8?q?=5Bplans=5D_Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?="), tagged, tagged},
         {"Q to B", &encoded_q, to("[plans] =?utf-8?b?R3LDvMOfZSBhdXMgS8O2bG4=?="), tagged, tagged},
         {"B to Q", &encoded_b, to("[plans] =?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?="), tagged, tagged},
         {"one word of several", &encoded_words, to("[plans] =?utf-8?q?Gr=C3=BC=C3=9Fe_from_the_team?="), tagged,
          tagged},
         {"two words made one line", &encoded_twice,
          to("[plans] =?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln_von_der_ganzen_Familie_und_allen?=\r\n "
             "=?UTF-8?Q?_Nachbarn?="),
          tagged, tagged},
         {"encoded otherwise, without a tag", &encoded_q, to("=?utf-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?="), changed,
          changed}},
        GetParam(), Touched::header);
}

TEST_P(BreakageHeader, Authors) {
    const auto rewritten = restored({Change::from_rewritten}),
               with_reply = restored({Change::from_rewritten, Change::header_added});
    const auto from = [](std::string value) { return field("From", std::move(value)); };
    run({{"Mailman, with Reply-To", &plain_message,
          all(from("Ann Example via Plans <plans@lists.example>"), on_top("Reply-To", "Ann Example <ann@example.com>")),
          with_reply, with_reply},
         {"Google Groups", &plain_message,
          all(from("'Ann Example' via Plans <plans@googlegroups.example>"),
              on_top("X-Original-From", "Ann Example <ann@example.com>")),
          rewritten, rewritten},
         {"address alone kept", &plain_message,
          all(from("\"Ann Example via Plans\" <plans@lists.example>"), on_top("X-Original-Sender", "ann@example.com")),
          rewritten, rewritten},
         {"in Cc", &plain_message,
          all(from("Ann Example via Plans <plans@lists.example>"),
              field("Cc", "Carl <carl@example.net>, Ann Example <ann@example.com>")),
          restored({Change::header_changed, Change::from_rewritten}),
          restored({Change::header_changed, Change::from_rewritten})},
         {"name in encoded words", &named,
          all(from("=?utf-8?q?J=C3=B6rg_M=C3=BCller_via_Plans?= <plans@lists.example>"),
              on_top("X-Original-From", "joerg@example.com")),
          rewritten, rewritten},
         {"in the envelope's field alone", &plain_message,
          all(from("Ann Example via Plans <plans@lists.example>"), on_top("Return-Path", "<ann@example.com>")),
          rewritten, rewritten},
         {"quotes added", &plain_message, from("\"Ann Example\" <ann@example.com>"), restored({Change::header_changed}),
          restored({Change::header_changed})},
         {"another author", &plain_message, from("The Boss <boss@example.com>"), header_lost(), header_lost()}},
        GetParam(), Touched::header);
}

TEST_P(BreakageHeader, Addresses) {
    const auto changed = restored({Change::header_changed});
    const auto to = [](std::string value) { return field("To", std::move(value)); };
    run({{"quotes taken away", &plain_message, to("plans@lists.example, Bob Builder <bob@example.net>"), changed,
          changed},
         {"brackets added", &plain_message, to("<plans@lists.example>, \"Bob Builder\" <bob@example.net>"), changed,
          changed},
         {"space behind the comma gone", &plain_message, to("plans@lists.example,\"Bob Builder\" <bob@example.net>"),
          changed, changed},
         {"one added", &plain_message, to("plans@lists.example, \"Bob Builder\" <bob@example.net>, eve@example.org"),
          changed, changed},
         {"one removed", &plain_message, to("\"Bob Builder\" <bob@example.net>"), header_lost(), header_lost()},
         {"folded at each comma", &plain_message, to("plans@lists.example,\r\n\t\"Bob Builder\" <bob@example.net>"),
          restored({Change::header_space}), intact()},
         {"unfolded", &many,
          to("plans@lists.example, \"Bob Builder\" <bob@example.net>, Carl Cook <carl@example.net>, \"Doe, Jane\" "
             "<jane@example.net>"),
          restored({Change::header_refolded}), intact()},
         {"Reply-To set by a list", &plain_message, on_top("Reply-To", "plans@lists.example"),
          restored({Change::header_added}), restored({Change::header_added})},
         {"Reply-To extended by a list", &with_reply_to,
          field("Reply-To", "Ann <ann@example.com>, plans@lists.example"), changed, changed},
         {"Reply-To taken away", &with_reply_to, field("Reply-To", ""), header_lost(), header_lost()}},
        GetParam(), Touched::header);
}

TEST_P(BreakageHeader, Dates) {
    const auto changed = restored({Change::header_changed});
    const auto to = [](std::string value) { return field("Date", std::move(value)); };
    run({{"in UTC", &plain_message, to("Mon, 23 Nov 2026 09:00:00 +0000"), changed, changed},
         {"with a name", &plain_message, to("Mon, 23 Nov 2026 10:00:00 +0100 (CET)"), changed, changed},
         {"without the day of the week", &plain_message, to("23 Nov 2026 10:00:00 +0100"), changed, changed},
         {"with two digits", &early, to("Tue, 03 Nov 2026 09:05:00 +0000"), changed, changed},
         {"as GMT", &early, to("Tue, 3 Nov 2026 09:05:00 GMT"), changed, changed},
         {"another moment", &plain_message, to("Mon, 23 Nov 2026 10:00:01 +0100"), header_lost(), header_lost()}},
        GetParam(), Touched::header);
}

TEST_P(BreakageHeader, MimeFields) {
    const auto changed = restored({Change::header_changed});
    const auto to = [](std::string value) { return field("Content-Type", std::move(value)); };
    run({{"quotes added", &plain_message, to("text/plain; charset=\"us-ascii\""), changed, changed},
         {"charset in capitals", &plain_message, to("text/plain; charset=US-ASCII"), changed, changed},
         {"parameter added", &plain_message, to("text/plain; charset=us-ascii; format=flowed"), changed, changed},
         {"parameter taken away", &plain_message, to("text/plain"), changed, changed},
         {"charset replaced", &plain_message, to("text/plain; charset=utf-8"), changed, changed},
         {"space taken away", &plain_message, to("text/plain;charset=us-ascii"), changed, changed},
         {"encoding named otherwise", &plain_message, field("Content-Transfer-Encoding", "8bit"), changed, changed},
         {"encoding taken away", &plain_message, field("Content-Transfer-Encoding", ""),
          restored({Change::header_removed}), restored({Change::header_removed})},
         {"version taken away", &plain_message, field("MIME-Version", ""), restored({Change::header_removed}),
          restored({Change::header_removed})},
         {"version added", &two_comments, field("MIME-Version", "1.0 (by some gateway)"),
          restored({Change::header_changed}), restored({Change::header_changed})}},
        GetParam(), Touched::header);
}

TEST_P(BreakageHeader, FieldsAddedRemovedAndMoved) {
    const auto added = restored({Change::header_added});
    const auto reversed = [](const std::string& text) {
        return replaced(replaced(text, "Comments: one\r\n", ""), "Comments: two\r\n",
                        "Comments: two\r\nComments: one\r\n");
    };
    run({{"second From on top", &plain_message, on_top("From", "The Boss <boss@example.com>"), added, added},
         {"second Subject on top", &plain_message, on_top("Subject", "something else"), added, added},
         {"second To below", &plain_message, swap("\r\n\r\n", "\r\nTo: eve@example.org\r\n\r\n"), added, added},
         {"unsigned field", &plain_message, on_top("X-Spam-Status", "No"), intact(), intact()},
         {"signed fields in another order", &plain_message,
          [](const std::string& text) {
              return replaced(replaced(text, "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n", ""), "To: plans",
                              "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\nTo: plans");
          },
          intact(), intact()},
         {"unsigned fields in another order", &two_comments, reversed, intact(), intact()},
         {"Message-ID replaced", &plain_message, field("Message-ID", "<2@relay.example>"), header_lost(),
          header_lost()},
         {"Message-ID replaced and kept", &plain_message,
          all(field("Message-ID", "<2@relay.example>"), on_top("X-Original-Message-ID", "<1@example.com>")),
          restored({Change::header_changed}), restored({Change::header_changed})},
         {"Cc taken away", &plain_message, field("Cc", ""), header_lost(), header_lost()}},
        GetParam(), Touched::header);
    // Of fields of one name the order counts (RFC 6376 5.4.2); our own signer names no such fields.
    const Signing signing = GetParam();
    const std::string kinds = signing.header == Canonicalization::simple ? "c=simple; " : "c=relaxed; ";
    const std::string sent = sign_with(two_comments, kinds + "h=from:to:comments:comments", signing);
    expect(look_at(sent, signing), intact());
    expect(look_at(reversed(sent), signing), restored({Change::header_reordered}));
}

TEST_P(BreakageHeader, Foldings) {
    const auto refolded = restored({Change::header_refolded}), spaced = restored({Change::header_space});
    run({{"subject folded", &plain_message, field("Subject", "the plan\r\n for spring"), refolded, intact()},
         {"subject unfolded", &folded,
          field("Subject",
                "the plan for spring, for summer and for autumn, with all that was said in the last meeting"),
          refolded, intact()},
         {"two spaces behind the colon", &plain_message, swap("Subject: the", "Subject:  the"), refolded, intact()},
         {"no space behind the colon", &plain_message, swap("Subject: the", "Subject:the"), refolded, intact()},
         {"name in other letters", &plain_message, swap("Message-ID:", "Message-Id:"), spaced, intact()},
         {"tab to space in a folding", &many, swap(",\r\n\tCarl", ",\r\n Carl"), refolded, intact()}},
        GetParam(), Touched::header);
    if (GetParam().header != Canonicalization::simple) return;
    // The signature itself, and all fields alike.
    const std::string sent = sign(folded, GetParam());
    const Autopsy all_fields = look_at(replaced_all(sent, "\r\n ", "\r\n\t"), GetParam());
    expect(all_fields, restored({Change::header_refolded, Change::header_refolded}));
    const std::size_t end = sent.find("\r\nFrom:");
    const Autopsy own = look_at(replaced_all(sent.substr(0, end), "\r\n ", "\r\n\t") + sent.substr(end), GetParam());
    expect(own, restored({Change::header_refolded}));
    EXPECT_EQ(own.found[0].field, "DKIM-Signature");
}

TEST_P(BreakageHeader, AllThatListsDo) {
    const std::string footer = "_______________________________________________\r\nPlans mailing list\r\n";
    const auto usual = restored({Change::footer_appended, Change::subject_tagged});
    const auto munged =
        restored({Change::footer_appended, Change::from_rewritten, Change::header_added, Change::subject_tagged});
    const auto list_fields =
        all(on_top("List-Id", "<plans.lists.example>"), on_top("Sender", "plans-bounces@lists.example"));
    const Edit munge = all(field("From", "Ann Example via Plans <plans@lists.example>"),
                           on_top("Reply-To", "Ann Example <ann@example.com>"));
    run({{"Mailman 2", &plain_message,
          all(list_fields, all(append(footer), field("Subject", "[Plans] the plan for spring"))), usual, usual},
         {"Mailman 3 with a rewritten From", &plain_message,
          all(list_fields, all(munge, all(append(footer), field("Subject", "[Plans] the plan for spring")))), munged,
          munged}},
        GetParam(), Touched::header);
}

INSTANTIATE_TEST_SUITE_P(Signings, BreakageHeader, ::testing::ValuesIn(every_signing()),
                         [](const auto& info) { return info.param.name(); });

} // namespace
} // namespace bonafide::doctor::testing
