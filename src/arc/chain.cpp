// arc::Validator: what is read and hashed when the header ends, which keys are asked for, and the outcome (RFC 8617 5.2).
#include "arc/chain.hpp"

#include "arc/seal_hash.hpp"
#include "arc/sets.hpp"
#include "authres/deployed.hpp"
#include "base/ascii.hpp"
#include "dkim/header_hashes.hpp"
#include "dkim/judge.hpp"
#include "dkim/key_record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::arc {
namespace {

/// One of a set's two signatures with what its verification takes.
struct Part {
    dkim::Signature signature;
    crypto::Sha256Digest digest{};
    std::optional<std::size_t> look_up; ///< nothing: it is not going to be verified
};

struct Entry {
    Instance report;
    Part seal;
    Part message;
    bool seal_names_headers = false;
    bool message_may_be_relaxed = false;       ///< it does not say its c=
    crypto::Sha256Digest message_if_relaxed{}; ///< what it signs then
};

struct LookUp {
    dkim::KeyRequest request;
    std::optional<dkim::FetchedKey> key;
};

bool names(const std::vector<std::string>& headers, std::string_view name) {
    return std::ranges::find(headers, name) != headers.end();
}

void describe(Signature& report, const dkim::Signature& signature) {
    report.domain = signature.domain;
    report.selector = signature.selector;
    report.algorithm = signature.algorithm;
    report.signed_at = signature.signed_at;
    if (signature.code == dkim::Code::ok) return;
    report.check = Check::fail;
    report.code = signature.code;
    report.reason = signature.reason;
}

void describe_message(Instance& report, const dkim::Signature& signature) {
    describe(report.message, signature);
    report.canonicalization = signature.canonicalization;
    if (!signature.signed_headers.empty())
        for (const std::string_view name : ascii::split(signature.signed_headers, ':'))
            report.signed_headers.emplace_back(name);
    report.signs_from = names(report.signed_headers, "from");
    // RFC 8617 4.1.2 lets a signature cover no ARC field. Of those only the seals, which come later than the signature, make it
    // impossible to hold; signatures over the others are common and are left to their fate.
    if (signature.code != dkim::Code::ok || !names(report.signed_headers, "arc-seal")) return;
    report.message.check = Check::fail;
    report.message.code = dkim::Code::bad_syntax;
    report.message.reason = "it covers ARC-Seal fields";
}

} // namespace

/// What a sealer writes of a stranger's choice, an address say, must not become a result: so of the departures from the grammar only
/// those are taken that leave the borders of results as they are.
std::optional<authres::Field> read_results(std::string_view text, const Limits& limits) {
    if (Expected<authres::Field> strict = authres::parse(text, limits)) return std::move(*strict);
    Expected<authres::Deployed> deployed = authres::parse_deployed(text, limits);
    const auto harmless = [](authres::Defect defect) {
        return defect == authres::Defect::property_without_type || defect == authres::Defect::odd_value;
    };
    if (!deployed || !std::ranges::all_of(deployed->defects, harmless)) return {};
    return std::move(deployed->field);
}

struct Validator::Data {
    Policy policy;
    dkim::BodyHashes* bodies;
    Outcome fixed; ///< what is known without keys
    std::vector<Entry> entries;
    std::vector<LookUp> look_ups;

    Data(const mail::HeaderBlock& header, const Policy& given, dkim::BodyHashes& hashes);
    void read(const mail::HeaderBlock& header, const std::vector<Places>& places);
    void fail(Code code, std::string reason);
    void check_seals();
    void check_newest_message();
    void hash_messages(const mail::HeaderBlock& header, const std::vector<Places>& places);
    void hash_seals(const mail::HeaderBlock& header, const std::vector<Places>& places);
    [[nodiscard]] std::size_t look_up(const dkim::Signature& signature);

