// What the rules of the standards mean for a whole message: envelope, header and body go in, verdict, field and decision come out. One row a
// nasty case, named after its rule in tests/standards.tsv.
#include "dkim/test_signer.hpp"
#include "dns/zone.hpp"
#include "engine/transaction.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {
namespace {

using dkim::testing::ed25519_key;
using testing::HasSubstr;

/// A message as a client of 192.0.2.1 sends it.
struct Mail {
    std::string helo = "mail.example.com";
    std::string mail_from = "ann@stranger.test";
    std::string header = "From: ann@example.com\r\n"; ///< CRLF lines
    std::string body = "Hello.\r\n";
};

Finished judged(std::string_view zone_text, const Mail& mail) {
    const auto zone = dns::Zone::parse(zone_text);
    EXPECT_TRUE(zone) << (zone ? "" : zone.error().text);
    Context context;
    context.settings = std::make_shared<const Settings>();
    context.suffixes = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    context.host_name = "mx.receiver.example";
    context.source = std::make_shared<dns::ImmediateSource>(**zone);
    context.clock.steady = [] { return std::chrono::steady_clock::time_point{}; };
    context.clock.unix_time = [] { return 1795255200; };
    Connection connection(context);
    connection.open({ip::Address::parse("192.0.2.1"), 40000, "", "smtpd", {}});
    connection.helo(mail.helo);
    Transaction message(connection);
    message.mail(mail.mail_from, {});
    message.rcpt("bob@receiver.example");
    message.header(dkim::testing::read_header(mail.header));
    message.end_of_header();
    message.body(mail.body);
    std::optional<Finished> finished;
    message.end([&](Finished f) { finished = std::move(f); });
    EXPECT_TRUE(finished);
    return finished ? std::move(*finished) : Finished{};
}

/// Our Authentication-Results in one line; empty when there is none.
std::string stamp(const Finished& finished) { // the topmost: what is put on top last
    for (const policy::HeaderEdit& edit : finished.decision.edits | std::views::reverse)
        if (edit.kind != policy::HeaderEdit::Kind::remove && edit.name == "Authentication-Results")
            return mail::unfold(edit.value);
    return {};
}

/// Positions of the Authentication-Results fields that go.
std::vector<std::size_t> removed(const Finished& finished) {
    std::vector<std::size_t> positions;
    for (const policy::HeaderEdit& edit : finished.decision.edits)
        if (edit.kind == policy::HeaderEdit::Kind::remove) positions.push_back(edit.position);
    return positions;
}

std::string zone_with_policies() {
    std::string text;
    for (const std::string_view domain : {"x.test", "y.test", "bank.test", "evil.test", "xn--bcher-kva.test"})
        text += fmt::format("_dmarc.{}. TXT \"v=DMARC1; p=reject\"\n", domain);
    return text;
}

struct AuthorRow {
    const char* name;
    const char* from; ///< the From fields, CRLF lines
    mail::FromCause cause;
    const char* domain; ///< the Author Domain; "" for none
};

const AuthorRow author_rows[] = {
    {"M10 two From fields", "From: a@x.test\r\nFrom: b@y.test\r\n", mail::FromCause::several_fields, ""},
    {"M10 the same From field twice", "From: a@x.test\r\nFrom: a@x.test\r\n", mail::FromCause::several_fields, ""},
    {"M10 a second From in another case", "From: a@x.test\r\nfROM : b@y.test\r\n", mail::FromCause::several_fields, ""},
    {"M10 two domains", "From: a@x.test, b@y.test\r\n", mail::FromCause::several_domains, ""},
    {"M10 two addresses of one domain", "From: a@x.test, b@x.test\r\n", mail::FromCause::ok, "x.test"},
    {"M10 @ in a quoted local part", "From: \"ceo@bank.test\"@evil.test\r\n", mail::FromCause::ok, "evil.test"},
    {"M10 source route", "From: <@relay.test:a@bank.test>\r\n", mail::FromCause::ok, "bank.test"},
    {"M10 empty group", "From: Undisclosed:;\r\n", mail::FromCause::no_address, ""},
    {"M10 group of one address", "From: Staff: a@x.test;\r\n", mail::FromCause::ok, "x.test"},
    {"M10 encoded word that holds an address", "From: =?utf-8?q?ceo=40bank.test?= <a@evil.test>\r\n",
     mail::FromCause::ok, "evil.test"},
    {"M10 comment between two @", "From: a@bank.test(c)@evil.test\r\n", mail::FromCause::syntax, ""},
    {"M10 no From field", "Subject: none\r\n", mail::FromCause::missing, ""},
    {"M10 empty From field", "From:\r\n", mail::FromCause::no_address, ""},
    {"M10 address literal", "From: a@[192.0.2.1]\r\n", mail::FromCause::not_a_domain, ""},
    {"OF1 a > behind the address", "From: user@x.test>\r\n", mail::FromCause::syntax, ""},
    {"OF2 quoted pairs in the display name", "From: \"A \\\"B\\\" <ceo@bank.test>\" <a@evil.test>\r\n",
     mail::FromCause::ok, "evil.test"},
    {"OF3 display name that is an address", "From: \"ceo@bank.test\" <a@evil.test>\r\n", mail::FromCause::ok,
     "evil.test"},
    {"X3 upper case and final dot", "From: a@X.TEST.\r\n", mail::FromCause::ok, "x.test"},
    {"X3 U-label", "From: a@b\u00fccher.test\r\n", mail::FromCause::ok, "xn--bcher-kva.test"},
    {"X3 U-label and A-label are one domain", "From: a@b\u00fccher.test, b@XN--bcher-kva.test\r\n", mail::FromCause::ok,
     "xn--bcher-kva.test"},
};

TEST(MessageStandard, AuthorDomain) { // RFC 9989 5.3.1, 11.5: never silence
    for (const AuthorRow& row : author_rows) {
        Mail mail;
        mail.header = row.from;
        const Finished finished = judged(zone_with_policies(), mail);
        EXPECT_EQ(to_text(finished.facts.author.cause), to_text(row.cause)) << row.name;
        EXPECT_EQ(finished.facts.author.domain, row.domain) << row.name;
        ASSERT_TRUE(finished.facts.dmarc.value) << row.name;
        if (row.cause == mail::FromCause::ok) {
            EXPECT_EQ(finished.facts.dmarc.value->result, dmarc::Result::fail) << row.name;
            EXPECT_EQ(finished.facts.dmarc.value->disposition, dmarc::Policy::reject) << row.name;
            EXPECT_THAT(stamp(finished),
                        HasSubstr(fmt::format("dmarc=fail header.from={} policy.dmarc=reject", row.domain)))
                << row.name;
        } else {
            EXPECT_EQ(finished.facts.dmarc.value->result, dmarc::Result::permerror) << row.name;
            EXPECT_EQ(finished.facts.dmarc.value->code, dmarc::Code::no_author) << row.name;
            EXPECT_THAT(stamp(finished), HasSubstr("dmarc=permerror reason=")) << row.name;
            EXPECT_THAT(stamp(finished), testing::Not(HasSubstr("header.from"))) << row.name;
        }
    }
}

struct SpfRow {
    const char* name;
    const char* helo;
    const char* mail_from;
    const char* zone;
    spf::Result spf;
    dmarc::Result dmarc;
};

constexpr const char* author_policy = "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"\n";
constexpr const char* helo_passes = "mail.example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n";

const SpfRow spf_rows[] = {
    {"M11 HELO passes, MAIL FROM is neutral", "mail.example.com", "a@other.test", "other.test. TXT \"v=spf1 ?all\"\n",
     spf::Result::neutral, dmarc::Result::fail},
    {"M11 HELO passes, MAIL FROM of the author is neutral", "mail.example.com", "a@example.com",
     "example.com. TXT \"v=spf1 ?all\"\n", spf::Result::neutral, dmarc::Result::fail},
    {"M11 HELO passes, MAIL FROM has no record", "mail.example.com", "a@example.com", "example.com. A 192.0.2.9\n",
     spf::Result::none, dmarc::Result::fail},
    {"M11 HELO passes, MAIL FROM passes for a stranger", "mail.example.com", "a@other.test",
     "other.test. TXT \"v=spf1 +all\"\n", spf::Result::pass, dmarc::Result::fail},
    {"M11 null path, HELO passes", "mail.example.com", "", "", spf::Result::pass, dmarc::Result::pass},
    {"M11 null path, HELO passes for a stranger", "mail.other.test", "", "mail.other.test. TXT \"v=spf1 +all\"\n",
     spf::Result::pass, dmarc::Result::fail},
    {"M11 null path, HELO is a literal", "[192.0.2.1]", "", "", spf::Result::none, dmarc::Result::fail},
    {"M11 neutral by ?ip4", "mail.example.com", "a@example.com", "example.com. TXT \"v=spf1 ?ip4:192.0.2.1 -all\"\n",
     spf::Result::neutral, dmarc::Result::fail},
    {"M11 softfail", "mail.example.com", "a@example.com", "example.com. TXT \"v=spf1 ~all\"\n", spf::Result::softfail,
     dmarc::Result::fail},
    {"M11 permerror", "mail.example.com", "a@example.com", "example.com. TXT \"v=spf1 ip4:x\"\n",
     spf::Result::permerror, dmarc::Result::fail},
    {"M11 pass of a domain below", "mail.example.com", "a@bounce.example.com",
     "bounce.example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n", spf::Result::pass, dmarc::Result::pass},
    {"X3 MAIL FROM in upper case with a final dot", "mail.example.com", "a@EXAMPLE.com.",
     "example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n", spf::Result::pass, dmarc::Result::pass},
    {"M11 @ in the quoted local part of MAIL FROM", "mail.other.test", "\"a@example.com\"@other.test",
     "other.test. TXT \"v=spf1 +all\"\n", spf::Result::pass, dmarc::Result::fail},
};

TEST(MessageStandard, M11SpfIdentity) { // RFC 9989 3.2.4, 4.4.2
    for (const SpfRow& row : spf_rows) {
        Mail mail;
        mail.helo = row.helo;
        mail.mail_from = row.mail_from;
        const Finished finished = judged(std::string(author_policy) + helo_passes + row.zone, mail);
        ASSERT_TRUE(finished.facts.spf.value && finished.facts.dmarc.value) << row.name;
        EXPECT_EQ(finished.facts.spf.value->result, row.spf)
            << row.name << ": " << finished.facts.spf.value->cause.text;
        EXPECT_EQ(finished.facts.dmarc.value->result, row.dmarc)
            << row.name << ": " << finished.facts.dmarc.value->reason;
        EXPECT_EQ(finished.facts.dmarc.value->spf_aligned, row.dmarc == dmarc::Result::pass) << row.name;
        EXPECT_THAT(stamp(finished), testing::Not(HasSubstr("smtp.mailfrom=a@"))) << row.name << ", H5";
    }
}

TEST(MessageStandard, M11UAndALabelsAreAligned) { // RFC 8616 3 to 5; X3
    constexpr std::string_view zone = "_dmarc.xn--bcher-kva.test. TXT \"v=DMARC1; p=reject; aspf=s\"\n"
                                      "xn--bcher-kva.test. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n";
    for (const char* from : {"a@b\u00fccher.test", "a@xn--bcher-kva.test", "a@B\u00dcCHER.test."})
        for (const char* path : {"a@b\u00fccher.test", "a@xn--bcher-kva.test", "j\u00f6@B\u00dcCHER.test"}) {
            Mail mail;
            mail.header = fmt::format("From: {}\r\n", from);
            mail.mail_from = path;
            const Finished finished = judged(zone, mail);
            EXPECT_EQ(finished.facts.dmarc.value->result, dmarc::Result::pass) << from << ' ' << path;
        }
}

/// Signs `mail` with the key that stands at s._domainkey of every domain of signer_zone().
Mail signed_mail(Mail mail, const std::string& tags) {
    const dkim::testing::Message done = dkim::testing::sign({mail.header, mail.body}, tags, ed25519_key());
    mail.header = done.header;
    return mail;
}

std::string signer_zone() {
    const std::string key = "v=DKIM1; k=ed25519; p=" + dkim::testing::public_text(ed25519_key());
    std::string text = author_policy;
    for (const std::string_view domain : {"example.com", "sub.example.com", "stranger.test", "xn--bcher-kva.test"})
        text += fmt::format("s._domainkey.{}. TXT \"{}\"\n", domain, key);
    return text;
}

std::string tags_of(std::string_view domain, std::string_view more = "") {
    return fmt::format("v=1; a=ed25519-sha256; c=relaxed/relaxed; d={}; s=s; h=from{}", domain, more);
}

TEST(MessageStandard, M11TheSigningDomainCountsNotTheIdentity) { // RFC 9989 4.4.1
    Mail mail;
    mail.header = "From: ann@sub.example.com\r\n";
    mail = signed_mail(mail, tags_of("example.com", "; i=@sub.example.com"));
    const std::string strict = signer_zone() + "_dmarc.sub.example.com. TXT \"v=DMARC1; p=reject; adkim=s\"\n";
    const Finished misled = judged(strict, mail);
    ASSERT_EQ(misled.facts.dkim.size(), 1U);
    EXPECT_EQ(misled.facts.dkim[0].result, dkim::Result::pass);
    EXPECT_EQ(misled.facts.dmarc.value->result, dmarc::Result::fail);
    EXPECT_EQ(judged(signer_zone(), mail).facts.dmarc.value->result, dmarc::Result::pass) << "relaxed";
    Mail below;
    below = signed_mail(below, tags_of("example.com", "; i=@a.b.example.com"));
    EXPECT_EQ(judged(signer_zone(), below).facts.dmarc.value->result, dmarc::Result::pass);
}

TEST(MessageStandard, M11OneGoodSignatureIsEnough) { // RFC 6376 6.1, RFC 9989 4.4.1
    const Mail good = signed_mail({}, tags_of("example.com"));
    const char* others[] = {
        "DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=s; h=from; bh=AAAA; b=AAAA\r\n",
        "DKIM-Signature: v=1; a=rot13; d=example.com; s=s; h=from; bh=AAAA; b=AAAA\r\n", // section 13: unknown algorithm
        "DKIM-Signature: v=1; a=rsa-sha1; d=example.com; s=s; h=from; bh=AAAA; b=AAAA\r\n",
        "DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=nokey; h=from; bh=AAAA; b=AAAA\r\n",
        "DKIM-Signature: nonsense\r\n",
    };
    for (const char* other : others) {
        for (const bool on_top : {true, false}) {
            Mail mail = good;
            mail.header = on_top ? other + good.header : good.header + other;
            const Finished finished = judged(signer_zone(), mail);
            EXPECT_EQ(finished.facts.dkim.size(), 2U) << other;
            EXPECT_EQ(finished.facts.dmarc.value->result, dmarc::Result::pass) << other;
        }
        Mail alone;
        alone.header += other;
        EXPECT_EQ(judged(signer_zone(), alone).facts.dmarc.value->result, dmarc::Result::fail) << other;
    }
}

TEST(MessageStandard, M12ErrorsOfSpfBesideDkim) { // RFC 9989 5.3.5, 5.3.6
    std::string zone = fmt::format(R"({{"_dmarc.example.com": {{"TXT": ["v=DMARC1; p=reject"]}},
        "example.com": {{"SERVFAIL": true}}, "s._domainkey.example.com": {{"TXT": ["v=DKIM1; k=ed25519; p={}"]}}}})",
                                   dkim::testing::public_text(ed25519_key()));
    Mail mail;
    mail.mail_from = "ann@example.com";
    const Finished failed = judged(zone, mail);
    EXPECT_EQ(failed.facts.spf.value->result, spf::Result::temperror);
    EXPECT_EQ(failed.facts.dmarc.value->result, dmarc::Result::temperror);
    EXPECT_EQ(failed.facts.dmarc.value->code, dmarc::Code::identifier_error);
    EXPECT_THAT(stamp(failed), HasSubstr("dmarc=temperror reason="));
    EXPECT_EQ(failed.decision.action, policy::Action::accept);
    const Finished passed = judged(zone, signed_mail(mail, tags_of("example.com")));
    EXPECT_EQ(passed.facts.spf.value->result, spf::Result::temperror);
    EXPECT_EQ(passed.facts.dmarc.value->result, dmarc::Result::pass);
    mail.mail_from = "ann@slow.test"; // an error of a stranger's domain keeps nothing open
    zone.insert(1, R"("slow.test": {"TIMEOUT": true}, )");
    EXPECT_EQ(judged(zone, mail).facts.dmarc.value->result, dmarc::Result::fail);
}

