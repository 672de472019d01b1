// RFC 9990 4: its own example, then what goes wrong.
#include "dmarc/external_destination.hpp"
#include "dns/zone.hpp"

#include <gtest/gtest.h>

namespace bonafide::dmarc {
namespace {

struct Checked {
    ExternalDestination found;
    std::size_t questions = 0;
};

Checked check_in(std::string_view zone_text, std::string policy_domain, std::string host,
                 Discovery discovery = Discovery::treewalk) {
    static const auto list = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    const auto zone = dns::Zone::parse(zone_text);
    EXPECT_TRUE(zone) << (zone ? "" : zone.error().text);
    ReportTarget target{std::move(policy_domain), std::move(host), discovery, list, {}};
    dns::Transcript transcript;
    Checked checked;
    checked.found = dns::run(check_destination(std::move(target)), **zone, &transcript);
    checked.questions = transcript.exchanges().size();
    return checked;
}

Consent consent(std::string_view zone_text) {
    return check_in(zone_text, "blue.example.com", "red.example.net").found.consent;
}

constexpr std::string_view allowed = R"({"blue.example.com._report._dmarc.red.example.net": {"TXT": ["v=DMARC1"]}})";

TEST(ExternalDestination, TheRfcsExample) {
    for (const auto discovery : {Discovery::treewalk, Discovery::psl}) {
        const Checked checked = check_in(allowed, "blue.example.com", "red.example.net", discovery);
        EXPECT_EQ(checked.found.consent, Consent::given);
        EXPECT_EQ(checked.found.asked, "blue.example.com._report._dmarc.red.example.net");
        EXPECT_TRUE(checked.found.overrides.empty());
        EXPECT_EQ(checked.questions, 1U) << "names that differ in their last two labels share no organization";
    }
}

TEST(ExternalDestination, OneOrganizationNeedsNoConsent) {
    EXPECT_EQ(check_in("{}", "example.com", "example.com").found.consent, Consent::same_organization);
    EXPECT_EQ(check_in("{}", "blue.example.com", "red.example.com", Discovery::psl).found.consent,
              Consent::same_organization);
    constexpr std::string_view one = R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]}})";
    EXPECT_EQ(check_in(one, "example.com", "reports.example.com").found.consent, Consent::same_organization);
    EXPECT_EQ(check_in(one, "example.com", "reports.example.com").found.asked, "");
    // psd=n makes an organization of its own.
    constexpr std::string_view two = R"({"_dmarc.example.com": {"TXT": ["v=DMARC1; p=none"]},
                                         "_dmarc.reports.example.com": {"TXT": ["v=DMARC1; p=none; psd=n"]}})";
    EXPECT_EQ(check_in(two, "example.com", "reports.example.com").found.consent, Consent::missing);
}

TEST(ExternalDestination, OnlyARecordThatBeginsWithTheVersionCounts) {
    EXPECT_EQ(consent("{}"), Consent::missing) << "NXDOMAIN";
    EXPECT_EQ(consent(R"({"blue.example.com._report._dmarc.red.example.net": {"A": ["192.0.2.1"]}})"), Consent::missing)
        << "the name exists without TXT";
    const auto with = [](std::string_view record) {
        return consent(R"({"blue.example.com._report._dmarc.red.example.net": {"TXT": [)" + std::string(record) +
                       "]}}");
    };
    EXPECT_EQ(with(R"("v=DMARC1;")"), Consent::given);
    EXPECT_EQ(with(R"("v=DMARC1; p=reject")"), Consent::given);
    EXPECT_EQ(with(R"("v=spf1 -all", "v=DMARC1")"), Consent::given);
    EXPECT_EQ(with(R"("v=DMARC1", "v=DMARC1")"), Consent::given)
        << "unlike policy records, several do no harm (step 8)";
    EXPECT_EQ(with(R"("v=dmarc1")"), Consent::missing);
    EXPECT_EQ(with(R"("p=none; v=DMARC1")"), Consent::missing);
    EXPECT_EQ(with(R"("yes")"), Consent::missing);
}

TEST(ExternalDestination, AWildcardSpeaksForAll) {
    EXPECT_EQ(consent("*._report._dmarc.red.example.net. 300 IN TXT \"v=DMARC1\"\n"), Consent::given);
}

TEST(ExternalDestination, TheHostMayNameAnotherAddressOfItsOwn) { // step 9
    const auto with = [](std::string_view rua) {
        return check_in(R"({"blue.example.com._report._dmarc.red.example.net": {"TXT": ["v=DMARC1; rua=)" +
                            std::string(rua) + R"("]}})",
                        "blue.example.com", "red.example.net")
            .found;
    };
    EXPECT_EQ(with("mailto:dmarc@red.example.net").consent, Consent::given);
    EXPECT_EQ(with("mailto:dmarc@red.example.net").overrides, std::vector<std::string>{"mailto:dmarc@red.example.net"});
    EXPECT_EQ(with("mailto:dmarc@RED.example.net!10m").consent, Consent::given);
    EXPECT_EQ(with("mailto:victim@example.org").consent, Consent::elsewhere);
    EXPECT_EQ(with("mailto:dmarc@red.example.net,mailto:victim@example.org").consent, Consent::elsewhere);
    EXPECT_TRUE(with("mailto:victim@example.org").overrides.empty());
    EXPECT_EQ(with("not a uri").consent, Consent::given);
}

TEST(ExternalDestination, AFailureOfDnsIsNoAnswer) { // step 5
    EXPECT_EQ(consent(R"({"blue.example.com._report._dmarc.red.example.net": {"TIMEOUT": true}})"), Consent::unknown);
    EXPECT_EQ(consent(R"({"blue.example.com._report._dmarc.red.example.net": {"SERVFAIL": true}})"), Consent::unknown);
    // Whether both are one organization could not be found out, and the host says nothing.
    constexpr std::string_view broken = R"({"_dmarc.example.com": {"TIMEOUT": true}})";
    EXPECT_EQ(check_in(broken, "blue.example.com", "red.example.com").found.consent, Consent::unknown);
}

TEST(ExternalDestination, ANameLongerThanDnsAllowsIsNoConsent) { // step 4
    std::string label(63, 'a');
    const std::string domain = label + '.' + label + '.' + label + ".example.com"; // 203 bytes
    const auto host_of = [](std::size_t size) { return std::string(size - 4, 'b') + ".net"; };
    const std::size_t room = 253 - domain.size() - std::string_view("._report._dmarc.").size();
    const Checked fits = check_in("{}", domain, host_of(room), Discovery::psl);
    EXPECT_EQ(fits.questions, 1U);
    const Checked longer = check_in("{}", domain, host_of(room + 1), Discovery::psl);
    EXPECT_EQ(longer.questions, 0U);
    EXPECT_EQ(longer.found.consent, Consent::missing);
}

TEST(DestinationHost, OfUris) {
    EXPECT_EQ(destination_host("mailto:a@Red.Example.NET"), "red.example.net");
    EXPECT_EQ(destination_host("MAILTO:a@red.example.net?subject=x@y"), "red.example.net");
    EXPECT_EQ(destination_host("https://user@red.example.net:8443/path?q=a@b"), "red.example.net");
    EXPECT_EQ(destination_host("https://m\xc3\xb8x.example/"), "xn--mx-lka.example");
    EXPECT_EQ(destination_host("https://[2001:db8::1]:443/"), "[2001:db8::1");
    EXPECT_EQ(destination_host("mailto:nobody"), "");
    EXPECT_EQ(destination_host("urn:example"), "");
}

} // namespace
} // namespace bonafide::dmarc
