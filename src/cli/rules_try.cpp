// `bonafide rules test`: every rule on stored messages, with the truth of every comparison.
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/envelope_options.hpp"
#include "cli/rules.hpp"
#include "cli/rules_view.hpp"
#include "cli/verify_many.hpp"
#include "engine/judging.hpp"
#include "io/system.hpp"

#include <ctime>
#include <filesystem>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

/// Something that is no file and could be an id, an address or a queue id.
bool is_term(const std::string& path) {
    std::error_code why;
    return path != "-" && !path.contains('/') && !path.ends_with(".eml") && !std::filesystem::exists(path, why);
}

Outcome run_test(const Arguments& arguments, Console& console) {
    const auto paths = arguments.all("MESSAGE");
    for (const std::string& path : paths)
        if (is_term(path))
            return cannot(fmt::format("{}: there is no such file; rules on messages of the ledger come with whatif",
                                      escape::line(path)));
    auto file = read_rules_file(arguments.text("config"));
    if (!file) return std::unexpected(file.error());
    auto settings = std::make_shared<const engine::Settings>(std::move(file->document.settings));
    const auto source = open_dns(arguments, settings->dns);
    if (!source) return std::unexpected(source.error());
    const auto suffixes = dns::PublicSuffixList::open(settings->dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    engine::Context context{
        settings, *suffixes, io::system::host_name(), std::make_shared<dns::ImmediateSource>(**source), {}};
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    context.clock.unix_time = [now] { return now; };
    engine::complete(context);

    Messages messages({.paths = paths}, console.in);
    const bool are_several = messages.are_several();
    int exit = exit_code::done;
    while (const auto message = messages.next()) {
        const std::string name = escape::line(message->name.file);
        RulesTrial trial(context, given_envelope(arguments), arguments.text("listener").value_or(""));
        const auto read = message->content ? trial.feed(*message->content) : std::unexpected(message->content.error());
        if (!read) {
            if (!are_several) return cannot(name + ": " + read.error().text);
            console.err << "bonafide rules test: " << name << ": " << read.error().text << '\n';
            exit = exit_code::failed;
            continue;
        }
        const TriedRules tried = trial.finish();
        if (tried.without_header)
            console.err << "bonafide rules test: " << name
                        << ": does not begin with a header field, is it a message?\n";
        if (arguments.has("json")) {
            console.out << rules_json(tried, message->name) << '\n';
            continue;
        }
        if (are_several) console.out << name << '\n';
        console.out << rules_text(tried, file->name);
    }
    return exit;
}

} // namespace

Command rules_test_command() {
    return {
        .name = "rules test",
        .summary = "Run the rules on a message and say what each came to, and why",
        .description =
            "Sends the message through the engine as the daemon would, and prints every rule in the order of asking: "
            "its level, each comparison with its truth and the value of the field, whether it fires, what it does "
            "and in which mode; then the decision, at which point of the SMTP session it falls, and what DMARC, "
            "the judgement and greylisting say. Nothing is carried out. The envelope is as with `verify`: without --ip "
            "it is read from the topmost Received and Return-Path fields. The ledger is not asked, so nothing is "
            "known of the past. Of several messages (an mbox, a Maildir, a folder) each is told by itself, with "
            "--json a line each.",
        .examples = {{"rules test mail.eml --rcpt ann@example.com", "With the daemon's configuration"},
                     {"rules test mail.eml --config new.toml --ip 192.0.2.1 --helo mx.example.com --mail-from "
                      "bob@example.com --rcpt ann@example.com",
                      "New rules, before they are switched on"},
                     {"rules test - --zone zone.txt --json", "From standard input, DNS from a file, as JSON"}},
        .positionals = {{.name = "MESSAGE",
                         .help = "a message, an mbox, a Maildir or a folder; - for standard input",
                         .times = Times::at_least_once}},
        .options = with_dns_options(with_envelope_options(
            {config_option(),
             {.name = "listener",
              .value = "ADDRESS",
              .help = "the entry of server.listen by which the message comes, for modes by listener"},
             {.name = "json", .help = "print one JSON object a message"}})),
        .run = run_test};
}

} // namespace bonafide::cli
