#include "sign/key_ring.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "base/json_cursor.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace bonafide::sign {
namespace {

using crypto::KeyType;

constexpr std::array<std::pair<State, std::string_view>, 5> states{{{State::generated, "generated"},
                                                                    {State::published, "published"},
                                                                    {State::active, "active"},
                                                                    {State::retiring, "retiring"},
                                                                    {State::revoked, "revoked"}}};

/// The number of bits, when the text is the public key of this type.
std::optional<unsigned> bits_of(std::string_view text, KeyType type) {
    const auto bytes = base64::decode(text);
    if (!bytes) return {};
    const auto key =
        type == KeyType::rsa ? crypto::PublicKey::rsa_from_der(*bytes) : crypto::PublicKey::ed25519_from_raw(*bytes);
    return key ? std::optional(key->bits()) : std::nullopt;
}

Key read_key(JsonCursor& cursor) {
    Key key;
    bool state = false, type = false;
    cursor.object([&](std::string_view name) {
        if (name == "selector") key.selector = cursor.text();
        if (name == "type") {
            const auto known = parse_key_type(cursor.text());
            type = known.has_value();
            key.type = known.value_or(KeyType::rsa);
        }
        if (name == "public_key") key.public_key = cursor.text();
        if (name == "state") {
            const auto known = parse_state(cursor.text());
            state = known.has_value();
            key.state = known.value_or(State::generated);
        }
        if (name == "testing") key.testing = cursor.flag();
        if (name == "created") key.created = cursor.whole();
        if (name == "changed") key.changed = cursor.whole();
        if (name == "shown_since" && !cursor.is_null()) key.shown_since = cursor.whole();
        if (name == "old_ttl") {
            const std::int64_t seconds = cursor.whole();
            constexpr std::int64_t most_ttl = 0x7fffffff; // RFC 2181 8
            if (seconds < 0 || seconds > most_ttl) cursor.refuse();
            key.old_ttl = static_cast<std::uint32_t>(seconds);
        }
    });
    if (!state || !type) cursor.refuse();
    return key;
}

Expected<void> check_key(Key& key) {
    const auto bits = bits_of(key.public_key, key.type);
    const bool plain = std::ranges::all_of(
        key.public_key, [](char c) { return ascii::is_alnum(c) || c == '+' || c == '/' || c == '='; });
    if (!bits || !plain)
        return failure(fmt::format("the public key of {} is no {} key", escape::line(key.selector), to_text(key.type)));
    key.bits = *bits;
    return {};
}

std::string to_json(const Key& key) {
    // Nothing here needs escaping: add() and parse_ring() let only names and base64 in.
    std::string text =
        fmt::format(R"({{"selector":"{}","type":"{}","bits":{},"state":"{}","created":{},"changed":{})", key.selector,
                    to_text(key.type), key.bits, to_text(key.state), key.created, key.changed);
    if (key.shown_since) text += fmt::format(R"(,"shown_since":{})", *key.shown_since);
    if (key.old_ttl != 0) text += fmt::format(R"(,"old_ttl":{})", key.old_ttl);
    if (key.testing) text += R"(,"testing":true)";
    return text + fmt::format(R"(,"public_key":"{}"}})", key.public_key);
}

} // namespace

std::string_view to_text(State state) {
    return std::ranges::find(states, state, &std::pair<State, std::string_view>::first)->second;
}

std::optional<State> parse_state(std::string_view word) {
    const auto* const found = std::ranges::find(states, word, &std::pair<State, std::string_view>::second);
    return found == states.end() ? std::nullopt : std::optional(found->first);
}

std::string_view to_text(KeyType type) { return type == KeyType::rsa ? "rsa" : "ed25519"; }

std::optional<KeyType> parse_key_type(std::string_view word) {
    if (word == "rsa") return KeyType::rsa;
    if (word == "ed25519") return KeyType::ed25519;
    return {};
}