    [[nodiscard]] const std::optional<dkim::FetchedKey>& key_of(const Part& part) const {
        return look_ups[*part.look_up].key;
    }
    void verify_seal(Instance& report, const Entry& entry) const;
    void verify_message(Instance& report, const Entry& entry) const;
    [[nodiscard]] dkim::Verdict check_message(Instance& report, const dkim::Signature& signature,
                                              const crypto::Sha256Digest& digest, const dkim::FetchedKey& key) const;
    void judge(Outcome& outcome) const;
    [[nodiscard]] const Instance* find_broken_seal(Outcome& outcome) const;
    void find_oldest_pass(Outcome& outcome) const;
};

Validator::Data::Data(const mail::HeaderBlock& header, const Policy& given, dkim::BodyHashes& hashes)
    : policy(given), bodies(&hashes) {
    Sets sets = collect(header, policy.limits);
    fixed.highest = sets.highest;
    read(header, sets.places);
    if (sets.code != Code::ok) {
        fixed.result = sets.code == Code::no_chain ? Status::none : Status::fail;
        fixed.code = sets.code;
        fixed.reason = std::move(sets.reason);
    } else {
        fixed.code = Code::ok;
        check_seals();
        if (fixed.code == Code::ok) check_newest_message();
    }
    if (fixed.code == Code::ok) {
        hash_messages(header, sets.places);
        hash_seals(header, sets.places);
    }
    for (Entry& entry : entries) entry.message.signature.names = {}; // views into a header that may go
}

void Validator::Data::fail(Code code, std::string reason) {
    fixed.result = Status::fail;
    fixed.code = code;
    fixed.reason = std::move(reason);
}

void Validator::Data::read(const mail::HeaderBlock& header, const std::vector<Places>& places) {
    for (std::size_t i = 0; i < places.size(); ++i) {
        Entry& entry = entries.emplace_back();
        Instance& report = entry.report;
        report.number = static_cast<unsigned>(i + 1);
        if (const auto field = places[i][Kind::results]) {
            const std::string_view value = header[*field].value;
            report.results_text = value.substr(leading_instance(value, policy.limits)->behind);
            report.results = read_results(report.results_text, policy.limits);
        }
        if (const auto field = places[i][Kind::message]) {
            Signed message = read_signed(header[*field].value, policy, dkim::SignatureKind::arc_message);
            entry.message_may_be_relaxed = !message.names_canonicalization;
            entry.message.signature = std::move(message.signature);
            describe_message(report, entry.message.signature);
        }
        if (const auto field = places[i][Kind::seal]) {
            Signed seal = read_signed(header[*field].value, policy, dkim::SignatureKind::arc_seal);
            report.cv = seal.cv;
            entry.seal_names_headers = seal.names_headers;
            entry.seal.signature = std::move(seal.signature);
            describe(report.seal, entry.seal.signature);
        }
    }
}

/// RFC 8617 5.2 step 3 C, and what of step 6 needs no key: one unusable seal breaks the chain.
void Validator::Data::check_seals() {
    for (const Entry& entry : entries) {
        const unsigned number = entry.report.number;
        // RFC 8617 4.1.3: h= found in a seal is a failure of the chain.
        if (entry.seal_names_headers)
            return fail(Code::seal_names_headers, fmt::format("the seal of instance {} has an h=", number));
        if (entry.report.seal.check == Check::fail)
            return fail(Code::bad_seal,
                        fmt::format("the seal of instance {} cannot be used: {}", number, entry.report.seal.reason));
        const Status wanted = number == 1 ? Status::none : Status::pass;
        if (entry.report.cv != wanted)
            return fail(Code::bad_chain_status, fmt::format("cv= of instance {} is not {}", number, to_text(wanted)));
    }
}

void Validator::Data::check_newest_message() {
    const Instance& newest = entries.back().report;
    if (newest.message.check != Check::fail) return;
    const bool signs_seal = names(newest.signed_headers, "arc-seal");
    fail(signs_seal ? Code::signs_seal : Code::bad_message_signature,
         fmt::format("the message signature of instance {} cannot be used: {}", newest.number, newest.message.reason));
}

