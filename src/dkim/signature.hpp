// One DKIM-Signature, ARC-Message-Signature or ARC-Seal field, read and judged as far as that needs neither DNS nor the message
// (RFC 6376 3.5, 6.1.1; RFC 8617 4.1.2, 4.1.3).
#pragma once

#include "base/limits.hpp"
#include "crypto/key.hpp"
#include "dkim/canonical.hpp"
#include "dkim/dkim.hpp"
#include "dkim/tags.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dkim {

/// Owns everything but `names`.
struct Signature {
    Code code = Code::ok; ///< anything else: the signature is not to be used, and `reason` says why
    std::string reason;

    // For the report; filled as far as the field could be read, also when it is not to be used.
    std::string domain;                    ///< d= as A-labels; as written when it is no domain
    std::string selector;                  ///< s= as written
    std::string identity;                  ///< i= as written without folding, or "@d"; "@d" in ARC fields
    std::string algorithm;                 ///< a= as written
    std::string canonicalization;          ///< c= in full
    std::string signed_headers;            ///< h= without white space, lower case, ":" between
    std::string b_start;                   ///< the first characters of b= without white space
    std::optional<std::uint64_t> length;   ///< l=, the largest number when it does not fit
    std::optional<std::int64_t> signed_at; ///< t=
    std::optional<std::int64_t> expires;   ///< x=

    // For the verification; set when code is ok.
    crypto::KeyType key_type = crypto::KeyType::rsa;
    Canonicalization header_kind = Canonicalization::simple;
    Canonicalization body_kind = Canonicalization::simple;
    bool identity_below_domain = false;  ///< the domain of i= is not d= itself
    std::string key_name;                ///< where the key is, as A-labels
    std::vector<std::uint8_t> body_hash; ///< bh=
    std::vector<std::uint8_t> signature; ///< b=
    ValueRange b;                        ///< b= in the field's value
    std::vector<std::string_view> names; ///< h=, views into the field's value
};

/// How much of b= is kept for telling signatures apart (RFC 6008 4); beyond it two signatures are the same for any reader.
constexpr std::size_t b_start_most = 128;

enum class SignatureKind : std::uint8_t {
    dkim,
    arc_message, ///< RFC 8617 4.1.2: v= is ignored, i= is the instance, and nothing says that From must be signed, or anything at all
    arc_seal, ///< RFC 8617 4.1.3: only a=, b=, d=, s= and t= are read; the header fields are always relaxed
};

/// `value` is the field's value as it stands in the message. Never fails: see Signature::code.
[[nodiscard]] Signature parse_signature(std::string_view value, const Policy& policy,
                                        SignatureKind kind = SignatureKind::dkim);

} // namespace bonafide::dkim
