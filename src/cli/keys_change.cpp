// `bonafide keys activate|rotate|retire|revoke|tend`: keys go on in their lives, by a person's word or by themselves.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/keys.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ostream>
#include <utility>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using crypto::KeyType;
using sign::Action;

constexpr unsigned usual_bits = 2048;

/// One step of one key, by a person's word.
Outcome do_step(const KeySetup& setup, const std::string& selector, Action action, std::int64_t now,
                std::string_view refusal, Console& console) {
    const auto changed = change_ring(setup, now, console, [&](sign::Ring& ring) -> Expected<void> {
        sign::Step step;
        step.action = action;
        step.selector = selector;
        if (sign::apply(ring, step, now, {})) return {};
        const sign::Key* const key = ring.find(selector);
        return failure(
            fmt::format("{} is {}; {}", selector, key == nullptr ? "gone" : sign::to_text(key->state), refusal));
    });
    if (!changed) return cannot(changed.error());
    return exit_code::done;
}

struct Chosen {
    KeySetup setup;
    std::string selector;
    sign::Key key;
};

std::expected<Chosen, Failure> choose(const Arguments& arguments) {
    auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    std::string selector = ascii::lower(*arguments.text("SELECTOR"));
    const auto ring = ring_with_selector(*setup, selector);
    if (!ring) return std::unexpected(ring.error());
    const sign::Key key = *ring->find(selector);
    return Chosen{std::move(*setup), std::move(selector), key};
}

// ---- activate

bool was_never_active(const sign::Key& key) {
    return key.state == sign::State::generated || key.state == sign::State::published;
}

/// SELECTOR, or the newest of each type that has not been active yet.
std::expected<std::vector<sign::Key>, Failure> keys_to_activate(const Arguments& arguments, const KeySetup& setup) {
    if (const auto selector = arguments.text("SELECTOR")) {
        const auto ring = ring_with_selector(setup, ascii::lower(*selector));
        if (!ring) return std::unexpected(ring.error());
        return std::vector{*ring->find(ascii::lower(*selector))};
    }
    const auto ring = setup.folder.ring(setup.domain());
    if (!ring) return cannot(ring.error());
    std::vector<sign::Key> keys;
    for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
        const sign::Key* newest = nullptr;
        for (const sign::Key& key : ring->keys)
            if (key.type == type && was_never_active(key) && (newest == nullptr || key.created >= newest->created))
                newest = &key;
        if (newest != nullptr) keys.push_back(*newest);
    }
    if (keys.empty()) return cannot(fmt::format("{} has no key that could become active", ring->domain));
    return keys;
}

/// Nothing is changed unless all can be.
Outcome check_shown(const Arguments& arguments, const KeySetup& setup, const std::vector<sign::Key>& keys) {
    const auto source = open_key_dns(arguments, setup);
    if (!source) return std::unexpected(source.error());
    for (const sign::Key& key : keys) {
        if (const auto usable = setup.folder.private_key(setup.domain(), key.selector); !usable)
            return cannot(usable.error());
        const sign::Sight sight = (*source)->look(key, setup.domain());
        if (sight.key != sign::Shown::all)
            return cannot(fmt::format("{} does not sign yet: {}", key.selector,
                                      sight.why.empty() ? "not every server shows its record" : sight.why));
    }
    return exit_code::done;
}

Outcome run_activate(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const auto keys = keys_to_activate(arguments, *setup);
    if (!keys) return std::unexpected(keys.error());
    if (const auto shown = check_shown(arguments, *setup, *keys); !shown) return shown;
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    std::vector<std::string> before;
    const auto changed = change_ring(*setup, now, console, [&](sign::Ring& ring) -> Expected<void> {
        for (const sign::Key& wanted : *keys) {
            const sign::Key* const key = ring.find(wanted.selector);
            if (key == nullptr || !was_never_active(*key))
                return failure(fmt::format("{} is {}; only a key that was never active can become so", wanted.selector,
                                           key == nullptr ? "gone" : sign::to_text(key->state)));
            if (const sign::Key* signing = ring.active(key->type)) before.push_back(signing->selector);
            for (const Action action : {Action::note_published, Action::note_shown, Action::activate}) {
                sign::Step step;
                step.action = action;
                step.selector = wanted.selector;
                (void)sign::apply(ring, step, now, {});
            }
        }
        return {};
    });
    if (!changed) return cannot(changed.error());
    for (const sign::Key& key : *keys)
        console.out << fmt::format("{} of {} is active; a running daemon takes it up by itself\n", key.selector,
                                   setup->domain());
    for (const std::string& selector : before)
        console.out << fmt::format("{} is retiring; its record must stay in DNS\n", selector);
    return exit_code::done;
}

// ---- rotate

/// The key that was made to follow already; null: none.
const sign::Key* coming_key(const sign::Ring& ring, const sign::Key& active) {
    for (const sign::Key& key : ring.keys)
        if (key.type == active.type && was_never_active(key) && key.created >= active.created) return &key;
    return nullptr;
}

