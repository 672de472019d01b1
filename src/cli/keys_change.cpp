// `bonafide keys activate|rotate|retire|revoke|tend`: keys go on in their lives, by a person's word or by themselves.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/keys.hpp"
#include "cli/table.hpp"

#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <utility>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using crypto::KeyType;
using sign::Action;

constexpr unsigned usual_bits = 2048;

Option now_option() {
    return {.name = "now", .value = "UNIX", .help = "as if at this time", .fallback = "now", .check = check_unix_time};
}

/// One step of one key, by a person's word.
Outcome do_step(const KeySetup& setup, const std::string& selector, Action action, std::int64_t now,
                std::string_view refusal) {
    const auto changed = setup.folder.change(setup.domain(), [&](sign::Ring& ring) -> Expected<void> {
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
    const auto changed = setup->folder.change(setup->domain(), [&](sign::Ring& ring) -> Expected<void> {
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

Outcome run_rotate(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const auto ring = setup->folder.ring(setup->domain());
    if (!ring) return cannot(ring.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    const auto wanted = arguments.text("type");
    bool any = false;
    for (const KeyType type : {KeyType::rsa, KeyType::ed25519}) {
        if (wanted && *wanted != sign::to_text(type)) continue;
        const sign::Key* const active = ring->active(type);
        if (active == nullptr) continue;
        any = true;
        for (const sign::Key& key : ring->keys)
            if (key.type == type && (key.state == sign::State::generated || key.state == sign::State::published) &&
                key.created >= active->created)
                return cannot(fmt::format("{} is on its way already ({}); \"keys tend\" carries it on", key.selector,
                                          sign::to_text(key.state)));
        const auto made = crypto::PrivateKey::generate(type, std::max(active->bits, usual_bits));
        if (!made) return cannot(made.error());
        sign::Key row;
        row.created = row.changed = now;
        row.testing = active->testing;
        const auto selector = setup->folder.add(ring->domain, *made, std::move(row));
        if (!selector) return cannot(selector.error());
        const auto now_there = setup->folder.ring(ring->domain);
        if (!now_there) return cannot(now_there.error());
        console.out << sign::print(
            sign::txt_record(*now_there->find(*selector), ring->domain, setup->settings->publish.ttl),
            read_form(arguments));
        console.err << fmt::format("{} will follow {} once every server has shown it for {} s\n", *selector,
                                   active->selector, setup->settings->signing.settle);
    }
    if (!any)
        return cannot(fmt::format("{} has no active {}key to rotate; \"keys new\" makes a first one", ring->domain,
                                  wanted ? *wanted + " " : ""));
    return exit_code::done;
}

// ---- retire, revoke

Outcome run_retire(const Arguments& arguments, Console& console) {
    const auto chosen = choose(arguments);
    if (!chosen) return std::unexpected(chosen.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    if (const auto done = do_step(chosen->setup, chosen->selector, Action::retire, now, "only an active key retires");
        !done)
        return done;
    console.out << fmt::format("{} of {} signs no more; its record must stay for {} s\n", chosen->selector,
                               chosen->setup.domain(), chosen->setup.settings->signing.overlap);
    return exit_code::done;
}

Outcome run_revoke(const Arguments& arguments, Console& console) {
    const auto chosen = choose(arguments);
    if (!chosen) return std::unexpected(chosen.error());
    const engine::Settings& settings = *chosen->setup.settings;
    const std::string& domain = chosen->setup.domain();
    const auto source = open_key_dns(arguments, chosen->setup);
    if (!source) return std::unexpected(source.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    if (const auto done = do_step(chosen->setup, chosen->selector, Action::revoke, now, "it stays so"); !done)
        return done;
    sign::Key revoked = chosen->key;
    revoked.state = sign::State::revoked;
    const sign::Record record = sign::txt_record(revoked, domain, settings.publish.ttl);
    if (!(*source)->publishes()) {
        console.out << sign::print(record, read_form(arguments));
        console.err << fmt::format("{} signs no more; put this in place of its record\n", chosen->selector);
        return exit_code::done;
    }
    (void)(*source)->look(revoked, domain); // finds where a CNAME leads
    if (const auto sent = (*source)->publish(record); !sent)
        return cannot(fmt::format("{} signs no more, but its revocation could not be published: {}; \"keys tend\" "
                                  "tries again",
                                  chosen->selector, sent.error().text));
    console.out << fmt::format("{} of {} is revoked, and its record says so\n", chosen->selector, domain);
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
    for (const std::string& domain : setup->domains)
        if (const auto done = engine::tend(tender, domain); !done) return cannot(done.error());
    if (arguments.has("json")) console.out << json::serialize(rows) << '\n';
    return exit_code::done;
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
    return {.name = "keys rotate",
            .summary = "Make the successors of the keys that sign",
            .description =
                "A new key for each type that signs, at least as long as the old one. Nothing changes over yet: "
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
                "published, or printed where no server takes updates. Mail it signed that is still under way fails.",
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
            "nothing when there was nothing to do. It may be interrupted at any moment and run again.",
        .examples = {{"keys tend", "From a timer, without a daemon"}, {"keys tend example.org --json", "One domain"}},
        .positionals = {domain_positional(Times::at_most_once)},
        .options = with_dns_options(with_key_options({now_option(), json_option()})),
        .run = run_tend};
}

} // namespace bonafide::cli
