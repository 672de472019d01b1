#include "sign/key_steps.hpp"

#include "sign/record.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::sign {
namespace {

using crypto::KeyType;

const Sight& sight_of(const Sights& sights, const Key& key) {
    static const Sight nothing_known;
    const auto found = sights.find(key.selector);
    return found == sights.end() ? nothing_known : found->second;
}

std::int64_t settle_of(const Key& key, const Times& times) { return std::max<std::int64_t>(times.settle, key.old_ttl); }

bool has_settled(const Key& key, std::int64_t now, const Times& times) {
    return key.shown_since && *key.shown_since <= now && now - *key.shown_since >= settle_of(key, times);
}

/// The steps of one pass.
class Planner {
  public:
    Planner(const Ring& ring, const Sights& sights, std::int64_t now, const Times& times)
        : ring_(ring), sights_(sights), now_(now), times_(times) {}

    std::vector<Step> plan() {
        for (const Key& key : ring_.keys) look_at(key, sight_of(sights_, key));
        for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
            activate_one(type);
            succeed(type);
        }
        return std::move(steps_);
    }

  private:
    void add(Action action, const Key& key, std::string why) {
        steps_.push_back({action, key.selector, key.type, std::move(why)});
    }

    void look_at(const Key& key, const Sight& sight) {
        switch (key.state) {
        case State::generated: bring_out(key, sight); break;
        case State::published: watch(key, sight); break;
        case State::active:
            if (sight.foreign || sight.key == Shown::none || sight.key == Shown::some)
                add(Action::trouble, key, "it signs, but " + hidden(sight));
            break;
        case State::retiring: let_go(key); break;
        case State::revoked: bury(key, sight); break;
        }
    }

    /// Whoever may still have to stand in for its successor (signing.on_mismatch) stays.
    void let_go(const Key& key) {
        const Key* const signing = ring_.active(key.type);
        const Shown successor = signing == nullptr ? Shown::all : sight_of(sights_, *signing).key;
        if (successor == Shown::none || successor == Shown::some)
            add(Action::extend, key, fmt::format("{} is not in DNS as it should be", signing->selector));
        else if (successor == Shown::all && key.changed <= now_ && now_ - key.changed >= times_.overlap)
            add(Action::revoke, key, fmt::format("it signed last {} s ago", now_ - key.changed));
    }

    static std::string hidden(const Sight& sight) {
        return sight.why.empty() ? std::string("not every server shows its record") : sight.why;
    }

    /// Nothing is put over what is not ours.
    void bring_out(const Key& key, const Sight& sight) {
        if (sight.key == Shown::all)
            add(Action::note_published, key, "every server shows its record");
        else if (sight.foreign)
            add(Action::trouble, key, "it cannot be published: " + hidden(sight));
        else if (sight.key == Shown::unknown)
            add(Action::trouble, key, "what stands at its name is not known: " + hidden(sight));
        else
            add(Action::publish, key, "its record is not in DNS yet");
    }

    void watch(const Key& key, const Sight& sight) {
        if (sight.key == Shown::all && !key.shown_since)
            add(Action::note_shown, key, "every server shows its record");
        else if ((sight.key == Shown::some || sight.key == Shown::none) && key.shown_since)
            add(Action::note_hidden, key, hidden(sight));
        if (sight.foreign)
            add(Action::trouble, key, hidden(sight));
        else if (sight.key == Shown::none)
            add(Action::publish, key, "no server shows its record");
    }

    void bury(const Key& key, const Sight& sight) {
        // No record at all says the same as an empty p=.
        const bool is_gone = sight.key == Shown::none && sight.revoked == Shown::none && !sight.foreign;
        if (sight.revoked == Shown::all || is_gone) {
            if (!key.shown_since)
                add(Action::note_shown, key, is_gone ? "no server has its record" : "every server shows it revoked");
            else if (*key.shown_since <= now_ && now_ - *key.shown_since >= times_.forget)
                add(Action::forget, key, "it was revoked long ago");
            return;
        }
        // What was gone stays so while a server does not answer; a record that came back does not.
        const bool done = key.shown_since && sight.key != Shown::all && sight.key != Shown::some;
        if (done) {
            if (*key.shown_since <= now_ && now_ - *key.shown_since >= times_.forget)
                add(Action::forget, key, "it was revoked long ago");
            return;
        }
        if (sight.foreign)
            add(Action::trouble, key, "its revocation cannot be published: " + hidden(sight));
        else if (sight.revoked != Shown::unknown || sight.key != Shown::unknown)
            add(Action::publish_revocation, key, "not every server shows it revoked");
        else if (!key.shown_since)
            add(Action::trouble, key, "what stands at its name is not known: " + hidden(sight));
    }

    /// Of several that are ready the newest; never one that is older than what signs.
    void activate_one(KeyType type) {
        const Key* best = nullptr;
        const Key* const signing = ring_.active(type);
        for (const Key& key : ring_.keys) {
            if (key.type != type || key.state != State::published) continue;
            if (sight_of(sights_, key).key != Shown::all || !has_settled(key, now_, times_)) continue;
            if (signing != nullptr && key.created < signing->created) continue;
            if (best == nullptr || key.created >= best->created) best = &key;
        }
        if (best != nullptr)
            add(Action::activate, *best,
                fmt::format("every server has shown it for {} s", now_ - best->shown_since.value_or(now_)));
    }

