// For tests only: puts ARC sets with chosen tags on messages, sound or not, and validates them against TXT records held in a map.
// It shares the hashing with the product and nothing of seal.cpp.
#pragma once

#include "arc/chain.hpp"
#include "arc/seal_hash.hpp"
#include "arc/sets.hpp"
#include "dkim/test_signer.hpp"

#include <fmt/format.h>
#include <string>
#include <utility>

namespace bonafide::arc::testing {

using dkim::testing::Message;
using dkim::testing::Records;

/// What a seal covers: the whole chain (RFC 8617 5.1.1) or its own set (5.1.2).
enum class Scope : std::uint8_t { chain, own_set };

/// The fields of a set, without bh= and b=, which are added.
struct SetText {
    std::string results;
    std::string message;
    std::string seal;
    Scope scope = Scope::chain;
    std::optional<dkim::Canonicalization> unsaid; ///< what the message signature is made with, whatever its c= says
};

/// A sound set of selector s at `domain`.
inline SetText sound(unsigned instance, const std::string& domain = "lists.example") {
    SetText set;
    set.results =
        fmt::format("i={}; {}; spf=pass smtp.mailfrom=a.example; dmarc=pass header.from=a.example", instance, domain);
    set.message =
        fmt::format("i={}; a=ed25519-sha256; c=relaxed/relaxed; d={}; s=s; t=1000; h=from:subject:dkim-signature",
                    instance, domain);
    set.seal = fmt::format("i={}; a=ed25519-sha256; cv={}; d={}; s=s; t=1000", instance,
                           instance == 1 ? "none" : "pass", domain);
    return set;
}

/// std::out_of_range when `what` is not there: such a test would test nothing.
inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
    return text.replace(text.find(what), what.size(), by);
}

/// The set with one of its texts altered.
inline SetText with(SetText set, std::string SetText::* part, const std::string& what, const std::string& by) {
    set.*part = replaced(set.*part, what, by);
    return set;
}

inline std::string signed_text(const std::string& tags, const std::string& bh, const std::string& b) {
    return tags + (bh.empty() ? "" : "; bh=" + bh) + "; b=" + b;
}

inline dkim::ValueRange b_range(const mail::Field& field) {
    const std::size_t begin = field.value.find("; b=") + 4;
    return {begin, std::min(field.value.find(';', begin), field.value.size())};
}

inline std::string sign_message(const Message& message, const SetText& set, const crypto::PrivateKey& key) {
    const auto draft = [&](const std::string& bh, const std::string& b) {
        return "ARC-Message-Signature: " + signed_text(set.message, bh, b);
    };
    const mail::HeaderBlock first = dkim::testing::read_header(draft("AAAA", "AAAA"));
    const dkim::Signature parsed = read_signed(first[0].value, {}, dkim::SignatureKind::arc_message).signature;
    dkim::BodyHash body(set.unsaid.value_or(parsed.body_kind));
    body.want(parsed.length);
    body.update(message.body);
    body.finish();
    const std::string bh = base64::encode(body.digest(parsed.length).value_or(crypto::sha256("")));
    Limits wide;
    wide.header_bytes = 1U << 24U;
    const mail::HeaderBlock header = dkim::testing::read_header(draft(bh, "AAAA") + "\r\n" + message.header, wide);
    const dkim::Signature ready = read_signed(header[0].value, {}, dkim::SignatureKind::arc_message).signature;
    const dkim::SignedFields fields{ready.names, 0, b_range(header[0]), set.unsaid.value_or(ready.header_kind)};
    return draft(bh, base64::encode(key.sign(dkim::hash_header(dkim::HeaderIndex(header), fields)).value()));
}

/// The message with the set on top.
inline Message add_set(Message message, const SetText& set,
                       const crypto::PrivateKey& key = dkim::testing::ed25519_key()) {
    Limits wide;
    wide.header_bytes = 1U << 24U;
    const mail::HeaderBlock before = dkim::testing::read_header(message.header, wide);
    const std::string results = "ARC-Authentication-Results: " + set.results;
    const std::string signature = sign_message({results + "\r\n" + message.header, message.body}, set, key);
    const std::string draft = "ARC-Seal: " + signed_text(set.seal, "", "AAAA");
    const mail::HeaderBlock added = dkim::testing::read_header(results + "\r\n" + signature + "\r\n" + draft, wide);
    SealHash hash;
    if (set.scope == Scope::chain)
        for (const Places& places : collect(before, wide).places)
            for (const std::optional<std::size_t> field : places.field)
                if (field) hash.add(before[*field]);
    hash.add(added[0]);
    hash.add(added[1]);
    const std::string b = base64::encode(key.sign(hash.with_seal(added[2], b_range(added[2]))).value());
    message.header =
        "ARC-Seal: " + signed_text(set.seal, "", b) + "\r\n" + signature + "\r\n" + results + "\r\n" + message.header;
    return message;
}

/// The message with `count` sound sets.
inline Message chain(Message message, unsigned count, unsigned from = 1) {
    for (unsigned i = from; i < from + count; ++i) message = add_set(std::move(message), sound(i));
    return message;
}

inline const Message& plain() {
    static const Message message{"From: Ann <ann@a.example>\r\nTo: b@b.example\r\nSubject: One  two\r\n", "Hello\r\n"};
    return message;
}

/// Key s of lists.example, other.example and a.example.
inline const Records& zone() {
    static const Records records([](Records& made) {
        for (const std::string domain : {"lists.example", "other.example", "a.example"})
            made.txt("s._domainkey." + domain,
                     {"v=DKIM1; k=ed25519; p=" + dkim::testing::public_text(dkim::testing::ed25519_key())});
    });
    return records;
}

/// Validation with the body hashes that sealing wants afterwards.
struct Validated {
    mail::HeaderBlock header;
    dkim::BodyHashes bodies;
    Outcome outcome;
    std::size_t look_ups = 0;
};

inline Validated validated(const Message& message, const dns::Source& source = zone(), const Policy& policy = {}) {
    Validated out;
    out.header = dkim::testing::read_header(message.header, policy.limits);
    out.bodies.want(dkim::Canonicalization::relaxed);
    out.bodies.want(dkim::Canonicalization::simple);
    Validator validator(out.header, policy, out.bodies);
    out.look_ups = validator.look_ups();
    for (std::size_t i = 0; i < validator.look_ups(); ++i)
        validator.set_key(i, dns::run(validator.fetch_key(i), source));
    out.bodies.update(message.body);
    out.bodies.finish();
    out.outcome = validator.outcome();
    return out;
}

inline Outcome validate(const Message& message, const dns::Source& source = zone(), const Policy& policy = {}) {
    return validated(message, source, policy).outcome;
}

} // namespace bonafide::arc::testing
