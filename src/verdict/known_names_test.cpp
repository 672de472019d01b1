// Likenesses of names, a row each: what is taken for whom, what is not, and what the search costs. Longer than 500 lines: rows of one table
// are not parted.
#include "base/test_cost.hpp"
#include "verdict/known_names.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using Of = KnownNames::Of;

const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

void add(KnownNames& names, Of of, std::initializer_list<std::string_view> domains) {
    for (const std::string_view domain : domains) names.add_domain(of, domain, suffixes());
}

/// Fifty names that people know.
const KnownNames& known() {
    static const KnownNames& all = [] -> const KnownNames& {
        static KnownNames names;
        add(names, Of::ours, {"contoso.com", "contoso-pharma.de", "homograph.example"});
        add(names, Of::protected_,
            {"paypal.com", "microsoft.com", "apple.com", "google.com", "amazon.com", "facebook.com", "netflix.com",
             "bankofamerica.com", "walmart.com"});
        add(names, Of::correspondent,
            {"gmail.com",  "outlook.com", "hotmail.com",   "yahoo.com",    "gmx.de",
             "web.de",     "t-online.de", "siemens.com",   "bosch.de",     "sap.com",
             "mueller.de", "comcast.net", "docusign.com",  "github.com",   "gitlab.com",
             "slack.com",  "stripe.com",  "adobe.com",     "dropbox.com",  "linkedin.com",
             "zoom.us",    "oracle.com",  "ibm.com",       "cisco.com",    "delta.com",
             "united.com", "hilton.com",  "booking.com",   "airbnb.com",   "spotify.com",
             "orange.fr",  "libero.it",   "debian.org",    "fabrikam.com", "northwindtraders.com",
             "online.de",  "mail.ru",     "site24.example"});
        return names;
    }();
    return all;
}

struct Attack {
    std::string_view name;
    std::string_view of;
    std::string_view how;
};

class Attacks : public ::testing::TestWithParam<Attack> {};

TEST_P(Attacks, AreSeen) {
    const auto like = known().look_alike(GetParam().name, suffixes());
    ASSERT_TRUE(like.has_value()) << GetParam().name;
    EXPECT_EQ(like->domain, GetParam().of) << GetParam().name;
    EXPECT_EQ(like->how, GetParam().how) << GetParam().name;
}

constexpr std::string_view alphabet = "letters of another alphabet stand for its own";

INSTANTIATE_TEST_SUITE_P(Homoglyphs, Attacks,
                         ::testing::Values(Attack{"соntоsо.com", "contoso.com", alphabet},
                                           Attack{"xn--nts-redcbp.com", "contoso.com", alphabet},
                                           Attack{"xn--pypal-4ve.com", "paypal.com", alphabet},
                                           Attack{"xn--80ak6aa92e.com", "apple.com", alphabet},
                                           Attack{"gοοgle.com", "google.com", alphabet},
                                           Attack{"mail.fаcebook.com", "facebook.com", alphabet},
                                           Attack{"microsöft.com", "microsoft.com", "its letters with other accents"},
                                           Attack{"pаypaⅼ.com", "paypal.com", alphabet},
                                           Attack{"fabrıkam.com", "fabrikam.com", "its letters with other accents"},
                                           Attack{"homogrарh.example", "homograph.example", alphabet}));

INSTANTIATE_TEST_SUITE_P(AsciiLookAlikes, Attacks,
                         ::testing::Values(Attack{"paypa1.com", "paypal.com", "1 stands for l"},
                                           Attack{"micros0ft.com", "microsoft.com", "0 stands for o"},
                                           Attack{"rnicrosoft.com", "microsoft.com", "rn stands for m"},
                                           Attack{"vvalmart.com", "walmart.com", "vv stands for w"},
                                           Attack{"clropbox.com", "dropbox.com", "cl stands for d"},
                                           Attack{"paypai.com", "paypal.com", "i stands for l"},
                                           Attack{"arnazon.com", "amazon.com", "rn stands for m"},
                                           Attack{"g00gle.com", "google.com", "0 stands for o"},
                                           Attack{"fabrikarn.com", "fabrikam.com", "rn stands for m"},
                                           Attack{"c0ntoso.co", "contoso.com", "0 stands for o"},
                                           Attack{"RNICROSOFT.COM.", "microsoft.com", "rn stands for m"},
                                           Attack{"mail.paypa1.com", "paypal.com", "1 stands for l"}));

