// Who wins between levels, lists and names; what has to be proven.
#include "policy/recipient_senders.hpp"
#include "policy/recipient_table.hpp"
#include "policy/test_subject.hpp"

namespace bonafide::policy {
namespace {

using namespace verdict::testing_facts;
using Says = RecipientSenders::Says;

constexpr std::string_view rita = "rita@ours.example";

/// As chris@contoso.com wrote it, by way of bounce@contoso.com; nothing proven.
verdict::Facts message(std::string_view author = "chris@contoso.com",
                       std::string_view mail_from = "bounce@contoso.com") {
    const std::string domain(author.substr(author.find('@') + 1));
    verdict::Facts facts = inbound(domain);
    facts.author.mailboxes = {{"", std::string(author.substr(0, author.find('@'))), domain}};
    facts.envelope.mail_from = mail_from;
    facts.envelope.recipients = {std::string(rita)};
    return facts;
}

void set_spf(verdict::Facts& facts, spf::Result result) { facts.spf = {spf_outcome(result, "x.example"), {}}; }
void set_dmarc(verdict::Facts& facts, dmarc::Result result) {
    facts.dmarc = {evaluation(result, facts.author.domain, dmarc::Policy::reject), {}};
}
verdict::Facts proven(verdict::Facts facts) {
    set_spf(facts, spf::Result::pass);
    set_dmarc(facts, dmarc::Result::pass);
    return facts;
}

RecipientSenders table(std::string_view text) {
    RecipientSenders senders;
    const auto read = read_recipient_table(text, senders);
    EXPECT_TRUE(read) << read.error().text;
    return senders;
}

TEST(RecipientSenders, NothingIsSaidByNobody) {
    const RecipientSenders none;
    EXPECT_EQ(none.says(rita, proven(message())), Says::nothing);
    EXPECT_EQ(none.of_all(proven(message())), RecipientSenders::Together{});
    EXPECT_EQ(none.says_before_data(rita, message()), Says::nothing);
    EXPECT_EQ(none.says("", message()), Says::nothing);
}

TEST(RecipientSenders, FormsOfSenders) {
    const struct {
        std::string_view entry, author;
        bool holds;
    } rows[] = {
        {"chris@contoso.com", "chris@contoso.com", true},
        {"CHRIS@Contoso.COM", "Chris@contoso.com", true},
        {"chris@contoso.com", "kris@contoso.com", false},
        {"contoso.com", "chris@contoso.com", true},
        {"contoso.com", "chris@mail.eu.contoso.com", true},
        {"contoso.com", "chris@notcontoso.com", false},
        {"mail.contoso.com", "chris@contoso.com", false},
        {"@contoso.com", "chris@contoso.com", true},
        {"@contoso.com", "chris@mail.contoso.com", false},
        {".contoso.com", "chris@mail.contoso.com", true},
        {".contoso.com", "chris@contoso.com", false},
        {"stra\xC3\x9F"
         "e.example",
         "chris@xn--strae-oqa.example", true},
    };
    for (const auto& row : rows) {
        RecipientSenders senders;
        ASSERT_TRUE(senders.add(rita, SenderList::blocked, row.entry)) << row.entry;
        EXPECT_EQ(senders.says(rita, message(row.author, "")), row.holds ? Says::blocked : Says::nothing)
            << row.entry << " " << row.author;
    }
}

TEST(RecipientSenders, WhatIsNoEntry) {
    RecipientSenders senders;
    for (const std::string_view sender :
         {"", "@", ".", "*", "192.0.2.1", "192.0.2.0/24", "2001:db8::/32", "a b@x.example", "@ann@x.example",
          ".ann@x.example", "x..example", "ann@", "..x.example"})
        EXPECT_FALSE(senders.add(rita, SenderList::safe, sender)) << sender;
    for (const std::string_view recipient :
         {"", "@", "rita", "ours.example", "192.0.2.1", "**", "@rita@ours.example", "@192.0.2.1"})
        EXPECT_FALSE(senders.add(recipient, SenderList::safe, "contoso.com")) << recipient;
    EXPECT_EQ(senders.size(), 0U);
    EXPECT_EQ(senders.add("rita", SenderList::safe, "contoso.com").error().text,
              "\"rita\" is no recipient (\"rita@ours.example\", \"@ours.example\", \"*\")");
    EXPECT_FALSE(senders.add(rita, SenderList::safe, "\x1b[31m\n.example").error().text.contains('\n'));
}

TEST(RecipientSenders, FormsOfRecipients) {
    const RecipientSenders senders = table("Rita@Ours.example blocked contoso.com\n"
                                           "ron+shop@ours.example blocked contoso.com\n");
    const auto says = [&](std::string_view recipient) { return senders.says(recipient, message()); };
    EXPECT_EQ(says("rita@ours.example"), Says::blocked);
    EXPECT_EQ(says("RITA@OURS.EXAMPLE"), Says::blocked);
    EXPECT_EQ(says("rita+lists@ours.example"), Says::blocked);
    EXPECT_EQ(says("rita@other.example"), Says::nothing);
    EXPECT_EQ(says("ron+shop@ours.example"), Says::blocked);
    EXPECT_EQ(says("ron@ours.example"), Says::nothing);
    EXPECT_EQ(says("ron+other@ours.example"), Says::nothing);
    EXPECT_EQ(says("+rita@ours.example"), Says::nothing);
    EXPECT_EQ(says("rita"), Says::nothing);
}

TEST(RecipientSenders, ADetailWithEntriesOfItsOwnIsNotAskedAboutWithoutIt) {
    const RecipientSenders senders =
        table("rita@ours.example blocked contoso.com\nrita+shop@ours.example safe x.example\n");
    EXPECT_EQ(senders.says("rita+shop@ours.example", message()), Says::nothing);
    EXPECT_EQ(senders.says("rita+else@ours.example", message()), Says::blocked);
}

TEST(RecipientSenders, TheNearestWinsAndOnOneLevelSafe) {
    const RecipientSenders senders = table("* blocked contoso.com\n"
                                           "@ours.example safe contoso.com\n"
                                           "rita@ours.example blocked chris@contoso.com\n"
                                           "ron@ours.example blocked contoso.com\n"
                                           "ron@ours.example safe chris@contoso.com\n");
    const verdict::Facts facts = proven(message());
    EXPECT_EQ(senders.says("ann@other.example", facts), Says::blocked);
    EXPECT_EQ(senders.says("ann@ours.example", facts), Says::safe);
    EXPECT_EQ(senders.says(rita, facts), Says::blocked);
    EXPECT_EQ(senders.says("ron@ours.example", facts), Says::safe);
    EXPECT_EQ(senders.says("ron@ours.example", message()), Says::blocked) << "nothing is proven";
    EXPECT_EQ(senders.says("ann@ours.example", message()), Says::blocked)
        << "what is unproven says nothing on its level";
}

TEST(RecipientSenders, ASafeSenderIsProvenByItsName) {
    const RecipientSenders senders = table("* safe contoso.com");
    verdict::Facts facts = message();
    EXPECT_EQ(senders.says(rita, facts), Says::nothing);
    set_spf(facts, spf::Result::pass);
    EXPECT_EQ(senders.says(rita, facts), Says::safe) << "MAIL FROM by SPF";
    set_dmarc(facts, dmarc::Result::fail);
    EXPECT_EQ(senders.says(rita, facts), Says::nothing) << "whose From is forged";
    set_dmarc(facts, dmarc::Result::none);
    EXPECT_EQ(senders.says(rita, facts), Says::safe);
    set_spf(facts, spf::Result::softfail);
    EXPECT_EQ(senders.says(rita, facts), Says::nothing);
    set_dmarc(facts, dmarc::Result::pass);
    EXPECT_EQ(senders.says(rita, facts), Says::safe) << "From by DMARC";

    verdict::Facts lent = proven(message("ceo@bank.example", "bounce@contoso.com"));
    EXPECT_EQ(senders.says(rita, lent), Says::safe) << "both are proven";
    set_dmarc(lent, dmarc::Result::fail);
    EXPECT_EQ(senders.says(rita, lent), Says::nothing) << "a safe MAIL FROM lends itself to no forged From";
    EXPECT_EQ(senders.says(rita, proven(message("chris@contoso.com", ""))), Says::safe) << "a bounce";
}

TEST(RecipientSenders, AllMailboxesMustBeSafeAndOneBlockedIsEnough) {
    verdict::Facts facts = proven(message("chris@contoso.com", ""));
    facts.author.mailboxes.push_back({"", "kim", "contoso.com"});
    EXPECT_EQ(table("* safe chris@contoso.com").says(rita, facts), Says::nothing);
    EXPECT_EQ(table("* safe chris@contoso.com\n* safe kim@contoso.com").says(rita, facts), Says::safe);
    EXPECT_EQ(table("* blocked kim@contoso.com").says(rita, facts), Says::blocked);
    facts.author.mailboxes.clear();
    EXPECT_EQ(table("* safe contoso.com").says(rita, facts), Says::nothing) << "no author is no safe one";
}

TEST(RecipientSenders, AnEntryMayBeAboutOneName) {
    RecipientSenders senders;
    ASSERT_TRUE(senders.add("a@ours.example", SenderList::blocked, "contoso.com", SenderName::from));
    ASSERT_TRUE(senders.add("b@ours.example", SenderList::blocked, "contoso.com", SenderName::mail_from));
    ASSERT_TRUE(senders.add("c@ours.example", SenderList::safe, "contoso.com", SenderName::from));
    ASSERT_TRUE(senders.add("d@ours.example", SenderList::safe, "contoso.com", SenderName::mail_from));
    const verdict::Facts by_from = proven(message("chris@contoso.com", "x@other.example"));
    const verdict::Facts by_path = proven(message("chris@other.example", "x@contoso.com"));
    EXPECT_EQ(senders.says("a@ours.example", by_from), Says::blocked);
    EXPECT_EQ(senders.says("a@ours.example", by_path), Says::nothing);
    EXPECT_EQ(senders.says("b@ours.example", by_from), Says::nothing);
    EXPECT_EQ(senders.says("b@ours.example", by_path), Says::blocked);
    EXPECT_EQ(senders.says("c@ours.example", by_from), Says::safe);
    EXPECT_EQ(senders.says("c@ours.example", by_path), Says::nothing);
    EXPECT_EQ(senders.says("d@ours.example", by_from), Says::nothing);
    EXPECT_EQ(senders.says("d@ours.example", by_path), Says::safe);
}

TEST(RecipientSenders, BeforeTheMessageOnlyWhatFromCannotChange) {
    RecipientSenders senders = table("a@ours.example blocked contoso.com\n"
                                     "b@ours.example blocked contoso.com\n"
                                     "b@ours.example safe x.example\n"
                                     "@d.example blocked contoso.com\n"
                                     "d@d.example safe x.example\n");
    ASSERT_TRUE(senders.add("c@ours.example", SenderList::blocked, "contoso.com", SenderName::from));
    ASSERT_TRUE(senders.add("e@ours.example", SenderList::blocked, "other.example", SenderName::mail_from));
    verdict::Facts facts = message();
    facts.author = {};
    const auto says = [&](std::string_view recipient) { return senders.says_before_data(recipient, facts); };
    EXPECT_EQ(says("a@ours.example"), Says::blocked);
    EXPECT_EQ(says("b@ours.example"), std::nullopt) << "From may be safe";
    EXPECT_EQ(says("c@ours.example"), std::nullopt) << "From may be blocked";
    EXPECT_EQ(says("d@d.example"), std::nullopt) << "his own safe sender goes before";
    EXPECT_EQ(says("e@ours.example"), Says::nothing);
    EXPECT_EQ(says("nobody@ours.example"), Says::nothing);
    facts.envelope.mail_from = "";
    EXPECT_EQ(says("a@ours.example"), std::nullopt);
}

TEST(RecipientSenders, AMessageIsWhatAllRecipientsSay) {
    const RecipientSenders senders = table("a@ours.example safe contoso.com\nb@ours.example safe contoso.com\n"
                                           "c@ours.example blocked contoso.com\nd@ours.example blocked contoso.com\n");
    using Together = RecipientSenders::Together;
    verdict::Facts facts = proven(message());
    const auto of = [&](std::vector<std::string> recipients) {
        facts.envelope.recipients = std::move(recipients);
        return senders.of_all(facts);
    };
    EXPECT_EQ(of({"a@ours.example"}), (Together{.safe = true}));
    EXPECT_EQ(of({"a@ours.example", "b@ours.example"}), (Together{.safe = true}));
    EXPECT_EQ(of({"a@ours.example", "c@ours.example"}), Together{});
    EXPECT_EQ(of({"c@ours.example", "d@ours.example"}), (Together{.blocked = true}));
    EXPECT_EQ(of({"c@ours.example", "nobody@ours.example"}), Together{});
    EXPECT_EQ(of({}), Together{});
    facts.envelope.more_recipients = 1;
    EXPECT_EQ(of({"a@ours.example"}), Together{}) << "somebody is not known by name";
}

TEST(RecipientSenders, AsManyEntriesAsTheLimit) {
    RecipientSenders senders(2);
    EXPECT_TRUE(senders.add(rita, SenderList::safe, "a.example"));
    EXPECT_FALSE(senders.is_full());
    EXPECT_TRUE(senders.add(rita, SenderList::safe, "b.example"));
    EXPECT_TRUE(senders.is_full());
    EXPECT_TRUE(senders.add(rita, SenderList::blocked, "b.example")) << "no further sender";
    const auto third = senders.add("ron@ours.example", SenderList::safe, "c.example");
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().text, "more than 2 entries (limits.recipient_senders)");
    EXPECT_EQ(senders.size(), 2U);
}

TEST(RecipientSenders, OtherSourcesCountOnTheSameLevels) {
    RecipientSenders senders(1);
    senders.add_all_of(
        std::make_shared<RecipientSenders>(table("rita@ours.example blocked contoso.com\n* blocked a.b.c.example")));
    senders.add_all_of(
        std::make_shared<RecipientSenders>(table("rita@ours.example safe chris@contoso.com\n* safe contoso.com")));
    EXPECT_EQ(senders.size(), 4U);
    EXPECT_EQ(senders.says(rita, proven(message())), Says::safe);
    EXPECT_EQ(senders.says(rita, proven(message("kim@contoso.com", ""))), Says::blocked) << "the nearer level of any";
    EXPECT_EQ(senders.says("ron@ours.example", proven(message())), Says::safe);
    EXPECT_EQ(senders.says("ron@ours.example", message("x@a.b.c.example", "")), Says::blocked);
    ASSERT_TRUE(senders.add("ron+x@ours.example", SenderList::blocked, "contoso.com"));
    EXPECT_EQ(senders.says("ron+x@ours.example", proven(message())), Says::blocked);
    EXPECT_EQ(senders.says("rita+x@ours.example", proven(message())), Says::safe);
    EXPECT_EQ(senders.says_before_data(rita, message()), std::nullopt);
}

TEST(RecipientSenders, ADomainOfManyLabels) {
    const RecipientSenders senders = table("* blocked x.example\n* blocked a.b.c.d.deep.example");
    std::string deep = "a";
    for (int i = 0; i < 120; ++i) deep += ".a";
    EXPECT_EQ(senders.says(rita, message("chris@" + deep + ".x.example", "")), Says::blocked);
    EXPECT_EQ(senders.says(rita, message("chris@" + deep, "")), Says::nothing);
    EXPECT_EQ(senders.says(rita, message("chris@z.a.b.c.d.deep.example", "")), Says::blocked);
    EXPECT_EQ(senders.says(rita, message("chris@b.c.d.deep.example", "")), Says::nothing);
}

TEST(RecipientTable, LinesCommentsAndEnds) {
    const RecipientSenders senders = table("# all of ours\r\n\r\n  rita@ours.example\tSAFE   contoso.com # a friend\r\n"
                                           "*  blocked  spam.example");
    EXPECT_EQ(senders.size(), 2U);
    EXPECT_EQ(senders.says(rita, proven(message())), Says::safe);
    EXPECT_EQ(senders.says(rita, message("x@spam.example", "")), Says::blocked);
}

TEST(RecipientTable, ErrorsNameTheLine) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"\n\nrita@ours.example safe",
         "line 3: \"rita@ours.example safe\" is not written RECIPIENT safe|blocked SENDER"},
        {"rita@ours.example safe a.example b.example",
         "line 1: \"rita@ours.example safe a.example b.example\" is not written RECIPIENT safe|blocked SENDER"},
        {"* good a.example", "line 1: \"good\" is neither safe nor blocked"},
        {"* safe a.example\n* safe a_b c\n", "line 2: \"* safe a_b c\" is not written RECIPIENT safe|blocked SENDER"},
        {"rita safe a.example", "line 1: \"rita\" is no recipient (\"rita@ours.example\", \"@ours.example\", \"*\")"},
        {"* safe 192.0.2.1",
         "line 1: \"192.0.2.1\" is no sender (\"ann@contoso.com\", \"contoso.com\", \"@contoso.com\", "
         "\".contoso.com\")"},
    };
    for (const auto& [text, error] : rows) {
        RecipientSenders senders;
        const auto read = read_recipient_table(text, senders);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().text, error);
    }
    RecipientSenders senders;
    EXPECT_FALSE(read_recipient_table(std::string("\0\0 safe x.example", 17), senders));
}

} // namespace
} // namespace bonafide::policy
