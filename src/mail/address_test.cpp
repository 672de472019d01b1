#include "mail/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

Mailbox box(std::string name, std::string local_part, std::string domain) {
    return {.display_name = std::move(name), .local_part = std::move(local_part), .domain = std::move(domain)};
}

std::vector<Mailbox> parsed(std::string_view value) {
    auto list = parse_address_list(value);
    EXPECT_TRUE(list) << value << ": " << (list ? "" : list.error().text);
    return list.value_or(std::vector<Mailbox>{});
}

TEST(AddressList, Rfc5322AppendixA1) {
    EXPECT_THAT(parsed("John Doe <jdoe@machine.example>"), ElementsAre(box("John Doe", "jdoe", "machine.example")));
    EXPECT_THAT(parsed(R"("Joe Q. Public" <john.q.public@example.com>)"),
                ElementsAre(box("Joe Q. Public", "john.q.public", "example.com")));
    EXPECT_THAT(
        parsed("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>"),
        ElementsAre(box("Mary Smith", "mary", "x.test"), box("", "jdoe", "example.org"), box("Who?", "one", "y.test")));
    EXPECT_THAT(parsed(R"(<boss@nil.test>, "Giant; \"Big\" Box" <sysservices@example.net>)"),
                ElementsAre(box("", "boss", "nil.test"), box("Giant; \"Big\" Box", "sysservices", "example.net")));
    EXPECT_THAT(
        parsed("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;"),
        ElementsAre(box("Ed Jones", "c", "a.test"), box("", "joe", "where.test"), box("John", "jdoe", "one.test")));
    EXPECT_TRUE(parsed("Undisclosed recipients:;").empty());
}

TEST(AddressList, Rfc5322AppendixA5WhiteSpaceAndComments) {
    EXPECT_THAT(parsed("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>"),
                ElementsAre(box("Pete", "pete", "silly.test")));
    EXPECT_THAT(parsed("A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         "
                       "joe@example.org,\r\n"
                       "  John <jdoe@one.test> (my dear friend); (the end of the group)\r\n"),
                ElementsAre(box("Chris Jones", "c", "public.example"), box("", "joe", "example.org"),
                            box("John", "jdoe", "one.test")));
    EXPECT_TRUE(parsed("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;").empty());
}

TEST(AddressList, Rfc5322AppendixA6Obsolete) {
    EXPECT_THAT(parsed("Joe Q. Public <john.q.public@example.com>"),
                ElementsAre(box("Joe Q. Public", "john.q.public", "example.com")));
    EXPECT_THAT(parsed("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example"),
                ElementsAre(box("Mary Smith", "mary", "example.net"), box("", "jdoe", "test.example")));
    EXPECT_THAT(parsed("John Doe <jdoe@machine(comment).  example>"),
                ElementsAre(box("John Doe", "jdoe", "machine.example")));
    EXPECT_THAT(parsed(",,<@a.test,@b.test, ,@[192.0.2.1]:c@d.test>,"), ElementsAre(box("", "c", "d.test")));
}

TEST(AddressList, LocalPartsAndDomains) {
    EXPECT_THAT(parsed(R"("ceo@bank"@evil.example)"), ElementsAre(box("", "ceo@bank", "evil.example")));
    EXPECT_THAT(parsed(R"(<"a\"b\\"."c d".e@x.test>)"), ElementsAre(box("", "a\"b\\.c d.e", "x.test")));
    EXPECT_THAT(parsed("john . doe @ x.test"), ElementsAre(box("", "john.doe", "x.test")));
    EXPECT_THAT(parsed("<john.@x.test>, a..b@x.test"),
                ElementsAre(box("", "john.", "x.test"), box("", "a..b", "x.test")));
    EXPECT_THAT(parsed(R"(""@x.test)"), ElementsAre(box("", "", "x.test")));
    EXPECT_THAT(parsed("a@[192.0.2.1], b@[IPv6:2001:DB8::1]"),
                ElementsAre(box("", "a", "[192.0.2.1]"), box("", "b", "[ipv6:2001:db8::1]")));
    EXPECT_THAT(parsed("a@EXAMPLE.COM."), ElementsAre(box("", "a", "example.com")));
    EXPECT_THAT(parsed("a@exam!ple.com"), ElementsAre(box("", "a", "exam!ple.com")));
}

