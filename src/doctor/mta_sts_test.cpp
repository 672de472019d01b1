#include "doctor/test_receiving.hpp"

#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

constexpr std::string_view sound = "version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n";

struct PolicyRow {
    const char* name;
    std::string text;
    const char* read; ///< "enforce 604800 mail.example.com", or "!" and the position
};

std::string read(const Expected<StsPolicy>& policy) {
    if (!policy) return fmt::format("!{}", policy.error().position);
    constexpr std::array<std::string_view, 3> modes{"none", "testing", "enforce"};
    return fmt::format("{} {} {}", modes.at(static_cast<std::size_t>(policy->mode)), policy->max_age,
                       fmt::join(policy->mx, ","));
}

std::vector<PolicyRow> policies() {
    const std::string with_mx = "version: STSv1\nmode: enforce\nmax_age: 1\nmx: "; // 44 bytes
    return {
        {"sound", std::string(sound), "enforce 604800 mail.example.com"},
        {"CRLF", "version: STSv1\r\nmode: testing\r\nmx: *.example.com\r\nmax_age: 86400\r\n",
         "testing 86400 *.example.com"},
        {"no end of line", "version: STSv1\nmode: none\nmax_age: 0", "none 0 "},
        {"no blanks", "version:STSv1\nmode:enforce\nmx:a.example.com\nmax_age:1", "enforce 1 a.example.com"},
        {"blanks and tabs behind", "version: \tSTSv1 \nmode: enforce\t\nmx:   a.example.com  \nmax_age: 1 \r\n",
         "enforce 1 a.example.com"},
        {"any order", "max_age: 1\nmx: a.example.com\nmode: enforce\nversion: STSv1\n", "enforce 1 a.example.com"},
        {"several hosts, upper case",
         "version: STSv1\nmode: enforce\nmx: A.Example.com\nmx: b.example.com\nmax_age: 1\n",
         "enforce 1 a.example.com,b.example.com"},
        {"unknown keys", std::string(sound) + "x-note: caf\xc3\xa9 au lait\n", "enforce 604800 mail.example.com"},
        {"empty lines", "\n" + std::string(sound) + "\r\n \n", "enforce 604800 mail.example.com"},
        {"the first mode counts", std::string(sound) + "mode: none\n", "enforce 604800 mail.example.com"},
        {"the first version counts", std::string(sound) + "version: STSv2\n", "enforce 604800 mail.example.com"},
        {"none with hosts", "version: STSv1\nmode: none\nmx: a.example.com\nmax_age: 1", "none 1 a.example.com"},
        {"longest age", "version: STSv1\nmode: none\nmax_age: 31557600", "none 31557600 "},
        {"one past it", "version: STSv1\nmode: none\nmax_age: 31557601", "!35"},
        {"eleven digits", "version: STSv1\nmode: none\nmax_age: 00000000001", "!35"},
        {"no number", "version: STSv1\nmode: none\nmax_age: 1d", "!35"},
        {"empty", "", "!0"},
        {"no version", "mode: none\nmax_age: 1\n", "!0"},
        {"no mode", "version: STSv1\nmax_age: 1\n", "!0"},
        {"no age", "version: STSv1\nmode: none\n", "!0"},
        {"no host", "version: STSv1\nmode: enforce\nmax_age: 1\n", "!0"},
        {"no host in testing", "version: STSv1\nmode: testing\nmax_age: 1\n", "!0"},
        {"another version", "version: STSv2\nmode: none\nmax_age: 1\n", "!9"},
        {"version in lower case", "version: stsv1\nmode: none\nmax_age: 1\n", "!9"},
        {"key in capitals", "Version: STSv1\nmode: none\nmax_age: 1\n", "!0"},
        {"another mode", "version: STSv1\nmode: report\nmax_age: 1\n", "!21"},
        {"no colon", "version: STSv1\nmode none\nmax_age: 1\n", "!15"},
        {"blank in front", " version: STSv1\nmode: none\nmax_age: 1\n", "!0"},
        {"blank before the colon", "version : STSv1\nmode: none\nmax_age: 1\n", "!0"},
        {"no value", "version: STSv1\nmode:\nmax_age: 1\n", "!19"},
        {"byte order mark", "\xef\xbb\xbf" + std::string(sound), "!0"},
        {"CR alone", "version: STSv1\rmode: none\rmax_age: 1\r", "!14"},
        {"a NUL", std::string("version: STSv1\nmode: none\nmax_age: 1\0", 37), "!36"},
        {"Latin-1", std::string(sound) + "note: caf\xe9\n", "!75"},
        {"a web page", "<!doctype html>\n<html>", "!0"},
        {"host with a final dot", with_mx + "a.example.com.", "!44"},
        {"single label", with_mx + "mail", "!44"},
        {"wildcard in the middle", with_mx + "a.*.example.com", "!44"},
        {"wildcard as a part", with_mx + "mx*.example.com", "!44"},
        {"wildcard alone", with_mx + "*.", "!44"},
        {"wildcard without a dot", with_mx + "*example.com", "!44"},
        {"two hosts in one line", with_mx + "a.example.com b.example.com", "!44"},
        {"two hosts with a comma", with_mx + "a.example.com,b.example.com", "!44"},
        {"U-label", with_mx + "m\xc3\xbcll.example.com", "!44"},
        {"A-label", with_mx + "xn--mll-hoa.example.com", "enforce 1 xn--mll-hoa.example.com"},
    };
}

