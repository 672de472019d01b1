#include "arc/chain.hpp"
#include "arc/merge.hpp"
#include "arc/seal.hpp"
#include "base/ascii.hpp"
#include "conformance/kinds.hpp"
#include "mail/splitter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ranges>
#include <stdexcept>

namespace bonafide::conformance {
namespace {

namespace json = boost::json;

/// A message read whole, with its chain as it is found at arrival.
struct Arrived {
    mail::HeaderBlock header;
    dkim::BodyHashes bodies;
    arc::Outcome chain;
};

Arrived read_message(const Case& test, Files& files) {
    const auto zone = files.zone(test);
    Arrived message;
    std::optional<arc::Validator> validator;
    mail::Splitter splitter(
        [&](mail::HeaderBlock header) {
            message.header = std::move(header);
            message.bodies.want(dkim::Canonicalization::relaxed); // for a seal of ours
            validator.emplace(message.header, arc::Policy{.now = test.now(), .limits = {}}, message.bodies);
        },
        [&](std::string_view chunk) { message.bodies.update(chunk); });
    splitter.feed(Files::bytes(test, test.data, "message"));
    splitter.finish();
    message.bodies.finish();
    for (std::size_t i = 0; i < validator->look_ups(); ++i)
        validator->set_key(i, dns::run(validator->fetch_key(i), *zone));
    message.chain = validator->outcome();
    return message;
}

std::string without_space(std::string_view text) {
    std::string kept;
    std::copy_if(text.begin(), text.end(), std::back_inserter(kept),
                 [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
    return kept;
}

/// The tags of a field value, in one order and without white space.
json::value as_set(std::string_view value) {
    const std::string dense = without_space(value);
    std::vector<std::string> tags;
    for (const auto part : dense | std::views::split(';'))
        if (!part.empty()) tags.emplace_back(part.begin(), part.end());
    std::sort(tags.begin(), tags.end());
    std::string text;
    for (const std::string& tag : tags) text += tag + ';';
    return word(text);
}

crypto::PrivateKey read_key(const std::string& pem) {
    auto key = crypto::PrivateKey::from_pem(pem);
    if (!key) throw std::runtime_error(key.error().text);
    return *std::move(key);
}

arc::Set seal(const Arrived& message, const std::vector<std::string>& results, const crypto::PrivateKey& key,
              const arc::SealRequest& request) {
    const auto chain = arc::at_arrival(message.chain, results);
    const auto sealing = arc::seal(message.header, message.bodies, chain, results, key, request);
    if (!sealing) throw std::runtime_error(sealing.error().text);
    return sealing->set.value_or(arc::Set{}); // no set: all its fields are empty
}

} // namespace

Comparison run_arc(const Case& test, Files& files) {
    Comparison comparison;
    comparison.compare_member("arc", test.expect(), word(to_text(read_message(test, files).chain.result)));
    return comparison;
}

Comparison run_arc_sign(const Case& test, Files& files) {
    const json::object& input = test.input();
    const Arrived message = read_message(test, files);
    arc::SealRequest request;
    request.domain = Case::text(input, "domain");
    request.selector = Case::text(input, "selector");
    request.authserv_id = Case::text(input, "srv_id");
    const std::string names = Case::text(input, "sign_headers");
    for (const auto name : names | std::views::split(':'))
        request.signed_headers.emplace_back(name.begin(), name.end());
    request.time = input.at("t").to_number<std::int64_t>();
    request.layout = arc::Layout::alphabetical; // the signatures of the suite are made over this text
    const auto results = arc::merge_results(message.header, std::array{request.authserv_id});
    const arc::Set set = seal(message, results, read_key(Files::bytes(test, input, "private_key")), request);
    Comparison comparison;
    comparison.compare("AS", as_set(Case::text(test.expect(), "AS")), as_set(set.seal));
    comparison.compare("AMS", as_set(Case::text(test.expect(), "AMS")), as_set(set.message_signature));
    comparison.compare("AAR", as_set(Case::text(test.expect(), "AAR")), as_set(set.results));
    return comparison;
}

Comparison run_ar_merge(const Case& test, Files&) {
    static const crypto::PrivateKey key = *crypto::PrivateKey::generate(crypto::KeyType::rsa, 1024); // any will do
    const json::object& input = test.input();
    Arrived message;
    for (const json::value& value : input.at("headers").as_array())
        message.header.add("Authentication-Results", " " + std::string(value.as_string()));
    message.header.add("From", " author@example.com");
    message.bodies.want(dkim::Canonicalization::relaxed);
    message.bodies.finish();
    arc::SealRequest request;
    request.domain = "example.com";
    request.selector = "any";
    request.authserv_id = Case::text(input, "authserv_id");
    request.client = ip::Address::parse(Case::text(input, "client_ip"));
    const auto results = arc::merge_results(message.header, std::array{request.authserv_id});
    Comparison comparison;
    comparison.compare("aar", word(without_space(Case::text(test.expect(), "aar"))),
                       word(without_space(seal(message, results, key, request).results)));
    return comparison;
}

} // namespace bonafide::conformance
