// `bonafide keys new|import|export`: private keys come into the folder, and out of it.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/keys.hpp"
#include "cli/table.hpp"
#include "io/system.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <sys/stat.h>
#include <utility>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using crypto::KeyType;

constexpr unsigned usual_bits = 2048;
constexpr unsigned least_new_bits = 1024; // RFC 8301 3.2: signers use at least 1024, and should use at least 2048

Expected<void> check_bits(std::string_view text) {
    const auto bits = ascii::parse_decimal(text);
    if (!bits || *bits < least_new_bits || *bits > io::KeyFolder::most_bits)
        return failure(fmt::format("must be from {} to {}", least_new_bits, io::KeyFolder::most_bits));
    return {};
}

/// The keys that were added, with their records; `next` says what a person does now.
Outcome print_added(const Arguments& arguments, const KeySetup& setup, const std::vector<std::string>& selectors,
                    std::string_view next, Console& console) {
    const auto ring = setup.folder.ring(setup.domain());
    if (!ring) return cannot(ring.error());
    json::array rows;
    std::vector<sign::Record> records;
    for (const std::string& selector : selectors) {
        const sign::Key* const key = ring->find(selector);
        if (key == nullptr) continue;
        rows.push_back(json_of(*key, ring->domain));
        records.push_back(sign::txt_record(*key, ring->domain, setup.settings->publish.ttl));
    }
    if (arguments.has("json")) {
        console.out << json::serialize(rows) << '\n';
        return exit_code::done;
    }
    print_records(arguments, records, console);
    console.err << next << '\n';
    return exit_code::done;
}

/// How a key comes to sign that nobody hurries.
std::string by_itself(const KeySetup& setup) {
    return fmt::format("the daemon (or \"bonafide keys tend\" from a timer) does once every server has shown it for {} "
                       "s (signing.settle)",
                       setup.settings->signing.settle);
}

// ---- new

std::string what_follows_new(const KeySetup& setup) {
    return fmt::format("{}; then \"bonafide keys activate {}\" lets it sign at once, or {}",
                       setup.settings->publish.server.empty() ? "put this into DNS"
                                                              : "the daemon, or \"bonafide keys tend\", publishes this",
                       setup.domain(), by_itself(setup));
}

Outcome run_new(const Arguments& arguments, Console& console) {
    const std::string kind = arguments.text("type").value_or("rsa");
    if (kind == "both" && arguments.has("selector"))
        return wrong_usage("--selector names one key; with --type both there are two");
    if (kind == "ed25519" && arguments.has("bits"))
        return wrong_usage("--bits is of RSA keys; an Ed25519 key always has 256");
    const auto setup = open_keys(arguments, WhenAbsent::make);
    if (!setup) return std::unexpected(setup.error());
    std::vector<KeyType> types;
    if (kind != "ed25519") types.push_back(KeyType::rsa);
    if (kind != "rsa") types.push_back(KeyType::ed25519);
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    std::vector<std::string> selectors;
    for (const KeyType type : types) {
        const auto key =
            crypto::PrivateKey::generate(type, static_cast<unsigned>(read_number(arguments, "bits", usual_bits)));
        if (!key) return cannot(key.error());
        sign::Key row;
        row.selector = ascii::lower(arguments.text("selector").value_or(""));
        row.testing = arguments.has("testing");
        row.created = row.changed = now;
        auto selector = add_key(*setup, *key, std::move(row), console);
        if (!selector) return cannot(selector.error());
        selectors.push_back(*std::move(selector));
    }
    return print_added(arguments, *setup, selectors, what_follows_new(*setup), console);
}

// ---- import

/// A key that everybody on the machine could read is known to nobody knows whom.
std::expected<std::string, Failure> read_import(const std::string& file) {
    struct stat about{};
    if (file != "-" && ::stat(file.c_str(), &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & S_IRWXO) != 0)
        return cannot(fmt::format("{}: everybody can read this key (mode {:04o}), so it is no secret; make a new one",
                                  escape::line(file), about.st_mode & 07777U));
    auto text = io::system::read_file(file, io::KeyFolder::most_key_bytes);
    if (!text) return cannot(text.error());
    return std::move(*text);
}

/// The selector of the key that signs now; empty: none of this type does.
std::string active_selector(const sign::Ring& ring, KeyType type) {
    const sign::Key* const key = ring.active(type);
    return key == nullptr ? "" : key->selector;
}

