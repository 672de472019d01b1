// One row for each trap of the SPF standards (RFC 7208, RFC 8616), named by its id in tests/standards.tsv: result and cause.
#include "spf/test_zone.hpp"

#include <gtest/gtest.h>
#include <optional>

namespace bonafide::spf {
namespace {

struct Row {
    std::string name;     ///< row id and subject
    std::string record;   ///< at example.com; empty: none
    std::string others{}; ///< further lines of the zone, relative to example.com
    Result result;
    Code code;
    std::string term{}; ///< of the cause; empty: not looked at
    std::string from = "user@example.com";
    std::string client = "192.0.2.1";
    std::string helo = "mail.example.net";
    std::optional<std::uint32_t> lookups{};
    std::optional<std::uint32_t> voids{};
};

Outcome check(const Row& row) {
    std::string zone = "$TTL 60\n$ORIGIN example.com.\n";
    if (!row.record.empty()) zone += "@ TXT \"" + row.record + "\"\n";
    return testing::check(testing::request(row.client, row.from, row.helo), zone + row.others);
}

void expect(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        const Outcome outcome = check(row);
        EXPECT_EQ(to_text(outcome.result), to_text(row.result)) << row.name << ": " << outcome.cause.text;
        EXPECT_EQ(to_text(outcome.cause.code), to_text(row.code)) << row.name << ": " << outcome.cause.text;
        EXPECT_FALSE(outcome.cause.text.empty()) << row.name;
        if (!row.term.empty()) EXPECT_EQ(outcome.cause.term, row.term) << row.name;
        if (row.lookups) EXPECT_EQ(outcome.lookups, *row.lookups) << row.name;
        if (row.voids) EXPECT_EQ(outcome.void_lookups, *row.voids) << row.name;
    }
}

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

constexpr Result pass = Result::pass;
constexpr Result fail = Result::fail;
constexpr Result none = Result::none;
constexpr Result neutral = Result::neutral;
constexpr Result permerror = Result::permerror;

TEST(SpfStandard, Identities) { // RFC 7208 2.3, 2.4, 4.3
    const std::string all = "v=spf1 +all";
    expect({
        {.name = "S1 single label", .record = all, .result = none, .code = Code::bad_domain, .from = "a@localhost"},
        {.name = "S1 address literal",
         .record = all,
         .result = none,
         .code = Code::bad_domain,
         .from = "a@[192.0.2.1]"},
        {.name = "S1 label of 64 octets",
         .record = all,
         .result = none,
         .code = Code::bad_domain,
         .from = "a@" + std::string(64, 'x') + ".example.com"},
        {.name = "S1 label of 63 octets is asked",
         .record = all,
         .result = none,
         .code = Code::no_domain,
         .from = "a@" + std::string(63, 'x') + ".example.com"},
        {.name = "S1 empty label", .record = all, .result = none, .code = Code::bad_domain, .from = "a@x..example.com"},
        {.name = "S1 NXDOMAIN", .record = all, .result = none, .code = Code::no_domain, .from = "a@x.example.com"},
        {.name = "S2 null sender, HELO a literal",
         .record = all,
         .result = none,
         .code = Code::bad_domain,
         .from = "",
         .helo = "[192.0.2.1]"},
        {.name = "S2 null sender: %{l} is postmaster",
         .record = "v=spf1 exists:%{l}.%{o}.ok.%{d} -all",
         .others = "postmaster.example.com.ok A 127.0.0.2\n",
         .result = pass,
         .code = Code::matched,
         .from = "",
         .helo = "example.com"},
        {.name = "S2 sender without local-part",
         .record = "v=spf1 exists:%{l}.ok.%{d} -all",
         .others = "postmaster.ok A 127.0.0.2\n",
         .result = pass,
         .code = Code::matched,
         .from = "@example.com"},
    });
}

TEST(SpfStandard, Selection) { // RFC 7208 3.1, 3.3, 4.5
    expect({
        {.name = "X1 strings of one record joined with nothing between",
         .record = "v=spf1 ip4:192.0.2.1\" \"-all",
         .result = permerror,
         .code = Code::syntax,
         .term = "ip4:192.0.2.1-all"},
        {.name = "X4 version and names in upper case",
         .record = "V=SPF1 -ALL",
         .result = fail,
         .code = Code::matched,
         .term = "-ALL"},
        {.name = "S3 v=spf10", .record = "v=spf10 -all", .result = none, .code = Code::no_record},
        {.name = "S3 version alone", .record = "v=spf1", .result = neutral, .code = Code::no_match},
        {.name = "S3 leading space", .record = " v=spf1 -all", .result = none, .code = Code::no_record},
        {.name = "S3 quotes inside", .record = "\\\"v=spf1 -all\\\"", .result = none, .code = Code::no_record},
        {.name = "S3 two identical records",
         .record = "v=spf1 -all",
         .others = "@ TXT \"v=spf1 -all\"\n",
         .result = permerror,
         .code = Code::several_records},
        {.name = "S3 a record behind a CNAME counts once",
         .record = "v=spf1 -all",
         .others = "www CNAME example.com.\n",
         .result = fail,
         .code = Code::matched,
         .from = "a@www.example.com"},
        {.name = "OS1 the second record is seen", // several implementations take the first
         .record = "v=spf1 ip4:192.0.2.1 -all",
         .others = "@ TXT \"v=spf1 -all\"\n",
         .result = permerror,
         .code = Code::several_records},
        {.name = "OS2 v=spf1 alone beside a second record",
         .record = "v=spf1",
         .others = "@ TXT \"V=SPF1 -ALL\"\n",
         .result = permerror,
         .code = Code::several_records},
    });
}

TEST(SpfStandard, TypeSpfBesideTxtCountsOnce) { // S3, RFC 7208 3.1: type 99 is not asked
    const std::string_view zone = R"({"example.com": {"TXT": ["v=spf1 -all"], "SPF": ["v=spf1 +all"]},
                                      "alias.example.com": {"CNAME": "example.com"}})";
    for (const std::string_view from : {"a@example.com", "a@alias.example.com"}) {
        const Outcome outcome = testing::check(testing::request("192.0.2.1", from), zone);
        EXPECT_EQ(outcome.result, Result::fail) << from;
        EXPECT_EQ(outcome.cause.term, "-all") << from;
    }
}

