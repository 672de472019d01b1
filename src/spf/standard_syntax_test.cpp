// Traps in the syntax of SPF records, named by their ids in tests/standards.tsv.
#include "spf/test_zone.hpp"

#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

TEST(SpfStandardSyntax,
     MistakesAreFoundAnywhere) { // RFC 7208 4.6: a mistake anywhere is permerror, though an earlier term matches
    const struct {
        std::string_view name, terms, term;
    } rows[] = {
        {"S4 error after the matching term", "all:foo", "all:foo"},
        {"S4 tab between terms", "a\\009-all", "a\\x09-all"},
        {"S4 NUL", "a\\000", "a\\x00"},
        {"S4 byte above 127", "caf\\233", "caf\\xe9"},
        {"OS3 zero-width space", "a:mx\\226\\128\\139.example.com", ""},
        {"S5 unknown mechanism", "moo", "moo"},
        {"S5 modifier without name", "=x", "=x"},
        {"S5 unknown modifier with a broken macro", "moo=%abc", "moo=%abc"},
        {"S5 exp twice", "exp=a.example.com exp=b.example.com", "exp=b.example.com"},
        {"S5 redirect twice", "redirect=a.example.com redirect=b.example.com", "redirect=b.example.com"},
        {"S5 redirect with a colon", "redirect:x", "redirect:x"},
        {"S11 redirect with bad syntax beside all", "redirect=com ?all", "redirect=com"},
        {"S12 empty exp", "exp=", "exp="},
        {"S13 three numbers", "ip4:192.0.2", "ip4:192.0.2"},
        {"S13 leading zero of a prefix length", "ip4:192.0.2.0/032", "ip4:192.0.2.0/032"},
        {"S13 ip4 /33", "ip4:192.0.2.0/33", "ip4:192.0.2.0/33"},
        {"S13 ip6 /129, of the other family", "ip6:::1/129", "ip6:::1/129"},
        {"S13 a/24/64", "a/24/64", "a/24/64"},
        {"S13 all/8", "all/8", "all/8"},
        {"S13 include with a prefix length", "include:x.example.com/24", "include:x.example.com/24"},
        {"S13 exists without a name", "exists", "exists"},
        {"S13 ptr with a prefix length", "ptr/24", "ptr/24"},
        {"S14 an address as a name", "a:192.0.2.1", "a:192.0.2.1"},
        {"S14 a port", "a:example.com:8080", "a:example.com:8080"},
        {"S14 no dot", "a:com", "a:com"},
        {"S14 no dot but the last", "a:com.", "a:com."},
        {"S14 numeric top label", "a:example.123", "a:example.123"},
        {"S14 top label ends in a hyphen", "a:example.com-", "a:example.com-"},
        {"S19 zero digits", "exists:%{d0}", "exists:%{d0}"},
        {"S19 r before digits", "exists:%{dr2}", "exists:%{dr2}"},
        {"S19 no delimiter", "exists:%{d2x}", "exists:%{d2x}"},
        {"S19 letter of explanations", "exists:%{c}.example.com", "exists:%{c}.example.com"},
        {"S19 percent alone", "exists:%x.example.com", "exists:%x.example.com"},
    };
    for (const auto& row : rows) {
        for (const std::string_view client : {"192.0.2.1", "2001:db8::1"}) { // S13: whatever the client's family
            const Outcome outcome =
                testing::check_record("v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 " + std::string(row.terms), "", client);
            EXPECT_EQ(to_text(outcome.result), "permerror") << row.name;
            EXPECT_EQ(to_text(outcome.cause.code), "syntax") << row.name;
            if (!row.term.empty()) EXPECT_EQ(outcome.cause.term, row.term) << row.name;
            EXPECT_EQ(outcome.cause.domain, "example.com") << row.name;
        }
    }
}

TEST(SpfStandardSyntax, OddButValid) {
    const struct {
        std::string_view name, terms;
    } rows[] = {
        {"S4 trailing spaces", "-all  "},
        {"S4 several spaces", "  -all"},
        {"S5 unknown modifier", "default=pass -all"},
        {"S5 names of modifiers", "moo.cow-far_out=man:dog/cat -all"},
        {"S13 dual prefix lengths", "a/24//64 a//64 mx/0//0 -all"},
        {"S14 final dot", "a:example.com. -all"},
        {"S14 colon and slash inside", "a:foo:bar/baz.example.com -all"},
        {"S19 127 labels", "exists:%{d127}.x -all"},
        {"S27 reporting modifiers, an address in ra", "ra=a@evil.example rp=10 rr=all -all"},
    };
    for (const auto& row : rows) {
        const Outcome outcome = testing::check_record("v=spf1 " + std::string(row.terms), "@ MX 1 x\nx AAAA ::9\n");
        EXPECT_EQ(to_text(outcome.result), "fail") << row.name << ": " << outcome.cause.text;
        EXPECT_EQ(outcome.mechanism, "-all") << row.name;
    }
}

} // namespace
} // namespace bonafide::spf
