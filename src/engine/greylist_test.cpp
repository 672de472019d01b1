#include "engine/greylist.hpp"
#include "engine/test_store.hpp"
#include "io/store_sqlite.hpp"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <future>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

namespace greylist = policy::greylist;
using greylist::Step;
using io::store::GreylistBatch;
using io::store::GreylistStore;
using io::store::Hash;
using testing_store::eventually;

constexpr std::int64_t start = 1'795'255'200;

/// A memory store that fails, or keeps its answers back.
class Difficult final : public GreylistStore {
  public:
    io::store::Secret secret() const override { return memory_->secret(); }
    void read(std::vector<Hash> keys, std::function<void(Expected<States>)> done) override {
        if (silent) {
            kept.push_back(std::move(done));
            return;
        }
        if (reads_fail) return done(failure("the disk is gone"));
        memory_->read(std::move(keys), std::move(done));
    }
    void write(GreylistBatch batch, std::function<void(Expected<void>)> done) override {
        ++batches;
        if (writes_fail) return done(failure("the disk is full"));
        memory_->write(std::move(batch), std::move(done));
    }
    std::atomic<bool> silent = false, reads_fail = false, writes_fail = false;
    std::atomic<int> batches = 0;
    std::vector<std::function<void(Expected<States>)>> kept;

  private:
    std::unique_ptr<GreylistStore> memory_ = io::store::make_memory_greylist();
};

std::shared_ptr<const Settings> settings(const std::function<void(Settings&)>& change = {}) {
    auto made = std::make_shared<Settings>();
    made->greylist.enabled = true;
    made->ledger.batch = std::chrono::milliseconds(10);
    made->ledger.read_timeout = std::chrono::milliseconds(2000);
    if (change) change(*made);
    return made;
}

GreylistRequest request(const std::vector<std::string>& recipients = {"rita@ours.example"},
                        const std::string& sender = "ann@a.example") {
    GreylistRequest made;
    made.who = greylist::Identity{greylist::Identity::Kind::network, "192.0.2.0/24"};
    made.helo = "mx.a.example";
    for (const std::string& recipient : recipients)
        made.recipients.push_back({recipient, {}, greylist::Key{*made.who, sender, recipient}});
    return made;
}

GreylistAnswer ask(Greylist& daemon, std::int64_t now, GreylistRequest asked = request()) {
    std::promise<GreylistAnswer> answer;
    const auto source = daemon.source({});
    const auto ticket =
        source->consider(std::move(asked), now, [&](GreylistAnswer given) { answer.set_value(std::move(given)); });
    return answer.get_future().get();
}

TEST(GreylistDaemon, DefersThenVerifiesThenKnows) {
    Greylist daemon(nullptr, settings(), {});
    const GreylistAnswer first = ask(daemon, start);
    EXPECT_TRUE(first.defer);
    EXPECT_EQ(first.wait, 300);
    EXPECT_EQ(action_text(first), "Rejected");
    const GreylistAnswer early = ask(daemon, start + 299);
    EXPECT_TRUE(early.defer);
    EXPECT_EQ(early.wait, 1);
    EXPECT_EQ(action_text(early), "Rejected (not verified)");
    const GreylistAnswer back = ask(daemon, start + 300);
    EXPECT_FALSE(back.defer);
    EXPECT_EQ(back.recipients.front().considered->step, Step::pass_now);
    EXPECT_EQ(action_text(back), "Verified");
    EXPECT_EQ(ask(daemon, start + 301).recipients.front().considered->step, Step::pass_known);
    const Greylist::Counters counters = daemon.counters();
    EXPECT_EQ(counters.deferred_first, 1U);
    EXPECT_EQ(counters.deferred_early, 1U);
    EXPECT_EQ(counters.verified, 1U);
    EXPECT_EQ(counters.known, 1U);
}

TEST(GreylistDaemon, MixedRecipientsAreAcceptedAndNothingIsKept) {
    Greylist daemon(nullptr, settings(), {});
    (void)ask(daemon, start);
    (void)ask(daemon, start + 300);
    const GreylistAnswer mixed = ask(daemon, start + 400, request({"rita@ours.example", "ron@ours.example"}));
    EXPECT_FALSE(mixed.defer);
    EXPECT_TRUE(mixed.mixed);
    EXPECT_EQ(ask(daemon, start + 500, request({"ron@ours.example"})).recipients.front().considered->step,
              Step::defer_first);
}

