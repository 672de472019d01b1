// Any bytes as a message: the verifier ends with one well-formed result a signature, and what it accepts it accepts in any chunking.
// Signatures of selector s at a.example find an Ed25519 key.
#include "dkim/test_signer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace bonafide;
    static const dkim::testing::Records records([](dkim::testing::Records& made) {
        made.txt("s._domainkey.a.example", {"k=ed25519; t=y; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="});
    });
    records.asked.clear();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(text.find("\r\n\r\n"), size);
    const std::string_view body = text.substr(std::min(end + 4, size));
    dkim::Policy policy;
    policy.now = 1000;
    policy.author_domain = "a.example";
    const mail::HeaderBlock header = dkim::testing::read_header(text.substr(0, end));
    dkim::BodyHashes bodies;
    dkim::BodyHashes bodies_bytewise;
    dkim::Verifier whole(header, policy, bodies);
    dkim::Verifier bytewise(header, policy, bodies_bytewise);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (!whole.needs_key(i)) continue;
        const dkim::FetchedKey key = dns::run(whole.fetch_key(i), records);
        whole.set_key(i, key);
        bytewise.set_key(i, key);
    }
    bodies.update(body);
    for (const char& c : body) bodies_bytewise.update({&c, 1});
    bodies.finish();
    bodies_bytewise.finish();
    const auto results = whole.results();
    const auto others = bytewise.results();
    if (results.size() != header.find_all("DKIM-Signature").size() || others.size() != results.size()) std::abort();
    for (std::size_t i = 0; i < results.size(); ++i) {
        const dkim::SignatureResult& result = results[i];
        if (result.code != others[i].code || result.unsigned_bytes != others[i].unsigned_bytes) std::abort();
        if ((result.code == dkim::Code::ok) != (result.result == dkim::Result::pass)) std::abort();
        if (result.code != dkim::Code::ok && result.reason.empty()) std::abort();
        if (std::ranges::any_of(result.reason, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
            std::abort();
        if (result.signature_start.size() > dkim::b_start_most) std::abort();
    }
    return 0;
}
