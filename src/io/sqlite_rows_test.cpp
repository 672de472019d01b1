#include "io/sqlite_rows.hpp"
#include "io/store_connection.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>
#include <vector>

namespace bonafide::io {
namespace {

namespace fs = std::filesystem;
using store::sqlite::Connection;

class SqliteRows : public testing::Test {
  protected:
    SqliteRows() {
        std::ofstream{file};
        run("CREATE TABLE t(a, b); INSERT INTO t VALUES('x', 1), (NULL, 'y'), ('z', x'00ff'); CREATE VIEW v AS SELECT "
            "* FROM t");
    }
    ~SqliteRows() override { fs::remove(file); }
    void run(const std::string& sql) const {
        auto connection = Connection::open(file, Connection::Access::read_write, std::chrono::seconds(1));
        ASSERT_TRUE(connection);
        const auto done = connection->script(sql);
        ASSERT_TRUE(done) << done.error().text;
    }
    /// "x=1 =y", or what is wrong behind the file's name.
    std::string rows(const std::string& query, std::size_t columns = 2) const {
        std::vector<std::string> texts;
        const auto done =
            read_sqlite_rows(file, query, columns, [&](std::span<const std::string> row) -> Expected<void> {
                texts.push_back(fmt::format("{}", fmt::join(row, "=")));
                return {};
            });
        return done ? fmt::format("{}", fmt::join(texts, " "))
                    : done.error().text.substr(done.error().text.find(": ") + 2);
    }
    std::string file = (fs::path(testing::TempDir()) / fmt::format("rows-{}.db", ::getpid())).string();
};

TEST_F(SqliteRows, AreTexts) {
    EXPECT_EQ(rows("SELECT a, b FROM t WHERE a IS NOT 'z' ORDER BY rowid"), "x=1 =y");
    EXPECT_EQ(rows("SELECT b FROM t WHERE a = 'z'", 1), std::string("\0\xff", 2));
    EXPECT_EQ(rows("SELECT a, b FROM t WHERE a = 'nobody'"), "");
}

TEST_F(SqliteRows, NothingElseIsDone) {
    EXPECT_EQ(rows("SELECT a FROM t"), "the query gives 1 columns in place of 2");
    EXPECT_EQ(rows("SELECT a FROM t WHERE a = 'nobody'"), "the query gives 1 columns in place of 2");
    EXPECT_EQ(rows("DELETE FROM t"), "it may not be written");
    EXPECT_EQ(rows("SELECT a, b FROM absent"), "no such table: absent");
    EXPECT_EQ(rows("SELECT a, b FROM v"), "access to view \"v\" prohibited");
    EXPECT_EQ(rows("nonsense"), "near \"nonsense\": syntax error");
    EXPECT_EQ(rows("-- nothing"), "the statement is empty");
    EXPECT_EQ(rows("SELECT count(*), 0 FROM t"), "3=0");
}

TEST_F(SqliteRows, AnErrorOfARowHasItsNumber) {
    std::size_t seen = 0;
    const auto done = read_sqlite_rows(file, "SELECT a, b FROM t", 2, [&](auto) -> Expected<void> {
        return ++seen == 2 ? Expected<void>(failure("enough")) : Expected<void>();
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().text, file + ": row 2: enough");
    EXPECT_EQ(seen, 2U);
}

TEST_F(SqliteRows, AnotherFile) {
    std::ofstream(file, std::ios::trunc) << std::string(5000, 'x');
    EXPECT_EQ(rows("SELECT a, b FROM t"), "it is no SQLite database");
    fs::remove(file);
    EXPECT_EQ(rows("SELECT a, b FROM t"), "it cannot be opened");
    EXPECT_FALSE(fs::exists(file)) << "nothing is made";
}

TEST_F(SqliteRows, WhatIsWrittenMeanwhileWithALogBesideIt) {
    auto writer = Connection::open(file, Connection::Access::read_write, std::chrono::seconds(1));
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->script("PRAGMA journal_mode = WAL; INSERT INTO t VALUES('new', 2)"));
    EXPECT_EQ(rows("SELECT a, b FROM t WHERE a = 'new'"), "new=2");
}

} // namespace
} // namespace bonafide::io
