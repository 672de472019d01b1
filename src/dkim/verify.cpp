// dkim::Verifier: which signatures are looked at, what is hashed for them, and the verdict (RFC 6376 6.1).
#include "base/ascii.hpp"
#include "dkim/dkim.hpp"
#include "dkim/header_hashes.hpp"
#include "dkim/judge.hpp"
#include "dkim/key_record.hpp"
#include "dkim/result.hpp"
#include "dkim/signature.hpp"
#include "dkim/unique_start.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::dkim {
namespace {

struct Entry {
    Signature signature;
    crypto::Sha256Digest header_hash{};
    bool several_from = false;
    std::optional<FetchedKey> key;
};

/// How much a signature may matter to DMARC, best first: of the Author Domain itself, of a name above or below it, of a name with the
/// same last two labels (perhaps one organization), of anybody else.
constexpr std::size_t ranks = 4;
std::size_t rank(const Signature& signature, std::string_view author_domain) {
    const std::string_view domain = signature.domain;
    if (domain == author_domain) return 0;
    if (dns::is_equal_or_below(domain, author_domain) || dns::is_equal_or_below(author_domain, domain)) return 1;
    return dns::last_labels(domain, 2) == dns::last_labels(author_domain, 2) ? 2 : 3;
}

} // namespace

struct Verifier::Data {
    Policy policy;
    std::vector<Entry> entries;
    BodyHashes* bodies;

    Data(const mail::HeaderBlock& header, Policy given, BodyHashes& hashes);
    void apply_limits(bool header_oversized);
    void hash_headers(const mail::HeaderBlock& header, const std::vector<std::size_t>& fields);
    [[nodiscard]] Verdict judge(const Entry& entry) const;
    [[nodiscard]] SignatureResult report(const Entry& entry) const;
};

Verifier::Data::Data(const mail::HeaderBlock& header, Policy given, BodyHashes& hashes)
    : policy(std::move(given)), bodies(&hashes) {
    const std::vector<std::size_t> fields = header.find_all("DKIM-Signature");
    entries.reserve(fields.size());
    for (const std::size_t field : fields) {
        entries.emplace_back();
        entries.back().signature = parse_signature(header[field].value, policy);
    }
    apply_limits(header.oversized());
    hash_headers(header, fields);
    policy.author_domain.clear();
}

/// RFC 6376 6.1, 8.4: no more than so many signatures are looked at, those that may align with the Author Domain first.
void Verifier::Data::apply_limits(bool header_oversized) {
    std::size_t left = policy.limits.dkim_signatures;
    std::array<std::vector<Signature*>, ranks> by_rank;
    const auto admit = [&](Signature& signature) {
        if (left != 0) {
            --left;
            return;
        }
        signature.code = Code::too_many_signatures;
        signature.reason = fmt::format("the message has more than {} signatures; this one was not looked at",
                                       policy.limits.dkim_signatures);
    };
    for (Entry& entry : entries) {
        Signature& signature = entry.signature;
        if (signature.code != Code::ok) continue;
        if (header_oversized) {
            signature.code = Code::header_incomplete;
            signature.reason = "the message's header is larger than what we look at";
        } else {
            by_rank.at(rank(signature, policy.author_domain)).push_back(&signature);
        }
    }
    for (const auto& signatures : by_rank)
        for (Signature* signature : signatures) admit(*signature);
}

void Verifier::Data::hash_headers(const mail::HeaderBlock& header, const std::vector<std::size_t>& fields) {
    if (std::ranges::none_of(entries, [](const Entry& entry) { return entry.signature.code == Code::ok; })) return;
    const HeaderIndex index(header);
    const std::size_t from_fields = header.find_all("From").size();
    for (std::size_t i = 0; i < entries.size(); ++i) {
        Entry& entry = entries[i];
        Signature& signature = entry.signature;
        if (signature.code == Code::ok) {
            const auto is_from = [](std::string_view name) { return ascii::iequals(name, "from"); };
            entry.several_from =
                from_fields > static_cast<std::size_t>(std::ranges::count_if(signature.names, is_from));
            SignedFields what{std::move(signature.names), fields[i], signature.b, signature.header_kind};
            entry.header_hash = hash_header(index, what, policy.header_hashes);
            bodies->want(signature.body_kind, signature.length);
        }
        signature.names = {}; // views into a header that may go
    }
}

