// Both forms of a zone: what is read, what is answered, and what is refused with which words.
#include "dns/zone.hpp"

#include <gmock/gmock.h>
#include <string>
#include <thread>

namespace bonafide::dns {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const Zone> zone(std::string_view text) {
    auto parsed = Zone::parse(text);
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().text);
    return parsed ? *parsed : std::make_shared<const Zone>();
}

Answer look_up(const std::shared_ptr<const Zone>& source, std::string name, Type type) {
    return source->answer({std::move(name), type, "test", {}, true, true});
}

std::vector<std::string> txt(const std::shared_ptr<const Zone>& source, std::string name) {
    return look_up(source, std::move(name), Type::txt)->txt;
}

std::string error_of(std::string_view text) {
    const auto parsed = Zone::parse(text);
    return parsed ? "no error" : parsed.error().text;
}

TEST(MasterZone, Rfc1035Section53) {
    const auto z = zone(R"(@   IN  SOA     VENERA      Action\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

VAXA    A       10.2.0.27
        A       128.9.0.33
)");
    EXPECT_THAT(look_up(z, "", Type::ns)->names, ElementsAre("a.isi.edu", "venera", "vaxa"));
    EXPECT_THAT(look_up(z, "", Type::mx)->mx, ElementsAre(Mx{10, "venera"}, Mx{20, "vaxa"}));
    EXPECT_THAT(look_up(z, "", Type::soa)->names, ElementsAre("venera"));
    EXPECT_EQ(look_up(z, "vaxa", Type::a)->addresses.size(), 2U);
    EXPECT_EQ(look_up(z, "nobody", Type::a)->ttl, 60U); // RFC 2308 5
}

TEST(MasterZone, NamesAndOrigins) {
    const auto z = zone("$ORIGIN example.org.\n"
                        "@ TXT at\n"
                        "www TXT relative\n"
                        "other.example. TXT absolute\n"
                        "$ORIGIN sub\n"
                        "www TXT nested\n"
                        "$origin example.com. ; any case\n"
                        "MiXeD IN A 192.0.2.1\n"
                        "m MX 5 @\n"
                        "  MX 6 in\n");
    EXPECT_THAT(txt(z, "example.org"), ElementsAre("at"));
    EXPECT_THAT(txt(z, "www.example.org"), ElementsAre("relative"));
    EXPECT_THAT(txt(z, "other.example"), ElementsAre("absolute"));
    EXPECT_THAT(txt(z, "www.sub.example.org"), ElementsAre("nested"));
    EXPECT_TRUE(look_up(z, "mixed.example.com", Type::a)->found());
    EXPECT_TRUE(look_up(z, "MIXED.example.COM.", Type::a)->found()); // asked in any case
    EXPECT_THAT(look_up(z, "m.example.com", Type::mx)->mx, ElementsAre(Mx{5, "example.com"}, Mx{6, "in.example.com"}));
}

TEST(MasterZone, TtlAndClassInEitherOrder) {
    const auto z = zone("a.example 60 IN TXT 1\n"
                        "b.example IN 1h30m TXT 2\n"
                        "c.example TXT 3\n" // the last one stated
                        "$TTL 2w\n"
                        "d.example TXT 4\n"
                        "e.example 0 TXT 5\n"
                        "f.example TXT 6\n"
                        "g.example 10 TXT 7\n"
                        "g.example 20 TXT 8\n");
    constexpr std::pair<std::string_view, std::uint32_t> cases[] = {
        {"a", 60}, {"b", 5400}, {"c", 5400}, {"d", 1209600}, {"e", 0}, {"f", 1209600}, {"g", 10}};
    for (const auto& [label, ttl] : cases)
        EXPECT_EQ(look_up(z, std::string(label) + ".example", Type::txt)->ttl, ttl) << label;
    EXPECT_EQ(look_up(zone("a.example TXT 1"), "a.example", Type::txt)->ttl, 300U);
}

