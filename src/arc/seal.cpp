// Builds the three fields.
#include "arc/seal.hpp"

#include "arc/merge.hpp"
#include "arc/result.hpp"
#include "arc/seal_hash.hpp"
#include "arc/sets.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "dkim/signature_field.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::arc {
namespace {

using dkim::fold;
using dkim::TagText;

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
        auto signer = dkim::check_signer(request_.domain, request_.selector, key_);
        if (!signer) return std::unexpected(signer.error());
        signer_ = *std::move(signer);
        const auto& names = request_.signed_headers;
        if (names.empty()) return {};
        for (const std::string& name : names)
            if (!may_be_signed(name))
                return failure(fmt::format("{} must not be signed (RFC 8617 4.1.2)", escape::line(name, 80)));
        return dkim::check_names(names); // RFC 6376 5.4, by RFC 8617 4.1.2
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
        const std::vector<TagText> tags{{"i", fmt::format("{}", set_.instance)},
                                        {"a", std::string(dkim::algorithm_of(key_))},
                                        {"c", dkim::write_kinds(request_.header_kind, request_.body_kind)},
                                        {"d", signer_.domain},
                                        {"s", signer_.selector},
                                        {"t", fmt::format("{}", request_.time)},
                                        {"h", dkim::write_names(names, request_.layout)},
                                        {"bh", base64::encode(body)},
                                        {"b", dkim::stand_in_for_signature(key_, request_.layout)}};
        Expected<std::string> done =
            dkim::sign_field(header_, field_names[1], fold(dkim::write_tags(tags, request_.layout), field_names[1]),
                             {names, request_.header_kind}, key_);
        if (!done) return std::unexpected(done.error());
        set_.message_signature = std::move(*done);
        return {};
    }

    /// RFC 8617 5.1.1; 5.1.2: of a failed chain nothing but the new set is covered.
    Expected<void> sign_chain(const Sets& sets) {
        const std::vector<TagText> tags{{"i", fmt::format("{}", set_.instance)},
                                        {"a", std::string(dkim::algorithm_of(key_))},
                                        {"t", fmt::format("{}", request_.time)},
                                        {"cv", std::string(arc::to_text(set_.cv))},
                                        {"d", signer_.domain},
                                        {"s", signer_.selector},
                                        {"b", dkim::stand_in_for_signature(key_, request_.layout)}};
        const std::string value = fold(dkim::write_tags(tags, request_.layout), field_names[2]);
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
        Expected<std::string> done =
            dkim::fill_in(value, hash.with_seal(added[2], dkim::place_of_signature(added[2].value)), key_);
        if (!done) return std::unexpected(done.error());
        set_.seal = std::move(*done);
        return {};
    }

    const mail::HeaderBlock& header_;
    const crypto::PrivateKey& key_;
    const SealRequest& request_;
    dkim::SignerName signer_;
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
