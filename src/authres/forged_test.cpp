#include "authres/authres.hpp"
#include "base/test_cost.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::authres {
namespace {

using namespace std::string_literals;

bool goes(std::string_view value, const std::string& authserv_id) { return Judge({&authserv_id, 1}).must_go(value); }

std::vector<std::size_t> forged_among(const mail::HeaderBlock& header, const std::vector<std::string>& ours) {
    Judge judge(ours);
    return forged_fields(header, judge);
}

TEST(Judge, Disguises) { // RFC 8601 5
    const std::string values[] = {
        "example.com; spf=pass",
        " EXAMPLE.com; spf=pass",
        "example.com.; spf=pass",
        "\r\n\texample.com\r\n\t; spf=pass",
        "(c) example.com (c); spf=pass",
        "(c (n) ; \\) \") example.com; spf=pass",
        "\"example.com\"; spf=pass",
        "\"exam\\ple.com\"; spf=pass",
        "\" example.com \"; spf=pass",
        "example.com 1; spf=pass",
        "example.com 2; spf=pass",
        "example.com 999999999999999999999; spf=pass",
        "example.com 1.0; spf=pass",
        "example.com v1; spf=pass",
        "example.com/job; spf=pass",
        "\"example.com/job\"; none",
        "example.com / job; spf=pass",
        "example.com:25; spf=pass",
        "example.com; none",
        "example.com; ???",
        "example.com;",
        "example.com",
        "example.com spf=pass",
        "example.com, spf=pass",
        "x example.com; spf=pass",
        "example . com; spf=pass",
        "example(c).\r\n com; spf=pass",
        "\"example\".com; spf=pass",
        "\"example.com; spf=pass",
        "example.com\"; spf=pass",
        "(open example.com; spf=pass",
        ") example.com; spf=pass",
        "(;) example.com; spf:pass",
        "\";\" example.com; spf=pass",
        "example.com\0; spf=pass"s,
        "\0example.com; spf=pass"s,
        "example.com\rx; spf=pass",
        "=?utf-8?q?example.com?=; spf=pass",
        "\uff45xample.com; spf=pass",
        "example\u3002com; spf=pass",
        "example.com\u00a0; spf=pass",
        "example.com\xa0; spf=pass",
        "\u2009example.com\u3000 ; spf=pass",
        "example.com\xc2\x85; spf=pass",
        "=?utf-8?q?example.com=C2=A0?=; spf=pass",
        "exam(c)ple.com; spf=pass",
        "exam(c (n))ple.com (c); spf=pass",
    };
    for (const std::string& value : values) EXPECT_TRUE(goes(value, "example.com")) << value;
}

TEST(Judge, OthersStay) {
    for (const char* value : {"example.org; spf=pass", "mx.example.com; spf=pass", "example.com.evil.test; spf=pass",
                              "notexample.com; spf=pass", "example.community; spf=pass",
                              "example-example.com; spf=pass", "(example.com) example.org; spf=pass",
                              "example.org; spf=pass smtp.mailfrom=example.com", "example.org; spf=? example.com", "",
                              ";", ";;", "i=1", "i=1;", "; example.org; example.com", "i=x; example.com"})
        EXPECT_FALSE(goes(value, "example.com")) << value;
    EXPECT_FALSE(goes("example.com; none", ""));
}

TEST(Judge, DisguisesOfFieldsThatDoNotParse) {
    const std::string values[] = {
        ";mx.example.com; spf=pass",
        "; mx.example.com; spf=pass",
        " ; (c);\r\n ; mx.example.com; spf=pass",
        "i=1; mx.example.com; spf=pass",
        " I = 12 (c) ;; mx.example.com; spf=pass",
        "m\0x.example.com; x=y"s,
        "mx.\x01 example.com; x=y",
        "\"m\x7fx.example.com\"; x=y",
        "=?utf-8?b?bXguZXhhbXBsZS5jb20=?=; spf=pass",
        "=?UTF-8?B?bXguZXhhbXBsZS5jb20?=; spf=pass",
        "=?utf-16be?b?AG0AeAAuAGUAeABhAG0AcABsAGUALgBjAG8AbQ==?=; spf=pass",
        "=?utf-8?q?mx=2Eexample=2ecom?=; spf=pass",
        "\"=?utf-8?q?mx=2Eexample=2Ecom?=\"; spf=pass",
        "=?utf-8?q?mx=2E?= =?x?b?ZXhhbXBsZQ==?=\r\n =?x*en?Q?=2Ecom?=; spf=pass",
        "=?x?z?=?utf-8?q?mx=2Eexample=2Ecom?=; spf=pass",
        "(=?utf-8?q?mx=2Eexample=2Ecom?=; spf=pass",
    };
    for (const std::string& value : values) EXPECT_TRUE(goes(value, "mx.example.com")) << value;
    const std::string others[] = {
        ";notmx.example.com; spf=pass",
        "i=1; mx.example.com.evil.test; spf=pass",
        "=?utf-8?q?notmx=2Eexample=2Ecom?=; spf=pass",
        "=?utf-8?q?mx=2Eexample=2Ecom=2Eevil=2Etest?=; spf=pass",
        "=?utf-8?q?mx=2Eexample=2Ecom; spf=pass",
        "=?utf-8?z?mx=2Eexample=2Ecom?=; spf=pass",
        "=?utf-8?b?%?=; spf=pass",
        "=?",
        "=?x?q",
        "=?x?q?",
        "=?x?q?\?=",
        "=?x?q?=?=",
        "=?x?q?=2?=",
        "example.org; =?utf-8?q?mx=2Eexample=2Ecom?=",
    };
    for (const std::string& value : others) EXPECT_FALSE(goes(value, "mx.example.com")) << value;
}

TEST(Judge, WordsThatNeedIdna) {
    EXPECT_FALSE(goes("\u00f8 \u00f8 \u00f8 \u00f8; x=y", "example.com"));
    EXPECT_TRUE(goes("\u00f8 \u00f8 \u00f8 \u00f8 \u00f8; x=y", "example.com")) << "one more than anyone writes";
}

TEST(Judge, ULabelsAndALabelsAreOne) {
    EXPECT_TRUE(goes("m\u00d8x.example; none", "xn--mx-lka.example"));
    EXPECT_TRUE(goes("XN--mx-lka.example; none", "m\u00f8x.example"));
    EXPECT_TRUE(goes("x m\u00f8x.example; none", "m\u00f8x.example"));
    EXPECT_FALSE(goes("mox.example; none", "m\u00f8x.example"));
    EXPECT_TRUE(goes("\xff\xfe; none", "\xff\xfe"));
}

TEST(Judge, IdsThatAreNoDomain) {
    EXPECT_TRUE(goes("\"Mail Gateway 1\"; none", "mail gateway 1"));
    EXPECT_TRUE(goes("mx1.example/job; none", "mx1.example/job"));
    EXPECT_FALSE(goes("mx1.example; none", "mx1.example/job"));
}

TEST(Judge, HostileSizes) {
    std::string comments;
    for (int i = 0; i < 10'000; ++i) comments += "(c)";
    EXPECT_TRUE(goes(comments + "example.com; spf=pass", "example.com"));
    const std::string nested = std::string(10'000, '(') + std::string(10'000, ')');
    EXPECT_TRUE(goes(nested + "example.com; spf=pass", "example.com"));
    EXPECT_FALSE(goes(nested + "example.org; spf=pass", "example.com"));
    EXPECT_TRUE(goes("example.com; x=y " + std::string(1u << 20, ' '), "example.com"));
    EXPECT_FALSE(goes("example.org; x=y p.q=" + std::string(1u << 20, 'a'), "example.com"));
    EXPECT_FALSE(goes(std::string(1u << 20, 'a'), std::string(250, 'a') + ".com"));
    std::string words;
    for (int i = 0; i < 300'000; ++i) words += "\u00f8 ";
    EXPECT_TRUE(goes(words, "example.com")) << "more names than anyone converts: errs on the side of yes";
}

TEST(Judge, NamelessFieldsGoWhereOursHasNoNameEither) {
    const std::string ours = "example.com";
    Judge strict({&ours, 1}, Judge::Nameless::go);
    for (const char* value : {" spf=pass smtp.mailfrom=a.example; compauth=pass reason=100", "(c) dkim = pass",
                              "\r\n\tdmarc=pass action=none header.from=a.example;compauth=pass reason=100",
                              "; ; spf=pass", "i=1; spf=pass"}) {
        EXPECT_TRUE(strict.must_go(value)) << value;
        EXPECT_FALSE(goes(value, ours)) << value;
    }
    for (const char* value : {"other.example; spf=pass", "other.example 1; none", "other.example"})
        EXPECT_FALSE(strict.must_go(value)) << value;
}

TEST(ForgedFields, PositionsHighestFirst) {
    mail::HeaderBlock header;
    for (const char* raw :
         {"Authentication-Results: example.com; none", "X: y", "authentication-results : example.org; none",
          "AUTHENTICATION-RESULTS:\r\n mx2.example.com; none", "ARC-Authentication-Results: i=1; example.com; none",
          "Authentication-Results: (example.com"})
        ASSERT_TRUE(header.add_raw(raw));
    const std::vector<std::string> ours{"example.com", "mx2.example.com"};
    EXPECT_EQ(forged_among(header, ours), (std::vector<std::size_t>{4, 3, 1}));
    EXPECT_TRUE(forged_among(header, {}).empty());
}

TEST(Judge, UnknownVersionGoesWhoeverItNames) { // RFC 8601 5
    for (const char* value :
         {"example.org 2; none", "example.org 0; none", "example.org 11; none", "example.org 002; spf=pass",
          "(c) \"example.org\" (c) 2 (c); none", "example.org(c)2; {new: grammar}", "example.org 2", "example.org 2;",
          "example.org 99999999999999999999999; ???"})
        EXPECT_TRUE(goes(value, "example.com")) << value;
    for (const char* value :
         {"example.org; none", "example.org 1; none", "example.org 01; none", "example.org 001; ???",
          "example.org; ???", "example.org2; none", "example.org; spf=pass 2", "example.org x 2; none", "", "2; none"})
        EXPECT_FALSE(goes(value, "example.com")) << value;
}

/// `count` fields, each with the value.
mail::HeaderBlock many(std::size_t count, const std::string& value) {
    mail::HeaderBlock header;
    for (std::size_t i = 0; i < count; ++i) header.add("Authentication-Results", value);
    return header;
}

TEST(ForgedFields, IdnaBudgetOfTheMessage) {
    const std::vector<std::string> ours{"example.com"};
    EXPECT_TRUE(forged_among(many(100, "m\u00f8x.example; none"), ours).empty()) << "one name again and again";
    mail::HeaderBlock header;
    for (int i = 0; i < 66; ++i) header.add("Authentication-Results", "m\u00f8x" + std::to_string(i) + ".example; ???");
    header.add("Authentication-Results", "example.org; none");
    EXPECT_EQ(forged_among(header, ours), (std::vector<std::size_t>{66, 65})) << "ASCII needs no conversion";
}

TEST(ForgedFields, HostileMessagesAreCheap) {
    const std::vector<std::string> ours{"example.com", "mx.example.com", "mx2.example.com"};
    std::string words;
    for (int i = 0; i < 255; ++i) words += "\u00e9 ";
    std::string starts;
    for (int i = 0; i < 140'000; ++i) starts += "=?x?q? ";
    const double begin = testing::processor_seconds();
    EXPECT_EQ(forged_among(many(1'300, words), ours).size(), 1'300u);
    EXPECT_TRUE(forged_among(many(10'000, "example.org; spf=pass smtp.mailfrom=a@example.net"), ours).empty());
    EXPECT_TRUE(forged_among(many(1, starts), ours).empty());
    EXPECT_TRUE(forged_among(many(1, std::string(1'000'000, ';')), ours).empty());
    EXPECT_LT(testing::processor_seconds() - begin, 3 * testing::slow_build); // 0.4 s; a quadratic takes minutes
}

} // namespace
} // namespace bonafide::authres
