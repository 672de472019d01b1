#include "io/store_warm.hpp"

#include "io/store_connection.hpp"

#include <sqlite3.h>
#include <unistd.h>
#include <vector>

namespace bonafide::io::store {
namespace {

constexpr int piece = 1 << 20;

std::int64_t memory() { return std::int64_t{::sysconf(_SC_PHYS_PAGES)} * std::int64_t{::sysconf(_SC_PAGESIZE)}; }

/// Through SQLite's own handle: opening the file another way and closing it again would drop the locks this process has on it.
void read_through(const sqlite::Connection& connection, const std::stop_token& stop) {
    sqlite3_file* file = nullptr;
    sqlite3_int64 size = 0;
    if (::sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file)) !=
            SQLITE_OK ||
        file == nullptr || file->pMethods == nullptr || file->pMethods->xFileSize(file, &size) != SQLITE_OK ||
        size > memory() / 2)
        return;
    std::vector<char> buffer(piece);
    for (sqlite3_int64 at = 0; at < size && !stop.stop_requested(); at += piece) {
        const int done = file->pMethods->xRead(file, buffer.data(), piece, at);
        if (done != SQLITE_OK && done != SQLITE_IOERR_SHORT_READ) return;
    }
}

} // namespace

std::jthread warm_up(std::string file) {
    return std::jthread([name = std::move(file)](const std::stop_token& stop) {
        auto connection = sqlite::Connection::open(name, sqlite::Connection::Access::read_only, {});
        if (connection && connection->number("PRAGMA user_version")) read_through(*connection, stop);
    });
}

} // namespace bonafide::io::store
