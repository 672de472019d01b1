// `bonafide headers compare`: how often two filters that saw the same mail agree, read off delivered messages.
#include "base/escape.hpp"
#include "cli/command.hpp"
#include "cli/headers_compare.hpp"
#include "cli/messages.hpp"
#include "cli/table.hpp"
#include "engine/settings_check.hpp"
#include "mail/splitter.hpp"
#include "verdict/json_text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

constexpr std::uint64_t shown_by_default = 1000;
constexpr std::size_t most_unreadable = 100; // told one by one; the rest is counted

struct Found {
    std::string file;
    compare::Difference difference;
};

struct Report {
    std::uint64_t messages = 0, compared = 0, without_ours = 0, without_theirs = 0, differing = 0, unreadable = 0;
    std::array<compare::Tally, compare::methods.size()> tallies{};
    std::vector<Found> differences;
    std::uint64_t more = 0; ///< differences that are not among them
    std::vector<std::string> errors;
};

std::string name_of(const MessageName& name) {
    return name.offset ? fmt::format("{}@{}", name.file, *name.offset) : name.file;
}

void add(Report& report, const std::string& name, compare::Compared compared, std::uint64_t most) {
    ++report.messages;
    report.without_ours += !compared.has_ours;
    report.without_theirs += !compared.has_theirs;
    if (!compared.has_ours || !compared.has_theirs) return;
    ++report.compared;
    report.differing += !compared.differences.empty();
    for (std::size_t i = 0; i < compared.tallies.size(); ++i) {
        report.tallies[i].agree += compared.tallies[i].agree;
        report.tallies[i].differ += compared.tallies[i].differ;
        report.tallies[i].only_theirs += compared.tallies[i].only_theirs;
        report.tallies[i].only_ours += compared.tallies[i].only_ours;
    }
    for (compare::Difference& difference : compared.differences)
        if (report.differences.size() < most)
            report.differences.push_back({name, std::move(difference)});
        else
            ++report.more;
}

void add_error(Report& report, const std::string& name, std::string_view why) {
    ++report.unreadable;
    if (report.errors.size() < most_unreadable) report.errors.push_back(fmt::format("{}: {}", escape::line(name), why));
}

/// Only headers are looked at: the rest of a message is not read.
Expected<mail::HeaderBlock> read_header(const MessageContent& content) {
    mail::HeaderBlock header;
    bool done = false;
    mail::Splitter splitter(
        [&](mail::HeaderBlock block) {
            header = std::move(block);
            done = true;
        },
        [](std::string_view) {});
    const auto read = content.pour([&](std::string_view piece) {
        splitter.feed(piece);
        return !done;
    });
    if (!read) return std::unexpected(read.error());
    if (*read == 0) return failure("is empty: there is no message in it");
    splitter.finish();
    return header;
}

void print_text(const Report& report, const compare::Sides& sides, std::ostream& out) {
    out << fmt::format("{}, {} with both {} and {}; {} with a difference\n", counted(report.messages, "message"),
                       report.compared, escape::line(sides.ours), escape::line(sides.theirs), report.differing);
    if (report.compared < report.messages)
        out << fmt::format("without {}: {}; without results of theirs: {}\n", escape::line(sides.ours),
                           report.without_ours, report.without_theirs);
    Table methods({"method", "compared", "agree", "differ", "only theirs", "only ours"});
    for (std::size_t i = 0; i < compare::methods.size(); ++i) {
        const compare::Tally& tally = report.tallies[i];
        methods.add({std::string(compare::methods[i]), std::to_string(tally.agree + tally.differ),
                     std::to_string(tally.agree), std::to_string(tally.differ), std::to_string(tally.only_theirs),
                     std::to_string(tally.only_ours)});
    }
    out << '\n';
    methods.print_text(out);
    if (report.differences.empty()) return;
    Table differences({"method", "domain", "theirs", "ours", "message"});
    for (const Found& found : report.differences)
        differences.add({std::string(found.difference.method), found.difference.domain,
                         found.difference.theirs.empty() ? "-" : found.difference.theirs,
                         found.difference.ours.empty() ? "-" : found.difference.ours, found.file});
    out << '\n';
    differences.print_text(out);
    if (report.more > 0) out << fmt::format("and {} more; --most shows them\n", report.more);
}

