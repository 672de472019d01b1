#include "verdict/lists.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace bonafide::verdict {
namespace {

constexpr std::int64_t day = 86400;
constexpr std::int64_t now = 1795305600; // 2026-11-22 00:00:00 UTC

const dns::PublicSuffixList& suffixes() {
    static const dns::PublicSuffixList list = dns::PublicSuffixList::system();
    return list;
}

/// The canonical form, or "error: ...".
std::string read(ListName list, std::string_view text) {
    const auto entry = parse_list_entry(list, text);
    return entry ? to_text(*entry) : "error: " + entry.error().text;
}

ListEntry entry(ListName list, std::string_view text) { return *parse_list_entry(list, text); }

std::shared_ptr<const Lists> build(const std::vector<ListEntry>& entries, std::int64_t at = now) {
    return build_lists(entries, {}, at, suffixes());
}

TEST(ListName, TextsReadBack) {
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < list_count; ++i) {
        const auto list = static_cast<ListName>(i);
        EXPECT_TRUE(seen.insert(to_text(list)).second);
        EXPECT_EQ(parse_list_name(to_text(list)), list);
    }
    EXPECT_EQ(to_text(ListName::allow_pairs), "allow-pairs");
    EXPECT_EQ(to_text(ListName::shared_infrastructure), "shared-infrastructure");
    EXPECT_EQ(parse_list_name("pairs"), std::nullopt);
    EXPECT_EQ(parse_list_name(""), std::nullopt);
}

struct Form {
    ListName list;
    std::string_view text;
    std::string_view canonical;
};

constexpr Form forms[] = {
    {ListName::allow_pairs, "Contoso.COM ,192.168.100.100/24", "contoso.com, 192.168.100.0/24"},
    {ListName::block_pairs, "*,\tfabrikam.com.", "*, fabrikam.com"},
    {ListName::accepted_domains, " B\u00fccher.example. ", "xn--bcher-kva.example"},
    {ListName::protected_domains, "Fabrikam.com", "fabrikam.com"},
    {ListName::shared_infrastructure, "AmazonAWS.com", "amazonaws.com"},
    {ListName::networks, "192.0.2.77/24", "192.0.2.0/24"},
    {ListName::networks, "192.0.2.77", "192.0.2.77/32"},
    {ListName::networks, "10.1.2.3/9", "10.0.0.0/9"},
    {ListName::networks, "2001:DB8:1:2:3::/48", "2001:db8:1::/48"},
    {ListName::networks, "::ffff:192.0.2.77/120", "192.0.2.0/24"},
    {ListName::networks, "2001:db8::1", "2001:db8::1/128"},
    {ListName::sealers, "Lists.Example", "lists.example"},
    {ListName::sealers, "lists.example  to=b@Ours.example,A@ours.example from=.Y.example,x.example,x.example",
     "lists.example from=.y.example,x.example to=a@ours.example,b@ours.example"},
    {ListName::sealers, "lists.example to=ours.example", "lists.example to=ours.example"},
    {ListName::protected_users, "Ann  Example <Ann@Ours.example>", "\"Ann Example\" <ann@ours.example>"},
    {ListName::protected_users, "\"Doe, Ann\" <b@x.example>, <A@y.example>, <b@X.example>",
     "\"Doe, Ann\" <a@y.example>, <b@x.example>"},
    {ListName::protected_users, "\"Ann # Example\" <ann@ours.example> # boss",
     "\"Ann # Example\" <ann@ours.example> # boss"},
    {ListName::block_pairs, "contoso.com, *   until=2027-01-31", "contoso.com, * until=2027-01-31"},
    {ListName::block_pairs, "contoso.com, * until=2027-01-31 #  asked  by Ann ",
     "contoso.com, * until=2027-01-31 # asked  by Ann"},
    {ListName::block_pairs, "contoso.com, * # until=soon", "contoso.com, * # until=soon"},
    {ListName::block_pairs, "a#b@contoso.com, * #note", "a#b@contoso.com, * # note"},
    {ListName::block_pairs, "contoso.com, * #", "contoso.com, *"},
};

TEST(ListEntry, CanonicalForms) {
    for (const Form& form : forms) {
        EXPECT_EQ(read(form.list, form.text), form.canonical) << form.text;
        EXPECT_EQ(read(form.list, form.canonical), form.canonical);
    }
}

