#include "spf/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

using ::testing::HasSubstr;

TEST(VersionSection, Rfc7208Section4_5) {
    for (const std::string_view text : {"v=spf1", "v=spf1 -all", "V=SPF1 -ALL", "v=spf1  "})
        EXPECT_TRUE(is_record(text)) << text;
    for (const std::string_view text :
         {"", "v=spf10 -all", "v=spf1-all", " v=spf1 -all", "\"v=spf1 -all\"", "v=spf1\t-all", "v=spf2.0/pra -all"})
        EXPECT_FALSE(is_record(text)) << text;
}

TEST(Record, Terms) {
    const std::string_view text =
        "v=spf1  +a -mx:mail.example.com/24//64 ~ip4:192.0.2.0/28 ?IP6:2001:DB8::/32 include:%{d2} ptr "
        "exists:%{ir}.example.com all redirect=b.example.com Exp=c.example.com ra=postmaster ";
    const auto record = parse_record(text);
    ASSERT_TRUE(record) << record.error().text;
    ASSERT_EQ(record->directives.size(), 8U);
    EXPECT_EQ(record->directives[0].span.of(text), "+a");
    const Directive& mx = record->directives[1];
    EXPECT_EQ(mx.mechanism, Mechanism::mx);
    EXPECT_EQ(mx.result, Result::fail);
    EXPECT_EQ(mx.target->fixed_name, "mail.example.com");
    EXPECT_EQ(mx.prefix_v4, 24);
    EXPECT_EQ(mx.prefix_v6, 64);
    EXPECT_EQ(record->directives[2].network.text(), "192.0.2.0/28");
    EXPECT_EQ(record->directives[3].network.text(), "2001:db8::/32");
    EXPECT_EQ(record->directives[3].result, Result::neutral);
    EXPECT_TRUE(record->directives[4].target->uses('d'));
    EXPECT_FALSE(record->directives[5].target);
    EXPECT_TRUE(record->has_all);
    EXPECT_EQ(record->redirect->span.of(text), "redirect=b.example.com");
    EXPECT_EQ(record->explanation->span.of(text), "Exp=c.example.com");
    ASSERT_EQ(record->others.size(), 1U);
    EXPECT_EQ(record->others[0].name, "ra");
    EXPECT_EQ(to_text(*record),
              "v=spf1 a -mx:mail.example.com/24//64 ~ip4:192.0.2.0/28 ?ip6:2001:db8::/32 include:%{d2} ptr "
              "exists:%{ir}.example.com all redirect=b.example.com exp=c.example.com ra=postmaster");
}

TEST(Record, Accepted) {
    for (const std::string_view terms : {"",
                                         "a/0",
                                         "a//0",
                                         "mx/0//0",
                                         "a/24//64",
                                         "a//64",
                                         "a:example.com.",
                                         "a:foo:bar/baz.example.com",
                                         "a:%{d}/24",
                                         "a:%{i/}/24",
                                         "ip4:0.0.0.0/0",
                                         "ip6:::/0",
                                         "ip6:::ffff:192.0.2.1",
                                         "ip6:2001:db8::192.0.2.1/128",
                                         "moo.cow-far_out=man:dog/cat",
                                         "default=pass",
                                         "include=example.com",
                                         "v=spf1",
                                         "a= b=",
                                         "m=%{c}",
                                         "a:example.xn--zckzah",
                                         "exists:.com",
                                         "a a a",
                                         "redirect=%{d}.x.example"})
        EXPECT_TRUE(parse_record("v=spf1 " + std::string(terms))) << terms;
}

