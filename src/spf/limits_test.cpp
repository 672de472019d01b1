// Each bound at its limit and one past it (RFC 7208 4.6.4 and rows of base/limits.hpp).
#include "spf/test_zone.hpp"

#include <gtest/gtest.h>

namespace bonafide::spf {
namespace {

using testing::check;
using testing::check_record;
using testing::request;

std::string repeated(std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

TEST(LookupLimit, TermsOfAllRecordsTogether) {
    const std::string_view a = "b A 192.0.2.9\n";
    const Outcome at = check_record("v=spf1" + repeated(" a:b.example.com", 10) + " ip4:192.0.2.1", a);
    EXPECT_EQ(at.result, Result::pass);
    EXPECT_EQ(at.lookups, 10U);
    const Outcome past =
        check_record("v=spf1" + repeated(" a:b.example.com", 10) + " exists:b.example.com ip4:192.0.2.1", a);
    EXPECT_EQ(past.result, Result::permerror);
    EXPECT_EQ(past.cause.code, Code::too_many_lookups);
    EXPECT_EQ(past.cause.term, "exists:b.example.com");
    EXPECT_EQ(past.lookups, 11U);
    // Ten in the included record and the include itself; the match before the eleventh passes.
    const std::string inner = "i TXT \"v=spf1" + repeated(" a:b.example.com", 10) + "\"\n" + std::string(a);
    EXPECT_EQ(check_record("v=spf1 include:i.example.com -all", inner).cause.domain, "i.example.com");
    EXPECT_EQ(check_record("v=spf1 ip4:192.0.2.1 include:i.example.com -all", inner).result, Result::pass);
    // Terms that need no DNS are not counted.
    EXPECT_EQ(check_record("v=spf1" + repeated(" ip4:198.51.100.1 ip6:2001:db8::1", 50) + " -all").result,
              Result::fail);
}

TEST(LookupLimit, EndsLoops) {
    for (const std::string_view record :
         {"v=spf1 redirect=example.com", "v=spf1 include:example.com -all", "v=spf1 include:%{d} ?all"}) {
        const Outcome outcome = check_record(record);
        EXPECT_EQ(outcome.result, Result::permerror) << record;
        EXPECT_EQ(outcome.cause.code, Code::too_many_lookups) << record;
    }
}

TEST(LookupLimit, RedirectAndReverseLookupCount) {
    const std::string_view names = "b A 192.0.2.9\nr TXT \"v=spf1 ip4:192.0.2.1\"\nunknown A 192.0.2.1\n";
    EXPECT_EQ(check_record("v=spf1" + repeated(" a:b.example.com", 9) + " redirect=r.example.com", names).result,
              Result::pass);
    const Outcome redirect =
        check_record("v=spf1" + repeated(" a:b.example.com", 10) + " redirect=r.example.com", names);
    EXPECT_EQ(redirect.cause.code, Code::too_many_lookups);
    EXPECT_EQ(redirect.cause.term, "redirect=r.example.com");
    EXPECT_EQ(check_record("v=spf1" + repeated(" a:b.example.com", 8) + " a:%{p}.example.com", names).result,
              Result::pass);
    EXPECT_EQ(check_record("v=spf1" + repeated(" a:b.example.com", 9) + " a:%{p}.example.com", names).cause.code,
              Code::too_many_lookups);
}

TEST(VoidLimit, TwoAreAllowed) {
    const Outcome at = check_record("v=spf1 exists:a.%{d} mx:b.%{d} -all");
    EXPECT_EQ(at.result, Result::fail);
    EXPECT_EQ(at.void_lookups, 2U);
    const Outcome past = check_record("v=spf1 exists:a.%{d} exists:b.%{d} a:c.%{d} -all");
    EXPECT_EQ(past.result, Result::permerror);
    EXPECT_EQ(past.cause.code, Code::too_many_void_lookups);
    EXPECT_EQ(past.cause.term, "a:c.%{d}");
    EXPECT_EQ(past.void_lookups, 3U);
    // A name without records of the type counts as well, and so does a missing reverse name.
    EXPECT_EQ(check_record("v=spf1 a:x.example.com a:x.example.com ptr -all", "x AAAA 2001:db8::1").cause.term, "ptr");
}

TEST(VoidLimit, IsConfigurable) {
    Request r = request("192.0.2.1", "u@example.com");
    r.limits.spf_void_lookups = 3;
    EXPECT_EQ(check(r, "$TTL 1\nexample.com. TXT \"v=spf1 a:a.%{d} a:b.%{d} a:c.%{d} -all\"\n").result, Result::fail);
}

TEST(MxLimit, ElevenNamesArePermerrorWhateverMatches) {
    std::string names;
    for (int i = 0; i < 10; ++i) names += "@ MX " + std::to_string(i) + " h" + std::to_string(i) + "\n";
    names += "h0 A 192.0.2.1\nh9 A 192.0.2.9\n";
    EXPECT_EQ(check_record("v=spf1 mx -all", names, "192.0.2.9").result, Result::pass);
    const Outcome past = check_record("v=spf1 mx -all", names + "@ MX 11 h10\n");
    EXPECT_EQ(past.result, Result::permerror);
    EXPECT_EQ(past.cause.code, Code::too_many_mx);
    EXPECT_EQ(past.cause.term, "mx");
    EXPECT_EQ(past.cause.section, "RFC 7208 4.6.4");
}

TEST(PtrLimit, NamesBeyondTheTenthAreIgnored) {
    std::string names = "n A 192.0.2.1\n";
    for (int i = 0; i < 9; ++i) names += "1.2.0.192.in-addr.arpa. PTR x" + std::to_string(i) + ".example.net.\n";
    EXPECT_EQ(check_record("v=spf1 ptr -all", names + "1.2.0.192.in-addr.arpa. PTR n\n").result, Result::pass);
    names += "1.2.0.192.in-addr.arpa. PTR x9.example.net.\n";
    EXPECT_EQ(check_record("v=spf1 ptr -all", names + "1.2.0.192.in-addr.arpa. PTR n\n").result, Result::fail);
}

TEST(RecordLimit, Bytes) {
    Request r = request("192.0.2.1", "u@example.com");
    const std::string record = "v=spf1 ip4:192.0.2.1 -all";
    const std::string zone = "$TTL 1\nexample.com. TXT \"" + record + "\"\n";
    r.limits.spf_record_bytes = static_cast<std::uint32_t>(record.size());
    EXPECT_EQ(check(r, zone).result, Result::pass);
    --r.limits.spf_record_bytes;
    const Outcome past = check(r, zone);
    EXPECT_EQ(past.result, Result::permerror);
    EXPECT_EQ(past.cause.code, Code::record_too_long);
}

TEST(ExplanationLimit, Bytes) {
    Request r = request("192.0.2.1", "u@example.com");
    const std::string zone =
        "$TTL 1\nexample.com. TXT \"v=spf1 -all exp=x.example.com\"\nx.example.com. TXT \"12345678\"\n";
    r.limits.spf_explanation_bytes = 8;
    EXPECT_EQ(check(r, zone).explanation, "12345678");
    r.limits.spf_explanation_bytes = 7;
    EXPECT_EQ(check(r, zone).explanation, "1234567");
}

} // namespace
} // namespace bonafide::spf
