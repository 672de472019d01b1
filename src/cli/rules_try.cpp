// `bonafide rules test`: every rule on stored messages, with the truth of every comparison.
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/envelope_options.hpp"
#include "cli/ledger_file.hpp"
#include "cli/lists_in_force.hpp"
#include "cli/rules.hpp"
#include "cli/rules_view.hpp"
#include "cli/trace.hpp"
#include "engine/judging.hpp"
#include "engine/sender_sources.hpp"
#include "io/system.hpp"

#include <algorithm>
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

std::expected<std::vector<io::store::Found>, Failure> find_stored(io::store::Database& ledger,
                                                                  const std::string& term) {
    auto one = ledger.message(term);
    if (!one) return cannot(one.error());
    if (*one) return std::vector<io::store::Found>{**std::move(one)};
    constexpr std::size_t most = 20;
    auto found = trace::find(ledger, term, {.most = most});
    if (!found) return cannot(found.error());
    if (found->empty())
        return cannot(fmt::format("{}: neither a file nor a message of the ledger", escape::line(term)));
    return *std::move(found);
}

/// What a run goes by.
struct Setup {
    std::string file; ///< of the configuration
    std::shared_ptr<const engine::Settings> settings;
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
};

Outcome run_on_stored(const std::vector<std::string>& terms, const Setup& setup, const Arguments& arguments,
                      Console& console) {
    auto ledger = open_ledger(arguments, io::store::Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    const auto lists = lists_in_force(*ledger, *setup.settings, setup.suffixes, std::time(nullptr));
    if (!lists) return cannot(lists.error());
    auto senders = engine::read_recipient_senders(setup.settings);
    if (!senders) return cannot(senders.error());
    const engine::Regime regime = engine::regime_of(*setup.settings, *lists, *std::move(senders));
    int exit = exit_code::done;
    for (const std::string& term : terms) {
        const auto found = find_stored(*ledger, term);
        if (!found) return std::unexpected(found.error());
        for (const io::store::Found& one : *found) {
            const auto tried = try_stored(one, regime, *setup.suffixes);
            if (!tried) {
                console.err << fmt::format("bonafide rules test: {}: {}\n", escape::line(one.message.id),
                                           tried.error().text);
                exit = exit_code::failed;
                continue;
            }
            console.out << (arguments.has("json") ? rules_json(*tried) + '\n' : rules_text(*tried, setup.file));
        }
    }
    return exit;
}

Outcome run_on_files(const std::vector<std::string>& paths, const Setup& setup, const Arguments& arguments,
                     Console& console) {
    const auto source = open_dns(arguments, setup.settings->dns);
    if (!source) return std::unexpected(source.error());
    engine::Context context{
        setup.settings, setup.suffixes, io::system::host_name(), std::make_shared<dns::ImmediateSource>(**source), {}};
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    context.clock.unix_time = [now] { return now; };
    auto senders = engine::read_recipient_senders(setup.settings);
    if (!senders) return cannot(senders.error());
    context.senders = *std::move(senders);
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
        console.out << rules_text(tried, setup.file);
    }
    return exit;
}

Outcome run_test(const Arguments& arguments, Console& console) {
    const auto given = arguments.all("MESSAGE");
    const auto terms = static_cast<std::size_t>(std::ranges::count_if(given, is_term));
    if (terms != 0 && terms != given.size())
        return wrong_usage("name files or messages of the ledger, not both; a file may be written ./FILE");
    auto file = read_rules_file(arguments.text("config"));
    if (!file) return std::unexpected(file.error());
    Setup setup{
        std::move(file->name), std::make_shared<const engine::Settings>(std::move(file->document.settings)), {}};
    auto suffixes = dns::PublicSuffixList::open(setup.settings->dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    setup.suffixes = *std::move(suffixes);
    return terms > 0 ? run_on_stored(given, setup, arguments, console) : run_on_files(given, setup, arguments, console);
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
                     {"rules test F031051A1F2",
                      "On a message that came through, by queue id, id, Message-ID or address"},
                     {"rules test - --zone zone.txt --json", "From standard input, DNS from a file, as JSON"}},
        .positionals = {{.name = "MESSAGE",
                         .help = "a message, an mbox, a Maildir or a folder; - for standard input; or what `trace` "
                                 "finds a message by",
                         .times = Times::at_least_once}},
        .options = with_dns_options(with_envelope_options(
            {config_option(),
             {.name = "ledger",
              .value = "FILE",
              .help = "the ledger, in place of the one that the configuration names"},
             {.name = "listener",
              .value = "ADDRESS",
              .help = "the entry of server.listen by which the message comes, for modes by listener"},
             {.name = "json", .help = "print one JSON object a message"}})),
        .run = run_test};
}

} // namespace bonafide::cli