TEST(SpfStandard, Limits) { // RFC 7208 4.6.4
    const std::string b = "b A 192.0.2.9\n";
    std::string mx;
    for (int i = 0; i < 11; ++i) mx += "@ MX " + std::to_string(i) + " h" + std::to_string(i) + "\n";
    std::string many;
    for (int i = 1; i <= 12; ++i) many += "many A 192.0.2." + std::to_string(i) + "\n";
    std::string pointers = "n A 192.0.2.1\n";
    for (int i = 0; i < 11; ++i)
        pointers += "1.2.0.192.in-addr.arpa. PTR " + (i < 9 ? "x" + std::to_string(i) : "n") + "\n";
    expect({
        {.name = "S6 nine a in an include are ten",
         .record = "v=spf1 include:i.example.com ip4:192.0.2.1",
         .others = "i TXT \"v=spf1" + repeated(" a:b.example.com", 9) + "\"\n" + b,
         .result = pass,
         .code = Code::matched,
         .lookups = 10},
        {.name = "S6 the redirect behind them is the eleventh",
         .record = "v=spf1 include:i.example.com redirect=r.example.com",
         .others = "i TXT \"v=spf1" + repeated(" a:b.example.com", 9) + "\"\nr TXT \"v=spf1 +all\"\n" + b,
         .result = permerror,
         .code = Code::too_many_lookups,
         .term = "redirect=r.example.com",
         .lookups = 11},
        {.name = "S6 a match before the eleventh",
         .record = "v=spf1" + repeated(" a:b.example.com", 10) + " ip4:192.0.2.1 a:b.example.com",
         .others = b,
         .result = pass,
         .code = Code::matched,
         .lookups = 10},
        {.name = "S6 all, ip4, ip6 and exp do not count",
         .record = "v=spf1" + repeated(" a:b.example.com", 10) + " ip6:::1 ip4:192.0.2.8 -all exp=x.example.com",
         .others = b + "x TXT no\n",
         .result = fail,
         .code = Code::matched,
         .lookups = 10},
        {.name = "OS4 the limit is ten, not thirty",
         .record = "v=spf1" + repeated(" a:b.example.com", 11) + " +all",
         .others = b,
         .result = permerror,
         .code = Code::too_many_lookups,
         .lookups = 11},
        {.name = "S7 eleven MX whose first matches",
         .record = "v=spf1 mx -all",
         .others = mx + "h0 A 192.0.2.1\n",
         .result = permerror,
         .code = Code::too_many_mx,
         .term = "mx"},
        {.name = "S7 twelve addresses of a",
         .record = "v=spf1 a:many.example.com -all",
         .others = many,
         .result = pass,
         .code = Code::matched,
         .client = "192.0.2.12"},
        {.name = "S7 the tenth reverse name counts",
         .record = "v=spf1 ptr -all",
         .others = pointers,
         .result = pass,
         .code = Code::matched},
        {.name = "S8 three void terms",
         .record = "v=spf1 exists:a.%{d} exists:b.%{d} exists:c.%{d} -all",
         .result = permerror,
         .code = Code::too_many_void_lookups,
         .term = "exists:c.%{d}",
         .voids = 3},
        {.name = "S8 two void terms",
         .record = "v=spf1 exists:a.%{d} exists:b.%{d} -all",
         .result = fail,
         .code = Code::matched,
         .term = "-all",
         .voids = 2},
        {.name = "S8 void explanation does not count",
         .record = "v=spf1 exists:a.%{d} exists:b.%{d} -all exp=nothing.%{d}",
         .result = fail,
         .code = Code::matched,
         .voids = 2},
        {.name = "S8 MX hosts without address are no void terms",
         .record = "v=spf1 mx -all",
         .others = "@ MX 1 x\n@ MX 1 y\n@ MX 1 z\n",
         .result = fail,
         .code = Code::matched,
         .voids = 0},
        {.name = "S11 redirect loop",
         .record = "v=spf1 redirect=example.com",
         .result = permerror,
         .code = Code::too_many_lookups,
         .term = "redirect=example.com"},
    });
}

