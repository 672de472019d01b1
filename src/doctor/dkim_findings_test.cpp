#include "dkim/key_record.hpp"
#include "doctor/dkim.hpp"
#include "doctor/test_dkim.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

using namespace testing;

constexpr std::string_view domain = "example.com";

/// How much is known: the zone is all of DNS (--zone), or what servers answer.
enum class World : std::uint8_t { zone_file, servers };

struct Case {
    std::string name;
    std::string zone; ///< master file or JSON; see filled()
    std::string said; ///< see in_short()
    std::vector<std::string> selectors{};
    std::vector<std::string> keys{}; ///< "selector=type=p="
    World world = World::zone_file;
    std::string words{};  ///< that stand somewhere in the first finding
    std::string record{}; ///< the only record the first finding wants, see filled(); "-": it wants none
};

Survey survey_of(const Case& one) {
    Survey all{.subject = {.domain = std::string(domain), .selectors = one.selectors}};
    for (const std::string& key : one.keys) {
        const std::string text = filled(key);
        const std::size_t type = text.find('='), data = text.find('=', type + 1);
        all.subject.keys.push_back({.selector = text.substr(0, type),
                                    .public_key = text.substr(data + 1),
                                    .type = text.substr(type + 1, data - type - 1)});
    }
    const KnownZone dns = known(one.zone);
    if (one.world == World::zone_file) all.subject.all_of_dns = dns;
    all.dkim = dns::run(survey_dkim(all.subject), *dns.answers);
    return all;
}

std::vector<Finding> judged(const Case& one) {
    std::vector<Finding> findings;
    judge_dkim(survey_of(one), findings);
    return findings;
}

void expect_sound(const Finding& finding) {
    EXPECT_LT(rank(finding.id), ids().size()) << finding.id;
    EXPECT_FALSE(english(finding.title).empty());
    EXPECT_EQ(words_of(finding).find('{'), std::string::npos) << words_of(finding);
    if (finding.severity != Severity::ok) {
        EXPECT_FALSE(finding.why.empty() || finding.fix.empty()) << finding.id;
        EXPECT_LE(finding.severity, ids()[rank(finding.id)].usual) << finding.id;
    }
    for (const dns::Record& record : finding.records)
        if (record.type == dns::Type::txt)
            EXPECT_EQ(dkim::parse_key_record(record.value, Limits{}).code, dkim::Code::ok) << record.value;
}

void expect_cases(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        SCOPED_TRACE(one.name);
        const std::vector<Finding> findings = judged(one);
        EXPECT_EQ(in_short(findings), one.said);
        for (const Finding& finding : findings) expect_sound(finding);
        if (findings.empty()) continue;
        const std::string words = words_of(findings.front());
        if (!one.words.empty()) EXPECT_NE(words.find(one.words), std::string::npos) << words;
        if (one.record == "-") EXPECT_TRUE(findings.front().records.empty());
        if (one.record.empty() || one.record == "-") continue;
        ASSERT_EQ(findings.front().records.size(), 1U) << words;
        const dns::Record& record = findings.front().records.front();
        EXPECT_EQ(record.name + " " + record.value, filled(one.record));
    }
}

/// A zone with one TXT record at mail._domainkey.
std::string with_mail(std::string_view text) {
    return fmt::format(R"({{"mail._domainkey.example.com": {{"TXT": ["{}"]}}}})", text);
}

/// The whole of DNS, with selectors beneath _domainkey.
std::string master(std::string_view lines) {
    return fmt::format("$ORIGIN example.com.\n$TTL 300\n@ A 192.0.2.1\n{}\n", lines);
}

constexpr std::string_view mail_good = R"("mail._domainkey.example.com": {"TXT": ["v=DKIM1; k=rsa; p=$RSA"]})";

std::string beside_good(std::string_view more) { return fmt::format("{{{}, {}}}", mail_good, more); }