TEST(DoctorMtaSts, PoliciesAreReadToTheLetter) {
    for (const PolicyRow& row : policies()) EXPECT_EQ(read(parse_sts_policy(row.text)), row.read) << row.name;
}

TEST(DoctorMtaSts, PoliciesUpToTheBoundsAreRead) {
    std::string longest = std::string(sound) + "note: ";
    longest.resize(most_sts_bytes, 'x');
    EXPECT_TRUE(parse_sts_policy(longest).has_value());
    EXPECT_FALSE(parse_sts_policy(longest + "x").has_value());

    std::string hosts = "version: STSv1\nmode: enforce\nmax_age: 1\n";
    for (std::size_t i = 0; i < most_sts_hosts; ++i) hosts += "mx: a.example.com\n";
    ASSERT_TRUE(parse_sts_policy(hosts).has_value());
    EXPECT_EQ(parse_sts_policy(hosts)->mx.size(), most_sts_hosts);
    EXPECT_FALSE(parse_sts_policy(hosts + "mx: a.example.com\n").has_value());
}

TEST(DoctorMtaSts, AWildcardStandsForOneLabel) {
    const StsPolicy policy{.mx = {"*.example.com", "mail.example.net"}};
    for (const char* const host : {"mail.example.com", "MAIL.Example.COM", "mail.example.com.", "mail.example.net"})
        EXPECT_TRUE(matches(policy, host)) << host;
    for (const char* const host :
         {"example.com", "a.b.example.com", "xexample.com", "mail.example.org", "b.example.net", "", "com"})
        EXPECT_FALSE(matches(policy, host)) << host;
}

TEST(DoctorMtaSts, RecordsAreReadToTheLetter) {
    const std::string longest(most_sts_id, 'a');
    for (const std::string& text : std::vector<std::string>{
             "v=STSv1; id=1", "v=STSv1; id=20160831085700Z;", "v=STSv1;id=a", "v=STSv1 ;\tid=a ; ",
             "v=STSv1; id=" + longest, "v=STSv1; x-y.z=!?; id=1", "v=STSv1; id=1; id=???", "v=STSv1; id=1; ID=-"})
        EXPECT_TRUE(check_sts_record(text).has_value()) << text;
    struct Row {
        std::string text;
        std::size_t position;
    };
    for (const Row& row : std::vector<Row>{{"", 0},
                                           {"v=STSv1", 7},
                                           {"v=STSv1;", 8},
                                           {"V=STSv1; id=1", 0},
                                           {"v=stsv1; id=1", 0},
                                           {" v=STSv1; id=1", 0},
                                           {"id=1; v=STSv1", 0},
                                           {"v=STSv12; id=1", 7},
                                           {"v=STSv1, id=1", 7},
                                           {"v=STSv1 id=1", 8},
                                           {"v=STSv1; ID=1", 13},
                                           {"v=STSv1; id=", 9},
                                           {"v=STSv1; id =1", 9},
                                           {"v=STSv1; id=2026-11-23", 9},
                                           {"v=STSv1; id=1=2", 9},
                                           {"v=STSv1; id=\xc3\xa9", 9},
                                           {"v=STSv1;; id=1", 8},
                                           {"v=STSv1; id=1 2", 14},
                                           {"v=STSv1; id=" + longest + "a", 9},
                                           {"v=STSv1; id=\"1\"", 9},
                                           {"v=STSv1; =1; id=1", 9}}) {
        const auto checked = check_sts_record(row.text);
        ASSERT_FALSE(checked.has_value()) << row.text;
        EXPECT_EQ(checked.error().position, row.position) << row.text << ": " << checked.error().text;
    }
}

struct Row {
    const char* name;
    const char* zone;        ///< JSON, beside an MX to mail.example.com
    const char* policy;      ///< null: no document
    const char* said;        ///< brief()
    const char* phrase = ""; ///< in in_full()
};