Expected<sign::Key> make_successor(const KeySetup& setup, const sign::Key& active, std::int64_t now, Console& console) {
    const auto made = crypto::PrivateKey::generate(active.type, std::max(active.bits, usual_bits));
    if (!made) return std::unexpected(made.error());
    sign::Key row;
    row.created = row.changed = now;
    row.testing = active.testing;
    const auto selector = add_key(setup, *made, std::move(row), console);
    if (!selector) return std::unexpected(selector.error());
    const auto ring = setup.folder.ring(setup.domain());
    if (!ring) return std::unexpected(ring.error());
    const sign::Key* const key = ring->find(*selector);
    if (key == nullptr) return failure(fmt::format("{} is gone", *selector));
    return *key;
}

/// Makes what is wanting; what is there already, or cannot be made, holds the other types up in nothing.
Outcome run_rotate(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const auto ring = setup->folder.ring(setup->domain());
    if (!ring) return cannot(ring.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    const auto wanted = arguments.text("type");
    bool any_active = false, any_done = false;
    std::vector<std::string> faults;
    std::vector<sign::Record> records;
    for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
        if (wanted && *wanted != sign::to_text(type)) continue;
        const sign::Key* const active = ring->active(type);
        if (active == nullptr) continue;
        any_active = true;
        if (const sign::Key* const coming = coming_key(*ring, *active)) {
            any_done = true;
            console.err << fmt::format("{} is on its way already ({}) and will follow {}\n", coming->selector,
                                       sign::to_text(coming->state), active->selector);
            continue;
        }
        const auto made = make_successor(*setup, *active, now, console);
        if (!made) {
            faults.push_back(fmt::format("{} has no successor: {}", active->selector, made.error().text));
            continue;
        }
        any_done = true;
        records.push_back(sign::txt_record(*made, ring->domain, setup->settings->publish.ttl));
        console.err << fmt::format("{} will follow {} once every server has shown it for {} s\n", made->selector,
                                   active->selector, setup->settings->signing.settle);
    }
    print_records(arguments, records, console);
    if (!any_active)
        return cannot(fmt::format("{} has no active {}key to rotate; \"keys new\" makes a first one", ring->domain,
                                  wanted ? *wanted + " " : ""));
    if (!any_done) return cannot(fmt::format("{}", fmt::join(faults, "; ")));
    for (const std::string& fault : faults) console.err << fault << '\n';
    return exit_code::done;
}

// ---- retire, revoke

/// When a daemon that runs hears of it.
std::string until_reload(const KeySetup& setup) {
    return fmt::format("a running daemon signs no more with it within {} s (signing.reload), after \"systemctl reload "
                       "bonafide\" at once",
                       std::chrono::duration_cast<std::chrono::seconds>(setup.settings->signing.reload).count());
}

