// `bonafide verify`: everything the filter would find about one stored message, as text, JSON or the header field.
// The message streams through the same engine as in the daemon: constant memory whatever its size.
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/command.hpp"
#include "cli/config.hpp"
#include "cli/dns.hpp"
#include "cli/verification.hpp"
#include "io/system.hpp"
#include "verdict/report.hpp"

#include <array>
#include <ctime>
#include <fmt/format.h>
#include <fstream>
#include <istream>
#include <ostream>
#include <system_error>

namespace bonafide::cli {
namespace {

std::expected<std::shared_ptr<const engine::Settings>, Failure> read_settings(const Arguments& arguments) {
    const auto file = arguments.text("config");
    if (!file) return std::make_shared<const engine::Settings>();
    auto document = config::load(*file);
    if (!document) return cannot(config::to_text(*file, document.error()));
    return std::make_shared<const engine::Settings>(std::move(document->settings));
}

GivenEnvelope given_envelope(const Arguments& arguments) {
    GivenEnvelope given;
    if (const auto client = arguments.text("ip")) given.client = ip::Address::parse(*client);
    given.helo = arguments.text("helo");
    given.mail_from = arguments.text("mail-from");
    given.recipients = arguments.all("rcpt");
    return given;
}

Expected<void> read_message(std::istream& in, Verification& verification) {
    std::array<char, 65536> buffer;
    std::size_t total = 0;
    while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
        const auto got = static_cast<std::size_t>(in.gcount());
        verification.feed({buffer.data(), got});
        total += got;
    }
    if (in.bad() || total == 0) return failure(in.bad() ? "cannot be read" : "is empty: there is no message in it");
    return {};
}

Expected<void> read_file(const std::string& path, std::istream& standard_input, Verification& verification) {
    if (path == "-") return read_message(standard_input, verification);
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return failure("cannot be opened: " + std::generic_category().message(errno));
    file.peek(); // a folder opens and only fails when read
    if (file.bad()) return failure("cannot be read; is it a folder? Name one message file, or - for standard input");
    file.clear();
    return read_message(file, verification);
}

void print(const engine::Finished& finished, const std::string& authserv_id, const Arguments& arguments,
           std::ostream& out) {
    if (arguments.has("json"))
        out << verdict::to_json(finished.facts, authserv_id, policy::to_json(finished.decision)) << '\n';
    else if (arguments.has("headers"))
        for (const policy::HeaderEdit& edit : finished.decision.edits) {
            if (edit.kind != policy::HeaderEdit::Kind::remove) out << edit.name << ": " << edit.value << "\r\n";
        }
    else if (arguments.has("explain"))
        out << verdict::explanation(finished.facts, authserv_id);
    else
        out << verdict::sentence(finished.facts) << '\n'
            << "Authentication-Results: "
            << authres::write(verdict::authentication_results(finished.facts, authserv_id)) << '\n';
}

Outcome run_verify(const Arguments& arguments, Console& console) {
    const auto settings = read_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    const auto source = open_dns(arguments, (*settings)->dns);
    if (!source) return std::unexpected(source.error());
    const auto suffixes = dns::PublicSuffixList::open((*settings)->dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    engine::Context context{
        *settings, *suffixes, io::system::host_name(), std::make_shared<dns::ImmediateSource>(**source), {}};
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    context.clock.unix_time = [now] { return now; };
    const std::string authserv_id = context.authserv_id();

    Verification verification(context, given_envelope(arguments));
    const std::string file = *arguments.text("FILE");
    if (auto read = read_file(file, console.in, verification); !read)
        return cannot(escape::line(file) + ": " + read.error().text);
    engine::Finished finished;
    verification.finish([&](engine::Finished f) { finished = std::move(f); }); // at once: DNS is synchronous here
    print(finished, authserv_id, arguments, console.out);
    const bool pass = finished.facts.dmarc.value && finished.facts.dmarc.value->result == dmarc::Result::pass;
    return arguments.has("exit-code") && !pass ? exit_code::not_pass : exit_code::done;
}

} // namespace

Command verify_command() {
    return {.name = "verify",
            .summary = "Verify a stored message: SPF, DKIM, DMARC, reverse DNS",
            .description = "Reads one message and says what the filter would. The SMTP envelope is given by --ip, "
                           "--helo and --mail-from; without "
                           "--ip it is read from the topmost Received and Return-Path fields, and the output says so. "
                           "Line ends may be CRLF or LF.",
            .examples = {{"verify mail.eml --explain", "Say in words what holds and why, with every DNS question"},
                         {"verify - --ip 192.0.2.1 --helo mx.example.com --mail-from ann@example.com --json",
                          "From standard input, as JSON"},
                         {"verify mail.eml --zone demo/zone --exit-code",
                          "With DNS from a file; exit 3 unless DMARC passes"}},
            .positionals = {{.name = "FILE", .help = "the message; - is standard input"}},
            .options = with_dns_options(
                {{.name = "ip",
                  .value = "IP",
                  .help = "address of the client that delivered the message",
                  .check = check_ip},
                 {.name = "helo", .value = "NAME", .help = "its name in HELO or EHLO"},
                 {.name = "mail-from", .value = "ADDR", .help = "the reverse-path; \"\" or \"<>\" for bounces"},
                 {.name = "rcpt", .value = "ADDR", .help = "a recipient", .times = Times::any},
                 {.name = "now", .value = "UNIX", .help = "verify as if at this Unix time", .check = check_unix_time},
                 {.name = "config", .value = "FILE", .help = "settings from this file instead of the built-in ones"},
                 {.name = "json", .help = "print one JSON object"},
                 {.name = "explain", .help = "print the reasons in words and every DNS question"},
                 {.name = "headers", .help = "print the header fields the filter would add"},
                 {.name = "exit-code", .help = "exit 3 unless DMARC passes"}}),
            .run = run_verify};
}

} // namespace bonafide::cli