#define RECORD R"("_mta-sts.example.com": {"TXT": ["v=STSv1; id=1"]}, "mta-sts.example.com": {"A": ["192.0.2.81"]})"
#define HOST R"("mta-sts.example.com": {"A": ["192.0.2.81"]})"

const Row rows[] = {
    // Healthy, or nobody's matter.
    {"none", R"("x.example.com": {})", nullptr, ""},
    {"record, nobody could fetch", RECORD, nullptr, ""},
    {"in order", RECORD, "version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n",
     "ok mta_sts.ok mta-sts.example.com"},
    {"in order, by a wildcard", RECORD, "version: STSv1\nmode: enforce\nmx: *.example.com\nmax_age: 604800\n",
     "ok mta_sts.ok mta-sts.example.com"},
    {"switched off", RECORD, "version: STSv1\nmode: none\nmax_age: 86400\n", "ok mta_sts.ok mta-sts.example.com",
     "switched off"},
    {"a short age", RECORD, "version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 86399\n",
     "notice mta_sts.short_age mta-sts.example.com", "for a short time only: max_age: 86399"},
    {"a short age, switched off", RECORD, "version: STSv1\nmode: none\nmax_age: 60\n",
     "ok mta_sts.ok mta-sts.example.com"},
    {"a wildcard that answers every name", R"("_mta-sts.example.com": {"TXT": ["v=spf1 -all"]})", nullptr, ""},
    {"a version of the future beside",
     R"("_mta-sts.example.com": {"TXT": ["v=STSv2; id=1", "v=STSv1; id=1"]}, "mta-sts.example.com": {"A": ["192.0.2.81"]})",
     nullptr, ""},
    {"record by an alias",
     R"("_mta-sts.example.com": {"CNAME": "_mta-sts.example.net"}, "_mta-sts.example.net": {"TXT": ["v=STSv1; id=1"]}, )" HOST,
     nullptr, ""},
    {"bogus", R"("_mta-sts.example.com": {"BOGUS": true})", nullptr, ""},
    {"the host does not answer",
     R"("_mta-sts.example.com": {"TXT": ["v=STSv1; id=1"]}, "mta-sts.example.com": {"TIMEOUT": true})", nullptr, ""},
    // The record.
    {"no id", R"("_mta-sts.example.com": {"TXT": ["v=STSv1"]}, )" HOST, nullptr,
     "error mta_sts.syntax _mta-sts.example.com",
     "+ _mta-sts.example.com TXT v=STSv1; id=1763913600\n- _mta-sts.example.com TXT v=STSv1\n"},
    {"id with a hyphen", R"("_mta-sts.example.com": {"TXT": ["v=STSv1; id=2026-11"]}, )" HOST, nullptr,
     "error mta_sts.syntax _mta-sts.example.com", "id is not 1 to 32 letters and digits"},
    {"version in lower case", R"("_mta-sts.example.com": {"TXT": ["v=stsv1; id=1"]}, )" HOST, nullptr,
     "error mta_sts.syntax _mta-sts.example.com"},
    {"without v=", R"("_mta-sts.example.com": {"TXT": ["STSv1; id=1"]}, )" HOST, nullptr,
     "error mta_sts.syntax _mta-sts.example.com"},
    {"quoted twice", R"("_mta-sts.example.com": {"TXT": ["\"v=STSv1; id=1\""]}, )" HOST, nullptr,
     "error mta_sts.syntax _mta-sts.example.com"},
    {"two", R"("_mta-sts.example.com": {"TXT": ["v=STSv1; id=1", "v=STSv1; id=2"]}, )" HOST, nullptr,
     "error mta_sts.syntax _mta-sts.example.com", "more than one MTA-STS record at _mta-sts.example.com: 2"},
    {"no answer", R"("_mta-sts.example.com": {"TIMEOUT": true})", nullptr,
     "warning dns.unanswered _mta-sts.example.com"},
    {"broken, and a policy with a mistake", R"("_mta-sts.example.com": {"TXT": ["v=STSv1"]}, )" HOST, "mode: none",
     "error mta_sts.syntax _mta-sts.example.com; error mta_sts.syntax mta-sts.example.com"},
    {"a policy without a record", R"("x.example.com": {})", "version: STSv1\nmode: none\nmax_age: 86400\n",
     "warning mta_sts.syntax _mta-sts.example.com; ok mta_sts.ok mta-sts.example.com",
     "+ _mta-sts.example.com TXT v=STSv1; id=1763913600\n"},
    // The policy.
    {"no host for it", R"("_mta-sts.example.com": {"TXT": ["v=STSv1; id=1"]})", nullptr,
     "error mta_sts.policy_missing mta-sts.example.com", "mta-sts.example.com has no address"},
    {"unreadable", RECORD, "version: STSv1\nmode: enforced\nmx: mail.example.com\nmax_age: 604800\n",
     "error mta_sts.syntax mta-sts.example.com", "line 2: the mode is none of"},
    {"empty", RECORD, "", "error mta_sts.syntax mta-sts.example.com", "line 1: there is no line \"version: STSv1\""},
    {"host not listed", RECORD, "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n",
     "error mta_sts.mx_mismatch mta-sts.example.com",
     "mx: mail.example.com\nthis line of the policy fits no MX host: mx: mx.example.com\n"},
    {"the wildcard does not hold the domain itself", RECORD,
     "version: STSv1\nmode: enforce\nmx: *.mail.example.com\nmax_age: 604800\n",
     "error mta_sts.mx_mismatch mta-sts.example.com", "do not deliver to that host"},
    {"testing", RECORD, "version: STSv1\nmode: testing\nmx: mail.example.com\nmax_age: 604800\n",
     "warning mta_sts.testing mta-sts.example.com", "Set the mode to enforce"},
    {"testing, host not listed", RECORD, "version: STSv1\nmode: testing\nmx: mx.example.net\nmax_age: 604800\n",
     "warning mta_sts.mx_mismatch mta-sts.example.com; warning mta_sts.testing mta-sts.example.com", "In enforce mode"},
};
#undef RECORD
#undef HOST