TEST(ListEntry, RefusesWithAReason) {
    constexpr Form wrong[] = {
        {ListName::accepted_domains, "", "the entry is empty"},
        {ListName::accepted_domains, "# only a note", "the entry is empty"},
        {ListName::accepted_domains, "until=2027-01-01", "the entry is empty"},
        {ListName::block_pairs, "contoso.com, * untl=2027-01-01",
         "\"untl=\" is no option of an entry: only until=YYYY-MM-DD is"},
        {ListName::accepted_domains, "ann@contoso.com", "\"ann@contoso.com\" is no domain name"},
        {ListName::accepted_domains, "*.contoso.com", "\"*.contoso.com\" is no domain name"},
        {ListName::accepted_domains, "192.0.2.1", "\"192.0.2.1\" is no domain name"},
        {ListName::protected_domains, "a b", "\"a b\" is no domain name"},
        {ListName::networks, "contoso.com", "\"contoso.com\" is no network and no IP address"},
        {ListName::networks, "0.0.0.0/0", "\"0.0.0.0/0\" would take in everybody"},
        {ListName::networks, "::/0", "\"::/0\" would take in everybody"},
        {ListName::networks, "192.0.2.0/33", "\"192.0.2.0/33\" is no network and no IP address"},
        {ListName::block_pairs, "*, *", "only one side of a pair may be *"},
        {ListName::sealers, "lists.example from=", "\"\" is no domain and no .domain"},
        {ListName::sealers, "lists.example from=a.example from=b.example",
         "\"from=b.example\" stands there twice: put a comma between several"},
        {ListName::sealers, "lists.example a.example", "\"a.example\" is neither from=DOMAINS nor to=ADDRESSES"},
        {ListName::sealers, "from=a.example", "\"from=a.example\" is no domain name"},
        {ListName::sealers, "lists.example to=@ours.example", "\"@ours.example\" is no address"},
        {ListName::protected_users, "Ann <ann@ours.example>", "\"Ann\" is no name of two words or more"},
        {ListName::protected_users, "ann@ours.example",
         "\"ann@ours.example\" is not written \"Ann Example <ann@ours.example>\""},
        {ListName::protected_users, "Ann Example <a@x.example>, Bob Example <b@x.example>",
         "\"Bob Example\" is another name: one person an entry"},
        {ListName::protected_users, "Ann Example <\"a b\"@x.example>", "\"a b@x.example\" is no address"},
        {ListName::block_pairs, "contoso.com, * until=2027-02-29",
         "\"until=2027-02-29\" is no date: write until=YYYY-MM-DD"},
        {ListName::block_pairs, "contoso.com, * until=27-02-01",
         "\"until=27-02-01\" is no date: write until=YYYY-MM-DD"},
        {ListName::block_pairs, "contoso.com, * until=1969-12-31",
         "\"until=1969-12-31\" is no date: write until=YYYY-MM-DD"},
        {ListName::accepted_domains, "a.example\nb.example", "the entry holds control characters or is no UTF-8"},
        {ListName::accepted_domains, "a.example # \xff", "the entry holds control characters or is no UTF-8"},
    };
    for (const Form& form : wrong)
        EXPECT_EQ(read(form.list, form.text), "error: " + std::string(form.canonical)) << form.text;
}

TEST(ListEntry, LengthAtTheLimitAndPastIt) {
    std::string text = "contoso.com # ";
    text.append(most_entry_bytes - text.size(), 'n');
    EXPECT_EQ(read(ListName::accepted_domains, text), text);
    EXPECT_EQ(read(ListName::accepted_domains, text + "n"), "error: the entry is longer than 2000 bytes");
}

TEST(ListEntry, CountsOnItsLastDay) {
    const ListEntry limited = entry(ListName::accepted_domains, "contoso.com until=2026-11-22");
    EXPECT_EQ(limited.expires, now + day);
    EXPECT_TRUE(build({limited}, now + day - 1)->is_ours("contoso.com", suffixes()));
    EXPECT_FALSE(build({limited}, now + day)->is_ours("contoso.com", suffixes()));
}

TEST(LastDay, ReadsBack) {
    for (const char* text : {"1970-01-01", "2000-02-29", "2026-11-22", "9999-12-31"})
        EXPECT_EQ(last_day_text(*parse_last_day(text)), text);
    for (const char* text : {"", "2026-1-01", "2026-13-01", "2026-00-10", "2026-11-31", "2026/11/22", "+026-11-22",
                             "2026-11-22 ", "12026-11-22", "0000-01-01"})
        EXPECT_EQ(parse_last_day(text), std::nullopt) << text;
}

TEST(BuildLists, NamesAreNeverNull) {
    const auto lists = build({});
    ASSERT_NE(lists->names, nullptr);
    EXPECT_FALSE(lists->is_ours("contoso.com", suffixes()));
    EXPECT_FALSE(lists->is_ours("", suffixes()));
}

TEST(BuildLists, OursIsBelowAndBeside) {
    const auto lists = build({entry(ListName::accepted_domains, "mail.contoso.com")});
    for (const char* ours : {"mail.contoso.com", "a.b.mail.contoso.com", "contoso.com", "www.contoso.com"})
        EXPECT_TRUE(lists->is_ours(ours, suffixes())) << ours;
    for (const char* other : {"notcontoso.com", "com", "contoso.org", "contoso.com.evil.example"})
        EXPECT_FALSE(lists->is_ours(other, suffixes())) << other;
}

