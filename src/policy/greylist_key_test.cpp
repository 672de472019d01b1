#include "policy/greylist.hpp"
#include "policy/test_subject.hpp"

#include <gtest/gtest.h>

namespace bonafide::policy::greylist {
namespace {

using namespace testing_subject;

struct Row {
    const char* mail_from;
    const char* normalized;
};

TEST(GreylistSender, WhatDiffersFromTryToTryGoes) { // RFC 6647 4.2
    for (const Row& row : {
             Row{"", "<>"},
             {"<>", "<>"},
             {"Ann@B.Example", "ann@b.example"},
             {"ann", "ann"},
             // tags
             {"ann+news@b.example", "ann@b.example"},
             {"+news@b.example", "+news@b.example"},
             // BATV
             {"prvs=0412ab34cd=ann@b.example", "ann@b.example"},
             {"prvs=4412AB34CD=ann+x@b.example", "ann@b.example"},
             {"prvs=ann=0412ab34cd@b.example", "ann@b.example"},
             {"prvs=ann/0412ab34cd@b.example", "ann@b.example"},
             {"prvs=1234567890=0987654321@b.example", "#@b.example"},
             {"msprvs1=18562JtrpgI3o=bounces-8@b.example", "bounces-#@b.example"},
             {"btv1==0412ab34cde==ann@b.example", "ann@b.example"},
             {"prvs=@b.example", "prvs=@b.example"},
             {"prvs==@b.example", "prvs==@b.example"},
             {"btv1==@b.example", "btv1==@b.example"},
             {"btv1==x==@b.example", "btv1==x==@b.example"},
             // VERP
             {"list-return-1234-rita=ours.example@b.example", "list-return-#-rita=ours.example@b.example"},
             {"list-return-1235-rita=ours.example@b.example", "list-return-#-rita=ours.example@b.example"},
             {"bounces+123-abcd-rita=ours.example@em.b.example", "bounces@em.b.example"},
             {"0100018f3b1c2d4e-5a6b7c8d-1111-2222-3333-444455556666-000000@amazonses.com", "#@amazonses.com"},
             {"bounce-9_html-1234-5678@b.example", "bounce-#_html-#@b.example"},
             {"3kxz4abcdeq0q1p2r3s@b.example", "#@b.example"},
             {"anna1985@b.example", "anna1985@b.example"},
             {"deadbeef@b.example", "deadbeef@b.example"},
             {"dead1beef@b.example", "#@b.example"},
             {"42@b.example", "#@b.example"},
             // SRS
             {"SRS0=abcd=XY=a.example=ann@f.example", "srs0=a.example=ann@f.example"},
             {"SRS0=wxyz=Z2=a.example=ann@f.example", "srs0=a.example=ann@f.example"},
             {"srs0+abcd=xy=a.example=ann@f.example", "srs0=a.example=ann@f.example"},
             {"SRS1=abcd=g.example==efgh=XY=a.example=ann@f.example", "srs1=g.example=a.example=ann@f.example"},
             {"srs0=abcd@f.example", "srs0=abcd@f.example"},
             {"srs1=abcd=g.example@f.example", "srs1=abcd=g.example@f.example"},
         })
        EXPECT_EQ(normalized_sender(row.mail_from), row.normalized) << row.mail_from;
}

TEST(GreylistSender, IsBounded) {
    const std::string local(100000, 'x');
    EXPECT_LE(normalized_sender(local + "@b.example").size(), most_address_bytes);
    EXPECT_LE(normalized_sender("a@" + local).size(), most_address_bytes);
    EXPECT_LE(normalized_sender(std::string(5000, '@')).size(), most_address_bytes);
    for (int c = 0; c < 256; ++c) {
        const std::string odd(3, static_cast<char>(c));
        EXPECT_EQ(normalized_sender(normalized_sender(odd)), normalized_sender(odd)) << c;
    }
}

Settings prefixes(unsigned ipv4, unsigned ipv6) {
    Settings settings;
    settings.ipv4_prefix = ipv4;
    settings.ipv6_prefix = ipv6;
    return settings;
}

Identity who(const verdict::Facts& facts, const Settings& settings = {}) {
    return identity_of(facts, settings).value_or(Identity{});
}

TEST(GreylistIdentity, TheClientsNetworkWhereNothingVouches) {
    verdict::Facts facts = inbound("a.example", "192.0.2.77");
    EXPECT_EQ(who(facts), (Identity{Identity::Kind::network, "192.0.2.0/24"}));
    EXPECT_EQ(who(inbound("a.example", "192.0.3.1")).name, "192.0.3.0/24") << "a neighbouring network is another";
    EXPECT_EQ(who(facts, prefixes(32, 64)).name, "192.0.2.77/32");
    EXPECT_EQ(who(facts, prefixes(19, 64)).name, "192.0.0.0/19");
    EXPECT_EQ(who(inbound("a.example", "2001:db8:1:2:3:4:5:6")).name, "2001:db8:1:2::/64");
    EXPECT_EQ(who(inbound("a.example", "2001:db8:1:2:3:4:5:6"), prefixes(24, 48)).name, "2001:db8:1::/48");
    facts.envelope.client.reset();
    EXPECT_FALSE(identity_of(facts, {}));
}

TEST(GreylistIdentity, TheAuthenticatedDomainWhereThereIsOne) {
    verdict::Facts facts = inbound("a.example");
    facts.spf = {spf_outcome(spf::Result::softfail, "bounce.a.example"), {}};
    facts.dkim = {signature(dkim::Result::pass, "z.example"), signature(dkim::Result::pass, "m.example"),
                  signature(dkim::Result::fail, "b.example")};
    EXPECT_EQ(who(facts), (Identity{Identity::Kind::domain, "m.example"})) << "the least name that passes";
    facts.dmarc = {evaluation(dmarc::Result::pass, "a.example"), {}};
    EXPECT_EQ(who(facts).name, "a.example");
    facts.spf = {spf_outcome(spf::Result::pass, "bounce.a.example"), {}};
    EXPECT_EQ(who(facts).name, "bounce.a.example") << "what is known at RCPT already";
    facts.spf.value->mechanism = "+all";
    EXPECT_EQ(who(facts).name, "a.example") << "a record that lets everybody names nobody";
}

TEST(GreylistKey, OfARetryFromAnotherHostOfTheNetwork) {
    verdict::Facts one = inbound("a.example", "192.0.2.1"), two = inbound("a.example", "192.0.2.200");
    one.envelope.mail_from = "list-return-17@b.example";
    two.envelope.mail_from = "list-return-18@b.example";
    EXPECT_EQ(key_of(one, "Rita@Ours.Example", {}), key_of(two, "rita@ours.example", {}));
    EXPECT_NE(key_of(one, "rita@ours.example", {}), key_of(one, "ron@ours.example", {}));
    two.envelope.mail_from = "other@b.example";
    EXPECT_NE(key_of(one, "rita@ours.example", {}), key_of(two, "rita@ours.example", {}));
    Settings by_domain;
    by_domain.sender = SenderPart::domain;
    EXPECT_EQ(key_of(one, "rita@ours.example", by_domain), key_of(two, "rita@ours.example", by_domain));
    EXPECT_EQ(key_of(one, "rita@ours.example", by_domain)->sender, "@b.example");
    two.envelope.mail_from = "";
    EXPECT_EQ(key_of(two, "rita@ours.example", by_domain)->sender, "<>");
    two.envelope.mail_from.reset();
    EXPECT_FALSE(key_of(two, "rita@ours.example", {}));
}

} // namespace
} // namespace bonafide::policy::greylist
