// Messages, what they add up to, lists and audit.
#include "io/store_connection.hpp"
#include "io/store_fixture.hpp"

namespace bonafide::io::store {
namespace {

class StoreMessagesTest : public StoreTest {
  protected:
    [[nodiscard]] static std::vector<std::string> ids(const Expected<std::vector<Found>>& found) {
        std::vector<std::string> ids;
        for (const Found& one : found.value_or(std::vector<Found>{})) ids.push_back(one.message.id);
        return ids;
    }
    [[nodiscard]] static Message spoof(std::string id, std::int64_t time, std::string compauth,
                                       std::string suggestion) {
        Message one = message(std::move(id), time);
        one.spoof = true;
        one.compauth = std::move(compauth);
        one.suggestion = std::move(suggestion);
        return one;
    }
};

using Ids = std::vector<std::string>;

TEST_F(StoreMessagesTest, AMessageComesBackWhole) {
    Database database = open();
    Message kept = message("m1", noon);
    kept.dmarc = "fail";
    kept.dmarc_policy = "none";
    kept.suggestion = "junk";
    kept.action = "accept";
    kept.sealer = "list.example";
    kept.spoof = kept.internal = true;
    kept.document = "{\"subject\":\"" + std::string(5000, 'a') + "\\u0000\"}";
    kept.terms = {5, 3, 5};
    kept.told = {good(9, today)};
    kept.transcript = "[1,2,3]";
    ASSERT_TRUE(database.write(batch(kept), {}));
    const auto found = database.message("m1");
    ASSERT_TRUE(found && *found);
    const Message& read = (*found)->message;
    EXPECT_EQ(std::tie(read.id, read.time, read.direction, read.author, read.author_domain, read.infrastructure),
              std::tie(kept.id, kept.time, kept.direction, kept.author, kept.author_domain, kept.infrastructure));
    EXPECT_EQ(std::tie(read.recipient, read.compauth, read.reason, read.dmarc, read.dmarc_policy, read.suggestion),
              std::tie(kept.recipient, kept.compauth, kept.reason, kept.dmarc, kept.dmarc_policy, kept.suggestion));
    EXPECT_EQ(std::tie(read.action, read.sealer, read.spoof, read.internal, read.document),
              std::tie(kept.action, kept.sealer, kept.spoof, kept.internal, kept.document));
    ASSERT_EQ(read.told.size(), 1U);
    EXPECT_EQ(read.told[0].key, 9U);
    EXPECT_EQ(database.transcript("m1").value_or("?"), "[1,2,3]");
    EXPECT_EQ(database.transcript("m2").value_or("?"), "");
    EXPECT_FALSE(database.message("m2").value());
}

TEST_F(StoreMessagesTest, ADamagedRowHidesNoOther) {
    Database database = open();
    for (int i = 0; i < 3; ++i) {
        Message one = message(fmt::format("m{}", i), noon + i);
        one.terms = {1};
        one.transcript = "[]";
        one.correspondents = {fmt::format("d{}.example", i)};
        Batch all = batch({good(static_cast<Hash>(i), today)});
        all.messages.push_back(one);
        ASSERT_TRUE(database.write(all, {}));
    }
    ASSERT_EQ(database.damage(9)->count, 0U);
    auto raw = sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_write, std::chrono::seconds(5));
    ASSERT_TRUE(raw->script("UPDATE messages SET document = x'00' WHERE id = 'm1';"
                            "UPDATE messages SET told = x'01' WHERE id = 'm2';"
                            "UPDATE history SET days = x'ff' WHERE key = 1;"
                            "UPDATE history SET people = x'01' WHERE key = 2;"
                            "UPDATE transcripts SET bytes = 7 WHERE message = 1;"
                            "UPDATE correspondents SET days = x'ff' WHERE domain = 'd2.example'"));
    EXPECT_EQ(ids(database.messages({})), (Ids{"m2", "m1", "m0"}));
    EXPECT_EQ(ids(database.messages({.term = 1})), (Ids{"m2", "m1", "m0"}));
    const Found damaged = **database.message("m1");
    EXPECT_EQ(damaged.damaged, "document: a packed text in the ledger is damaged");
    EXPECT_EQ(damaged.message.author, "ann@a.example") << "the rest of it is told";
    EXPECT_EQ((*database.message("m0"))->damaged, "");
    EXPECT_EQ(
        database.damage(99)->rows,
        (std::vector<DamagedRow>{{"history", "0000000000000001", "the packed counts of a history are damaged"},
                                 {"history", "0000000000000002", "the people it is about cannot be read"},
                                 {"messages", "m1", "document: a packed text in the ledger is damaged"},
                                 {"messages", "m2", "the packed counts of a message are damaged"},
                                 {"transcripts", "m0", "a packed text in the ledger is damaged"},
                                 {"correspondents", "d2.example", "the packed counts of a history are damaged"}}));
    EXPECT_EQ(database.damage(1)->rows.size(), 1U);
    EXPECT_EQ(database.damage(1)->count, 6U);
    EXPECT_TRUE(database.check()) << "SQLite sees nothing of it";
}

TEST_F(StoreMessagesTest, ADocumentThatIsNoJsonIsDamaged) {
    Database database = open();
    Message one = message("m1", noon);
    one.document = "{\"a\":";
    ASSERT_TRUE(database.write(batch(one), {}));
    EXPECT_EQ(database.damage(9)->rows, (std::vector<DamagedRow>{{"messages", "m1", "document: it is no JSON"}}));
}

TEST_F(StoreMessagesTest, TheSameIdIsTheSameMessage) {
    Database database = open();
    ASSERT_TRUE(database.write(batch(message("m1", noon)), {}));
    ASSERT_TRUE(database.write(batch(message("m1", noon + 1)), {}));
    EXPECT_EQ(database.statistics()->messages, 1U);
    EXPECT_EQ((*database.message("m1"))->message.time, noon);
    EXPECT_TRUE(database.check());
}

TEST_F(StoreMessagesTest, AreFoundByTermTimeAndResultNewestFirst) {
    Database database = open();
    for (int i = 0; i < 5; ++i) {
        Message one = message(fmt::format("m{}", i), noon + i);
        if (i % 2 == 0) one.terms = {42};
        if (i == 4) one.compauth = "pass";
        ASSERT_TRUE(database.write(batch(one), {}));
    }
    EXPECT_EQ(ids(database.messages({})), (Ids{"m4", "m3", "m2", "m1", "m0"}));
    EXPECT_EQ(ids(database.messages({.term = 42})), (Ids{"m4", "m2", "m0"}));
    EXPECT_EQ(ids(database.messages({.term = 42, .most = 1})), (Ids{"m4"}));
    EXPECT_EQ(ids(database.messages({.term = 43})), Ids{});
    EXPECT_EQ(ids(database.messages({.since = noon + 1, .until = noon + 3})), (Ids{"m2", "m1"}));
    EXPECT_EQ(ids(database.messages({.term = 42, .since = noon + 1, .compauth = "fail"})), (Ids{"m2"}));
}

TEST_F(StoreMessagesTest, SpoofsAddUpByPair) {
    Database database = open();
    Message other = spoof("other", noon + 3, "fail", "junk");
    other.infrastructure = "network:192.0.2.0/24";
    other.internal = true;
    Message no_spoof = message("no", noon + 9);
    for (const Message& one :
         {spoof("old", noon - 10, "fail", "junk"), spoof("a", noon, "fail", "junk"),
          spoof("b", noon + 1, "softpass", "deliver"), spoof("c", noon + 2, "fail", "deliver"), other, no_spoof})
        ASSERT_TRUE(database.write(batch(one), {}));
    const auto rows = database.spoofs(noon);
    ASSERT_TRUE(rows) << rows.error().text;
    ASSERT_EQ(rows->size(), 2U);
    const SpoofRow& first = rows->front();
    EXPECT_EQ(first.author_domain, "a.example");
    EXPECT_EQ(first.infrastructure, "ptr:host.example");
    EXPECT_EQ(first.messages, 3U);
    EXPECT_EQ(first.passed, 2U);
    EXPECT_EQ(first.first_seen, noon);
    EXPECT_EQ(first.last_seen, noon + 2);
    EXPECT_EQ(first.last_id, "c");
    EXPECT_EQ(first.last_compauth, "fail");
    EXPECT_EQ(first.last_reason, 1U);
    EXPECT_FALSE(first.internal);
    EXPECT_TRUE(rows->back().internal);
}

TEST_F(StoreMessagesTest, SealersAddUp) {
    Database database = open();
    int number = 0;
    for (const auto& [sealer, author] : {std::pair("list.example", "a.example"),
                                         {"list.example", "b.example"},
                                         {"list.example", "a.example"},
                                         {"other.example", "a.example"},
                                         {"", "a.example"}}) {
        Message one = message(fmt::format("m{}", ++number), noon);
        one.sealer = sealer;
        one.author_domain = author;
        ASSERT_TRUE(database.write(batch(one), {}));
    }
    const auto rows = database.sealers(noon);
    ASSERT_TRUE(rows && rows->size() == 2);
    EXPECT_EQ((*rows)[0].domain, "list.example");
    EXPECT_EQ((*rows)[0].messages, 3U);
    EXPECT_EQ((*rows)[0].author_domains, 2U);
    EXPECT_TRUE(database.sealers(noon + 1)->empty());
}

TEST_F(StoreMessagesTest, CorrespondentsAreWrittenToOnSeveralDays) {
    Database database = open();
    for (int day = 0; day < 3; ++day) {
        Message one = message(fmt::format("m{}", day), noon + day * 86400);
        one.direction = "submitted";
        one.correspondents = {"often.example"};
        if (day > 0) one.correspondents.emplace_back("twice.example");
        if (day == 0) one.correspondents.emplace_back("once.example");
        ASSERT_TRUE(database.write(batch(one), {}));
    }
    EXPECT_EQ(database.correspondents(today, 2, 10).value(), (Ids{"often.example", "twice.example"}));
    EXPECT_EQ(database.correspondents(today, 2, 1).value(), (Ids{"often.example"}));
    EXPECT_EQ(database.correspondents(today + 1, 1, 10).value(), (Ids{"often.example", "twice.example"}));
    EXPECT_EQ(database.correspondents(today + 2, 2, 10).value(), Ids{});
}

TEST_F(StoreMessagesTest, ListsChangeTogetherWithTheAudit) {
    Database database = open();
    Database other = open(Database::Mode::existing);
    ListRow row{"sealers", "list.example", "our list", noon + 5, noon, "root"};
    EXPECT_TRUE(database.put_list(row, audit("lists add")).value());
    row.added = noon + 1;
    EXPECT_FALSE(database.put_list(row, audit("lists add")).value()) << "just this was there";
    row.note = "another note";
    row.expires.reset();
    EXPECT_TRUE(database.put_list(row, audit("lists change")).value());
    EXPECT_TRUE(other.poll()->lists);
    EXPECT_FALSE(other.poll()->lists);
    const auto lists = other.lists();
    ASSERT_TRUE(lists && lists->size() == 1);
    EXPECT_EQ(lists->front().note, "another note");
    EXPECT_FALSE(lists->front().expires);
    EXPECT_FALSE(database.remove_list("sealers", "nobody.example", audit("lists remove")).value());
    EXPECT_TRUE(database.remove_list("sealers", "list.example", audit("lists remove")).value());
    EXPECT_TRUE(other.lists()->empty());
    EXPECT_TRUE(other.poll()->lists);
    EXPECT_FALSE(database.poll()->lists) << "its own changes are none of others";
    const auto trail = other.audit(2);
    ASSERT_TRUE(trail && trail->size() == 2);
    EXPECT_EQ(trail->front().action, "lists remove");
    EXPECT_EQ(trail->back().action, "lists change");
    EXPECT_EQ(trail->back().why, "because");
    EXPECT_EQ(other.statistics()->audit_rows, 3U);
}

} // namespace
} // namespace bonafide::io::store
