// The part of Database that reads many messages, oldest first. Places come from the index of times alone; documents are unpacked into one
// buffer. Each call is a read transaction of its own: in WAL mode it holds nobody up, and since it is short the log can be taken over.
#include "io/store_database.hpp"
#include "io/store_told.hpp"

#include <algorithm>
#include <libdeflate.h>
#include <memory>
#include <new>

namespace bonafide::io::store {

using sqlite::Query;

/// As inflate() of store_told.hpp, with one state and one buffer for all, in less than half of the time.
class Unpacker {
  public:
    Unpacker() : state_(::libdeflate_alloc_decompressor()) {
        if (state_ == nullptr) throw std::bad_alloc();
    }
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;
    ~Unpacker() { ::libdeflate_free_decompressor(state_); }

    [[nodiscard]] Expected<std::string_view> unpack(std::string_view packed, std::int64_t bytes) {
        if (bytes < 0 || static_cast<std::uint64_t>(bytes) > most_text_bytes)
            return failure("a text in the ledger claims to be too long");
        const auto size = static_cast<std::size_t>(bytes);
        if (buffer_.size() < size) buffer_.resize(size);
        // Without a place for the size, fewer bytes than `size` are a failure too.
        if (::libdeflate_zlib_decompress(state_, packed.data(), packed.size(), buffer_.data(), size, nullptr) !=
            LIBDEFLATE_SUCCESS)
            return failure("a packed text in the ledger is damaged");
        return std::string_view(buffer_).substr(0, size);
    }

  private:
    libdeflate_decompressor* state_;
    std::string buffer_;
};

Expected<std::uint64_t> Database::count(std::int64_t since, std::int64_t until) {
    const auto number =
        impl_->connection.number("SELECT count(*) FROM messages WHERE time >= ? AND time < ?", {since, until});
    if (!number) return std::unexpected(number.error());
    return static_cast<std::uint64_t>(*number);
}

Expected<std::vector<MessagePlace>> Database::places(std::int64_t since, std::int64_t until, const MessagePlace& last,
                                                     std::size_t most) {
    // One lower bound, so that the index is entered there and not at the beginning.
    Query asked = impl_->connection.query(
        "SELECT time, number FROM messages WHERE time >= ?1 AND time < ?2"
        " AND (time > ?3 OR number > ?4) ORDER BY time, number LIMIT ?5",
        {std::max(since, last.time), until, last.time, last.number, static_cast<std::int64_t>(most)});
    std::vector<MessagePlace> places;
    for (;;) {
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) return places;
        places.push_back({asked.integer(0), asked.integer(1)});
    }
}

Expected<std::uint64_t> Database::scan(std::span<const MessagePlace> places,
                                       const std::function<void(const Scanned&)>& take) {
    auto& connection = impl_->connection;
    const auto transaction = sqlite::Transaction::begin(connection, sqlite::Transaction::For::reading);
    if (!transaction) return std::unexpected(transaction.error());
    if (impl_->unpacker == nullptr) impl_->unpacker = std::make_shared<Unpacker>();
    std::uint64_t damaged = 0;
    for (const MessagePlace& place : places) {
        Query asked = connection.query(
            "SELECT id, direction, packed, document_bytes, document FROM messages WHERE number = ?", {place.number});
        const auto row = asked.next();
        if (!row) return std::unexpected(row.error());
        if (!*row) continue; // pruned or erased meanwhile
        Scanned one{place.time, asked.bytes(0), asked.bytes(1), asked.bytes(2), {}};
        if (!one.packed.empty()) {
            take(one);
        } else if (const auto document = impl_->unpacker->unpack(asked.bytes(4), asked.integer(3))) {
            one.document = *document;
            take(one);
        } else {
            ++damaged;
        }
    }
    return damaged;
}

} // namespace bonafide::io::store
