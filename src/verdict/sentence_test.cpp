// The sentences, as a person reads them: the article's scenarios, the demo's, then the odd cases.
#include "verdict/report.hpp"
#include "verdict/test_facts.hpp"
#include "verdict/wording.hpp"

#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using namespace testing_facts;

TEST(Sentence, Spoof) {
    EXPECT_EQ(
        sentence(spoof()),
        "The mail claims to be from woodgrovebank.com, but SPF vouches only for proseware.com and there is no DKIM "
        "signature, so DMARC fails; the owner asks to reject such mail.");
}

// The five article scenarios (compauth is not part of this build; the sentence says what SPF, DKIM and DMARC found).
TEST(Sentence, ArticleScenario1And5_ForeignSignature) {
    Facts facts = inbound("contoso.com", "192.168.1.8");
    facts.spf = {spf_outcome(spf::Result::none, "maliciousdomain.com", spf::Code::no_record), {}};
    facts.dkim = {signature(dkim::Result::pass, "maliciousdomain.com")};
    facts.dmarc = {without_policy(dmarc::Result::none, "contoso.com", dmarc::Code::no_record), {}};
    EXPECT_EQ(sentence(facts),
              "The mail claims to be from contoso.com, which publishes no DMARC record, so DMARC decides nothing; "
              "maliciousdomain.com publishes no SPF record and DKIM vouches only for maliciousdomain.com.");
}

TEST(Sentence, ArticleScenario2_NothingPublished) {
    Facts facts = inbound("fabrikam.com", "10.2.3.4");
    facts.spf = {spf_outcome(spf::Result::none, "fabrikam.com", spf::Code::no_record), {}};
    facts.dmarc = {without_policy(dmarc::Result::none, "fabrikam.com", dmarc::Code::no_record), {}};
    EXPECT_EQ(sentence(facts),
              "The mail claims to be from fabrikam.com, which publishes no DMARC record, so DMARC decides nothing; "
              "fabrikam.com publishes no SPF record and there is no DKIM signature.");
}

TEST(Sentence, ArticleScenario3_SpfAligned) {
    Facts facts = inbound("fabrikam.com", "10.2.3.4");
    facts.spf = {spf_outcome(spf::Result::pass, "fabrikam.com"), {}};
    facts.dmarc = {without_policy(dmarc::Result::none, "fabrikam.com", dmarc::Code::no_record), {}};
    EXPECT_EQ(
        sentence(facts),
        "The mail claims to be from fabrikam.com, which publishes no DMARC record, so DMARC decides nothing; still, "
        "SPF allows 10.2.3.4 to send for fabrikam.com, while there is no DKIM signature.");
}

TEST(Sentence, ArticleScenario4_SignedBelow) {
    Facts facts = inbound("fabrikam.com", "10.2.3.4");
    facts.spf = {spf_outcome(spf::Result::none, "fabrikam.com", spf::Code::no_record), {}};
    facts.dkim = {signature(dkim::Result::pass, "outbound.fabrikam.com")};
    facts.dmarc = {without_policy(dmarc::Result::none, "fabrikam.com", dmarc::Code::no_record), {}};
    EXPECT_EQ(
        sentence(facts),
        "The mail claims to be from fabrikam.com, which publishes no DMARC record, so DMARC decides nothing; still, "
        "the DKIM signature of outbound.fabrikam.com is valid, while fabrikam.com publishes no SPF record.");
}

Facts aligned_pass() {
    Facts facts = inbound("adatum.com", "192.0.2.60");
    facts.spf = {spf_outcome(spf::Result::pass, "adatum.com"), {}};
    facts.dkim = {signature(dkim::Result::pass, "adatum.com")};
    facts.dmarc = {evaluation(dmarc::Result::pass, "adatum.com"), {}};
    facts.dmarc.value->aligned_domain = "adatum.com";
    facts.dmarc.value->spf_aligned = facts.dmarc.value->dkim_aligned = true;
    return facts;
}

TEST(Sentence, AlignedPass) {
    EXPECT_EQ(sentence(aligned_pass()),
              "The mail is really from adatum.com: SPF allows 192.0.2.60 to send for adatum.com and the DKIM "
              "signature of adatum.com is valid, so DMARC passes.");
}

