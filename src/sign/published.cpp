#include "sign/published.hpp"

#include "base/base64.hpp"
#include "dkim/key_record.hpp"
#include "dkim/tags.hpp"
#include "sign/record.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::sign {
namespace {

/// p= of a record that parse_key_record() has read; without white space, decoded.
base64::Bytes bytes_of(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(line, [](char c) { return c == '\r' || c == '\n'; }, ' ');
    const dkim::TagList list = dkim::parse_tags(line);
    const dkim::Tag* data = list.find("p");
    return data == nullptr ? base64::Bytes() : base64::decode(data->value).value_or(base64::Bytes());
}

/// The same octets; or for RSA the bare RSAPublicKey that RFC 6376 3.6.1 speaks of, which is how the usual form ends.
bool same_key(const base64::Bytes& ours, const base64::Bytes& theirs, crypto::KeyType type) {
    if (ours == theirs) return true;
    if (type != crypto::KeyType::rsa || theirs.empty() || theirs.size() >= ours.size()) return false;
    return std::equal(theirs.rbegin(), theirs.rend(), ours.rbegin());
}

Published judge(const Key& key, const std::string& text, const std::string& name, const Limits& limits) {
    const dkim::KeyRecord record = dkim::parse_key_record(text, limits);
    Published result{.presence = Presence::unusable,
                     .testing = record.testing,
                     .strict_identity = record.strict_identity,
                     .reason = record.reason};
    if (record.code == dkim::Code::key_revoked) {
        result.presence = Presence::revoked;
        result.reason = fmt::format("{} says that the key was revoked (an empty p=)", name);
    } else if (record.code != dkim::Code::ok) {
        result.reason = fmt::format("{}: {}", name, record.reason);
    } else if (record.key->type() != key.type ||
               !same_key(base64::decode(key.public_key).value_or(base64::Bytes()), bytes_of(text), key.type)) {
        result.presence = Presence::other_key;
        result.reason = fmt::format("{} holds another key than ours", name);
    } else if (!record.allows_email) {
        result.reason = fmt::format("{}: s= does not allow email", name);
    } else if (!record.allows_sha256) {
        result.reason = fmt::format("{}: h= does not allow sha256", name);
    } else {
        result.presence = Presence::matches;
        result.reason.clear();
    }
    return result;
}

} // namespace

std::string_view to_text(Presence presence) {
    constexpr std::array<std::string_view, 7> words{"matches", "missing",  "other key",  "revoked",
                                                    "several", "unusable", "unavailable"};
    return words.at(static_cast<std::size_t>(presence));
}

Published compare(const Key& key, std::string_view domain, const dns::AnswerData& answer, const Limits& limits) {
    const std::string name = record_name(key.selector, domain);
    if (answer.temporary())
        return {.presence = Presence::unavailable,
                .reason = fmt::format("{} could not be asked for ({})", name, dns::to_text(answer.status))};
    if (!answer.found() || answer.txt.empty())
        return {.presence = Presence::missing,
                .reason = fmt::format("there is no record at {} ({})", name, dns::to_text(answer.status))};
    if (answer.txt.size() > 1)
        return {.presence = Presence::several,
                .reason =
                    fmt::format("there are {} TXT records at {}, where one must stand alone", answer.txt.size(), name)};
    return judge(key, answer.txt.front(), name, limits);
}

dns::Flow<Published> look_up(Key key, std::string domain, Limits limits) {
    std::string name = record_name(key.selector, domain);
    const dns::Answer answer = co_await dns::ask(std::move(name), dns::Type::txt, "our own key (DKIM)");
    co_return compare(key, domain, *answer, limits);
}

Sight combine(const Key& key, std::span<const Published> servers) {
    Sight sight;
    std::size_t matching = 0, revoked = 0, silent = 0;
    for (const Published& server : servers) {
        if (server.presence == Presence::matches) ++matching;
        if (server.presence == Presence::revoked) ++revoked;
        if (server.presence == Presence::unavailable) ++silent;
        const bool ours = server.presence == Presence::matches || server.presence == Presence::missing ||
                          server.presence == Presence::unavailable ||
                          (server.presence == Presence::revoked && key.state == State::revoked);
        if (!ours) sight.foreign = true;
        const bool told = server.presence == Presence::matches && key.state != State::revoked;
        if (!told && sight.why.empty()) sight.why = server.reason;
    }
    const auto shown = [&](std::size_t count) {
        if (count == servers.size() && count > 0) return Shown::all;
        if (count + silent == servers.size()) return Shown::unknown; // no server says otherwise
        return count == 0 ? Shown::none : Shown::some;
    };
    sight.key = shown(matching);
    sight.revoked = shown(revoked);
    return sight;
}

} // namespace bonafide::sign
