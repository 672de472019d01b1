// Sealing (RFC 8617 5.1): one more ARC set on a message that this ADMD is done with. Call it after every change to the message,
// signing included (5.1 step 1), with the outcome of the validation at arrival.
#pragma once

#include "arc/chain.hpp"
#include "base/error.hpp"
#include "base/ip.hpp"
#include "crypto/key.hpp"
#include "dkim/signature_field.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bonafide::arc {

using dkim::Layout;

struct SealRequest {
    std::string domain;      ///< d=
    std::string selector;    ///< s=
    std::string authserv_id; ///< of the ARC-Authentication-Results
    std::vector<std::string>
        signed_headers;    ///< h= as given; empty: those of the usual list that the message has, all instances
    std::int64_t time = 0; ///< t=
    dkim::Canonicalization header_kind = dkim::Canonicalization::relaxed;
    dkim::Canonicalization body_kind = dkim::Canonicalization::relaxed;
    std::optional<ip::Address> client; ///< for the arc= result, when the results given lack one
    Layout layout = Layout::standard;
};

/// Field values, each to be written as NAME, a colon, one space, VALUE; folded with CRLF HTAB, without a final CRLF.
struct Set {
    unsigned instance = 0;
    Status cv = Status::none;
    std::string results;           ///< ARC-Authentication-Results: prepend first
    std::string message_signature; ///< ARC-Message-Signature: prepend second
    std::string seal;              ///< ARC-Seal: prepend last
};

struct Sealing {
    std::optional<Set> set;
    std::string why_not; ///< one plain phrase when there is no set because there must not be one
};

/// What became of the chain when the message arrived (RFC 8617 4.4, 5.1 step 4 C), found out later: `now` is the outcome over the message
/// as it is now, `results` are our own of its arrival (merge.hpp). A handler that changes a message breaks the newest message signature
/// itself (7.1.3), so an arc=pass of ours stands as long as all seals verify; and an arc=fail of ours stands whatever verifies now,
/// since failure is permanent (5.2.1). Without an arc= of ours it is `now`.
[[nodiscard]] Outcome at_arrival(Outcome now, std::span<const std::string> results);

/// `header` is the message's as it leaves, all ARC fields that came with it included; `bodies` are finished hashes of the body as
/// it leaves, of which request.body_kind was wanted whole; `results` come from merge.hpp; `chain` is the outcome at arrival, and an arc=
/// among the results that says otherwise of an existing chain is replaced by it.
/// No set when the newest seal says cv=fail (5.1 step 2), when it would be the 51st, or when the header is known in part only.
/// A chain that failed now is sealed with cv=fail, and that seal covers the new set alone (5.1.2).
/// Errors: d=, s= or h= of the request are not usable, the key is too short or does not sign, the body hash was not wanted.
[[nodiscard]] Expected<Sealing> seal(const mail::HeaderBlock& header, const dkim::BodyHashes& bodies,
                                     const Outcome& chain, std::span<const std::string> results,
                                     const crypto::PrivateKey& key, const SealRequest& request);

} // namespace bonafide::arc