std::size_t Validator::Data::look_up(const dkim::Signature& signature) {
    const auto same = [&](const LookUp& known) {
        return known.request.type == signature.key_type && known.request.name == signature.key_name;
    };
    const auto found = std::ranges::find_if(look_ups, same);
    if (found != look_ups.end()) return static_cast<std::size_t>(found - look_ups.begin());
    look_ups.push_back({dkim::KeyRequest{signature.key_name, signature.key_type, false, policy.limits}, {}});
    return look_ups.size() - 1;
}

/// From the newest down to the first that cannot pass anyway: what lies below it does not matter (RFC 8617 5.2 step 5 A).
void Validator::Data::hash_messages(const mail::HeaderBlock& header, const std::vector<Places>& places) {
    const dkim::HeaderIndex index(header);
    std::size_t budget = most_signed_bytes;
    for (std::size_t i = entries.size(); i-- != 0;) {
        Entry& entry = entries[i];
        Part& message = entry.message;
        if (entry.report.message.check == Check::fail) return;
        dkim::SignedFields fields{message.signature.names, *places[i][Kind::message], message.signature.b,
                                  message.signature.header_kind};
        const bool is_newest = i + 1 == entries.size(); // always looked at: the chain hangs on it
        const std::size_t cost = signed_bytes(index, fields);
        if (cost > budget && !is_newest) return;
        budget -= std::min(cost, budget);
        message.digest = dkim::hash_header(index, fields, policy.header_hashes);
        message.look_up = look_up(message.signature);
        bodies->want(message.signature.body_kind, message.signature.length);
        if (!entry.message_may_be_relaxed) continue;
        fields.kind = dkim::Canonicalization::relaxed;
        entry.message_if_relaxed = dkim::hash_header(index, fields, policy.header_hashes);
        bodies->want(dkim::Canonicalization::relaxed, message.signature.length);
    }
}

void Validator::Data::hash_seals(const mail::HeaderBlock& header, const std::vector<Places>& places) {
    SealHash hash;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        Part& seal = entries[i].seal;
        hash.add(header[*places[i][Kind::results]]);
        hash.add(header[*places[i][Kind::message]]);
        const mail::Field field = header[*places[i][Kind::seal]];
        const auto digest = [&] { return hash.with_seal(field, seal.signature.b); };
        seal.digest = policy.header_hashes == nullptr
                          ? digest()
                          : policy.header_hashes->of(*places[i][Kind::seal], dkim::Canonicalization::relaxed, digest);
        hash.add(field);
        seal.look_up = look_up(seal.signature);
    }
}

namespace {

void apply(Signature& report, dkim::Verdict verdict) {
    report.check = verdict.code == dkim::Code::ok ? Check::pass : Check::fail;
    report.code = verdict.code;
    report.reason = std::move(verdict.reason);
}

} // namespace

void Validator::Data::verify_seal(Instance& report, const Entry& entry) const {
    const std::optional<dkim::FetchedKey>& key = key_of(entry.seal);
    if (key) report.seal.dnssec = key->dnssec;
    dkim::Verdict verdict = dkim::check_key(key);
    if (verdict.code == dkim::Code::ok) verdict = dkim::check_header(entry.seal.signature, entry.seal.digest, *key);
    apply(report.seal, std::move(verdict));
}

void Validator::Data::verify_message(Instance& report, const Entry& entry) const {
    const std::optional<dkim::FetchedKey>& key = key_of(entry.message);
    if (key) report.message.dnssec = key->dnssec;
    dkim::Verdict verdict = dkim::check_key(key);
    if (verdict.code == dkim::Code::ok)
        verdict = check_message(report, entry.message.signature, entry.message.digest, *key);
    // Deviates from RFC 6376 3.5 c=: the drafts of ARC had relaxed/relaxed for a signature that does not say, and some still mean it.
    if (entry.message_may_be_relaxed &&
        (verdict.code == dkim::Code::body_hash_mismatch || verdict.code == dkim::Code::bad_signature)) {
        dkim::Signature relaxed = entry.message.signature;
        relaxed.body_kind = dkim::Canonicalization::relaxed;
        dkim::Verdict second = check_message(report, relaxed, entry.message_if_relaxed, *key);
        if (second.code == dkim::Code::ok) {
            report.canonicalization = "relaxed/relaxed";
            verdict = std::move(second);
        }
    }
    apply(report.message, std::move(verdict));
}

