// The rules of RFC 7208 and RFC 8616 one by one, with what breaks implementations; result, cause and counters.
// Longer than 500 lines: a table per rule of RFC 7208 in the order of its sections; the tables are the length.
#include "spf/test_zone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

using testing::check;
using testing::check_record;
using ::testing::HasSubstr;
using testing::request;

constexpr std::string_view hosts = "a A 192.0.2.1\nb A 192.0.2.2\nv6 AAAA 2001:db8::1\n";

// RFC 7208 4.3 and 2.4: identities.

TEST(Identity, ThatCannotBeCheckedIsNone) {
    const std::string long_label = std::string(64, 'a') + ".example.com";
    for (const std::string& from :
         {std::string("a@localhost"), std::string("a@[192.0.2.1]"), std::string("a@[IPv6:2001:db8::1]"),
          "a@" + long_label, std::string("a@x..example.com"), std::string("a@.example.com"), std::string("a@192.0.2.1"),
          std::string("@"), std::string("a@"), std::string("a.example.com@"), std::string("a"), std::string("a@."),
          std::string("a@ex\x01mple.com"), std::string("a@\xff\xfe.com"), std::string("a@b c.example.com"),
          std::string("a@b\0c.example.com", 17), "a@" + std::string(300, 'x') + ".example.com"}) {
        dns::Transcript transcript;
        const Outcome outcome =
            check(request("192.0.2.1", from), "$TTL 1\nexample.com. TXT \"v=spf1 +all\"\n", &transcript);
        EXPECT_EQ(outcome.result, Result::none) << from;
        EXPECT_EQ(outcome.cause.code, Code::bad_domain) << from;
        EXPECT_EQ(outcome.identity, Identity::mail_from) << from;
        EXPECT_EQ(outcome.cause.section, "RFC 7208 4.3");
        EXPECT_FALSE(outcome.cause.text.empty());
        EXPECT_TRUE(transcript.exchanges().empty()) << from;
    }
}

TEST(Identity, NullReversePathIsPostmasterAtHelo) {
    constexpr std::string_view zone = "$TTL 1\nmail.example.net. TXT \"v=spf1 exists:%{l}.%{o}.ok.example.net -all\"\n"
                                      "postmaster.mail.example.net.ok.example.net. A 127.0.0.2\n";
    for (const std::string_view from : {"", "<>"}) {
        const Outcome outcome = check(request("192.0.2.1", from), zone);
        EXPECT_EQ(outcome.result, Result::pass);
        EXPECT_EQ(outcome.identity, Identity::helo);
        EXPECT_EQ(outcome.domain, "mail.example.net");
    }
    for (const std::string_view helo : {"[192.0.2.1]", "", "localhost", "192.0.2.1",
                                        "b\xc3\xbc"
                                        "cher.example"}) {
        const Outcome outcome = check(request("192.0.2.1", "", helo), zone);
        EXPECT_EQ(outcome.result, Result::none) << helo;
        EXPECT_EQ(outcome.cause.code, Code::bad_domain) << helo;
    }
}

TEST(Identity, HeloCheckedWhateverMailFromIs) {
    const auto source =
        testing::zone("$TTL 1\nmail.example.net. TXT \"v=spf1 a -all\"\nmail.example.net. A 192.0.2.1\n");
    const Outcome outcome = dns::run(check_helo(request("192.0.2.1", "user@example.com")), *source);
    EXPECT_EQ(outcome.result, Result::pass);
    EXPECT_EQ(outcome.identity, Identity::helo);
}

TEST(Identity, MissingLocalPartIsPostmaster) {
    constexpr std::string_view zone = "$TTL 1\nexample.com. TXT \"v=spf1 exists:%{s}.ok.example.com -all\"\n"
                                      "postmaster\\@example.com.ok.example.com. A 127.0.0.2\n";
    EXPECT_EQ(check(request("192.0.2.1", "@example.com"), zone).result, Result::pass);
    EXPECT_EQ(check(request("192.0.2.1", "example.com"), zone).result, Result::pass);
}

