#include "conformance/kinds.hpp"
#include "dkim/dkim.hpp"
#include "mail/splitter.hpp"

#include <fmt/format.h>
#include <optional>

namespace bonafide::conformance {
namespace {

std::vector<dkim::SignatureResult> verify(const Case& test, Files& files) {
    const auto zone = files.zone(test);
    dkim::BodyHashes bodies;
    std::optional<dkim::Verifier> verifier;
    mail::Splitter splitter(
        [&](const mail::HeaderBlock& header) {
            verifier.emplace(header, dkim::Policy{.now = test.now(), .author_domain = {}, .limits = {}}, bodies);
        },
        [&](std::string_view chunk) { bodies.update(chunk); });
    splitter.feed(Files::bytes(test, test.data, "message"));
    splitter.finish();
    bodies.finish();
    for (std::size_t i = 0; i < verifier->size(); ++i)
        if (verifier->needs_key(i)) verifier->set_key(i, dns::run(verifier->fetch_key(i), *zone));
    return verifier->results();
}

} // namespace

Comparison run_dkim(const Case& test, Files& files) {
    const auto results = verify(test, files);
    const auto& wanted = test.expect().at("dkim").as_array();
    Comparison comparison;
    comparison.compare("signatures", wanted.size(), results.size());
    for (std::size_t i = 0; i < results.size() && i < wanted.size(); ++i)
        comparison.compare(fmt::format("dkim[{}]", i), wanted[i].at("result"), word(to_text(results[i].result)));
    return comparison;
}

} // namespace bonafide::conformance
