#include "engine/key_tending.hpp"

#include "sign/published.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <set>
#include <tuple>
#include <utility>

namespace bonafide::engine {
namespace {

using sign::Action;
using sign::Key;
using sign::Ring;
using sign::State;
using sign::Step;

/// One pass.
class Pass {
  public:
    Pass(const KeyTender& tender, const std::string& domain) : tender_(tender), domain_(domain) {}

    Expected<void> run() {
        if (auto begun = begin(); !begun) return begun;
        for (const Key& key : ring_.keys) {
            if (is_ending()) return {};
            at("look");
            sights_[key.selector] = tender_.dns.look(key, domain_);
        }
        // What a step makes possible is done in the same pass; each thing once.
        constexpr int most_rounds = 8;
        for (int round = 0; round < most_rounds; ++round) {
            bool more = false;
            for (const Step& step : sign::next_steps(ring_, sights_, tender_.now, tender_.times)) {
                if (is_ending()) return {};
                const bool fresh = done_.emplace(step.action, step.selector, step.type).second;
                if (!fresh) continue;
                if (auto done = perform(step); !done) return done;
                more = true;
            }
            if (!more) break;
        }
        return {};
    }

  private:
    [[nodiscard]] bool is_ending() const { return tender_.is_ending && tender_.is_ending(); }
    void at(std::string_view moment) const {
        if (tender_.moment) tender_.moment(moment);
    }
    void tell(std::string_view selector, std::string_view name, std::string text) const {
        if (tender_.tell) tender_.tell({domain_, std::string(selector), name, std::move(text)});
    }

    Expected<void> begin() {
        bool restarted = false;
        auto begun = tender_.folder.change(domain_, [&](Ring& ring) -> Expected<void> {
            restarted = sign::begin_pass(ring, tender_.now);
            ring_ = ring;
            return {};
        });
        if (begun && restarted) tell("", "key.trouble", "the clock was set back: all waits begin anew");
        return begun;
    }

    /// Notes a step in keys.json. False: somebody changed the ring meanwhile, and the step no longer fits.
    Expected<bool> note(const Step& step) {
        bool fits = false;
        auto changed = tender_.folder.change(domain_, [&](Ring& ring) -> Expected<void> {
            fits = sign::apply(ring, step, tender_.now, sights_);
            ring_ = ring;
            return {};
        });
        if (!changed) return std::unexpected(changed.error());
        return fits;
    }

    Expected<void> perform(const Step& step) {
        at(sign::to_text(step.action));
        switch (step.action) {
        case Action::make_key: return make_key(step);
        case Action::publish:
        case Action::publish_revocation: return publish(step);
        case Action::trouble: tell(step.selector, "key.trouble", step.why); return {};
        case Action::note_published: return note_and_tell(step, "key.published");
        case Action::note_shown: return note_and_tell(step, "key.shown");
        case Action::note_hidden: return note_and_tell(step, "key.hidden");
        case Action::retire: return note_and_tell(step, "key.retiring");
        case Action::extend: return extend(step);
        case Action::revoke: return note_and_tell(step, "key.revoked");
        case Action::activate: return activate(step);
        case Action::forget: return forget(step);
        }
        return {};
    }

    Expected<void> note_and_tell(const Step& step, std::string_view event) {
        const auto fits = note(step);
        if (!fits) return std::unexpected(fits.error());
        if (*fits) tell(step.selector, event, step.why);
        return {};
    }

    Expected<void> extend(const Step& step) {
        if (const auto fits = note(step); !fits) return std::unexpected(fits.error());
        tell(step.selector, "key.trouble", "it stays, and may stand in: " + step.why);
        return {};
    }

    Expected<void> activate(const Step& step) {
        if (const auto key = tender_.folder.private_key(domain_, step.selector); !key) {
            tell(step.selector, "key.trouble", "it cannot sign: " + key.error().text);
            return {};
        }
        const Key* const before = ring_.active(step.type);
        const std::string retiring = before == nullptr ? "" : before->selector;
        const auto fits = note(step);
        if (!fits) return std::unexpected(fits.error());
        if (!*fits) return {};
        tell(step.selector, "key.activated", step.why);
        if (!retiring.empty()) tell(retiring, "key.retiring", fmt::format("{} signs in its place", step.selector));
        return {};
    }

