// `bonafide records`: the records a domain should have, in the form its DNS provider takes, or what they differ by from DNS.
#include "doctor/records.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/keys.hpp"
#include "cli/language.hpp"
#include "cli/ledger_file.hpp"
#include "cli/records_questions.hpp"
#include "cli/signing.hpp"
#include "cli/table.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "dns/record_form.hpp"
#include "doctor/record_difference.hpp"
#include "engine/server_key_dns.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <ctime>
#include <fmt/format.h>
#include <iostream>
#include <ostream>
#include <unistd.h>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using text::say;

Expected<void> check_provider(std::string_view key) {
    if (doctor::find_provider(key) != nullptr) return {};
    return failure(fmt::format("{} is none of the providers that \"bonafide providers\" lists", escape::line(key)));
}
Expected<void> check_bulk(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos)
        return failure("must be SUBDOMAIN=PROVIDER, such as news=mailchimp");
    return check_provider(text.substr(equals + 1));
}
Expected<void> check_mail_address(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == 0 || at == std::string_view::npos || !dns::to_ascii(text.substr(at + 1)) ||
        text.find_first_of(" ,;!<>\"") != std::string_view::npos)
        return failure("is no mail address");
    return {};
}
Expected<void> check_percent(std::string_view text) {
    const auto value = ascii::parse_decimal(text);
    if (!value || *value > 100) return failure("must be a number from 0 to 100");
    return {};
}
Expected<void> check_mx(std::string_view text) {
    const std::string_view host = text.substr(0, text.find(':'));
    if (!dns::to_ascii(host) || !dns::is_hostname_like(*dns::to_ascii(host)))
        return failure("must be HOST or HOST:PREFERENCE");
    if (host.size() < text.size() && ascii::parse_decimal(text.substr(host.size() + 1)).value_or(65536) > 65535)
        return failure("has no preference from 0 to 65535");
    return {};
}
Expected<void> check_key(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals + 1 == text.size())
        return failure("must be SELECTOR=FILE");
    return {};
}

dns::Mx read_mx(std::string_view text) {
    const std::string_view host = text.substr(0, text.find(':'));
    constexpr std::uint16_t usual = 10;
    const auto preference =
        host.size() < text.size() ? ascii::parse_decimal(text.substr(host.size() + 1)) : std::nullopt;
    return {preference ? static_cast<std::uint16_t>(*preference) : usual, *dns::to_ascii(host)};
}

/// Keys given by file, else those of the key store that are published or sign.
std::expected<void, Failure> read_keys(const Arguments& arguments, doctor::Wishes& wishes, Console& console) {
    for (const std::string& option : arguments.all("dkim")) {
        const std::size_t equals = option.find('=');
        const auto key = read_private_key(option.substr(equals + 1), &console.err);
        if (!key) return cannot(key.error());
        wishes.keys.push_back(
            {ascii::lower(option.substr(0, equals)),
             fmt::format("v=DKIM1; k={}; p={}", sign::to_text(key->type()), base64::encode(key->public_bytes()))});
    }
    if (!wishes.keys.empty() || !(arguments.has("folder") || arguments.has("config"))) return {};
    const auto setup = open_keys(arguments);
    if (!setup) return std::unexpected(setup.error());
    const auto ring = setup->folder.ring(setup->domain());
    if (!ring) return cannot(ring.error());
    for (const sign::Key& key : ring->keys)
        if (key.state != sign::State::revoked) wishes.keys.push_back({key.selector, sign::record_text(key)});
    return {};
}

