// `bonafide keys list|record|check`: what keys there are, what belongs into DNS, and what is there.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/keys.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"
#include "dns/idna.hpp"

#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <utility>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

/// Calls `each` for every ring; the first that cannot be read ends it.
template<class Each> Outcome for_each_ring(const KeySetup& setup, Each&& each) {
    for (const std::string& domain : setup.domains) {
        const auto ring = setup.folder.ring(domain);
        if (!ring) return cannot(ring.error());
        each(*ring);
    }
    return exit_code::done;
}

void print_rows(const Arguments& arguments, const Table& table, const json::array& rows, Console& console) {
    if (arguments.has("json"))
        console.out << json::serialize(rows) << '\n';
    else if (table.empty())
        console.out << "no keys\n";
    else
        table.print_text(console.out);
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
    const auto listed = for_each_ring(*setup, [&](const sign::Ring& ring) {
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
    if (!listed) return listed;
    print_rows(arguments, table, rows, console);
    return exit_code::done;
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
    std::string_view between;
    for (const sign::Key& key : ring->keys) {
        if (selector && key.selector != ascii::lower(*selector)) continue;
        const std::uint32_t ttl = setup->settings->publish.ttl;
        const sign::Record record = host ? sign::cname_record(key.selector, ring->domain, *dns::to_ascii(*host), ttl)
                                         : sign::txt_record(key, ring->domain, ttl);
        console.out << between << sign::print(record, read_form(arguments));
        if (read_form(arguments) == sign::Form::plain) between = "\n";
    }
    return exit_code::done;
}

// ---- check

/// Whether DNS shows of a key what its state calls for.
bool is_well(const sign::Key& key, const sign::Sight& sight) {
    switch (key.state) {
    case sign::State::generated: return !sight.foreign;
    case sign::State::published:
    case sign::State::active:
    case sign::State::retiring: return sight.key == sign::Shown::all;
    case sign::State::revoked: return sight.revoked == sign::Shown::all || key.shown_since.has_value();
    }
    return false;
}

Outcome run_check(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const auto source = open_key_dns(arguments, *setup);
    if (!source) return std::unexpected(source.error());
    Table table({"domain", "selector", "state", "shown by", "well", "why"});
    json::array rows;
    bool all_well = true;
    const auto checked = for_each_ring(*setup, [&](const sign::Ring& ring) {
        for (const sign::Key& key : ring.keys) {
            const sign::Sight sight = (*source)->look(key, ring.domain);
            const bool well = is_well(key, sight);
            if (key.state == sign::State::active && !well) all_well = false;
            const sign::Shown shown = key.state == sign::State::revoked ? sight.revoked : sight.key;
            json::object row = json_of(key, ring.domain);
            row["shown"] = sign::to_text(shown);
            row["well"] = well;
            row["why"] = well ? "" : sight.why;
            rows.push_back(std::move(row));
            table.add({ring.domain, key.selector, std::string(sign::to_text(key.state)),
                       std::string(sign::to_text(shown)), well ? "yes" : "NO", well ? "" : sight.why});
        }
    });
    if (!checked) return checked;
    print_rows(arguments, table, rows, console);
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
                "alias of SELECTOR._domainkey.HOST.",
            .examples = {{"keys record example.org --form bind", "All of a domain, for a zone file"},
                         {"keys record customer.example s1 --cname-to host.example",
                          "What a customer of a hosting provider enters, once and for all"}},
            .positionals = {domain_positional(), selector_positional(Times::at_most_once)},
            .options = with_key_options({form_option(),
                                         {.name = "cname-to",
                                          .value = "HOST",
                                          .help = "the domain whose zone holds the TXT record",
                                          .check = check_domain}}),
            .run = run_record};
}

Command keys_check_command() {
    return {.name = "keys check",
            .summary = "Compare the keys with what DNS shows",
            .description =
                "Asks for the record of every key and says whether it is what the key's state calls for. CNAMEs are "
                "followed.",
            .examples = {{"keys check", "All keys"},
                         {"keys check example.org --exit-code", "For a monitor: exit 3 when a key that signs is not in "
                                                                "DNS"}},
            .positionals = {domain_positional(Times::at_most_once)},
            .options = with_dns_options(with_key_options(
                {{.name = "exit-code", .help = "exit 3 when the record of an active key is not what it should be"},
                 json_option()})),
            .run = run_check};
}

} // namespace bonafide::cli