TEST(Identity, NamesCompareWithoutCaseAndFinalDot) {
    const Outcome outcome = check_record("v=spf1 a:A.EXAMPLE.com. -all", hosts, "192.0.2.1", "user@EXAMPLE.com.");
    EXPECT_EQ(outcome.result, Result::pass);
    EXPECT_EQ(outcome.domain, "example.com");
}

// RFC 7208 4.4, 4.5: the record.

TEST(RecordLookup, NothingThere) {
    const Outcome absent = check(request("192.0.2.1", "a@nowhere.example"), "$TTL 1\nexample.com. A 192.0.2.1\n");
    EXPECT_EQ(absent.result, Result::none);
    EXPECT_EQ(absent.cause.code, Code::no_domain);
    const Outcome empty = check(request("192.0.2.1", "a@example.com"), "$TTL 1\nexample.com. A 192.0.2.1\n");
    EXPECT_EQ(empty.result, Result::none);
    EXPECT_EQ(empty.cause.code, Code::no_record);
    EXPECT_EQ(check_record("v=spf10 -all").cause.code, Code::no_record);
    EXPECT_EQ(check_record(" v=spf1 -all").cause.code, Code::no_record);
}

TEST(RecordLookup, OnlyTypeTxtIsAsked) {
    EXPECT_EQ(check(request("192.0.2.1", "a@example.com"), R"({"example.com": {"SPF": ["v=spf1 +all"]}})").result,
              Result::none);
}

TEST(RecordLookup, SeveralRecords) {
    const Outcome outcome = check_record("v=spf1 +all", "@ TXT \"V=SPF1 -all\"");
    EXPECT_EQ(outcome.result, Result::permerror);
    EXPECT_EQ(outcome.cause.code, Code::several_records);
    EXPECT_EQ(outcome.record, "");
    EXPECT_EQ(check_record("v=spf1 +all", "@ TXT \"v=spf2.0/pra -all\"").result, Result::pass);
}

TEST(RecordLookup, StringsOfOneRecordAreJoinedWithNothingBetween) {
    const Outcome outcome =
        check(request("192.0.2.1", "a@example.com"), "$TTL 1\nexample.com. TXT \"v=spf1 ip4:192.0.2.1\" \"-all\"\n");
    EXPECT_EQ(outcome.result, Result::permerror);
    EXPECT_EQ(outcome.cause.code, Code::syntax);
    EXPECT_EQ(outcome.cause.position, 11U);
    EXPECT_EQ(outcome.cause.term, "ip4:192.0.2.1-all");
    EXPECT_EQ(outcome.record, "v=spf1 ip4:192.0.2.1-all");
}

TEST(RecordLookup, TemporaryErrors) {
    for (const std::string_view how : {"TIMEOUT", "SERVFAIL", "BOGUS"}) {
        const std::string zone = "{\"example.com\": {\"" + std::string(how) + "\": true}}";
        const Outcome outcome = check(request("192.0.2.1", "a@example.com"), zone);
        EXPECT_EQ(outcome.result, Result::temperror) << how;
        EXPECT_EQ(outcome.cause.code, Code::dns_error) << how;
        EXPECT_THAT(outcome.cause.text, HasSubstr("TXT example.com"));
        EXPECT_THAT(outcome.cause.text, HasSubstr("failed ("));
    }
}

TEST(Evaluation, SyntaxErrorAfterTheMatchSpoilsTheRecord) {
    const Outcome outcome = check_record("v=spf1 ip4:192.0.2.1 all:foo");
    EXPECT_EQ(outcome.result, Result::permerror);
    EXPECT_EQ(outcome.cause.code, Code::syntax);
    EXPECT_EQ(outcome.cause.term, "all:foo");
    EXPECT_EQ(outcome.cause.position, 24U);
    EXPECT_EQ(outcome.mechanism, "");
    EXPECT_EQ(check_record("v=spf1 ip4:192.0.2.1 ip6:::1/129").result, Result::permerror) << "of the other family too";
}

TEST(Evaluation, DefaultIsNeutral) {
    for (const std::string_view record : {"v=spf1", "v=spf1 a:b.example.com", "v=spf1 default=pass"}) {
        const Outcome outcome = check_record(record, hosts);
        EXPECT_EQ(outcome.result, Result::neutral) << record;
        EXPECT_EQ(outcome.cause.code, Code::no_match) << record;
        EXPECT_EQ(outcome.mechanism, "");
    }
}

