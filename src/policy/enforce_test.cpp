// Every disposition under every setting, what the reply says, and what is never refused.
#include "policy/enforce.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using Kind = HeaderEdit::Kind;

constexpr Enforcement always{DmarcReject::always, SeveralAuthors::refuse};
constexpr Enforcement never{DmarcReject::never, SeveralAuthors::accept};

verdict::Facts failing(dmarc::Policy asked) {
    verdict::Facts facts;
    facts.author.cause = mail::FromCause::ok;
    facts.author.domain = "example.com";
    dmarc::Evaluation evaluation;
    evaluation.result = dmarc::Result::fail;
    evaluation.author_domain = "example.com";
    evaluation.policy = evaluation.disposition = asked;
    facts.dmarc.value = evaluation;
    return facts;
}

verdict::Facts without_author(mail::FromCause cause) {
    verdict::Facts facts;
    facts.author.cause = cause;
    facts.dmarc.value = dmarc::without_author("no single author", dmarc::Discovery::treewalk);
    return facts;
}

Decision stamped() {
    Decision decision;
    decision.edits = {{Kind::remove, "Authentication-Results", "", 2},
                      {Kind::insert_top, "Authentication-Results", "mx.example.org; dmarc=fail", 0}};
    decision.why = "stamped";
    return decision;
}

Decision enforced(const verdict::Facts& facts, const Enforcement& settings) {
    return enforce(stamped(), facts, settings);
}

spf::Outcome spf_result(spf::Result result) {
    spf::Outcome outcome;
    outcome.result = result;
    return outcome;
}

dkim::SignatureResult signature(dkim::Result result) {
    dkim::SignatureResult found;
    found.result = result;
    return found;
}

TEST(Enforce, TheOwnersRejectIsCarriedOut) { // RFC 9989 7.2
    const Decision decision = enforced(failing(dmarc::Policy::reject), always);
    EXPECT_EQ(decision.action, Action::reject);
    EXPECT_EQ(decision.smtp_reply, "550 5.7.1 Refused by the DMARC policy of example.com");
    EXPECT_TRUE(decision.edits.empty());
    EXPECT_EQ(decision.why, "DMARC fails and example.com asks for reject");
}

TEST(Enforce, SeveralFailedChecksHaveTheirOwnCode) { // RFC 7372 3.4
    verdict::Facts facts = failing(dmarc::Policy::reject);
    const auto code = [&] { return enforced(facts, always).smtp_reply.substr(0, 10); };
    facts.spf.value = spf_result(spf::Result::softfail);
    EXPECT_EQ(code(), "550 5.7.1 ") << "no signature is no failed one";
    facts.dkim = {signature(dkim::Result::fail)};
    EXPECT_EQ(code(), "550 5.7.26");
    facts.dkim.push_back(signature(dkim::Result::pass));
    EXPECT_EQ(code(), "550 5.7.1 ") << "another signature passes, though not aligned";
    facts.dkim.pop_back();
    for (const auto result : {spf::Result::none, spf::Result::neutral, spf::Result::pass, spf::Result::temperror}) {
        facts.spf.value = spf_result(result);
        EXPECT_EQ(code(), "550 5.7.1 ") << to_text(result);
    }
}

TEST(Enforce, QuarantineIsTheJunkMarkBelowOurResults) {
    const Decision decision = enforced(failing(dmarc::Policy::quarantine), always);
    EXPECT_EQ(decision.action, Action::accept);
    EXPECT_EQ(decision.smtp_reply, "");
    ASSERT_EQ(decision.edits.size(), 3U);
    EXPECT_EQ(decision.edits[0].kind, Kind::remove);
    EXPECT_EQ(decision.edits[1].name, junk_field);
    EXPECT_EQ(decision.edits[1].value, "dmarc");
    EXPECT_EQ(decision.edits[2].name, "Authentication-Results") << "inserted last, so on top";
    EXPECT_EQ(decision.why, "DMARC fails and example.com asks for quarantine");
}

TEST(Enforce, NeverTurnsRejectIntoQuarantine) { // RFC 9989 7.4
    const Decision decision = enforced(failing(dmarc::Policy::reject), never);
    EXPECT_EQ(decision.action, Action::accept);
    EXPECT_EQ(decision.edits.size(), 3U);
    EXPECT_THAT(decision.why, testing::HasSubstr("turns into quarantine"));
}

TEST(Enforce, NothingToCarryOutChangesNothing) {
    verdict::Facts unevaluated = failing(dmarc::Policy::reject);
    unevaluated.dmarc.value.reset();
    verdict::Facts no_policy = failing(dmarc::Policy::reject);
    no_policy.dmarc.value->disposition.reset();
    verdict::Facts ours = failing(dmarc::Policy::reject);
    ours.direction = verdict::Direction::submitted;
    for (const auto& facts : {failing(dmarc::Policy::none), unevaluated, no_policy, ours}) {
        EXPECT_EQ(enforced(facts, always).action, Action::accept);
        EXPECT_EQ(enforced(facts, always).why, "stamped");
    }
}

TEST(Enforce, NothingIsRefusedForSpfAlone) { // S25; RFC 7208 8.5: softfail alone must not be
    for (const auto result : {spf::Result::none, spf::Result::neutral, spf::Result::fail, spf::Result::softfail,
                              spf::Result::temperror, spf::Result::permerror}) {
        verdict::Facts facts = failing(dmarc::Policy::none);
        facts.spf.value = spf_result(result);
        EXPECT_EQ(enforced(facts, always).action, Action::accept) << to_text(result);
        EXPECT_EQ(enforced(facts, always).smtp_reply, "") << to_text(result);
    }
}

TEST(Enforce, AMessageAlreadyKeptOutStaysSo) {
    Decision deferred;
    deferred.action = Action::defer;
    deferred.smtp_reply = "451 4.3.0 later";
    EXPECT_EQ(enforce(deferred, failing(dmarc::Policy::reject), always).smtp_reply, "451 4.3.0 later");
}

TEST(Enforce, SeveralAuthorsAreRefusedWhereTheSettingSaysSo) { // RFC 9989 5.3.1, 11.5
    for (const auto cause : {mail::FromCause::several_domains, mail::FromCause::several_fields}) {
        EXPECT_EQ(enforced(without_author(cause), always).action, Action::reject);
        EXPECT_TRUE(enforced(without_author(cause), always).smtp_reply.starts_with("550 5.7.1 "));
        EXPECT_EQ(enforced(without_author(cause), never).action, Action::accept);
    }
    for (const auto cause : {mail::FromCause::missing, mail::FromCause::syntax, mail::FromCause::no_address})
        EXPECT_EQ(enforced(without_author(cause), always).action, Action::accept) << to_text(cause);
}

TEST(Enforce, AStrangersNameEndsNoReplyLine) {
    verdict::Facts facts = failing(dmarc::Policy::reject);
    facts.dmarc.value->author_domain = "a\r\n250 ok";
    EXPECT_EQ(enforced(facts, always).smtp_reply.find_first_of("\r\n"), std::string::npos);
}

} // namespace
} // namespace bonafide::policy
