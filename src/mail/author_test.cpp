#include "mail/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::mail {
namespace {

using namespace std::string_literals;

Author author_of(std::string_view value, const Limits& limits = {}) { return find_author({&value, 1}, limits); }

struct Row {
    std::string from;
    FromCause cause;
    const char* domain;
};

const Row rows[] = {
    {"Joe <joe@x.test>", FromCause::ok, "x.test"},
    {"a@x.test, b@X.TEST.", FromCause::ok, "x.test"},
    {"a@b\u00fccher.example, b@xn--bcher-kva.example", FromCause::ok, "xn--bcher-kva.example"},
    {"a@x.test, b@y.test", FromCause::several_domains, ""},
    {"a@x.test, b@sub.x.test", FromCause::several_domains, ""},
    {"Staff: a@x.test, b@y.test;", FromCause::several_domains, ""},
    {"Staff: a@x.test;", FromCause::ok, "x.test"},
    {"\"ceo@bank.test\"@evil.test", FromCause::ok, "evil.test"},
    {"\"ceo@bank.test\" <x@evil.test>", FromCause::ok, "evil.test"},
    {"\"ceo@bank.test\\\" <ceo@bank.test>\" <x@evil.test>", FromCause::ok, "evil.test"},
    {"<@relay.test:a@bank.test>", FromCause::ok, "bank.test"},
    {"=?utf-8?q?ceo=40bank.test?= <x@evil.test>", FromCause::ok, "evil.test"},
    {"=?utf-8?q?ceo@bank.test?= <x@evil.test>", FromCause::ok, "evil.test"}, // RFC 2047 5: no address, see ADefect...
    {"=?utf-8?b?Y2VvQGJhbmsudGVzdA==?=@evil.test", FromCause::syntax, ""},
    {"ceo@bank.test <x@evil.test>", FromCause::syntax, ""},
    {"ceo@bank.test(x)@evil.test", FromCause::syntax, ""},
    {"ceo@bank.test (x).evil.test", FromCause::ok,
     "bank.test.evil.test"}, // RFC 5322 4: obsolete forms must be accepted
    {"ceo@bank.test. evil.test", FromCause::ok, "bank.test.evil.test"},
    {"<ceo@bank.test\r\n .evil.test>", FromCause::ok, "bank.test.evil.test"},
    {"jdoe@machine(comment).  example", FromCause::ok, "machine.example"}, // RFC 5322 A.6.3
    {"ceo@bank.test\0@evil.test"s, FromCause::syntax, ""},
    {"ceo@bank.test\0"s, FromCause::syntax, ""},
    {"ceo, x <x@evil.test>", FromCause::ok, "evil.test"},
    {"ceo@bank.test, x, x <x@evil.test>", FromCause::syntax, ""},
    {"user@example.net>", FromCause::syntax, ""},
    {"joe", FromCause::syntax, ""},
    {"", FromCause::no_address, ""},
    {"<>", FromCause::no_address, ""},
    {"Undisclosed:;", FromCause::no_address, ""},
    {"(only a comment)", FromCause::no_address, ""},
    {"a@[192.0.2.1]", FromCause::not_a_domain, ""},
    {"a@exam!ple.test", FromCause::not_a_domain, ""},
    {"a@-x.test", FromCause::not_a_domain, ""},
    {"a@bank\xff.test", FromCause::not_a_domain, ""},
    {"a@bank.test\uff20evil.test", FromCause::not_a_domain, ""},
    {"a@[192.0.2.1], b@x.test", FromCause::several_domains, ""},
};

TEST(FindAuthor, OneField) { // RFC 9989 5.3.1
    for (const Row& row : rows) {
        const Author author = author_of(row.from);
        EXPECT_EQ(to_text(author.cause), to_text(row.cause)) << row.from << ": " << author.detail;
        EXPECT_EQ(author.domain, row.domain) << row.from;
        EXPECT_EQ(author.detail.empty(), row.cause == FromCause::ok) << row.from;
    }
}

TEST(FindAuthor, UnquotedCommaBesideOneAddress) {
    const std::string accepted[] = {
        "Foo, Bar <a@b.test>",
        "Foo Ltd., Bar (c), Baz <a@b.test>",
        "Foo, a@b.test",
        "Bar <a@b.test>, MD",
        "\"Foo\", Bar <a@b.test>",
        "Foo,\r\n Bar <a@b.test>",
        "Foo; Bar <a@b.test>",
        "Foo, <>, <a@b.test>",
        "F\u00f8\u00f8, Bar <a@b.test>",
        "Foo, Staff: Bar <a@b.test>;",
        "Foo [IT], Bar <a@b.test>",
    };
    for (const std::string& from : accepted) {
        const Author author = author_of(from);
        EXPECT_EQ(to_text(author.cause), to_text(FromCause::ok)) << from << ": " << author.detail;
        EXPECT_EQ(author.domain, "b.test") << from;
        EXPECT_THAT(author.defect, testing::HasSubstr("words without an address, at byte ")) << from;
    }
    EXPECT_EQ(author_of("  Foo, Bar <a@b.test>").defect, "words without an address, at byte 2 of the From field");
    EXPECT_EQ(author_of("Bar <a@b.test>").defect, "");
}

TEST(FindAuthor, ADefectSaysWhereReadersMaySeeAnotherDomain) {
    const auto defect = [](std::string_view from) { return author_of(from).defect; };
    const std::string gap =
        "white space or a comment inside the domain, at byte 14 of the From field"; // RFC 5322 4.4 obs-domain
    EXPECT_EQ(defect("ceo@bank.test .evil.test"), gap);
    EXPECT_EQ(defect("ceo@bank.test(x).evil.test"),
              "white space or a comment inside the domain, at byte 16 of the From field");
    EXPECT_EQ(defect("Foo, a@b.test .evil.test"),
              "white space or a comment inside the domain, at byte 14 of the From field");
    EXPECT_EQ(defect("jdoe@machine(comment).  example"), "") << "a single label is no domain to anyone";
    EXPECT_EQ(defect("a@x.test (comment)"), "");
    EXPECT_EQ(defect("=?utf-8?q?ceo@bank.test?= <x@evil.test>"),
              "an \"@\" of another domain in the display name, at byte 26 of the From field");
    EXPECT_EQ(defect("=?utf-8?q?x@evil.test?= <x@evil.test>"), "");
}

TEST(FindAuthor, WordsThatMayShowAnAddressAreNotBare) {
    const std::string refused[] = {
        "\"ceo@bank.test\", x <x@evil.test>",
        "\"ceo@bank.test <ceo\", bank.test> <x@evil.test>",
        "=?utf-8?q?ceo=40bank.test?=, x <x@evil.test>",
        "=?utf-8?b?Y2VvQGJhbmsudGVzdA==?=, x <x@evil.test>",
        "\"=?utf-8?q?ceo=40bank.test?=\", x <x@evil.test>",
        "=?utf-8?q?ceo=40, bank.test?= <x@evil.test>",
        "ceo\uff20bank.test, x <x@evil.test>",
        "ceo\ufe6bbank.test, x <x@evil.test>",
        "ceo <bank.test>, x <x@evil.test>",
        "ceo@, x <x@evil.test>",
        "Foo, a@x.test, b@x.test",
        "Foo, a@x.test, b@y.test",
        "Foo, Bar",
        "Foo, <>",
        "Foo, a@b(c)@d",
    };
    for (const std::string& from : refused) {
        const Author author = author_of(from);
        EXPECT_EQ(to_text(author.cause), to_text(FromCause::syntax)) << from;
        EXPECT_EQ(author.domain, "") << from;
        EXPECT_EQ(author.defect, "") << from;
    }
    EXPECT_EQ(author_of("Foo, a@[192.0.2.1]").cause, FromCause::not_a_domain);
}

TEST(FindAuthor, MissingAndSeveralFields) { // RFC 5322 3.6
    EXPECT_EQ(find_author({}).cause, FromCause::missing);
    const std::vector<std::string_view> values{"broken", "a@x.test", "b@x.test", "c@y.test"};
    const Author author = find_author(values);
    EXPECT_EQ(author.cause, FromCause::several_fields);
    EXPECT_EQ(author.domains, (std::vector<std::string>{"x.test", "y.test"}));
    ASSERT_EQ(author.mailboxes.size(), 1u);
    EXPECT_EQ(author.mailboxes[0].local_part, "a");
    EXPECT_EQ(author.detail, "4 From fields (x.test, y.test)");
    const std::vector<std::string_view> twins{"a@x.test", "a@x.test"};
    EXPECT_EQ(find_author(twins).cause, FromCause::several_fields);
}

TEST(FindAuthor, MailboxLimit) {
    Limits limits;
    std::string from = "a@x.test";
    for (std::uint32_t i = 1; i < limits.from_mailboxes; ++i) from += ", a@x.test";
    EXPECT_EQ(author_of(from).cause, FromCause::ok);
    EXPECT_EQ(author_of(from + ", a@x.test").cause, FromCause::too_many);
}

TEST(FindAuthor, DetailIsEscaped) {
    const Author author = author_of("a@[\x1b[31m]");
    EXPECT_NE(author.cause, FromCause::ok);
    EXPECT_FALSE(author.detail.contains('\x1b'));
    const Author raw = author_of("a@bank\xff.test");
    EXPECT_THAT(raw.detail, testing::HasSubstr("\\xff"));
}

TEST(FindAuthor, HostileSizes) {
    EXPECT_EQ(author_of(std::string(1u << 20, ',')).cause, FromCause::no_address);
    EXPECT_EQ(author_of(std::string(1u << 20, '"')).cause, FromCause::syntax);
    EXPECT_EQ(author_of("a@" + std::string(1u << 20, 'x')).cause, FromCause::not_a_domain);
    EXPECT_EQ(author_of(std::string(1u << 20, '.') + "@x.test").cause, FromCause::ok);
    std::string words;
    for (int i = 0; i < 200'000; ++i) words += "a . ";
    EXPECT_EQ(author_of(words + "<a@x.test>").cause, FromCause::ok);
    const std::vector<std::string_view> fields(10'000, "a@x.test, b@y.test");
    EXPECT_EQ(find_author(fields).cause, FromCause::several_fields);
}

} // namespace
} // namespace bonafide::mail