TEST(MasterZone, CharacterStrings) {
    const auto z = zone("joined.example TXT \"v=spf1 \" \"-all\"\n"
                        "bare.example TXT v=spf1\n"
                        "escaped.example TXT \"say \\\"hi\\\" \\\\ \\059 \\255\"\n"
                        "semicolon.example TXT \"v=DKIM1; p=;\" ; and a comment\n"
                        "cut.example TXT v=DKIM1; p=lost\n"
                        "kept.example TXT v=DKIM1\\;p=kept\n"
                        "empty.example TXT \"\"\n"
                        "lines.example TXT ( \"one \" ; first\n"
                        "   \"two\"\n"
                        ")\n"
                        "several.example TXT one\n"
                        "several.example TXT two\n"
                        "               TXT three\n"
                        "touching.example TXT \"a\"\"b\"c\n");
    EXPECT_THAT(txt(z, "joined.example"), ElementsAre("v=spf1 -all"));
    EXPECT_THAT(txt(z, "bare.example"), ElementsAre("v=spf1"));
    EXPECT_THAT(txt(z, "escaped.example"), ElementsAre("say \"hi\" \\ ; \xff"));
    EXPECT_THAT(txt(z, "semicolon.example"), ElementsAre("v=DKIM1; p=;"));
    EXPECT_THAT(txt(z, "cut.example"), ElementsAre("v=DKIM1"));
    EXPECT_THAT(txt(z, "kept.example"), ElementsAre("v=DKIM1;p=kept"));
    EXPECT_THAT(txt(z, "empty.example"), ElementsAre(""));
    EXPECT_TRUE(look_up(z, "empty.example", Type::txt)->found());
    EXPECT_THAT(txt(z, "lines.example"), ElementsAre("one two"));
    EXPECT_THAT(txt(z, "several.example"), ElementsAre("one", "two", "three"));
    EXPECT_THAT(txt(z, "touching.example"), ElementsAre("abc"));
}

TEST(MasterZone, TypesOfRecords) {
    const auto z = zone("v6.example AAAA 2001:db8::1\n"
                        "mapped.example AAAA ::ffff:192.0.2.1\n"
                        "null.example MX 0 .\n"
                        "1.2.0.192.in-addr.arpa PTR Host.Example.\n"
                        "spf.example SPF \"v=spf1 -all\"\n"
                        "srv.example SRV 0 0 25 mail.example\n"
                        "srv.example CAA 0 issue \"x\"\n"
                        "numbered.example TYPE16 by-number\n"
                        "odd.example TYPE65280 \\# 2 abcd\n"
                        "b\\252cher.example TXT bytes\n");
    EXPECT_EQ(look_up(z, "v6.example", Type::aaaa)->addresses.at(0).text(), "2001:db8::1");
    EXPECT_FALSE(look_up(z, "mapped.example", Type::aaaa)->addresses.at(0).is_v4());
    EXPECT_THAT(look_up(z, "null.example", Type::mx)->mx, ElementsAre(Mx{0, ""}));
    EXPECT_THAT(look_up(z, "1.2.0.192.in-addr.arpa", Type::ptr)->names, ElementsAre("host.example"));
    EXPECT_EQ(look_up(z, "spf.example", Type::txt)->status, Status::no_data);
    EXPECT_THAT(look_up(z, "spf.example", Type::spf)->txt, ElementsAre("v=spf1 -all"));
    EXPECT_EQ(look_up(z, "srv.example", Type::txt)->status, Status::no_data); // exists all the same
    EXPECT_THAT(txt(z, "numbered.example"), ElementsAre("by-number"));
    EXPECT_EQ(look_up(z, "odd.example", Type::a)->status, Status::no_data);
    EXPECT_THAT(txt(z, "b\xfc"
                       "cher.example"),
                ElementsAre("bytes"));
}

TEST(MasterZone, ExistenceRfc8020) {
    const auto z = zone("$TTL 100\na.b.example TXT x\n");
    EXPECT_EQ(look_up(z, "a.b.example", Type::a)->status, Status::no_data);
    EXPECT_EQ(look_up(z, "b.example", Type::txt)->status, Status::no_data); // empty non-terminal
    EXPECT_EQ(look_up(z, "example", Type::txt)->status, Status::no_data);
    EXPECT_EQ(look_up(z, "c.b.example", Type::txt)->status, Status::nx_domain);
    EXPECT_EQ(look_up(z, "x.a.b.example", Type::txt)->status, Status::nx_domain);
    EXPECT_EQ(look_up(z, "a.b.example", Type::txt)->dnssec, Dnssec::insecure);
    EXPECT_FALSE(look_up(z, "c.b.example", Type::txt)->aliased);
}

