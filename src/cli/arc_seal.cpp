// `bonafide arc seal`: one more ARC set on a stored message (RFC 8617 5.1), the message on standard output.
#include "arc/merge.hpp"
#include "arc/seal.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/command.hpp"
#include "cli/dns.hpp"
#include "cli/signing.hpp"
#include "engine/settings_check.hpp"
#include "io/system.hpp"
#include "mail/splitter.hpp"

#include <array>
#include <ctime>
#include <fmt/format.h>
#include <ostream>
#include <utility>

namespace bonafide::cli {
namespace {

/// A message as sealing needs it: its header, the hash of its body, and what became of the chain that came with it.
struct Read {
    mail::HeaderBlock header;
    dkim::BodyHashes bodies;
    arc::Outcome chain;
};

Expected<void> check_own_id(std::string_view text) {
    if (text.empty()) return failure("must not be empty");
    return engine::check_authserv_id(text);
}

Read validate(std::string_view bytes, std::int64_t now, const dns::Source& source) {
    Read read;
    std::optional<arc::Validator> validator;
    read.bodies.want(dkim::Canonicalization::relaxed);
    mail::Splitter splitter(
        [&](mail::HeaderBlock header) {
            read.header = std::move(header);
            validator.emplace(read.header, arc::Policy{.now = now, .limits = {}}, read.bodies);
        },
        [&](std::string_view chunk) { read.bodies.update(chunk); });
    splitter.feed(bytes);
    splitter.finish();
    read.bodies.finish();
    for (std::size_t i = 0; i < validator->look_ups(); ++i)
        validator->set_key(i, dns::run(validator->fetch_key(i), source));
    read.chain = validator->outcome();
    return read;
}

arc::SealRequest request_of(const Arguments& arguments, std::int64_t now) {
    arc::SealRequest request;
    request.domain = *arguments.text("domain");
    request.selector = *arguments.text("selector");
    request.authserv_id = *arguments.text("authserv-id");
    if (const auto headers = arguments.text("headers")) request.signed_headers = split_names(*headers);
    request.time = now;
    request.layout = arc::Layout::alphabetical;
    return request;
}

Outcome run_seal(const Arguments& arguments, Console& console) {
    const auto source = open_dns(arguments);
    if (!source) return std::unexpected(source.error());
    const auto key = read_private_key(*arguments.text("key"), &console.err);
    if (!key) return cannot(key.error());
    const std::string file = *arguments.text("FILE");
    const auto message = io::system::read_file(file, most_signed_bytes);
    if (!message) return cannot(message.error());
    if (message->empty()) return cannot(escape::line(file) + ": is empty: there is no message in it");

    const std::int64_t now = read_time(arguments, std::time(nullptr), "time");
    const Read read = validate(*message, now, **source);
    const std::array<std::string, 1> ours{*arguments.text("authserv-id")};
    const std::vector<std::string> results = arc::merge_results(read.header, ours);
    const auto sealing = arc::seal(read.header, read.bodies, arc::at_arrival(read.chain, results), results, *key,
                                   request_of(arguments, now));
    if (!sealing) return cannot(sealing.error());
    if (results.empty())
        console.err << fmt::format(
            "bonafide arc seal: no usable Authentication-Results of {} in the message: the new set tells of no "
            "SPF, DKIM or DMARC\n",
            escape::line(ours[0]));
    if (!sealing->set) {
        console.err << "bonafide arc seal: no set was added: " << sealing->why_not << '\n';
        console.out << *message;
        return exit_code::done;
    }
    write_on_top(
        std::array<std::pair<std::string_view, std::string>, 3>{
            {{"ARC-Seal", sealing->set->seal},
             {"ARC-Message-Signature", sealing->set->message_signature},
             {"ARC-Authentication-Results", sealing->set->results}}},
        *message, console.out);
    return exit_code::done;
}

} // namespace

Command arc_seal_command() {
    return {
        .name = "arc seal",
        .summary = "Add an ARC set to a message (RFC 8617)",
        .description = "Validates the chain that the message came with, adds the next set on top and writes the "
                       "message to standard output. What the new set says about the message is taken from its "
                       "Authentication-Results fields of --authserv-id: verify and stamp it when it arrives, change "
                       "it, then seal it. An arc=pass among them stands although the change breaks the newest "
                       "message signature, as long as all seals verify. Where no set may "
                       "be added, after a chain that was sealed as failed or has 50 sets, the message is written "
                       "as it is and one line on standard error says why.",
        .examples = {{"arc seal list.eml --domain example.org --selector s1 --key arc.pem --authserv-id mx.example.org",
                      "Seal a message that a list has changed"}},
        .positionals = {{.name = "FILE", .help = "the message; - is standard input"}},
        .options = with_dns_options(
            {{.name = "domain",
              .value = "D",
              .help = "the sealing domain (d=)",
              .times = Times::once,
              .check = check_domain},
             {.name = "selector", .value = "S", .help = "its selector (s=)", .times = Times::once},
             {.name = "key", .value = "PEM", .help = "file with the private key", .times = Times::once},
             {.name = "authserv-id",
              .value = "ID",
              .help = "our name in Authentication-Results",
              .times = Times::once,
              .check = check_own_id},
             {.name = "headers",
              .value = "A:B",
              .help = "header fields to sign, From among them, separated by colons; without it the usual ones"},
             {.name = "time", .value = "UNIX", .help = "seal as if at this Unix time", .check = check_unix_time}}),
        .run = run_seal};
}

} // namespace bonafide::cli