std::expected<doctor::Wishes, Failure> read_wishes(const Arguments& arguments, Console& console) {
    doctor::Wishes wishes;
    wishes.domain = *dns::to_ascii(*arguments.text("DOMAIN"));
    for (const std::string& address : arguments.all("server-ip"))
        wishes.servers.push_back(*ip::Address::parse(address));
    for (const std::string& key : arguments.all("provider")) wishes.providers.push_back(doctor::find_provider(key));
    for (const std::string& bulk : arguments.all("bulk")) {
        const std::size_t equals = bulk.find('=');
        wishes.bulk.push_back({ascii::lower(bulk.substr(0, equals)), doctor::find_provider(bulk.substr(equals + 1))});
    }
    for (const std::string& mx : arguments.all("mx")) wishes.mx.push_back(read_mx(mx));
    wishes.spf = arguments.text("spf") == "enforce" ? doctor::SpfStage::enforce : doctor::SpfStage::start;
    wishes.dmarc = dmarc::parse_policy(arguments.text("dmarc").value_or("none")).value_or(dmarc::Policy::none);
    wishes.testing = arguments.has("testing");
    if (const auto share = arguments.text("legacy-pct"))
        wishes.legacy_pct = static_cast<std::uint32_t>(*ascii::parse_decimal(*share));
    wishes.rua = arguments.all("rua");
    wishes.ruf = arguments.all("ruf");
    if (const auto mode = arguments.text("mta-sts"))
        wishes.mta_sts = *mode == "enforce" ? doctor::StsMode::enforce : doctor::StsMode::testing;
    wishes.tls_rpt = arguments.all("tls-rpt");
    wishes.parked = arguments.has("parked");
    if (auto read = read_keys(arguments, wishes, console); !read) return std::unexpected(read.error());
    return wishes;
}

json::object json_of(const dns::Record& record) {
    json::object object{
        {"name", record.name}, {"type", dns::to_text(record.type)}, {"ttl", record.ttl}, {"value", record.value}};
    if (record.type == dns::Type::mx) object["preference"] = record.preference;
    return object;
}
json::array json_of(const std::vector<doctor::Planned>& records, const text::Catalogue& catalogue) {
    json::array array;
    for (const doctor::Planned& one : records) {
        json::object object = json_of(one.record);
        object["says"] = catalogue.render(one.says);
        object["elsewhere"] = one.elsewhere;
        array.push_back(std::move(object));
    }
    return array;
}
json::array json_of(const std::vector<dns::Record>& records) {
    json::array array;
    for (const dns::Record& one : records) array.push_back(json_of(one));
    return array;
}

std::vector<dns::Record> bare(const std::vector<doctor::Planned>& planned, bool elsewhere) {
    std::vector<dns::Record> records;
    for (const doctor::Planned& one : planned)
        if (one.elsewhere == elsewhere) records.push_back(one.record);
    return records;
}

void print_plan(const doctor::Plan& plan, dns::Form form, const text::Catalogue& catalogue, Console& console) {
    if (form == dns::Form::plain) {
        for (const doctor::Planned& one : plan.records)
            console.out << catalogue.render(one.says) << '\n' << dns::print(std::span(&one.record, 1), form) << '\n';
    } else {
        console.out << dns::print(bare(plan.records, false), form);
        const std::vector<dns::Record> others = bare(plan.records, true);
        if (!others.empty())
            console.err << catalogue.render(say("To be published by others:")) << '\n'
                        << dns::print(others, dns::Form::bind);
    }
    for (const text::Text& warning : plan.warnings) console.err << catalogue.render(warning) << '\n';
    std::ostream& notes = form == dns::Form::plain ? console.out : console.err; // what a program reads stays clean
    for (const text::Text& note : plan.notes) notes << catalogue.render(note) << '\n';
    if (!plan.sts_policy.empty()) notes << '\n' << plan.sts_policy;
}

std::vector<doctor::Planned> changed(const doctor::Difference& difference) {
    std::vector<doctor::Planned> records;
    for (const doctor::PlannedChange& one : difference.change) records.push_back(one.to);
    return records;
}

/// What goes: beside what is right, and what the changes replace.
std::vector<dns::Record> gone(const doctor::Difference& difference) {
    std::vector<dns::Record> records = difference.remove;
    for (const doctor::PlannedChange& one : difference.change)
        records.insert(records.end(), one.from.begin(), one.from.end());
    return records;
}

void print_difference(const doctor::Difference& difference, dns::Form form, const text::Catalogue& catalogue,
                      Console& console) {
    const auto section = [&](const text::Text& title, const std::vector<dns::Record>& records) {
        if (!records.empty()) console.out << catalogue.render(title) << '\n' << dns::print(records, form) << '\n';
    };
    section(say("To be added:"), bare(difference.add, false));
    section(say("To be published by others:"), bare(difference.add, true));
    section(say("To be deleted:"), gone(difference));
    section(say("To be put in their place:"), bare(changed(difference), false));
    if (difference.nothing_to_do())
        console.out << catalogue.render(say("Nothing has to be changed: all of it is published.")) << '\n';
    for (const text::Text& warning : difference.warnings) console.err << catalogue.render(warning) << '\n';
    for (const doctor::Unanswered& one : difference.unanswered)
        console.err << catalogue.render(say("The name servers gave no answer for {type} {name}",
                                            {{"type", dns::to_text(one.type)}, {"name", one.name}}))
                    << '\n';
}

