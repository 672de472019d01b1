// Keyed hashes (RFC 2104) for tags and addresses that only we can have made. OpenSSL stays inside the .cpp.
#pragma once

#include "crypto/digest.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace bonafide::crypto {

/// HMAC-SHA-256 (RFC 4231).
[[nodiscard]] Sha256Digest hmac_sha256(std::string_view key, std::string_view text);
/// HMAC-SHA-1 (RFC 2202), for what SRS has always used.
[[nodiscard]] std::array<std::uint8_t, 20> hmac_sha1(std::string_view key, std::string_view text);

/// In a time that tells nothing of where they differ; texts of different length are never equal.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

} // namespace bonafide::crypto