TEST(Dkim, HealthyDomainsAreLeftInPeace) {
    const std::string good = with_mail("v=DKIM1; k=rsa; p=$RSA");
    expect_cases({
        {"one key", good, "dkim.ok ok", {}, {}, World::zone_file, "mail: RSA, 2048 bits"},
        {"one key, asked of servers", good, "dkim.ok ok", {}, {}, World::servers},
        {"at the selector given", good, "dkim.ok ok", {"mail"}},
        {"given as a whole name", good, "dkim.ok ok", {"mail._domainkey.example.com"}, {}, World::servers},
        {"given with _domainkey", good, "dkim.ok ok", {"mail._domainkey"}},
        {"the key in use", good, "dkim.ok ok", {}, {"mail=rsa=$RSA"}},
        {"without version", with_mail("k=rsa; p=$RSA"), "dkim.ok ok"},
        {"without type", with_mail("v=DKIM1; p=$RSA"), "dkim.ok ok"},
        {"final semicolon", with_mail("v=DKIM1; k=rsa; p=$RSA;"), "dkim.ok ok"},
        {"unknown tags and notes", with_mail("v=DKIM1; k=rsa; n=a note; x=y; p=$RSA"), "dkim.ok ok"},
        {"sha256 only", with_mail("v=DKIM1; h=sha256; s=email; k=rsa; p=$RSA"), "dkim.ok ok"},
        {"4096 bits", with_mail("v=DKIM1; k=rsa; p=$RSA4096"), "dkim.ok ok"},
        {"Ed25519", with_mail("v=DKIM1; k=ed25519; p=$ED"), "dkim.ok ok", {}, {}, World::zone_file, "Ed25519, 256"},
        {"a tag of DomainKeys", with_mail("g=*; k=rsa; p=$RSA"), "dkim.ok ok", {}, {}, World::zone_file, "g="},
        {"strict identity", with_mail("v=DKIM1; t=s; p=$RSA"), "dkim.ok ok", {}, {}, World::zone_file, "t=s"},
        {"spaces in the key", with_mail("v=DKIM1; k=rsa; p= $RSA "), "dkim.ok ok"},
        {"selector of two labels", R"({"a.b._domainkey.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})", "dkim.ok ok"},
        {"an old key revoked",
         beside_good(R"("default._domainkey.example.com": {"TXT": ["v=DKIM1; p="]})"),
         "dkim.ok ok",
         {},
         {},
         World::zone_file,
         "default: revoked"},
        {"the same, asked of servers",
         beside_good(R"("default._domainkey.example.com": {"TXT": ["v=DKIM1; p="]})"),
         "dkim.ok ok",
         {},
         {},
         World::servers},
        {"the same key twice",
         beside_good(R"("s1._domainkey.example.com": {"TXT": ["v=DKIM1; p=$RSA"]})"),
         "dkim.ok ok",
         {},
         {},
         World::zone_file,
         "same key as at mail"},
        {"a key for TLS reports",
         beside_good(R"("r._domainkey.example.com": {"TXT": ["v=DKIM1; s=tlsrpt; p=$OTHER"]})"),
         "dkim.ok ok",
         {},
         {},
         World::zone_file,
         "other things than mail"},
        {"a type of tomorrow", beside_good(R"("pq._domainkey.example.com": {"TXT": ["v=DKIM1; k=mldsa; p=AAAA"]})"),
         "dkim.ok ok"},
        {"signing practices", beside_good(R"("_adsp._domainkey.example.com": {"TXT": ["dkim=all"]})"), "dkim.ok ok"},
        {"addresses for reports",
         beside_good(R"("_report._domainkey.example.com": {"TXT": ["ra=postmaster; rp=100"]})"), "dkim.ok ok"},
        {"a text that is no key", beside_good(R"("x._domainkey.example.com": {"TXT": ["hello"]})"), "dkim.ok ok"},
        {"an alias",
         R"({"s1._domainkey.example.com": {"CNAME": "k.example.net"}, "k.example.net": {"TXT": ["p=$RSA"]}})",
         "dkim.ok ok",
         {},
         {},
         World::servers,
         "by the alias k.example.net"},
        {"an alias to a provider",
         R"({"selector1._domainkey.example.com": {"CNAME": "selector1-example-com._domainkey.e.onmicrosoft.com"},
             "selector1-example-com._domainkey.e.onmicrosoft.com": {"TXT": ["v=DKIM1; k=rsa; p=$RSA;"]}})",
         "dkim.ok ok",
         {"selector1"},
         {},
         World::servers,
         "kept by Microsoft 365"},
        {"a wildcard of keys",
         master("*._domainkey TXT \"v=DKIM1; p=\" \"$RSA\""),
         "dkim.ok ok",
         {"any"},
         {},
         World::servers},
        {"another selector times out",
         beside_good(R"("s1._domainkey.example.com": {"TIMEOUT": true})"),
         "dkim.ok ok",
         {},
         {},
         World::servers},
    });
}

