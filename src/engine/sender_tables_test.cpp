#include "base/test_folder.hpp"
#include "engine/sender_tables.hpp"

#include <fmt/ranges.h>
#include <future>
#include <mutex>

namespace bonafide::engine {
namespace {

class SenderTablesTest : public testing::Test {
  protected:
    SenderTableEvents events() {
        SenderTableEvents told;
        told.on_warning = [this](std::string_view event, std::string_view why) {
            const std::scoped_lock lock(mutex);
            warnings.push_back(fmt::format("{} {}", event, why));
        };
        told.on_change = [this](const SenderSource::Value& value) {
            const std::scoped_lock lock(mutex);
            sizes.push_back(value->size());
            if (sizes.size() == 1) changed.set_value();
        };
        return told;
    }
    std::unique_ptr<SenderTables> start() {
        auto tables = SenderTables::start(std::make_shared<const Settings>(settings), events());
        EXPECT_TRUE(tables) << tables.error().text;
        return tables ? std::move(*tables) : nullptr;
    }

    TestFolder folder;
    Settings settings;
    std::mutex mutex;
    std::vector<std::string> warnings;
    std::vector<std::size_t> sizes; ///< of the tables that were told of
    std::promise<void> changed;
};

TEST_F(SenderTablesTest, WithoutSourcesThereIsNone) {
    const auto tables = start();
    EXPECT_EQ(tables->current(), nullptr);
    tables->refresh();
    EXPECT_EQ(tables->current(), nullptr);
    EXPECT_FALSE(tables->counters().failing);
}

TEST_F(SenderTablesTest, AChangeIsSeenByItself) {
    settings.recipients.senders = folder.write("table", "* safe a.example\n");
    settings.recipients.reload = std::chrono::milliseconds(5);
    const auto tables = start();
    ASSERT_NE(tables->current(), nullptr);
    EXPECT_EQ(tables->current()->size(), 1U);
    folder.write("next", "* safe a.example\n* safe b.example\n");
    std::filesystem::rename(folder.at("next"), folder.at("table"));
    ASSERT_EQ(changed.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
    EXPECT_EQ(tables->current()->size(), 2U);
    EXPECT_EQ(sizes, std::vector<std::size_t>{2});
}

TEST_F(SenderTablesTest, TroubleIsToldOnceAndItsEndToo) {
    settings.recipients.senders = folder.write("table", "* safe a.example\n");
    const auto tables = start();
    tables->refresh();
    EXPECT_TRUE(warnings.empty());
    folder.write("table", "nonsense\n");
    tables->refresh();
    tables->refresh();
    const std::string failed = "recipients.failed recipients.senders: " + folder.at("table") +
                               ", line 1: \"nonsense\" is not written RECIPIENT safe|blocked SENDER";
    EXPECT_EQ(warnings, std::vector<std::string>{failed});
    EXPECT_TRUE(tables->counters().failing);
    EXPECT_EQ(tables->counters().entries, 1U) << "what it said before";
    folder.write("table", "* safe a.example\n* safe c.example\n");
    tables->refresh();
    EXPECT_EQ(warnings, (std::vector<std::string>{failed, "recipients.recovered all of it can be read"}));
    EXPECT_FALSE(tables->counters().failing);
    EXPECT_EQ(tables->counters().entries, 2U);
}

TEST_F(SenderTablesTest, ABadFileAtTheStartIsAnError) {
    settings.recipients.senders = folder.at("absent");
    const auto tables = SenderTables::start(std::make_shared<const Settings>(settings), events());
    ASSERT_FALSE(tables);
    EXPECT_EQ(tables.error().text, "recipients.senders: " + folder.at("absent") + ": there is no such file");
}

TEST_F(SenderTablesTest, AUsersBadScriptAtTheStartIsAWarning) {
    folder.write("mail/rita@ours.example/active", "keep");
    settings.recipients.sieve = folder.at("mail/{user}/active");
    settings.lists.accepted_domains = {"ours.example"};
    const auto tables = start();
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_TRUE(warnings[0].starts_with("recipients.failed recipients.sieve: 1 of 1 cannot be read")) << warnings[0];
    EXPECT_EQ(tables->counters().scripts, 1U);
}

TEST_F(SenderTablesTest, AReloadTakesOtherSourcesOrKeepsTheOld) {
    settings.recipients.senders = folder.write("table", "* safe a.example\n");
    const auto tables = start();
    Settings next = settings;
    next.recipients.senders = folder.at("absent");
    EXPECT_FALSE(tables->configure(std::make_shared<const Settings>(next)));
    EXPECT_EQ(tables->current()->size(), 1U);
    next.recipients.senders = folder.write("other", "* safe a.example\n* safe b.example\n");
    EXPECT_TRUE(tables->configure(std::make_shared<const Settings>(next)));
    EXPECT_EQ(tables->current()->size(), 2U);
    EXPECT_TRUE(tables->configure(std::make_shared<const Settings>()));
    EXPECT_EQ(tables->current(), nullptr);
    EXPECT_TRUE(sizes.empty()) << "who asks for it needs not be told";
}

} // namespace
} // namespace bonafide::engine
