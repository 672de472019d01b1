// `bonafide keys list|record|check`: what keys there are, what belongs into DNS, and what is there.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/keys.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"
#include "dns/idna.hpp"
#include "dns/source.hpp"
#include "sign/published.hpp"

#include <array>
#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <utility>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

/// Calls `each` for every ring. One that cannot be read is told of, the others follow, and the exit code is 1.
template<class Each> int for_each_ring(const KeySetup& setup, Console& console, Each&& each) {
    int exit = exit_code::done;
    for (const std::string& domain : setup.domains) {
        if (const auto ring = setup.folder.ring(domain)) {
            each(*ring);
        } else {
            tell_fault(ring.error(), console);
            exit = exit_code::failed;
        }
    }
    return exit;
}

void print_rows(const Arguments& arguments, const Table& table, const json::array& rows, int exit, Console& console) {
    if (arguments.has("json"))
        console.out << json::serialize(rows) << '\n';
    else if (!table.empty())
        table.print_text(console.out);
    else if (exit == exit_code::done)
        console.out << "no keys\n";
}

// ---- list

/// What is wrong with a private key; empty: nothing.
std::string fault_of(const KeySetup& setup, const sign::Ring& ring, const sign::Key& key) {
    const auto read = setup.folder.private_key(ring.domain, key.selector);
    return read ? "" : read.error().text;
}

Outcome run_list(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    const sign::Times times = engine::key_times(*setup->settings);
    Table table({"domain", "selector", "type", "bits", "state", "since", "waits for", "fault"});
    json::array rows;
    const int exit = for_each_ring(*setup, console, [&](const sign::Ring& ring) {
        for (const sign::Key& key : ring.keys) {
            const std::string waits = sign::waits_for(ring, key, now, times);
            const std::string fault = fault_of(*setup, ring, key);
            json::object row = json_of(key, ring.domain);
            row["waits_for"] = waits;
            row["fault"] = fault;
            rows.push_back(std::move(row));
            table.add({ring.domain, key.selector, std::string(sign::to_text(key.type)), std::to_string(key.bits),
                       std::string(sign::to_text(key.state)), utc_text(key.changed), waits, fault});
        }
    });
    print_rows(arguments, table, rows, exit, console);
    return exit;
}

// ---- record

Outcome run_record(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const auto ring = setup->folder.ring(setup->domain());
    if (!ring) return cannot(ring.error());
    const auto selector = arguments.text("SELECTOR");
    if (selector && ring->find(ascii::lower(*selector)) == nullptr)
        return cannot(fmt::format("{} has no key with the selector {}", ring->domain, escape::line(*selector)));
    const auto host = arguments.text("cname-to");
    const std::uint32_t ttl = setup->settings->publish.ttl;
    std::vector<sign::Record> records;
    for (const sign::Key& key : ring->keys) {
        if (selector && key.selector != ascii::lower(*selector)) continue;
        if (!host) {
            records.push_back(sign::txt_record(key, ring->domain, ttl));
            continue;
        }
        auto alias = sign::cname_record(key.selector, ring->domain, *dns::to_ascii(*host), ttl);
        if (!alias) return cannot(fmt::format("--cname-to: {}", cannot(alias.error()).error().text));
        records.push_back(*std::move(alias));
    }
    print_records(arguments, records, console);
    return exit_code::done;
}

// ---- check

enum class Well : std::uint8_t { yes, not_yet, no, unknown };

std::string_view to_text(Well well) {
    constexpr std::array<std::string_view, 4> words{"yes", "not yet", "no", "unknown"};
    return words.at(static_cast<std::size_t>(well));
}

/// Whether a revocation is in DNS. A record that was removed after everybody saw its empty p= says the same.
Well judge_revoked(const sign::Key& key, const sign::Sight& sight) {
    if (sight.revoked == sign::Shown::all) return Well::yes;
    const bool came_back = sight.key == sign::Shown::all || sight.key == sign::Shown::some;
    if (key.shown_since && !came_back) return Well::yes;
    if (!sight.foreign && sight.revoked == sign::Shown::unknown) return Well::unknown;
    return Well::no;
}

/// Whether DNS shows of a key what its state calls for.
Well judge(const sign::Key& key, const sign::Sight& sight) {
    if (key.state == sign::State::revoked) return judge_revoked(key, sight);
    if (sight.foreign) return Well::no;
    if (sight.key == sign::Shown::all) return Well::yes;
    if (sight.key == sign::Shown::unknown) return Well::unknown;
    const bool waits = key.state == sign::State::generated || key.state == sign::State::published;
    return waits ? Well::not_yet : Well::no;
}

