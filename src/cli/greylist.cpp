// `bonafide greylist list|forget|stats`: who was asked to come again, and whether he did. All work beside a running daemon.
#include "engine/greylist.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/ledger_file.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <ctime>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;
using io::store::Database;
using io::store::GreylistDay;
using io::store::GreylistFilter;
using io::store::GreylistKind;
using io::store::GreylistRow;
using Settings = policy::greylist::Settings;

constexpr std::size_t all_rows = static_cast<std::size_t>(-1);

/// A row at a moment. The words of ESET Mail Security's log stand in `action`.
struct View {
    std::string_view state;  ///< what --state takes
    std::string_view action; ///< "Rejected", "Rejected (not verified)", "Verified"
    std::int64_t wait = 0;   ///< seconds until a retry passes
};

View view_of(const GreylistRow& row, std::int64_t now, const Settings& settings) {
    if (row.kind == GreylistKind::pool)
        return policy::greylist::is_known_pool(row.state, now, settings) ? View{"known", "Verified"}
                                                                         : View{"counting", "Verified"};
    const std::string_view action = row.state.passed_at      ? "Verified"
                                    : row.state.attempts > 1 ? "Rejected (not verified)"
                                                             : "Rejected";
    if (now > policy::greylist::expires(row.state, settings)) return {"expired", action};
    if (row.state.passed_at) return {"verified", action};
    const auto retry = policy::greylist::consider(row.state, now, settings);
    return {row.state.attempts > 1 ? "not-verified" : "rejected", action, retry.wait};
}

std::string key_text(io::store::Hash hash) { return fmt::format("{:016x}", hash); }

Expected<void> check_key(std::string_view text) {
    constexpr std::size_t digits = 16;
    if (text.size() == digits && std::ranges::all_of(text, ascii::is_hex)) return {};
    return failure("must be the 16 digits that `greylist list` shows");
}

io::store::Hash read_key(const std::string& text) {
    io::store::Hash hash = 0;
    constexpr int hexadecimal = 16;
    std::from_chars(text.data(), text.data() + text.size(), hash, hexadecimal);
    return hash;
}

GreylistFilter filter_of(const Arguments& arguments) {
    GreylistFilter filter;
    filter.who = arguments.text("client");
    for (const auto& [option, member] :
         {std::pair{"sender", &GreylistFilter::sender}, std::pair{"recipient", &GreylistFilter::recipient}})
        if (const auto given = arguments.text(option))
            filter.*member = *given == "<>" ? *given : without_brackets(*given);
    if (const auto key = arguments.text("key")) filter.hash = read_key(*key);
    return filter;
}

std::string_view name_of(std::string_view who) { return who.substr(who.find(':') + 1); }

Table table_of(const std::vector<GreylistRow>& rows, std::int64_t now, const Settings& settings) {
    Table table(
        {"time", "HELO", "client", "sender", "recipient", "action", "time left", "attempts", "first seen", "key"});
    for (const GreylistRow& row : rows) {
        const View view = view_of(row, now, settings);
        table.add({utc_text(row.state.last_seen), row.helo, std::string(name_of(row.who)), row.sender, row.recipient,
                   view.state == "expired" || row.kind == GreylistKind::pool
                       ? fmt::format("{} ({})", view.action, view.state)
                       : std::string(view.action),
                   view.wait > 0 ? fmt::format("{} s", view.wait) : "", std::to_string(row.state.attempts),
                   utc_text(row.state.first_seen), key_text(row.hash)});
    }
    return table;
}

json::array json_of(const std::vector<GreylistRow>& rows, std::int64_t now, const Settings& settings) {
    json::array array;
    for (const GreylistRow& row : rows) {
        const View view = view_of(row, now, settings);
        array.push_back(
            json::object{{"key", key_text(row.hash)},
                         {"kind", row.kind == GreylistKind::pool ? "pool" : "key"},
                         {"time", row.state.last_seen},
                         {"helo", verdict::utf8(row.helo)},
                         {"client_kind", row.who.substr(0, row.who.find(':'))},
                         {"client", verdict::utf8(name_of(row.who))},
                         {"sender", verdict::utf8(row.sender)},
                         {"recipient", verdict::utf8(row.recipient)},
                         {"state", view.state},
                         {"action", view.action},
                         {"time_remaining", view.wait},
                         {"first_seen", row.state.first_seen},
                         {"verified_at", row.state.passed_at ? json::value(*row.state.passed_at) : json::value()},
                         {"attempts", row.state.attempts},
                         {"deferred", row.state.deferred},
                         {"expires", row.expires}});
    }
    return array;
}

