#include "io/sqlite_rows.hpp"

#include "base/escape.hpp"
#include "io/store_connection.hpp"

#include <chrono>
#include <fmt/format.h>
#include <vector>

namespace bonafide::io {

Expected<void> read_sqlite_rows(const std::string& file, const std::string& query, std::size_t columns,
                                const std::function<Expected<void>(std::span<const std::string>)>& row) {
    using store::sqlite::Connection;
    const std::chrono::milliseconds patience{2000};
    auto connection = Connection::open(file, Connection::Access::read_only, patience, "SQLite database");
    if (!connection) return std::unexpected(std::move(connection.error()));
    auto asked = connection->query(query);
    std::vector<std::string> texts(columns);
    for (std::size_t number = 1;; ++number) {
        const auto more = asked.next();
        if (!more) return std::unexpected(more.error());
        if (asked.columns() != columns)
            return failure(fmt::format("{}: the query gives {} columns in place of {}", escape::line(file),
                                       asked.columns(), columns));
        if (!*more) return {};
        for (std::size_t i = 0; i < columns; ++i) texts[i] = asked.text(static_cast<int>(i));
        if (const auto taken = row(texts); !taken)
            return failure(fmt::format("{}: row {}: {}", escape::line(file), number, taken.error().text));
    }
}

} // namespace bonafide::io
