// What comes next in the lives of a domain's keys, from what DNS shows and how long it has. Pure: who calls does the step, writes what
// apply() made of the ring, and asks again. A step may be interrupted anywhere and is then found again by the next call:
// publishing replaces what is there, and no state is noted before what it says is so. Only apply() of `activate` makes a key sign, and
// next_steps() gives that only for a key which every server shows at this very moment and has shown long enough.
//
// The clock may be wrong. Steps are timed from the moment something was noted; when the clock has gone back since the last pass, or comes
// back to where it stood before it went back, or nearly, all waits begin anew, so that no wait is shorter than it should be. (A clock that
// jumps ahead of all it ever showed cannot be told from time that passed without us.)
#pragma once

#include "sign/key_ring.hpp"

#include <map>
#include <vector>

namespace bonafide::sign {

/// How many of the authoritative servers show something; unknown: one of them did not answer, and none says otherwise.
enum class Shown : std::uint8_t { unknown, none, some, all };
[[nodiscard]] std::string_view to_text(Shown shown);

/// What stands at a key's name in DNS.
struct Sight {
    Shown key = Shown::unknown;     ///< the record of this very key, alone
    Shown revoked = Shown::unknown; ///< an empty p=, alone
    bool foreign = false;           ///< somewhere another key, or several records: nothing of ours is put over it
    std::uint32_t old_ttl = 0;      ///< how long resolvers may hold what is there now
    std::string why{};              ///< in words, where not all is well
};
using Sights = std::map<std::string, Sight, std::less<>>; ///< by selector

struct Times { ///< seconds
    std::int64_t settle = 86400;
    std::int64_t overlap = std::int64_t{4} * 86400;
    std::int64_t rotate_every = 0; ///< 0: never by itself
    std::int64_t forget =
        std::int64_t{400} * 86400; ///< a revoked key is no longer listed; its selector could be used again
};

enum class Action : std::uint8_t {
    make_key,           ///< a successor of this type; then add() it
    publish,            ///< its record must come into DNS: done by dynamic update, or by a person
    note_published,     ///< DNS has the record
    note_shown,         ///< every server shows it (of a revoked key: the empty p=); the wait begins
    note_hidden,        ///< some server does not (any more)
    activate,           ///< it signs from now on; the key of its type that did is retiring
    retire,             ///< it signs no more: a person says so
    extend,             ///< its successor is not in DNS as it should be, so it may stand in: its overlap begins anew
    revoke,             ///< mail it signed has arrived: its record may go
    publish_revocation, ///< the record with the empty p= must come into DNS
    forget,             ///< remove it and its file
    trouble,            ///< nothing to do but tell a person
};
[[nodiscard]] std::string_view to_text(Action action);

struct Step {
    Action action = Action::trouble;
    std::string selector{}; ///< empty for make_key
    crypto::KeyType type = crypto::KeyType::rsa;
    std::string why{}; ///< in words
    bool operator==(const Step&) const = default;
};

/// All that can be done now, in the order it should be. `sights` may lack keys: unknown.
[[nodiscard]] std::vector<Step> next_steps(const Ring& ring, const Sights& sights, std::int64_t now,
                                           const Times& times);

/// What a key waits for, in words; empty: for nothing.
[[nodiscard]] std::string waits_for(const Ring& ring, const Key& key, std::int64_t now, const Times& times);

/// The ring after a step; publish, publish_revocation, make_key and trouble change nothing in it but note old_ttl. False: the step does
/// not fit the ring (any more), which is as it was.
[[nodiscard]] bool apply(Ring& ring, const Step& step, std::int64_t now, const Sights& sights);

/// Notes that a pass begins; call before next_steps(). True: the clock went back, and all waits begin anew.
[[nodiscard]] bool begin_pass(Ring& ring, std::int64_t now);

} // namespace bonafide::sign
