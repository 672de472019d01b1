// Numbers as the packed forms of the store have them: seven bits a byte, low ones first, the high bit set on all but the last byte. One
// number has one form: a longer one is refused, so that what is read and packed again is the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bonafide::io::store {

void put_number(std::string& out, std::uint64_t number);
void put_fixed(std::string& out, std::uint64_t number); ///< eight bytes, low ones first

/// Takes numbers off the front of `bytes`; nothing when they do not begin with one.
class PackedReader {
  public:
    explicit PackedReader(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }
    [[nodiscard]] std::optional<std::uint64_t> number() {
        const auto first = rest_.empty() ? std::uint8_t{0x80} : static_cast<std::uint8_t>(rest_.front());
        if (first >= 0x80) return long_number();
        rest_.remove_prefix(1);
        return first;
    }
    [[nodiscard]] std::optional<std::uint32_t> number32(); ///< nothing when it does not fit
    [[nodiscard]] std::optional<std::uint64_t> fixed();
    [[nodiscard]] std::optional<std::uint8_t> byte() {
        if (rest_.empty()) return std::nullopt;
        const auto byte = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return byte;
    }
    [[nodiscard]] std::string_view bytes(std::size_t size); ///< at most left()

  private:
    [[nodiscard]] std::optional<std::uint64_t> long_number();

    std::string_view rest_;
};

/// Small for numbers near zero, of either sign.
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t number) {
    return (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t number) {
    return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
}

} // namespace bonafide::io::store
