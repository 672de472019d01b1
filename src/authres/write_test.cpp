#include "authres/authres.hpp"
#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace bonafide::authres {
namespace {

MethodResult result(std::string method, std::string outcome, std::vector<Property> properties = {}) {
    return {.method = std::move(method),
            .version = {},
            .result = std::move(outcome),
            .reason = {},
            .comment = {},
            .properties = std::move(properties)};
}

/// No line longer than `most` columns, every line end CRLF and followed by white space and text, no other control characters.
void expect_well_folded(const std::string& text, std::size_t most) {
    std::size_t columns = std::string_view("Authentication-Results: ").size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r') {
            ASSERT_LT(i + 3, text.size());
            EXPECT_EQ(text[i + 1], '\n');
            EXPECT_TRUE(ascii::is_wsp(text[i + 2]));
            EXPECT_FALSE(ascii::is_space(text[i + 3])) << text;
            columns = 0;
            ++i;
            continue;
        }
        EXPECT_TRUE(ascii::is_printable(text[i]) || text[i] == '\t') << text;
        EXPECT_LE(++columns, most) << text;
    }
}

void expect_round_trip(const Field& field) {
    const std::string text = write(field);
    const auto read = parse(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text;
    EXPECT_EQ(*read, field) << text;
}

TEST(AuthresWrite, None) { // RFC 8601 2.2 no-result
    EXPECT_EQ(write({.authserv_id = "mx.example", .version = {}, .results = {}}), "mx.example; none");
    EXPECT_EQ(write({.authserv_id = "mx.example", .version = "1", .results = {}}), "mx.example 1; none");
}

TEST(AuthresWrite, OneResultALine) {
    Field field{.authserv_id = "mx.example",
                .version = {},
                .results = {result("spf", "pass", {{"smtp", "mailfrom", "joe@x.example"}})}};
    field.results.push_back(result("dkim", "fail", {{"header", "d", "x.example"}, {"header", "b", "AbC/+def"}}));
    field.results.back().reason = "body hash differs";
    field.results.back().comment = "1024-bit (weak)";
    EXPECT_EQ(
        write(field),
        "mx.example;\r\n\tspf=pass smtp.mailfrom=joe@x.example;\r\n"
        "\tdkim=fail (1024-bit \\(weak\\)) reason=\"body hash differs\"\r\n\theader.d=x.example header.b=\"AbC/+def\"");
    expect_well_folded(write(field), 77);
}

TEST(AuthresWrite, RoundTripOfOddValues) {
    for (const char* value : {"x",
                              "",
                              " ",
                              "a b",
                              "a;b",
                              "\"",
                              "\\",
                              "a@b",
                              "@b.example",
                              "a b@c",
                              "\"a b\"@c",
                              "\"a\\\"b\"@c",
                              "a..b@c",
                              "a@b@c",
                              "(c)",
                              "[192.0.2.1]",
                              "2001:db8::1",
                              "a/b",
                              "=",
                              "prvs=1=a/b@c.example",
                              "a@[192.0.2.1]",
                              "none",
                              "\"unclosed"}) {
        Field field{.authserv_id = "mx.example",
                    .version = "1",
                    .results = {result("spf", "pass", {{"smtp", "mailfrom", value}})}};
        field.results[0].reason = value;
        field.results[0].version = "1";
        expect_round_trip(field);
        field.authserv_id = value;
        expect_round_trip(field);
    }
    EXPECT_NE(
        write({.authserv_id = "a", .version = {}, .results = {result("x", "y", {{"smtp", "mailfrom", "\"a b\"@c"}})}})
            .find("=\"a b\"@c"),
        std::string::npos)
        << "RFC 8601 2.2: an email identity stands in the mailbox form";
}

TEST(AuthresWrite, LongTextFoldsInsideQuotesAndComments) {
    std::string words;
    for (int i = 0; i < 40; ++i) words += "word" + std::to_string(i) + (i % 7 == 0 ? "  " : " ");
    Field field{
        .authserv_id = "mx.example", .version = {}, .results = {result("dkim", "fail", {{"policy", "x", words}})}};
    field.results[0].reason = words;
    expect_round_trip(field);
    field.results[0].comment = words;
    expect_well_folded(write(field), 77);
}

TEST(AuthresWrite, HostileTextNeverBreaksTheField) { // RFC 8601 7.8
    std::string hostile = "x\r\nBcc: a@b\r\n\r\n\n\t";
    for (int c = 0; c < 256; ++c) hostile += static_cast<char>(c);
    Field field{.authserv_id = hostile,
                .version = hostile,
                .results = {result(hostile, hostile, {{hostile, hostile, hostile}, {"", "", ""}})}};
    field.results[0].reason = field.results[0].comment = field.results[0].version = hostile;
    expect_well_folded(write(field), 998);
    EXPECT_TRUE(parse(write(field)));
    field.results[0].properties[0].value = std::string(100'000, 'x');
    expect_well_folded(write(field), 998);
    EXPECT_TRUE(parse(write(field)));
}

TEST(AuthresWrite, ULabelsBecomeALabels) { // RFC 8616 3
    Field field{.authserv_id = "m\u00f8x.example",
                .version = {},
                .results = {result("dkim", "pass", {{"header", "d", "m\u00f8x.example"}})}};
    field.results[0].properties.push_back({"header", "i", "joe@m\u00f8x.example"});
    field.results[0].properties.push_back({"smtp", "mailfrom", "j\u00f6@m\u00f8x.example"});
    EXPECT_EQ(write(field),
              "xn--mx-lka.example;\r\n\tdkim=pass header.d=xn--mx-lka.example header.i=joe@xn--mx-lka.example\r\n"
              "\tsmtp.mailfrom=j??@xn--mx-lka.example");
}

} // namespace
} // namespace bonafide::authres