/// Everything of the owner's zone in one dynamic update; what others have put beside it is not touched.
Outcome publish(const Arguments& arguments, const std::string& domain, const doctor::Difference& difference,
                const text::Catalogue& catalogue, Console& console) {
    const auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    if ((*settings)->publish.server.empty())
        return cannot("there is no server to publish at: publish.server is empty (docs/keys.md)");
    for (const doctor::Unanswered& one : difference.unanswered)
        return cannot(fmt::format("the name servers gave no answer for {} {}: nothing was changed",
                                  dns::to_text(one.type), one.name));
    auto source = open_dns(arguments, (*settings)->dns);
    if (!source) return std::unexpected(source.error());
    const auto server = engine::ServerKeyDns::open(**settings, std::move(*source), ::geteuid());
    if (!server) return cannot(server.error());
    const std::vector<dns::RecordChange> changes = doctor::changes_of(difference);
    if (!changes.empty())
        if (const auto done = (*server)->change(domain, changes); !done) return cannot(done.error());
    for (const dns::RecordChange& one : changes)
        console.out << catalogue.render(say("Published: {name}", {{"name", one.name}})) << '\n';
    if (changes.empty())
        console.out << catalogue.render(say("Nothing has to be changed: all of it is published.")) << '\n';
    for (const text::Text& warning : difference.warnings) console.err << catalogue.render(warning) << '\n';
    if (const std::vector<dns::Record> others = bare(difference.add, true); !others.empty())
        console.err << catalogue.render(say("To be published by others:")) << '\n'
                    << dns::print(others, dns::Form::bind);
    return exit_code::done;
}

Outcome run_records(const Arguments& arguments, Console& console) {
    const auto catalogue = catalogue_of(arguments);
    if (!catalogue) return std::unexpected(catalogue.error());
    auto wishes = read_wishes(arguments, console);
    if (!wishes) return std::unexpected(wishes.error());
    if (arguments.has("interactive"))
        if (!ask_wishes(*wishes, **catalogue, console)) return cannot("ended before all questions were answered");
    const auto suffixes = dns::PublicSuffixList::open("");
    if (!suffixes) return cannot(suffixes.error());
    doctor::Plan plan = doctor::plan_records(*wishes, **suffixes);
    const dns::Form form = read_form(arguments);
    if (!arguments.has("diff") && !arguments.has("publish")) {
        if (arguments.has("json"))
            console.out << json::serialize(json::object{{"domain", wishes->domain},
                                                        {"records", json_of(plan.records, **catalogue)},
                                                        {"mta_sts_policy", plan.sts_policy}})
                        << '\n';
        else
            print_plan(plan, form, **catalogue, console);
        return exit_code::done;
    }
    const auto source = open_dns(arguments);
    if (!source) return std::unexpected(source.error());
    const doctor::Difference difference = dns::run(doctor::compare_plan(std::move(plan)), **source);
    if (arguments.has("publish")) return publish(arguments, wishes->domain, difference, **catalogue, console);
    if (arguments.has("json"))
        console.out << json::serialize(json::object{{"domain", wishes->domain},
                                                    {"add", json_of(difference.add, **catalogue)},
                                                    {"replace", json_of(changed(difference), **catalogue)},
                                                    {"remove", json_of(gone(difference))},
                                                    {"right", json_of(difference.right, **catalogue)}})
                    << '\n';
    else
        print_difference(difference, form, **catalogue, console);
    return exit_code::done;
}

Outcome run_providers(const Arguments& arguments, Console& console) {
    if (arguments.has("json")) {
        for (const doctor::Provider& one : doctor::providers())
            console.out << json::serialize(json::object{{"key", one.key},
                                                        {"name", one.name},
                                                        {"include", one.includes.empty() ? "" : one.includes.front()},
                                                        {"source", one.source},
                                                        {"date", one.date}})
                        << '\n';
        return exit_code::done;
    }
    Table table({"key", "name", "spf"});
    for (const doctor::Provider& one : doctor::providers())
        table.add({one.key, one.name, one.includes.empty() ? "" : "include:" + one.includes.front()});
    table.print_text(console.out);
    return exit_code::done;
}

} // namespace

