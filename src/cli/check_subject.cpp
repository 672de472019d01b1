#include "cli/check_subject.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/config.hpp"
#include "cli/dns.hpp"
#include "cli/signing.hpp"
#include "dkim/signature.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "engine/signing_source.hpp"
#include "io/key_folder.hpp"
#include "io/mail_queue.hpp"
#include "io/own_addresses.hpp"
#include "io/system.hpp"
#include "mail/splitter.hpp"
#include "sign/key_ring.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <set>
#include <utility>

namespace bonafide::cli {
namespace {

constexpr std::size_t most_domains = 100'000;
constexpr std::size_t most_list_bytes = std::size_t{64} * 1024 * 1024;
constexpr std::size_t most_policy_bytes = 65536;
constexpr std::size_t most_mail_bytes = std::size_t{64} * 1024 * 1024;
constexpr std::size_t most_signers = 20; ///< signatures of one message

/// "NAME=FILE" or "A:B:C" cut at the separators; nothing when there are not exactly `parts`.
std::optional<std::vector<std::string>> cut(std::string_view text, char separator, std::size_t parts) {
    std::vector<std::string> result;
    for (const std::string_view part : ascii::split(text, separator)) result.emplace_back(part);
    if (result.size() != parts) return {};
    return result;
}

Expected<void> check_key_option(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals + 1 == text.size())
        return failure("must be SELECTOR=FILE, such as mail=/etc/opendkim/mail.private");
    return {};
}

Expected<void> check_source_option(std::string_view text) {
    const auto parts = cut(text, ':', 3);
    if (!parts || (*parts)[0].empty())
        return failure("must be NAME:MAIL-FROM-DOMAIN:DKIM-DOMAIN, such as newsletter:bounces.example.com:example.com; "
                       "a domain may be empty");
    for (const std::size_t i : {1U, 2U})
        if (!(*parts)[i].empty() && !dns::to_ascii((*parts)[i])) return failure("names what is no domain");
    return {};
}

std::expected<doctor::KeyInUse, Failure> read_key(std::string_view option, Console& console) {
    const std::size_t equals = option.find('=');
    const std::string file(option.substr(equals + 1));
    const auto key = read_private_key(file, &console.err);
    if (!key) return cannot(key.error());
    return doctor::KeyInUse{.selector = ascii::lower(option.substr(0, equals)),
                            .public_key = base64::encode(key->public_bytes()),
                            .type = std::string(sign::to_text(key->type())),
                            .bits = key->bits()};
}

doctor::SendingSource read_source(std::string_view option) {
    const auto parts = cut(option, ':', 3).value_or(std::vector<std::string>(3));
    return {.name = parts[0],
            .mail_from = dns::to_ascii(parts[1]).value_or(""),
            .dkim_domain = dns::to_ascii(parts[2]).value_or("")};
}

std::expected<doctor::KnownZone, Failure> read_zone(const std::string& file, std::string_view origin = {}) {
    auto zone = load_zone(file, origin);
    if (!zone) return std::unexpected(zone.error());
    return doctor::KnownZone{.answers = *zone, .names = (*zone)->names()};
}

/// The domains and selectors that a message is signed with.
std::expected<void, Failure> read_signers(const std::string& file, KnownBefore& known) {
    const auto message = io::system::read_file(file, most_mail_bytes);
    if (!message) return cannot(message.error());
    std::size_t found = 0;
    mail::Splitter splitter(
        [&](const mail::HeaderBlock& header) {
            for (const std::size_t index : header.find_all("DKIM-Signature")) {
                const dkim::Signature signature = dkim::parse_signature(header[index].value, {});
                if (signature.domain.empty() || signature.selector.empty() || found == most_signers) continue;
                known.signers.emplace(dns::normalize(signature.domain), dns::normalize(signature.selector));
                ++found;
            }
        },
        [](std::string_view) {});
    splitter.feed(*message);
    splitter.finish();
    if (found == 0)
        return cannot(Error{fmt::format("{}: no DKIM-Signature in it", escape::line(file)), Error::nowhere, {}});
    return {};
}

std::expected<void, Failure> read_settings(const Arguments& arguments, KnownBefore& known, Console& console) {
    const auto given = arguments.text("config");
    const auto file = config::find_file(given);
    known.settings = std::make_shared<const engine::Settings>();
    if (!file) return {};
    auto document = config::load(*file);
    if (!document && given) return cannot(config::to_text(*file, document.error()));
    if (!document) { // nobody asked for it: a user who may not read it checks domains all the same
        console.err << fmt::format("bonafide check: goes on without what this mail server knows: {}\n",
                                   config::to_text(*file, document.error()));
        return {};
    }
    known.settings = std::make_shared<const engine::Settings>(std::move(document->settings));
    known.is_mail_server = given.has_value() || !arguments.has("zone");
    if (known.is_mail_server) known.queue = io::read_queue();
    return {};
}

} // namespace