std::expected<Settings, Failure> settings_of(const Arguments& arguments) {
    const auto settings = ledger_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    return engine::greylist_policy(**settings)->settings;
}

// ---- list

Outcome run_list(const Arguments& arguments, Console& console) {
    const auto settings = settings_of(arguments);
    if (!settings) return std::unexpected(settings.error());
    auto ledger = open_ledger(arguments, Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    GreylistFilter filter = filter_of(arguments);
    const auto state = arguments.text("state");
    const bool pools = arguments.has("pools") || state == "known" || state == "counting";
    filter.also = [&](const GreylistRow& row) {
        if ((row.kind == GreylistKind::pool) != pools && !filter.hash) return false;
        return !state || *state == view_of(row, now, *settings).state;
    };
    filter.most = read_number(arguments, "most", 1000);
    const auto rows = ledger->greylist(filter);
    if (!rows) return cannot(rows.error());
    if (arguments.has("json"))
        console.out << json::serialize(json_of(*rows, now, *settings)) << '\n';
    else if (arguments.has("csv"))
        table_of(*rows, now, *settings).print_csv(console.out);
    else if (rows->empty())
        console.out << "nobody\n";
    else
        table_of(*rows, now, *settings).print_text(console.out);
    return exit_code::done;
}

// ---- forget

Outcome run_forget(const Arguments& arguments, Console& console) {
    const bool some =
        arguments.has("client") || arguments.has("sender") || arguments.has("recipient") || arguments.has("key");
    if (!some && !arguments.has("all"))
        return wrong_usage("say what: --client, --sender, --recipient, --key, or --all");
    auto ledger = open_ledger(arguments, Database::Mode::existing);
    if (!ledger) return std::unexpected(ledger.error());
    GreylistFilter filter = filter_of(arguments);
    filter.most = all_rows;
    const auto rows = ledger->greylist(filter);
    if (!rows) return cannot(rows.error());
    std::vector<io::store::Hash> hashes;
    for (const GreylistRow& row : *rows) hashes.push_back(row.hash);
    const auto gone = ledger->forget_greylist(hashes, {.time = std::time(nullptr),
                                                       .who = acting_person(arguments),
                                                       .action = "greylist forget",
                                                       .what = counted(hashes.size(), "row"),
                                                       .why = arguments.text("reason").value_or("")});
    if (!gone) return cannot(gone.error());
    if (arguments.has("json"))
        console.out << json::serialize(json::object{{"forgotten", *gone}}) << '\n';
    else
        console.out << fmt::format("forgotten: {}; a running daemon notices within seconds\n", counted(*gone, "row"));
    return exit_code::done;
}

// ---- stats

struct Totals {
    GreylistDay past;                                                ///< sums; `day` means nothing
    std::uint64_t waiting = 0, verified = 0, expired = 0, known = 0; ///< rows now
    [[nodiscard]] double mean_delay() const {
        return past.came_back == 0 ? 0 : static_cast<double>(past.delay) / static_cast<double>(past.came_back);
    }
};

Expected<Totals> totals(Database& ledger, std::int64_t now, std::int32_t since, const Settings& settings) {
    Totals sum;
    const auto days = ledger.greylist_days(since);
    if (!days) return std::unexpected(days.error());
    for (const GreylistDay& day : *days) {
        sum.past.deferred += day.deferred;
        sum.past.came_back += day.came_back;
        sum.past.gone += day.gone;
        sum.past.evicted += day.evicted;
        sum.past.delay += day.delay;
    }
    GreylistFilter each;
    each.also = [&](const GreylistRow& row) {
        const std::string_view state = view_of(row, now, settings).state;
        if (state == "verified") ++sum.verified;
        if (state == "rejected" || state == "not-verified") ++sum.waiting;
        if (state == "expired") ++sum.expired;
        if (state == "known") ++sum.known;
        return false; // counted, not kept
    };
    if (const auto counted = ledger.greylist(each); !counted) return std::unexpected(counted.error());
    return sum;
}

Outcome run_stats(const Arguments& arguments, Console& console) {
    const auto settings = settings_of(arguments);
    if (!settings) return std::unexpected(settings.error());
    auto ledger = open_ledger(arguments, Database::Mode::read_only);
    if (!ledger) return std::unexpected(ledger.error());
    const std::int64_t now = read_time(arguments, std::time(nullptr));
    const std::uint64_t days = read_number(arguments, "days", 30);
    const auto sum = totals(*ledger, now, verdict::day_of(now) - static_cast<std::int32_t>(days) + 1, *settings);
    if (!sum) return cannot(sum.error());
    if (arguments.has("json")) {
        console.out << json::serialize(json::object{{"days", days},
                                                    {"deferred", sum->past.deferred},
                                                    {"came_back", sum->past.came_back},
                                                    {"never_came_back", sum->past.gone},
                                                    {"evicted", sum->past.evicted},
                                                    {"mean_delay", sum->mean_delay()},
                                                    {"now", json::object{{"waiting", sum->waiting},
                                                                         {"verified", sum->verified},
                                                                         {"expired", sum->expired},
                                                                         {"known", sum->known}}}})
                    << '\n';
        return exit_code::done;
    }
    console.out << fmt::format("last {} days (UTC)\n"
                               "  deferred          {}\n  came back         {}\n  never came back   {}\n",
                               days, sum->past.deferred, sum->past.came_back, sum->past.gone);
    if (sum->past.evicted > 0) console.out << fmt::format("  pushed out        {}\n", sum->past.evicted);
    if (sum->past.came_back > 0) console.out << fmt::format("  average delay     {:.0f} s\n", sum->mean_delay());
    console.out << fmt::format("now\n  waiting           {}\n  verified          {}\n  known             {}\n",
                               sum->waiting, sum->verified, sum->known);
    return exit_code::done;
}

// ---- options

std::vector<Option> with_filters(std::vector<Option> more) {
    std::vector<Option> options{
        {.name = "client", .value = "WHO", .help = "only of this authenticated domain, network or IP address"},
        {.name = "sender", .value = "ADDR", .help = "only of this sender: an address or a domain; <> for bounces"},
        {.name = "recipient", .value = "ADDR", .help = "only to this recipient: an address or a domain"},
        {.name = "key", .value = "KEY", .help = "only this row", .check = check_key}};
    std::ranges::move(more, std::back_inserter(options));
    return with_ledger_options(std::move(options));
}
Option now_option() {
    return {.name = "now", .value = "UNIX", .help = "as of this time", .fallback = "now", .check = check_unix_time};
}

} // namespace