TEST(Evaluation, Qualifiers) {
    EXPECT_EQ(check_record("v=spf1 +all").result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 all").result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 -all").result, Result::fail);
    EXPECT_EQ(check_record("v=spf1 ~all").result, Result::softfail);
    const Outcome neutral = check_record("v=spf1 ?all");
    EXPECT_EQ(neutral.result, Result::neutral);
    EXPECT_EQ(neutral.cause.code, Code::matched);
    EXPECT_EQ(neutral.mechanism, "?all");
    EXPECT_EQ(neutral.cause.text, "192.0.2.1 matches \"?all\" in the SPF record of example.com");
}

// RFC 7208 5: mechanisms.

TEST(Include, ResultsOfTheIncludedRecord) {
    const struct {
        std::string_view inner;
        Result result;
        Code code;
        std::string_view mechanism;
    } rows[] = {
        {"v=spf1 +all", Result::pass, Code::matched, "include:i.example.com"},
        {"v=spf1 -all", Result::softfail, Code::matched, "~all"},
        {"v=spf1 ~all", Result::softfail, Code::matched, "~all"},
        {"v=spf1 ?all", Result::softfail, Code::matched, "~all"},
        {"v=spf1", Result::softfail, Code::matched, "~all"},
        {"v=spf1 moo", Result::permerror, Code::syntax, ""},
        {"unrelated", Result::permerror, Code::include_no_record, ""},
    };
    for (const auto& row : rows) {
        const Outcome outcome =
            check_record("v=spf1 include:i.example.com ~all", "i TXT \"" + std::string(row.inner) + "\"");
        EXPECT_EQ(outcome.result, row.result) << row.inner;
        EXPECT_EQ(outcome.cause.code, row.code) << row.inner;
        EXPECT_EQ(outcome.mechanism, row.mechanism) << row.inner;
        EXPECT_EQ(outcome.lookups, 1U);
    }
}

TEST(Include, QualifierDecides) {
    const Outcome outcome = check_record("v=spf1 -include:i.example.com +all", "i TXT \"v=spf1 ip4:192.0.2.0/24\"");
    EXPECT_EQ(outcome.result, Result::fail);
    EXPECT_EQ(outcome.mechanism, "-include:i.example.com");
    EXPECT_EQ(outcome.cause.term, "ip4:192.0.2.0/24");
    EXPECT_EQ(outcome.cause.domain, "i.example.com");
    EXPECT_EQ(outcome.cause.text, "192.0.2.1 matches \"ip4:192.0.2.0/24\" in the SPF record of i.example.com; "
                                  "\"-include:i.example.com\" of example.com leads there");
}

TEST(Include, DomainChangesSenderDoesNot) {
    const Outcome outcome =
        check_record("v=spf1 include:i.example.com -all", "i TXT \"v=spf1 exists:%{d}.%{o}.%{l}.ok.example.com\"\n"
                                                          "i.example.com.example.com.user.ok A 127.0.0.2");
    EXPECT_EQ(outcome.result, Result::pass);
}

TEST(Include, OfNothing) {
    for (const std::string_view target : {"nowhere.example", "i..example.com", "%{h}"}) {
        Request r = request("192.0.2.1", "user@example.com", "localhost");
        const Outcome outcome =
            check(r, "$TTL 1\nexample.com. TXT \"v=spf1 include:" + std::string(target) + " -all\"\n");
        EXPECT_EQ(outcome.result, Result::permerror) << target;
        EXPECT_EQ(outcome.cause.code, Code::include_no_record) << target;
        EXPECT_EQ(outcome.cause.section, "RFC 7208 5.2");
        EXPECT_EQ(outcome.cause.domain, "example.com");
    }
}

TEST(Include, SeveralRecordsAreAnErrorOfTheTarget) {
    const Outcome outcome =
        check_record("v=spf1 include:i.example.com -all", "i TXT \"v=spf1 +all\"\ni TXT \"v=spf1 -all\"");
    EXPECT_EQ(outcome.result, Result::permerror);
    EXPECT_EQ(outcome.cause.code, Code::several_records);
    EXPECT_EQ(outcome.cause.domain, "i.example.com");
}

