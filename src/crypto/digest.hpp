// SHA-256 as mail authentication needs it: incremental, small, fetched once (OpenSSL 3's implicit fetch costs more than hashing a header).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bonafide::crypto {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// Incremental SHA-256. Movable, not copyable. Not thread-safe. Throws std::bad_alloc only.
class Sha256 {
  public:
    Sha256();
    Sha256(Sha256&& other) noexcept;
    Sha256& operator=(Sha256&& other) noexcept;
    ~Sha256();

    void update(std::string_view bytes);
    /// The digest of all bytes so far; afterwards the object starts anew.
    [[nodiscard]] Sha256Digest finish();
    /// The digest of all bytes so far; the object goes on (DKIM's l= wants a digest in mid-stream).
    [[nodiscard]] Sha256Digest so_far() const;
    /// A second object that has hashed the same bytes (ARC's seals share a beginning).
    [[nodiscard]] Sha256 copy() const;

  private:
    void start();

    void* context_;        // EVP_MD_CTX
    bool finished_ = true; // the next byte starts a new digest
};

[[nodiscard]] Sha256Digest sha256(std::string_view bytes);

/// 64 lower-case hexadecimal digits, as sha256sum prints them.
[[nodiscard]] std::string to_hex(const Sha256Digest& digest);

} // namespace bonafide::crypto
