#include "engine/ledger.hpp"
#include "engine/ledger_lists.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

const std::shared_ptr<const dns::PublicSuffixList>& suffixes() {
    static const auto list = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    return list;
}

constexpr std::int64_t now = 1795255200; // 2026-11-21

std::size_t count_of(const std::vector<verdict::ListEntry>& entries, verdict::ListName list) {
    return static_cast<std::size_t>(std::ranges::count(entries, list, &verdict::ListEntry::list));
}

TEST(ConfiguredLists, AreTheSettingsAndTheDefaults) {
    Settings settings;
    settings.lists.accepted_domains = {"Ours.example # the company"};
    settings.lists.block_pairs = {"*, 192.0.2.0/24"};
    settings.lists.sealers = {"own-lists.example", "no domain at all, surely"};
    auto entries = configured_lists(settings);
    EXPECT_EQ(count_of(entries, verdict::ListName::accepted_domains), 1U);
    EXPECT_EQ(entries[std::size_t{2}].text, "ours.example") << "block pair, sealer, then accepted domains";
    EXPECT_EQ(entries[std::size_t{2}].note, "the company");
    EXPECT_EQ(count_of(entries, verdict::ListName::sealers), 1 + verdict::default_sealers().size());
    EXPECT_EQ(count_of(entries, verdict::ListName::shared_infrastructure),
              verdict::default_shared_infrastructure().size());
    settings.lists.default_sealers = settings.lists.default_shared_infrastructure = false;
    EXPECT_EQ(configured_lists(settings).size(), 3U);
}

TEST(ConfiguredLists, NoSealerIsBelievedWhereTheSettingsSaySo) {
    Settings settings;
    settings.lists.sealers = {"own-lists.example"};
    settings.lists.believe_sealers = false;
    EXPECT_EQ(count_of(configured_lists(settings), verdict::ListName::sealers), 0U);
    LedgerLists lists(settings, suffixes(), now);
    EXPECT_EQ(lists.set_rows({{"sealers", "also.example", "", {}, now, "ann"}}), 0U);
    const auto without = lists.refresh(now);
    ASSERT_NE(without, nullptr);
    EXPECT_TRUE(without->sealers.empty()) << "rows of the table neither";
    settings.lists.believe_sealers = true;
    lists.configure(settings, suffixes());
    EXPECT_EQ(lists.refresh(now)->sealers.size(), 2 + verdict::default_sealers().size());
}

TEST(ConfiguredLists, ADefaultSealerWrittenAgainKeepsItsScope) {
    Settings settings;
    const std::string domain(verdict::default_sealers().front());
    settings.lists.sealers = {domain + " from=contoso.com # for them alone"};
    const auto entries = configured_lists(settings);
    EXPECT_EQ(count_of(entries, verdict::ListName::sealers), verdict::default_sealers().size());
    EXPECT_TRUE(entries[0].text.starts_with(domain + " from=")) << entries[0].text;
    EXPECT_EQ(entries[0].note, "for them alone");
}

TEST(LedgerLists, RowsOfTheTableStandBesideTheConfiguration) {
    Settings settings;
    settings.lists.accepted_domains = {"ours.example"};
    LedgerLists lists(settings, suffixes(), now);
    const auto before = lists.current();
    EXPECT_TRUE(before->is_ours("ours.example", *suffixes()));
    EXPECT_EQ(lists.refresh(now), nullptr) << "nothing changed";
    EXPECT_EQ(lists.set_rows({{"accepted-domains", "also.example", "", {}, now, "ann"}, {"what", "x", "", {}, 0, ""}}),
              1U);
    const auto after = lists.refresh(now);
    ASSERT_NE(after, nullptr);
    EXPECT_TRUE(after->is_ours("ours.example", *suffixes()));
    EXPECT_TRUE(after->is_ours("also.example", *suffixes()));
    EXPECT_FALSE(before->is_ours("also.example", *suffixes())) << "a value never changes";
    lists.set_rows({{"accepted-domains", "also.example", "", {}, now + 5, "bob"}});
    EXPECT_EQ(lists.refresh(now), nullptr) << "who wrote it is no difference";
    lists.set_rows({});
    EXPECT_FALSE(lists.refresh(now)->is_ours("also.example", *suffixes()));
}

TEST(LedgerLists, AnEntryEndsAtItsTimeWhicheverWayTheClockGoes) {
    LedgerLists lists({}, suffixes(), now);
    lists.set_rows({{"accepted-domains", "guest.example", "", now + 100, now, "ann"},
                    {"accepted-domains", "longer.example", "", now + 200, now, "ann"}});
    const auto is_ours = [&](std::string_view domain) { return lists.current()->is_ours(domain, *suffixes()); };
    ASSERT_NE(lists.refresh(now + 99), nullptr);
    EXPECT_TRUE(is_ours("guest.example"));
    EXPECT_EQ(lists.refresh(now + 99), nullptr);
    ASSERT_NE(lists.refresh(now + 100), nullptr) << "without any change";
    EXPECT_FALSE(is_ours("guest.example"));
    EXPECT_TRUE(is_ours("longer.example"));
    ASSERT_NE(lists.refresh(now + 500000), nullptr) << "a jump of the clock over the second";
    EXPECT_FALSE(is_ours("longer.example"));
    ASSERT_NE(lists.refresh(now - 500000), nullptr) << "and back";
    EXPECT_TRUE(is_ours("guest.example"));
    EXPECT_TRUE(is_ours("longer.example"));
}

TEST(LedgerLists, CorrespondentsAndReloadsCount) {
    LedgerLists lists({}, suffixes(), now);
    lists.set_correspondents({"supplier.example"});
    const auto with = lists.refresh(now);
    ASSERT_NE(with, nullptr);
    EXPECT_TRUE(with->names->look_alike("suppl1er.example", *suffixes()));
    lists.set_correspondents({"supplier.example"});
    EXPECT_EQ(lists.refresh(now), nullptr);
    Settings settings;
    settings.lists.accepted_domains = {"ours.example"};
    lists.configure(settings, suffixes());
    const auto reloaded = lists.refresh(now);
    ASSERT_NE(reloaded, nullptr);
    EXPECT_TRUE(reloaded->is_ours("ours.example", *suffixes()));
    EXPECT_TRUE(reloaded->names->look_alike("suppl1er.example", *suffixes()));
}

} // namespace
} // namespace bonafide::engine
