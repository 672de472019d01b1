#include "srs/srs.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "crypto/hmac.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "srs/mailbox.hpp"
#include "srs/stamp.hpp"

#include <fmt/format.h>
#include <optional>
#include <utility>

namespace bonafide::srs {
namespace {

constexpr std::string_view separators = "=+-";

/// For comparing: what is no name stays as it is.
std::string comparable(std::string_view domain) {
    const auto ascii_form = dns::to_ascii(domain);
    return dns::normalize(ascii_form ? *ascii_form : std::string(domain));
}

/// What stands behind "SRS0" or "SRS1", its separator first; nothing: the local part is no such address.
std::optional<std::string_view> behind(std::string_view tag, std::string_view local_part) {
    if (!ascii::istarts_with(local_part, tag)) return {};
    local_part.remove_prefix(tag.size());
    if (local_part.empty() || !separators.contains(local_part.front())) return {};
    return local_part;
}

/// Up to the next "=", which is taken too; nothing: there is none.
std::optional<std::string_view> take(std::string_view& text) {
    const std::size_t end = text.find('=');
    if (end == std::string_view::npos) return {};
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

struct Direct { ///< SRS0
    std::string_view hash, stamp, domain, local_part;
};
std::optional<Direct> read_direct(std::string_view text) {
    text.remove_prefix(1);
    const auto hash = take(text), stamp = take(text), domain = take(text);
    if (!hash || !stamp || !domain || !is_domain(*domain) || text.empty()) return {};
    return Direct{*hash, *stamp, *domain, text};
}

struct Guarded {                        ///< SRS1
    std::string_view hash, first, rest; ///< rest: of the SRS0 address, its separator first
};
std::optional<Guarded> read_guarded(std::string_view text) {
    text.remove_prefix(1);
    const auto hash = take(text), first = take(text);
    if (!hash || !first || !is_domain(*first) || text.size() < 2 || !separators.contains(text.front())) return {};
    return Guarded{*hash, *first, text};
}

/// In the order of libsrs2, with nothing between the parts and in lower case.
std::string hashed_text(const Direct& parts) {
    return ascii::lower(fmt::format("{}{}{}", parts.stamp, parts.domain, parts.local_part));
}
std::string hashed_text(const Guarded& parts) { return ascii::lower(fmt::format("{}{}", parts.first, parts.rest)); }

bool is_empty_path(std::string_view address) {
    const std::string_view text = ascii::trim(address);
    return text.empty() || text == "<>";
}

} // namespace

std::string_view to_text(Cause cause) {
    switch (cause) {
    case Cause::null_sender: return "null sender";
    case Cause::local: return "local";
    case Cause::own: return "own";
    case Cause::not_ours: return "not ours";
    case Cause::malformed: return "malformed";
    case Cause::bad_hash: return "bad hash";
    case Cause::expired: return "expired";
    case Cause::too_long: return "too long";
    }
    return "unknown";
}

std::string_view explain(Cause cause) {
    switch (cause) {
    case Cause::null_sender: return "the null sender is never rewritten";
    case Cause::local: return "its domain is one of the local domains";
    case Cause::own: return "it is of the SRS domain already";
    case Cause::not_ours: return "it is no SRS address of this domain";
    case Cause::malformed: return "it is no address that could be rewritten";
    case Cause::bad_hash: return "its hash was made with none of the secrets";
    case Cause::expired: return "it is too old";
    case Cause::too_long: return "its rewritten local part would be too long";
    }
    return "unknown";
}

Expected<Rewriter> Rewriter::make(Settings settings) {
    std::string own = comparable(settings.domain);
    if (!dns::is_hostname_like(own))
        return failure(fmt::format("\"{}\" is no domain for rewritten addresses", escape::line(settings.domain)));
    if (settings.secrets.empty()) return failure("there is no secret");
    for (const std::string& secret : settings.secrets)
        if (secret.empty()) return failure("a secret is empty");
    if (settings.days < 1 || settings.days > most_days)
        return failure(fmt::format("an address can be answered for 1 to {} days", most_days));
    if (settings.hash_length < least_hash || settings.hash_length > most_hash)
        return failure(fmt::format("a hash has {} to {} characters", least_hash, most_hash));
    if (!separators.contains(settings.separator)) return failure("the separator is =, + or -");
    Rewriter rewriter(std::move(settings));
    rewriter.own_ = std::move(own);
    for (const std::string& entry : rewriter.settings_.local_domains)
        rewriter.local_.insert(entry.starts_with('.') ? "." + comparable(std::string_view(entry).substr(1))
                                                      : comparable(entry));
    return rewriter;
}

bool Rewriter::is_own(std::string_view domain) const { return comparable(domain) == own_; }

bool Rewriter::is_local(std::string_view domain) const {
    if (local_.empty()) return false;
    const std::string name = comparable(domain);
    if (local_.contains(name)) return true;
    for (std::string_view above = dns::parent(name); !above.empty(); above = dns::parent(above))
        if (local_.contains("." + std::string(above))) return true;
    return false;
}

std::string Rewriter::hash(std::string_view text) const {
    return base64::encode(crypto::hmac_sha1(settings_.secrets.front(), text)).substr(0, settings_.hash_length);
}

bool Rewriter::is_hash_of(std::string_view hash, std::string_view text) const {
    if (hash.size() < least_hash || hash.size() > most_hash) return false;
    const std::string given = ascii::lower(hash);
    bool found = false; // every secret is tried: the time says nothing of which one it was
    for (const std::string& secret : settings_.secrets) {
        const std::string made = ascii::lower(base64::encode(crypto::hmac_sha1(secret, text)).substr(0, hash.size()));
        if (crypto::equal_in_constant_time(given, made)) found = true;
    }
    return found;
}

std::expected<std::string, Cause> Rewriter::forward(std::string_view address, std::int64_t now) const {
    if (is_empty_path(address)) return std::unexpected(Cause::null_sender);
    const auto mailbox = read_mailbox(address);
    if (!mailbox) return std::unexpected(Cause::malformed);
    if (is_own(mailbox->domain)) return std::unexpected(Cause::own);
    if (is_local(mailbox->domain)) return std::unexpected(Cause::local);

    const auto guarded = [&](Guarded parts) {
        return fmt::format("SRS1{}{}={}={}", settings_.separator, hash(hashed_text(parts)), parts.first, parts.rest);
    };
    std::string local_part;
    const auto direct = behind("SRS0", mailbox->local_part), other = behind("SRS1", mailbox->local_part);
    if (const auto parts = other ? read_guarded(*other) : std::nullopt) {
        local_part = guarded(*parts);
    } else if (direct && read_direct(*direct)) {
        local_part = guarded({{}, mailbox->domain, *direct});
    } else {
        const std::string stamp = write_stamp(now);
        local_part = fmt::format("SRS0{}{}={}={}={}", settings_.separator,
                                 hash(hashed_text(Direct{{}, stamp, mailbox->domain, mailbox->local_part})), stamp,
                                 mailbox->domain, mailbox->local_part);
    }
    std::string text = local_part_text(local_part);
    if (text.size() > settings_.most_local_part) return std::unexpected(Cause::too_long);
    return text + "@" + own_;
}

std::expected<std::string, Cause> Rewriter::reverse(std::string_view address, std::int64_t now) const {
    if (is_empty_path(address)) return std::unexpected(Cause::null_sender);
    const auto mailbox = read_mailbox(address);
    if (!mailbox) return std::unexpected(Cause::malformed);
    if (!is_own(mailbox->domain)) return std::unexpected(Cause::not_ours);
    if (const auto text = behind("SRS0", mailbox->local_part)) {
        const auto parts = read_direct(*text);
        if (!parts) return std::unexpected(Cause::malformed);
        if (!is_hash_of(parts->hash, hashed_text(*parts))) return std::unexpected(Cause::bad_hash);
        const auto age = stamp_age(parts->stamp, now);
        if (!age) return std::unexpected(Cause::malformed);
        if (*age > settings_.days) return std::unexpected(Cause::expired);
        return to_text(Mailbox{std::string(parts->local_part), std::string(parts->domain)});
    }
    if (const auto text = behind("SRS1", mailbox->local_part)) {
        const auto parts = read_guarded(*text);
        if (!parts) return std::unexpected(Cause::malformed);
        if (!is_hash_of(parts->hash, hashed_text(*parts))) return std::unexpected(Cause::bad_hash);
        return to_text(Mailbox{fmt::format("SRS0{}", parts->rest), std::string(parts->first)});
    }
    return std::unexpected(Cause::not_ours);
}

} // namespace bonafide::srs
