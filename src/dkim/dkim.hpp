// DKIM verification (RFC 6376, 8301, 8463, 8616) as a stream: signatures are known and their header hashes taken when the header ends,
// body hashes run as chunks arrive, keys come in by flows, the verdict needs only digests. A few KiB a message whatever its size.
//
//     dkim::BodyHashes bodies;
//     dkim::Verifier verifier(header, policy, bodies); // parses, canonicalizes and hashes the header, which may go afterwards
//     for i < verifier.size(): run(verifier.fetch_key(i))   // flows; may run while the body streams, in any order
//     bodies.update(chunk)...; bodies.finish();
//     verifier.set_key(i, key) for each fetched key
//     std::vector<SignatureResult> results = verifier.results();
// `bodies` must outlive the verifier; others may share it. One object a message, one thread at a time.
#pragma once

#include "base/limits.hpp"
#include "crypto/key.hpp"
#include "dkim/body_hashes.hpp"
#include "dns/flow.hpp"
#include "mail/header.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dkim {

/// RFC 8601 2.7.1.
enum class Result : std::uint8_t { none, pass, fail, policy, neutral, temperror, permerror };
[[nodiscard]] std::string_view to_text(Result result);
[[nodiscard]] std::optional<Result> parse_result(std::string_view text);

/// Why a signature got its result; one table in result.cpp maps it to that.
enum class Code : std::uint8_t {
    ok,
    bad_syntax,        ///< the tag list does not parse, a tag is duplicated or a value malformed: neutral
    missing_tag,       ///< a required tag is absent: permerror
    bad_version,       ///< v is not 1
    unknown_algorithm, ///< a= unknown: ignored as neutral
    weak_algorithm,    ///< rsa-sha1: permerror (RFC 8301 3.1)
    unknown_canonicalization,
    from_not_signed,     ///< h= lacks From: permerror (5.4)
    bad_domain,          ///< d= or s= is no usable DNS name
    bad_identity,        ///< i= not at or below d=, or key t=s violated
    bad_query_method,    ///< q= without dns/txt
    bad_times,           ///< x= not after t=
    expired,             ///< x= is past
    from_future,         ///< t= is far ahead (our policy: neutral only when configured)
    beyond_limit,        ///< the field, or the list of its h=, is larger than what we look at: policy
    too_many_signatures, ///< past the limit: policy
    header_incomplete,   ///< the header block was oversized: policy
    key_unavailable,     ///< DNS answered with a temporary failure: temperror
    no_key,              ///< NXDOMAIN or no TXT record: permerror
    bad_key,             ///< the record is no valid key record: permerror
    key_revoked,         ///< p= is empty: permerror
    key_wrong_type,      ///< k= does not fit a=: permerror
    key_wrong_hash,      ///< h= excludes sha256: permerror
    key_wrong_service,   ///< s= excludes email: permerror
    key_too_small,       ///< RSA below 1024 bits: permerror (RFC 8301 3.2)
    key_too_large,       ///< RSA above our limit: permerror
    body_hash_mismatch,  ///< fail
    body_too_short,      ///< l= beyond the body: permerror (3.5)
    bad_signature,       ///< fail
};
[[nodiscard]] std::string_view to_text(Code code); ///< "body-hash-mismatch", ...

struct SignatureResult {
    Result result = Result::none;
    Code code = Code::ok;
    std::string reason;           ///< one plain phrase, escaped; empty for a clean pass
    std::string domain;           ///< d= normalized to A-labels; as written when it is no domain
    std::string selector;         ///< s= as written
    std::string identity;         ///< i= as written, or "@d"
    std::string algorithm;        ///< a= as written
    std::string canonicalization; ///< c= in full, e.g. "relaxed/simple"
    std::string
        signature_start;     ///< header.b: first 8 characters of b= or more until unique in the message (RFC 6008 4)
    std::string fingerprint; ///< the first 128 characters of b=: no other signature has them
    unsigned key_bits = 0;
    bool testing = false;                            ///< key has t=y
    std::optional<std::uint64_t> body_length;        ///< l= as given
    std::uint64_t unsigned_bytes = 0;                ///< canonical body bytes that l= leaves uncovered
    std::optional<std::int64_t> signed_at;           ///< t=
    std::optional<std::int64_t> expires;             ///< x=
    std::vector<std::string> signed_headers;         ///< h= lower case
    dns::Dnssec dnssec = dns::Dnssec::indeterminate; ///< of the key record
    bool several_from = false; ///< more From fields than h= covers: what a reader sees may be unsigned (RFC 6376 8.15)
};

/// What the key look-up of one signature gave.
struct FetchedKey {
    Code code = Code::no_key;                       ///< ok, or why there is none
    std::string reason;                             ///< phrase for a person when code is not ok
    std::shared_ptr<const struct KeyRecord> record; ///< the record used or refused, if any; shared with the DNS cache
    std::vector<std::shared_ptr<const struct KeyRecord>>
        more; ///< further usable records at the name: each is tried (6.1.2)
    dns::Dnssec dnssec = dns::Dnssec::indeterminate;
};

class HeaderHashes;

/// What the verifier is told from outside.
struct Policy {
    std::int64_t now = 0;          ///< Unix time
    std::int64_t clock_skew = 300; ///< seconds of tolerance for x= and t=
    bool refuse_future = false;    ///< t= beyond now + clock_skew makes a signature neutral (3.5: MAY ignore)
    std::string author_domain; ///< signatures aligned with it are evaluated first when there are more than the limit
    Limits limits;
    HeaderHashes* header_hashes =
        nullptr; ///< for a record of the verdict; not owned, and only used while the header is read
};

class Verifier {
  public:
    /// Announces to `bodies` what it wants of the body.
    Verifier(const mail::HeaderBlock& header, Policy policy, BodyHashes& bodies);
    Verifier(Verifier&&) noexcept;
    Verifier& operator=(Verifier&&) noexcept;
    ~Verifier();

    /// Number of DKIM-Signature fields, malformed ones included.
    [[nodiscard]] std::size_t size() const;
    /// True when signature i is sound enough that its key matters; otherwise its result is already fixed.
    [[nodiscard]] bool needs_key(std::size_t i) const;

    /// The key look-up of signature i (needs_key(i)). The flow holds copies: it may outlive the verifier.
    [[nodiscard]] dns::Flow<FetchedKey> fetch_key(std::size_t i) const;
    void set_key(std::size_t i, FetchedKey key);

    /// One entry per DKIM-Signature field, top to bottom. After bodies.finish(); a signature whose key never came is temperror.
    [[nodiscard]] std::vector<SignatureResult> results() const;

    struct Data;

  private:
    std::unique_ptr<Data> data_;
};

} // namespace bonafide::dkim
