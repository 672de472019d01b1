// `bonafide spf`: may this address send for that domain?
#include "spf/spf.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "dns/transcript.hpp"
#include "verdict/report.hpp"

#include <ctime>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

/// "pass: 192.0.2.1 may send for example.com (ip4:192.0.2.1 matched)".
std::string sentence(const spf::Outcome& outcome, const ip::Address& client) {
    const std::string domain = outcome.domain.empty() ? "the sender" : escape::line(outcome.domain);
    const std::string ip = client.text();
    const std::string& why = outcome.cause.text;
    const auto say = [&](const std::string& claim) {
        return fmt::format("{}: {}{}", spf::to_text(outcome.result), claim,
                           why.empty() ? "" : fmt::format(" ({})", why));
    };
    switch (outcome.result) {
    case spf::Result::pass: return say(fmt::format("{} may send for {}", ip, domain));
    case spf::Result::fail: return say(fmt::format("{} may not send for {}", ip, domain));
    case spf::Result::softfail: return say(fmt::format("{} probably may not send for {}", ip, domain));
    case spf::Result::neutral: return say(fmt::format("{} does not say whether {} may send for it", domain, ip));
    // The rest are failures to judge: the cause says it all.
    case spf::Result::none:
    case spf::Result::temperror:
    case spf::Result::permerror: break;
    }
    return fmt::format("{}: {}", spf::to_text(outcome.result), why);
}

Outcome run_spf(const Arguments& arguments, Console& console) {
    if (!arguments.has("mail-from") && !arguments.has("helo"))
        return wrong_usage("give --mail-from ADDR, --helo NAME or both");
    const auto source = open_dns(arguments);
    if (!source) return std::unexpected(source.error());

    spf::Request request;
    request.client = *ip::Address::parse(*arguments.text("ip"));
    request.helo = arguments.text("helo").value_or("");
    request.mail_from = without_brackets(arguments.text("mail-from").value_or(""));
    request.receiver = arguments.text("receiver").value_or("");
    request.now = read_time(arguments, std::time(nullptr));

    dns::Transcript transcript;
    const bool helo_only = !arguments.has("mail-from");
    const ip::Address client = request.client;
    const spf::Outcome outcome = dns::run(
        helo_only ? spf::check_helo(std::move(request)) : spf::check(std::move(request)), **source, &transcript);

    if (arguments.has("json")) {
        console.out << verdict::to_json(outcome) << '\n';
        return exit_code::done;
    }
    console.out << sentence(outcome, client) << '\n';
    // RFC 7208 6.2: plainly in the words of somebody else.
    if (!outcome.explanation.empty())
        console.out << "The domain explains: " << escape::line(outcome.explanation, 600) << '\n';
    if (arguments.has("explain")) print_transcript(transcript, console);
    return exit_code::done;
}

} // namespace

Command spf_command() {
    return {
        .name = "spf",
        .summary = "May this address send mail for that domain? (SPF, RFC 7208)",
        .description = "Evaluates the SPF record of the MAIL FROM domain, or of the HELO name when MAIL FROM is empty "
                       "or not given. "
                       "A verdict, whatever it is, exits with 0.",
        .examples = {{"spf --ip 192.0.2.1 --helo mx.example.com --mail-from ann@example.com",
                      "Would this delivery pass SPF"},
                     {"spf --ip 192.0.2.1 --helo mx.example.com --explain",
                      "The HELO name alone, with every DNS question"}},
        .options = with_dns_options(
            {{.name = "ip",
              .value = "IP",
              .help = "address of the sending host",
              .times = Times::once,
              .check = check_ip},
             {.name = "helo", .value = "NAME", .help = "its name in HELO or EHLO"},
             {.name = "mail-from", .value = "ADDR", .help = "the reverse-path; \"\" or \"<>\" for bounces"},
             {.name = "receiver", .value = "NAME", .help = "our host name, for the macro %{r}", .fallback = "unknown"},
             {.name = "now",
              .value = "UNIX",
              .help = "evaluate as if at this Unix time, for the macro %{t}",
              .check = check_unix_time},
             {.name = "explain", .help = "also show every DNS question and its answer"},
             {.name = "json", .help = "print one JSON object"}}),
        .run = run_spf};
}

} // namespace bonafide::cli