// The zone and the questions of RFC 4592 2.2.1.
TEST(MasterZone, WildcardsRfc4592) {
    const auto z = zone(R"($ORIGIN example.
example.                 3600 IN  SOA   ns admin 1 1h 1h 1h 1h
example.                 3600     NS    ns.example.com.
*.example.               3600     TXT   "this is a wildcard"
*.example.               3600     MX    10 host1.example.
sub.*.example.           3600     TXT   "this is not a wildcard"
host1.example.           3600     A     192.0.2.1
_ssh._tcp.host1.example. 3600     SRV   0 0 22 host1
_ssh._tcp.host2.example. 3600     SRV   0 0 22 host2
subdel.example.          3600     NS    ns.example.com.
)");
    EXPECT_THAT(look_up(z, "host3.example", Type::mx)->mx, ElementsAre(Mx{10, "host1.example"}));
    EXPECT_EQ(look_up(z, "host3.example", Type::a)->status, Status::no_data);
    EXPECT_THAT(txt(z, "foo.bar.example"), ElementsAre("this is a wildcard"));
    EXPECT_EQ(look_up(z, "host1.example", Type::mx)->status, Status::no_data);
    EXPECT_EQ(look_up(z, "sub.*.example", Type::mx)->status, Status::no_data);
    EXPECT_EQ(look_up(z, "_telnet._tcp.host1.example", Type::txt)->status, Status::nx_domain);
    EXPECT_EQ(look_up(z, "host.subdel.example", Type::a)->status, Status::nx_domain);
    EXPECT_EQ(look_up(z, "ghost.*.example", Type::mx)->status,
              Status::nx_domain); // the closest encloser is *.example itself
    EXPECT_EQ(look_up(z, "host2.example", Type::txt)->status, Status::no_data); // an empty non-terminal shades it
    EXPECT_EQ(look_up(z, "elsewhere.test", Type::txt)->status, Status::nx_domain);
    EXPECT_THAT(txt(z, "HOST3.Example"), ElementsAre("this is a wildcard"));
}

TEST(MasterZone, WildcardAliasAndRootWildcard) {
    const auto z = zone("*.a.example CNAME target.example\ntarget.example TXT found\n*. TXT root\n");
    EXPECT_THAT(txt(z, "x.y.a.example"), ElementsAre("found"));
    EXPECT_TRUE(look_up(z, "x.y.a.example", Type::txt)->aliased);
    EXPECT_THAT(txt(z, "anything.test"), ElementsAre("root"));
    EXPECT_THAT(txt(z, "TARGET.example."), ElementsAre("found")); // not the wildcard's, however it is written
    EXPECT_EQ(look_up(z, "b.example", Type::txt)->status, Status::nx_domain);
}

TEST(Zone, AliasesAreFollowed) {
    const auto z = zone("$TTL 300\n"
                        "a.example 100 CNAME b.example\nb.example 50 CNAME c.example\nc.example TXT end\n"
                        "dangling.example CNAME nowhere.example\n"
                        "circle.example CNAME circle2.example\ncircle2.example CNAME circle.example\n"
                        "self.example CNAME self.example\n");
    const Answer answer = look_up(z, "a.example", Type::txt);
    EXPECT_THAT(answer->txt, ElementsAre("end"));
    EXPECT_TRUE(answer->aliased);
    EXPECT_EQ(answer->ttl, 50U); // the least of the chain
    EXPECT_FALSE(look_up(z, "c.example", Type::txt)->aliased);
    EXPECT_EQ(look_up(z, "a.example", Type::mx)->status, Status::no_data);
    EXPECT_TRUE(look_up(z, "a.example", Type::mx)->aliased);
    EXPECT_THAT(look_up(z, "a.example", Type::cname)->names, ElementsAre("b.example"));

    const Answer dangling = look_up(z, "dangling.example", Type::txt);
    EXPECT_EQ(dangling->status, Status::nx_domain);
    EXPECT_TRUE(dangling->aliased); // RFC 9989: the name asked exists
    EXPECT_EQ(look_up(z, "circle.example", Type::txt)->status, Status::cname_loop);
    EXPECT_EQ(look_up(z, "self.example", Type::a)->status, Status::cname_loop);
}