Command records_command() {
    return {.name = "records",
            .summary = "Write the records a domain should have",
            .description =
                "From your servers and services makes SPF, DKIM, DMARC, MTA-STS and TLS-RPT records, in stages: SPF "
                "begins with ~all, DMARC with a "
                "policy that only asks for reports. Prints them for a zone file, Cloudflare, Route 53, cPanel or in "
                "plain words; with --diff says what "
                "differs from DNS, with --publish puts them there by dynamic update (publish.* of the configuration).",
            .examples = {{"records example.com --server-ip 192.0.2.10 --provider google --rua dmarc@example.com",
                          "Own server and Google Workspace"},
                         {"records example.com --bulk news=mailchimp --form bind",
                          "A bulk sender on a subdomain, for a zone file"},
                         {"records example.com --server-ip 192.0.2.10 --spf enforce --dmarc reject --diff",
                          "The last stage, against what is published"},
                         {"records parked.example --parked --form cloudflare", "A domain that sends nothing"}},
            .positionals = {{.name = "DOMAIN", .help = "the domain in addresses after the @", .check = check_domain}},
            .options = with_dns_options(with_key_options({
                {.name = "server-ip",
                 .value = "IP",
                 .help = "an address of yours that sends",
                 .times = Times::any,
                 .check = check_ip},
                {.name = "provider",
                 .value = "KEY",
                 .help = "a service that sends with the domain; \"bonafide providers\" lists them",
                 .times = Times::any,
                 .check = check_provider},
                {.name = "bulk",
                 .value = "SUBDOMAIN=KEY",
                 .help = "a service that sends from a subdomain",
                 .times = Times::any,
                 .check = check_bulk},
                {.name = "mx",
                 .value = "HOST[:PREFERENCE]",
                 .help = "a host that takes mail",
                 .times = Times::any,
                 .check = check_mx},
                {.name = "spf",
                 .value = "STAGE",
                 .help = "start ends in ~all, enforce in -all",
                 .choices = {"start", "enforce"},
                 .fallback = "start"},
                {.name = "dmarc",
                 .value = "POLICY",
                 .help = "what receivers are to do with forged mail",
                 .choices = {"none", "quarantine", "reject"},
                 .fallback = "none"},
                {.name = "testing", .help = "t=y: the next weaker policy is applied (RFC 9989)"},
                {.name = "legacy-pct",
                 .value = "PERCENT",
                 .help = "pct= for receivers of before RFC 9989",
                 .check = check_percent},
                {.name = "rua",
                 .value = "ADDR",
                 .help = "where aggregate reports go",
                 .times = Times::any,
                 .check = check_mail_address},
                {.name = "ruf",
                 .value = "ADDR",
                 .help = "where failure reports go",
                 .times = Times::any,
                 .check = check_mail_address},
                {.name = "dkim",
                 .value = "SELECTOR=FILE",
                 .help = "a private key of yours, whose public half is published",
                 .times = Times::any,
                 .check = check_key},
                {.name = "mta-sts",
                 .value = "MODE",
                 .help = "also an MTA-STS record and policy",
                 .choices = {"testing", "enforce"}},
                {.name = "tls-rpt",
                 .value = "ADDR",
                 .help = "where reports about failed TLS go",
                 .times = Times::any,
                 .check = check_mail_address},
                {.name = "parked", .help = "the domain sends and takes no mail"},
                {.name = "interactive", .help = "ask for what is wanted"},
                form_option(),
                {.name = "diff", .help = "say what differs from DNS"},
                {.name = "publish", .help = "put it into DNS by dynamic update", .excludes = {"zone"}},
                language_option(),
                json_option(),
            })),
            .run = run_records};
}

Command providers_command() {
    return {.name = "providers",
            .summary = "List the sending services that records and check know",
            .description = "Each with the key that records takes, its name and what belongs into SPF.",
            .examples = {{"providers", "All of them"}},
            .options = {json_option()},
            .run = run_providers};
}

} // namespace bonafide::cli
