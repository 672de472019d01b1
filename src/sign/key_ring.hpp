// The keys of one domain and where each is in its life:
//     generated -> published -> active -> retiring -> revoked
// generated: the private key is there, nobody can check it yet. published: its record is in DNS, and waits until everybody sees it.
// active: it signs; at most one key of a type. retiring: it signs no more, its record stays for mail that is under way.
// revoked: its record says so (RFC 6376 3.6.1: an empty p=). Only what stands here is believed about a key: a file beside it is not.
// Values; what happens to them in time is key_steps.hpp, where they are kept io/key_folder.hpp.
#pragma once

#include "base/error.hpp"
#include "crypto/key.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::sign {

enum class State : std::uint8_t { generated, published, active, retiring, revoked };
[[nodiscard]] std::string_view to_text(State state);
[[nodiscard]] std::optional<State> parse_state(std::string_view word);
/// "rsa", "ed25519": k= of the record.
[[nodiscard]] std::string_view to_text(crypto::KeyType type);
[[nodiscard]] std::optional<crypto::KeyType> parse_key_type(std::string_view word);

/// Times are Unix seconds.
struct Key {
    std::string selector;
    crypto::KeyType type = crypto::KeyType::rsa;
    unsigned bits = 0;
    std::string public_key{}; ///< p= of the record: base64 without white space
    State state = State::generated;
    bool testing = false; ///< t=y in the record
    std::int64_t created = 0;
    std::int64_t changed = 0; ///< since when in this state
    /// Every authoritative server has shown the record (of a revoked key: its empty p=) since then.
    std::optional<std::int64_t> shown_since{};
    std::uint32_t old_ttl = 0; ///< seconds that resolvers may hold what stood at the selector before, or its absence
    bool operator==(const Key&) const = default;
};

struct Ring {
    static constexpr std::size_t most_keys = 64;
    static constexpr std::size_t most_bytes = 256 * 1024; ///< of its JSON

    std::string domain; ///< A-labels
    std::vector<Key> keys{};
    std::int64_t last_pass = 0;   ///< the clock when the steps were last looked at
    std::int64_t latest_pass = 0; ///< the farthest it ever stood then
    bool operator==(const Ring&) const = default;

    /// Null: no such key.
    [[nodiscard]] const Key* find(std::string_view selector) const;
    [[nodiscard]] Key* find(std::string_view selector);
    /// Null: none of this type signs.
    [[nodiscard]] const Key* active(crypto::KeyType type) const;
};

/// As keys.json holds it. Errors: no such JSON, an unknown state or type, a selector that is none or stands twice, p= that is no key of
/// this type, two active keys of a type, more than most_keys.
[[nodiscard]] Expected<Ring> parse_ring(std::string_view json);
[[nodiscard]] std::string to_json(const Ring& ring);

/// Adds a key. Errors: the selector is no selector or is there already, or the ring is full.
[[nodiscard]] Expected<void> add(Ring& ring, Key key);

/// One or more labels of letters, digits, hyphens and underscores (RFC 6376 3.1), in lower case; and short enough for a name before
/// "._domainkey.DOMAIN".
[[nodiscard]] Expected<void> check_selector(std::string_view selector, std::string_view domain);

/// "bf202611r" for RSA, "bf202611e" for Ed25519, by the month of `now` (UTC); "bf202611r2" where that is taken, and so on.
[[nodiscard]] std::string default_selector(const Ring& ring, crypto::KeyType type, std::int64_t now);

} // namespace bonafide::sign
