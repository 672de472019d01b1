#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "doctor/embedded.hpp"
#include "doctor/provider.hpp"
#include "sign/key_ring.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace bonafide::doctor {
namespace {

bool is_place(std::string_view name) { return name == "domain" || name == "domain-dashes" || name == "account"; }

/// The target with its places taken out; nothing: a place that nobody fills in.
std::string without_places(std::string target) {
    for (std::size_t open = target.find('{'); open != std::string_view::npos; open = target.find('{')) {
        const std::size_t close = target.find('}', open);
        if (close == std::string_view::npos || !is_place(std::string_view(target).substr(open + 1, close - open - 1)))
            return "";
        target.replace(open, close - open + 1, "x");
    }
    return target;
}

TEST(Providers, EveryLineOfTheTableIsARow) {
    const std::string_view table = embedded::find("data/providers.tsv");
    const auto lines = ascii::split(table, '\n');
    const auto rows =
        std::ranges::count_if(lines, [](std::string_view line) { return !line.empty() && !line.starts_with('#'); });
    EXPECT_EQ(providers().size(), static_cast<std::size_t>(rows));
    EXPECT_GE(rows, 90);
    for (const std::string_view line : lines)
        if (!line.empty() && !line.starts_with('#')) EXPECT_EQ(std::ranges::count(line, '\t'), 9) << line;
}

TEST(Providers, EveryRowIsWellFormed) {
    std::set<std::string> keys;
    for (const Provider& row : providers()) {
        SCOPED_TRACE(row.key);
        EXPECT_TRUE(keys.insert(row.key).second);
        EXPECT_TRUE(std::ranges::all_of(row.key, [](char c) { return ascii::is_alnum(c) || c == '-'; }));
        EXPECT_EQ(row.key, ascii::lower(row.key));
        EXPECT_FALSE(row.name.empty());
        for (const auto* const includes : {&row.includes, &row.old_includes})
            for (const std::string& include : *includes) EXPECT_TRUE(dns::is_hostname_like(include)) << include;
        for (const std::string& mx : row.mx)
            EXPECT_TRUE(dns::is_hostname_like(mx.starts_with('.') ? mx.substr(1) : mx)) << mx;
        for (const std::string& selector : row.selectors)
            EXPECT_TRUE(sign::check_selector(selector, "example.com")) << selector;
        for (const DkimAlias& alias : row.aliases) {
            EXPECT_TRUE(sign::check_selector(alias.selector, "example.com")) << alias.selector;
            EXPECT_TRUE(dns::is_hostname_like(without_places(alias.target))) << alias.target;
        }
        EXPECT_TRUE(row.source.starts_with("https://")) << row.source;
        EXPECT_EQ(row.date.size(), 10U);
        EXPECT_TRUE(row.date.starts_with("202")) << row.date;
    }
}

TEST(Providers, KnownOnesAreThere) {
    for (const char* const key : {"google",
                                  "microsoft365",
                                  "microsoft365-gcc-high",
                                  "microsoft365-china",
                                  "zoho",
                                  "fastmail",
                                  "proton",
                                  "icloud",
                                  "yandex",
                                  "mailru",
                                  "ovh",
                                  "ionos",
                                  "strato",
                                  "hetzner",
                                  "gandi",
                                  "infomaniak",
                                  "mailbox-org",
                                  "migadu",
                                  "mailchimp",
                                  "mandrill",
                                  "sendgrid",
                                  "mailgun",
                                  "amazon-ses",
                                  "postmark",
                                  "sparkpost",
                                  "brevo",
                                  "mailjet",
                                  "klaviyo",
                                  "hubspot",
                                  "salesforce",
                                  "zendesk",
                                  "freshdesk",
                                  "helpscout",
                                  "intercom",
                                  "mailerlite",
                                  "activecampaign",
                                  "constantcontact",
                                  "campaignmonitor",
                                  "kit",
                                  "getresponse",
                                  "elasticemail",
                                  "smtp2go",
                                  "resend",
                                  "loops",
                                  "customerio",
                                  "iterable",
                                  "braze",
                                  "shopify",
                                  "godaddy",
                                  "namecheap",
                                  "siteground",
                                  "dreamhost",
                                  "rackspace",
                                  "proofpoint",
                                  "barracuda",
                                  "cisco",
                                  "sophos",
                                  "trendmicro",
                                  "hornetsecurity",
                                  "spamexperts",
                                  "atlassian",
                                  "docusign",
                                  "knowbe4",
                                  "home-pl",
                                  "nazwa-pl",
                                  "cyberfolks",
                                  "zoner"})
        EXPECT_NE(find_provider(key), nullptr) << key;
    EXPECT_EQ(find_provider("nobody"), nullptr);
}

TEST(Providers, AreFoundByIncludeOldOnesToo) {
    EXPECT_EQ(provider_of_include("_spf.google.com"), find_provider("google"));
    EXPECT_EQ(provider_of_include("servers.mcsv.net"), find_provider("mailchimp"));
    EXPECT_EQ(provider_of_include("example.com"), nullptr);
}

TEST(Providers, AreFoundByMxAndTheNearestSuffixWins) {
    EXPECT_EQ(provider_of_mx("aspmx.l.google.com"), find_provider("google"));
    EXPECT_EQ(provider_of_mx("example-com.mail.protection.outlook.com"), find_provider("microsoft365"));
    EXPECT_EQ(provider_of_mx("us-smtp-inbound-1.us.mimecast.com"), find_provider("mimecast-us"));
    EXPECT_EQ(provider_of_mx("eu-smtp-inbound-1.mimecast.com"), find_provider("mimecast-eu"));
    EXPECT_EQ(provider_of_mx("mail.example.com"), nullptr);
}

TEST(Providers, AliasesComeOfATemplateOrOfPairs) {
    const auto rows =
        read_providers("one\tOne\tbulk\tspf.one.example (old.one.example)\t-\ta b\t{selector}.k.one.example\t-\t"
                       "https://one.example/\t2026-11-23\n"
                       "two\tTwo\tbulk\t-\t-\ta b c\ta=x.two.example c=y.{domain}.two.example\taccount\t"
                       "https://two.example/\t2026-11-23\n"
                       "# a comment\n"
                       "three\tThree\tno-kind\t-\n");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].includes, std::vector<std::string>{"spf.one.example"});
    EXPECT_EQ(rows[0].old_includes, std::vector<std::string>{"old.one.example"});
    ASSERT_EQ(rows[0].aliases.size(), 2U);
    EXPECT_EQ(rows[0].aliases[1].target, "b.k.one.example");
    EXPECT_FALSE(rows[0].dkim_by_account);
    ASSERT_EQ(rows[1].aliases.size(), 2U);
    EXPECT_EQ(rows[1].aliases[1].selector, "c");
    EXPECT_EQ(rows[1].aliases[1].target, "y.{domain}.two.example");
    EXPECT_TRUE(rows[1].dkim_by_account);
}

} // namespace
} // namespace bonafide::doctor
