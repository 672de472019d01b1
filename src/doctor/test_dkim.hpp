// For tests only: keys of any size, zones that name them, and what the doctor says of them.
#pragma once

#include "base/base64.hpp"
#include "crypto/key.hpp"
#include "dns/zone.hpp"
#include "doctor/dkim.hpp"
#include "text/catalogue.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::doctor::testing {

using Octets = base64::Bytes;

inline Octets der(std::uint8_t tag, const Octets& content) {
    Octets value{tag};
    const std::size_t length = content.size();
    if (length >= 0x100) {
        value.push_back(0x82);
        value.push_back(static_cast<std::uint8_t>(length >> 8U));
    } else if (length >= 0x80) {
        value.push_back(0x81);
    }
    value.push_back(static_cast<std::uint8_t>(length & 0xffU));
    value.insert(value.end(), content.begin(), content.end());
    return value;
}

inline Octets operator+(Octets a, const Octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// RSAPublicKey with a made-up modulus of exactly `bits`, a multiple of 8, that `seed` makes different. It has no private half.
inline Octets bare_rsa(unsigned bits, std::uint8_t seed = 1) {
    Octets modulus(bits / 8);
    for (std::size_t i = 0; i < modulus.size(); ++i) modulus[i] = static_cast<std::uint8_t>(i * 37 + seed);
    modulus.front() |= 0x80U;
    modulus.back() |= 1U;
    return der(0x30, der(0x02, Octets{0} + modulus) + der(0x02, {1, 0, 1}));
}

inline Octets wrap(const Octets& algorithm, const Octets& key) {
    return der(0x30, der(0x30, algorithm) + der(0x03, Octets{0} + key));
}

/// p= of an RSA key in the usual form.
inline std::string rsa(unsigned bits = 2048, std::uint8_t seed = 1) {
    const Octets algorithm = der(0x06, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}) + Octets{0x05, 0};
    return base64::encode(wrap(algorithm, bare_rsa(bits, seed)));
}

inline const Octets& ed25519_octets() {
    static const Octets octets = crypto::PrivateKey::generate(crypto::KeyType::ed25519)->public_bytes();
    return octets;
}
inline std::string ed25519() { return base64::encode(ed25519_octets()); }
inline std::string wrapped_ed25519() { return base64::encode(wrap(der(0x06, {0x2b, 0x65, 0x70}), ed25519_octets())); }

/// A private key's PEM, and without its lines.
inline const std::string& private_pem() {
    static const std::string pem = crypto::PrivateKey::generate(crypto::KeyType::rsa, 1024)->to_pem();
    return pem;
}
inline std::string private_data() {
    std::string text = private_pem();
    text.erase(0, text.find('\n') + 1);
    text.erase(text.find("-----END"));
    std::erase(text, '\n');
    return text;
}

/// Puts keys in the places $RSA (2048 bits), $OTHER (2048 bits), $RSA512 ..., $ED.
inline std::string filled(std::string text) {
    const std::vector<std::pair<std::string, std::string>> places{
        {"$RSA1016", rsa(1016)},  {"$RSA1024", rsa(1024)},         {"$RSA128", rsa(128)}, {"$RSA2040", rsa(2040)},
        {"$RSA4096", rsa(4096)},  {"$RSA4104", rsa(4104)},         {"$RSA512", rsa(512)}, {"$RSA", rsa()},
        {"$OTHER", rsa(2048, 9)}, {"$WRAPPED", wrapped_ed25519()}, {"$ED", ed25519()}};
    for (const auto& [place, value] : places)
        for (std::size_t at = text.find(place); at != text.npos; at = text.find(place, at + value.size()))
            text.replace(at, place.size(), value);
    return text;
}

inline std::shared_ptr<const dns::Zone> zone(std::string_view text) {
    const auto parsed = dns::Zone::parse(filled(std::string(text)));
    if (!parsed) throw std::runtime_error(parsed.error().text);
    return *parsed;
}

inline KnownZone known(std::string_view text) {
    auto parsed = zone(text);
    return {.answers = parsed, .names = parsed->names()};
}

/// "dkim.ok ok, dkim.testing notice".
inline std::string in_short(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& one : findings)
        text += std::string(text.empty() ? "" : ", ") + std::string(one.id) + " " + std::string(to_text(one.severity));
    return text;
}

inline std::string english(const text::Text& text) { return text::Catalogue::english().render(text); }

/// All that a finding says, a line each.
inline std::string words_of(const Finding& finding) {
    std::string words = english(finding.title) + "\n" + english(finding.why) + "\n" + english(finding.fix) + "\n";
    for (const text::Text& detail : finding.details) words += english(detail) + "\n";
    return words;
}

} // namespace bonafide::doctor::testing