TEST(GreylistDaemon, AnExemptRecipientSettlesItWithoutTheStore) {
    auto store = std::make_unique<Difficult>();
    store->reads_fail = true;
    Greylist daemon(std::move(store), settings(), {});
    GreylistRequest asked = request({"rita@ours.example", "abuse@ours.example"});
    asked.recipients[1].key.reset();
    asked.recipients[1].exempt = greylist::Exemption{greylist::Exempt::recipient, "it is exempt"};
    const GreylistAnswer answer = ask(daemon, start, asked);
    EXPECT_FALSE(answer.defer);
    EXPECT_FALSE(answer.unanswered);
    EXPECT_TRUE(answer.mixed);
    EXPECT_EQ(action_text(answer), "Accepted");
}

TEST(GreylistDaemon, ANetworkIsKnownAfterEnoughMessages) {
    Greylist daemon(nullptr, settings(), {});
    for (int i = 0; i < 5; ++i) {
        const GreylistRequest one =
            request({"rita@ours.example"}, "s" + std::string(1, static_cast<char>('a' + i)) + "@a.example");
        EXPECT_TRUE(ask(daemon, start + i * 4000, one).defer) << i;
        EXPECT_FALSE(ask(daemon, start + i * 4000 + 300, one).defer) << i;
    }
    const GreylistAnswer stranger = ask(daemon, start + 20000, request({"zoe@ours.example"}, "new@else.example"));
    EXPECT_FALSE(stranger.defer);
    EXPECT_TRUE(stranger.known_pool);
}

TEST(GreylistDaemon, ARetryIsSeenBeforeAnythingIsWritten) {
    auto store = std::make_unique<Difficult>();
    store->writes_fail = true;
    std::atomic<int> failed = 0;
    Greylist daemon(std::move(store), settings(), {[&](std::string_view event, std::string_view) {
                        if (event == "greylist.failed") ++failed;
                    }});
    EXPECT_TRUE(ask(daemon, start).defer);
    EXPECT_TRUE(eventually([&] { return failed == 1; }));
    EXPECT_EQ(ask(daemon, start + 10).wait, 290) << "kept in memory";
    EXPECT_FALSE(ask(daemon, start + 300).defer);
    EXPECT_TRUE(daemon.counters().failing);
    EXPECT_GT(daemon.counters().waiting, 0U);
}

TEST(GreylistDaemon, FailsOpenWhenTheStoreCannotRead) {
    auto store = std::make_unique<Difficult>();
    store->reads_fail = true;
    Difficult& disk = *store;
    std::vector<std::string> events;
    {
        Greylist daemon(std::move(store), settings(),
                        {[&](std::string_view event, std::string_view) { events.emplace_back(event); }});
        for (int i = 0; i < 2; ++i) {
            const GreylistAnswer answer = ask(daemon, start);
            EXPECT_FALSE(answer.defer);
            EXPECT_TRUE(answer.unanswered);
            EXPECT_TRUE(answer.why.contains("the ledger")) << answer.why;
        }
        disk.reads_fail = false;
        EXPECT_TRUE(ask(daemon, start).defer);
        EXPECT_EQ(daemon.counters().unanswered, 2U);
    }
    EXPECT_EQ(events, (std::vector<std::string>{"greylist.unreadable", "greylist.readable"}));
}

TEST(GreylistDaemon, FailsOpenWhenTheStoreTakesTooLong) {
    auto store = std::make_unique<Difficult>();
    store->silent = true;
    Difficult& disk = *store;
    Greylist daemon(std::move(store),
                    settings([](Settings& s) { s.ledger.read_timeout = std::chrono::milliseconds(20); }), {});
    const GreylistAnswer answer = ask(daemon, start);
    EXPECT_TRUE(answer.unanswered);
    ASSERT_EQ(disk.kept.size(), 1U);
    disk.kept.front()(GreylistStore::States{std::nullopt, std::nullopt});
    EXPECT_EQ(daemon.counters().waiting, 0U) << "an answer that comes too late keeps nothing";
}

TEST(GreylistDaemon, AcceptsWhenTooManyStatesWait) {
    auto store = std::make_unique<Difficult>();
    store->writes_fail = true;
    std::atomic<int> full = 0;
    Greylist daemon(std::move(store), settings([](Settings& s) { s.limits.greylist_cache = 4; }),
                    {[&](std::string_view event, std::string_view) {
                        if (event == "greylist.full") ++full;
                    }});
    const auto one = [&](const char* sender) { return ask(daemon, start, request({"rita@ours.example"}, sender)); };
    for (const char* sender : {"a@a.example", "b@a.example", "c@a.example"}) EXPECT_TRUE(one(sender).defer) << sender;
    EXPECT_FALSE(one("d@a.example").defer) << "one past the limit: a key and its pool";
    EXPECT_FALSE(one("e@a.example").defer);
    EXPECT_EQ(full, 1) << "told once";
    EXPECT_EQ(daemon.counters().full, 2U);
}