INSTANTIATE_TEST_SUITE_P(Edits, Attacks,
                         ::testing::Values(Attack{"contosso.com", "contoso.com", "one letter added"},
                                           Attack{"contso.com", "contoso.com", "one letter left out"},
                                           Attack{"contose.com", "contoso.com", "one letter replaced"},
                                           Attack{"conotso.com", "contoso.com", "two letters swapped"},
                                           Attack{"micorsoft.com", "microsoft.com", "two letters swapped"},
                                           Attack{"mircosoft.net", "microsoft.com", "two letters swapped"},
                                           Attack{"googIe.com", "google.com", "i stands for l"},
                                           Attack{"gogle.com", "google.com", "one letter left out"},
                                           Attack{"faceb00ok.com", "facebook.com", "one letter added"},
                                           Attack{"ocntoso.com", "contoso.com", "two letters swapped"},
                                           Attack{"farbikam.com", "fabrikam.com", "two letters swapped"},
                                           Attack{"con-toso.com", "contoso.com", "one letter added"},
                                           Attack{"contoso1.com", "contoso.com", "one letter added"},
                                           Attack{"northwindtrader.com", "northwindtraders.com",
                                                  "one letter left out"}));

INSTANTIATE_TEST_SUITE_P(
    WordsAndSuffixes, Attacks,
    ::testing::Values(Attack{"contoso-login.com", "contoso.com", "the word \"login\" added"},
                      Attack{"secure-contoso.com", "contoso.com", "the word \"secure\" added"},
                      Attack{"contosologin.com", "contoso.com", "the word \"login\" added"},
                      Attack{"secure-contoso-login.net", "contoso.com", "the word \"secure\" added"},
                      Attack{"my-c0ntoso.info", "contoso.com", "the word \"my\" added"},
                      Attack{"contosogroup.com", "contoso.com", "the word \"group\" added"},
                      Attack{"paypal-verify-account.com", "paypal.com", "the word \"account\" added"},
                      Attack{"paypa1-l0gin.com", "paypal.com", "the word \"login\" added"},
                      Attack{"wwwpaypal.com", "paypal.com", "the word \"www\" added"},
                      Attack{"fabrikam-invoices.com", "fabrikam.com", "the word \"invoices\" added"},
                      Attack{"contoso.co", "contoso.com", "another top-level domain"},
                      Attack{"contoso.co.uk", "contoso.com", "another top-level domain"},
                      Attack{"paypal.online", "paypal.com", "another top-level domain"},
                      Attack{"fabrikam.co", "fabrikam.com", "another top-level domain"},
                      Attack{"fabrikam.xyz", "fabrikam.com", "another top-level domain"}));

INSTANTIATE_TEST_SUITE_P(
    WholeNames, Attacks,
    ::testing::Values(
        Attack{"contoso.com.evil.example", "contoso.com", "its whole name stands before evil.example"},
        Attack{"mail.contoso.com.evil.example", "contoso.com", "its whole name stands before evil.example"},
        Attack{"contoso-com.evil.example", "contoso.com", "its whole name stands before evil.example"},
        Attack{"www-contoso-com.evil.example", "contoso.com", "its whole name stands before evil.example"},
        Attack{"c0ntoso.com.evil.example", "contoso.com", "its whole name stands before evil.example"},
        Attack{"contoso.com-login.net", "contoso.com", "its whole name stands before com-login.net"},
        Attack{"contoso-pharma.de.evil.example", "contoso-pharma.de", "its whole name stands before evil.example"},
        Attack{"fabrikam.com.evil.example", "fabrikam.com", "its whole name stands before evil.example"}));

