#include "base/ascii.hpp"
#include "mail/lexer.hpp"
#include "spf/received_spf.hpp"

#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

Request request(std::string_view client, std::string helo, std::string mail_from) {
    Request request;
    request.client = *ip::Address::parse(client);
    request.helo = std::move(helo);
    request.mail_from = std::move(mail_from);
    return request;
}

Outcome outcome(Result result, std::string domain, std::string mechanism) {
    Outcome outcome;
    outcome.result = result;
    outcome.domain = std::move(domain);
    outcome.mechanism = std::move(mechanism);
    return outcome;
}

TEST(ReceivedSpf, Pass) { // RFC 7208 9.1
    EXPECT_EQ(received_spf(outcome(Result::pass, "a.example", "ip4:192.0.2.0/24"),
                           request("192.0.2.1", "mail.a.example", "ann@a.example"), "mx.b.example"),
              "pass (mx.b.example: 192.0.2.1 may send for a.example)\r\n"
              "\tclient-ip=192.0.2.1; envelope-from=\"ann@a.example\";\r\n"
              "\thelo=mail.a.example; receiver=mx.b.example; identity=mailfrom;\r\n"
              "\tmechanism=\"ip4:192.0.2.0/24\"");
}

TEST(ReceivedSpf, S26AnIpv6AddressIsQuoted) { // ":" is no atom character
    const std::string text = received_spf(outcome(Result::fail, "a.example", "-all"),
                                          request("2001:db8::1", "a.example", "a@a.example"), "mx");
    EXPECT_NE(text.find("client-ip=\"2001:db8::1\";"), std::string::npos) << text;
    EXPECT_NE(text.find("mechanism=-all"), std::string::npos) << text;
}

TEST(ReceivedSpf, WhereNothingMatchedTheMechanismIsDefault) { // RFC 7208 9.1, 4.7
    const auto text = [](Result result, const char* mechanism) {
        return received_spf(outcome(result, "a.example", mechanism), request("192.0.2.1", "h", "a@a.example"), "mx");
    };
    EXPECT_NE(text(Result::neutral, "").find("mechanism=default"), std::string::npos);
    EXPECT_NE(text(Result::neutral, "?all").find("mechanism=?all"), std::string::npos) << text(Result::neutral, "?all");
    EXPECT_EQ(text(Result::none, "").find("mechanism"), std::string::npos) << "no record, nothing to match";
}

TEST(ReceivedSpf, LinesAreFolded) { // RFC 5322 2.1.1, which RFC 7208 9.1 points to
    Outcome broken = outcome(Result::permerror, std::string(60, 'd') + ".example", "");
    broken.cause.text =
        "the SPF record of long.example has an error at byte 261, where it says foo and nobody knows what that is";
    const std::string text =
        "Received-SPF: " + received_spf(broken, request("192.0.2.1", "h", "a@a.example"), "mx.b.example");
    for (const std::string_view line : ascii::split(text, '\n')) EXPECT_LE(line.size(), 79U) << line; // with its CR
    EXPECT_NE(text.find("\r\n"), std::string::npos);
}

TEST(ReceivedSpf, HeloIdentityHasNoEnvelopeFrom) {
    Outcome helo = outcome(Result::none, "mail.a.example", "");
    helo.identity = Identity::helo;
    const std::string text = received_spf(helo, request("192.0.2.1", "mail.a.example", ""), "mx");
    EXPECT_EQ(text.find("envelope-from"), std::string::npos) << text;
    EXPECT_NE(text.find("identity=helo"), std::string::npos) << text;
}

TEST(ReceivedSpf, ErrorsTellTheirProblem) {
    Outcome broken = outcome(Result::permerror, "a.example", "");
    broken.cause.text = "two \"SPF\" records";
    const std::string text = received_spf(broken, request("192.0.2.1", "h", "a@a.example"), "mx");
    EXPECT_NE(text.find("problem=\"two \\\"SPF\\\" records\""), std::string::npos) << text;
    EXPECT_EQ(text.find("mechanism="), std::string::npos) << text;
}

/// Whether the text is one header value: every line but the first begins with a tab, all is printable, quotes and comments close.
void expect_one_field(const std::string& text) {
    mail::Lexer lexer(text, 1);
    EXPECT_FALSE(lexer.take_while(ascii::is_alpha).empty());
    while (!lexer.at_end()) {
        ASSERT_TRUE(lexer.skip_cfws()) << text;
        if (lexer.peek() == '"') ASSERT_TRUE(lexer.take_quoted()) << text;
        const auto before = lexer.position();
        lexer.take_while([](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '(' && c != ')'; });
        if (lexer.at_end()) break;
        if (lexer.position() == before && lexer.peek() != '"' && !ascii::is_space(lexer.peek()))
            FAIL() << "at " << before << ": " << text;
    }
}

TEST(ReceivedSpf, X6WhatTheSenderChoseStaysInsideItsQuotes) {
    for (const std::string& hostile :
         {std::string("a\r\nX-Evil: 1"), std::string("\"; result=pass"), std::string("\\"), std::string(")("),
          std::string("a\0b", 3), std::string(100000, 'x'), std::string("\xc3\xa4@\xff")}) {
        Outcome result = outcome(Result::softfail, "a.example", hostile);
        const std::string text = received_spf(result, request("192.0.2.1", hostile, hostile + "@a.example"), "mx");
        expect_one_field(text);
        EXPECT_LT(text.size(), 2000) << hostile;
        EXPECT_EQ(text.find("\r\nX"), std::string::npos);
    }
}

} // namespace
} // namespace bonafide::spf