    Expected<void> make_key(const Step& step) {
        const Key* const before = ring_.active(step.type);
        const unsigned bits = std::max(tender_.rsa_bits, before == nullptr ? 0U : before->bits);
        const auto key = crypto::PrivateKey::generate(step.type, bits);
        if (!key) return std::unexpected(key.error());
        Key row;
        row.created = row.changed = tender_.now;
        row.testing = before != nullptr && before->testing;
        bool is_wanted = true; // another pass beside this one may have made it
        const auto selector =
            tender_.folder.add(domain_, *key, std::move(row), [&](const Ring& ring) -> Expected<void> {
                const auto steps = sign::next_steps(ring, sights_, tender_.now, tender_.times);
                is_wanted = std::ranges::any_of(
                    steps, [&](const Step& one) { return one.action == Action::make_key && one.type == step.type; });
                if (!is_wanted) return failure("its successor is there already");
                return {};
            });
        if (!is_wanted) return {};
        if (!selector) return std::unexpected(selector.error());
        tell(*selector, "key.generated", step.why);
        auto ring = tender_.folder.ring(domain_);
        if (!ring) return std::unexpected(ring.error());
        ring_ = *std::move(ring);
        if (const Key* made = ring_.find(*selector)) sights_[*selector] = tender_.dns.look(*made, domain_);
        return {};
    }

    Expected<void> publish(const Step& step) {
        if (!tender_.dns.publishes()) {
            tell(step.selector, "key.wanted",
                 step.action == Action::publish ? "put its record into DNS: " + step.why
                                                : "put its record with the empty p= into DNS: " + step.why);
            // What resolvers hold of its absence counts as well when a person publishes.
            if (const auto noted = note(step); !noted) return std::unexpected(noted.error());
            return {};
        }
        const auto fits = note(step);
        if (!fits) return std::unexpected(fits.error());
        const Key* const key = ring_.find(step.selector);
        if (!*fits || key == nullptr) return {};
        const State state = key->state;
        at("update");
        if (auto sent = tender_.dns.publish(sign::txt_record(*key, domain_, tender_.ttl)); !sent) {
            tell(step.selector, "key.trouble", "its record could not be published: " + sent.error().text);
            return {};
        }
        at("updated");
        if (state == State::generated) {
            auto noted = note_and_tell({Action::note_published, step.selector, step.type, "the server took its record"},
                                       "key.published");
            if (!noted) return noted;
        } else if (state == State::revoked) {
            tell(step.selector, "key.revoked", "the server took the record with the empty p=");
        }
        if (const Key* published = ring_.find(step.selector))
            sights_[step.selector] = tender_.dns.look(*published, domain_);
        return {};
    }

    Expected<void> forget(const Step& step) {
        const auto fits = note(step);
        if (!fits) return std::unexpected(fits.error());
        if (!*fits) return {};
        at("forgotten");
        tell(step.selector, "key.forgotten", step.why);
        return tender_.folder.remove_private_key(domain_, step.selector);
    }

    const KeyTender& tender_;
    const std::string& domain_;
    Ring ring_;
    sign::Sights sights_;
    std::set<std::tuple<Action, std::string, crypto::KeyType>> done_;
};

} // namespace

sign::Sight SourceKeyDns::look(const Key& key, const std::string& domain) {
    const std::array seen{dns::run(sign::look_up(key, domain, Limits{}), *source_)};
    return sign::combine(key, seen);
}

Expected<void> SourceKeyDns::publish(const sign::Record&) { return failure("there is no server for dynamic updates"); }

sign::Times key_times(const Settings& settings) {
    sign::Times times;
    times.settle = settings.signing.settle;
    times.overlap = settings.signing.overlap;
    times.rotate_every = settings.signing.rotate_every;
    return times;
}

Expected<void> tend(const KeyTender& tender, const std::string& domain) {
    const auto stamp = tender.folder.stamp(domain);
    if (!stamp) return std::unexpected(stamp.error());
    if (!*stamp) return {}; // not even a folder is made of it
    return Pass(tender, domain).run();
}

bool is_due(const Ring& ring, std::int64_t now, const sign::Times& times) {
    constexpr std::int64_t look_after = 3600; // how often the successor of a retiring key is looked at
    if (now < ring.last_pass) return true;    // the clock went back: waits begin anew
    return std::ranges::any_of(ring.keys, [&](const Key& key) {
        switch (key.state) {
        case State::generated:
        case State::published: return true;
        case State::retiring: return now - key.changed >= times.overlap || now - ring.last_pass >= look_after;
        case State::active: return times.rotate_every > 0 && now - key.changed >= times.rotate_every;
        case State::revoked: return !key.shown_since || now - *key.shown_since >= times.forget;
        }
        return false;
    });
}

} // namespace bonafide::engine