// Real names of firms and services of good standing, and shapes that honest names have.
constexpr std::string_view honest[] = {
    // names known themselves, or below them
    "contoso.com",
    "mail.contoso.com",
    "Contoso.COM.",
    "paypal.com",
    "e.paypal.com",
    "gmx.de",
    "site24.example",
    // other names of known firms
    "facebookmail.com",
    "googlemail.com",
    "googlegroups.com",
    "amazonses.com",
    "amazonaws.com",
    "microsoftonline.com",
    "docusign.net",
    "siemens.de",
    "siemens.fr",
    "bosch.com",
    "yahoo.co.uk",
    "yahoo.de",
    "hotmail.fr",
    "hotmail.co.uk",
    "outlook.de",
    "outlook.fr",
    "comcast.com",
    "gmx.net",
    "gmx.at",
    "orange.com",
    "orange.es",
    "libero.com",
    "web.com",
    "dropboxmail.com",
    "slack-mail.com",
    "adobesign.com",
    "spotifymail.com",
    "airbnbmail.com",
    "githubusercontent.com",
    "booking.de",
    "linkedin.cn",
    "sap.de",
    "ibm.de",
    "t-mobile.de",
    "t-online.hu",
    "telekom.de",
    "delta.de",
    // a service's name for a customer
    "contoso.onmicrosoft.com",
    "contoso.zendesk.com",
    "contoso.github.io",
    "contoso.freshdesk.com",
    "contoso.slack-edge.com",
    "fabrikam.atlassian.net",
    "contoso.myshopify.com",
    "paypal.servicenow.com",
    "mail.contoso.sendgrid.net",
    // names near to known ones that belong to others
    "disco.com",
    "ymail.com",
    "email.com",
    "mail.com",
    "mail.de",
    "black.com",
    "stack.com",
    "strip.com",
    "stride.com",
    "delta.org",
    "mercado.com",
    "moeller.de",
    "muller.com",
    "meier.de",
    "schmidt.de",
    "hinton.com",
    "milton.com",
    "unitel.com",
    "unified.com",
    "cook.com",
    "booker.com",
    "looking.com",
    "adore.com",
    "dove.com",
    "circle.com",
    "maple.com",
    "goods.com",
    "payback.de",
    "payone.com",
    "bose.com",
    "boschert.de",
    "lidl.de",
    "hilti.com",
    "miracle.com",
    "site25.example",
    "site2.example",
    "site240.example",
    "site42.example",
    // common words
    "online.com",
    "info.de",
    "shop.com",
    "service.de",
    "mail.info",
    "login.gov",
    "secure.com",
    "support.com",
    "web-online.de",
    "mail-online.de",
    "news.com",
    "hotel.de",
    "online-service.de",
    "onlineshop.de",
    "mailchimp.com",
    "mailgun.org",
    "mailjet.com",
    "securemail.de",
    "paypoint.com",
    "payscale.com",
    "alertmedia.com",
    "serviceplan.de",
    "myspace.com",
    // others of good standing
    "posteo.de",
    "mailbox.org",
    "fastmail.com",
    "proton.me",
    "protonmail.com",
    "icloud.com",
    "me.com",
    "aol.com",
    "live.com",
    "msn.com",
    "yandex.ru",
    "qq.com",
    "163.com",
    "126.com",
    "freenet.de",
    "arcor.de",
    "1und1.de",
    "ionos.de",
    "strato.de",
    "hetzner.com",
    "ovh.net",
    "gandi.net",
    "cloudflare.com",
    "fastly.com",
    "akamai.com",
    "twilio.com",
    "sendgrid.net",
    "zendesk.com",
    "freshdesk.com",
    "intercom.io",
    "hubspot.com",
    "salesforce.com",
    "marketo.com",
    "workday.com",
    "atlassian.com",
    "jetbrains.com",
    "mozilla.org",
    "apache.org",
    "kernel.org",
    "gnu.org",
    "python.org",
    "ubuntu.com",
    "redhat.com",
    "suse.com",
    "archlinux.org",
    "netbsd.org",
    "openbsd.org",
    "freebsd.org",
    "ietf.org",
    "w3.org",
    "iana.org",
    "icann.org",
    "ripe.net",
    "isc.org",
    "nytimes.com",
    "bbc.co.uk",
    "theguardian.com",
    "lemonde.fr",
    "spiegel.de",
    "zeit.de",
    "heise.de",
    "golem.de",
    "cnn.com",
    "reuters.com",
    "bloomberg.com",
    "economist.com",
    "nature.com",
    "ebay.com",
    "ebay.de",
    "etsy.com",
    "zalando.de",
    "otto.de",
    "ikea.com",
    "target.com",
    "costco.com",
    "bestbuy.com",
    "homedepot.com",
    "dhl.com",
    "dhl.de",
    "fedex.com",
    "ups.com",
    "usps.com",
    "dpd.de",
    "hermesworld.com",
    "bahn.de",
    "sncf.fr",
    "lufthansa.com",
    "ryanair.com",
    "easyjet.com",
    "klm.com",
    "airfrance.fr",
    "britishairways.com",
    "marriott.com",
    "accor.com",
    "expedia.com",
    "tripadvisor.com",
    "wellsfargo.com",
    "citi.com",
    "hsbc.co.uk",
    "barclays.co.uk",
    "santander.es",
    "ing.nl",
    "bnpparibas.fr",
    "deutsche-bank.de",
    "commerzbank.de",
    "sparkasse.de",
    "visa.com",
    "mastercard.com",
    "klarna.com",
    "wise.com",
    "revolut.com",
    "square.com",
    "shopify.com",
    "intel.com",
    "amd.com",
    "nvidia.com",
    "dell.com",
    "hp.com",
    "lenovo.com",
    "samsung.com",
    "sony.com",
    "canon.com",
    "epson.com",
    "xerox.com",
    "harvard.edu",
    "mit.edu",
    "ox.ac.uk",
    "tum.de",
    "ethz.ch",
    "europa.eu",
    "bund.de",
    "gov.uk",
    "münchen.de",
    "xn--kln-sna.de",
    "яндекс.рф",
    "例え.jp",
    "københavn.dk",
    "[192.0.2.1]",
    "",
    "localhost",
};