Outcome run_retire(const Arguments& arguments, Console& console) {
    const auto chosen = choose(arguments);
    if (!chosen) return std::unexpected(chosen.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    if (const auto done =
            do_step(chosen->setup, chosen->selector, Action::retire, now, "only an active key retires", console);
        !done)
        return done;
    console.out << fmt::format("{} of {} is retiring; its record must stay for {} s; {}\n", chosen->selector,
                               chosen->setup.domain(), chosen->setup.settings->signing.overlap,
                               until_reload(chosen->setup));
    return exit_code::done;
}

/// Whether no server said anything of what stands there.
bool is_unseen(const sign::Sight& sight) {
    return sight.key == sign::Shown::unknown && sight.revoked == sign::Shown::unknown && !sight.foreign;
}

/// The state comes first, since DNS may be slow and the key has leaked; then the record, but never over one that is not ours.
Outcome run_revoke(const Arguments& arguments, Console& console) {
    const auto chosen = choose(arguments);
    if (!chosen) return std::unexpected(chosen.error());
    const engine::Settings& settings = *chosen->setup.settings;
    const std::string& domain = chosen->setup.domain();
    const auto source = open_key_dns(arguments, chosen->setup);
    if (!source) return std::unexpected(source.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    if (const auto done = do_step(chosen->setup, chosen->selector, Action::revoke, now, "it stays so", console); !done)
        return done;
    const std::string what =
        fmt::format("{} of {} is revoked; {}", chosen->selector, domain, until_reload(chosen->setup));

    sign::Key revoked = chosen->key; // with this state its own record and an empty p= are ours, all else is not
    revoked.state = sign::State::revoked;
    const sign::Sight sight = (*source)->look(revoked, domain); // finds where a CNAME leads, too
    if (sight.foreign)
        return cannot(
            fmt::format("{}. Its record was left as it is, for it is not that of this key alone: {}", what, sight.why));
    const std::vector records{sign::txt_record(revoked, domain, settings.publish.ttl)};
    if (!(*source)->publishes()) {
        print_records(arguments, records, console);
        console.err << fmt::format("{}; put this in place of its record\n", what);
        return exit_code::done;
    }
    if (is_unseen(sight))
        return cannot(fmt::format("{}. Its record was left as it is, for DNS could not be asked what stands there: {}; "
                                  "the daemon or \"keys tend\" tries again",
                                  what, sight.why));
    if (const auto sent = (*source)->publish(records.front()); !sent)
        return cannot(fmt::format("{}. Its revocation could not be published: {}; the daemon or \"keys tend\" tries "
                                  "again",
                                  what, sent.error().text));
    console.out << fmt::format("{}; its record says so\n", what);
    return exit_code::done;
}

// ---- tend

Outcome run_tend(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const auto source = open_key_dns(arguments, *setup);
    if (!source) return std::unexpected(source.error());
    json::array rows;
    const engine::KeyTender tender{.folder = setup->folder,
                                   .dns = **source,
                                   .times = engine::key_times(*setup->settings),
                                   .ttl = setup->settings->publish.ttl,
                                   .now = read_time(arguments, std::time(nullptr)),
                                   .tell = [&](const engine::KeyEvent& event) {
                                       if (arguments.has("json"))
                                           rows.push_back(json::object{{"domain", event.domain},
                                                                       {"selector", event.selector},
                                                                       {"event", event.name},
                                                                       {"why", event.text}});
                                       else
                                           console.out
                                               << fmt::format("{} {}{}: {}\n", event.name, event.domain,
                                                              event.selector.empty() ? "" : " " + event.selector,
                                                              escape::line(event.text, 400));
                                   }};
    int exit = exit_code::done;
    for (const std::string& domain : setup->domains)
        if (const auto done = engine::tend(tender, domain); !done) {
            tell_fault(done.error(), console);
            exit = exit_code::failed;
        }
    if (arguments.has("json")) console.out << json::serialize(rows) << '\n';
    return exit;
}

} // namespace

Command keys_activate_command() {
    return {.name = "keys activate",
            .summary = "Let a key sign now",
            .description =
                "Without SELECTOR the newest key of each type that has not signed yet. Asks DNS first: a key whose "
                "record is not shown is never used. Does not wait for signing.settle, "
                "which is right where no key of its type signs yet; otherwise leave it to \"keys tend\". The key that "
                "signed is retiring from now on. A running daemon changes over without a restart.",
            .examples = {{"keys activate example.org", "The first keys of a domain"},
                         {"keys activate example.org bf202611r", "One of them"}},
            .positionals = {domain_positional(), selector_positional(Times::at_most_once)},
            .options = with_dns_options(with_key_options({now_option()})),
            .run = run_activate};
}

Command keys_rotate_command() {
    return {
        .name = "keys rotate",
        .summary = "Make the successors of the keys that sign",
        .description =
            "A new key for each type that signs and whose successor is not on its way yet, at least as long as the old "
            "one. Nothing changes over yet: "
            "\"keys tend\" or the daemon publishes the record, waits until every authoritative server has shown it "
            "for signing.settle and what resolvers held is gone, changes over, leaves the old record for "
            "signing.overlap, and then revokes it.",
        .examples = {{"keys rotate example.org", "All types that sign"}},
        .positionals = {domain_positional()},
        .options =
            with_key_options({{.name = "type", .value = "TYPE", .help = "only this", .choices = {"rsa", "ed25519"}},
                              now_option(),
                              form_option()}),
        .run = run_rotate};
}

Command keys_retire_command() {
    return {.name = "keys retire",
            .summary = "Let a key sign no more, without a successor",
            .description = "Its record stays for mail that is under way, for signing.overlap; then \"keys tend\" or "
                           "the daemon revokes it.",
            .examples = {{"keys retire example.org bf202611e", "Ed25519 no more"}},
            .positionals = {domain_positional(), selector_positional()},
            .options = with_key_options({now_option()}),
            .run = run_retire};
}

Command keys_revoke_command() {
    return {.name = "keys revoke",
            .summary = "Revoke a key at once",
            .description =
                "For a key that has leaked: it signs no more, and a record with an empty p= (RFC 6376 3.6.1) is "
                "published, or printed where no server takes updates. Mail it signed that is still under way fails. A "
                "running daemon looks at the keys every signing.reload, and at once when it is reloaded. A record that "
                "is not of this key is left as it is (exit 1; the key is revoked all the same).",
            .examples = {{"keys revoke example.org bf202611r", "A key that has leaked"}},
            .positionals = {domain_positional(), selector_positional()},
            .options = with_dns_options(with_key_options({now_option(), form_option()})),
            .run = run_revoke};
}

Command keys_tend_command() {
    return {
        .name = "keys tend",
        .summary = "Carry keys on in their lives: one pass",
        .description =
            "What the daemon does by itself, once: sees what DNS shows, publishes where publish.server is set (or "
            "says what a person must publish), lets keys sign that all servers have shown long enough, revokes "
            "those whose mail has arrived, and makes successors by signing.rotate_every. Prints what it did; "
            "nothing when there was nothing to do. It may be interrupted at any moment and run again. A domain whose "
            "keys "
            "cannot be read or written is told of on standard error, and the others are tended all the same; the exit "
            "code then is 1.",
        .examples = {{"keys tend", "From a timer, without a daemon"}, {"keys tend example.org --json", "One domain"}},
        .positionals = {domain_positional(Times::at_most_once)},
        .options = with_dns_options(with_key_options({now_option(), json_option()})),
        .run = run_tend};
}

} // namespace bonafide::cli