TEST(Include, TemporaryErrorEndsEverything) {
    const Outcome outcome = check(request("192.0.2.1", "user@example.com"),
                                  R"({"example.com": {"TXT": ["v=spf1 include:i.example.com ip4:192.0.2.1 -all"]},
                                      "i.example.com": {"TIMEOUT": true}})");
    EXPECT_EQ(outcome.result, Result::temperror);
    EXPECT_EQ(outcome.cause.domain, "i.example.com");
    EXPECT_EQ(outcome.mechanism, "");
    EXPECT_THAT(outcome.cause.text, HasSubstr("\"include:i.example.com\" of example.com leads there"));
}

TEST(AddressMechanisms, FamilyOfTheClientDecides) {
    EXPECT_EQ(check_record("v=spf1 a:v6.example.com -all", hosts, "2001:db8::1").result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 a:a.example.com//64 -all", hosts, "2001:db8::1").result, Result::fail);
    EXPECT_EQ(check_record("v=spf1 a:v6.example.com/32//64 -all", hosts, "2001:db8::ffff").result, Result::pass);
    // RFC 7208 5: a mapped client is an IPv4 client; ip6 never matches it.
    EXPECT_EQ(check_record("v=spf1 a:a.example.com -all", hosts, "::ffff:192.0.2.1").result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 ip4:192.0.2.1 -all", "", "::ffff:192.0.2.1").result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 ip6:::/0 -all", "", "::ffff:192.0.2.1").result, Result::fail);
    EXPECT_EQ(check_record("v=spf1 ip6:::ffff:192.0.2.1 -all", "", "::ffff:192.0.2.1").result, Result::fail);
    EXPECT_EQ(check_record("v=spf1 ip4:0.0.0.0/0 -all", "", "2001:db8::1").result, Result::fail);
}

TEST(AddressMechanisms, PrefixZeroNeedsAnAddress) {
    EXPECT_EQ(check_record("v=spf1 a:b.example.com/0 -all", hosts, "198.51.100.1").result, Result::pass);
    const Outcome outcome = check_record("v=spf1 a:v6.example.com/0 -all", hosts, "198.51.100.1");
    EXPECT_EQ(outcome.result, Result::fail);
    EXPECT_EQ(outcome.void_lookups, 1U);
}

TEST(AddressMechanisms, NoLimitOnAddresses) {
    std::string many;
    for (int i = 1; i <= 40; ++i) many += "many A 192.0.2." + std::to_string(i) + "\n";
    EXPECT_EQ(check_record("v=spf1 a:many.example.com -all", many, "192.0.2.40").result, Result::pass);
}

TEST(AddressMechanisms, TemporaryErrorNamesQuestion) {
    const Outcome outcome = check(
        request("192.0.2.1", "user@example.com"),
        R"({"example.com": {"TXT": ["v=spf1 a:t.example.com ip4:192.0.2.1 -all"]}, "t.example.com": {"TIMEOUT": true}})");
    EXPECT_EQ(outcome.result, Result::temperror);
    EXPECT_EQ(outcome.cause.code, Code::dns_error);
    EXPECT_EQ(outcome.cause.term, "a:t.example.com");
    EXPECT_EQ(outcome.cause.section, "RFC 7208 2.6.6");
    EXPECT_THAT(outcome.cause.text, HasSubstr("A t.example.com failed ("));
}

TEST(Mx, Hosts) {
    constexpr std::string_view names =
        "m MX 10 a\nm MX 5 b\na A 192.0.2.1\nb A 192.0.2.2\nnull MX 0 .\nplain A 192.0.2.1\n";
    const Outcome outcome = check_record("v=spf1 mx:m.example.com -all", names);
    EXPECT_EQ(outcome.result, Result::pass);
    EXPECT_EQ(outcome.lookups, 1U) << "addresses of hosts are not counted";
    dns::Transcript transcript;
    const Outcome null = check(
        request("192.0.2.1", "u@example.com"),
        "$TTL 1\n$ORIGIN example.com.\n@ TXT \"v=spf1 mx:null.example.com -all\"\n" + std::string(names), &transcript);
    EXPECT_EQ(null.result, Result::fail);
    EXPECT_EQ(transcript.exchanges().size(), 2U) << "the null MX is not looked up";
    EXPECT_EQ(check_record("v=spf1 mx:plain.example.com -all", names).result, Result::fail) << "no implicit MX";
}