const Key* Ring::find(std::string_view selector) const {
    const auto found = std::ranges::find(keys, selector, &Key::selector);
    return found == keys.end() ? nullptr : &*found;
}

Key* Ring::find(std::string_view selector) {
    const auto found = std::ranges::find(keys, selector, &Key::selector);
    return found == keys.end() ? nullptr : &*found;
}

const Key* Ring::active(KeyType type) const {
    const auto found =
        std::ranges::find_if(keys, [&](const Key& key) { return key.type == type && key.state == State::active; });
    return found == keys.end() ? nullptr : &*found;
}

Expected<void> check_selector(std::string_view selector, std::string_view domain) {
    const bool lower = std::ranges::none_of(selector, ascii::is_upper) && !selector.ends_with('.');
    if (!lower || !dns::is_hostname_like(selector))
        return failure(fmt::format("\"{}\" is no selector: labels of small letters, digits, hyphens and underscores",
                                   escape::line(selector)),
                       Error::nowhere, "RFC 6376 3.1");
    if (!dns::is_valid(fmt::format("{}._domainkey.{}", selector, domain)))
        return failure(fmt::format("the selector {} is too long", escape::line(selector)));
    return {};
}

Expected<void> add(Ring& ring, Key key) {
    if (auto sound = check_selector(key.selector, ring.domain); !sound) return sound;
    if (ring.find(key.selector) != nullptr)
        return failure(fmt::format("{} has a key with the selector {} already", ring.domain, key.selector));
    if (ring.keys.size() >= Ring::most_keys)
        return failure(fmt::format("{} has {} keys, which is the most", ring.domain, Ring::most_keys));
    if (auto sound = check_key(key); !sound) return sound;
    if (key.state == State::active && ring.active(key.type) != nullptr)
        return failure(fmt::format("{} has two active {} keys", ring.domain, to_text(key.type)));
    ring.keys.push_back(std::move(key));
    return {};
}

Expected<Ring> parse_ring(std::string_view json) {
    if (json.size() > Ring::most_bytes)
        return failure(fmt::format("is longer than the {} bytes that are read", Ring::most_bytes));
    Ring ring;
    std::vector<Key> keys;
    std::int64_t version = 0;
    JsonCursor cursor(json);
    cursor.object([&](std::string_view name) {
        if (name == "version") version = cursor.whole();
        if (name == "domain") ring.domain = cursor.text();
        if (name == "last_pass") ring.last_pass = cursor.whole();
        if (name == "latest_pass") ring.latest_pass = cursor.whole();
        if (name == "keys")
            cursor.array([&] {
                if (keys.size() == Ring::most_keys) cursor.refuse();
                keys.push_back(read_key(cursor));
            });
    });
    if (!cursor.finished()) return failure("is no list of keys (JSON)");
    if (version != 1) return failure(fmt::format("is of version {}, this program reads 1", version));
    if (!dns::is_hostname_like(ring.domain)) return failure("names no domain");
    for (Key& key : keys)
        if (auto added = add(ring, std::move(key)); !added) return std::unexpected(added.error());
    return ring;
}

std::string to_json(const Ring& ring) {
    std::string text = fmt::format("{{\"version\":1,\"domain\":\"{}\",\"last_pass\":{},\"latest_pass\":{},\"keys\":[",
                                   ring.domain, ring.last_pass, ring.latest_pass);
    std::string_view before = "\n";
    for (const Key& key : ring.keys) {
        text += before;
        text += to_json(key);
        before = ",\n";
    }
    return text + "\n]}\n";
}

std::string default_selector(const Ring& ring, KeyType type, std::int64_t now) {
    const std::chrono::year_month_day day(
        std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(now))));
    std::string name = fmt::format("bf{:04}{:02}{}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                                   type == KeyType::rsa ? 'r' : 'e');
    if (ring.find(name) == nullptr) return name;
    for (unsigned i = 2;; ++i)
        if (std::string next = fmt::format("{}{}", name, i); ring.find(next) == nullptr) return next;
}

} // namespace bonafide::sign