Survey survey_with(std::string_view zone) {
    return survey_of(fmt::format(
        R"({{"example.com": {{"MX": [[10, "mail.example.com"]]}}, "mail.example.com": {{"A": ["192.0.2.10"]}}, {}}})",
        zone));
}

TEST(DoctorMtaSts, EveryRow) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Survey all = survey_with(row.zone);
        if (row.policy != nullptr) all.mta_sts.document = {.tried = true, .body = row.policy};
        std::vector<Finding> findings;
        judge_mta_sts(all, findings);
        EXPECT_EQ(brief(findings), row.said);
        EXPECT_TRUE(in_full(findings).contains(row.phrase)) << in_full(findings);
    }
}

TEST(DoctorMtaSts, WhatFetchingCanMeet) {
    struct Fetched {
        const char* name;
        PolicyDocument document;
        const char* said;
        const char* phrase = "";
    };
    const char* const missing = "error mta_sts.policy_missing mta-sts.example.com";
    const std::string body(sound);
    const Fetched fetched[] = {
        {"as it should be",
         {.tried = true, .body = body, .content_type = "text/plain; charset=utf-8", .http_status = 200},
         "ok mta_sts.ok mta-sts.example.com"},
        {"type in capitals",
         {.tried = true, .body = body, .content_type = "Text/Plain", .http_status = 200},
         "ok mta_sts.ok mta-sts.example.com"},
        {"not tried", {}, ""},
        {"a fault",
         {.tried = true, .fault = "the certificate is of another name"},
         missing,
         "the certificate is of another name\n"},
        {"not found",
         {.tried = true, .body = "no", .content_type = "text/plain", .http_status = 404},
         missing,
         "with status 404"},
        {"redirect", {.tried = true, .http_status = 301}, missing, "with status 301"},
        {"a web page",
         {.tried = true, .body = "<html>", .content_type = "text/html", .http_status = 200},
         missing,
         "its type is text/html"},
        {"a type that begins alike",
         {.tried = true, .body = body, .content_type = "text/plainly", .http_status = 200},
         missing},
    };
    for (const Fetched& one : fetched) {
        SCOPED_TRACE(one.name);
        Survey all = survey_with(
            R"("_mta-sts.example.com": {"TXT": ["v=STSv1; id=1"]}, "mta-sts.example.com": {"A": ["192.0.2.81"]})");
        all.mta_sts.document = one.document;
        std::vector<Finding> findings;
        judge_mta_sts(all, findings);
        EXPECT_EQ(brief(findings), one.said);
        EXPECT_TRUE(in_full(findings).contains(one.phrase)) << in_full(findings);
    }
}

TEST(DoctorMtaSts, AnAgeOfADayIsNotShort) {
    Survey all = survey_with(R"("_mta-sts.example.com": {"TXT": ["v=STSv1; id=1"]})");
    all.mta_sts.document = {.tried = true,
                            .body = fmt::format("version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: {}\n",
                                                std::uint32_t{least_sts_age})};
    std::vector<Finding> findings;
    judge_mta_sts(all, findings);
    EXPECT_FALSE(in_full(findings).contains("is short"));
}

} // namespace
} // namespace bonafide::doctor