TEST(Dkim, NoKeyAtAll) {
    const std::string none = R"({"example.com": {"A": ["192.0.2.1"]}})";
    const std::string hidden = master("unheard-of._domainkey TXT \"v=DKIM1; k=rsa; p=AAAA\"");
    expect_cases({
        {"no selector", none, "dkim.none_found error", {}, {}, World::zone_file, "--selector NAME", "-"},
        {"no selector, asked of servers", none, "dkim.none_found error", {}, {}, World::servers},
        {"a selector is there, but unknown",
         hidden,
         "dkim.unknown_selectors notice",
         {},
         {},
         World::servers,
         "--selector NAME"},
        {"_domainkey answers for other reasons",
         R"({"_domainkey.example.com": {"TXT": ["o=-"]}})",
         "dkim.none_found error",
         {},
         {},
         World::servers},
        {"every name is there", master("* A 192.0.2.1"), "dkim.none_found error", {}, {}, World::servers},
        {"every name has a text", master("* TXT \"v=spf1 -all\""), "dkim.none_found error", {}, {}, World::servers},
        {"every name is an alias", master("* CNAME www.example.net."), "dkim.none_found error", {}, {}, World::servers},
        {"only a revoked key",
         with_mail("v=DKIM1; p="),
         "dkim.none_found error",
         {},
         {},
         World::zone_file,
         "mail: revoked"},
        {"only the wildcard revokes",
         master("*._domainkey TXT \"v=DKIM1; p=\""),
         "dkim.none_found error",
         {},
         {},
         World::servers},
        {"key without selector",
         R"({"_domainkey.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})",
         "dkim.none_found error",
         {},
         {},
         World::servers,
         "_domainkey.example.com, where nobody asks"},
        {"domain added twice",
         R"({"mail._domainkey.example.com.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})",
         "dkim.none_found error",
         {},
         {},
         World::zone_file,
         "mail._domainkey.example.com.example.com"},
        {"without _domainkey",
         R"({"mail.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})",
         "dkim.none_found error",
         {},
         {},
         World::zone_file,
         "A key stands at mail.example.com"},
        {"no DKIM at the provider yet",
         R"({"selector1._domainkey.example.com": {"CNAME": "selector1-example-com._domainkey.e.onmicrosoft.com"}})",
         "dkim.none_found error",
         {},
         {},
         World::servers,
         "at Microsoft 365"},
        {"time-out",
         R"({"_domainkey.example.com": {"TIMEOUT": true}})",
         "dns.unanswered error",
         {},
         {},
         World::servers},
        {"time-out of a usual selector",
         R"({"s1._domainkey.example.com": {"TIMEOUT": true}})",
         "dns.unanswered error",
         {},
         {},
         World::servers,
         "s1._domainkey.example.com"},
        {"time-out of a selector in the zone", R"({"x._domainkey.example.com": {"SERVFAIL": true}})",
         "dns.unanswered error"},
        {"bogus zone", R"({"_domainkey.example.com": {"BOGUS": true}})", "", {}, {}, World::servers},
        {"bogus key", R"({"mail._domainkey.example.com": {"BOGUS": true}})", "", {"mail"}, {}, World::servers},
    });
}