TEST(Mx, HostErrorsAndVoids) {
    const std::string_view zone =
        R"({"example.com": {"TXT": ["v=spf1 mx ip4:192.0.2.1 -all"], "MX": [[1, "x.example.com"], [2, "y.example.com"]]},
                                      "x.example.com": {"A": ["192.0.2.9"]}, "y.example.com": {"SERVFAIL": true}})";
    const Outcome outcome = check(request("192.0.2.1", "user@example.com"), zone);
    EXPECT_EQ(outcome.result, Result::temperror);
    EXPECT_THAT(outcome.cause.text, HasSubstr("A y.example.com failed"));
    const Outcome voids = check_record("v=spf1 mx -all", "@ MX 1 x1\n@ MX 2 x2\n@ MX 3 x3\n");
    EXPECT_EQ(voids.result, Result::fail);
    EXPECT_EQ(voids.void_lookups, 0U) << "void addresses of MX hosts are not counted";
}

TEST(Ptr, ValidatedNamesAtOrBelowTheTarget) {
    constexpr std::string_view names =
        "1.2.0.192.in-addr.arpa. PTR Mail.Example.COM.\n1.2.0.192.in-addr.arpa. PTR mail.bad-example.com.\n"
        "mail A 192.0.2.1\nmail.bad-example.com. A 192.0.2.1\n";
    EXPECT_EQ(check_record("v=spf1 ptr -all", names).result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 ptr:mail.example.com -all", names).result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 ptr:sub.mail.example.com -all", names).result, Result::fail);
    EXPECT_EQ(check_record("v=spf1 ptr:d-example.com -all", names).result, Result::fail);
    EXPECT_EQ(check_record("v=spf1 ptr -all", "1.2.0.192.in-addr.arpa. PTR mail\nmail A 192.0.2.2\n").result,
              Result::fail);
}

TEST(Ptr, ErrorsDoNotMatch) {
    const Outcome reverse =
        check(request("192.0.2.1", "user@example.com"), R"({"example.com": {"TXT": ["v=spf1 ptr ?all"]},
                                  "1.2.0.192.in-addr.arpa": {"TIMEOUT": true}})");
    EXPECT_EQ(reverse.result, Result::neutral);
    const Outcome forward =
        check(request("192.0.2.1", "user@example.com"), R"({"example.com": {"TXT": ["v=spf1 ptr ?all"]},
                                  "1.2.0.192.in-addr.arpa": {"PTR": ["x.example.com", "y.example.com"]}, "x.example.com": {"SERVFAIL": true},
                                  "y.example.com": {"A": ["192.0.2.1"]}})");
    EXPECT_EQ(forward.result, Result::pass);
    EXPECT_EQ(forward.lookups, 1U);
}

