// What becomes of a message without a preset: the owner's policy, the suggestion, exceptions, rescues, what the reply and the report say.
#include "policy/test_disposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::policy {

void PrintTo(What what, std::ostream* out) { *out << to_text(what); }

namespace {

using namespace testing_disposition;
using testing::HasSubstr;
using verdict::testing_facts::signature;
using verdict::testing_facts::spf_outcome;

Message always(Policy asked) {
    Message message(asked);
    message.settings.reject = DmarcReject::always;
    return message;
}

/// A letter of somebody known whose proof is missing: nothing suspicious.
Message harmless(Policy asked) {
    Message message(asked);
    message.settings.follow = Follow::nothing;
    return message;
}

// ---- the owner's policy

TEST(Disposition, TheOwnersRejectIsCarriedOut) { // RFC 9989 7.2
    const Disposition disposition = always(Policy::reject).unjudged();
    EXPECT_EQ(disposition.what, What::reject);
    EXPECT_EQ(disposition.by, By::dmarc);
    EXPECT_EQ(disposition.reply, "550 5.7.1 Refused by the DMARC policy of contoso.com");
    EXPECT_EQ(disposition.why, "DMARC fails and contoso.com asks for reject");
    EXPECT_FALSE(disposition.override_reason);
}

TEST(Disposition, SeveralFailedChecksHaveTheirOwnCode) { // RFC 7372 3.4
    Message message = always(Policy::reject);
    const auto code = [&] { return message.unjudged().reply.substr(0, 10); };
    message.facts.spf.value = spf_outcome(spf::Result::softfail, "contoso.com");
    EXPECT_EQ(code(), "550 5.7.1 ") << "no signature is no failed one";
    message.signed_by("contoso.com", dkim::Result::fail);
    EXPECT_EQ(code(), "550 5.7.26");
    message.signed_by("maliciousdomain.com");
    EXPECT_EQ(code(), "550 5.7.1 ") << "another signature passes, though not aligned";
    message.facts.dkim.pop_back();
    for (const auto result : {spf::Result::none, spf::Result::neutral, spf::Result::pass, spf::Result::temperror}) {
        message.facts.spf.value = spf_outcome(result, "contoso.com");
        EXPECT_EQ(code(), "550 5.7.1 ") << to_text(result);
    }
}

TEST(Disposition, RepliesAreTheAdministratorsWords) {
    Message message = always(Policy::reject);
    message.settings.replies.other = Reply::parse("554 5.7.9 DMARC {dmarc.policy} of {from.domain}, {client}",
                                                  Reply::Class::permanent, Level::judged)
                                         .value();
    EXPECT_EQ(message.unjudged().reply, "554 5.7.9 DMARC reject of contoso.com, 192.0.2.10");
}

TEST(Disposition, QuarantineIsTheJunkMarkOrTheHoldQueue) {
    Message message = harmless(Policy::quarantine);
    EXPECT_EQ(message.what(), What::quarantine);
    EXPECT_EQ(message.disposed().why, "DMARC fails and contoso.com asks for quarantine");
    EXPECT_EQ(message.disposed().reply, "");
    EXPECT_EQ(message.override_text(), "none");
    message.settings.quarantine_as = QuarantineAs::hold;
    EXPECT_EQ(message.what(), What::hold);
    EXPECT_EQ(message.override_text(), "none") << "held is quarantined";
}

TEST(Disposition, NeverTurnsRejectIntoQuarantine) { // RFC 9989 7.4
    Message message = harmless(Policy::reject);
    message.settings.reject = DmarcReject::never;
    EXPECT_EQ(message.what(), What::quarantine);
    EXPECT_EQ(message.override_text(),
              "local_policy: DMARC fails and contoso.com asks for reject, which dmarc.reject turns into quarantine");
}

TEST(Disposition, RejectAloneIsNoReason) { // RFC 9989 7.4
    Message message = harmless(Policy::reject);
    message.exceptions.history_known = false;
    EXPECT_EQ(message.what(), What::quarantine);
    EXPECT_EQ(message.override_text(),
              "local_policy: DMARC fails and contoso.com asks for reject, but nothing is known beside that");
    message.exceptions.history_known = true;
    EXPECT_EQ(message.unjudged().what, What::quarantine) << "nothing was judged";
    EXPECT_EQ(message.what(), What::reject);
    EXPECT_THAT(message.disposed().why, HasSubstr("asks for reject, and nothing vouches for contoso.com"));
}

TEST(Disposition, NothingToCarryOutChangesNothing) {
    Message unevaluated = always(Policy::reject), no_policy = unevaluated, ours = unevaluated,
            none = always(Policy::none);
    unevaluated.facts.dmarc.value.reset();
    no_policy.facts.dmarc.value->disposition.reset();
    ours.facts.direction = verdict::Direction::submitted;
    Message passes = always(Policy::reject);
    passes.dmarc_passes(true, true);
    for (const Message& message : {unevaluated, no_policy, ours, none, passes}) {
        EXPECT_EQ(message.unjudged().what, What::none);
        EXPECT_EQ(message.unjudged().reply, "");
        EXPECT_FALSE(message.unjudged().override_reason);
    }
}

TEST(Disposition, NothingIsRefusedForSpfAlone) { // S25; RFC 7208 8.5: softfail alone must not be
    for (const auto result : {spf::Result::none, spf::Result::neutral, spf::Result::fail, spf::Result::softfail,
                              spf::Result::temperror, spf::Result::permerror}) {
        Message message = always(Policy::none);
        message.facts.spf.value = spf_outcome(result, "contoso.com");
        EXPECT_LT(message.what(), What::reject) << to_text(result);
        EXPECT_EQ(message.unjudged().what, What::none) << to_text(result);
    }
}

TEST(Disposition, ErrorsAreNeverRefused) { // RFC 9989 5.3.5, 7.2
    for (const auto result : {dmarc::Result::none, dmarc::Result::temperror, dmarc::Result::permerror})
        for (const Preset preset : {Preset::none, Preset::microsoft_strict}) {
            Message message = always(Policy::reject);
            message.settings = with_preset(preset, message.settings);
            message.settings.follow = Follow::reject;
            message.facts.dmarc.value->result = result;
            EXPECT_LT(message.what(), What::reject) << to_text(result);
            EXPECT_EQ(message.unjudged().what, What::none) << to_text(result);
            EXPECT_EQ(message.override_text(), "none") << "DMARC did not fail";
        }
}

TEST(Disposition, TestingTakesAStepOff) { // RFC 9989 4.7 t=y
    for (const Preset preset : {Preset::none, Preset::microsoft_default}) {
        Message message = always(Policy::reject);
        message.settings = with_preset(preset, message.settings);
        message.settings.follow = Follow::nothing;
        message.testing();
        EXPECT_EQ(message.what(), What::quarantine);
        EXPECT_EQ(message.override_text(), "policy_test_mode: t=y");
        message.dmarc_fails(Policy::quarantine);
        message.testing();
        EXPECT_EQ(message.what(), What::none);
        EXPECT_EQ(message.override_text(), "policy_test_mode: t=y");
    }
}

TEST(Disposition, WhatOursLeftUncheckedIsLeftAlone) {
    for (const Preset preset : {Preset::none, Preset::microsoft_strict}) {
        Message message = always(Policy::reject);
        message.settings = with_preset(preset, message.settings);
        message.facts.unchecked = {"internal"};
        EXPECT_EQ(message.what(), What::none);
        EXPECT_EQ(message.override_text(), "other: a failure on our side kept the check incomplete");
        message.facts.unchecked = {"dns"};
        EXPECT_EQ(message.unjudged().what, What::none);
    }
}

TEST(Disposition, SeveralAuthorsAreRefusedWhereTheSettingSaysSo) { // RFC 9989 5.3.1, 11.5
    Message message = harmless(Policy::none);
    const auto with = [&](mail::FromCause cause, SeveralAuthors setting) {
        message.facts.author.cause = cause;
        message.facts.dmarc.value = dmarc::without_author("no single author", dmarc::Discovery::treewalk);
        message.settings.several_authors = setting;
        return message.disposed();
    };
    for (const auto cause : {mail::FromCause::several_domains, mail::FromCause::several_fields}) {
        EXPECT_EQ(with(cause, SeveralAuthors::refuse).what, What::reject);
        EXPECT_TRUE(with(cause, SeveralAuthors::refuse).reply.starts_with("550 5.7.1 The message names authors"));
        EXPECT_EQ(with(cause, SeveralAuthors::accept).what, What::none);
    }
    for (const auto cause : {mail::FromCause::missing, mail::FromCause::syntax, mail::FromCause::no_address})
        EXPECT_EQ(with(cause, SeveralAuthors::refuse).what, What::none) << to_text(cause);
    with(mail::FromCause::several_domains, SeveralAuthors::refuse);
    message.exceptions.no_dmarc_rule = "partner";
    EXPECT_EQ(message.what(), What::none);
}

TEST(Disposition, AStrangersNameEndsNoLine) {
    Message message = always(Policy::reject);
    message.facts.dmarc.value->author_domain = "a\r\n250 ok";
    message.author("a\r\n250 ok");
    const Disposition disposition = message.unjudged();
    EXPECT_EQ(disposition.reply.find_first_of("\r\n"), std::string::npos);
    EXPECT_EQ(disposition.why.find_first_of("\r\n"), std::string::npos);
}

// ---- the suggestion

struct Followed {
    verdict::Suggestion suggestion;
    Follow follow;
    What what;
};

TEST(Disposition, TheSuggestionIsFollowedAsFarAsTheSettingGoes) {
    using verdict::Suggestion;
    const std::vector<Followed> rows{
        {Suggestion::reject, Follow::nothing, What::none},
        {Suggestion::reject, Follow::mark, What::mark},
        {Suggestion::reject, Follow::junk, What::junk},
        {Suggestion::reject, Follow::quarantine, What::quarantine},
        {Suggestion::reject, Follow::reject, What::quarantine}, // compauth=fail alone refuses nothing
        {Suggestion::quarantine, Follow::reject, What::quarantine},
        {Suggestion::quarantine, Follow::junk, What::junk},
        {Suggestion::junk, Follow::quarantine, What::junk},
        {Suggestion::mark, Follow::junk, What::mark},
        {Suggestion::deliver, Follow::reject, What::none},
    };
    for (const Followed& row : rows) {
        Message message;
        message.settings.follow = row.follow;
        verdict::Judgement judged = message.judge();
        judged.suggestion = row.suggestion;
        const Disposition disposition = dispose(message.facts, &judged, &judged, message.settings, message.exceptions);
        EXPECT_EQ(disposition.what, row.what) << to_text(row.suggestion) << " followed up to " << to_text(row.follow);
        if (row.what > What::none) {
            EXPECT_EQ(disposition.by, By::suggestion);
            EXPECT_THAT(disposition.why, HasSubstr("suggests " + std::string(to_text(row.suggestion))));
        }
    }
}

TEST(Disposition, TheStrongerOfPolicyAndSuggestionHolds) {
    Message message(Policy::none);
    verdict::Judgement judged = message.judge();
    judged.suggestion = verdict::Suggestion::junk;
    const auto disposed = [&] {
        return dispose(message.facts, &judged, &judged, message.settings, message.exceptions);
    };
    EXPECT_EQ(disposed().what, What::junk);
    ASSERT_TRUE(disposed().override_reason) << "the owner asked for nothing";
    EXPECT_EQ(disposed().override_reason->type, OverrideReason::Type::local_policy);
    message.dmarc_fails(Policy::quarantine);
    EXPECT_EQ(disposed().what, What::quarantine);
    EXPECT_EQ(disposed().by, By::dmarc);
}

TEST(Disposition, ABlockedPairIsTheAdministratorsWord) {
    Message message;
    message.dmarc_passes(true, true);
    message.block("contoso.com, 192.0.2.0/24");
    EXPECT_EQ(message.what(), What::junk) << "as far as follow goes";
    EXPECT_EQ(message.disposed().by, By::spoof);
    message.settings.follow = Follow::quarantine;
    EXPECT_EQ(message.what(), What::quarantine);
    message.settings.follow = Follow::reject;
    message.dmarc_fails(Policy::none);
    EXPECT_EQ(message.what(), What::reject);
    EXPECT_EQ(message.disposed().reply, "550 5.7.1 This sender may not write in the name of contoso.com");
    message.exceptions.safe_sender = true;
    message.exceptions.allowed_by = "contoso.com";
    EXPECT_EQ(message.what(), What::reject) << "it goes before the users' lists and the allow list";
}

// ---- exceptions

TEST(Disposition, TheUserWins) {
    Message message = always(Policy::reject);
    message.exceptions.blocked_sender = true;
    EXPECT_EQ(message.what(), What::junk);
    EXPECT_EQ(message.disposed().by, By::list);
    EXPECT_EQ(message.override_text(), "local_policy: all recipients have blocked the author");
    message.exceptions.safe_sender = true;
    EXPECT_EQ(message.what(), What::none) << "safe goes before blocked";
    EXPECT_EQ(message.override_text(), "local_policy: all recipients call the author a safe sender");
    Message passes;
    passes.dmarc_passes(true, true);
    passes.exceptions.blocked_sender = true;
    EXPECT_EQ(passes.what(), What::junk);
    EXPECT_EQ(passes.override_text(), "none");
}

TEST(Disposition, AllowancesOfTheAdministrator) {
    Message pair = always(Policy::reject);
    pair.allow("contoso.com, 192.0.2.0/24");
    EXPECT_EQ(pair.what(), What::none);
    EXPECT_EQ(pair.override_text(), "local_policy: the list of spoofed senders allows this author from here");
    Message listed = always(Policy::reject);
    listed.exceptions.allowed_by = "192.0.2.0/24\r\nx";
    EXPECT_EQ(listed.what(), What::none);
    EXPECT_EQ(listed.override_text(), "local_policy: the allow list has 192.0.2.0/24\\x0d\\x0ax");
    listed.exceptions.blocked_sender = true;
    EXPECT_EQ(listed.what(), What::junk) << "the user's list goes before the administrator's";
}

TEST(Disposition, ARuleGoesBeforeAllElse) {
    Message spared = always(Policy::reject);
    spared.settings.follow = Follow::nothing;
    spared.exceptions.no_dmarc_rule = "partner";
    EXPECT_EQ(spared.what(), What::none);
    EXPECT_EQ(spared.override_text(), "local_policy: the rule partner says no-dmarc");
    spared.exceptions.dmarc_rule = "other";
    EXPECT_EQ(spared.what(), What::none) << "the milder of two rules";

    Message told = always(Policy::reject);
    told.exceptions.dmarc_rule = "banks";
    told.exceptions.safe_sender = true;
    told.exceptions.allowed_by = "contoso.com";
    EXPECT_EQ(told.what(), What::reject);
    told.dmarc_fails(Policy::none);
    told.settings.follow = Follow::nothing;
    EXPECT_EQ(told.what(), What::none) << "the policy as it is";
    told.exceptions.safe_sender = false;
    told.exceptions.blocked_sender = true;
    EXPECT_EQ(told.what(), What::junk);
}

TEST(Disposition, ARuleThatSparesTheOwnersPolicySparesNothingElse) {
    Message message = always(Policy::reject);
    message.exceptions.no_dmarc_rule = "partner";
    message.known_names().add_domain(verdict::KnownNames::Of::ours, "cont0so.com",
                                     verdict::testing_situation::suffixes());
    EXPECT_EQ(message.what(), What::junk);
    EXPECT_EQ(message.disposed().by, By::suggestion);
    EXPECT_EQ(message.override_text(), "local_policy: the rule partner says no-dmarc");
}

// ---- what rescues a message from its owner's policy

struct Rescue {
    const char* what;
    unsigned reason;
    const char* override_type;
    std::function<void(Message&)> arrange;
};

authres::Field stamped(std::string method, std::string result, authres::Property property) {
    return {"mx.ours.example", "", {{std::move(method), "", std::move(result), "", "", {std::move(property)}}}};
}

const std::vector<Rescue>& rescues() {
    static const std::vector<Rescue> all{
        {"a host of ours broke the signature", 108, "local_policy",
         [](Message& m) {
             m.signed_by("contoso.com", dkim::Result::fail);
             m.upstream = {stamped("dmarc", "pass", {"header", "from", "contoso.com"})};
         }},
        {"our gateway knows the user", 115, "local_policy",
         [](Message& m) {
             m.own("contoso.com");
             m.upstream = {stamped("auth", "pass", {"smtp", "auth", "chris@contoso.com"})};
         }},
        {"a trusted sealer", 130, "trusted_forwarder", [](Message& m) { m.rescued_by_sealer(); }},
        {"a listed network", 400, "local_policy",
         [](Message& m) { m.lists.networks.push_back(*ip::Prefix::parse("192.0.2.0/24")); }},
        {"a bounce of a correspondent", 501, "local_policy",
         [](Message& m) {
             m.facts.envelope.mail_from = "";
             m.facts.letter.delivery_report = true;
             m.facts.letter.returned_ids = {"a@ours.example"};
             m.past(verdict::PastKind::contact_domain, "contoso.com", "rita@ours.example")
                 .push_back({.day = verdict::testing_situation::today - 1, .sent = 1});
         }},
        {"a long good past", 701, "local_policy", [](Message& m) { m.known_pair(); }},
        {"a long good past of a list", 701, "mailing_list",
         [](Message& m) {
             m.known_pair();
             m.from_list();
         }},
        {"relays that hide the client", 905, "local_policy",
         [](Message& m) {
             m.facts.envelope.relays = 1;
             m.facts.envelope.client.reset();
         }},
    };
    return all;
}

TEST(Disposition, WhatCompauthVouchesForIsNotSpoofed) {
    for (const Preset preset : {Preset::none, Preset::microsoft_default, Preset::microsoft_strict})
        for (const Policy asked : {Policy::quarantine, Policy::reject})
            for (const Rescue& rescue : rescues()) {
                Message message = always(asked);
                message.settings = with_preset(preset, message.settings);
                message.settings.follow = Follow::nothing;
                rescue.arrange(message);
                const auto by = message.judge().result == verdict::Compauth::fail ? message.judge_without_policy()
                                                                                  : message.judge();
                EXPECT_EQ(by.reason, rescue.reason) << rescue.what << ": " << by.why;
                EXPECT_EQ(message.what(), What::none) << rescue.what;
                EXPECT_THAT(message.override_text(), testing::StartsWith(std::string(rescue.override_type) + ": "))
                    << rescue.what;
            }
}

TEST(Disposition, ARescuedMessageIsJudgedWithoutItsPolicy) {
    Message message(Policy::reject);
    message.known_pair();
    EXPECT_EQ(message.what(), What::none) << message.disposed().why;
}

TEST(Disposition, SoftPassesAndHostsRescueNothing) {
    Message host = harmless(Policy::quarantine);
    host.called("mail.contoso.com");
    EXPECT_EQ(host.judge_without_policy().reason, 103U);
    EXPECT_EQ(host.what(), What::quarantine);
}

TEST(Disposition, ATrustedSealersOverrideNamesTheChain) { // RFC 8617 7.2.2
    Message message(Policy::reject);
    message.rescued_by_sealer();
    message.trust("d2.example");
    message.sealed_by({"lists.example", "d2.example"}, "contoso.com");
    auto& sets = message.facts.arc.value->instances;
    sets[0].seal.selector = "s3";
    sets[1].seal.selector = "s2";
    sets[0].results->results.front().properties.push_back({"smtp", "remote-ip", "2001:DB8::1A"});
    EXPECT_EQ(message.override_text(),
              "trusted_forwarder: arc=pass as[2].d=d2.example as[2].s=s2 as[1].d=lists.example as[1].s=s3 "
              "remote-ip[1]=2001:DB8::1A");
}

TEST(Disposition, AListIsWhyItIsNotRefused) {
    Message message = harmless(Policy::reject);
    message.from_list();
    EXPECT_EQ(message.what(), What::quarantine);
    EXPECT_EQ(message.override_text(), "mailing_list: it came through the list talk.lists.example");
}

} // namespace
} // namespace bonafide::policy