Command greylist_list_command() {
    return {.name = "greylist list",
            .summary = "Show who was asked to come again, and whether he did",
            .description =
                "A row for each client, sender and recipient, last seen first: the time of the last attempt, the name "
                "given in HELO, the authenticated domain or the network, what became of it and how long a retry is "
                "still refused. Rejected: a first attempt; Rejected (not verified): it came again too early; "
                "Verified: it came again in time.",
            .examples = {{"greylist list --state rejected", "Who has not come again yet"},
                         {"greylist list --sender contoso.com --json", "All of one sender"},
                         {"greylist list --pools", "Networks and domains that are known, or on the way there"}},
            .options =
                with_filters({{.name = "state",
                               .value = "STATE",
                               .help = "only these",
                               .choices = {"rejected", "not-verified", "verified", "expired", "known", "counting"}},
                              {.name = "pools", .help = "networks and domains instead of single senders"},
                              {.name = "most", .value = "N", .help = "rows", .fallback = "1000", .check = check_most},
                              now_option(),
                              json_option(),
                              csv_option()}),
            .run = run_list};
}

Command greylist_forget_command() {
    return {.name = "greylist forget",
            .summary = "Forget senders, so that they wait again",
            .description = "Rows that meet all options given, pools among them. To let a sender in at once name it in "
                           "greylist.exempt_networks, exempt_clients or exempt_senders instead.",
            .examples = {{"greylist forget --client 192.0.2.10", "A network that has changed hands"},
                         {"greylist forget --all --reason \"a fresh start\"", "Everything"}},
            .options = with_filters({{.name = "all", .help = "everything"},
                                     {.name = "reason", .value = "TEXT", .help = "why, for the audit"},
                                     by_option(),
                                     {.name = "json", .help = "print one JSON object"}}),
            .run = run_forget};
}

Command greylist_stats_command() {
    return {.name = "greylist stats",
            .summary = "How many came again, how many never did, and what it cost",
            .description = "Senders that were deferred, that came again in time, that never did, and the average delay "
                           "of those that came again. Counts are by day in UTC, kept for 400 days.",
            .examples = {{"greylist stats", "The last 30 days"}, {"greylist stats --days 7 --json", "For a script"}},
            .options = with_ledger_options(
                {{.name = "days", .value = "N", .help = "how far back", .fallback = "30", .check = check_days},
                 now_option(),
                 {.name = "json", .help = "print one JSON object"}}),
            .run = run_stats};
}

} // namespace bonafide::cli