TEST(Dkim, TheKeyInUseIsNotThere) {
    const std::string none = R"({"example.com": {"A": ["192.0.2.1"]}})";
    const auto good = std::string(mail_good);
    expect_cases({
        {"selector given",
         none,
         "dkim.not_published error",
         {"bf2026"},
         {},
         World::zone_file,
         "no record at bf2026._domainkey",
         "-"},
        {"beside a good one", "{" + good + "}", "dkim.not_published error", {"bf2026"}},
        {"key in use",
         none,
         "dkim.not_published error",
         {},
         {"bf=rsa=$RSA"},
         World::servers,
         "Your server signs with selector bf",
         "bf._domainkey.example.com v=DKIM1; k=rsa; p=$RSA"},
        {"Ed25519 key in use",
         none,
         "dkim.not_published error",
         {},
         {"bf=ed25519=$ED"},
         World::servers,
         "",
         "bf._domainkey.example.com v=DKIM1; k=ed25519; p=$ED"},
        {"published at another selector",
         "{" + good + "}",
         "dkim.not_published error",
         {},
         {"bf=rsa=$RSA"},
         World::servers,
         "same key stands at selector mail"},
        {"domain added twice",
         R"({"m._domainkey.example.com.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})",
         "dkim.not_published error",
         {"m"},
         {},
         World::servers,
         "A key stands at m._domainkey.example.com.example.com"},
        {"without _domainkey",
         R"({"m.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})",
         "dkim.not_published error",
         {},
         {"m=rsa=$RSA"},
         World::servers,
         "A key stands at m.example.com"},
        {"without underscore",
         R"({"m.domainkey.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})",
         "dkim.not_published error",
         {"m"},
         {},
         World::servers,
         "A key stands at m.domainkey.example.com"},
        {"without selector",
         R"({"_domainkey.example.com": {"TXT": ["v=DKIM1; p=$RSA"]}})",
         "dkim.not_published error",
         {"m"},
         {},
         World::servers,
         "A key stands at _domainkey.example.com"},
        {"alias to nothing",
         R"({"m._domainkey.example.com": {"CNAME": "m.gone.example.net"}})",
         "dkim.not_published error",
         {"m"},
         {},
         World::servers,
         "m.gone.example.net",
         "-"},
        {"alias without its final dot",
         R"({"m._domainkey.example.com": {"CNAME": "m.domainkey.u1.wl.sendgrid.net.example.com"}})",
         "dkim.not_published error",
         {"m"},
         {},
         World::servers,
         "with a dot at its end"},
        {"alias to a provider that has no key",
         R"({"selector2._domainkey.example.com": {"CNAME": "selector2-example-com._domainkey.e.onmicrosoft.com"}})",
         "dkim.not_published error",
         {"selector2"},
         {},
         World::servers,
         "at Microsoft 365; it then publishes"},
        {"alias in a circle",
         R"({"m._domainkey.example.com": {"CNAME": "n.example.net"}, "n.example.net": {"CNAME": "m._domainkey.example.com"}})",
         "dkim.not_published error",
         {"m"},
         {},
         World::servers,
         "in a circle"},
        {"only the wildcard answers",
         master("*._domainkey TXT \"v=DKIM1; p=\""),
         "dkim.not_published error",
         {"m"},
         {},
         World::servers,
         "Only the wildcard *._domainkey.example.com"},
        {"only a wildcard of the zone answers",
         master("* TXT \"v=spf1 -all\""),
         "dkim.not_published error",
         {"m"},
         {},
         World::servers},
        {"longer than a name may be", none, "dkim.not_published error", {std::string(64, 'x')}, {}, World::servers},
        {"time-out",
         R"({"m._domainkey.example.com": {"TIMEOUT": true}})",
         "dns.unanswered error",
         {"m"},
         {},
         World::servers},
        {"time-out behind an alias",
         R"({"m._domainkey.example.com": {"CNAME": "k.example.net"}, "k.example.net": {"TIMEOUT": true}})",
         "dns.unanswered error",
         {"m"},
         {},
         World::servers,
         "the zone of k.example.net"},
        {"dead alias that nobody is known to use",
         "{" + good + R"(, "s2._domainkey.example.com": {"CNAME": "gone.example.net"}})",
         "dkim.dead_alias notice, dkim.ok ok",
         {},
         {},
         World::servers,
         "gone.example.net"},
    });
}