TEST(AddressList, Utf8) { // RFC 6532, RFC 8616
    EXPECT_THAT(parsed("J\u00f6rg <j\u00f6rg@B\u00dcCHER.example>"),
                ElementsAre(box("J\u00f6rg", "j\u00f6rg", "xn--bcher-kva.example")));
    EXPECT_THAT(parsed("a@bank\u3002example"), ElementsAre(box("", "a", "bank.example")));
    EXPECT_THAT(parsed("J\xf6rg <a@x.test>"), ElementsAre(box("J\xf6rg", "a", "x.test")))
        << "Latin-1 in a display name harms nobody";
}

TEST(AddressList, ReadThoughInvalidBecauseOneDomainIsSeen) {
    EXPECT_THAT(parsed("Joe Public joe@x.test"), ElementsAre(box("Joe Public", "joe", "x.test")));
    EXPECT_THAT(parsed(R"("Public, Joe <j@x.test>" joe@x.test)"),
                ElementsAre(box("Public, Joe <j@x.test>", "joe", "x.test")));
    EXPECT_THAT(parsed("joe@X.test <mail@x.test>"), ElementsAre(box("joe@x.test", "mail", "x.test")));
    EXPECT_THAT(parsed("<joe@x.test> Joe \"P.\""), ElementsAre(box("", "joe", "x.test")));
    EXPECT_THAT(parsed("Joe [IT] <joe@x.test>"), ElementsAre(box("Joe [IT]", "joe", "x.test")));
    EXPECT_THAT(parsed("a@x.test; b@x.test;"), ElementsAre(box("", "a", "x.test"), box("", "b", "x.test")));
    EXPECT_THAT(parsed("Mail From:<joe@x.test>"), ElementsAre(box("", "joe", "x.test")))
        << "a group that is not closed";
}

struct BadRow {
    std::string value;
    std::size_t position;
};

TEST(AddressList, ErrorsTellThePosition) {
    const BadRow rows[] = {
        {"joe", 0},
        {"  joe", 2},
        {"Doe, John <j@x.test>", 0}, // "Doe" could be completed to an address of the reader's domain
        {"a@b(c)@d", 6},
        {"user@example.net>", 16},
        {"<a@b.test", 9},
        {"<a@b.test>>", 10},
        {"<<a@b.test>>", 1},
        {"<a@b.test> <c@b.test>", 11},
        {"a@b.test c@b.test", 9},
        {"<joe smith@x.test>", 5},
        {"<x.test>", 7},
        {"@x.test", 0},
        {"<@x.test>", 8},
        {"<@r.test a@x.test>", 9},
        {"a@", 2},
        {"a@.x", 2},
        {"a@x..y", 4},
        {"a@[192.0.2.1", 12},
        {"a@[[x]]", 3},
        {"[x]@y.test", 3},
        {"\"open <a@b.test>", 0},
        {"(open <a@b.test>", 0},
        {"a) <a@b.test>", 1},
        {"a\\b <a@b.test>", 1},
        {"a\0b@c.test"s, 1},
        {"\"a\0b\" <a@c.test>"s, 2},
        {"(\0) a@c.test"s, 1},
        {"(\\\0) a@c.test"s, 2},
        {"a@x.test\rFrom: b@y.test", 8},
        {"a@x.test\r\nFrom: b@y.test", 8},
        {"\"a\rb\" <a@x.test>", 2},
        {"\"a\\\rb\" <a@x.test>", 3},
        {"(a\rb) a@x.test", 2},
        {"a@bank.test <b@evil.test>", 12},
        {"a@x.test <>", 10},
        {":a@x.test;", 0},
        {"a: b: c@x.test;;", 4},
        {"a: b;", 3},
        {"=?utf-8?q?ceo=40bank.test?=@evil.test", 27},
    };
    for (const BadRow& row : rows) {
        const auto list = parse_address_list(row.value);
        ASSERT_FALSE(list) << row.value;
        EXPECT_EQ(list.error().position, row.position) << row.value << ": " << list.error().text;
    }
}