TEST(GreylistDaemon, NobodyIsToldWhoHasLetGo) {
    auto store = std::make_unique<Difficult>();
    store->silent = true;
    Difficult& disk = *store;
    Greylist daemon(std::move(store), settings(), {});
    bool told = false;
    auto ticket = daemon.source({})->consider(request(), start, [&](const GreylistAnswer&) { told = true; });
    ticket.reset();
    disk.silent = false;
    disk.kept.front()(GreylistStore::States{std::nullopt, std::nullopt});
    EXPECT_FALSE(told);
    EXPECT_TRUE(ask(daemon, start + 1).defer);
    EXPECT_EQ(ask(daemon, start + 2).wait, 298) << "the attempt was kept all the same";
}

TEST(GreylistDaemon, ASourceOutlivesIt) {
    std::shared_ptr<GreylistSource> source;
    {
        Greylist daemon(std::make_unique<Difficult>(), settings(), {});
        source = daemon.source({});
    }
    bool accepted = false;
    (void)source->consider(request(), start, [&](const GreylistAnswer& answer) { accepted = answer.unanswered; });
    EXPECT_TRUE(accepted);
}

class GreylistFileTest : public testing::Test {
  protected:
    GreylistFileTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-greylist-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~GreylistFileTest() override { std::filesystem::remove_all(folder_); }
    /// The file's own thread prunes by the real time.
    const std::int64_t today_start = std::time(nullptr);
    [[nodiscard]] std::unique_ptr<GreylistStore> open() const {
        auto store = io::store::open_sqlite_greylist(folder_ + "/ledger.db");
        if (!store) throw std::runtime_error(store.error().text);
        return std::move(*store);
    }
    std::string folder_;
};

TEST_F(GreylistFileTest, TwoDaemonsOnOneLedgerAgree) {
    Greylist one(open(), settings(), {}), two(open(), settings(), {});
    EXPECT_TRUE(ask(one, today_start).defer);
    one.flush();
    EXPECT_EQ(ask(two, today_start + 100).wait, 200);
    two.flush();
    EXPECT_FALSE(ask(one, today_start + 300).defer);
    one.flush();
    EXPECT_EQ(ask(two, today_start + 301).recipients.front().considered->step, Step::pass_known);
}

TEST_F(GreylistFileTest, OutlivesTheDaemon) {
    { (void)ask(*std::make_unique<Greylist>(open(), settings(), GreylistEvents{}), today_start); }
    Greylist again(open(), settings(), {});
    EXPECT_EQ(ask(again, today_start + 60).wait, 240);
}

TEST_F(GreylistFileTest, HashedAddressesAreNotWritten) {
    {
        Greylist daemon(open(), settings([](Settings& s) { s.ledger.addresses = KeptAddresses::hashed; }), {});
        (void)ask(daemon, today_start);
    }
    auto ledger = io::store::Database::open(folder_ + "/ledger.db", io::store::Database::Mode::existing);
    ASSERT_TRUE(ledger);
    const auto rows = ledger->greylist({});
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_TRUE(rows->front().sender.starts_with('#') && rows->front().sender.ends_with("@a.example"))
        << rows->front().sender;
    EXPECT_TRUE(rows->front().recipient.starts_with('#')) << rows->front().recipient;
    io::store::GreylistFilter ann;
    ann.sender = "ann@a.example";
    EXPECT_EQ(ledger->greylist(ann)->size(), 1U) << "found all the same";
}

TEST(GreylistSettings, BecomeAPolicy) {
    const auto made = greylist_policy(*settings([](Settings& s) {
        s.greylist.exempt_recipients = {"Postmaster@", "rita@ours.example"};
        s.greylist.delay = 3600;
        s.greylist.unverified_expiry = 1800;
        s.greylist.verified_expiry = 600;
    }));
    EXPECT_EQ(made->settings.exempt_mailboxes, std::vector<std::string>{"postmaster"});
    EXPECT_EQ(made->settings.exempt_recipients.size(), 1U);
    EXPECT_GT(made->settings.unverified_expiry, made->settings.delay) << "or no retry would count";
    EXPECT_GE(made->settings.verified_expiry, made->settings.unverified_expiry);
    EXPECT_EQ(made->reply.code, 451U);
    EXPECT_EQ(made->reply.enhanced, "4.7.1");
}

} // namespace
} // namespace bonafide::engine