dkim::Verdict Validator::Data::check_message(Instance& report, const dkim::Signature& signature,
                                             const crypto::Sha256Digest& digest, const dkim::FetchedKey& key) const {
    const std::uint64_t size = bodies->size(signature.body_kind);
    report.unsigned_bytes = signature.length && size > *signature.length ? size - *signature.length : 0;
    dkim::Verdict verdict = dkim::check_body(signature, *bodies);
    return verdict.code == dkim::Code::ok ? dkim::check_header(signature, digest, key) : verdict;
}

/// RFC 8617 5.2 step 5. Does not affect the validity of the chain.
void Validator::Data::find_oldest_pass(Outcome& outcome) const {
    for (std::size_t i = entries.size() - 1; i-- != 0;) {
        Instance& report = outcome.instances[i];
        if (entries[i].message.look_up) verify_message(report, entries[i]);
        if (report.message.check == Check::pass) continue;
        outcome.oldest_pass = report.number + 1;
        return;
    }
}

/// RFC 8617 5.2 steps 4 to 7. 5.2.1: every failure is permanent, of the DNS too.
void Validator::Data::judge(Outcome& outcome) const {
    const auto broken = [&](Code code, std::string_view what, const Instance& of, const Signature& signature) {
        outcome.result = Status::fail;
        outcome.code = code;
        outcome.oldest_pass = 0;
        outcome.reason = fmt::format("the {} of instance {} fails: {}", what, of.number, signature.reason);
    };
    Instance& newest = outcome.instances.back();
    verify_message(newest, entries.back());
    if (newest.message.check != Check::pass) {
        const dkim::Code code = newest.message.code;
        const bool body = code == dkim::Code::body_hash_mismatch || code == dkim::Code::body_too_short;
        const bool changed = body || code == dkim::Code::bad_signature;
        outcome.seals_hold = changed && find_broken_seal(outcome) == nullptr;
        return broken(body      ? Code::body_changed
                      : changed ? Code::header_changed
                                : Code::message_signature_key,
                      "message signature", newest, newest.message);
    }
    find_oldest_pass(outcome);
    outcome.dnssec = newest.message.dnssec;
    if (const Instance* seal = find_broken_seal(outcome))
        return broken(seal->seal.code == dkim::Code::bad_signature ? Code::seal_broken : Code::seal_key, "seal", *seal,
                      seal->seal);
    outcome.seals_hold = true;
    outcome.result = Status::pass;
}

/// From the newest down to the first that fails (RFC 8617 5.2 step 6); none when all verify.
const Instance* Validator::Data::find_broken_seal(Outcome& outcome) const {
    for (std::size_t i = entries.size(); i-- != 0;) {
        Instance& report = outcome.instances[i];
        verify_seal(report, entries[i]);
        if (report.seal.check != Check::pass) return &report;
        outcome.dnssec = dns::weaker(outcome.dnssec, report.seal.dnssec);
    }
    return nullptr;
}

Validator::Validator(const mail::HeaderBlock& header, const Policy& policy, dkim::BodyHashes& bodies)
    : data_(std::make_unique<Data>(header, policy, bodies)) {}
Validator::Validator(Validator&&) noexcept = default;
Validator& Validator::operator=(Validator&&) noexcept = default;
Validator::~Validator() = default;

std::size_t Validator::look_ups() const { return data_->look_ups.size(); }

dns::Flow<dkim::FetchedKey> Validator::fetch_key(std::size_t i) const {
    return dkim::look_up_key(data_->look_ups[i].request);
}

void Validator::set_key(std::size_t i, dkim::FetchedKey key) { data_->look_ups[i].key = std::move(key); }

Outcome Validator::outcome() const {
    Outcome outcome = data_->fixed;
    for (const Entry& entry : data_->entries) outcome.instances.push_back(entry.report);
    if (outcome.code == Code::ok) data_->judge(outcome);
    return outcome;
}

} // namespace bonafide::arc
