// For tests only: signs messages with chosen tags, and verifies them against TXT records held in a map.
#pragma once

#include "base/base64.hpp"
#include "crypto/key.hpp"
#include "dkim/body_hash.hpp"
#include "dkim/dkim.hpp"
#include "dkim/header_hash.hpp"
#include "dkim/signature.hpp"
#include "dns/source.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::dkim::testing {

/// Cuts a header (CRLF lines, no empty line) into fields.
inline mail::HeaderBlock read_header(std::string_view text, const Limits& limits = {}) {
    mail::HeaderBlock block(limits);
    while (!text.empty()) {
        std::size_t end = text.find("\r\n");
        while (end != std::string_view::npos && end + 2 < text.size() &&
               (text[end + 2] == ' ' || text[end + 2] == '\t'))
            end = text.find("\r\n", end + 2);
        if (end == std::string_view::npos) end = text.size();
        block.add_raw(text.substr(0, end));
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return block;
}

struct Message {
    std::string header; ///< without the empty line
    std::string body;
};

/// The message with a signature on top: the header that `draft` makes of bh= and b=.
template<class Draft> Message sign_draft(const Message& message, const Draft& draft, const crypto::PrivateKey& key) {
    const std::string first = draft("AAAA", "AAAA");
    const mail::HeaderBlock block = read_header(first);
    const Signature parsed = parse_signature(block[0].value, Policy{});
    BodyHash body(parsed.body_kind);
    body.want(parsed.length);
    body.update(message.body);
    body.finish();
    const std::string bh = base64::encode(body.digest(parsed.length).value_or(crypto::sha256("")));
    const std::string second = draft(bh, "AAAA");
    const mail::HeaderBlock again = read_header(second);
    const Signature ready = parse_signature(again[0].value, Policy{});
    const crypto::Sha256Digest digest =
        hash_header(HeaderIndex(again), SignedFields{ready.names, 0, ready.b, ready.header_kind});
    return {draft(bh, base64::encode(key.sign(digest).value())), message.body};
}

/// `tags` holds everything but bh= and b=, which are appended.
inline Message sign(const Message& message, const std::string& tags, const crypto::PrivateKey& key,
                    const std::string& tail = "") {
    const auto draft = [&](const std::string& bh, const std::string& b) {
        return "DKIM-Signature: " + tags + "; bh=" + bh + "; b=" + b + tail + "\r\n" + message.header;
    };
    return sign_draft(message, draft, key);
}

/// TXT records and failures by name.
class Records : public dns::Source {
  public:
    Records() = default;
    /// A source cannot be copied: `fill` is given the new object.
    template<class Fill> explicit Records(Fill fill) { fill(*this); }
    void txt(const std::string& name, std::vector<std::string> texts) {
        auto answer = std::make_shared<dns::AnswerData>();
        answer->status = dns::Status::ok;
        answer->txt = std::move(texts);
        answers_[name] = std::move(answer);
    }
    void status(const std::string& name, dns::Status status) { answers_[name] = dns::make_answer(status); }
    [[nodiscard]] dns::Answer answer(const dns::Question& question) const override {
        asked.push_back(question.name);
        const auto found = answers_.find(question.name);
        return found == answers_.end() ? dns::make_answer(dns::Status::nx_domain) : found->second;
    }
    mutable std::vector<std::string> asked;

  private:
    std::map<std::string, dns::Answer> answers_;
};

inline std::vector<SignatureResult> verify(const Message& message, const dns::Source& source, Policy policy = {}) {
    BodyHashes bodies;
    Verifier verifier(read_header(message.header, policy.limits), policy, bodies);
    for (std::size_t i = 0; i < verifier.size(); ++i)
        if (verifier.needs_key(i)) verifier.set_key(i, dns::run(verifier.fetch_key(i), source));
    bodies.update(message.body);
    bodies.finish();
    return verifier.results();
}

inline const crypto::PrivateKey& rsa_key(unsigned bits = 2048) {
    static std::map<unsigned, crypto::PrivateKey> keys;
    auto found = keys.find(bits);
    if (found == keys.end())
        found = keys.emplace(bits, crypto::PrivateKey::generate(crypto::KeyType::rsa, bits).value()).first;
    return found->second;
}

inline const crypto::PrivateKey& ed25519_key() {
    static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyType::ed25519).value();
    return key;
}

inline std::string public_text(const crypto::PrivateKey& key) { return base64::encode(key.public_bytes()); }

} // namespace bonafide::dkim::testing
