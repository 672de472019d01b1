#include "doctor/size.hpp"
#include "doctor/test_receiving.hpp"

#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

dns::Answer txt(std::vector<std::string> texts, std::uint32_t ttl = 3600) {
    auto answer = std::make_shared<dns::AnswerData>();
    answer->status = dns::Status::ok;
    answer->ttl = ttl;
    answer->txt = std::move(texts);
    return answer;
}

std::vector<Finding> judged(const Survey& all) {
    std::vector<Finding> findings;
    judge_size(all, findings);
    return findings;
}

Survey with_domain_txt(dns::Answer answer) {
    Survey all{.subject = example()};
    all.spf.txt = std::move(answer);
    return all;
}

/// A text that makes the answer for `name` exactly that long.
std::string text_for(std::size_t bytes, std::string_view name) {
    std::string text;
    while (wire_bytes(*txt({text}), name) < bytes) text += 'x';
    return text;
}

TEST(DoctorSize, BytesOnTheWire) {
    // Header 12, question 13 + 4, OPT 11.
    constexpr std::size_t empty = 12 + 13 + 4 + 11;
    EXPECT_EQ(wire_bytes(*txt({}), "example.com"), empty);
    struct Row {
        std::size_t text, record;
    };
    for (const Row row : {Row{0, 13}, Row{1, 14}, Row{255, 268}, Row{256, 270}, Row{510, 524}, Row{511, 526}})
        EXPECT_EQ(wire_bytes(*txt({std::string(row.text, 'x')}), "example.com"), empty + row.record) << row.text;
}

TEST(DoctorSize, TheDomainsTextsUpToTheBound) {
    const std::string name = "example.com";
    EXPECT_EQ(brief(judged(with_domain_txt(txt({text_for(most_unfragmented_bytes, name)})))), "");
    EXPECT_EQ(brief(judged(with_domain_txt(txt({text_for(most_unfragmented_bytes + 1, name)})))),
              "notice txt.too_long example.com");
    EXPECT_EQ(brief(judged(with_domain_txt(txt({text_for(most_comfortable_bytes, name)})))),
              "notice txt.too_long example.com");
    EXPECT_EQ(brief(judged(with_domain_txt(txt({text_for(most_comfortable_bytes + 1, name)})))),
              "warning txt.too_long example.com");
}

TEST(DoctorSize, FiveHundredRecordsAndWhatToDelete) {
    std::vector<std::string> texts{"v=spf1 -all"};
    for (int i = 0; i < 500; ++i) texts.push_back(fmt::format("verification-{}={}", i, std::string(200, 'x')));
    const std::vector<Finding> findings = judged(with_domain_txt(txt(texts)));
    ASSERT_EQ(brief(findings), "warning txt.too_long example.com");
    EXPECT_EQ(findings[0].details.size(), 5U);
    const std::string full = in_full(findings);
    EXPECT_TRUE(full.contains("records: 501"));
    EXPECT_TRUE(full.contains("for example: verification-0=")) << full;
    EXPECT_FALSE(full.contains("for example: v=spf1"));
    EXPECT_FALSE(full.contains(std::string(101, 'x')));
}

TEST(DoctorSize, AnAnswerThatIsCutShort) {
    EXPECT_EQ(brief(judged(with_domain_txt(dns::make_answer(dns::Status::truncated)))),
              "warning txt.too_long example.com");
    for (const dns::Status status : {dns::Status::timeout, dns::Status::nx_domain, dns::Status::no_data})
        EXPECT_EQ(brief(judged(with_domain_txt(dns::make_answer(status)))), "");
    EXPECT_EQ(brief(judged(Survey{.subject = example()})), "");
}

TEST(DoctorSize, OneRecordUpToTheBound) {
    const std::string policy = "_dmarc.example.com", key = "mail._domainkey.example.com";
    Survey all{.subject = example()};
    all.dmarc.own = txt({text_for(most_unfragmented_bytes, policy)});
    all.dkim.keys.push_back({.selector = "mail", .answer = txt({text_for(most_unfragmented_bytes, key)})});
    EXPECT_EQ(brief(judged(all)), "");
    all.dmarc.own = txt({text_for(most_unfragmented_bytes + 1, policy)});
    all.dkim.keys[0].answer = txt({text_for(most_unfragmented_bytes + 1, key)});
    EXPECT_EQ(brief(judged(all)),
              "notice txt.too_long _dmarc.example.com; notice txt.too_long mail._domainkey.example.com");
    EXPECT_TRUE(in_full(judged(all)).contains("above 1232 bytes"));
    all.dkim.keys[0].alias = "mail._domainkey.example.net";
    EXPECT_EQ(brief(judged(all)), "notice txt.too_long _dmarc.example.com");
}

