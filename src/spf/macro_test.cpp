#include "spf/macro.hpp"

#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

MacroValues rfc_values(std::string_view client) {
    MacroValues values;
    values.local_part = "strong-bad";
    values.sender_domain = values.domain = "email.example.com";
    values.client = ip::Address::parse(client).value();
    values.validated_name = "mx.example.org";
    values.helo = "mta.example.org";
    values.receiver = "mx.receiver.example";
    values.now = 1700000000;
    return values;
}

std::string expand(std::string_view text, const MacroValues& values) {
    const auto macros = parse_macro_string(text, MacroPlace::explanation);
    return macros ? expand_text(*macros, values, 10000) : "error: " + macros.error().text;
}

std::string name_of(std::string_view text, const MacroValues& values) {
    const auto macros = parse_macro_string(text, MacroPlace::domain_spec);
    return macros ? expand_name(*macros, values) : "error: " + macros.error().text;
}

TEST(Rfc7208Section7_4, Macros) {
    const struct {
        std::string_view macro, expansion;
    } rows[] = {
        {"%{s}", "strong-bad@email.example.com"},
        {"%{o}", "email.example.com"},
        {"%{d}", "email.example.com"},
        {"%{d4}", "email.example.com"},
        {"%{d3}", "email.example.com"},
        {"%{d2}", "example.com"},
        {"%{d1}", "com"},
        {"%{dr}", "com.example.email"},
        {"%{d2r}", "example.email"},
        {"%{l}", "strong-bad"},
        {"%{l-}", "strong.bad"},
        {"%{lr}", "strong-bad"},
        {"%{lr-}", "bad.strong"},
        {"%{l1r-}", "strong"},
    };
    for (const auto& row : rows) EXPECT_EQ(expand(row.macro, rfc_values("192.0.2.3")), row.expansion) << row.macro;
}