TEST(LookAlike, HonestNamesAreNone) {
    EXPECT_GE(std::size(honest), 200U);
    for (const std::string_view name : honest) {
        const auto like = known().look_alike(name, suffixes());
        EXPECT_FALSE(like.has_value()) << name << " is told to look like " << like->domain << ": " << like->how;
    }
}

bool tells(Of of, std::string_view known_name, std::string_view name) {
    KnownNames names;
    names.add_domain(of, known_name, suffixes());
    return names.look_alike(name, suffixes()).has_value();
}

// Each trick at the letters it needs and with one less.
TEST(LookAlike, NeedsLettersEnough) {
    EXPECT_TRUE(tells(Of::ours, "abc.com", "аbc.com"));
    EXPECT_FALSE(tells(Of::ours, "ab.com", "аb.com"));
    EXPECT_TRUE(tells(Of::correspondent, "abcd.com", "аbcd.com"));
    EXPECT_FALSE(tells(Of::correspondent, "abc.com", "аbc.com"));
    EXPECT_TRUE(tells(Of::ours, "sol.com", "so1.com"));
    EXPECT_FALSE(tells(Of::ours, "ol.com", "o1.com"));
    EXPECT_TRUE(tells(Of::correspondent, "solex.com", "so1ex.com"));
    EXPECT_FALSE(tells(Of::correspondent, "sole.com", "so1e.com"));
    EXPECT_TRUE(tells(Of::ours, "timex.com", "tirnex.com"));
    EXPECT_FALSE(tells(Of::ours, "time.com", "tirne.com"));
    EXPECT_TRUE(tells(Of::protected_, "abcde.com", "abcdx.com"));
    EXPECT_FALSE(tells(Of::protected_, "abcd.com", "abcx.com"));
    EXPECT_FALSE(tells(Of::protected_, "abcdef.com", "xbcdef.com")) << "another first letter";
    EXPECT_TRUE(tells(Of::protected_, "abcdefg.com", "xbcdefg.com"));
    EXPECT_TRUE(tells(Of::correspondent, "abcdefgh.com", "abcdefgx.com"));
    EXPECT_FALSE(tells(Of::correspondent, "abcdefg.com", "abcdefx.com"));
    EXPECT_FALSE(tells(Of::correspondent, "abcdefgh.com", "abcdefgx.net"));
    EXPECT_TRUE(tells(Of::ours, "abcde.com", "abcde.net"));
    EXPECT_FALSE(tells(Of::ours, "abcd.com", "abcd.net"));
    EXPECT_TRUE(tells(Of::ours, "abcde.com", "abcde-login.net"));
    EXPECT_FALSE(tells(Of::ours, "abcd.com", "abcd-login.net"));
    EXPECT_TRUE(tells(Of::ours, "abcd.com", "abcd.com.evil.example"));
    EXPECT_FALSE(tells(Of::ours, "abc.com", "abc.com.evil.example"));
}

TEST(LookAlike, KnownNamesAreThemselves) {
    KnownNames names;
    add(names, Of::ours, {"contoso.com"});
    add(names, Of::correspondent, {"contosso.com", "contoso.net", "contoso-login.com"});
    for (const std::string_view name : {"contoso.com", "contosso.com", "a.contoso.net", "contoso-login.com"})
        EXPECT_FALSE(names.look_alike(name, suffixes())) << name;
    EXPECT_TRUE(names.look_alike("contos0.com", suffixes()));
}

