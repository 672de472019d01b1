#include "doctor/record_meaning.hpp"

#include <gtest/gtest.h>

namespace bonafide::doctor {
namespace {

struct KindRow {
    const char* name;
    const char* text;
    TextKind kind;
};
TEST(RecordMeaning, KindsGoByNameAndBeginning) {
    constexpr KindRow rows[] = {
        {"example.com", "v=spf1 mx -all", TextKind::spf},
        {"example.com", "v=spf1; mx -all", TextKind::spf},
        {"example.com", "google-site-verification=abc", TextKind::other},
        {"example.com", "v=DMARC1; p=none", TextKind::other},
        {"_dmarc.example.com", "v=DMARC1; p=none", TextKind::dmarc},
        {"_dmarc.example.com", "V=dmarc1; p=none", TextKind::dmarc},
        {"_dmarc.example.com", "v=spf1 -all", TextKind::other},
        {"example.com._report._dmarc.example.net", "v=DMARC1", TextKind::dmarc},
        {"s._domainkey.example.com", "anything", TextKind::dkim},
        {"_mta-sts.example.com", "v=STSv1; id=1", TextKind::mta_sts},
        {"_mta-sts.example.com", "v=TLSRPTv1; rua=mailto:a@b.example", TextKind::other},
        {"_smtp._tls.example.com", "v=TLSRPTv1; rua=mailto:a@b.example", TextKind::tls_rpt},
    };
    for (const KindRow& row : rows) EXPECT_EQ(kind_of(row.name, row.text), row.kind) << row.name << ' ' << row.text;
}

struct Row {
    TextKind kind;
    const char* a;
    const char* b;
    bool same;
};
TEST(RecordMeaning, SpfTerms) {
    constexpr Row rows[] = {
        {TextKind::spf, "v=spf1 mx -all", "v=spf1 mx -all", true},
        {TextKind::spf, "v=spf1 mx -all", "V=SPF1  +MX  -ALL", true},
        {TextKind::spf, "v=spf1 ip4:192.0.2.1 mx -all", "v=spf1 mx ip4:192.0.2.1/32 -all", true},
        {TextKind::spf, "v=spf1 ip6:2001:db8::1 -all", "v=spf1 ip6:2001:0DB8:0::1/128 -all", true},
        {TextKind::spf, "v=spf1 ip4:192.0.2.0/24 -all", "v=spf1 ip4:192.0.2.0 -all", false},
        {TextKind::spf, "v=spf1 mx -all", "v=spf1 mx ~all", false},
        {TextKind::spf, "v=spf1 mx -all", "v=spf1 mx a -all", false},
        {TextKind::spf, "v=spf1 mx a -all", "v=spf1 mxa -all", false},
        {TextKind::spf, "v=spf1 mx -all", "v=spf1 -all mx", false}, // never reached
        {TextKind::spf, "v=spf1 mx", "v=spf1  mx", false},          // no "all": not compared
        {TextKind::spf, "v=spf1 -ip4:192.0.2.1 mx -all", "v=spf1 mx -ip4:192.0.2.1 -all", false}, // order decides
        {TextKind::spf, "v=spf1 mx -all", "v=spf10 mx -all", false},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(says_the_same(row.kind, row.a, row.b), row.same) << row.a << " | " << row.b;
        EXPECT_EQ(says_the_same(row.kind, row.b, row.a), row.same) << row.a << " | " << row.b;
    }
}

TEST(RecordMeaning, TagLists) {
    constexpr Row rows[] = {
        {TextKind::dmarc, "v=DMARC1; p=none; rua=mailto:a@b.example", "v=DMARC1;rua=mailto:a@b.example;p=none;", true},
        {TextKind::dmarc, "v=DMARC1; p=none", "v=DMARC1; p=none; adkim=r; aspf=r; pct=100; fo=0; t=n", true},
        {TextKind::dmarc, "v=DMARC1; p=none", "v=DMARC1; p=none; adkim=s", false},
        {TextKind::dmarc, "v=DMARC1; p=none", "v=DMARC1; p=reject", false},
        {TextKind::dmarc, "v=DMARC1; p=none", "v=DMARC1; p=none; p=reject", false},
        {TextKind::dmarc, "v=DMARC1; p=none", "p=none; v=DMARC1", false},
        {TextKind::dmarc, "v=DMARC1; p=none", "v=DMARC1; p=none; junk", false},
        {TextKind::dmarc, "v=DMARC1; p=none", "v=dmarc1; p=none", false},
        {TextKind::dkim, "v=DKIM1; k=rsa; p=AAAA", "p=AA AA", true},
        {TextKind::dkim, "v=DKIM1; k=rsa; p=AAAA", "v=DKIM1; n=a note; p=AAAA", true},
        {TextKind::dkim, "v=DKIM1; k=rsa; p=AAAA", "v=DKIM1; k=ed25519; p=AAAA", false},
        {TextKind::dkim, "v=DKIM1; k=rsa; p=AAAA", "v=DKIM1; k=rsa; t=y; p=AAAA", false},
        {TextKind::dkim, "v=DKIM1; k=rsa; p=AAAA", "v=DKIM1; k=rsa; p=", false},
        {TextKind::mta_sts, "v=STSv1; id=1;", "v=STSv1;id=1", true},
        {TextKind::mta_sts, "v=STSv1; id=1;", "v=STSv1; id=2;", false},
        {TextKind::tls_rpt, "v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1;rua=mailto:a@b.example", true},
        {TextKind::other, "abc", "abc", true},
        {TextKind::other, "abc", "ab c", false},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(says_the_same(row.kind, row.a, row.b), row.same) << row.a << " | " << row.b;
        EXPECT_EQ(says_the_same(row.kind, row.b, row.a), row.same) << row.a << " | " << row.b;
    }
}

TEST(RecordMeaning, TooManyTagsAreLikeNone) {
    std::string most = "v=DMARC1", beyond;
    for (int i = 0; i < 98; ++i) most += "; x" + std::to_string(i) + "=1"; // 99 tags: one below the reader's bound
    beyond = most + "; y=1";
    EXPECT_TRUE(says_the_same(TextKind::dmarc, most, most + ";"));
    EXPECT_FALSE(says_the_same(TextKind::dmarc, beyond, beyond + ";"));
}

} // namespace
} // namespace bonafide::doctor
