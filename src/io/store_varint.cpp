#include "io/store_varint.hpp"

namespace bonafide::io::store {

void put_number(std::string& out, std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) out += static_cast<char>(0x80 | (number & 0x7f));
    out += static_cast<char>(number);
}

void put_fixed(std::string& out, std::uint64_t number) {
    for (int i = 0; i < 8; ++i, number >>= 8) out += static_cast<char>(number & 0xff);
}

std::optional<std::uint64_t> PackedReader::long_number() {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < rest_.size() && i < 10; ++i) {
        const auto byte = static_cast<unsigned char>(rest_[i]);
        if (i == 9 && byte > 1) return std::nullopt; // beyond 64 bits
        number |= std::uint64_t{byte & 0x7fU} << (7 * i);
        if (byte >= 0x80) continue;
        if (byte == 0 && i > 0) return std::nullopt; // a shorter form exists
        rest_.remove_prefix(i + 1);
        return number;
    }
    return std::nullopt;
}

std::optional<std::uint32_t> PackedReader::number32() {
    const auto wide = number();
    if (!wide || *wide > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*wide);
}

std::optional<std::uint64_t> PackedReader::fixed() {
    if (rest_.size() < 8) return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
    rest_.remove_prefix(8);
    return number;
}

std::string_view PackedReader::bytes(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
}

} // namespace bonafide::io::store