TEST(DoctorSize, AKeyOf4096BitsIsNotTooLong) {
    Survey all{.subject = example()};
    all.dkim.keys.push_back({.selector = "mail", .answer = txt({"v=DKIM1; k=rsa; p=" + std::string(736, 'A')})});
    EXPECT_EQ(brief(judged(all)), "");
}

TEST(DoctorSize, LifetimesOfAZoneFile) {
    struct Row {
        std::uint32_t ttl;
        const char* said;
    };
    constexpr const char* is_short = "notice ttl.short example.com";
    constexpr const char* is_long = "notice ttl.long example.com";
    for (const Row row : {Row{0, is_short}, Row{1, is_short}, Row{299, is_short}, Row{300, ""}, Row{3600, ""},
                          Row{86400, ""}, Row{604799, ""}, Row{604800, is_long}, Row{2592000, is_long}}) {
        Survey all = with_domain_txt(txt({"v=spf1 mx -all"}, row.ttl));
        all.subject.all_of_dns.emplace();
        EXPECT_EQ(brief(judged(all)), row.said) << row.ttl;
    }
}

TEST(DoctorSize, LifetimesOfEachKindOfRecord) {
    for (const std::string text :
         {"@ 0 MX 10 mail", "_dmarc 0 TXT \"v=DMARC1; p=none\"", "@ 0 TXT \"v=spf1 mx -all\""}) {
        Subject subject = example();
        subject.all_of_dns.emplace();
        Survey all = survey_of("$ORIGIN example.com.\n$TTL 3600\nmail A 192.0.2.1\n" + text + "\n", subject);
        all.dmarc.own = dns::make_answer(dns::Status::no_data);
        if (text.starts_with('_')) all.dmarc.own = txt({"v=DMARC1; p=none"}, 0);
        EXPECT_EQ(brief(judged(all)), "notice ttl.short example.com") << text;
    }
    Subject subject = example();
    subject.all_of_dns.emplace();
    const Survey all = survey_of("$ORIGIN example.com.\n$TTL 3600\nmail A 192.0.2.1\n@ 2592000 MX 10 mail\n", subject);
    const std::string full = in_full(judged(all));
    EXPECT_TRUE(full.contains("may be kept for 30 days; records: 1")) << full;
    EXPECT_TRUE(full.contains("MX example.com: 2592000 seconds")) << full;
}

TEST(DoctorSize, AParkedDomainMayBeKeptForLong) {
    Subject subject = example();
    subject.all_of_dns.emplace();
    EXPECT_EQ(
        brief(judged(survey_of("$ORIGIN example.com.\n$TTL 1209600\n@ MX 0 .\n@ TXT \"v=spf1 -all\"\n", subject))), "");
}

TEST(DoctorSize, AZoneFileOfEitherForm) {
    Subject subject = example();
    subject.all_of_dns.emplace();
    EXPECT_EQ(brief(judged(survey_of(R"({"example.com": {"TXT": ["v=spf1 -all"]}})", subject))), "");
    const Survey all = survey_of("$ORIGIN example.com.\n$TTL 60\n@ TXT \"v=spf1 -all\"\n", subject);
    const std::vector<Finding> findings = judged(all);
    EXPECT_EQ(brief(findings), "notice ttl.short example.com");
    EXPECT_TRUE(in_full(findings).contains("TXT example.com: 60 seconds"));
}

TEST(DoctorSize, TheServersKnowTheLifetimeAndACacheDoesNot) {
    Survey all = with_domain_txt(txt({"v=spf1 -all"}, 7)); // what a cache has left
    all.dmarc.own = txt({"v=DMARC1; p=reject"}, 7);
    EXPECT_EQ(brief(judged(all)), "");
    ZoneServer server;
    server.answers[{"example.com", dns::Type::txt}] = txt({"v=spf1 -all"}, 3600);
    server.answers[{"_dmarc.example.com", dns::Type::txt}] = txt({"v=DMARC1; p=reject"}, 60);
    all.servers.servers = {server, ZoneServer{}};
    const std::vector<Finding> findings = judged(all);
    EXPECT_EQ(brief(findings), "notice ttl.short example.com");
    const std::string full = in_full(findings);
    EXPECT_TRUE(full.contains("60 seconds only; records: 1")) << full;
    EXPECT_TRUE(full.contains("TXT _dmarc.example.com: 60 seconds"));
}

TEST(DoctorSize, ManyShortLifetimesAreCounted) {
    Survey all{.subject = example()};
    all.subject.all_of_dns.emplace();
    for (int i = 0; i < 9; ++i) all.dkim.keys.push_back({.selector = fmt::format("s{}", i), .answer = txt({"p="}, 30)});
    const std::vector<Finding> findings = judged(all);
    ASSERT_EQ(brief(findings), "notice ttl.short example.com");
    EXPECT_EQ(findings[0].details.size(), 5U);
    EXPECT_TRUE(in_full(findings).contains("records: 9"));
}

} // namespace
} // namespace bonafide::doctor
