// Signing (RFC 6376 5): the DKIM-Signature field of a message that leaves. Never l=, never z=. Pure: keys and times come from outside.
//
//     bodies.want(request.body_kind) for each signature, while the header is read; then the body; bodies.finish();
//     auto value = sign(header, bodies, key, request);      // goes above all fields as "DKIM-Signature: " + value
//
// Several signatures of one message are made over the same header and do not cover one another.
#pragma once

#include "base/error.hpp"
#include "crypto/key.hpp"
#include "dkim/body_hashes.hpp"
#include "dkim/canonical.hpp"
#include "mail/header.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dkim {

inline constexpr std::string_view signature_field = "DKIM-Signature";

/// How a usual field is signed where h= is not given. Each instance that is there is covered; to name one more than there are keeps
/// anybody from adding one (RFC 6376 8.15).
struct UsualField {
    enum class Cover : std::uint8_t {
        and_one_more,             ///< whether there is one or not
        and_one_more_if_there_is, ///< without one the mail server adds it behind us (RFC 6409 8), so it cannot be forbidden
        if_there_is,              ///< lists add their own on the way
    };
    std::string_view name; ///< in lower case
    Cover cover;
};
[[nodiscard]] std::span<const UsualField> usual_fields();
/// h= of a message where it is not given.
[[nodiscard]] std::vector<std::string> usual_names(const mail::HeaderBlock& header);

struct SignRequest {
    std::string domain;                        ///< d=
    std::string selector;                      ///< s=
    std::string identity{};                    ///< i=; empty: none
    std::vector<std::string> signed_headers{}; ///< h= as given; empty: usual_names()
    Canonicalization header_kind = Canonicalization::relaxed;
    Canonicalization body_kind = Canonicalization::relaxed;
    std::int64_t time = 0;                      ///< t=
    std::optional<std::int64_t> expire_after{}; ///< x= so many seconds after t=
};

/// Field value, to be written as DKIM-Signature, a colon, one space, VALUE; folded with CRLF HTAB, without a final CRLF.
/// `bodies` are finished, and request.body_kind was wanted whole.
/// Errors: d=, s=, i=, h= or x= are not usable, the key is too short or does not sign, the body hash was not wanted, the header is known in
/// part only, or has no From.
[[nodiscard]] Expected<std::string> sign(const mail::HeaderBlock& header, const BodyHashes& bodies,
                                         const crypto::PrivateKey& key, const SignRequest& request);

} // namespace bonafide::dkim