TEST(LookAlike, OursComeBeforeOthers) {
    KnownNames names;
    add(names, Of::correspondent, {"fabrikarn.com", "contoso.com", "contosa.com"});
    add(names, Of::protected_, {"fabrikam.com", "contosa.com"});
    add(names, Of::ours, {"www.contoso.com"});
    EXPECT_EQ(names.look_alike("fabr1kam.com", suffixes())->of, Of::protected_);
    EXPECT_EQ(names.look_alike("fabr1karn.com", suffixes())->domain, "fabrikam.com");
    EXPECT_EQ(names.look_alike("contoss.com", suffixes())->of, Of::ours) << "its strongest Of counts";
    EXPECT_EQ(names.look_alike("contosaa.com", suffixes())->of, Of::protected_);
    EXPECT_EQ(names.look_alike("contosao.com", suffixes())->domain, "contoso.com");
}

TEST(LookAlike, NothingKnownNothingAlike) {
    const KnownNames names;
    EXPECT_FALSE(names.look_alike("contoso.com", suffixes()));
    EXPECT_FALSE(names.impersonated(std::span<const mail::Mailbox>{}));
}

TEST(LookAlike, DomainsOfCorrespondentsAreBounded) {
    KnownNames names;
    for (std::size_t i = 0; i < KnownNames::most_domains; ++i)
        names.add_domain(Of::correspondent, fmt::format("d{}.example", i), suffixes());
    names.add_domain(Of::correspondent, "fabrikam.com", suffixes());
    EXPECT_FALSE(names.look_alike("fabrikarn.com", suffixes()));
    names.add_domain(Of::ours, "contoso.com", suffixes());
    EXPECT_TRUE(names.look_alike("c0ntoso.com", suffixes())) << "ours are never left out";
}

/// Microseconds that one look-up of each of these names takes.
double microseconds(const KnownNames& names, const std::vector<std::string>& asked) {
    constexpr std::size_t rounds = 2000;
    const double before = testing::processor_seconds();
    for (std::size_t round = 0; round < rounds; ++round)
        for (const std::string& name : asked) (void)names.look_alike(name, suffixes());
    return (testing::processor_seconds() - before) * 1e6 / static_cast<double>(rounds * asked.size());
}

/// A pronounceable name of 8 to 14 letters.
std::string made_name(std::size_t i) {
    constexpr std::string_view syllables[] = {"ba", "cor", "den", "fi",  "gal", "ho", "ket", "lum", "mor", "nis",
                                              "pa", "qui", "ros", "sel", "tan", "ur", "vik", "wen", "xa",  "zol"};
    std::string name;
    for (std::size_t k = 0, n = i * 7919 + 13; k < 4; ++k, n /= 20) name += syllables[n % 20];
    return name + ".com";
}

TEST(LookAlike, TenThousandKnownNamesCostMicroseconds) {
    KnownNames names;
    for (std::size_t i = 0; i < 10'000; ++i) names.add_domain(Of::correspondent, made_name(i), suffixes());
    const double each =
        microseconds(names, {"spiegel.de", "newsletter.example-shop.com", "lists.debian.org", "uvwxyzab.co.uk"});
    RecordProperty("microseconds", fmt::format("{:.2f}", each));
    EXPECT_LT(each, 15 * testing::slow_build);
}

TEST(LookAlike, HostileNamesCostLittle) {
    KnownNames names;
    for (std::size_t i = 0; i < 1'000; ++i) { // numbered, and one label under many suffixes
        names.add_domain(Of::correspondent, fmt::format("aaaaaaaa{}.com", i), suffixes());
        names.add_domain(Of::correspondent, fmt::format("contoso.d{}", i), suffixes());
    }
    std::string labels, rns, baits, cyrillic;
    while (labels.size() < 250) labels += "a.";
    while (rns.size() < 190) rns += std::string(31, 'r') + std::string(32, 'n') + ".";
    for (int i = 0; i < 12; ++i) baits += "login";
    for (int i = 0; i < 120; ++i) cyrillic += "о";
    const std::string puny = "xn--" + std::string(59, '8') + ".com";
    const double each =
        microseconds(names, {labels + "b", rns + "com", baits + ".com", "contoso" + baits.substr(0, 55) + ".com",
                             "аaaaaaaaa.com", "aaaaaaaa.com", std::string(63, 'a') + ".com", cyrillic + ".com", puny,
                             "contoso.com", std::string(5000, 'a') + ".com"});
    RecordProperty("microseconds", fmt::format("{:.2f}", each));
    EXPECT_LT(each, 150 * testing::slow_build);
}

} // namespace
} // namespace bonafide::verdict