Verdict Verifier::Data::judge(const Entry& entry) const {
    const Signature& signature = entry.signature;
    if (signature.code != Code::ok) return {signature.code, signature.reason, nullptr};
    Verdict verdict = check_key(entry.key);
    if (verdict.code != Code::ok) return verdict;
    verdict = check_body(signature, *bodies);
    if (verdict.code == Code::ok) return check_header(signature, entry.header_hash, *entry.key);
    verdict.record = entry.key->record.get();
    return verdict;
}

/// RFC 6376 3.9: every result goes out with its d=, those that failed for good too.
SignatureResult Verifier::Data::report(const Entry& entry) const {
    const Signature& signature = entry.signature;
    Verdict verdict = judge(entry);
    SignatureResult out;
    out.code = verdict.code;
    out.result = result_of(verdict.code);
    out.reason = std::move(verdict.reason);
    out.domain = signature.domain;
    out.selector = signature.selector;
    out.identity = signature.identity;
    out.algorithm = signature.algorithm;
    out.canonicalization = signature.canonicalization;
    out.body_length = signature.length;
    out.signed_at = signature.signed_at;
    out.expires = signature.expires;
    out.several_from = entry.several_from;
    if (!signature.signed_headers.empty())
        for (const std::string_view name : ascii::split(signature.signed_headers, ':'))
            out.signed_headers.emplace_back(name);
    if (entry.key) out.dnssec = entry.key->dnssec;
    if (verdict.record != nullptr) {
        out.testing = verdict.record->testing;
        if (verdict.record->key) out.key_bits = verdict.record->key->bits();
    }
    if (const std::uint64_t size = bodies->size(signature.body_kind); signature.length && size > *signature.length)
        out.unsigned_bytes = size - *signature.length;
    if (verdict.code == Code::ok && out.unsigned_bytes != 0)
        out.reason = fmt::format("the last {} octets of the body are not signed (l=)", out.unsigned_bytes);
    else if (verdict.code == Code::ok && out.several_from)
        out.reason = "the message has more From fields than were signed";
    return out;
}

Verifier::Verifier(const mail::HeaderBlock& header, Policy policy, BodyHashes& bodies)
    : data_(std::make_unique<Data>(header, std::move(policy), bodies)) {}
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier& Verifier::operator=(Verifier&&) noexcept = default;
Verifier::~Verifier() = default;

std::size_t Verifier::size() const { return data_->entries.size(); }

bool Verifier::needs_key(std::size_t i) const { return data_->entries[i].signature.code == Code::ok; }

dns::Flow<FetchedKey> Verifier::fetch_key(std::size_t i) const {
    const Signature& signature = data_->entries[i].signature;
    return look_up_key(
        KeyRequest{signature.key_name, signature.key_type, signature.identity_below_domain, data_->policy.limits});
}

void Verifier::set_key(std::size_t i, FetchedKey key) { data_->entries[i].key = std::move(key); }

std::vector<SignatureResult> Verifier::results() const {
    std::vector<SignatureResult> results;
    std::vector<std::string_view> starts;
    results.reserve(size());
    for (const Entry& entry : data_->entries) {
        results.push_back(data_->report(entry));
        starts.push_back(entry.signature.b_start);
    }
    const std::vector<std::size_t> lengths = unique_starts(starts);
    for (std::size_t i = 0; i < results.size(); ++i) {
        results[i].signature_start = starts[i].substr(0, lengths[i]);
        results[i].fingerprint = starts[i];
    }
    return results;
}

} // namespace bonafide::dkim