TEST(SpfStandard, IncludeAndRedirect) { // RFC 7208 5.2, 6.1
    expect({
        {.name = "S10 -include of a pass",
         .record = "v=spf1 -include:i.example.com +all",
         .others = "i TXT \"v=spf1 +all\"\n",
         .result = fail,
         .code = Code::matched,
         .term = "+all"},
        {.name = "S10 the target's only TXT is unrelated",
         .record = "v=spf1 include:i.example.com +all",
         .others = "i TXT \"unrelated\"\n",
         .result = permerror,
         .code = Code::include_no_record,
         .term = "include:i.example.com"},
        {.name = "S10 the target does not exist",
         .record = "v=spf1 include:i.example.com +all",
         .result = permerror,
         .code = Code::include_no_record,
         .term = "include:i.example.com"},
        {.name = "S10 fail inside is no match",
         .record = "v=spf1 include:i.example.com ?all",
         .others = "i TXT \"v=spf1 -all\"\n",
         .result = neutral,
         .code = Code::matched,
         .term = "?all"},
        {.name = "S10 %{d} is the target, %{o} the sender's",
         .record = "v=spf1 include:i.example.com -all",
         .others = "i TXT \"v=spf1 exists:%{d}.%{o}.ok.example.com\"\ni.example.com.example.com.ok A 127.0.0.2\n",
         .result = pass,
         .code = Code::matched},
        {.name = "S11 all to the right of redirect",
         .record = "v=spf1 redirect=b.example.com ?all",
         .others = "b TXT \"v=spf1 -all\"\n",
         .result = neutral,
         .code = Code::matched,
         .term = "?all",
         .lookups = 0},
        {.name = "S11 redirect into nothing",
         .record = "v=spf1 redirect=b.example.com",
         .result = permerror,
         .code = Code::redirect_no_record,
         .term = "redirect=b.example.com"},
        {.name = "S11 redirect to a malformed name",
         .record = "v=spf1 redirect=b..example.com",
         .result = permerror,
         .code = Code::redirect_no_record},
    });
}

