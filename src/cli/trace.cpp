// `bonafide trace`: finds messages in the ledger and tells the verdict of one.
#include "cli/trace.hpp"

#include "base/escape.hpp"
#include "cli/ledger_file.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"
#include "engine/stored_message.hpp"
#include "verdict/json_text.hpp"
#include "verdict/judgement.hpp"

#include <boost/json.hpp>
#include <ctime>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using io::store::Database;
using io::store::Found;
using io::store::MessageFilter;

std::string code_of(const io::store::Message& message) {
    return message.compauth.empty() ? std::string()
                                    : fmt::format("{} {}", message.compauth, verdict::reason_text(message.reason));
}

json::value parsed(std::string_view text) {
    boost::system::error_code failed;
    json::value value = json::parse(text, failed);
    return failed ? json::value() : value;
}

json::object object_of(const Found& found, const std::string& transcript) {
    const io::store::Message& message = found.message;
    json::array feedback;
    for (const auto& [by, spam] : found.feedback)
        feedback.push_back(json::object{{"by", verdict::utf8(by)}, {"said", spam ? "spam" : "ham"}});
    return {{"id", verdict::utf8(message.id)},
            {"time", message.time},
            {"direction", verdict::utf8(message.direction)},
            {"author", verdict::utf8(message.author)},
            {"author_domain", verdict::utf8(message.author_domain)},
            {"infrastructure", verdict::utf8(message.infrastructure)},
            {"recipient", verdict::utf8(message.recipient)},
            {"compauth", message.compauth.empty() ? json::value() : json::value(verdict::utf8(message.compauth))},
            {"reason", message.compauth.empty() ? json::value() : json::value(verdict::reason_text(message.reason))},
            {"suggestion", verdict::utf8(message.suggestion)},
            {"action", verdict::utf8(message.action)},
            {"feedback", std::move(feedback)},
            {"damaged", found.damaged.empty() ? json::value() : json::value(verdict::utf8(found.damaged))},
            {"document", parsed(engine::with_history(message.document, message.packed))},
            {"transcript", parsed(transcript)}};
}

void print_several(const std::vector<Found>& all, std::size_t most, Console& console) {
    Table table({"time", "id", "direction", "from", "to", "compauth", "suggestion", "action"});
    for (const Found& found : all) {
        const io::store::Message& message = found.message;
        table.add({utc_text(message.time), message.id, message.direction, message.author, message.recipient,
                   code_of(message), message.suggestion, message.action});
    }
    table.print_text(console.out);
    console.out << fmt::format("\n{}; bonafide trace ID shows one\n",
                               all.size() < most ? counted(all.size(), "message")
                                                 : fmt::format("the newest {}, there may be more (--most)", most));
}

/// Beside what can be shown, which row is damaged.
void tell_damage(const std::vector<Found>& all, Console& console) {
    for (const Found& found : all)
        if (!found.damaged.empty())
            console.err << fmt::format("{}: damaged in the ledger: {} (ledger check names all such rows)\n",
                                       escape::line(found.message.id), found.damaged);
}

MessageFilter filter_of(const Arguments& arguments) {
    MessageFilter filter;
    if (const auto from = arguments.text("from")) filter.since = parse_time(*from).value_or(0);
    if (arguments.has("since")) filter.since = read_since(arguments, "since", std::time(nullptr), 0);
    if (const auto until = arguments.text("until")) filter.until = parse_time(*until).value_or(0);
    filter.compauth = arguments.text("compauth");
    filter.most = read_number(arguments, "most", 20);
    return filter;
}

/// By our own id, else by whatever else the ledger knows messages by.
Expected<std::vector<Found>> look_up(Database& ledger, const Arguments& arguments, const MessageFilter& filter) {
    const auto term = arguments.text("TERM");
    if (!term) return ledger.messages(filter);
    auto one = ledger.message(*term);
    if (!one) return std::unexpected(one.error());
    if (*one) return std::vector<Found>{**std::move(one)};
    return trace::find(ledger, *term, filter);
}

/// Empty where none is kept, or none can be read: then `found` says so.
std::string read_transcript(Database& ledger, Found& found) {
    auto transcript = ledger.transcript(found.message.id);
    if (transcript) return *std::move(transcript);
    if (found.damaged.empty()) found.damaged = "transcript: " + transcript.error().text;
    return {};
}

Outcome run_trace(const Arguments& arguments, Console& console) {
    const bool timed = arguments.has("since") || arguments.has("from") || arguments.has("until");
    if (!arguments.has("TERM") && !timed) return wrong_usage("say what to find: TERM, --since or --from and --until");
    if (arguments.text("TERM").value_or("x").find_first_not_of(" <>") == std::string::npos)
        return wrong_usage("TERM is empty: give an id, an address, a domain or a network");
    auto ledger = open_ledger(arguments, Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    const MessageFilter filter = filter_of(arguments);
    auto found = look_up(*ledger, arguments, filter);
    if (!found) return cannot(found.error());
    if (found->empty())
        return cannot(fmt::format("no message {} is kept: it is older than the retention, or never came through here",
                                  arguments.has("TERM") ? "of " + escape::line(*arguments.text("TERM"))
                                                        : std::string("of that time")));
    json::array objects;
    std::string transcript;
    for (Found& one : *found) {
        if (arguments.has("dns")) transcript = read_transcript(*ledger, one);
        objects.push_back(object_of(one, transcript));
    }
    tell_damage(*found, console);
    if (arguments.has("json")) {
        console.out << json::serialize(json::object{{"messages", std::move(objects)}}) << '\n';
    } else if (found->size() > 1) {
        print_several(*found, filter.most, console);
    } else {
        console.out << to_text(trace::tree_of(found->front(), transcript));
        if (arguments.has("dns") && transcript.empty() && found->front().damaged.empty())
            console.out << "no DNS transcript is kept of it (ledger.keep_transcripts)\n";
    }
    return exit_code::done;
}

} // namespace

Command trace_command() {
    return {
        .name = "trace",
        .summary = "Find a message in the ledger and show its verdict with all evidence",
        .description =
            "Finds by queue id, Message-ID, address, domain, host name, IP address or network, our id, or time. One "
            "message is told as a tree: envelope, what each protocol found and why, composite authentication with "
            "every signal that weighed, the history it went by, what was done. Several are listed.",
        .examples = {{"trace 4XyZ1b2c3d", "By Postfix's queue id"},
                     {"trace chris@contoso.com --since 1d", "What came from or went to this address since yesterday"},
                     {"trace contoso.com --compauth fail", "Failures of a domain"},
                     {"trace --from '2026-11-22 09:00' --until '2026-11-22 09:05' --json", "Five minutes, as JSON"}},
        .positionals = {{.name = "TERM",
                         .help = "queue id, Message-ID, address, domain, host name, IP address, network or our id",
                         .times = Times::at_most_once}},
        .options = with_ledger_options(
            {{.name = "since",
              .value = "AGE",
              .help = "only messages that are no older: 12h, 7d",
              .check = check_age,
              .excludes = {"from"}},
             {.name = "from", .value = "TIME", .help = "only messages from then on (UTC)", .check = check_time},
             {.name = "until", .value = "TIME", .help = "only messages before then (UTC)", .check = check_time},
             {.name = "compauth",
              .value = "RESULT",
              .help = "only messages with this result",
              .choices = {"pass", "softpass", "fail", "none"}},
             {.name = "most", .value = "N", .help = "how many, newest first", .fallback = "20", .check = check_most},
             {.name = "dns", .help = "also show every DNS question and its answer, where they are kept"},
             json_option()}),
        .run = run_trace};
}

} // namespace bonafide::cli