TEST(BuildLists, ASuffixMakesOnlyItselfOurs) {
    const auto lists =
        build({entry(ListName::accepted_domains, "com"), entry(ListName::accepted_domains, "co.uk"),
               entry(ListName::accepted_domains, "intranet"), entry(ListName::accepted_domains, "github.io")});
    for (const char* ours : {"com", "co.uk", "intranet", "github.io"})
        EXPECT_TRUE(lists->is_ours(ours, suffixes())) << ours;
    for (const char* other : {"contoso.com", "contoso.co.uk", "a.intranet", "stranger.github.io", "io"})
        EXPECT_FALSE(lists->is_ours(other, suffixes())) << other;
}

TEST(BuildLists, OursHoldsAlsoBelowASuffixUnderIt) {
    // amazonaws.com is an organization with suffixes of the list's private part below it.
    const auto lists = build({entry(ListName::accepted_domains, "amazonaws.com")});
    EXPECT_TRUE(lists->is_ours("bucket.s3.amazonaws.com", suffixes()));
}

TEST(BuildLists, ABlockOfTheSamePairWins) {
    const auto lists = build({entry(ListName::allow_pairs, "contoso.com, fabrikam.com # allowed"),
                              entry(ListName::block_pairs, "contoso.com, fabrikam.com # blocked"),
                              entry(ListName::block_pairs, "contoso.com, fabrikam.com # again")});
    EXPECT_EQ(lists->pairs.size(), 2U);
    const std::vector<Infrastructure> from{{Infrastructure::Kind::ptr, "fabrikam.com"}};
    const SpoofPair* pair = lists->pairs.find("ann@contoso.com", from, {}, suffixes());
    ASSERT_NE(pair, nullptr);
    EXPECT_EQ(pair->action, SpoofPair::Action::block);
    EXPECT_EQ(pair->note, "blocked");
}

TEST(BuildLists, SealersHaveScopeExpiryAndNote) {
    const auto lists =
        build({entry(ListName::sealers, "lists.example from=.x.example to=ann@ours.example until=2026-12-31 # a list"),
               entry(ListName::sealers, "old.example until=2026-11-21")});
    ASSERT_EQ(lists->sealers.size(), 1U);
    const arc::Sealer& sealer = lists->sealers[0];
    EXPECT_EQ(sealer.domain, "lists.example");
    EXPECT_EQ(sealer.author_domains, std::vector<std::string>{".x.example"});
    EXPECT_EQ(sealer.recipients, std::vector<std::string>{"ann@ours.example"});
    EXPECT_EQ(sealer.expires, now + 40 * day);
    EXPECT_EQ(sealer.note, "a list");
}

TEST(BuildLists, NetworksAndSharedInfrastructure) {
    const auto lists = build({entry(ListName::networks, "192.0.2.0/24"), entry(ListName::networks, "2001:db8::1"),
                              entry(ListName::shared_infrastructure, "cloud.example")});
    ASSERT_EQ(lists->networks.size(), 2U);
    EXPECT_TRUE(lists->networks[0].contains(*ip::Address::parse("192.0.2.200")));
    EXPECT_TRUE(lists->shared_infrastructure.covers("vm1.cloud.example"));
    EXPECT_FALSE(lists->shared_infrastructure.contains("vm1.cloud.example"));
    EXPECT_FALSE(lists->shared_infrastructure.covers("notcloud.example"));
    EXPECT_FALSE(lists->shared_infrastructure.covers("example"));
}

TEST(BuildLists, WhatCannotBeReadIsNamed) {
    const auto lists = build({{ListName::block_pairs, "of another version\n", "", {}},
                              {ListName::networks, "x", "", {}},
                              entry(ListName::accepted_domains, "contoso.com")});
    EXPECT_EQ(lists->unreadable, (std::vector<std::string>{"block-pairs: of another version\\x0a", "networks: x"}));
    EXPECT_TRUE(lists->is_ours("contoso.com", suffixes()));
    EXPECT_EQ(lists->pairs.size(), 0U);
}

TEST(Defaults, AreCanonicalAndEachOnce) {
    EXPECT_EQ(default_sealers().size(), 16U);
    EXPECT_GE(default_shared_infrastructure().size(), 80U);
    std::set<std::string_view> seen;
    for (const std::string_view text : default_shared_infrastructure()) {
        EXPECT_EQ(read(ListName::shared_infrastructure, text), text);
        EXPECT_TRUE(seen.insert(text).second) << text;
        EXPECT_EQ(suffixes().organizational(text), text) << "hosts are known by their Organizational Domain";
    }
    seen.clear();
    for (const std::string_view text : default_sealers()) {
        EXPECT_EQ(read(ListName::sealers, text), text);
        EXPECT_TRUE(seen.insert(text).second) << text;
    }
    EXPECT_TRUE(seen.contains("googlegroups.com"));
    EXPECT_TRUE(seen.contains("aws.amazon.com"));
}

} // namespace
} // namespace bonafide::verdict
