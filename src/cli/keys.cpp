#include "cli/keys.hpp"

#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/config.hpp"
#include "cli/dns.hpp"
#include "cli/ledger_file.hpp"
#include "dns/idna.hpp"
#include "engine/server_key_dns.hpp"
#include "engine/signing_source.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <ostream>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

/// Errors: it cannot be told, for a folder above is closed for instance.
Expected<bool> is_there(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return failure(fmt::format("{}: {}", escape::line(path), std::generic_category().message(errno)));
}

std::expected<std::string, Failure> folder_path(const Arguments& arguments, const engine::Settings& settings) {
    if (auto given = arguments.text("folder")) {
        if (given->empty()) return wrong_usage("--folder: is empty");
        while (given->size() > 1 && given->ends_with('/')) given->pop_back();
        return *std::move(given);
    }
    if (settings.signing.keys == "auto") return std::string(engine::auto_keys_folder);
    if (!settings.signing.keys.empty()) return settings.signing.keys;
    return cannot("there is no folder of keys: signing.keys is empty; give --folder DIR");
}

} // namespace

std::vector<Option> with_key_options(std::vector<Option> own) {
    own.push_back({.name = "folder",
                   .value = "DIR",
                   .help = "the folder of the keys, in place of signing.keys of the configuration"});
    own.push_back({.name = "config",
                   .value = "FILE",
                   .help = "configuration whose signing.* and publish.* are meant",
                   .fallback = config::default_file});
    return own;
}

Option form_option() {
    return {.name = "form",
            .value = "FORM",
            .help = "how records are printed: plain words, a line of a zone file, or what a provider's API takes",
            .choices = {"plain", "bind", "cloudflare", "route53", "cpanel"},
            .fallback = "plain"};
}

sign::Form read_form(const Arguments& arguments) {
    return sign::parse_form(arguments.text("form").value_or("plain")).value_or(sign::Form::plain);
}

void print_records(const Arguments& arguments, std::span<const sign::Record> records, Console& console) {
    const sign::Form form = read_form(arguments);
    console.out << sign::print(records, form);
    if (std::ranges::any_of(records, sign::is_revocation) && !sign::how_to_replace(form).empty())
        console.err << fmt::format("an empty p= replaces the record of the key: {}\n", sign::how_to_replace(form));
}

Option now_option() {
    return {.name = "now", .value = "UNIX", .help = "as if at this time", .fallback = "now", .check = check_unix_time};
}

Positional domain_positional(Times times) {
    return {.name = "DOMAIN", .help = "the signing domain (d=)", .times = times, .check = check_domain};
}
Positional selector_positional(Times times) {
    return {.name = "SELECTOR", .help = "the key's selector (s=)", .times = times};
}

std::expected<KeySetup, Failure> open_keys(const Arguments& arguments, WhenAbsent when_absent) {
    auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    auto path = folder_path(arguments, **settings);
    if (!path) return std::unexpected(path.error());
    KeySetup setup{.settings = std::move(*settings), .folder = io::KeyFolder(*path)};
    const auto there = is_there(*path);
    if (!there) return cannot(there.error());
    if (!*there) {
        if (when_absent == WhenAbsent::fail)
            return cannot(fmt::format("there is no folder {}; \"bonafide keys new DOMAIN\" makes it, with a first key",
                                      escape::line(*path)));
        if (const auto made = setup.folder.create(); !made)
            return cannot(fmt::format("the folder of the keys cannot be made: {}; make it for the daemon's user "
                                      "(install -d -o bonafide -g bonafide -m 700 {})",
                                      made.error().text, escape::line(*path)));
    }
    if (const auto domain = arguments.text("DOMAIN")) {
        setup.domains.push_back(*dns::to_ascii(*domain));
        return setup;
    }
    auto all = setup.folder.domains();
    if (!all) return cannot(all.error());
    setup.domains = *std::move(all);
    return setup;
}

std::expected<sign::Ring, Failure> ring_with_selector(const KeySetup& setup, const std::string& selector) {
    auto ring = setup.folder.ring(setup.domain());
    if (!ring) return cannot(ring.error());
    if (ring->find(selector) == nullptr)
        return cannot(fmt::format("{} has no key with the selector {}", ring->domain, escape::line(selector)));
    return std::move(*ring);
}

void tell_fault(const Error& fault, Console& console) { console.err << cannot(fault).error().text << '\n'; }

Expected<void> change_ring(const KeySetup& setup, std::int64_t now, Console& console,
                           const io::KeyFolder::Change& change) {
    bool restarted = false;
    auto changed = setup.folder.change(setup.domain(), [&](sign::Ring& ring) {
        restarted = sign::begin_pass(ring, now);
        return change(ring);
    });
    if (changed && restarted) console.err << "the clock was set back: all waits begin anew\n";
    return changed;
}

Expected<std::string> add_key(const KeySetup& setup, const crypto::PrivateKey& key, sign::Key row, Console& console) {
    const std::int64_t now = row.changed;
    auto selector = setup.folder.add(setup.domain(), key, std::move(row));
    if (!selector) return selector;
    const auto begun = change_ring(setup, now, console, [](sign::Ring&) { return Expected<void>(); });
    if (!begun) return std::unexpected(begun.error());
    return selector;
}

std::expected<std::unique_ptr<engine::KeyDns>, Failure> open_key_dns(const Arguments& arguments,
                                                                     const KeySetup& setup) {
    const engine::Settings& settings = *setup.settings;
    auto source = open_dns(arguments, settings.dns);
    if (!source) return std::unexpected(source.error());
    if (arguments.has("zone") || arguments.has("dns-server") || !engine::ServerKeyDns::is_meant(settings))
        return std::make_unique<engine::SourceKeyDns>(std::move(*source));
    auto servers = engine::ServerKeyDns::open(settings, std::move(*source), setup.folder.owner());
    if (!servers) return cannot(servers.error());
    return std::move(*servers);
}

json::object json_of(const sign::Key& key, const std::string& domain) {
    return {{"domain", domain},
            {"selector", key.selector},
            {"type", sign::to_text(key.type)},
            {"bits", key.bits},
            {"state", sign::to_text(key.state)},
            {"created", key.created},
            {"changed", key.changed},
            {"shown_since", key.shown_since ? json::value(*key.shown_since) : json::value()},
            {"name", sign::record_name(key.selector, domain)},
            {"record", sign::record_text(key)}};
}

} // namespace bonafide::cli