TEST(MessageStandard, M17ForwardedMailWithSpfFail) { // RFC 9989 7.1: SPF alone refuses nothing
    Mail mail;
    mail.mail_from = "ann@example.com";
    const std::string zone = signer_zone() + "example.com. TXT \"v=spf1 -all\"\n";
    const Finished forwarded = judged(zone, signed_mail(mail, tags_of("example.com")));
    EXPECT_EQ(forwarded.facts.spf.value->result, spf::Result::fail);
    EXPECT_EQ(forwarded.facts.dmarc.value->result, dmarc::Result::pass);
    EXPECT_EQ(forwarded.facts.dmarc.value->disposition, dmarc::Policy::none);
    EXPECT_EQ(forwarded.decision.action, policy::Action::accept);
}

TEST(MessageStandard, M13AFailIsNotRefusedForTheOwnersWishAlone) { // RFC 9989 7.4
    const Finished finished = judged(author_policy, {});
    EXPECT_EQ(finished.facts.dmarc.value->disposition, dmarc::Policy::reject);
    EXPECT_EQ(finished.decision.action, policy::Action::accept);
    EXPECT_EQ(finished.decision.smtp_reply, "");
}

TEST(MessageStandard, M15OurField) { // RFC 9989 9.1, 9.2
    struct Row {
        const char* zone;
        const char* wanted;
    };
    const Row rows[] = {
        {"{}", "dmarc=none header.from=example.com"},
        {R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=quarantine"]}})",
         "dmarc=fail header.from=example.com policy.dmarc=quarantine"},
        {R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=quarantine; t=y"]}})",
         "dmarc=fail header.from=example.com policy.dmarc=none"},
        {R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}, "stranger.test": {"TXT": ["v=spf1 +all"]}})",
         "dmarc=fail header.from=example.com policy.dmarc=none"},
        {R"({"_dmarc.example.com": {"SERVFAIL": true}})", "dmarc=temperror reason="},
        {R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=block"]}})", "dmarc=none reason="},
    };
    for (const Row& row : rows) {
        const std::string field = stamp(judged(row.zone, {}));
        EXPECT_THAT(field, HasSubstr(row.wanted)) << row.zone;
        EXPECT_THAT(field, testing::Not(HasSubstr("compauth"))) << "H8";
        EXPECT_THAT(field, testing::Not(HasSubstr("header.d"))) << row.zone;
    }
}