TEST(AddressList, CommentDepthLimit) {
    Limits limits;
    limits.comment_depth = 3;
    EXPECT_TRUE(parse_address_list("(((c))) a@x.test", limits));
    EXPECT_FALSE(parse_address_list("((((c)))) a@x.test", limits));
    EXPECT_FALSE(parse_address_list(std::string(1u << 20, '(') + " a@x.test"));
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += "(c)";
    EXPECT_EQ(parsed(many + "a@x.test").size(), 1u);
}

TEST(AddressList, MailboxLimit) {
    Limits limits;
    limits.from_mailboxes = 2;
    EXPECT_TRUE(parse_address_list("a@x.test, b@x.test", limits));
    EXPECT_FALSE(parse_address_list("a@x.test, b@x.test, c@x.test", limits));
}

TEST(MailboxText, ReadsBack) {
    for (const Mailbox& mailbox :
         {box("", "a", "x.test"), box("Joe Doe", "a.b", "x.test"), box("Joe Q. \"P\" \\", "a b", "x.test"),
          box(" lead", ".a", "x.test"), box("a@b", "", "[192.0.2.1]")})
        EXPECT_THAT(parsed(to_text(mailbox)), ElementsAre(mailbox)) << to_text(mailbox);
}

TEST(Path, Forms) { // RFC 5321 4.1.2
    struct Row {
        const char *path, *local_part, *domain;
    };
    const Row rows[] = {
        {"<a@b>", "a", "b"},
        {"a@b", "a", "b"},
        {" <a@B.Test> ", "a", "B.Test"},
        {"<@relay:a@b>", "a", "b"},
        {"<@r1,@r2:a@b>", "a", "b"},
        {"<@[IPv6:2001:db8::1]:a@b>", "a", "b"},
        {"<>", "", ""},
        {"", "", ""},
        {"postmaster", "postmaster", ""},
        {"<\"a@b\"@c>", "\"a@b\"", "c"},
        {"<\"a\\\"@b\"@c>", "\"a\\\"@b\"", "c"},
        {"a@b@c", "a@b", "c"},
        {"\"a@b", "\"a", "b"},
        {"@b", "", "b"},
        {"a@", "a", ""},
    };
    for (const Row& row : rows) {
        const Path path = parse_path(row.path);
        EXPECT_EQ(path.local_part, row.local_part) << row.path;
        EXPECT_EQ(path.domain, row.domain) << row.path;
    }
    EXPECT_TRUE(parse_path("<>").empty());
}

// RFC 2047 5 (3) forbids "@" in an encoded word of a display name, and many write it.
TEST(AddressList, EncodedWordsInDisplayNames) {
    for (const char* value :
         {"=?utf-8?Q?info@a.example?= <info@a.example>", "=?utf-8?Q?ceo@bank.example?= <info@a.example>",
          "=?utf-8?B?YUBiLmV4YW1wbGU=?= <info@a.example>", "Ann =?utf-8?q?via?= List <info@a.example>"}) {
        const auto list = parse_address_list(value);
        ASSERT_TRUE(list) << value << ": " << list.error().text;
        ASSERT_EQ(list->size(), 1U);
        EXPECT_EQ((*list)[0].domain, "a.example") << value;
    }
    for (const char* value :
         {"=?utf-8?Q?info?=@a.example", "<=?utf-8?Q?info?=@a.example>", "=?utf-8?Q?info@a.example?="})
        EXPECT_FALSE(parse_address_list(value)) << value;
}

TEST(AddressList, AtSignInADisplayName) {
    const auto list = parse_address_list("Foo@Bar <info@a.example>");
    ASSERT_TRUE(list) << list.error().text;
    EXPECT_EQ((*list)[0].domain, "a.example");
    EXPECT_FALSE(parse_address_list("ceo@bank.example <info@a.example>")); // readers differ in what they take
}

} // namespace
} // namespace bonafide::mail
