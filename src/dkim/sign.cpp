#include "dkim/sign.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/limits.hpp"
#include "dkim/signature_field.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>

namespace bonafide::dkim {
namespace {

using Cover = UsualField::Cover;

// RFC 6376 5.4.1, RFC 8058 4, and what clients show or act on.
constexpr auto fields = std::to_array<UsualField>({{"from", Cover::and_one_more},
                                                   {"to", Cover::and_one_more_if_there_is},
                                                   {"cc", Cover::and_one_more},
                                                   {"subject", Cover::and_one_more},
                                                   {"date", Cover::and_one_more_if_there_is},
                                                   {"message-id", Cover::and_one_more_if_there_is},
                                                   {"reply-to", Cover::and_one_more},
                                                   {"mime-version", Cover::and_one_more},
                                                   {"content-type", Cover::and_one_more},
                                                   {"content-transfer-encoding", Cover::and_one_more},
                                                   {"sender", Cover::if_there_is},
                                                   {"in-reply-to", Cover::if_there_is},
                                                   {"references", Cover::if_there_is},
                                                   {"content-disposition", Cover::if_there_is},
                                                   {"resent-date", Cover::if_there_is},
                                                   {"resent-from", Cover::if_there_is},
                                                   {"resent-to", Cover::if_there_is},
                                                   {"resent-cc", Cover::if_there_is},
                                                   {"resent-message-id", Cover::if_there_is},
                                                   {"list-id", Cover::if_there_is},
                                                   {"list-help", Cover::if_there_is},
                                                   {"list-unsubscribe", Cover::if_there_is},
                                                   {"list-unsubscribe-post", Cover::if_there_is},
                                                   {"list-subscribe", Cover::if_there_is},
                                                   {"list-post", Cover::if_there_is},
                                                   {"list-owner", Cover::if_there_is},
                                                   {"list-archive", Cover::if_there_is},
                                                   {"feedback-id", Cover::if_there_is},
                                                   {"autocrypt", Cover::if_there_is}});

std::size_t times(const UsualField& field, std::size_t there) {
    if (field.cover == Cover::and_one_more || (field.cover == Cover::and_one_more_if_there_is && there > 0))
        return there + 1;
    return there;
}

/// RFC 6376 3.5 i=: [local part] "@" d= or a name below it. Written as dkim-quoted-printable.
Expected<std::string> write_identity(std::string_view identity, std::string_view domain) {
    const std::size_t at = identity.rfind('@');
    const auto below = at == std::string_view::npos ? failure("i= has no @") : dns::to_ascii(identity.substr(at + 1));
    if (!below || !dns::is_equal_or_below(*below, domain))
        return failure(fmt::format("i= must be of {} or of a name below it (RFC 6376 3.5)", domain));
    std::string text;
    for (const char c : identity.substr(0, at)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > ' ' && byte < 0x7f && c != ';' && c != '=')
            text += c;
        else
            text += fmt::format("={:02X}", byte);
    }
    return text + '@' + *below;
}

} // namespace

std::span<const UsualField> usual_fields() { return fields; }

std::vector<std::string> usual_names(const mail::HeaderBlock& header) {
    std::vector<std::string> names;
    const std::size_t most = Limits{}.dkim_signed_headers;
    for (const UsualField& field : fields)
        for (std::size_t left = times(field, header.find_all(field.name).size()); left != 0 && names.size() < most;
             --left)
            names.emplace_back(field.name);
    return names;
}

Expected<std::string> sign(const mail::HeaderBlock& header, const BodyHashes& bodies, const crypto::PrivateKey& key,
                           const SignRequest& request) {
    const auto signer = check_signer(request.domain, request.selector, key);
    if (!signer) return std::unexpected(signer.error());
    if (header.oversized()) return failure("the header is larger than what is read: it cannot be signed whole");
    if (header.find_all("from").empty()) return failure("the message has no From field (RFC 6376 5.4)");
    std::vector<std::string> names;
    for (const std::string& name : request.signed_headers) names.push_back(ascii::lower(name));
    if (names.empty()) names = usual_names(header);
    if (names.size() >= Limits{}.dkim_signed_headers) // perhaps some are missing: what is not covered could be replaced
        return failure(fmt::format("the message has more than {} fields to sign", Limits{}.dkim_signed_headers - 1));
    if (auto usable = check_names(names); !usable) return std::unexpected(usable.error());
    const auto body = bodies.digest(request.body_kind);
    if (!body) return failure("the body hash that signing needs was not taken");

    std::vector<TagText> tags{{"v", "1"},
                              {"a", std::string(algorithm_of(key))},
                              {"c", write_kinds(request.header_kind, request.body_kind)},
                              {"d", signer->domain},
                              {"s", signer->selector}};
    if (!request.identity.empty()) {
        auto identity = write_identity(request.identity, signer->domain);
        if (!identity) return std::unexpected(identity.error());
        tags.emplace_back("i", *std::move(identity));
    }
    tags.emplace_back("t", fmt::format("{}", request.time));
    if (request.expire_after) {
        if (*request.expire_after <= 0 ||
            request.time > std::numeric_limits<std::int64_t>::max() - *request.expire_after)
            return failure("x= must be later than t= (RFC 6376 3.5)");
        tags.emplace_back("x", fmt::format("{}", request.time + *request.expire_after));
    }
    tags.emplace_back("h", write_names(names));
    tags.emplace_back("bh", base64::encode(*body));
    tags.emplace_back("b", stand_in_for_signature(key));
    return sign_field(header, signature_field, fold(write_tags(std::move(tags)), signature_field),
                      {std::move(names), request.header_kind}, key);
}

} // namespace bonafide::dkim
