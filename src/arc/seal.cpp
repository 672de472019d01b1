// Builds the three fields. The text of each signature field is laid out with a stand-in for b= of the right length, hashed with b=
// left out, and then given its signature: so the foldings are those that were hashed, as simple canonicalization wants it.
#include "arc/seal.hpp"

#include "arc/merge.hpp"
#include "arc/result.hpp"
#include "arc/seal_hash.hpp"
#include "arc/sets.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "dkim/header_hash.hpp"
#include "dkim/tags.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "mail/folded_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::arc {
namespace {

constexpr std::size_t word_columns = 72; // of b= and h=, so that a word, its space and a ";" fit a line
constexpr std::size_t least_rsa_bits = 1024;

// RFC 6376 5.4.1, and what lists and clients act on. RFC 8617 4.1.2: DKIM-Signature should be covered.
constexpr auto usual_headers = std::to_array<std::string_view>({"from",
                                                                "sender",
                                                                "reply-to",
                                                                "to",
                                                                "cc",
                                                                "subject",
                                                                "date",
                                                                "message-id",
                                                                "in-reply-to",
                                                                "references",
                                                                "mime-version",
                                                                "content-type",
                                                                "content-transfer-encoding",
                                                                "content-disposition",
                                                                "list-id",
                                                                "list-help",
                                                                "list-unsubscribe",
                                                                "list-unsubscribe-post",
                                                                "list-subscribe",
                                                                "list-post",
                                                                "list-owner",
                                                                "list-archive",
                                                                "feedback-id",
                                                                "autocrypt",
                                                                "dkim-signature"});

/// RFC 8617 4.1.2: Authentication-Results and ARC fields must not be signed.
bool may_be_signed(std::string_view name) {
    return !ascii::iequals(name, "Authentication-Results") &&
           std::ranges::none_of(field_names, [&](std::string_view arc) { return ascii::iequals(name, arc); });
}

/// Puts line ends before spaces of `text`, which stands behind NAME, a colon and a space. Unfolding gives `text` again.
std::string fold(std::string_view text, std::string_view name) {
    mail::FoldedText folded(name.size() + 2);
    folded.add_word(text);
    return folded.take();
}

using Tag = std::pair<std::string_view, std::string>;

std::string tag_list(std::vector<Tag> tags, Layout layout) {
    if (layout == Layout::alphabetical) std::ranges::sort(tags, {}, &Tag::first);
    std::string text;
    for (const auto& [name, value] : tags) text += fmt::format("{}{}={}", text.empty() ? "" : "; ", name, value);
    return text;
}

/// Base64 in words that fit lines, the first one behind "b=".
std::string spaced(std::string_view digits) {
    std::string text(digits.substr(0, word_columns - 2));
    for (std::size_t at = text.size(); at < digits.size(); at += word_columns)
        text += fmt::format(" {}", digits.substr(at, word_columns));
    return text;
}

std::string header_list(const std::vector<std::string>& names, Layout layout) {
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

std::string stand_in_for_signature(const crypto::PrivateKey& key, Layout layout) {
    const std::size_t bytes = key.type() == crypto::KeyType::rsa ? (key.bits() + 7) / 8 : 64;
    std::string digits = base64::encode(base64::Bytes(bytes, 0));
    return layout == Layout::alphabetical ? digits : spaced(digits);
}

dkim::ValueRange b_of(std::string_view value) {
    const dkim::TagList list = dkim::parse_tags(value);
    const dkim::Tag* b = list.find("b");
    return b == nullptr ? dkim::ValueRange{} : dkim::ValueRange{b->begin, b->end};
}

/// Writes the signature of `digest` over the stand-in, foldings untouched.
Expected<std::string> sign(std::string value, const crypto::Sha256Digest& digest, const crypto::PrivateKey& key) {
    const Expected<std::vector<std::uint8_t>> signature = key.sign(digest);
    if (!signature) return std::unexpected(signature.error());
    const std::string digits = base64::encode(*signature);
    const dkim::ValueRange b = b_of(value);
    std::size_t next = 0;
    for (std::size_t i = b.begin; i < b.end; ++i)
        if (!ascii::is_space(value[i]) && next < digits.size()) value[i] = digits[next++];
    if (next != digits.size()) return failure("the key made a signature of another length than its own");
    return value;
}

std::string_view algorithm(const crypto::PrivateKey& key) {
    return key.type() == crypto::KeyType::rsa ? "rsa-sha256" : "ed25519-sha256";
}

std::string_view to_text(dkim::Canonicalization kind) {
    return kind == dkim::Canonicalization::simple ? "simple" : "relaxed";
}

bool is_arc(std::string_view result) { return result.starts_with("arc=") || result.starts_with("arc/"); }

/// What "arc=pass (comment) ..." says.
std::optional<Status> arc_status(std::string_view result) {
    const std::string_view word = result.substr(result.find('=') + 1);
    return parse_status(word.substr(0, word.find_first_of(" (")));
}

class Sealer {
  public:
    Sealer(const mail::HeaderBlock& header, const crypto::PrivateKey& key, const SealRequest& request)
        : header_(header), key_(key), request_(request) {}

    Expected<Set> make(const dkim::BodyHashes& bodies, const Outcome& chain, const Sets& sets,
                       std::span<const std::string> results) {
        if (auto usable = check_request(); !usable) return std::unexpected(usable.error());
        const auto body = bodies.digest(request_.body_kind);
        if (!body) return failure("the body hash that sealing needs was not taken");
        set_.instance = chain.highest + 1; // RFC 8617 5.1 step 3
        set_.cv = chain.result;
        set_.results = results_field(chain, results);
        if (auto done = sign_message(*body); !done) return std::unexpected(done.error());
        if (auto done = sign_chain(sets); !done) return std::unexpected(done.error());
        return std::move(set_);
    }

  private:
    Expected<void> check_request() {
        // RFC 8617 4.1.4: U-labels might stand in d= and s=; A-labels fit every message.
        const Expected<std::string> domain = dns::to_ascii(request_.domain);
        const Expected<std::string> selector = dns::to_ascii(request_.selector);
        if (!domain || !dns::is_hostname_like(*domain) || dns::label_count(*domain) < 2)
            return failure("the sealing domain is no domain name of at least two labels");
        if (!selector || !dns::is_hostname_like(*selector)) return failure("the selector is no usable name");
        domain_ = *domain;
        selector_ = *selector;
        // RFC 8301 3.2: signers must use at least 1024 bits.
        if (key_.type() == crypto::KeyType::rsa && key_.bits() < least_rsa_bits)
            return failure(fmt::format("the RSA key has {} bits; signing takes at least {} (RFC 8301 3.2)", key_.bits(),
                                       least_rsa_bits));
        const auto& names = request_.signed_headers;
        // RFC 6376 5.4, by RFC 8617 4.1.2
        if (!names.empty() && std::ranges::none_of(names, [](auto& name) { return ascii::iequals(name, "from"); }))
            return failure("the header fields to sign do not name From (RFC 6376 5.4)");
        for (const std::string& name : names) {
            if (!may_be_signed(name))
                return failure(fmt::format("{} must not be signed (RFC 8617 4.1.2)", escape::line(name, 80)));
            if (name.contains(';') || name.contains(' ') || mail::find_colon(name + ":") != name.size())
                return failure(fmt::format("\"{}\" is no header field name", escape::line(name, 80)));
        }
        return {};
    }

    /// RFC 8617 4.1.1: all results of this ADMD, that of the validation among them (5.2).
    std::string results_field(const Outcome& chain, std::span<const std::string> results) {
        const std::string_view none = "; none";
        std::string text = authres::write({.authserv_id = request_.authserv_id, .version = "", .results = {}});
        text.resize(text.size() - none.size());
        text = fmt::format("i={}; {}", set_.instance, text);
        bool says_arc = false;
        for (const std::string& result : results) {
            if (is_arc(result) && chain.result != Status::none && arc_status(result) != chain.result) continue;
            text += "; " + result;
            says_arc = says_arc || is_arc(result);
        }
        if (!says_arc)
            for (const std::string& own :
                 results_of({.authserv_id = "", .version = "", .results = {method_result(chain, request_.client)}}))
                text += "; " + own;
        return fold(text, field_names[0]);
    }

    /// What h= names: as asked, or each instance of the usual fields that are there.
    [[nodiscard]] std::vector<std::string> signed_names() const {
        if (!request_.signed_headers.empty()) {
            std::vector<std::string> names;
            for (const std::string& name : request_.signed_headers) names.push_back(ascii::lower(name));
            return names;
        }
        std::vector<std::string> names;
        const std::size_t most = Limits{}.dkim_signed_headers;
        for (const std::string_view name : usual_headers)
            for (std::size_t left = header_.find_all(name).size(); left != 0 && names.size() < most; --left)
                names.emplace_back(name);
        return names;
    }

    Expected<void> sign_message(const crypto::Sha256Digest& body) {
        const std::vector<std::string> names = signed_names();
        const std::vector<Tag> tags{
            {"i", fmt::format("{}", set_.instance)},
            {"a", std::string(algorithm(key_))},
            {"c", fmt::format("{}/{}", to_text(request_.header_kind), to_text(request_.body_kind))},
            {"d", domain_},
            {"s", selector_},
            {"t", fmt::format("{}", request_.time)},
            {"h", header_list(names, request_.layout)},
            {"bh", base64::encode(body)},
            {"b", stand_in_for_signature(key_, request_.layout)}};
        const std::string value = fold(tag_list(tags, request_.layout), field_names[1]);
        const std::string with_space = " " + value;
        Limits limits; // room for the header and one field more
        limits.header_fields = static_cast<std::uint32_t>(header_.size() + 1);
        limits.header_bytes =
            static_cast<std::uint32_t>(header_.bytes() + field_names[1].size() + with_space.size() + 3);
        mail::HeaderBlock draft(limits);
        draft.add(field_names[1], with_space);
        for (std::size_t i = 0; i < header_.size(); ++i) draft.add_raw(header_[i].raw);
        const dkim::SignedFields fields{{names.begin(), names.end()}, 0, b_of(with_space), request_.header_kind};
        Expected<std::string> done = sign(value, dkim::hash_header(dkim::HeaderIndex(draft), fields), key_);
        if (!done) return std::unexpected(done.error());
        set_.message_signature = std::move(*done);
        return {};
    }

    /// RFC 8617 5.1.1; 5.1.2: of a failed chain nothing but the new set is covered.
    Expected<void> sign_chain(const Sets& sets) {
        const std::vector<Tag> tags{{"i", fmt::format("{}", set_.instance)},
                                    {"a", std::string(algorithm(key_))},
                                    {"t", fmt::format("{}", request_.time)},
                                    {"cv", std::string(arc::to_text(set_.cv))},
                                    {"d", domain_},
                                    {"s", selector_},
                                    {"b", stand_in_for_signature(key_, request_.layout)}};
        const std::string value = fold(tag_list(tags, request_.layout), field_names[2]);
        SealHash hash;
        if (set_.cv == Status::pass)
            for (const Places& places : sets.places)
                for (const std::optional<std::size_t> field : places.field) hash.add(header_[*field]);
        mail::HeaderBlock added;
        added.add(field_names[0], " " + set_.results);
        added.add(field_names[1], " " + set_.message_signature);
        added.add(field_names[2], " " + value);
        if (added.oversized()) return failure("the results are too long for a header field");
        hash.add(added[0]);
        hash.add(added[1]);
        Expected<std::string> done = sign(value, hash.with_seal(added[2], b_of(added[2].value)), key_);
        if (!done) return std::unexpected(done.error());
        set_.seal = std::move(*done);
        return {};
    }

    const mail::HeaderBlock& header_;
    const crypto::PrivateKey& key_;
    const SealRequest& request_;
    std::string domain_;
    std::string selector_;
    Set set_;
};

/// Why there must be no further set; empty when there may be one.
std::string refusal(const mail::HeaderBlock& header, const Outcome& chain) {
    if (chain.code == Code::header_incomplete || header.oversized())
        return "the message's header is larger than what we look at: sets may be missing";
    if (chain.code == Code::reported_failed) // RFC 8617 5.1 step 2
        return "the newest seal says cv=fail already";
    if (chain.highest >= most_instances) // RFC 8617 4.2.1
        return fmt::format("the chain has instance {} already and must not have more than {}", chain.highest,
                           most_instances);
    return {};
}

} // namespace

Outcome at_arrival(Outcome now, std::span<const std::string> results) {
    const auto recorded = std::ranges::find_if(results, is_arc);
    if (recorded == results.end() || now.result == Status::none) return now;
    const std::optional<Status> then = arc_status(*recorded);
    const bool changed_since = now.code == Code::body_changed || now.code == Code::header_changed;
    if (then == Status::pass && changed_since && now.seals_hold) {
        now.result = Status::pass;
        now.code = Code::ok;
        now.reason.clear();
    } else if (then == Status::fail && now.result == Status::pass) {
        now.result = Status::fail;
        now.code = Code::failed_at_arrival;
        now.reason = "the chain had failed when the message arrived";
    }
    return now;
}

Expected<Sealing> seal(const mail::HeaderBlock& header, const dkim::BodyHashes& bodies, const Outcome& chain,
                       std::span<const std::string> results, const crypto::PrivateKey& key,
                       const SealRequest& request) {
    Sealing sealing;
    sealing.why_not = refusal(header, chain);
    if (!sealing.why_not.empty()) return sealing;
    const Sets sets = collect(header, Limits{});
    if (sets.highest != chain.highest || (chain.result == Status::pass && sets.code != Code::ok))
        return failure("the header's ARC sets are not those that were validated");
    Expected<Set> set = Sealer(header, key, request).make(bodies, chain, sets, results);
    if (!set) return std::unexpected(set.error());
    sealing.set = std::move(*set);
    return sealing;
}

} // namespace bonafide::arc