TEST(Exists, AlwaysAsksForA) {
    EXPECT_EQ(check_record("v=spf1 exists:a.example.com -all", hosts, "2001:db8::1").result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 exists:v6.example.com -all", hosts, "2001:db8::1").result, Result::fail);
    EXPECT_EQ(check_record("v=spf1 exists:%{ir}.%{v}.%{d} -all", "1.2.0.192.in-addr A 127.0.0.2").result, Result::pass);
}

TEST(TargetName, ThatCannotBeAskedDoesNotMatch) {
    dns::Transcript transcript;
    const std::string zone = "$TTL 1\nexample.com. TXT \"v=spf1 a:x..example.com mx:" + std::string(64, 'y') +
                             ".example.com exists:%{l}.example.com ptr:.example.com -all\"\n";
    const Outcome outcome = check(request("192.0.2.1", ".a\x01@example.com"), zone, &transcript);
    EXPECT_EQ(outcome.result, Result::fail);
    EXPECT_EQ(outcome.void_lookups, 0U);
    EXPECT_EQ(outcome.lookups, 4U);
    EXPECT_EQ(transcript.exchanges().size(), 1U);
}

// RFC 7208 6: modifiers.

TEST(Redirect, OnlyWhenNothingMatchedAndWithoutAll) {
    constexpr std::string_view names = "r TXT \"v=spf1 -all\"\na A 192.0.2.1\n";
    EXPECT_EQ(check_record("v=spf1 redirect=r.example.com a:a.example.com", names).result, Result::pass);
    const Outcome followed = check_record("v=spf1 redirect=r.example.com", names);
    EXPECT_EQ(followed.result, Result::fail);
    EXPECT_EQ(followed.mechanism, "redirect=r.example.com");
    EXPECT_EQ(followed.cause.term, "-all");
    EXPECT_EQ(followed.cause.domain, "r.example.com");
    EXPECT_EQ(followed.lookups, 1U);
    dns::Transcript transcript;
    const Outcome ignored = check(request("192.0.2.1", "u@example.com"),
                                  "$TTL 1\nexample.com. TXT \"v=spf1 redirect=r.example.com ?all\"\n", &transcript);
    EXPECT_EQ(ignored.result, Result::neutral);
    EXPECT_EQ(ignored.lookups, 0U);
    EXPECT_EQ(transcript.exchanges().size(), 1U);
}

TEST(Redirect, IntoNothingIsPermerror) {
    for (const std::string_view target : {"nowhere.example", "x..example.com", "norecord.example.com", "%{h}"}) {
        const Outcome outcome = check(request("192.0.2.1", "u@example.com", "localhost"),
                                      "$TTL 1\nexample.com. TXT \"v=spf1 redirect=" + std::string(target) +
                                          "\"\nnorecord.example.com. A 192.0.2.1\n");
        EXPECT_EQ(outcome.result, Result::permerror) << target;
        EXPECT_EQ(outcome.cause.code, Code::redirect_no_record) << target;
        EXPECT_EQ(outcome.cause.section, "RFC 7208 6.1");
        EXPECT_EQ(outcome.cause.term, "redirect=" + std::string(target));
    }
}

TEST(Redirect, InsideAnInclude) {
    constexpr std::string_view names = "i TXT \"v=spf1 redirect=j.example.com\"\nj TXT \"v=spf1 ip4:192.0.2.1 "
                                       "-all\"\nk TXT \"v=spf1 redirect=nowhere.example\"\n";
    EXPECT_EQ(check_record("v=spf1 include:i.example.com -all", names).result, Result::pass);
    const Outcome outcome = check_record("v=spf1 include:k.example.com -all", names);
    EXPECT_EQ(outcome.result, Result::permerror);
    EXPECT_EQ(outcome.cause.code, Code::redirect_no_record);
}

TEST(Explanation, OfTheRecordThatFails) {
    constexpr std::string_view names =
        "why TXT \"%{i} is not one of %{d}'s designated mail servers. See http://%{d}/?s=%{S}&t=%{t}&r=%{r}%_%c\"\n"
        "ok TXT \"%{c} at %{r}\"\nr TXT \"v=spf1 -all exp=ok.%{o}\"\ni TXT \"v=spf1 -all exp=ok.%{o}\"\n";
    EXPECT_EQ(check_record("v=spf1 -all exp=ok.%{d}", names).explanation, "192.0.2.1 at unknown");
    EXPECT_EQ(check_record("v=spf1 -all exp=why.%{d}", names).explanation, "") << "%c is no macro";
    // RFC 7208 6.2: the target's after a redirect, never an included record's.
    EXPECT_EQ(check_record("v=spf1 redirect=r.example.com exp=why.example.com", names).explanation,
              "192.0.2.1 at unknown");
    const Outcome included = check_record("v=spf1 include:i.example.com -all", names);
    EXPECT_EQ(included.result, Result::fail);
    EXPECT_EQ(included.explanation, "");
    EXPECT_EQ(check_record("v=spf1 -include:j.example.com exp=ok.%{d}",
                           std::string(names) + "j TXT \"v=spf1 +all exp=why.%{o}\"")
                  .explanation,
              "192.0.2.1 at unknown");
    EXPECT_EQ(check_record("v=spf1 ~all exp=ok.%{d}", names).explanation, "") << "only for fail";
}

TEST(Explanation, WhateverIsWrongItIsStillFail) {
    const std::string zone =
        R"({"example.com": {"TXT": ["v=spf1 a:v1.example.com a:v2.example.com -all exp=%{l}.example.com"]},
        "two.example.com": {"TXT": ["a", "b"]}, "none.example.com": {"A": ["192.0.2.1"]}, "error.example.com": {"TIMEOUT": true},
        "latin.example.com": {"TXT": ["caf\u00e9"]}, "macro.example.com": {"TXT": ["%{x}"]}, "control.example.com": {"TXT": ["a\u0009b"]},
        "good.example.com": {"TXT": ["Text: ", "x"]}, "parts.example.com": {"TXT": [["one ", "two"]]}})";
    for (const std::string_view name : {"two", "none", "error", "latin", "macro", "control", "nowhere", "a..b"}) {
        const Outcome outcome = check(request("192.0.2.1", std::string(name) + "@example.com"), zone);
        EXPECT_EQ(outcome.result, Result::fail) << name;
        EXPECT_EQ(outcome.cause.code, Code::matched) << name;
        EXPECT_EQ(outcome.explanation, "") << name;
        EXPECT_EQ(outcome.void_lookups, 2U) << "exp is not counted";
    }
    EXPECT_EQ(check(request("192.0.2.1", "parts@example.com"), zone).explanation, "one two");
}