std::string chain(unsigned hops) {
    std::string text = "n0.example TXT end\n";
    for (unsigned i = 1; i <= hops; ++i)
        text += "n" + std::to_string(i) + ".example CNAME n" + std::to_string(i - 1) + ".example\n";
    return text;
}

TEST(Zone, EightAliasesAndNoMore) {
    const auto z = zone(chain(20));
    EXPECT_EQ(look_up(z, "n8.example", Type::txt)->status, Status::ok);
    EXPECT_EQ(look_up(z, "n9.example", Type::txt)->status, Status::cname_loop);
    EXPECT_EQ(look_up(z, "n20.example", Type::txt)->status, Status::cname_loop);
}

TEST(Zone, AnswersAreSharedSoThatMemosLast) {
    const auto z = zone("a.example TXT x\nb.example CNAME a.example\n*.w.example TXT w\n");
    EXPECT_EQ(look_up(z, "a.example", Type::txt), look_up(z, "A.example.", Type::txt));
    EXPECT_EQ(look_up(z, "b.example", Type::txt), look_up(z, "b.example", Type::txt));
    EXPECT_EQ(look_up(z, "1.w.example", Type::txt), look_up(z, "2.w.example", Type::txt));
    EXPECT_EQ(look_up(z, "x.example", Type::txt), look_up(z, "y.example", Type::txt));
}

TEST(Zone, ThreadsMayAskAtOnce) {
    const auto z = zone("a.example TXT x\n*.w.example TXT w\n");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&z] {
            for (int i = 0; i < 2000; ++i) {
                EXPECT_TRUE(look_up(z, "a.example", Type::txt)->found());
                EXPECT_TRUE(look_up(z, std::to_string(i) + ".w.example", Type::txt)->found());
                EXPECT_TRUE(look_up(z, std::to_string(i) + ".example", Type::txt)->empty());
            }
        });
    for (auto& thread : threads) thread.join();
}

TEST(Zone, NothingAndBlanks) {
    EXPECT_EQ(look_up(std::make_shared<const Zone>(), "a.example", Type::txt)->status, Status::nx_domain);
    for (const auto* text : {"", "\n\n", "; only a comment", " \t\r\n ; x\r\n", "{}", " \n{ }\n"})
        EXPECT_EQ(look_up(zone(text), "a.example", Type::txt)->status, Status::nx_domain) << text;
    EXPECT_THAT(txt(zone("\xef\xbb\xbf"
                         "a.example TXT x\r\nb.example TXT y\r\n"),
                    "a.example"),
                ElementsAre("x"));
    EXPECT_THAT(txt(zone("\xef\xbb\xbf{\"a.example\": {\"TXT\": [\"x\"]}}"), "a.example"), ElementsAre("x"));
}

