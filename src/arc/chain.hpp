// ARC chain validation (RFC 8617 5.2) as a stream, of the same shape as dkim::Verifier and over the same body hashes: the sets are
// collected and their header hashes taken when the header ends, keys come in by flows, the outcome needs only digests.
//
//     dkim::BodyHashes bodies;
//     arc::Validator validator(header, policy, bodies);    // announces what it wants of the body; `header` may go afterwards
//     for i < validator.look_ups(): run(validator.fetch_key(i))   // flows; may run while the body streams, in any order
//     bodies.update(chunk)...; bodies.finish();
//     validator.set_key(i, key) for each fetched key
//     arc::Outcome outcome = validator.outcome();
// `bodies` must outlive the validator. One object a message, one thread at a time.
#pragma once

#include "authres/authres.hpp"
#include "dkim/body_hashes.hpp"
#include "dkim/dkim.hpp"
#include "mail/header.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::arc {

constexpr unsigned most_instances = 50; // RFC 8617 4.2.1

/// Header octets hashed for all ARC-Message-Signatures together: four times the largest header block. The newest one always fits;
/// older ones beyond it are not looked at, and oldest-pass stops above them.
constexpr std::size_t most_signed_bytes = 4U << 20U;

/// Chain Validation Status (RFC 8617 4.4).
enum class Status : std::uint8_t { none, pass, fail };
[[nodiscard]] std::string_view to_text(Status status);
/// Without regard to case, as the ABNF of cv= has it (3.9).
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

/// Why a chain got its status.
enum class Code : std::uint8_t {
    ok,                    ///< pass
    no_chain,              ///< none: the message has no ARC field
    header_incomplete,     ///< the header block was oversized: sets may be missing
    bad_instance,          ///< an ARC field without a usable i= (4.2.1)
    too_many_sets,         ///< i= above 50
    reported_failed,       ///< the newest seal says cv=fail (5.2 step 2)
    duplicate_field,       ///< two fields of one name with the same instance (5.2 step 3 A)
    missing_set,           ///< a gap in 1..N (5.2 step 3 B)
    missing_field,         ///< a set lacks one of its three fields (5.2 step 3 A)
    bad_seal,              ///< an ARC-Seal cannot be read or used
    seal_names_headers,    ///< an ARC-Seal has h= (4.1.3)
    bad_chain_status,      ///< cv= is not none at 1 and pass above (5.2 step 3 C)
    bad_message_signature, ///< the newest ARC-Message-Signature cannot be read or used
    signs_seal,            ///< the newest ARC-Message-Signature covers ARC-Seal (4.1.2)
    message_signature_key, ///< its key is missing, unusable or could not be asked for
    body_changed,          ///< its bh= differs
    header_changed,        ///< its b= differs
    seal_key,              ///< the key of a seal is missing, unusable or could not be asked for
    seal_broken,           ///< b= of a seal differs
    failed_at_arrival,     ///< it verifies now, but an earlier check of ours says otherwise (seal.hpp at_arrival)
};
[[nodiscard]] std::string_view to_text(Code code); ///< "seal-broken", ...

/// What became of one of a set's two signatures.
enum class Check : std::uint8_t {
    skipped, ///< not looked at: nothing depended on it any more
    pass,
    fail,
};
[[nodiscard]] std::string_view to_text(Check check);

/// An ARC-Seal or ARC-Message-Signature as it was written, and whether it verified.
struct Signature {
    Check check = Check::skipped;
    dkim::Code code = dkim::Code::ok;                ///< why check is fail
    std::string reason;                              ///< the same in a phrase, escaped; empty when not failed
    std::string domain;                              ///< d= as A-labels; as written when it is no domain
    std::string selector;                            ///< s= as written
    std::string algorithm;                           ///< a= as written
    std::optional<std::int64_t> signed_at;           ///< t=
    dns::Dnssec dnssec = dns::Dnssec::indeterminate; ///< of the key record
};

/// One ARC set.
struct Instance {
    unsigned number = 0;
    Signature seal;
    std::optional<Status> cv; ///< of the seal; nothing when it is neither none, pass nor fail
    Signature message;
    std::string canonicalization;            ///< of the ARC-Message-Signature, in full
    std::vector<std::string> signed_headers; ///< its h= in lower case
    bool signs_from = false;                 ///< h= names From
    std::uint64_t unsigned_bytes = 0;        ///< canonical body octets that its l= leaves uncovered
    std::string results_text;                ///< the ARC-Authentication-Results value behind "i=N;", as in the message
    /// The same parsed; where the strict reader refuses it for a property without type ("action=none" of Microsoft 365) or an unquoted
    /// value, as the reader of deployed fields takes it.
    std::optional<authres::Field> results;
};

struct Outcome {
    Status result = Status::none; ///< also what a seal added now says as cv=
    Code code = Code::no_chain;
    std::string reason;   ///< one plain phrase that names the instance, escaped; empty on pass and none
    unsigned highest = 0; ///< the highest instance number in any ARC field, also in a broken chain
    unsigned oldest_pass =
        0; ///< on pass: the oldest instance whose message signature still verifies, 0: all do (5.2 step 5)
    std::vector<Instance> instances; ///< ascending; of a broken chain what there is of it
    bool seals_hold = false; ///< every seal verifies; on fail too, when only the content was changed since the newest
    dns::Dnssec dnssec =
        dns::Dnssec::indeterminate; ///< secure only when the keys of all seals and of the newest message are
};

/// What the validator is told from outside.
struct Policy {
    std::int64_t now = 0;          ///< Unix time
    std::int64_t clock_skew = 300; ///< seconds of tolerance for x= of an ARC-Message-Signature
    Limits limits;
    dkim::HeaderHashes* header_hashes =
        nullptr; ///< for a record of the verdict; not owned, and only used while the header is read
};

/// Of the text behind "i=N;" of an ARC-Authentication-Results field: Instance::results.
[[nodiscard]] std::optional<authres::Field> read_results(std::string_view text, const Limits& limits);

class Validator {
  public:
    Validator(const mail::HeaderBlock& header, const Policy& policy, dkim::BodyHashes& bodies);
    Validator(Validator&&) noexcept;
    Validator& operator=(Validator&&) noexcept;
    ~Validator();

    /// How many keys are needed; each name is asked for once. 0: the outcome is fixed already.
    [[nodiscard]] std::size_t look_ups() const;
    /// Look-up i. The flow holds copies: it may outlive the validator.
    [[nodiscard]] dns::Flow<dkim::FetchedKey> fetch_key(std::size_t i) const;
    void set_key(std::size_t i, dkim::FetchedKey key);

    /// After bodies.finish(). A key that never came counts as one that could not be had (5.2.1: all failures are permanent).
    [[nodiscard]] Outcome outcome() const;

    struct Data;

  private:
    std::unique_ptr<Data> data_;
};

} // namespace bonafide::arc
