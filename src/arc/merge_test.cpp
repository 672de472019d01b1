#include "arc/merge.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::arc {
namespace {

using Texts = std::vector<std::string>;

Texts merge(const Texts& values, const Texts& ids = {"mx.example"}, const Limits& limits = {}) {
    mail::HeaderBlock header;
    header.add("From", " a@a.example");
    for (const std::string& value : values) header.add("Authentication-Results", " " + value);
    return merge_results(header, ids, limits);
}

TEST(Merge, AllFieldsOfOurs) { // RFC 8617 4.1.1
    EXPECT_EQ(merge({"mx.example; spf=pass smtp.mailfrom=a.example", "mx.example; dkim=pass header.d=a.example",
                     "MX.Example; dmarc=pass"}),
              (Texts{"spf=pass smtp.mailfrom=a.example", "dkim=pass header.d=a.example", "dmarc=pass"}));
    EXPECT_EQ(merge({"mx.example 1; spf=pass", "two.example; dmarc=pass"}, {"mx.example", "two.example"}),
              (Texts{"spf=pass", "dmarc=pass"}));
    EXPECT_EQ(merge({"xn--bcher-kva.example; spf=pass"}, {"b\xc3\xbc"
                                                          "cher.example"}),
              Texts{"spf=pass"});
}

TEST(Merge, FieldsThatAreNotOurs) { // R8: foreign A-R is never copied
    EXPECT_EQ(merge({"mx.example.evil.example; spf=pass", "other.example; spf=pass", "smx.example; spf=pass",
                     "mx.example/job; spf=pass", "\"evil; mx.example\"; spf=pass"}),
              Texts{});
    EXPECT_EQ(merge({"\"mx.example\"; spf=pass"}), Texts{"spf=pass"}); // the same id quoted
    EXPECT_EQ(merge({"mx.example; spf=pass"}, {}), Texts{});
}

TEST(Merge, FieldsThatDoNotParse) {
    EXPECT_EQ(merge({"mx.example", "mx.example; spf", "mx.example; spf=pass; none", "mx.example 2; spf=pass",
                     "mx.example; spf=pass smtp.mailfrom=\"", "mx.example; none", "mx.example a; spf=pass"}),
              Texts{});
    EXPECT_EQ(merge({"mx.example; spf=pass imap.x=y", "mx.example; dmarc=pass"}), Texts{"dmarc=pass"}); // RFC 8601 2.3
}

TEST(Merge, KeepsWhatWasWritten) {
    EXPECT_EQ(merge({"mx.example; (a)spf (b) / (c) 1 = (d) pass (good\r\n\tindeed) smtp (e) . (f) mailfrom = "
                     "a@a.example (g);"}),
              Texts{"spf/1=pass (good indeed) smtp.mailfrom=a@a.example (g)"});
    EXPECT_EQ(merge({"mx.example; spf=pass (ip4)reason=\"so; it\\\" is\" (sure)"}),
              Texts{"spf=pass reason=\"so; it\\\" is\" (ip4) (sure)"});
    EXPECT_EQ(merge({"mx.example; dkim=pass header.i=\"a b\"@a.example header.b=\"x/y\" policy.r=\"l\r\n ong\""}),
              Texts{"dkim=pass header.i=\"a b\"@a.example header.b=\"x/y\" policy.r=\"l ong\""});
    EXPECT_EQ(merge({"mx.example; auth=pass smtp.auth=\"\xe8\x8a\xb1\" (nested (comment) here)"}),
              Texts{"auth=pass smtp.auth=\"\xe8\x8a\xb1\" (nested (comment) here)"});
    EXPECT_EQ(merge({"mx.example; spf=pass smtp.mailfrom=a (x) @a.example"}),
              Texts{"spf=pass smtp.mailfrom=a@a.example"});
}

TEST(Merge, OneResultAMethodButForDkim) {
    EXPECT_EQ(merge({"mx.example; spf=pass; spf=fail; dkim=pass; dkim=fail", "mx.example; spf=none; dkim=none"}),
              (Texts{"spf=pass", "dkim=pass", "dkim=fail", "dkim=none"}));
}

TEST(Merge, OnlyRegisteredResultsAndVersions) { // RFC 8601 4.1, 2.6
    EXPECT_EQ(merge({"mx.example; spf=great; dkim=bogus; dmarc/2=pass; iprev=pass; dkim=PASS; spf/1=softfail"}),
              (Texts{"iprev=pass", "dkim=pass", "spf/1=softfail"}));
}

TEST(Merge, OnlyRegisteredMethods) { // RFC 8601 2.7.6
    EXPECT_EQ(merge({"mx.example; spf=pass; superspf=pass; compauth=pass; arc=pass"}), (Texts{"spf=pass", "arc=pass"}));
}

TEST(Merge, Limits) {
    Limits limits;
    limits.authres_results = 2;
    EXPECT_EQ(merge({"mx.example; dkim=pass; dkim=fail"}, {"mx.example"}, limits).size(), 2U);
    EXPECT_EQ(merge({"mx.example; dkim=pass; dkim=fail", "mx.example; dkim=none"}, {"mx.example"}, limits).size(), 2U);
    limits.authres_bytes = 40;
    EXPECT_EQ(merge({"mx.example; dkim=pass policy.x=1234567890", "mx.example; dkim=fail policy.x=123456789"},
                    {"mx.example"}, limits)
                  .size(),
              1U);
}

TEST(ResultsOf, OurOwnField) {
    authres::Field field{"mx.example", "", {}};
    EXPECT_EQ(results_of(field), Texts{});
    field.results.push_back({"spf", "", "pass", "", "", {{"smtp", "mailfrom", "a.example"}}});
    field.results.push_back(
        {"dkim", "", "fail", std::string(100, 'r'), "body (was) changed", {{"header", "d", "a;b"}}});
    EXPECT_EQ(results_of(field),
              (Texts{"spf=pass smtp.mailfrom=a.example",
                     "dkim=fail (body \\(was\\) changed) reason=" + std::string(100, 'r') + " header.d=\"a;b\""}));
}

} // namespace
} // namespace bonafide::arc
