// Traps of the mail format that decide what all protocols see (RFC 5322, RFC 6376 5.3, RFC 9989 5.3.1), named by their ids in
// tests/standards.tsv: the line ends that were settled while reading, and the Author Domain with its cause.
#include "mail/address.hpp"
#include "mail/splitter.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::mail {
namespace {

using namespace std::string_literals;

struct Split {
    std::vector<std::string> fields;
    std::string body;
};

Split split(std::string_view message) {
    Split result;
    Splitter splitter(
        [&](const HeaderBlock& header) {
            for (std::size_t i = 0; i < header.size(); ++i) result.fields.emplace_back(header[i].raw);
        },
        [&](std::string_view body) { result.body += body; });
    splitter.feed(message);
    splitter.finish();
    return result;
}

TEST(MailStandard, LineEndsAreSettledOnce) {
    const struct {
        std::string name, message;
        std::vector<std::string> fields;
        std::string body;
    } rows[] = {
        {"X5 LF.LF ends no message", "A: 1\n\nx\n.\ny\n", {"A: 1"}, "x\r\n.\r\ny\r\n"},
        {"X5 CRLF.LF ends no message", "A: 1\r\n\r\nx\r\n.\nB: 2\r\n", {"A: 1"}, "x\r\n.\r\nB: 2\r\n"},
        {"X5 CR.CR is content", "A: 1\r\n\r\nx\r.\ry\r\n", {"A: 1"}, "x\r.\ry\r\n"},
        {"X5 LF between fields", "A: 1\nB: 2\n\nx", {"A: 1", "B: 2"}, "x"},
        {"X5 bare CR begins no field", "A: 1\rFrom: b@x.test\r\n\r\n", {"A: 1\rFrom: b@x.test"}, ""},
        {"X5 NUL in a value stays", "A: 1\0002\r\n\r\n"s, {"A: 1\0002"s}, ""},
        {"X5 NUL in a name ends the header", "A: 1\r\nB\0: 2\r\n\r\nx"s, {"A: 1"}, "B\0: 2\r\n\r\nx"s},
        {"X5 byte above 127 in a name ends the header", "A: 1\r\nB\xe4: 2\r\n", {"A: 1"}, "B\xe4: 2\r\n"},
        {"X5 byte above 127 in a value stays", "A: \xe4\r\n\r\n", {"A: \xe4"}, ""},
    };
    for (const auto& row : rows) {
        const Split result = split(row.message);
        EXPECT_EQ(result.fields, row.fields) << row.name;
        EXPECT_EQ(result.body, row.body) << row.name;
    }
}

TEST(MailStandard, AuthorDomains) {
    const struct {
        std::string name, from;
        FromCause cause;
        std::string domain;
    } rows[] = {
        {"X3 capitals and final dot", "a@EXAMPLE.COM.", FromCause::ok, "example.com"},
        {"X3 U-label", "a@b\u00fccher.example", FromCause::ok, "xn--bcher-kva.example"},
        {"X3 A-label in capitals", "a@XN--BCHER-KVA.example", FromCause::ok, "xn--bcher-kva.example"},
        {"X5 bare CR", "a@x.test\rFrom: b@y.test", FromCause::syntax, ""},
        {"X5 NUL behind the domain", "a@x.test\0"s, FromCause::syntax, ""},
        {"OF1 bracket without its partner", "user@example.net>", FromCause::syntax, ""},
        {"OF1 bracket that is not closed", "<user@example.net", FromCause::syntax, ""},
        {"OF2 quoted pair in the display name", R"("a\"b <x@bank.test>" <x@evil.test>)", FromCause::ok, "evil.test"},
        {"OF2 quoted pair before the last quote", R"("a\\" <x@evil.test>)", FromCause::ok, "evil.test"},
        {"OF3 address in the display name", "\"ceo@bank.test\" <x@evil.test>", FromCause::ok, "evil.test"},
        {"OF3 bare address before the brackets", "ceo@bank.test <x@evil.test>", FromCause::syntax, ""},
        {"OF3 two pairs of brackets", "<ceo@bank.test> <x@evil.test>", FromCause::syntax, ""},
        {"OF3 group of two domains", "g: a@x.test, b@y.test;", FromCause::several_domains, ""},
    };
    for (const auto& row : rows) {
        const std::string_view value = row.from;
        const Author author = find_author({&value, 1});
        EXPECT_EQ(to_text(author.cause), to_text(row.cause)) << row.name << ": " << author.detail;
        EXPECT_EQ(author.domain, row.domain) << row.name;
        EXPECT_EQ(author.detail.empty(), row.cause == FromCause::ok) << row.name;
    }
}

} // namespace
} // namespace bonafide::mail
