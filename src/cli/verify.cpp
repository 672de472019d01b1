// `bonafide verify`: everything the filter would find about one stored message, as text, JSON or the header field; several go to
// verify_many.
// The message streams through the same engine as in the daemon: constant memory whatever its size.
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/command.hpp"
#include "cli/config.hpp"
#include "cli/dns.hpp"
#include "cli/envelope_options.hpp"
#include "cli/transcript.hpp"
#include "cli/verdict_output.hpp"
#include "cli/verify_many.hpp"
#include "engine/judging.hpp"
#include "io/system.hpp"

#include <ctime>

namespace bonafide::cli {
namespace {

std::expected<std::shared_ptr<const engine::Settings>, Failure> read_settings(const Arguments& arguments) {
    const auto file = arguments.text("config");
    if (!file) return std::make_shared<const engine::Settings>();
    auto document = config::load(*file);
    if (!document) return cannot(config::to_text(*file, document.error()));
    return std::make_shared<const engine::Settings>(std::move(document->settings));
}

Expected<void> keep(const std::string& file, engine::Record record, const engine::Context& context,
                    const Arguments& arguments) {
    if (arguments.has("redact")) {
        auto harmless = redacted(record, context.suffixes);
        if (!harmless) return std::unexpected(harmless.error());
        record = std::move(*harmless);
    }
    return write_record(file, record);
}

Outcome run_verify(const Arguments& arguments, Console& console) {
    const auto settings = read_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    const auto sources = message_sources(arguments);
    if (!sources) return std::unexpected(sources.error());
    Messages messages(*sources, console.in);
    if (!is_one_message(arguments, messages)) return verify_many(arguments, messages, **settings, console);
    const auto record_file = arguments.text("transcript");
    if (record_file)
        if (auto sound = check_record_target(*record_file, sources->paths); !sound)
            return wrong_usage("--transcript: " + sound.error().text);
    const Message message = *messages.next();
    const std::string file = escape::line(message.name.file);
    if (!message.content) return cannot(file + ": " + message.content.error().text);
    const auto source = open_dns(arguments, (*settings)->dns);
    if (!source) return std::unexpected(source.error());
    const auto suffixes = dns::PublicSuffixList::open((*settings)->dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    engine::Context context{
        *settings, *suffixes, io::system::host_name(), std::make_shared<dns::ImmediateSource>(**source), {}};
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    context.clock.unix_time = [now] { return now; };
    engine::complete(context);

    Verification verification(context, given_envelope(arguments));
    Witnessed witnessed;
    if (record_file) verification.witness(witnessed);
    if (const auto read = verification.feed(*message.content); !read) return cannot(file + ": " + read.error().text);
    engine::Finished finished;
    verification.finish([&](engine::Finished f) { finished = std::move(f); }); // at once: DNS is synchronous here
    if (verification.without_header())
        console.err << "bonafide verify: " << file
                    << ": does not begin with a header field, so all of it was taken for a body: is it a message?\n";
    print_verdict(finished, context.authserv_id(), arguments, console.out);
    if (record_file) {
        const auto kept = keep(*record_file, make_record(context, witnessed, finished), context, arguments);
        if (!kept) return cannot(escape::line(*record_file) + ": " + kept.error().text);
    }
    const bool pass = finished.facts.dmarc.value && finished.facts.dmarc.value->result == dmarc::Result::pass;
    return arguments.has("exit-code") && !pass ? exit_code::not_pass : exit_code::done;
}

} // namespace

Command verify_command() {
    return {.name = "verify",
            .summary = "Verify stored messages: SPF, DKIM, DMARC, reverse DNS",
            .description =
                "Reads one message and says what the filter would. The SMTP envelope is given by --ip, "
                "--helo and --mail-from; without "
                "--ip it is read from the topmost Received and Return-Path fields, and the output says so. "
                "Line ends may be CRLF or LF. "
                "Of several messages (more than one PATH, an mbox, a Maildir, a folder, --files-from or "
                "--output) each has a line: its name, the DMARC result and the sentence that explains it, "
                "with --json the object of a single message with \"file\", in an mbox also \"offset\", before "
                "it, or \"error\" instead. They are verified side by side and come in the order they are done; "
                "one that cannot be read does not stop the others, but the exit code is then 1. Memory does "
                "not grow with their number; --resume keeps 8 bytes for each message of the earlier run.",
            .examples = {{"verify mail.eml --explain", "Say in words what holds and why, with every DNS question"},
                         {"verify - --ip 192.0.2.1 --helo mx.example.com --mail-from ann@example.com --json",
                          "From standard input, as JSON"},
                         {"verify mail.eml --transcript verdict.json", "Keep everything the verdict rests on"},
                         {"verify Maildir --json --output verdicts.jsonl --resume",
                          "All of a Maildir; the same line again goes on after an interruption"},
                         {"verify mail.eml --zone demo/zone --exit-code",
                          "With DNS from a file; exit 3 unless DMARC passes"}},
            .positionals = message_paths(),
            .options = with_dns_options(with_many_options(with_verdict_options(with_envelope_options(
                {{.name = "config", .value = "FILE", .help = "settings from this file instead of the built-in ones"},
                 {.name = "transcript",
                  .value = "OUT.json",
                  .help = "also write a record of the verdict, from which replay makes it again"},
                 {.name = "redact", .help = "take what is personal out of that record", .needs = "transcript"},
                 {.name = "exit-code", .help = "exit 3 unless DMARC passes; of several, unless all pass"}})))),
            .run = run_verify};
}

} // namespace bonafide::cli
