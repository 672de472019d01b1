// Reading all messages of a time, piece by piece, beside those who write and prune.
#include "io/store_connection.hpp"
#include "io/store_fixture.hpp"

namespace bonafide::io::store {
namespace {

class StoreScanTest : public StoreTest {
  protected:
    [[nodiscard]] static std::vector<std::string> documents(Database& database, std::int64_t since, std::int64_t until,
                                                            std::size_t piece) {
        std::vector<std::string> all;
        MessagePlace last;
        for (;;) {
            const auto places = database.places(since, until, last, piece);
            EXPECT_TRUE(places);
            if (!places || places->empty()) return all;
            EXPECT_LE(places->size(), piece);
            EXPECT_TRUE(database.scan(*places, [&](const Scanned& one) {
                EXPECT_EQ(one.direction, "inbound");
                all.emplace_back(one.document);
            }));
            last = places->back();
        }
    }
    /// Each with its time, out of order, several in one second.
    void fill(Database& database) {
        for (const int second : {5, 1, 3, 3, 3, 2, 4}) {
            Message one = message("m" + std::to_string(count_), noon + second);
            one.document = std::to_string(second) + std::string(static_cast<std::size_t>(count_) * 100, 'x');
            ASSERT_TRUE(database.write(batch(one), {}));
            ++count_;
        }
    }
    int count_ = 0;
};

TEST_F(StoreScanTest, OldestFirstWhateverThePiece) {
    Database database = open();
    fill(database);
    for (const std::size_t piece : {1U, 2U, 3U, 100U}) {
        std::string seconds;
        for (const std::string& document : documents(database, noon, noon + 100, piece)) seconds += document.front();
        EXPECT_EQ(seconds, "1233345") << piece;
    }
    EXPECT_EQ(database.count(noon, noon + 100).value_or(0), 7U);
    EXPECT_EQ(documents(database, noon + 3, noon + 4, 2).size(), 3U);
    EXPECT_EQ(database.count(noon + 3, noon + 4).value_or(0), 3U);
    EXPECT_TRUE(documents(database, noon + 6, noon + 100, 2).empty());
}

TEST_F(StoreScanTest, WhatGoesMeanwhileIsPassedOverAndWhatComesIsFound) {
    Database database = open();
    fill(database);
    Database reader = open(Database::Mode::read_only);
    const auto places = reader.places(noon, noon + 100, {}, 100);
    ASSERT_TRUE(places);
    ASSERT_TRUE(database.erase("ann@a.example", audit("erase")));
    ASSERT_TRUE(database.write(batch(message("new", noon + 50)), {})) << "the reader holds nobody up";
    std::size_t found = 0;
    EXPECT_TRUE(reader.scan(*places, [&](const Scanned&) { ++found; }));
    EXPECT_LE(found, places->size());
    const auto more = reader.places(noon, noon + 100, places->back(), 100);
    ASSERT_TRUE(more);
    EXPECT_EQ(more->size(), 1U);
}

TEST_F(StoreScanTest, DamagedDocumentsAreCounted) {
    {
        Database database = open();
        fill(database);
    }
    {
        auto connection = sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_write, {});
        ASSERT_TRUE(connection);
        ASSERT_TRUE(connection->run("UPDATE messages SET document_bytes = document_bytes - 1 WHERE id = 'm0'"));
        ASSERT_TRUE(connection->run("UPDATE messages SET document_bytes = -1 WHERE id = 'm1'"));
        ASSERT_TRUE(connection->run("UPDATE messages SET document = x'00' WHERE id = 'm2'"));
    }
    Database database = open(Database::Mode::read_only);
    const auto places = database.places(noon, noon + 100, {}, 10);
    ASSERT_TRUE(places);
    std::size_t sound = 0;
    EXPECT_EQ(database.scan(*places, [&](const Scanned&) { ++sound; }).value_or(0), 3U);
    EXPECT_EQ(sound, 4U);
}

} // namespace
} // namespace bonafide::io::store