std::vector<Option> with_subject_options(std::vector<Option> own) {
    own.push_back({.name = "selector",
                   .value = "NAME",
                   .help = "a DKIM selector that is in use: its key must be there",
                   .times = Times::any});
    own.push_back({.name = "mail",
                   .value = "FILE",
                   .help = "a message of the domain as it arrived somewhere: the selectors it is signed with must be "
                           "there",
                   .times = Times::any});
    own.push_back({.name = "ip",
                   .value = "IP",
                   .help = "an address that sends for the domain",
                   .times = Times::any,
                   .check = check_ip});
    own.push_back({.name = "key",
                   .value = "SELECTOR=FILE",
                   .help = "the private key in use at a selector: the published one must be its other half",
                   .times = Times::any,
                   .check = check_key_option});
    own.push_back({.name = "local-zone",
                   .value = "FILE",
                   .help = "the zone as the server has it, to be compared with the public one"});
    own.push_back({.name = "mta-sts-policy", .value = "FILE", .help = "the MTA-STS policy, in place of fetching it"});
    own.push_back({.name = "source",
                   .value = "NAME:MAILFROM:DKIM",
                   .help = "a service that sends for the domain: its name, its MAIL FROM domain and its d=",
                   .times = Times::any,
                   .check = check_source_option});
    own.push_back({.name = "config",
                   .value = "FILE",
                   .help = "configuration of the mail server, which knows its own keys and addresses",
                   .fallback = config::default_file});
    return own;
}

std::expected<KnownBefore, Failure> read_known(const Arguments& arguments, const std::string& origin,
                                               Console& console) {
    KnownBefore known;
    if (auto read = read_settings(arguments, known, console); !read) return std::unexpected(read.error());
    doctor::Subject& common = known.common;
    for (const std::string& selector : arguments.all("selector")) common.selectors.push_back(dns::normalize(selector));
    for (const std::string& address : arguments.all("ip")) common.addresses.push_back(*ip::Address::parse(address));
    for (const std::string& option : arguments.all("key")) {
        auto key = read_key(option, console);
        if (!key) return std::unexpected(key.error());
        common.keys.push_back(std::move(*key));
    }
    for (const std::string& file : arguments.all("mail"))
        if (auto read = read_signers(file, known); !read) return std::unexpected(read.error());
    for (const std::string& option : arguments.all("source")) common.sources.push_back(read_source(option));
    if (const auto file = arguments.text("local-zone")) {
        auto zone = read_zone(*file, origin); // panels write "@" for the domain
        if (!zone) return std::unexpected(zone.error());
        common.local_zone = std::move(*zone);
    }
    const std::string zone_file = dns_settings(arguments, known.settings->dns).zone;
    if (!zone_file.empty()) {
        auto zone = read_zone(zone_file);
        if (!zone) return std::unexpected(zone.error());
        common.all_of_dns = std::move(*zone);
    }
    if (const auto file = arguments.text("mta-sts-policy")) {
        auto policy = io::system::read_file(*file, most_policy_bytes);
        if (!policy) return cannot(policy.error());
        common.mta_sts_policy = std::move(*policy);
    }
    auto suffixes = dns::PublicSuffixList::open(known.settings->dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    common.suffixes = std::move(*suffixes);
    common.limits = known.settings->limits;
    common.now = std::time(nullptr);
    return known;
}

doctor::Subject subject_of(const KnownBefore& known, std::string domain, Console& console) {
    doctor::Subject subject = known.common;
    subject.domain = std::move(domain);
    const auto [first, last] = known.signers.equal_range(subject.domain);
    for (auto signer = first; signer != last; ++signer) subject.selectors.push_back(signer->second);
    const engine::Settings::Signing& signing = known.settings->signing;
    if (!known.is_mail_server || signing.keys.empty()) return subject;
    const io::KeyFolder folder(signing.keys == "auto" ? std::string(engine::auto_keys_folder) : signing.keys);
    const auto domains = folder.domains();
    if (!domains || std::ranges::find(*domains, subject.domain) == domains->end()) return subject;
    const auto ring = folder.ring(subject.domain);
    if (!ring) {
        console.err << fmt::format("bonafide check: the keys of {} cannot be read: {}\n", subject.domain,
                                   ring.error().text);
        return subject;
    }
    for (const sign::Key& key : ring->keys)
        if (key.state == sign::State::active)
            subject.keys.push_back({key.selector, key.public_key, std::string(sign::to_text(key.type)), key.bits});
    if (subject.addresses.empty()) subject.addresses = io::own_public_addresses();
    for (const io::QueuedRecipient& one : known.queue)
        if (ascii::iends_with(one.sender, "@" + subject.domain)) subject.queued.push_back({one.recipient, one.reason});
    return subject;
}

std::expected<std::vector<std::string>, Failure> domains_of(const Arguments& arguments, Console&) {
    std::vector<std::string> names = arguments.all("DOMAIN");
    if (const auto file = arguments.text("domains")) {
        const auto text = io::system::read_file(*file, most_list_bytes);
        if (!text) return cannot(text.error());
        for (const std::string_view line : ascii::split(*text, '\n'))
            if (const std::string_view name = ascii::trim(line.substr(0, line.find('#'))); !name.empty())
                names.emplace_back(name);
    }
    if (names.empty()) return wrong_usage("give a DOMAIN, or --domains FILE");
    std::vector<std::string> unique; // in the order given
    std::set<std::string> seen;
    for (const std::string& name : names) {
        const auto domain = dns::to_ascii(name);
        if (!domain) return wrong_usage(fmt::format("{}: {}", escape::line(name), domain.error().text));
        if (!dns::is_hostname_like(*domain) || dns::label_count(*domain) < 2 || ip::Address::parse(*domain))
            return wrong_usage(fmt::format("{}: is no domain name", escape::line(name)));
        if (seen.insert(*domain).second) unique.push_back(*domain);
    }
    if (unique.size() > most_domains)
        return wrong_usage(fmt::format("{} domains are more than {} at once", unique.size(), most_domains));
    return unique;
}

} // namespace bonafide::cli