TEST(Dkim, TheWrongKeyIsThere) {
    const auto good = std::string(mail_good);
    expect_cases({
        {"another key",
         "{" + good + "}",
         "dkim.mismatch error",
         {},
         {"mail=rsa=$OTHER"},
         World::servers,
         "",
         "mail._domainkey.example.com v=DKIM1; k=rsa; p=$OTHER"},
        {"a key of another type",
         "{" + good + "}",
         "dkim.mismatch error",
         {},
         {"mail=ed25519=$ED"},
         World::servers,
         "",
         "mail._domainkey.example.com v=DKIM1; k=ed25519; p=$ED"},
        {"the key in use is elsewhere",
         beside_good(R"("old._domainkey.example.com": {"TXT": ["v=DKIM1; p=$OTHER"]})"),
         "dkim.mismatch error",
         {},
         {"mail=rsa=$OTHER"},
         World::zone_file,
         "stands at selector old"},
        {"revoked at the selector given",
         with_mail("v=DKIM1; k=rsa; p="),
         "dkim.revoked error",
         {"mail"},
         {},
         World::zone_file,
         "p= is empty",
         "-"},
        {"revoked, and the key in use is known",
         with_mail("v=DKIM1; p=;"),
         "dkim.revoked error",
         {},
         {"mail=rsa=$RSA"},
         World::zone_file,
         "",
         "mail._domainkey.example.com v=DKIM1; k=rsa; p=$RSA"},
        {"two keys",
         R"({"mail._domainkey.example.com": {"TXT": ["v=DKIM1; p=$RSA", "v=DKIM1; p=$OTHER"]}})",
         "dkim.several_records error",
         {},
         {},
         World::zone_file,
         "more than one TXT record",
         "-"},
        {"two keys, one in use",
         R"({"mail._domainkey.example.com": {"TXT": ["v=DKIM1; p=$OTHER", "v=DKIM1; p=$RSA"]}})",
         "dkim.several_records error",
         {},
         {"mail=rsa=$RSA"},
         World::zone_file,
         "Keep this one: v=DKIM1; p=" + filled("$RSA"),
         "-"},
        {"two keys, neither in use",
         R"({"mail._domainkey.example.com": {"TXT": ["v=DKIM1; p=$OTHER", "v=DKIM1; p=$RSA1024"]}})",
         "dkim.several_records error",
         {},
         {"mail=rsa=$RSA"},
         World::zone_file,
         "",
         "mail._domainkey.example.com v=DKIM1; k=rsa; p=$RSA"},
        {"a key and a revoked one",
         R"({"mail._domainkey.example.com": {"TXT": ["v=DKIM1; p=", "v=DKIM1; p=$RSA"]}})",
         "dkim.several_records error",
         {},
         {},
         World::zone_file,
         "Keep this one"},
        {"a key and an SPF text", R"({"mail._domainkey.example.com": {"TXT": ["v=spf1 -all", "v=DKIM1; p=$RSA"]}})",
         "dkim.several_records error"},
    });
    const std::string key = filled("v=DKIM1; k=rsa; p=$RSA");
    const std::string first = key.substr(0, 200), second = key.substr(200);
    for (const auto& [one, two] : {std::pair{first, second}, std::pair{second, first}})
        expect_cases({{"one key in two records",
                       fmt::format(R"({{"mail._domainkey.example.com": {{"TXT": ["{}", "{}"]}}}})", one, two),
                       "dkim.several_records error",
                       {},
                       {},
                       World::zone_file,
                       "split into several TXT records",
                       "mail._domainkey.example.com v=DKIM1; k=rsa; p=$RSA"}});
    expect_cases({{"one key in two strings",
                   fmt::format(R"({{"mail._domainkey.example.com": {{"TXT": [["{}", "{}"]]}}}})", first, second),
                   "dkim.ok ok"}});
}

