// Whether the record in DNS is that of the key we would sign with: asked before a key signs, and when records are checked.
#pragma once

#include "base/limits.hpp"
#include "dns/flow.hpp"
#include "sign/key_ring.hpp"
#include "sign/key_steps.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::sign {

enum class Presence : std::uint8_t {
    matches,     ///< this key, and a verifier can use it
    missing,     ///< no TXT record at the name
    other_key,   ///< a record of another key
    revoked,     ///< p= is empty
    several,     ///< more than one TXT record: what verifiers take is undefined (RFC 6376 3.6.2.2)
    unusable,    ///< no key record, or one that serves no mail: see reason
    unavailable, ///< DNS could not be asked: nothing is known
};
[[nodiscard]] std::string_view to_text(Presence presence);

struct Published {
    Presence presence = Presence::unavailable;
    bool testing = false;         ///< t=y: verifiers may treat the mail as unsigned
    bool strict_identity = false; ///< t=s
    std::string reason{};         ///< one sentence; empty when it matches
    [[nodiscard]] bool matches() const { return presence == Presence::matches; }
};

/// `answer` is that of the TXT question for the key's name, CNAMEs followed.
[[nodiscard]] Published compare(const Key& key, std::string_view domain, const dns::AnswerData& answer,
                                const Limits& limits);

/// Asks for the record, and compares. Uses the cache.
[[nodiscard]] dns::Flow<Published> look_up(Key key, std::string domain, Limits limits);

/// What several servers show, an element each. old_ttl is left to who knows it.
[[nodiscard]] Sight combine(const Key& key, std::span<const Published> servers);

} // namespace bonafide::sign