TEST(MasterZone, ErrorsNameTheLine) {
    const std::string long_label(64, 'a');
    const std::pair<std::string, std::string_view> cases[] = {
        {"a.example TXT x\nb.example TXT \"open\nc.example TXT y\n",
         "line 2: the quoted string does not end on its line"},
        {"a.example TXT (\nx\n", "line 1: '(' is never closed"},
        {"a.example TXT x )\n", "line 1: ')' without '('"},
        {"\n\na.example TTX x\n", "line 3: 'TTX' is no record type"},
        {"a.example\n", "line 1: the record type is missing"},
        {"a.example 300 IN\n", "line 1: the record type is missing"},
        {"  TXT x\n", "line 1: a line that begins blank continues the owner of the line before, and there is none"},
        {"a.example A 192.0.2.256\n", "line 1: '192.0.2.256' is no IPv4 address"},
        {"a.example A 2001:db8::1\n", "line 1: '2001:db8::1' is no IPv4 address"},
        {"a.example AAAA 192.0.2.1\n", "line 1: '192.0.2.1' is no IPv6 address"},
        {"a.example A\n", "line 1: the A record has no data"},
        {"a.example TXT\n", "line 1: the TXT record has no data"},
        {"a.example A 192.0.2.1 192.0.2.2\n", "line 1: the A record is longer than expected here"},
        {"a.example MX mail.example\n", "line 1: the MX preference must be a number up to 65535"},
        {"a.example MX 65536 mail.example\n", "line 1: the MX preference must be a number up to 65535"},
        {"a.example MX 10\n", "line 1: a name is missing"},
        {"a.example CH TXT x\n", "line 1: only class IN is supported"},
        {"a.example TXT \"\\256\"\n", "line 1: an escape by number is \\ and three digits up to 255"},
        {"a.example TXT \\1\n", "line 1: an escape by number is \\ and three digits up to 255"},
        {"a.example TXT x\\", "line 1: backslash at the end"},
        {"a\\.b.example TXT x\n", "line 1: a dot inside a label is not supported"},
        {"a\\046b.example TXT x\n", "line 1: a dot inside a label is not supported"},
        {"a..example TXT x\n", "line 1: 'a..example' is no domain name"},
        {long_label + " TXT x\n", "is no domain name"},
        {"$INCLUDE /etc/passwd\n", "line 1: $INCLUDE is not supported; $ORIGIN and $TTL are"},
        {"$TTL soon\n", "line 1: expected a time such as 300, 5m or 1h30m"},
        {"$TTL 2147483648\n", "line 1: expected a time such as 300, 5m or 1h30m"},
        {"$TTL\n", "line 1: expected a time such as 300, 5m or 1h30m"},
        {"$TTL 1 2\n", "line 1: nothing more was expected on this line"},
        {"$ORIGIN\n", "line 1: a name is missing"},
        {"a.example CNAME b.example\na.example TXT x\n",
         "line 2: a.example has a CNAME, which must be the only record of its name"},
        {"a.example TXT x\na.example CNAME b.example\n",
         "line 2: a.example holds other records, and a CNAME must be the only one of its name"},
        {"a.example TXT \\# 2 6162\n", "line 1: the generic form of RFC 3597 is not supported for this type"},
        {"a.example SOA ns admin 1 2 3 4\n", "line 1: expected a time"},
        {"evil\x1b.example TTX\x1b[2J x\n", "'TTX\\x1b[2J' is no record type"},
    };
    for (const auto& [text, message] : cases) EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
}

TEST(JsonZone, RecordsOfEachType) {
    const auto z = zone(R"({
        "Example.ORG": {"TXT": ["v=spf1 -all", ["split ", "text"], []], "A": ["192.0.2.1"], "AAAA": ["2001:db8::1", "::ffff:192.0.2.1"],
                        "MX": [[10, "MX.example.org."], [20, "mx2.example.org"]], "NS": ["ns.example.org"], "SPF": ["v=spf1 +all"]},
        "null.example": {"MX": [[0, "."]]}, "null2.example": {"MX": [[0, ""]]},
        "1.2.0.192.in-addr.arpa": {"PTR": ["Mail.Example.org."]},
        "alone.example": {"TXT": "one", "A": "192.0.2.7", "MX": [5, "mx.example"]},
        "empty.example": {}, "none.example": {"TXT": []},
        "bytes.example": {"TXT": ["\u00fc\u0000\u00ff"]},
        "alias.example": {"CNAME": "example.org"},
        "other.example": {"CAA": ["0 issue x"]},
        "*.wild.example": {"TXT": ["literal"]}
    })");
    EXPECT_THAT(txt(z, "example.org"), ElementsAre("v=spf1 -all", "split text", ""));
    EXPECT_EQ(look_up(z, "example.org", Type::txt)->ttl, 300U);
    EXPECT_EQ(look_up(z, "example.org", Type::txt)->dnssec, Dnssec::insecure);
    EXPECT_EQ(look_up(z, "EXAMPLE.org", Type::a)->addresses.size(), 1U);
    EXPECT_FALSE(look_up(z, "example.org", Type::aaaa)->addresses.at(1).is_v4());
    EXPECT_THAT(look_up(z, "example.org", Type::mx)->mx,
                ElementsAre(Mx{10, "mx.example.org"}, Mx{20, "mx2.example.org"}));
    EXPECT_THAT(look_up(z, "example.org", Type::spf)->txt, ElementsAre("v=spf1 +all"));
    EXPECT_THAT(look_up(z, "null.example", Type::mx)->mx, ElementsAre(Mx{0, ""}));
    EXPECT_THAT(look_up(z, "null2.example", Type::mx)->mx, ElementsAre(Mx{0, ""}));
    EXPECT_THAT(look_up(z, "1.2.0.192.in-addr.arpa", Type::ptr)->names, ElementsAre("mail.example.org"));
    EXPECT_THAT(txt(z, "alone.example"), ElementsAre("one"));
    EXPECT_THAT(look_up(z, "alone.example", Type::mx)->mx, ElementsAre(Mx{5, "mx.example"}));
    EXPECT_EQ(look_up(z, "empty.example", Type::txt)->status, Status::nx_domain);
    EXPECT_EQ(look_up(z, "none.example", Type::txt)->status, Status::no_data);
    EXPECT_EQ(look_up(z, "other.example", Type::txt)->status, Status::no_data);
    EXPECT_THAT(txt(z, "bytes.example"), ElementsAre(std::string("\xfc\0\xff", 3)));
    EXPECT_TRUE(look_up(z, "alias.example", Type::txt)->aliased);
    EXPECT_EQ(look_up(z, "org", Type::txt)->status, Status::nx_domain); // only a parent
    EXPECT_EQ(look_up(z, "x.wild.example", Type::txt)->status, Status::nx_domain);
}