TEST(Dkim, WeakKeysAndFlags) {
    expect_cases({
        {"128 bits", with_mail("v=DKIM1; p=$RSA128"), "dkim.weak error", {}, {}, World::zone_file, "has 128 bits", "-"},
        {"512 bits", with_mail("v=DKIM1; p=$RSA512"), "dkim.weak error", {}, {}, World::zone_file, "has 512 bits"},
        {"1016 bits", with_mail("v=DKIM1; p=$RSA1016"), "dkim.weak error"},
        {"1024 bits", with_mail("v=DKIM1; p=$RSA1024"), "dkim.weak warning"},
        {"2040 bits", with_mail("v=DKIM1; p=$RSA2040"), "dkim.weak warning"},
        {"beyond what receivers take", with_mail("v=DKIM1; p=$RSA4104"), "dkim.oversized warning"},
        {"1024 bits at a provider",
         R"({"selector1._domainkey.example.com": {"CNAME": "selector1-example-com._domainkey.e.onmicrosoft.com"},
             "selector1-example-com._domainkey.e.onmicrosoft.com": {"TXT": ["v=DKIM1; k=rsa; p=$RSA1024"]}})",
         "dkim.weak warning",
         {},
         {},
         World::servers,
         "Have Microsoft 365 make"},
        {"testing",
         with_mail("v=DKIM1; t=y; p=$RSA"),
         "dkim.testing notice, dkim.ok ok",
         {},
         {},
         World::zone_file,
         "t=y",
         "mail._domainkey.example.com v=DKIM1; p=$RSA"},
        {"testing, strict",
         with_mail("v=DKIM1; t=y:s; p=$RSA"),
         "dkim.testing notice, dkim.ok ok",
         {},
         {},
         World::zone_file,
         "",
         "mail._domainkey.example.com v=DKIM1; p=$RSA; t=s"},
        {"sha1 only",
         with_mail("v=DKIM1; h=sha1; k=rsa; p=$RSA"),
         "dkim.hash_restricted error",
         {},
         {},
         World::zone_file,
         "h=",
         "mail._domainkey.example.com v=DKIM1; k=rsa; p=$RSA"},
        {"not for mail",
         with_mail("v=DKIM1; s=tlsrpt; k=rsa; p=$RSA"),
         "dkim.hash_restricted error",
         {},
         {},
         World::zone_file,
         "s=",
         "mail._domainkey.example.com v=DKIM1; k=rsa; p=$RSA"},
        {"neither",
         with_mail("v=DKIM1; h=sha1; s=tlsrpt; p=$RSA"),
         "dkim.hash_restricted error",
         {},
         {},
         World::zone_file,
         "",
         "mail._domainkey.example.com v=DKIM1; p=$RSA"},
        {"not for mail, though it is given",
         beside_good(R"("r._domainkey.example.com": {"TXT": ["s=tlsrpt; p=$RSA"]})"),
         "dkim.hash_restricted error",
         {"r"}},
        {"sha1 only beside a good one", beside_good(R"("o._domainkey.example.com": {"TXT": ["h=sha1; p=$OTHER"]})"),
         "dkim.hash_restricted notice, dkim.ok ok"},
    });
}

