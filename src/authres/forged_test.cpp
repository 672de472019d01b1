#include "authres/authres.hpp"

#include <gtest/gtest.h>

namespace bonafide::authres {
namespace {

using namespace std::string_literals;

TEST(ClaimsAuthservId, Disguises) { // RFC 8601 5
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
    };
    for (const std::string& value : values) EXPECT_TRUE(claims_authserv_id(value, "example.com")) << value;
}

TEST(ClaimsAuthservId, OthersStay) {
    for (const char* value :
         {"example.org; spf=pass", "mx.example.com; spf=pass", "example.com.evil.test; spf=pass",
          "notexample.com; spf=pass", "example.community; spf=pass", "example-example.com; spf=pass",
          "(example.com) example.org; spf=pass", "example.org; spf=pass smtp.mailfrom=example.com",
          "example.org; spf=? example.com", "", ";", "; example.com"})
        EXPECT_FALSE(claims_authserv_id(value, "example.com")) << value;
    EXPECT_FALSE(claims_authserv_id("example.com; none", ""));
}

TEST(ClaimsAuthservId, ULabelsAndALabelsAreOne) {
    EXPECT_TRUE(claims_authserv_id("m\u00d8x.example; none", "xn--mx-lka.example"));
    EXPECT_TRUE(claims_authserv_id("XN--mx-lka.example; none", "m\u00f8x.example"));
    EXPECT_TRUE(claims_authserv_id("x m\u00f8x.example; none", "m\u00f8x.example"));
    EXPECT_FALSE(claims_authserv_id("mox.example; none", "m\u00f8x.example"));
    EXPECT_TRUE(claims_authserv_id("\xff\xfe; none", "\xff\xfe"));
}

TEST(ClaimsAuthservId, IdsThatAreNoDomain) {
    EXPECT_TRUE(claims_authserv_id("\"Mail Gateway 1\"; none", "mail gateway 1"));
    EXPECT_TRUE(claims_authserv_id("mx1.example/job; none", "mx1.example/job"));
    EXPECT_FALSE(claims_authserv_id("mx1.example; none", "mx1.example/job"));
}

TEST(ClaimsAuthservId, HostileSizes) {
    std::string comments;
    for (int i = 0; i < 10'000; ++i) comments += "(c)";
    EXPECT_TRUE(claims_authserv_id(comments + "example.com; spf=pass", "example.com"));
    const std::string nested = std::string(10'000, '(') + std::string(10'000, ')');
    EXPECT_TRUE(claims_authserv_id(nested + "example.com; spf=pass", "example.com"));
    EXPECT_FALSE(claims_authserv_id(nested + "example.org; spf=pass", "example.com"));
    EXPECT_TRUE(claims_authserv_id("example.com; x=y " + std::string(1u << 20, ' '), "example.com"));
    EXPECT_FALSE(claims_authserv_id("example.org; x=y p.q=" + std::string(1u << 20, 'a'), "example.com"));
    EXPECT_FALSE(claims_authserv_id(std::string(1u << 20, 'a'), std::string(250, 'a') + ".com"));
    std::string words;
    for (int i = 0; i < 300'000; ++i) words += "\u00f8 ";
    EXPECT_TRUE(claims_authserv_id(words, "example.com")) << "more names than anyone converts: errs on the side of yes";
}

TEST(ForgedFields, PositionsHighestFirst) {
    mail::HeaderBlock header;
    for (const char* raw :
         {"Authentication-Results: example.com; none", "X: y", "authentication-results : example.org; none",
          "AUTHENTICATION-RESULTS:\r\n mx2.example.com; none", "ARC-Authentication-Results: i=1; example.com; none",
          "Authentication-Results: (example.com"})
        ASSERT_TRUE(header.add_raw(raw));
    const std::vector<std::string> ours{"example.com", "mx2.example.com"};
    EXPECT_EQ(forged_fields(header, ours), (std::vector<std::size_t>{4, 3, 1}));
    EXPECT_TRUE(forged_fields(header, {}).empty());
}

} // namespace
} // namespace bonafide::authres