TEST(Explanation, ControlCharactersFromTheSessionAreNotLetThrough) {
    const std::string_view zone =
        "$TTL 1\nexample.com. TXT \"v=spf1 -all exp=x.example.com\"\nx.example.com. TXT \"%{h}\"\n";
    EXPECT_EQ(check(request("192.0.2.1", "u@example.com", "a\r\n550 b"), zone).explanation, "");
    EXPECT_EQ(check(request("192.0.2.1", "u@example.com", "a b"), zone).explanation, "a b");
}

// RFC 7208 7 and RFC 8616.

TEST(ValidatedName, PrefersTheDomainThenNamesBelow) {
    constexpr std::string_view arpa = "1.2.0.192.in-addr.arpa. PTR other.example.org.\n1.2.0.192.in-addr.arpa. PTR mx\n"
                                      "other.example.org. A 192.0.2.1\nmx A 192.0.2.1\n@ A 192.0.2.1\n";
    const auto p_is = [&](std::string_view name, std::string_view more) {
        return check_record("v=spf1 exists:%{p}.p.example.com -all",
                            std::string(arpa) + std::string(more) + std::string(name) + ".p A 127.0.0.2\n");
    };
    const Outcome below = p_is("mx.example.com", "");
    EXPECT_EQ(below.result, Result::pass);
    EXPECT_EQ(below.lookups, 2U) << "exists and the reverse look-up of %{p}";
    EXPECT_EQ(p_is("example.com", "1.2.0.192.in-addr.arpa. PTR example.com.\n").result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 exists:%{p}.p.example.com -all", "unknown.p A 127.0.0.2\n").result, Result::pass);
    EXPECT_EQ(check_record("v=spf1 exists:%{p}.p.example.com exists:%{p}.q.example.com -all", "unknown.q A 127.0.0.2\n")
                  .lookups,
              3U)
        << "one reverse look-up a check";
}

TEST(Eai, DomainIsAskedAsALabels) {
    const Outcome outcome = check(request("192.0.2.1", "user@b\xc3\xbc"
                                                       "cher.example"),
                                  "$TTL 1\nxn--bcher-kva.example. TXT \"v=spf1 exists:%{o}.%{d}.ok.example -all\"\n"
                                  "xn--bcher-kva.example.xn--bcher-kva.example.ok.example. A 127.0.0.2\n");
    EXPECT_EQ(outcome.result, Result::pass);
    EXPECT_EQ(outcome.domain, "xn--bcher-kva.example");
}

TEST(Eai, TermsWithANonAsciiLocalPartDoNotMatch) {
    const std::string jorg = "j\xc3\xb6rg@example.com";
    for (const std::string_view term :
         {"exists:%{l}.example.com", "exists:%{S}.example.com", "include:%{l}.example.com", "a:%{l1}.example.com/0"}) {
        const Outcome outcome =
            check_record("v=spf1 " + std::string(term) + " -all", "*  A 192.0.2.1", "192.0.2.1", jorg);
        EXPECT_EQ(outcome.result, Result::fail) << term;
        EXPECT_EQ(outcome.lookups, 0U) << term;
    }
    EXPECT_EQ(
        check_record("v=spf1 exists:%{o}.x.example.com -all", "example.com.x A 127.0.0.2", "192.0.2.1", jorg).result,
        Result::pass);
    EXPECT_EQ(check_record("v=spf1 redirect=%{l}.example.com", "", "192.0.2.1", jorg).result, Result::neutral);
    constexpr std::string_view exp = "x TXT \"not %{l}\"\ny TXT \"not %{L}\"\n";
    EXPECT_EQ(check_record("v=spf1 -all exp=x.example.com", exp, "192.0.2.1", jorg).explanation, "");
    EXPECT_EQ(check_record("v=spf1 -all exp=y.example.com", exp, "192.0.2.1", jorg).explanation, "not j%C3%B6rg");
    EXPECT_EQ(check_record("v=spf1 -all exp=%{l}.example.com", exp, "192.0.2.1", jorg).explanation, "");
}

TEST(Transcript, SaysWhatForInPlainWords) {
    dns::Transcript transcript;
    const Outcome outcome = check(request("192.0.2.1", "u@example.com"), R"($TTL 1
$ORIGIN example.com.
@ TXT "v=spf1 a mx ptr exists:x.example.com include:i.example.com redirect=r.example.com"
@ A 192.0.2.9
@ MX 1 m
m A 192.0.2.8
x AAAA 2001:db8::1
i TXT "v=spf1"
r TXT "v=spf1 -all exp=e.example.com"
e TXT "no"
1.2.0.192.in-addr.arpa. PTR p.example.net.
)",
                                  &transcript);
    EXPECT_EQ(outcome.explanation, "no");
    std::vector<std::string_view> whys;
    for (const auto& exchange : transcript.exchanges()) whys.push_back(exchange.why);
    EXPECT_THAT(whys, ::testing::ElementsAre("SPF record", "SPF a", "SPF mx", "SPF mx host", "SPF ptr", "SPF ptr name",
                                             "SPF exists", "SPF include", "SPF redirect", "SPF explanation"));
}