TEST(Dkim, BrokenRecordsAreMended) {
    const std::string meant = "mail._domainkey.example.com v=DKIM1; k=rsa; p=$RSA";
    const auto row = [&](std::string name, std::string_view text, std::string words, std::string record) {
        return Case{std::move(name),  with_mail(text),  "dkim.syntax error", {}, {},
                    World::zone_file, std::move(words), std::move(record)};
    };
    expect_cases({
        row("no key", "v=DKIM1; k=rsa", "the tag p= with the key is missing", "-"),
        row("quotes", R"(\"v=DKIM1; k=rsa; p=$RSA\")", "quotes stand in it", meant),
        row("quotes at the seam", R"(v=DKIM1; k=rsa; p=$RSA\" \")", "quotes stand in it", meant),
        row("a word processor's quotes", "\\u00e2\\u0080\\u009cv=DKIM1; k=rsa; p=$RSA\\u00e2\\u0080\\u009d",
            "quotes stand in it", meant),
        row("semicolons guarded", R"(v=DKIM1\\; k=rsa\\; p=$RSA)", "backslashes stand in it", meant),
        row("semicolons by number", R"(v=DKIM1\\059 k=rsa\\059 p=$RSA)", "backslashes stand in it", meant),
        row("line ends written out", R"(v=DKIM1; k=rsa; p=$RSA\\n)", "backslashes stand in it", meant),
        row("PEM", "v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----$RSA-----END PUBLIC KEY-----", "PEM", meant),
        row("PEM alone", "-----BEGIN PUBLIC KEY-----$RSA-----END PUBLIC KEY-----", "PEM", meant),
        row("line of a zone file",
            R"(mail._domainkey IN TXT ( \"v=DKIM1; k=rsa; \" \"p=$RSA\" )  ; ----- DKIM key mail for example.com)",
            "a whole line of a zone file", meant),
        row("bare key", "$RSA", "it is the bare key", meant),
        row("version in small letters", "v=dkim1; k=rsa; p=$RSA", "v=dkim1 instead of v=DKIM1", meant),
        row("version 2", "v=DKIM2; k=rsa; p=$RSA", "v=DKIM2 instead of v=DKIM1", meant),
        row("version not first", "k=rsa; v=DKIM1; p=$RSA", "v=DKIM1 does not come first",
            "mail._domainkey.example.com v=DKIM1; p=$RSA"),
        row("two semicolons", "v=DKIM1;; k=rsa; p=$RSA", "from character 9", meant),
        row("no semicolons", "v=DKIM1 k=rsa p=$RSA", "the semicolons between its tags are missing", meant),
        row("commas", "v=DKIM1, k=rsa, p=$RSA", "the semicolons between its tags are missing", meant),
        row("tag in capitals", "v=DKIM1; k=rsa; P=$RSA", "P= is not p=", meant),
        row("tag twice", "v=DKIM1; k=rsa; k=rsa; p=$RSA", "the tag k= stands in it more than once", meant),
        row("tag name twice", "v=DKIM1; k=rsa; p=p=$RSA", "which no key has", meant),
        row("unknown type", "v=DKIM1; k=dsa; p=$RSA", "the key type dsa is not known", meant),
        row("wrong type", "v=DKIM1; k=ed25519; p=$RSA", "the key type says ed25519", meant),
        row("wrong type, the other way", "v=DKIM1; k=rsa; p=$ED", "a key of type ed25519",
            "mail._domainkey.example.com v=DKIM1; k=ed25519; p=$ED"),
        row("Ed25519 in a wrapping", "v=DKIM1; k=ed25519; p=$WRAPPED", "only its 32 octets",
            "mail._domainkey.example.com v=DKIM1; k=ed25519; p=$ED"),
        row("Ed25519 too short", "v=DKIM1; k=ed25519; p=AAAA", "has 32 octets, and p= holds 3", "-"),
        row("cut off", filled("v=DKIM1; k=rsa; p=$RSA").substr(0, 255), "was cut off", "-"),
        row("other characters", "v=DKIM1; k=rsa; p=MIIB*IjAN", "p= holds *", "-"),
        row("SPF text", "v=spf1 include:example.net -all", "no key record but v=spf1", "-"),
        row("verification text", "google-site-verification=abcdefgh", "no key record", "-"),
        row("empty", "", "it is empty", "-"),
        row("a certificate", "v=DKIM1; k=rsa; p=MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa", "certificate", "-"),
    });
    expect_cases({{"the key in use is known",
                   with_mail("v=DKIM1; k=rsa"),
                   "dkim.syntax error",
                   {},
                   {"mail=rsa=$RSA"},
                   World::zone_file,
                   "",
                   meant},
                  {"at the service",
                   R"({"m._domainkey.example.com": {"CNAME": "k.example.net"}, "k.example.net": {"TXT": ["v=DKIM1"]}})",
                   "dkim.syntax error",
                   {"m"},
                   {},
                   World::servers,
                   "Tell the service that k.example.net belongs to",
                   "-"}});
}