TEST(Record, SyntaxErrors) {
    const struct {
        std::string_view terms;
        std::size_t position; ///< in `terms`
        std::string_view section;
        std::string_view text; ///< part of the sentence
    } rows[] = {
        // RFC 7208 4.6: whatever stands before
        {"ip4:192.0.2.1 all:foo", 17, "RFC 7208 5.1", "takes no argument"},
        {"-all/8", 4, "RFC 7208 5.1", "takes no argument"},
        {"all.", 0, "RFC 7208 4.6.1", "\"all\" may be meant"},
        {"moo", 0, "RFC 7208 4.6.1", "no such mechanism"},
        {"=x", 0, "RFC 7208 4.6.1", "no such mechanism"},
        {"1x=y", 0, "RFC 7208 4.6.1", "no such mechanism"},
        {"moo=%abc", 4, "RFC 7208 7.3", "\"%\" must be followed"},
        {"exp=a.b exp=c.d", 8, "RFC 7208 6", "exp= may stand only once"},
        {"redirect=a.b -all REDIRECT=c.d", 18, "RFC 7208 6", "redirect= may stand only once"},
        {"redirect=", 9, "RFC 7208 7.1", "nothing follows \"redirect=\""},
        {"exp=", 4, "RFC 7208 7.1", "nothing follows \"exp=\""},
        {"exp=host", 4, "RFC 7208 7.1", "needs a full domain name"},
        {"redirect:b.example", 0, "RFC 7208 4.6.1", "write \"redirect=\""},
        {"-redirect=b.example", 0, "RFC 7208 4.6.1", "takes no qualifier"},
        {"include", 7, "RFC 7208 5.2", "needs \":\" and a domain name"},
        {"include/24", 7, "RFC 7208 5.2", "needs \":\" and a domain name"},
        {"include:x.example.com/24", 18, "RFC 7208 7.1", "takes no prefix length"},
        {"include: x.example.com", 8, "RFC 7208 7.1", "no space may stand after it"},
        {"include:https://example.com/", 24, "RFC 7208 7.1", "no web address"},
        {"includes:x.example.com", 0, "RFC 7208 4.6.1", "\"include\" may be meant"},
        {"exists", 6, "RFC 7208 5.7", "needs \":\" and a domain name"},
        {"ptr/0", 3, "RFC 7208 5.5", "takes no prefix length"},
        {"ptr:", 4, "RFC 7208 7.1", "nothing follows \"ptr:\""},
        {"a:", 2, "RFC 7208 7.1", "nothing follows \"a:\""},
        {"a:192.0.2.1", 10, "RFC 7208 7.1", "write \"ip4:192.0.2.1\""},
        {"a:192.0.2.0/24", 10, "RFC 7208 7.1", "write \"ip4:192.0.2.0/24\""},
        {"mx:2001:db8::1", 3, "RFC 7208 7.1", "write \"ip6:2001:db8::1\""},
        {"a:example.com:8080", 10, "RFC 7208 7.1", "without a port number"},
        {"a:com", 2, "RFC 7208 7.1", "needs a full domain name"},
        {"a:com.", 2, "RFC 7208 7.1", "at least two labels"},
        {"a:abc.123", 6, "RFC 7208 7.1", "top-level domain"},
        {"a/24/64", 5, "RFC 7208 5.6", "from 0 to 32"},
        {"a/33", 2, "RFC 7208 5.6", "from 0 to 32"},
        {"a//129", 3, "RFC 7208 5.6", "from 0 to 128"},
        {"a/024", 2, "RFC 7208 5.6", "no leading zero"},
        {"a/", 2, "RFC 7208 5.6", "from 0 to 32"},
        {"a//", 3, "RFC 7208 5.6", "from 0 to 128"},
        {"a/24/", 5, "RFC 7208 5.6", "from 0 to 32"},
        {"a///64", 2, "RFC 7208 5.6", "from 0 to 32"},
        {"ip4", 3, "RFC 7208 5.6", "needs \":\" and an address"},
        {"ip4:192.0.2", 4, "RFC 7208 5.6", "all four numbers"},
        {"ip4:192.0.2.0/032", 14, "RFC 7208 5.6", "no leading zero"},
        {"ip4:192.0.2.0/33", 14, "RFC 7208 5.6", "from 0 to 32"},
        {"ip4:192.0.2.0/", 14, "RFC 7208 5.6", "from 0 to 32"},
        {"ip4:192.0.2.0//64", 14, "RFC 7208 5.6", "from 0 to 32"},
        {"ip4:192.0.2.01", 4, "RFC 7208 5.6", "an IPv4 address"},
        {"ip4:192.0.2.256", 4, "RFC 7208 5.6", "an IPv4 address"},
        {"ip4:192.0.2.1-all", 4, "RFC 7208 5.6", "a host name"},
        {"ip4:192.0.2.1-192.0.2.9", 4, "RFC 7208 5.6", "a range of addresses"},
        {"ip4:2001:db8::1", 4, "RFC 7208 5.6", "write \"ip6:2001:db8::1\""},
        {"ip4:mail.example.com", 4, "RFC 7208 5.6", "write \"a:mail.example.com\""},
        {"ip6:192.0.2.1", 4, "RFC 7208 5.6", "write \"ip4:192.0.2.1\""},
        {"ip6:::1/129", 8, "RFC 7208 5.6", "from 0 to 128"},
        {"ip6:[2001:db8::1]", 4, "RFC 7208 5.6", "write \"ip6:2001:db8::1\""},
        {"ip6:fe80::1%eth0", 4, "RFC 7208 5.6", "an IPv6 address"},
        {"ip:192.0.2.1", 0, "RFC 7208 4.6.1", "write \"ip4:192.0.2.1\""},
        {"ipv6:2001:db8::1", 0, "RFC 7208 4.6.1", "write \"ip6:2001:db8::1\""},
        {"192.0.2.1", 0, "RFC 7208 4.6.1", "write \"ip4:192.0.2.1\""},
        {"2001:db8::1", 0, "RFC 7208 4.6.1", "write \"ip6:2001:db8::1\""},
        {"mail.example.com", 0, "RFC 7208 4.6.1", "a host name needs \"a:\""},
        {"-all;", 4, "RFC 7208 4.6.1", "without quotes, commas or semicolons"},
        {"a:mail.example.com, -all", 15, "RFC 7208 7.1", "without quotes, commas or semicolons"},
        {"- all", 0, "RFC 7208 4.6.1", "a qualifier stands alone"},
        {"--all", 0, "RFC 7208 4.6.1", "a single qualifier"},
        {"\xe2\x80\x93"
         "all",
         0, "RFC 7208 4.6.1", "a typographic dash"},
        {"ip4:192.0.2.1\t-all", 13, "RFC 7208 4.6.1", "a tab"},
        {"a:mx\xe2\x80\x8b.example.com", 4, "RFC 7208 4.6.1", "zero-width space"},
        {"caf\xe9", 3, "RFC 7208 4.6.1", "only visible ASCII"},
        {"exists:%{c}.example.com", 7, "RFC 7208 7.2", "only stand in explanation"},
        {"exp=%{r}.example.com", 4, "RFC 7208 7.2", "only stand in explanation"},
    };
    constexpr std::size_t version = std::string_view("v=spf1 ").size();
    for (const auto& row : rows) {
        const std::string text = "v=spf1 " + std::string(row.terms);
        const auto record = parse_record(text);
        ASSERT_FALSE(record) << row.terms;
        EXPECT_EQ(record.error().position, row.position + version) << row.terms;
        EXPECT_EQ(record.error().section, row.section) << row.terms;
        EXPECT_THAT(record.error().text, HasSubstr(row.text)) << row.terms;
    }
    EXPECT_FALSE(parse_record(std::string_view("v=spf1 a:foo.example.com\0 -all", 30)));
}

TEST(Record, TermAt) {
    const std::string_view text = "v=spf1 a:x  -all";
    EXPECT_EQ(term_at(text, 7), "a:x");
    EXPECT_EQ(term_at(text, 10), "a:x"); // just past its last byte
    EXPECT_EQ(term_at(text, 16), "-all");
    EXPECT_EQ(term_at(text, 1000), "-all");
    EXPECT_EQ(term_at("", 0), "");
}

TEST(Selection, CountsRecordsAndKeepsTheParsedOne) {
    dns::AnswerData answer;
    answer.status = dns::Status::ok;
    answer.txt = {"google-site-verification=x", "v=spf1 -all", "v=spf10 all"};
    const auto selection = select_record(answer);
    EXPECT_EQ(selection->found, 1U);
    EXPECT_EQ(selection->text, "v=spf1 -all");
    EXPECT_EQ(select_record(answer), selection) << "a second look must not parse again";
}

} // namespace
} // namespace bonafide::spf