TEST(Sentence, Forwarded) {
    Facts facts = aligned_pass();
    facts.envelope.client = ip::Address::parse("198.51.100.7");
    facts.spf = {spf_outcome(spf::Result::fail, "adatum.com"), {}};
    facts.dmarc.value->spf_aligned = false;
    EXPECT_EQ(
        sentence(facts),
        "The mail is really from adatum.com: the DKIM signature of adatum.com is valid, so DMARC passes, although "
        "SPF says that 198.51.100.7 may not send for adatum.com, which is usual for forwarded mail.");
}

TEST(Sentence, ListFooter) {
    Facts facts = inbound("adatum.com", "198.51.100.9");
    facts.spf = {spf_outcome(spf::Result::pass, "treyresearch.net"), {}};
    facts.dkim = {signature(dkim::Result::fail, "adatum.com", dkim::Code::body_hash_mismatch)};
    facts.dmarc = {evaluation(dmarc::Result::fail, "adatum.com"), {}};
    EXPECT_EQ(
        sentence(facts),
        "The mail claims to be from adatum.com, but SPF vouches only for treyresearch.net and the body was changed "
        "after adatum.com signed it, as a mailing list's footer does, so DMARC fails; the owner asks to reject such "
        "mail.");
}

TEST(Sentence, SpfOnlyPass) {
    Facts facts = aligned_pass();
    facts.dkim.clear();
    facts.dmarc.value->dkim_aligned = false;
    EXPECT_EQ(
        sentence(facts),
        "The mail is really from adatum.com: SPF allows 192.0.2.60 to send for adatum.com, so DMARC passes; there is "
        "no DKIM signature.");
}

TEST(Sentence, BothVouchForOthers) {
    Facts facts = spoof();
    facts.dkim = {signature(dkim::Result::pass, "esp.example"), signature(dkim::Result::pass, "other.example")};
    facts.dmarc.value->policy = facts.dmarc.value->disposition = dmarc::Policy::quarantine;
    EXPECT_EQ(sentence(facts),
              "The mail claims to be from woodgrovebank.com, but SPF vouches only for proseware.com and DKIM only for "
              "esp.example and other.example, so DMARC fails; the owner asks to treat such mail as suspicious.");
}

struct SpfRow {
    spf::Result result;
    spf::Code code;
    const char* clause;
};

TEST(Wording, EverySpfResult) {
    const std::vector<SpfRow> rows{
        {spf::Result::pass, spf::Code::matched, "SPF vouches only for a.example"},
        {spf::Result::fail, spf::Code::matched, "SPF says that 192.0.2.10 may not send for a.example"},
        {spf::Result::softfail, spf::Code::matched, "SPF says that 192.0.2.10 should not send for a.example"},
        {spf::Result::neutral, spf::Code::no_match, "SPF takes no position on 192.0.2.10 for a.example"},
        {spf::Result::none, spf::Code::no_record, "a.example publishes no SPF record"},
        {spf::Result::none, spf::Code::no_domain, "the sender address's domain a.example does not exist"},
        {spf::Result::none, spf::Code::bad_domain, "there is no domain for SPF to check"},
        {spf::Result::temperror, spf::Code::dns_error, "SPF could not be looked up for a.example"},
        {spf::Result::permerror, spf::Code::syntax, "the SPF record of a.example is broken"},
    };
    for (const SpfRow& row : rows) {
        Facts facts = spoof();
        facts.spf = {spf_outcome(row.result, "a.example", row.code), {}};
        EXPECT_EQ(spf_clause(facts), row.clause);
    }
    Facts facts = spoof();
    facts.spf = {std::nullopt, "the address is unknown"};
    EXPECT_EQ(spf_clause(facts), "SPF was not checked");
}

struct DkimRow {
    dkim::Result result;
    dkim::Code code;
    const char* clause;
};

