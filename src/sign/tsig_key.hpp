// The shared key that signs dynamic updates (TSIG, RFC 8945), as the tools of name servers write it into a file.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace bonafide::sign {

struct TsigKey {
    static constexpr std::size_t most_bytes = 16384; ///< of the file
    std::string name;                                ///< a domain name without final dot
    std::string algorithm;                           ///< "hmac-sha256" or "hmac-sha512"
    std::string secret;                              ///< base64
    bool operator==(const TsigKey&) const = default;
};

/// As tsig-keygen (BIND) writes it, `key "NAME" { algorithm A; secret "S"; };`, or keymgr -t (Knot), `key:` with `id:`, `algorithm:` and
/// `secret:`. Lines that begin with # or // are comments. Errors: a part is missing, several keys, another algorithm, a secret that is no
/// base64 or empty.
[[nodiscard]] Expected<TsigKey> parse_tsig_key(std::string_view text);

} // namespace bonafide::sign