/// A t=y that our key does not have stands in DNS by mistake, or from the days of testing.
bool shows_testing(const sign::Key& key, const std::string& domain, const sign::Sight& sight, const dns::Source& source,
                   const Limits& limits) {
    const bool seen = sight.key == sign::Shown::all || sight.key == sign::Shown::some;
    if (key.testing || key.state == sign::State::revoked || !seen) return false;
    return dns::run(sign::look_up(key, domain, limits), source).testing;
}

std::string why_of(const sign::Sight& sight, Well well, bool testing) {
    if (well != Well::yes) return sight.why;
    return testing ? "its record has t=y, which this key has not: receivers may take its signatures for a test" : "";
}

Outcome run_check(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const auto key_dns = open_key_dns(arguments, *setup);
    if (!key_dns) return std::unexpected(key_dns.error());
    const auto source = open_dns(arguments, setup->settings->dns);
    if (!source) return std::unexpected(source.error());
    Table table({"domain", "selector", "state", "shown by", "well", "why"});
    json::array rows;
    bool all_well = true;
    const int exit = for_each_ring(*setup, console, [&](const sign::Ring& ring) {
        for (const sign::Key& key : ring.keys) {
            const sign::Sight sight = (*key_dns)->look(key, ring.domain);
            const Well well = judge(key, sight);
            if (key.state == sign::State::active && well != Well::yes) all_well = false;
            const bool testing = shows_testing(key, ring.domain, sight, **source, setup->settings->limits);
            const std::string why = why_of(sight, well, testing);
            const sign::Shown shown = key.state == sign::State::revoked ? sight.revoked : sight.key;
            json::object row = json_of(key, ring.domain);
            row["shown"] = sign::to_text(shown);
            row["well"] = to_text(well);
            row["why"] = why;
            rows.push_back(std::move(row));
            table.add({ring.domain, key.selector, std::string(sign::to_text(key.state)),
                       std::string(sign::to_text(shown)), well == Well::no ? "NO" : std::string(to_text(well)), why});
        }
    });
    print_rows(arguments, table, rows, exit, console);
    if (exit != exit_code::done) return exit;
    return arguments.has("exit-code") && !all_well ? exit_code::not_pass : exit_code::done;
}

} // namespace

Command keys_list_command() {
    return {
        .name = "keys list",
        .summary = "Show the DKIM keys, their states, and what each waits for",
        .description =
            "States: generated (its record is not in DNS), published (in DNS, and waiting until everybody sees "
            "it), active (it signs), retiring (it signs no more; its record stays for mail that is under way), "
            "revoked (its record says so). Private keys that could not be used are told of.",
        .examples = {{"keys list", "All domains"}, {"keys list example.org --json", "One, for a program"}},
        .positionals = {domain_positional(Times::at_most_once)},
        .options = with_key_options(
            {{.name = "now", .value = "UNIX", .help = "as of this time", .fallback = "now", .check = check_unix_time},
             json_option()}),
        .run = run_list};
}

Command keys_record_command() {
    return {.name = "keys record",
            .summary = "Print the DNS records of keys",
            .description =
                "Long keys are cut into strings of at most 255 bytes where the form needs it. With --cname-to the "
                "record for a customer's zone whose keys are kept in the host's: SELECTOR._domainkey.DOMAIN is an "
                "alias of SELECTOR._domainkey.DOMAIN.HOST, so that customers with the same selector do not meet. All "
                "records "
                "of a command are one change batch in the form route53, and a line each in cloudflare and cpanel.",
            .examples = {{"keys record example.org --form bind", "All of a domain, for a zone file"},
                         {"keys record customer.example s1 --cname-to host.example",
                          "What a customer of a hosting provider enters, once and for all"}},
            .positionals = {domain_positional(), selector_positional(Times::at_most_once)},
            .options = with_key_options({form_option(),
                                         {.name = "cname-to",
                                          .value = "HOST",
                                          .help = "the zone that holds the TXT records of customers",
                                          .check = check_domain}}),
            .run = run_record};
}

Command keys_check_command() {
    return {
        .name = "keys check",
        .summary = "Compare the keys with what DNS shows",
        .description =
            "Asks for the record of every key and says whether it is what the key's state calls for: yes; not yet, for "
            "a key that does not sign yet and whose record not all servers show; unknown, where DNS does not "
            "answer; no. CNAMEs are followed. A t=y in DNS that the key does not have is told. A domain whose keys "
            "cannot be read is told of on standard error, and the exit code is 1.",
        .examples = {{"keys check", "All keys"},
                     {"keys check example.org --exit-code", "For a monitor: exit 3 when a key that signs is not in "
                                                            "DNS"}},
        .positionals = {domain_positional(Times::at_most_once)},
        .options = with_dns_options(
            with_key_options({{.name = "exit-code",
                               .help = "exit 3 when the record of an active key is not what it should be, or unknown"},
                              json_option()})),
        .run = run_check};
}

} // namespace bonafide::cli