TEST(Texts, ResultsRoundTrip) {
    for (const Result result : {Result::none, Result::neutral, Result::pass, Result::fail, Result::softfail,
                                Result::temperror, Result::permerror})
        EXPECT_EQ(parse_result(to_text(result)), result);
    EXPECT_EQ(parse_result("SoftFail"), Result::softfail);
    EXPECT_FALSE(parse_result("hardfail"));
    EXPECT_EQ(to_text(Identity::mail_from), "mailfrom");
    EXPECT_EQ(to_text(Identity::helo), "helo");
    EXPECT_EQ(to_text(Code::too_many_void_lookups), "too-many-void-lookups");
}

TEST(Texts, RemoteTextIsEscaped) {
    const Outcome outcome = check(request("192.0.2.1", "a@ex\x1b[31mample.com"), "$TTL 1\nexample.com. A 192.0.2.1\n");
    EXPECT_THAT(outcome.cause.text, HasSubstr("\\x1b"));
    const Outcome syntax =
        check(request("192.0.2.1", "a@example.com"), R"({"example.com": {"TXT": ["v=spf1 a:\u0007\u001b -all"]}})");
    EXPECT_EQ(syntax.cause.term, "a:\\x07\\x1b");
    EXPECT_THAT(syntax.cause.text, HasSubstr("\\x07"));
}

TEST(TimeOut, IsTemperror) {
    const Outcome outcome = timed_out(request("192.0.2.1", "a@example.com"));
    EXPECT_EQ(outcome.result, Result::temperror);
    EXPECT_EQ(outcome.cause.code, Code::time_out);
    EXPECT_EQ(outcome.domain, "example.com");
    EXPECT_EQ(outcome.cause.section, "RFC 7208 4.6.4");
    EXPECT_EQ(timed_out(request("192.0.2.1", "")).identity, Identity::helo);
}

} // namespace
} // namespace bonafide::spf