Outcome run_import(const Arguments& arguments, Console& console) {
    const std::string file = *arguments.text("PEM");
    const auto pem = read_import(file);
    if (!pem) return std::unexpected(pem.error());
    const auto key = io::read_usable_key(*pem);
    if (!key) return cannot(fmt::format("{}: {}", escape::line(file), key.error().text));
    const auto setup = open_keys(arguments, WhenAbsent::make);
    if (!setup) return std::unexpected(setup.error());
    sign::Key row;
    row.selector = ascii::lower(*arguments.text("SELECTOR"));
    row.created = row.changed = read_time(arguments, std::time(nullptr));
    // A key that is older than the one that signs never follows it by itself (sign/key_steps.hpp).
    std::string active;
    if (const auto ring = setup->folder.ring(setup->domain())) {
        active = active_selector(*ring, key->type());
        if (!active.empty())
            row.created = std::max<std::int64_t>(std::min(row.created, ring->find(active)->created - 1), 0);
    }
    const auto selector = add_key(*setup, *key, std::move(row), console);
    if (!selector) return cannot(selector.error());
    if (key->type() == KeyType::rsa && key->bits() < usual_bits)
        console.err << fmt::format("this RSA key has {} bits; 2048 are usual (RFC 8301 3.2)\n", key->bits());
    if (!active.empty())
        console.err << fmt::format("{} is active and stays so: \"bonafide keys activate {} {}\" lets this one sign\n",
                                   active, setup->domain(), *selector);
    const std::string next = fmt::format(
        "a key that has signed before usually is in DNS: \"bonafide keys check {}\" tells", setup->domain());
    if (!active.empty()) return print_added(arguments, *setup, {*selector}, next, console);
    return print_added(arguments, *setup, {*selector},
                       fmt::format("{}; \"bonafide keys activate {} {}\" lets it sign at once, or {}", next,
                                   setup->domain(), *selector, by_itself(*setup)),
                       console);
}

// ---- export

Outcome run_export(const Arguments& arguments, Console& console) {
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const std::string selector = ascii::lower(*arguments.text("SELECTOR"));
    const auto ring = ring_with_selector(*setup, selector);
    if (!ring) return std::unexpected(ring.error());
    if (!arguments.has("private")) {
        const std::vector records{sign::txt_record(*ring->find(selector), ring->domain, setup->settings->publish.ttl)};
        print_records(arguments, records, console);
        return exit_code::done;
    }
    const auto key = setup->folder.private_key(ring->domain, selector);
    if (!key) return cannot(key.error());
    console.out << key->to_pem();
    return exit_code::done;
}

} // namespace

Command keys_new_command() {
    return {.name = "keys new",
            .summary = "Make a DKIM key for a domain",
            .description =
                "The private key goes into the folder of the keys, readable for the service alone; its DNS record is "
                "printed. The key is \"generated\": it signs nothing yet. \"bonafide keys tend\" (or the daemon) "
                "carries it on: published, once its record is in DNS; active, once every authoritative server has "
                "shown it for signing.settle. \"bonafide keys activate\" is quicker where no key signs yet.",
            .examples = {{"keys new example.org", "An RSA key of 2048 bits, named by the month"},
                         {"keys new example.org --type both --form bind",
                          "RSA and Ed25519, the records as lines of a zone file"}},
            .positionals = {domain_positional()},
            .options = with_key_options(
                {{.name = "selector", .value = "S", .help = "its selector", .fallback = "bf, year, month, and r or e"},
                 {.name = "type",
                  .value = "TYPE",
                  .help = "RSA, which everybody verifies, Ed25519, or one of each",
                  .choices = {"rsa", "ed25519", "both"},
                  .fallback = "rsa"},
                 {.name = "bits", .value = "N", .help = "of an RSA key", .fallback = "2048", .check = check_bits},
                 {.name = "testing", .help = "t=y in the record: receivers are asked to take no signature seriously"},
                 now_option(),
                 form_option(),
                 json_option()}),
            .run = run_new};
}

Command keys_import_command() {
    return {
        .name = "keys import",
        .summary = "Take over a private key made elsewhere",
        .description =
            "PEM, RSA from 1024 to 4096 bits or Ed25519, without a passphrase. A file that everybody can read is "
            "refused. The key is \"generated\" until its record is seen in DNS, also when it has signed for years. "
            "Where a key of its type signs already, this one does so only by \"bonafide keys activate\". A file that "
            "lies in the folder already, with this very key, is taken as it is.",
        .examples = {{"keys import example.org 2024 /etc/opendkim/keys/2024.private", "From OpenDKIM"}},
        .positionals = {domain_positional(),
                        selector_positional(),
                        {.name = "PEM", .help = "file with the private key; - is standard input"}},
        .options = with_key_options({now_option(), form_option(), json_option()}),
        .run = run_import};
}

Command keys_export_command() {
    return {.name = "keys export",
            .summary = "Print a key: its record, or the private key",
            .description = "Without --private the same as \"keys record\".",
            .examples = {{"keys export example.org bf202611r --private", "For another mail server"}},
            .positionals = {domain_positional(), selector_positional()},
            .options = with_key_options(
                {{.name = "private", .help = "the private key in PEM (PKCS#8), on standard output"}, form_option()}),
            .run = run_export};
}

} // namespace bonafide::cli