TEST(JsonZone, Failures) {
    const auto z = zone(R"({
        "t.example": {"TIMEOUT": true, "A": ["192.0.2.1"], "MX": []},
        "t2.example": {"TIMEOUT": ["TXT"], "TXT": ["x"], "A": ["192.0.2.1"]},
        "s.example": {"SERVFAIL": true, "A": ["192.0.2.1"]},
        "s2.example": {"SERVFAIL": ["MX", "txt"], "A": ["192.0.2.1"]},
        "b.example": {"BOGUS": true, "A": ["192.0.2.1"]},
        "off.example": {"TIMEOUT": false, "SERVFAIL": []},
        "alias.example": {"CNAME": "t.example"},
        "alias2.example": {"CNAME": "t.example", "TIMEOUT": ["CNAME"]}
    })");
    EXPECT_EQ(look_up(z, "t.example", Type::txt)->status, Status::timeout);
    EXPECT_EQ(look_up(z, "t.example", Type::a)->status, Status::ok);
    EXPECT_EQ(look_up(z, "t.example", Type::mx)->status, Status::no_data);
    EXPECT_EQ(look_up(z, "t2.example", Type::txt)->status, Status::timeout);
    EXPECT_EQ(look_up(z, "t2.example", Type::a)->status, Status::ok);
    EXPECT_EQ(look_up(z, "t2.example", Type::mx)->status, Status::no_data);
    EXPECT_EQ(look_up(z, "s.example", Type::a)->status, Status::serv_fail);
    EXPECT_EQ(look_up(z, "s2.example", Type::txt)->status, Status::serv_fail);
    EXPECT_EQ(look_up(z, "s2.example", Type::a)->status, Status::ok);
    EXPECT_EQ(look_up(z, "b.example", Type::a)->status, Status::bogus);
    EXPECT_EQ(look_up(z, "b.example", Type::a)->dnssec, Dnssec::bogus);
    EXPECT_EQ(look_up(z, "off.example", Type::a)->status, Status::no_data);
    EXPECT_EQ(look_up(z, "alias.example", Type::txt)->status, Status::timeout);
    EXPECT_TRUE(look_up(z, "alias.example", Type::txt)->aliased);
    EXPECT_EQ(look_up(z, "alias2.example", Type::cname)->status, Status::timeout);
}

