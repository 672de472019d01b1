#include "sign/bounce_tag.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "crypto/hmac.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace bonafide::sign {
namespace {

constexpr std::size_t mac_octets = 16;
constexpr std::int64_t most_ahead = 3600; // between clocks

struct Tag {
    std::int64_t time = 0;
    bool has_id = false;
    std::string_view mac;
};

std::string mac_of(std::string_view secret, std::int64_t time, std::string_view sender, std::string_view id) {
    std::string text = fmt::format("bounce-tag 1 {} ", time);
    text += ascii::lower(sender);
    text += '\0';
    text += id;
    const crypto::Sha256Digest digest = crypto::hmac_sha256(secret, text);
    std::string encoded = base64::encode(std::span(digest).first(mac_octets));
    encoded.erase(encoded.find_last_not_of('=') + 1);
    return encoded;
}

/// Bounces may return the header as quoted-printable (RFC 2045 6.7).
std::string without_quoting(std::string_view value) {
    std::string text;
    for (std::size_t at = value.find("=3D"); at != std::string_view::npos; at = value.find("=3D")) {
        text += value.substr(0, at + 1);
        value.remove_prefix(at + 3);
    }
    return text + std::string(value);
}

std::optional<Tag> parse(std::string_view value) {
    Tag tag;
    bool is_one = false, has_time = false;
    for (const std::string_view part : ascii::split(value, ';')) {
        const std::string_view text = ascii::trim(part);
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string_view name = text.substr(0, equals), what = text.substr(equals + 1);
        if (name == "v") is_one = what == "1";
        if (name == "i") tag.has_id = what == "1";
        if (name == "m") tag.mac = what;
        if (name != "t") continue;
        const auto time = ascii::parse_decimal(what);
        constexpr std::uint64_t most = std::uint64_t{1} << 40U;
        if (!time || *time > most) return {};
        tag.time = static_cast<std::int64_t>(*time);
        has_time = true;
    }
    if (!is_one || !has_time || tag.mac.empty()) return {};
    return tag;
}

bool is_ours(const Tag& tag, std::span<const std::string> secrets, const Returned& returned, std::size_t& tries) {
    static const std::vector<std::string> no_id{std::string()};
    const std::vector<std::string>& ids = tag.has_id ? returned.message_ids : no_id;
    for (const std::string& secret : secrets)
        for (const std::string& recipient : returned.recipients)
            for (const std::string& id : ids) {
                if (++tries > most_tag_tries) return false;
                if (crypto::equal_in_constant_time(tag.mac, mac_of(secret, tag.time, recipient, id))) return true;
            }
    return false;
}

} // namespace

std::string_view to_text(TagCheck check) {
    switch (check) {
    case TagCheck::valid: return "valid";
    case TagCheck::missing: return "missing";
    case TagCheck::expired: return "expired";
    case TagCheck::wrong: return "wrong";
    }
    return "unknown";
}

std::string make_tag(std::string_view secret, const Tagged& message, std::int64_t now) {
    return fmt::format("v=1; t={}; i={}; m={}", now, message.message_id.empty() ? 0 : 1,
                       mac_of(secret, now, message.sender, message.message_id));
}

TagCheck check_tags(std::span<const std::string> secrets, const Returned& returned, std::int64_t now,
                    std::int64_t lifetime) {
    TagCheck best = returned.tags.empty() ? TagCheck::missing : TagCheck::wrong;
    std::size_t tries = 0;
    for (const std::string& quoted : returned.tags) {
        const std::string value = without_quoting(quoted);
        const auto tag = parse(value);
        if (!tag || tag->time > now + most_ahead || !is_ours(*tag, secrets, returned, tries)) continue;
        if (now - tag->time <= lifetime) return TagCheck::valid;
        best = TagCheck::expired;
    }
    return best;
}

} // namespace bonafide::sign