TEST(Wording, BrokenSignatures) {
    const std::vector<DkimRow> rows{
        {dkim::Result::fail, dkim::Code::body_hash_mismatch,
         "the body was changed after woodgrovebank.com signed it, as a mailing list's footer does"},
        {dkim::Result::fail, dkim::Code::bad_signature,
         "the DKIM signature of woodgrovebank.com does not fit the message: its header was changed after signing, or "
         "it is forged"},
        {dkim::Result::temperror, dkim::Code::key_unavailable,
         "the DKIM key of woodgrovebank.com could not be looked up"},
        {dkim::Result::permerror, dkim::Code::no_key,
         "the DKIM signature of woodgrovebank.com names a key that is not in the DNS"},
        {dkim::Result::permerror, dkim::Code::key_revoked,
         "woodgrovebank.com has revoked the key of its DKIM signature"},
        {dkim::Result::permerror, dkim::Code::expired, "the DKIM signature of woodgrovebank.com has expired"},
        {dkim::Result::policy, dkim::Code::too_many_signatures,
         "the DKIM signature of woodgrovebank.com is not valid (why it is)"},
    };
    for (const DkimRow& row : rows) {
        Facts facts = spoof();
        facts.dkim = {signature(dkim::Result::pass, "other.example"),
                      signature(row.result, "woodgrovebank.com", row.code)};
        facts.dkim.back().reason = "why it is";
        EXPECT_EQ(dkim_clause(facts), row.clause);
    }
    Facts facts = spoof();
    facts.dkim = {signature(dkim::Result::neutral, "", dkim::Code::bad_syntax)};
    EXPECT_EQ(dkim_clause(facts), "the DKIM signature is malformed");
}

TEST(Wording, PassesThatDoNotCount) {
    Facts facts = spoof();
    facts.dkim = {signature(dkim::Result::pass, "woodgrovebank.com")};
    facts.dkim[0].unsigned_bytes = 12;
    EXPECT_EQ(dkim_clause(facts),
              "the DKIM signature of woodgrovebank.com leaves 12 bytes of the body unsigned, so it does not count");
    facts.dkim[0].unsigned_bytes = 0;
    facts.dkim[0].testing = true;
    EXPECT_EQ(dkim_clause(facts), "the DKIM key of woodgrovebank.com is in test mode, so its signature does not count");
    facts.dkim = {signature(dkim::Result::pass, "mail.woodgrovebank.com")};
    facts.dmarc.value->record->adkim = facts.dmarc.value->record->aspf = dmarc::Alignment::strict;
    EXPECT_EQ(dkim_clause(facts),
              "the DKIM signature is of mail.woodgrovebank.com, while the owner accepts only woodgrovebank.com itself");
    facts.spf = {spf_outcome(spf::Result::pass, "bounce.woodgrovebank.com"), {}};
    EXPECT_EQ(spf_clause(facts),
              "SPF vouches for bounce.woodgrovebank.com, while the owner accepts only woodgrovebank.com itself");
}

TEST(Sentence, OwnersWish) {
    Facts facts = spoof();
    auto& e = *facts.dmarc.value;
    e.record->testing = true;
    EXPECT_TRUE(sentence(facts).ends_with("; the owner asks to reject such mail, but is still testing that wish."));
    e.policy = dmarc::Policy::none;
    EXPECT_TRUE(sentence(facts).ends_with("; the owner asks for no action."));
}

TEST(Sentence, ErrorsAndUndecided) {
    Facts facts = inbound("example.com");
    facts.dmarc = {without_policy(dmarc::Result::temperror, "example.com", dmarc::Code::dns_error), {}};
    facts.dmarc.value->reason = "the DMARC record at _dmarc.example.com could not be looked up";
    EXPECT_EQ(
        sentence(facts),
        "Whether the mail is really from example.com cannot be said now: the DMARC record at _dmarc.example.com could "
        "not be looked up.");
    facts.dmarc = {dmarc::without_author("2 From fields (a.example and b.example)", dmarc::Discovery::treewalk), {}};
    EXPECT_EQ(sentence(facts),
              "Nobody can say who the mail claims to be from, so DMARC cannot check it: 2 From fields (a.example and "
              "b.example).");
    facts.dmarc = {without_policy(dmarc::Result::none, "example.com", dmarc::Code::unusable_record), {}};
    EXPECT_EQ(
        sentence(facts),
        "The mail claims to be from example.com, whose DMARC record cannot be used, so DMARC decides nothing; SPF was "
        "not checked and there is no DKIM signature.");
    facts.dmarc = {std::nullopt, "an internal error"};
    facts.unchecked = {"internal", "dns"};
    EXPECT_EQ(sentence(facts),
              "Whether the mail is from example.com was not decided: an internal error. A failure on our side kept the "
              "check incomplete (internal, dns).");
}