TEST(Dkim, APrivateKeyIsNotRepeated) {
    for (const std::string& text :
         {"v=DKIM1; k=rsa; p=" + private_data(), private_data(), ("v=DKIM1; k=rsa; p=" + private_data()).substr(0, 255),
          "v=DKIM1; p=" + base64::encode(Octets(private_pem().begin(), private_pem().end()))}) {
        const auto findings = judged({"private key", with_mail(text), ""});
        ASSERT_EQ(in_short(findings), "dkim.syntax error") << text;
        const Finding& finding = findings.front();
        EXPECT_NE(words_of(finding).find("private key"), std::string::npos) << words_of(finding);
        EXPECT_NE(english(finding.fix).find("Delete the record at once"), std::string::npos);
        EXPECT_EQ(words_of(finding).find(private_data().substr(0, 20)), std::string::npos);
        EXPECT_TRUE(finding.records.empty() && finding.remove.empty() && finding.details.empty());
    }
}

TEST(Dkim, ADomainThatSendsNothingNeedsNoKey) {
    Survey all = survey_of({"none", R"({"example.com": {"A": ["192.0.2.1"]}})", ""});
    all.mx.null_mx = true;
    std::vector<Finding> findings;
    judge_dkim(all, findings);
    EXPECT_EQ(in_short(findings), "");
}

TEST(Dkim, WhatTheLocalZoneHasIsToldOnce) {
    Survey all{.subject = {.domain = std::string(domain), .selectors = {"mail"}}};
    all.subject.local_zone = known(with_mail("v=DKIM1; k=rsa; p=$RSA"));
    const auto dns = zone(R"({"example.com": {"A": ["192.0.2.1"]}})");
    all.dkim = dns::run(survey_dkim(all.subject), *dns);
    std::vector<Finding> findings;
    judge_dkim(all, findings);
    ASSERT_EQ(in_short(findings), "dkim.not_published error");
    EXPECT_NE(words_of(findings.front()).find("its own zone has the key"), std::string::npos);
    EXPECT_EQ(findings.front().records.size(), 1U);

    // zone.not_copied carries the record, and says enough of a selector that nobody named.
    all.local_zone.differences.push_back({.name = "mail._domainkey.example.com"});
    findings.clear();
    judge_dkim(all, findings);
    ASSERT_EQ(in_short(findings), "dkim.not_published error");
    EXPECT_TRUE(findings.front().records.empty());
    all.subject.selectors.clear();
    all.dkim = dns::run(survey_dkim(all.subject), *dns);
    findings.clear();
    judge_dkim(all, findings);
    EXPECT_EQ(in_short(findings), "");
}

TEST(Dkim, KeysOfSeveralDomains) {
    const auto suffixes = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    const auto dns = zone(R"({"mail._domainkey.example.com": {"TXT": ["v=DKIM1; p=$RSA"]},
        "mail._domainkey.shop.example.com": {"TXT": ["p=$RSA"]},
        "mail._domainkey.example.org": {"TXT": ["k=rsa; p= $RSA "]},
        "mail._domainkey.example.net": {"TXT": ["v=DKIM1; p=$OTHER"]},
        "s1._domainkey.example.edu": {"CNAME": "mail._domainkey.example.com"}})");
    SharedKeys shared;
    const auto said = [&](std::string name) {
        Survey all{.subject = {.domain = std::move(name), .suffixes = suffixes}};
        all.dkim = dns::run(survey_dkim(all.subject), *dns);
        std::vector<Finding> findings;
        shared.judge(all, findings);
        for (const Finding& finding : findings) expect_sound(finding);
        return in_short(findings);
    };
    EXPECT_EQ(said("example.com"), "");
    EXPECT_EQ(said("shop.example.com"), "") << "one organization";
    EXPECT_EQ(said("example.org"), "dkim.shared_key warning");
    EXPECT_EQ(said("example.net"), "");
    EXPECT_EQ(said("example.edu"), "") << "by an alias";
}

} // namespace
} // namespace bonafide::doctor