TEST(Rfc7208Section7_4, MacroStrings) {
    const MacroValues v4 = rfc_values("192.0.2.3");
    EXPECT_EQ(name_of("%{ir}.%{v}._spf.%{d2}", v4), "3.2.0.192.in-addr._spf.example.com");
    EXPECT_EQ(name_of("%{lr-}.lp._spf.%{d2}", v4), "bad.strong.lp._spf.example.com");
    EXPECT_EQ(name_of("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", v4), "bad.strong.lp.3.2.0.192.in-addr._spf.example.com");
    EXPECT_EQ(name_of("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", v4), "3.2.0.192.in-addr.strong.lp._spf.example.com");
    EXPECT_EQ(name_of("%{d2}.trusted-domains.example.net", v4), "example.com.trusted-domains.example.net");
    EXPECT_EQ(name_of("%{ir}.%{v}._spf.%{d2}", rfc_values("2001:db8::cb01")),
              "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
}

TEST(MacroExpansion, Letters) {
    const MacroValues v4 = rfc_values("192.0.2.3");
    EXPECT_EQ(expand("%{h} %{p} %{r} %{t} %{c}", v4),
              "mta.example.org mx.example.org mx.receiver.example 1700000000 192.0.2.3");
    EXPECT_EQ(expand("%{c} %{v}", rfc_values("2001:db8::cb01")), "2001:db8::cb01 ip6");
    EXPECT_EQ(expand("%%%_%-|", v4), "% %20|");
    EXPECT_EQ(expand("%{p} %{r}", MacroValues{}), "unknown unknown");
    // An IPv4-mapped client is an IPv4 client (RFC 7208 5).
    EXPECT_EQ(expand("%{i} %{v}", rfc_values("::ffff:192.0.2.3")), "192.0.2.3 in-addr");
}

TEST(MacroExpansion, Transformers) {
    MacroValues values = rfc_values("192.0.2.3");
    values.local_part = "a-b+c";
    EXPECT_EQ(expand("%{l1r+-}", values), "a");
    EXPECT_EQ(expand("%{lr+-}", values), "c.b.a");
    EXPECT_EQ(expand("%{l2+}", values), "a-b.c");
    EXPECT_EQ(expand("%{L1R+-}", values), "a"); // ABNF literals know no case
    EXPECT_EQ(expand("%{d127}", values), "email.example.com");
    EXPECT_EQ(expand("%{d99999999999999999999}", values), "email.example.com");
    values.local_part = "-a--b-"; // no delimiter is special: empty parts stay (RFC 7208 7.3)
    EXPECT_EQ(expand("%{l-}", values), ".a..b.");
    EXPECT_EQ(expand("%{l1-}", values), "");
    EXPECT_EQ(expand("%{l3r-}", values), ".a.");
}

TEST(MacroExpansion, UrlEscape) {
    MacroValues values = rfc_values("192.0.2.3");
    values.local_part = "~jack&jill=up-a_b3.c";
    EXPECT_EQ(expand("%{L}", values), "~jack%26jill%3Dup-a_b3.c");
    EXPECT_EQ(expand("%{S}", values), "~jack%26jill%3Dup-a_b3.c%40email.example.com");
    values.local_part = "j\xc3\xb6rg"; // bytewise
    EXPECT_EQ(expand("%{L}", values), "j%C3%B6rg");
}

TEST(MacroExpansion, NameIsCutByWholeLabelsOnTheLeft) {
    MacroValues values = rfc_values("192.0.2.3");
    const std::string label(50, 'x');
    std::string local;
    for (int i = 0; i < 5; ++i) local += label + '.';
    local += "tail"; // 259 bytes
    values.local_part = local;
    values.domain = "example.com";
    const std::string name = name_of("%{l}.%{d}", values);
    EXPECT_EQ(name, local.substr(51) + ".example.com");
    // 253 bytes stay, 254 lose a label.
    const std::string most =
        std::string(61, 'a') + '.' + std::string(61, 'b') + '.' + std::string(61, 'c') + '.' + std::string(55, 'd');
    values.local_part = most;
    EXPECT_EQ(name_of("%{l}.%{d}", values).size(), 253U);
    const std::string over = most + 'd';
    values.local_part = over;
    EXPECT_EQ(name_of("%{l}.%{d}", values), over.substr(62) + ".example.com");
    EXPECT_EQ(name_of("%{l}.example.com.", values), over.substr(62) + ".example.com") << "a final dot is not counted";
    // A label that alone is too long leaves a name that cannot be asked, never one that was cut inside.
    const std::string mass(300, 'y');
    values.local_part = mass;
    EXPECT_EQ(name_of("%{l}.%{d}", values), "example.com");
    EXPECT_EQ(name_of("x%{l}", values), "");
}

TEST(MacroExpansion, LongSessionValuesCountOnlyAtTheirEnd) {
    MacroValues values = rfc_values("192.0.2.3");
    const std::string at_limit = "a." + std::string(most_macro_value_bytes - 2, 'x');
    values.local_part = at_limit;
    EXPECT_EQ(expand("%{l1r}", values), "a");
    const std::string past = "ab." + std::string(most_macro_value_bytes - 1, 'x');
    values.local_part = past;
    EXPECT_EQ(expand("%{l1r}", values), "") << "\"ab\" lies beyond the limit";
}

TEST(MacroExpansion, TextIsCut) {
    const auto macros = parse_macro_string("0123456789%{d}", MacroPlace::explanation);
    ASSERT_TRUE(macros);
    EXPECT_EQ(expand_text(*macros, rfc_values("192.0.2.3"), 12), "0123456789em");
}

TEST(MacroSyntax, Errors) {
    const struct {
        std::string_view text;
        MacroPlace place;
        std::size_t position;
        std::string_view section;
    } rows[] = {
        {"%(ir).example.com", MacroPlace::domain_spec, 0, "RFC 7208 7.3"},
        {"a.%", MacroPlace::domain_spec, 2, "RFC 7208 7.3"},
        {"%{d0}", MacroPlace::domain_spec, 0, "RFC 7208 7.3"},
        {"%{d00}", MacroPlace::domain_spec, 0, "RFC 7208 7.3"},
        {"%{dr2}", MacroPlace::domain_spec, 0, "RFC 7208 7.1"},
        {"%{d2x}", MacroPlace::domain_spec, 0, "RFC 7208 7.1"},
        {"%{d", MacroPlace::domain_spec, 0, "RFC 7208 7.1"},
        {"%{", MacroPlace::domain_spec, 0, "RFC 7208 7.2"},
        {"%{}", MacroPlace::domain_spec, 0, "RFC 7208 7.2"},
        {"%{a}.example.com", MacroPlace::domain_spec, 0, "RFC 7208 7.2"},
        {"%{c}", MacroPlace::domain_spec, 0, "RFC 7208 7.2"},
        {"x.%{t}", MacroPlace::domain_spec, 2, "RFC 7208 7.2"},
        {"a b", MacroPlace::modifier, 1, "RFC 7208 7.1"},
        {"a\tb", MacroPlace::explanation, 1, "RFC 7208 7.1"},
        {"caf\xc3\xa9", MacroPlace::explanation, 3, "RFC 7208 7.1"},
        {"", MacroPlace::domain_spec, 0, "RFC 7208 7.1"},
        {"com", MacroPlace::domain_spec, 0, "RFC 7208 7.1"},
        {"com.", MacroPlace::domain_spec, 0, "RFC 7208 7.1"},
        {"%{d}com", MacroPlace::domain_spec, 4, "RFC 7208 7.1"},
        {"example.123", MacroPlace::domain_spec, 8, "RFC 7208 7.1"},
        {"example.-com", MacroPlace::domain_spec, 8, "RFC 7208 7.1"},
        {"example.com-", MacroPlace::domain_spec, 8, "RFC 7208 7.1"},
        {"example.c_m", MacroPlace::domain_spec, 8, "RFC 7208 7.1"},
        {"example.com..", MacroPlace::domain_spec, 12, "RFC 7208 7.1"},
    };
    for (const auto& row : rows) {
        const auto macros = parse_macro_string(row.text, row.place);
        ASSERT_FALSE(macros) << row.text;
        EXPECT_EQ(macros.error().position, row.position) << row.text;
        EXPECT_EQ(macros.error().section, row.section) << row.text;
    }
}

TEST(MacroSyntax, AcceptedAndPrinted) {
    for (const std::string_view text :
         {"example.com", "foo:bar/baz.example.com", "example.1-2", ".com", "%{d}", "a%%", "%{i}.%{d2r.+/}",
          "%{L1R+-}.%{d}", "example.xn--zckzah", "a%_b%-.example.com.", "x%-", "x%_", "%%20.example.com"}) {
        const auto macros = parse_macro_string(text, MacroPlace::domain_spec);
        ASSERT_TRUE(macros) << text << ": " << macros.error().text;
        const auto again = parse_macro_string(to_text(*macros), MacroPlace::domain_spec);
        ASSERT_TRUE(again) << to_text(*macros);
        EXPECT_EQ(*again, *macros) << text;
    }
    // Unknown modifiers are never expanded: any letter and an empty value will do.
    EXPECT_TRUE(parse_macro_string("%{c}%{r}%{t}", MacroPlace::modifier));
    EXPECT_TRUE(parse_macro_string("", MacroPlace::modifier));
}

TEST(MacroNames, Askable) {
    EXPECT_TRUE(is_askable("a b%.example.com"));
    for (const std::string_view name : {"", ".", "a..b", ".a", "a.", "a.\xc3\xa9", "a.\n"})
        EXPECT_FALSE(is_askable(name)) << name;
    EXPECT_FALSE(is_askable(std::string_view("a\0b.example", 11)));
    EXPECT_TRUE(is_askable(std::string(63, 'a') + ".example"));
    EXPECT_FALSE(is_askable(std::string(64, 'a') + ".example"));
}

} // namespace
} // namespace bonafide::spf