TEST(Sentence, OurOwnMail) {
    Facts facts = inbound("example.com");
    facts.direction = Direction::submitted;
    EXPECT_EQ(sentence(facts), "One of our own users sent this mail, so it was not checked.");
    facts.direction = Direction::internal;
    EXPECT_EQ(sentence(facts), "This mail comes from one of our own networks, so it was not checked.");
    facts.direction = Direction::local;
    EXPECT_EQ(sentence(facts), "This mail was sent on this machine, so it was not checked.");
}

TEST(Sentence, RemoteTextCannotBreakTheLine) {
    Facts facts = spoof();
    const std::string hostile = "a\r\nX-Evil: yes\x1b[31m\xff" + std::string(5000, 'x');
    facts.spf.value->domain = facts.spf.value->cause.text = hostile;
    facts.dkim = {signature(dkim::Result::fail, hostile, dkim::Code::bad_key)};
    facts.author.domain = facts.dmarc.value->author_domain = hostile;
    const std::string text = sentence(facts);
    EXPECT_EQ(text.find_first_of("\r\n\x1b\xff"), std::string::npos);
    EXPECT_LT(text.size(), 1500u);
}

TEST(Explanation, Golden) {
    Facts facts = spoof();
    auto answer = std::make_shared<dns::AnswerData>();
    answer->status = dns::Status::ok;
    answer->ttl = 300;
    answer->txt = {"v=DMARC1; p=reject"};
    facts.transcript.record({"_dmarc.woodgrovebank.com", dns::Type::txt, "DMARC record", {}, true, true}, answer);
    EXPECT_EQ(
        explanation(facts, nullptr, "mx.tailspintoys.com"),
        "The mail claims to be from woodgrovebank.com, but SPF vouches only for proseware.com and there is no DKIM "
        "signature, so DMARC "
        "fails; the owner asks to reject such mail.\n"
        "\n"
        "from   192.0.2.10, HELO woodgrovebank.com, MAIL FROM <dubious@proseware.com>\n"
        "SPF    pass      proseware.com (MAIL FROM): the reason\n"
        "DKIM   none      the message is not signed\n"
        "DMARC  fail      the DMARC reason\n"
        "       policy reject by the record at _dmarc.woodgrovebank.com\n"
        "iprev  pass      confirmed\n"
        "\n"
        "What to do\n"
        "  If woodgrovebank.com really sends through proseware.com: it should let proseware.com sign with DKIM as "
        "woodgrovebank.com or "
        "use a bounce address below woodgrovebank.com.\n"
        "  If not, the mail is a forgery; nothing is to be mended at the receiver.\n"
        "\n"
        "Authentication-Results: " +
            [&] {
                std::string value = authres::write(authentication_results(facts, "mx.tailspintoys.com"));
                std::erase(value, '\r');
                return value;
            }() +
            "\n"
            "\n"
            "DNS questions (1)\n"
            "  " +
            dns::to_line(facts.transcript.exchanges()[0]) + "\n");
}

TEST(Explanation, AdviceFollowsTheCause) {
    Facts facts = spoof();
    facts.dkim = {signature(dkim::Result::fail, "woodgrovebank.com", dkim::Code::body_hash_mismatch)};
    ASSERT_EQ(advice(facts).size(), 1u);
    EXPECT_TRUE(advice(facts)[0].starts_with("A mailing list, gateway or scanner on the way changed the text."));
    facts.dkim = {signature(dkim::Result::permerror, "woodgrovebank.com", dkim::Code::no_key)};
    EXPECT_EQ(advice(facts)[0], "The owner of woodgrovebank.com should publish the key at "
                                "s1._domainkey.woodgrovebank.com or sign with a key that is published.");
    facts.dkim.clear();
    facts.spf = {spf_outcome(spf::Result::permerror, "woodgrovebank.com", spf::Code::syntax), {}};
    EXPECT_EQ(advice(facts).back(), "The owner of woodgrovebank.com should correct the SPF record: the reason.");
    EXPECT_TRUE(advice(aligned_pass()).empty());
}

TEST(Explanation, ADomainThatReliesOnSpfAloneIsTold) { // RFC 9989 7.4, 8
    Facts facts = aligned_pass();
    facts.dkim.clear();
    facts.dmarc.value->dkim_aligned = false;
    EXPECT_EQ(advice(facts), std::vector<std::string>{"adatum.com should also sign with DKIM: SPF alone breaks when "
                                                      "mail is forwarded."});
}

} // namespace
} // namespace bonafide::verdict
