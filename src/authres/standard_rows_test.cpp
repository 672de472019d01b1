// The rules of RFC 8601 with their nasty cases, one row each, as far as parse_test.cpp, write_test.cpp and forged_test.cpp leave room.
#include "authres/authres.hpp"
#include "authres/deployed.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::authres {
namespace {

/// method=result type.name=value ... of each result, or why there is none.
std::string shown(std::string_view value) {
    const Expected<Field> field = parse(value);
    if (!field) return "refused: " + field.error().text;
    std::string text = field->authserv_id;
    for (const MethodResult& result : field->results) {
        text += "; " + result.method + "=" + result.result;
        for (const Property& property : result.properties)
            text += " " + property.type + "." + property.name + "=" + property.value;
    }
    return text;
}

struct Row {
    const char* name;
    const char* value;
    const char* shown;
};

TEST(AuthresStandard, GrammarAndMethods) { // RFC 8601 2.2, 2.7
    const Row rows[] = {
        {"H1 white space and comments everywhere", "example.com 1; dkim (x;y) = pass (c) header . d = \"a;b\"",
         "example.com; dkim=pass header.d=a;b"},
        {"H1 nested comments with ; and )", "(a (b;) \\) ) example.com; (;) spf=pass ((;))", "example.com; spf=pass"},
        {"H1 folded by tab and space", "example.com;\r\n\tspf=pass\r\n smtp.mailfrom\r\n\t=\r\n x.example",
         "example.com; spf=pass smtp.mailfrom=x.example"},
        {"H1 mailbox form bare", "a.example; spf=pass smtp.mailfrom=joe@x.example",
         "a.example; spf=pass smtp.mailfrom=joe@x.example"},
        {"H1 domain form bare", "a.example; dkim=pass header.i=@x.example", "a.example; dkim=pass header.i=@x.example"},
        {"H1 nothing done", "a.example; none", "a.example"},
        {"H2 unknown method, result, ptype and property", "a.example; zz=maybe qq.ww=1; spf=pass",
         "a.example; zz=maybe qq.ww=1; spf=pass"},
        {"H6 dkim=policy with a local property", "a.example; dkim=policy policy.dkim-rules=unsigned-subject",
         "a.example; dkim=policy policy.dkim-rules=unsigned-subject"},
        {"H6 iprev of IPv4", "a.example; iprev=pass policy.iprev=192.0.2.1",
         "a.example; iprev=pass policy.iprev=192.0.2.1"},
        {"H6 iprev of IPv6", "a.example; iprev=fail policy.iprev=\"2001:db8::1\"",
         "a.example; iprev=fail policy.iprev=2001:db8::1"},
        {"H6 auth", "a.example; auth=pass smtp.auth=joe@x.example smtp.mailfrom=x.example",
         "a.example; auth=pass smtp.auth=joe@x.example smtp.mailfrom=x.example"},
        {"H6 dmarc", "a.example; dmarc=fail header.from=x.example policy.dmarc=quarantine",
         "a.example; dmarc=fail header.from=x.example policy.dmarc=quarantine"},
        {"R9 arc", "a.example; arc=pass smtp.remote-ip=192.0.2.1 header.oldest-pass=0",
         "a.example; arc=pass smtp.remote-ip=192.0.2.1 header.oldest-pass=0"},
    };
    for (const Row& row : rows) EXPECT_EQ(shown(row.value), row.shown) << row.name;
    const char* refused[] = {
        "a.example; iprev=pass policy.iprev=2001:db8::1", // H1: ":" needs quotes
        "a.example; x=y p.q=a/b",                         // H1: "/" too
        "a.example; x=y p.q=a=b",                         // H1: "=" too
        "a.example; spf=pass; none",                      // H1: "none" stands alone
    };
    for (const char* value : refused) EXPECT_TRUE(shown(value).starts_with("refused: ")) << value;
}

TEST(AuthresStandard, H2Versions) { // RFC 8601 2.2, 2.6
    for (const char* known : {"", "1", "01", "0001"}) EXPECT_TRUE(is_known_version(known)) << known;
    for (const char* unknown : {"0", "00", "2", "11", "10", "99999999999999999999"})
        EXPECT_FALSE(is_known_version(unknown)) << unknown;
    EXPECT_EQ(parse("example.com 2; spf=pass").value().version, "2");
    EXPECT_EQ(parse("example.com; dmarc/2=pass").value().results.at(0).version, "2");
}

TEST(AuthresStandard, H3OursInEveryDisguise) { // RFC 8601 5
    const std::vector<std::string> ours{"example.com"};
    const std::pair<const char*, const char*> rows[] = {
        {"H3 comment before the id", "Authentication-Results: (mine) example.com; dmarc=pass"},
        {"H3 quoted id", "Authentication-Results: \"example.com\"; dmarc=pass"},
        {"H3 folded by tab", "Authentication-Results:\r\n\texample.com;\r\n\tdmarc=pass"},
        {"H3 upper case", "Authentication-Results: EXAMPLE.COM; dmarc=pass"},
        {"H3 field name in another case", "aUTHENTICATION-rESULTS: example.com; dmarc=pass"},
        {"H3 white space before the colon", "Authentication-Results : example.com; dmarc=pass"},
        {"H3 substructure", "Authentication-Results: example.com/job; dmarc=pass"},
        {"H2 unknown version", "Authentication-Results: example.com 2; spf=pass"},
        {"H2 unknown version of somebody else", "Authentication-Results: example.org 2; spf=pass"},
        {"H3 does not parse", "Authentication-Results: example.com; dmarc=pass header.from"},
    };
    for (const auto& [name, field] : rows) {
        mail::HeaderBlock header; // below one that may stay, and above another
        ASSERT_TRUE(header.add_raw("Authentication-Results: example.org; dmarc=pass"));
        ASSERT_TRUE(header.add_raw(field)) << name;
        ASSERT_TRUE(header.add_raw("Authentication-Results: example.net; dmarc=fail"));
        Judge judge(ours);
        EXPECT_EQ(forged_fields(header, judge), std::vector<std::size_t>{2}) << name;
    }
}

TEST(AuthresStandard, H7ReadingIsBounded) { // RFC 8601 7.10
    const Limits limits;
    std::string comments;
    for (int i = 0; i < 10'000; ++i) comments += "(c)";
    EXPECT_EQ(shown("a.example;" + comments + " spf=pass " + comments), "a.example; spf=pass");
    EXPECT_TRUE(parse_deployed("a.example;" + comments + " spf=pass " + comments));
    const std::string large = "a.example; spf=pass smtp.mailfrom=" + std::string(std::size_t{1} << 20, 'x');
    EXPECT_TRUE(shown(large).starts_with("refused: "));
    EXPECT_FALSE(parse_deployed(large));
    const std::string deep(limits.comment_depth + 1, '(');
    EXPECT_TRUE(shown(deep + std::string(deep.size(), ')') + "a.example; spf=pass").starts_with("refused: "));
}

} // namespace
} // namespace bonafide::authres