json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value() : json::value(verdict::utf8(text));
}

void print_json(const Report& report, std::ostream& out) {
    json::object methods;
    for (std::size_t i = 0; i < compare::methods.size(); ++i) {
        const compare::Tally& tally = report.tallies[i];
        methods[compare::methods[i]] = json::object{{"agree", tally.agree},
                                                    {"differ", tally.differ},
                                                    {"only_theirs", tally.only_theirs},
                                                    {"only_ours", tally.only_ours}};
    }
    json::array differences;
    for (const Found& found : report.differences)
        differences.push_back(json::object{{"message", verdict::utf8(found.file)},
                                           {"method", found.difference.method},
                                           {"domain", text_or_null(found.difference.domain)},
                                           {"theirs", text_or_null(found.difference.theirs)},
                                           {"ours", text_or_null(found.difference.ours)}});
    out << json::serialize(json::object{{"messages", report.messages},
                                        {"compared", report.compared},
                                        {"differing", report.differing},
                                        {"without_ours", report.without_ours},
                                        {"without_theirs", report.without_theirs},
                                        {"unreadable", report.unreadable},
                                        {"methods", std::move(methods)},
                                        {"differences", std::move(differences)},
                                        {"more_differences", report.more}})
        << '\n';
}

Outcome run_compare(const Arguments& arguments, Console& console) {
    compare::Sides sides;
    sides.ours = arguments.text("ours").value_or(sides.ours);
    sides.theirs = arguments.text("theirs").value_or(sides.theirs);
    sides.authserv_ids = arguments.all("authserv-id");
    const std::uint64_t most = read_number(arguments, "most", shown_by_default);
    Report report;
    Messages messages({.paths = arguments.all("FILE")}, console.in);
    while (const auto message = messages.next()) {
        const std::string name = name_of(message->name);
        if (!message->content) {
            add_error(report, name, message->content.error().text);
            continue;
        }
        const auto header = read_header(*message->content);
        if (header)
            add(report, name, compare::compare(*header, sides), most);
        else
            add_error(report, name, header.error().text);
    }
    for (const std::string& error : report.errors) console.err << error << '\n';
    if (report.unreadable > report.errors.size())
        console.err << fmt::format("{} more cannot be read\n", report.unreadable - report.errors.size());
    if (report.messages == 0) return cannot("there is no message to compare");
    if (report.without_ours == report.messages)
        return cannot(
            fmt::format("no message has a field {}: does identity.results_field say so, and is the mail newer "
                        "than that?",
                        escape::line(sides.ours)));
    if (arguments.has("json"))
        print_json(report, console.out);
    else
        print_text(report, sides, console.out);
    return report.unreadable == 0 ? exit_code::done : exit_code::failed;
}

} // namespace

Command headers_compare_command() {
    return {.name = "headers compare",
            .summary = "Compare our results with another filter's in delivered mail",
            .description =
                "Reads messages that both stamped (identity.results_field, docs/moving-in.md) and counts by method how "
                "often they agree; each difference has a line. Signatures are matched by d=, s= and the beginning of "
                "b=. Received-SPF counts as spf where their field says nothing of it. Of theirs only fields with "
                "--authserv-id count; without it those with the id of our topmost field, else of their topmost. "
                "Differences change nothing about the exit code.",
            .examples = {{"headers compare /var/vmail/example.com/ann/Maildir", "A week of two filters side by side"}},
            .positionals = {{.name = "FILE",
                             .help = "messages, mboxes, Maildirs, folders; - is standard input",
                             .times = Times::at_least_once}},
            .options = {{.name = "ours",
                         .value = "NAME",
                         .help = "the header field of ours",
                         .fallback = "X-Bonafide-Results",
                         .check = engine::check_field_name},
                        {.name = "theirs",
                         .value = "NAME",
                         .help = "the header field of theirs",
                         .fallback = "Authentication-Results",
                         .check = engine::check_field_name},
                        {.name = "authserv-id",
                         .value = "ID",
                         .help = "their name in that field",
                         .times = Times::any,
                         .check = engine::check_authserv_id},
                        {.name = "most",
                         .value = "N",
                         .help = "show so many differences",
                         .fallback = "1000",
                         .check = check_most},
                        json_option()},
            .run = run_compare};
}

} // namespace bonafide::cli
