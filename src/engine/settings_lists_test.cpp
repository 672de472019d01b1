#include "engine/settings_lists.hpp"

#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

TEST(SettingsLists, EachListHasItsOwnJudge) {
    struct Row {
        Expected<void> (*check)(std::string_view);
        std::string_view sound, wrong;
    };
    constexpr std::string_view pair = "contoso.com, 192.0.2.0/24 until=2027-01-31 # note";
    for (const Row& row :
         {Row{check_accepted_domain, "contoso.com", pair}, Row{check_allow_pair, pair, "*, *"},
          Row{check_block_pair, pair, "contoso.com"}, Row{check_sealer, "lists.example from=a.example", pair},
          Row{check_protected_domain, "contoso.com", "192.0.2.0/24"},
          Row{check_protected_user, "Ann Example <ann@ours.example>", "contoso.com"},
          Row{check_client_network, "192.0.2.0/24", "contoso.com"},
          Row{check_shared_infrastructure, "cloud.example", "192.0.2.0/24"}}) {
        EXPECT_TRUE(row.check(row.sound)) << row.sound;
        ASSERT_FALSE(row.check(row.wrong)) << row.wrong;
        EXPECT_FALSE(row.check(row.wrong).error().text.empty());
    }
}

} // namespace
} // namespace bonafide::engine