    /// Rotation by schedule: a new key when the signing one is old and none is on its way.
    void succeed(KeyType type) {
        const Key* const signing = ring_.active(type);
        if (times_.rotate_every <= 0 || signing == nullptr) return;
        if (signing->changed > now_ || now_ - signing->changed < times_.rotate_every) return;
        const bool coming = std::ranges::any_of(ring_.keys, [&](const Key& key) {
            return key.type == type && (key.state == State::generated || key.state == State::published) &&
                   key.created >= signing->created;
        });
        if (coming || ring_.keys.size() >= Ring::most_keys) return;
        steps_.push_back({Action::make_key, "", type,
                          fmt::format("{} has signed for {} s", signing->selector, now_ - signing->changed)});
    }

    const Ring& ring_;
    const Sights& sights_;
    std::int64_t now_;
    const Times& times_;
    std::vector<Step> steps_;
};

void change(Key& key, State state, std::int64_t now) {
    key.state = state;
    key.changed = now;
    key.shown_since.reset();
}

bool note_shown(Key& key, std::int64_t now) {
    if ((key.state != State::published && key.state != State::revoked) || key.shown_since) return false;
    key.shown_since = now;
    return true;
}

bool activate(Ring& ring, Key& key, std::int64_t now) {
    if (key.state != State::published || !key.shown_since) return false;
    for (Key& other : ring.keys)
        if (other.type == key.type && other.state == State::active) change(other, State::retiring, now);
    const auto shown = key.shown_since;
    change(key, State::active, now);
    key.shown_since = shown;
    return true;
}

} // namespace

std::string_view to_text(Shown shown) {
    constexpr std::array<std::string_view, 4> words{"unknown", "none", "some", "all"};
    return words.at(static_cast<std::size_t>(shown));
}

std::string_view to_text(Action action) {
    constexpr std::array<std::string_view, 12> words{"make-key", "publish", "published", "shown",  "hidden",
                                                     "activate", "retire",  "extend",    "revoke", "publish-revocation",
                                                     "forget",   "trouble"};
    return words.at(static_cast<std::size_t>(action));
}

std::vector<Step> next_steps(const Ring& ring, const Sights& sights, std::int64_t now, const Times& times) {
    return Planner(ring, sights, now, times).plan();
}

std::string waits_for(const Ring& ring, const Key& key, std::int64_t now, const Times& times) {
    const auto left = [&](std::int64_t since, std::int64_t wait) {
        return std::max<std::int64_t>(since + wait - now, 0);
    };
    switch (key.state) {
    case State::generated: return "its record to be put into DNS";
    case State::published: {
        if (!key.shown_since) return "every authoritative server to show its record";
        if (const Key* signing = ring.active(key.type); signing != nullptr && key.created < signing->created)
            return "nothing: a newer key signs; keys revoke takes it out of DNS";
        if (const auto wait = left(*key.shown_since, settle_of(key, times)); wait > 0)
            return fmt::format("{} s until it signs", wait);
        return "the next pass, and then signs";
    }
    case State::active: {
        if (times.rotate_every <= 0) return "";
        const auto wait = left(key.changed, times.rotate_every);
        return wait > 0 ? fmt::format("{} s until its successor is made", wait) : std::string("its successor");
    }
    case State::retiring:
        if (const auto wait = left(key.changed, times.overlap); wait > 0)
            return fmt::format("{} s for mail that is under way", wait);
        return "the next pass, and then is revoked";
    case State::revoked: return key.shown_since ? "" : "every authoritative server to show the empty p=";
    }
    return "";
}

bool apply(Ring& ring, const Step& step, std::int64_t now, const Sights& sights) {
    Key* const key = ring.find(step.selector);
    if (key == nullptr) return false;
    switch (step.action) {
    case Action::publish:
        if (key->state != State::generated && key->state != State::published) return false;
        key->old_ttl = std::max(key->old_ttl, sight_of(sights, *key).old_ttl);
        return true;
    case Action::note_published:
        if (key->state != State::generated) return false;
        change(*key, State::published, now);
        return true;
    case Action::note_shown: return note_shown(*key, now);
    case Action::note_hidden:
        if (!key->shown_since) return false;
        key->shown_since.reset();
        return true;
    case Action::activate: return activate(ring, *key, now);
    case Action::retire:
        if (key->state != State::active) return false;
        change(*key, State::retiring, now);
        return true;
    case Action::extend:
        if (key->state != State::retiring) return false;
        key->changed = now;
        return true;
    case Action::revoke:
        if (key->state == State::revoked) return false;
        change(*key, State::revoked, now);
        return true;
    case Action::forget:
        if (key->state != State::revoked) return false;
        std::erase_if(ring.keys, [&](const Key& each) { return each.selector == step.selector; });
        return true;
    case Action::publish_revocation: return key->state == State::revoked;
    case Action::make_key:
    case Action::trouble: return true;
    }
    return false;
}

bool begin_pass(Ring& ring, std::int64_t now) {
    // A clock that is known to be behind and leaps to about where it once stood comes back as well. Passes are an hour apart at most
    // where the daemon makes them; a timer of once a day leaps, but a day before that place it has little left to wait for.
    constexpr std::int64_t leap = 7200, about = 86400;
    const bool is_behind = ring.last_pass < ring.latest_pass;
    const bool leapt = now - ring.last_pass > leap && now >= ring.latest_pass - about;
    const bool went_back = now < ring.last_pass;
    const bool came_back = is_behind && (now >= ring.latest_pass || leapt);
    ring.last_pass = now;
    ring.latest_pass = std::max(ring.latest_pass, now);
    for (Key& key : ring.keys) key.created = std::min(key.created, now); // made while the clock was ahead
    if (!went_back && !came_back) return false;
    for (Key& key : ring.keys) {
        if (key.shown_since) key.shown_since = now;
        if (key.state == State::retiring || key.changed > now) key.changed = now;
    }
    return true;
}

} // namespace bonafide::sign
