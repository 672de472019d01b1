#include "authres/authres.hpp"

#include <gtest/gtest.h>

namespace bonafide::authres {
namespace {

using namespace std::string_literals;

/// One line for a field, to compare with: id/version; method/version=result (reason) type.name=value ...
std::string show(const Expected<Field>& field) {
    if (!field) return "error";
    std::string text = field->authserv_id + (field->version.empty() ? "" : "/" + field->version);
    for (const MethodResult& result : field->results) {
        text += "; " + result.method + (result.version.empty() ? "" : "/" + result.version) + "=" + result.result;
        if (!result.reason.empty()) text += " (" + result.reason + ")";
        for (const Property& property : result.properties)
            text += " " + property.type + "." + property.name + "=" + property.value;
    }
    return text;
}

struct Row {
    std::string value;
    const char* shown;
};

const Row rows[] = {
    // RFC 8601 B.2 to B.7
    {" example.org 1; none", "example.org/1"},
    {"example.com;\r\n          spf=pass smtp.mailfrom=example.net", "example.com; spf=pass smtp.mailfrom=example.net"},
    {"example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n spf=pass smtp.mailfrom=example.net",
     "example.com; auth=pass smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net"},
    {"example.com; dkim=pass reason=\"good signature\"\r\n header.i=@mail-router.example.net",
     "example.com; dkim=pass (good signature) header.i=@mail-router.example.net"},
    {"foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
     "  policy (A dot can go here) . (like that) expired\r\n  (this surprised me) = (as I wasn't expecting it) "
     "1362471462",
     "foo.example.net/1; dkim/1=fail policy.expired=1362471462"},
    // the forms of standards in use
    {"example.com 1; dkim (x;y) = pass (c) header . d = \"a;b\"", "example.com/1; dkim=pass header.d=a;b"},
    {"(c (nested \\) ) ;) \"example.com\" ; spf=pass", "example.com; spf=pass"},
    {"EXAMPLE.com; SPF=Pass SMTP.MailFrom=A@b", "EXAMPLE.com; spf=pass smtp.mailfrom=A@b"},
    {"m\u00f8x.example; dkim=pass header.d=m\u00f8x.example", "m\u00f8x.example; dkim=pass header.d=m\u00f8x.example"},
    {"a; dkim=perm_fail header.i=@b;\r\n", "a; dkim=perm_fail header.i=@b"},
    {"a; spf=pass smtp.mailfrom=\"x y\"@b", "a; spf=pass smtp.mailfrom=\"x y\"@b"},
    {"a; spf=pass smtp.mailfrom=\"x\r\n \\y\" @b", "a; spf=pass smtp.mailfrom=\"x y\"@b"},
    {"a; spf=pass smtp.mailfrom=prvs=1/x+y (c) @b.c", "a; spf=pass smtp.mailfrom=prvs=1/x+y@b.c"},
    {"a; x=y reason = (c) z", "a; x=y (z)"},
    {"a; x=y reason.b=c", "a; x=y reason.b=c"},
    {"a; x=y p.q=\"1\"p.r=2", "a; x=y p.q=1 p.r=2"},
    {"a; NONE (c)", "a"},
    {"a; none;", "a"},
    {"a; none=pass", "a; none=pass"},
    {"\"a;b\" 2;none", "a;b/2"},
    // refused
    {"", "error"},
    {"a", "error"},
    {"a;", "error"},
    {"a;;x=y", "error"},
    {"a; x=y;;", "error"},
    {"a; none; x=y", "error"},
    {"a; x=y; none", "error"},
    {"a 1.0; x=y", "error"},
    {"a b; x=y", "error"},
    {"a/job; x=y", "error"},
    {"a; x", "error"},
    {"a; x=", "error"},
    {"a; x/=y", "error"},
    {"a; x/1.0=y", "error"},
    {"a; x=\"y\"", "error"},
    {"a; -=y", "error"},
    {"a; x=y reason=\"z\"p.q=r", "error"},
    {"a; x=y p.q=r reason=z", "error"},
    {"a; x=y p.q", "error"},
    {"a; x=y p.q=", "error"},
    {"a; x=y p.q=a/b", "error"},
    {"a; x=y p.q=a=b", "error"},
    {"a; x=y p.q=2001:db8::1", "error"},
    {"a; x=y p.q=.a@b", "error"},
    {"a; x=y p.q=a@", "error"},
    {"a; x=y p.q=a@b@c", "error"},
    {"a; x=y p.q=\"r", "error"},
    {"a; x=y (c", "error"},
    {"a; x=y c)", "error"},
    {"a; x=y\r\nb", "error"},
    {"a\0; x=y"s, "error"},
    {"a; x=y p.q=\"\0\""s, "error"},
};

TEST(AuthresParse, Rows) {
    for (const Row& row : rows) {
        const auto field = parse(row.value);
        EXPECT_EQ(show(field), row.shown) << row.value << (field ? "" : ": " + field.error().text);
        if (!field) {
            EXPECT_NE(field.error().position, Error::nowhere) << row.value;
        }
    }
}

TEST(AuthresParse, ErrorPosition) {
    EXPECT_EQ(parse(" a; x=y p.q=a/b").error().position, 13u);
    EXPECT_EQ(parse("a; x=y; none").error().position, 12u);
}

TEST(AuthresParse, Limits) {
    Limits limits;
    limits.authres_results = 2;
    EXPECT_TRUE(parse("a; x=y; x=y", limits));
    EXPECT_FALSE(parse("a; x=y; x=y; x=y", limits));
    limits.comment_depth = 2;
    EXPECT_TRUE(parse("((c)) a; x=y", limits));
    EXPECT_FALSE(parse("(((c))) a; x=y", limits));
    EXPECT_TRUE(parse("a;" + std::string(limits.authres_bytes - 5, ' ') + "x=y", limits));
    EXPECT_FALSE(parse("a;" + std::string(limits.authres_bytes - 4, ' ') + "x=y", limits));
}

} // namespace
} // namespace bonafide::authres
