// Whether one signature holds, once its key and the body's digests are there (RFC 6376 6.1.3). Shared by DKIM and ARC.
#pragma once

#include "dkim/body_hashes.hpp"
#include "dkim/dkim.hpp"
#include "dkim/key_record.hpp"
#include "dkim/signature.hpp"

#include <optional>
#include <string>

namespace bonafide::dkim {

struct Verdict {
    Code code = Code::ok;
    std::string reason;                ///< phrase for a person when code is not ok
    const KeyRecord* record = nullptr; ///< the key record that decided, if any; owned by the FetchedKey
};

/// Whether the key look-up came to an end and gave a usable record.
[[nodiscard]] Verdict check_key(const std::optional<FetchedKey>& key);

/// RFC 6376 6.1.3 items 1 to 3: bh=, and l= if there is one. The signature's digest was wanted of `bodies`.
[[nodiscard]] Verdict check_body(const Signature& signature, const BodyHashes& bodies);

/// RFC 6376 6.1.3 item 4: b= over the header hash, with each usable record of a key that check_key accepts.
[[nodiscard]] Verdict check_header(const Signature& signature, const crypto::Sha256Digest& header_hash,
                                   const FetchedKey& key);

} // namespace bonafide::dkim
