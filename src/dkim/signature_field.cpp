#include "dkim/signature_field.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/limits.hpp"
#include "dkim/tags.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "mail/folded_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::dkim {
namespace {

constexpr std::size_t word_columns = 72; // of b= and h=, so that a word, its space and a ";" fit a line
constexpr std::size_t least_rsa_bits = 1024;
constexpr std::size_t ed25519_bytes = 64;

/// Base64 in words that fit lines, the first one behind "b=".
std::string spaced(std::string_view digits) {
    std::string text(digits.substr(0, word_columns - 2));
    for (std::size_t at = text.size(); at < digits.size(); at += word_columns)
        text += fmt::format(" {}", digits.substr(at, word_columns));
    return text;
}

std::string_view to_text(Canonicalization kind) { return kind == Canonicalization::simple ? "simple" : "relaxed"; }

} // namespace

std::string write_tags(std::vector<TagText> tags, Layout layout) {
    if (layout == Layout::alphabetical) std::ranges::sort(tags, {}, &TagText::first);
    std::string text;
    for (const auto& [name, value] : tags) text += fmt::format("{}{}={}", text.empty() ? "" : "; ", name, value);
    return text;
}

std::string write_names(std::span<const std::string> names, Layout layout) {
    std::string text;
    std::size_t columns = 2;
    for (const std::string& name : names) {
        if (!text.empty()) text += ':';
        if (layout == Layout::standard && columns + name.size() + 1 > word_columns) {
            text += ' ';
            columns = 0;
        }
        text += name;
        columns += name.size() + 1;
    }
    return text;
}

std::string_view algorithm_of(const crypto::PrivateKey& key) {
    return key.type() == crypto::KeyType::rsa ? "rsa-sha256" : "ed25519-sha256";
}

std::string write_kinds(Canonicalization header, Canonicalization body) {
    return fmt::format("{}/{}", to_text(header), to_text(body));
}

std::string stand_in_for_signature(const crypto::PrivateKey& key, Layout layout) {
    const std::size_t bytes = key.type() == crypto::KeyType::rsa ? (key.bits() + 7) / 8 : ed25519_bytes;
    std::string digits = base64::encode(base64::Bytes(bytes, 0));
    return layout == Layout::alphabetical ? digits : spaced(digits);
}

std::string fold(std::string_view text, std::string_view name) {
    mail::FoldedText folded(name.size() + 2);
    folded.add_word(text);
    return folded.take();
}

ValueRange place_of_signature(std::string_view value) {
    const TagList list = parse_tags(value);
    const Tag* b = list.find("b");
    return b == nullptr ? ValueRange{} : ValueRange{b->begin, b->end};
}

Expected<std::string> fill_in(std::string value, const crypto::Sha256Digest& digest, const crypto::PrivateKey& key) {
    const Expected<std::vector<std::uint8_t>> signature = key.sign(digest);
    if (!signature) return std::unexpected(signature.error());
    const std::string digits = base64::encode(*signature);
    const ValueRange b = place_of_signature(value);
    std::size_t next = 0;
    for (std::size_t i = b.begin; i < b.end; ++i)
        if (!ascii::is_space(value[i]) && next < digits.size()) value[i] = digits[next++];
    if (next != digits.size()) return failure("the key made a signature of another length than its own");
    return value;
}

Expected<std::string> sign_field(const mail::HeaderBlock& header, std::string_view name, std::string value,
                                 const Coverage& coverage, const crypto::PrivateKey& key) {
    const std::string with_space = " " + value;
    Limits limits; // room for the header and one field more
    limits.header_fields = static_cast<std::uint32_t>(header.size() + 1);
    limits.header_bytes = static_cast<std::uint32_t>(header.bytes() + name.size() + with_space.size() + 3);
    mail::HeaderBlock draft(limits);
    draft.add(name, with_space);
    for (std::size_t i = 0; i < header.size(); ++i) draft.add_raw(header[i].raw);
    const SignedFields fields{
        {coverage.names.begin(), coverage.names.end()}, 0, place_of_signature(with_space), coverage.kind};
    return fill_in(std::move(value), hash_header(HeaderIndex(draft), fields), key);
}

Expected<SignerName> check_signer(std::string_view domain, std::string_view selector, const crypto::PrivateKey& key) {
    Expected<std::string> ascii_domain = dns::to_ascii(domain);
    Expected<std::string> ascii_selector = dns::to_ascii(selector);
    if (!ascii_domain || !dns::is_hostname_like(*ascii_domain) || dns::label_count(*ascii_domain) < 2)
        return failure("the signing domain is no domain name of at least two labels");
    if (!ascii_selector || !dns::is_hostname_like(*ascii_selector)) return failure("the selector is no usable name");
    if (key.type() == crypto::KeyType::rsa && key.bits() < least_rsa_bits)
        return failure(fmt::format("the RSA key has {} bits; signing takes at least {} (RFC 8301 3.2)", key.bits(),
                                   least_rsa_bits));
    return SignerName{*std::move(ascii_domain), *std::move(ascii_selector)};
}

Expected<void> check_names(std::span<const std::string> names) {
    if (std::ranges::none_of(names, [](const std::string& name) { return ascii::iequals(name, "from"); }))
        return failure("the header fields to sign do not name From (RFC 6376 5.4)");
    if (names.size() > Limits{}.dkim_signed_headers)
        return failure(fmt::format("more than {} header fields to sign", Limits{}.dkim_signed_headers));
    for (const std::string& name : names)
        if (name.contains(';') || name.contains(' ') || mail::find_colon(name + ":") != name.size())
            return failure(fmt::format("\"{}\" is no header field name", escape::line(name, 80)));
    return {};
}

} // namespace bonafide::dkim
