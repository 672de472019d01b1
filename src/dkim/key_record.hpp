// DKIM key records (RFC 6376 3.6.1, RFC 8463 4) and finding the one a signature needs (6.1.2). Shared by DKIM and ARC.
#pragma once

#include "base/limits.hpp"
#include "crypto/key.hpp"
#include "dkim/dkim.hpp"
#include "dns/flow.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dkim {

/// One TXT record at a selector, parsed once and kept with the DNS answer.
struct KeyRecord {
    Code code = Code::ok; ///< bad_key, key_revoked or key_wrong_type (k= is unknown) when it can serve no signature
    std::string reason;   ///< why, when code is not ok
    bool allows_sha256 = true;            ///< h=
    bool allows_email = true;             ///< s=
    bool testing = false;                 ///< t=y
    bool strict_identity = false;         ///< t=s: the domain of i= must be d= itself
    std::optional<crypto::PublicKey> key; ///< set when code is ok
};

/// Never fails: see KeyRecord::code.
[[nodiscard]] KeyRecord parse_key_record(std::string_view text, const Limits& limits);

/// What a signature wants of its key.
struct KeyRequest {
    std::string name; ///< "selector._domainkey.domain" as A-labels
    crypto::KeyType type = crypto::KeyType::rsa;
    bool identity_below_domain = false; ///< the domain of i= lies below d=
    Limits limits;
};

/// Asks for the key at request.name. Of several records the first `dkim_key_records` are tried (6.1.2 item 4).
[[nodiscard]] dns::Flow<FetchedKey> look_up_key(KeyRequest request);

} // namespace bonafide::dkim