TEST(SpfStandard, Explanations) { // RFC 7208 6.2
    const struct {
        std::string_view name, record, text;
    } rows[] = {
        {"S12 one text", "v=spf1 -all exp=good.%{d}", "example.com says 192.0.2.1 at unknown"},
        {"S12 two TXT at the name", "v=spf1 -all exp=two.%{d}", ""},
        {"S12 none", "v=spf1 -all exp=none.%{d}", ""},
        {"S12 not ASCII", "v=spf1 -all exp=latin.%{d}", ""},
        {"S12 bad macro", "v=spf1 -all exp=macro.%{d}", ""},
        {"X6 line ends", "v=spf1 -all exp=lines.%{d}", ""},
        {"S12 of an included record", "v=spf1 include:i.example.com -all", ""},
        {"S11 of the redirect's target", "v=spf1 redirect=i.example.com exp=two.%{d}",
         "i.example.com says 192.0.2.1 at unknown"},
    };
    for (const auto& row : rows) {
        const Outcome outcome = testing::check_record(row.record, "good TXT \"%{d} says %{c} at %{r}\"\n"
                                                                  "two TXT a\ntwo TXT b\nlatin TXT \"caf\\233\"\n"
                                                                  "macro TXT \"%{x}\"\nlines TXT \"a\\013\\010550 b\"\n"
                                                                  "i TXT \"v=spf1 -all exp=good.example.com\"\n");
        EXPECT_EQ(to_text(outcome.result), "fail") << row.name;
        EXPECT_EQ(to_text(outcome.cause.code), "matched") << row.name;
        EXPECT_EQ(outcome.explanation, row.text) << row.name;
    }
}

TEST(SpfStandard, AddressesAndNames) { // RFC 7208 5.3 to 5.7
    const std::string v6 = "v6 AAAA 2001:db8::1\n";
    expect({
        {.name = "S15 mapped client is IPv4: ip6 never matches",
         .record = "v=spf1 ip6:::/0 -all",
         .result = fail,
         .code = Code::matched,
         .client = "::ffff:192.0.2.1"},
        {.name = "S15 a mapped network matches nobody",
         .record = "v=spf1 ip6:::ffff:192.0.2.1 -all",
         .result = fail,
         .code = Code::matched,
         .client = "::ffff:192.0.2.1"},
        {.name = "S15 %{v} of a mapped client",
         .record = "v=spf1 exists:%{i}.%{v}.%{d} -all",
         .others = "192.0.2.1.in-addr A 127.0.0.2\n",
         .result = pass,
         .code = Code::matched,
         .client = "::ffff:192.0.2.1"},
        {.name = "S16 a/0 of a host with the other family's address",
         .record = "v=spf1 a:v6.example.com/0 -all",
         .others = v6,
         .result = fail,
         .code = Code::matched,
         .term = "-all",
         .voids = 1},
        {.name = "S16 exists asks for A",
         .record = "v=spf1 exists:v6.example.com -all",
         .others = v6,
         .result = fail,
         .code = Code::matched,
         .client = "2001:db8::1",
         .voids = 1},
        {.name = "S17 null MX",
         .record = "v=spf1 mx -all",
         .others = "@ MX 0 .\n",
         .result = fail,
         .code = Code::matched,
         .term = "-all",
         .voids = 0},
        {.name = "S17 no implicit MX",
         .record = "v=spf1 mx -all",
         .others = "@ A 192.0.2.1\n",
         .result = fail,
         .code = Code::matched,
         .term = "-all",
         .voids = 1},
        {.name = "S18 a name that only ends alike",
         .record = "v=spf1 ptr:example.com -all",
         .others = "1.2.0.192.in-addr.arpa. PTR mail.bad-example.com.\nmail.bad-example.com. A 192.0.2.1\n",
         .result = fail,
         .code = Code::matched,
         .term = "-all"},
        {.name = "S18 a name below, in other case",
         .record = "v=spf1 ptr:EXAMPLE.com -all",
         .others = "1.2.0.192.in-addr.arpa. PTR Mail.Example.COM.\nmail A 192.0.2.1\n",
         .result = pass,
         .code = Code::matched,
         .term = "ptr:EXAMPLE.com"},
    });
}