TEST(MessageStandard, H7FieldsInsideTheBodyAreNoFields) { // RFC 8601 7.8
    Mail mail;
    mail.header += "Content-Type: message/rfc822\r\n";
    mail.body = "Authentication-Results: mx.receiver.example; dmarc=pass header.from=example.com\r\n"
                "From: ann@example.com\r\n\r\nHello.\r\n";
    const Finished finished = judged(author_policy, mail);
    EXPECT_EQ(finished.facts.dmarc.value->result, dmarc::Result::fail);
    EXPECT_TRUE(removed(finished).empty());
    EXPECT_EQ(finished.decision.edits.back().kind, policy::HeaderEdit::Kind::insert_top); // H4
}

TEST(MessageStandard, H3ForgedResultsNeverHelp) { // RFC 8601 5, 7.1
    Mail mail;
    mail.header += "Authentication-Results: (x) \"MX.receiver.example\"; dmarc=pass header.from=example.com\r\n"
                   "ARC-Authentication-Results: i=1; mx.receiver.example; dmarc=pass header.from=example.com\r\n"
                   "Authentication-Results: other.example; dmarc=pass header.from=example.com\r\n";
    const Finished finished = judged(author_policy, mail);
    EXPECT_EQ(finished.facts.dmarc.value->result, dmarc::Result::fail);
    EXPECT_EQ(removed(finished), std::vector<std::size_t>{1});
    EXPECT_TRUE(stamp(finished).starts_with("mx.receiver.example;")) << stamp(finished);
}

} // namespace
} // namespace bonafide::engine
