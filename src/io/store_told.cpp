#include "io/store_told.hpp"

#include "io/store_series.hpp"
#include "io/store_varint.hpp"

#include <algorithm>
#include <zlib.h>

namespace bonafide::io::store {
namespace {

constexpr std::size_t most_people = 2;
constexpr int quick = 3; // of zlib's nine levels: a third of the time of the usual one, a tenth more bytes

std::unexpected<Error> damaged(std::string_view what) {
    return failure("the packed " + std::string(what) + " of a message are damaged");
}

void put_increment(std::string& out, const Increment& increment) {
    put_fixed(out, increment.key);
    out += static_cast<char>(increment.kind);
    put_number(out, zigzag(increment.counts.day));
    put_counts(out, increment.counts);
    const std::size_t people = std::min(increment.people.size(), most_people);
    out += static_cast<char>(people);
    for (std::size_t i = 0; i < people; ++i) put_fixed(out, increment.people[i]);
}

std::optional<Increment> take_increment(PackedReader& reader) {
    const auto key = reader.fixed();
    const auto kind = reader.byte();
    const auto day = reader.number();
    if (!key || !kind || *kind >= verdict::past_kinds || !day) return std::nullopt;
    if (unzigzag(*day) < INT32_MIN || unzigzag(*day) > INT32_MAX) return std::nullopt;
    const auto counts = take_counts(reader);
    const auto people = reader.byte();
    if (!counts || !people || *people > most_people) return std::nullopt;
    Increment increment{*key, static_cast<verdict::PastKind>(*kind), *counts, {}};
    increment.counts.day = static_cast<std::int32_t>(unzigzag(*day));
    for (std::size_t i = 0; i < *people; ++i) {
        const auto person = reader.fixed();
        if (!person) return std::nullopt;
        increment.people.push_back(*person);
    }
    return increment;
}

} // namespace

std::string pack(const std::vector<Hash>& hashes) {
    std::vector<Hash> sorted = hashes;
    std::ranges::sort(sorted);
    sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
    std::string out;
    out.reserve(sorted.size() * sizeof(Hash));
    for (const Hash hash : sorted) put_fixed(out, hash);
    return out;
}

Expected<std::vector<Hash>> unpack_hashes(std::string_view bytes) {
    std::vector<Hash> hashes;
    for (PackedReader reader(bytes); !reader.empty();) {
        const auto hash = reader.fixed();
        if (!hash || (!hashes.empty() && *hash <= hashes.back())) return damaged("terms");
        hashes.push_back(*hash);
    }
    return hashes;
}

std::string pack(const std::vector<Increment>& increments) {
    std::string out;
    for (const Increment& increment : increments) put_increment(out, increment);
    return out;
}

Expected<std::vector<Increment>> unpack_increments(std::string_view bytes) {
    std::vector<Increment> increments;
    for (PackedReader reader(bytes); !reader.empty();) {
        auto increment = take_increment(reader);
        if (!increment) return damaged("counts");
        increments.push_back(std::move(*increment));
    }
    return increments;
}

std::string deflate(std::string_view text) {
    uLongf length = ::compressBound(static_cast<uLong>(text.size()));
    std::string packed(length, '\0');
    const int done = ::compress2(reinterpret_cast<Bytef*>(packed.data()), &length,
                                 reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()), quick);
    if (done != Z_OK) throw std::bad_alloc(); // the buffer is large enough: nothing else can fail
    packed.resize(length);
    return packed;
}

Expected<std::string> inflate(std::string_view packed, std::size_t bytes) {
    if (bytes > most_text_bytes) return failure("a text in the ledger claims to be too long");
    std::string text(bytes, '\0');
    auto length = static_cast<uLongf>(bytes);
    const int done = ::uncompress(reinterpret_cast<Bytef*>(text.data()), &length,
                                  reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size()));
    if (done != Z_OK || length != bytes) return failure("a packed text in the ledger is damaged");
    return text;
}

} // namespace bonafide::io::store