TEST(SpfStandard, Macros) { // RFC 7208 7, RFC 8616 4
    expect({
        {.name = "S19 %{l1r+-} of a-b+c",
         .record = "v=spf1 exists:%{l1r+-}.ok.%{d} -all",
         .others = "a.ok A 127.0.0.2\n",
         .result = pass,
         .code = Code::matched,
         .from = "a-b+c@example.com"},
        {.name = "S20 %{S} is URL-escaped",
         .record = "v=spf1 exists:%{S}.ok.example.com -all",
         .others = "~jack%26jill%3Dup%40example.com.ok A 127.0.0.2\n",
         .result = pass,
         .code = Code::matched,
         .from = "~jack&jill=up@example.com"},
        {.name = "S21 %{ir} of an IPv6 client",
         .record = "v=spf1 exists:%{ir}.%{v}.%{d} -all",
         .others = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6 A 127.0.0.2\n",
         .result = pass,
         .code = Code::matched,
         .client = "2001:db8::cb01"},
        {.name = "S21 %{p} is unknown when nothing validates",
         .record = "v=spf1 exists:%{p}.ok.%{d} -all",
         .others = "unknown.ok A 127.0.0.2\n1.2.0.192.in-addr.arpa. PTR x\nx A 192.0.2.9\n",
         .result = pass,
         .code = Code::matched},
        {.name = "S22 local-part of 300 octets",
         .record = "v=spf1 exists:%{l}.%{d} -all",
         .others = "example.com. A 127.0.0.2\n",
         .result = pass, // the label is dropped from the left, what remains is asked
         .code = Code::matched,
         .from = std::string(300, 'x') + "@example.com"},
        {.name = "S22 label of 64 octets after expansion is no match",
         .record = "v=spf1 exists:%{l}.%{d} -all",
         .others = "*.example.com. A 127.0.0.2\n",
         .result = fail,
         .code = Code::matched,
         .term = "-all",
         .from = std::string(64, 'x') + "@example.com",
         .voids = 0},
        {.name = "S22 empty label after expansion is no match",
         .record = "v=spf1 a:%{l}.%{d} -all",
         .result = fail,
         .code = Code::matched,
         .term = "-all",
         .from = "a..b@example.com",
         .voids = 0},
        {.name = "S22 the top label is not checked again after expansion",
         .record = "v=spf1 exists:ok.%{h} -all",
         .others = "ok.mail.123. A 127.0.0.2\n",
         .result = pass,
         .code = Code::matched,
         .helo = "mail.123"},
        {.name = "S23 local-part that is not ASCII",
         .record = "v=spf1 exists:%{l}.example.com -all",
         .others = "* A 127.0.0.2\n",
         .result = fail,
         .code = Code::matched,
         .term = "-all",
         .from = "j\u00f6rg@example.com",
         .lookups = 0},
        {.name = "X3 domain with final dot and capitals",
         .record = "v=spf1 -all",
         .result = fail,
         .code = Code::matched,
         .from = "a@EXAMPLE.COM."},
    });
}

} // namespace
} // namespace bonafide::spf