TEST(JsonZone, ErrorsSayWhere) {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {R"({"a.example": )", "not JSON at byte 14"},
        {R"({"a.example": {}} x)", "not JSON at byte 18"},
        {R"({"a.example": []})", "a.example: expected an object of record types"},
        {R"({"a.example": {"TTX": []}})", "a.example: TTX: no record type"},
        {R"({"a.example": {"TXT": [5]}})", "a.example: TXT: expected a string"},
        {R"({"a.example": {"TXT": [["a", null]]}})", "a.example: TXT: expected a string"},
        {R"({"a.example": {"TXT": ["\u0100"]}})", "a.example: TXT: a character above U+00FF stands for no byte"},
        {R"({"\u20ac.example": {}})", "a character above U+00FF stands for no byte"},
        {R"({"a.example": {"A": ["::1"]}})", "a.example: A: not an IPv4 address"},
        {R"({"a.example": {"AAAA": ["192.0.2.1"]}})", "a.example: AAAA: not an IPv6 address"},
        {R"({"a.example": {"MX": ["mx.example"]}})", "a.example: MX: expected [preference, \"host\"]"},
        {R"({"a.example": {"MX": [[-1, "mx.example"]]}})", "a.example: MX: expected [preference, \"host\"]"},
        {R"({"a.example": {"MX": [[65536, "mx.example"]]}})", "a.example: MX: expected [preference, \"host\"]"},
        {R"({"a.example": {"CNAME": ["b", "c"]}})", "a.example: CNAME: more than one CNAME"},
        {R"({"a.example": {"TIMEOUT": 1}})", "a.example: TIMEOUT: expected true or a list of record types"},
        {R"({"a.example": {"SERVFAIL": ["XYZ"]}})", "a.example: SERVFAIL: expected true or a list of record types"},
    };
    for (const auto& [text, message] : cases) EXPECT_THAT(error_of(text), HasSubstr(message)) << text;
}

TEST(JsonZone, OwnRecordsComeBeforeTheAlias) {
    const auto z = zone(
        R"({"a": {"CNAME": "b", "TXT": ["own"]}, "b": {"TXT": ["other"], "A": ["192.0.2.1"]}, "c": {"CNAME": []}})");
    EXPECT_THAT(txt(z, "a"), ElementsAre("own"));
    EXPECT_TRUE(look_up(z, "a", Type::a)->found());
    EXPECT_EQ(look_up(z, "c", Type::txt)->status, Status::no_data);
}

TEST(Zone, NamesAreThoseThatHoldRecordsOrFail) {
    const auto master = zone("$ORIGIN example.com.\n"
                             "@ SOA ns1 root 1 1 1 1 1\n"
                             "a.b TXT x\n"
                             "*.w TXT x\n"
                             "C CNAME elsewhere.example.\n"
                             "srv SRV 0 0 25 a\n"); // holds nothing that is modelled
    EXPECT_THAT(master->names(), ElementsAre("*.w.example.com", "a.b.example.com", "c.example.com", "example.com"));
    const auto listed = zone(R"({"Example.com": {"TXT": ["x"]}, "slow.example.com": {"TIMEOUT": true},
                                 "none.example.com": {}})");
    EXPECT_THAT(listed->names(), ElementsAre("example.com", "slow.example.com"));
    EXPECT_THAT(Zone().names(), testing::IsEmpty());
}

TEST(MasterZone, TheSoaTellsWhoseFileItIs) {
    constexpr std::string_view soa = " SOA ns1 root 1 1 1 1 1\nwww TXT x\n";
    const auto names_of = [](std::string text, std::string_view origin) {
        const auto parsed = Zone::parse(text, origin);
        EXPECT_TRUE(parsed.has_value()) << text;
        return parsed ? (*parsed)->names() : std::vector<std::string>();
    };
    const std::string absolute = "example.com." + std::string(soa), relative = "@" + std::string(soa);
    EXPECT_THAT(names_of(absolute, "example.com"), ElementsAre("example.com", "www.example.com"));
    EXPECT_THAT(names_of(absolute, "sub.example.com"), ElementsAre("example.com", "www.example.com"));
    EXPECT_THAT(names_of(absolute, "example.net"), ElementsAre("example.com", "www.example.net")); // another zone's
    EXPECT_THAT(names_of(relative, "sub.example.com"), ElementsAre("sub.example.com", "www.sub.example.com"));
    EXPECT_THAT(names_of(absolute, ""), ElementsAre("example.com", "www")); // the root, as ever
    EXPECT_THAT(names_of("$ORIGIN sub.example.com.\n" + absolute, "sub.example.com"),
                ElementsAre("example.com", "www.sub.example.com"));
}

} // namespace
} // namespace bonafide::dns
