// `bonafide whatif`: judges and decides stored mail again under another configuration. The run has its own threads; the calling one waits
// for signals and draws the bar.
#include "cli/whatif.hpp"

#include "base/escape.hpp"
#include "cli/config.hpp"
#include "cli/ledger_file.hpp"
#include "cli/lists_in_force.hpp"
#include "cli/progress.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"
#include "engine/ledger.hpp"
#include "engine/ledger_path.hpp"
#include "engine/sender_sources.hpp"
#include "engine/settings_table.hpp"
#include "engine/whatif_run.hpp"
#include "io/system.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <ctime>
#include <fmt/format.h>
#include <optional>
#include <ostream>
#include <thread>
#include <utility>

namespace bonafide::cli {
namespace {

namespace asio = boost::asio;
using engine::Regime;
using engine::Settings;
using engine::WhatIfProgress;
using engine::WhatIfRequest;
using engine::WhatIfTotals;
using io::store::Database;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_drawings{200};
constexpr std::int64_t month = std::int64_t{30} * 86400;

using Loaded = std::expected<Settings, Failure>;

Loaded load(const std::string& file) {
    auto document = config::load(file);
    if (!document) return cannot(config::to_text(file, document.error()));
    return std::move(document->settings);
}

/// --current, else what the daemon would read, else the built-in settings.
struct Current {
    std::string name = "the built-in settings";
    Settings settings;
};
std::expected<Current, Failure> load_current(const Arguments& arguments) {
    const auto file = config::find_file(arguments.text("current"));
    if (!file) return Current{};
    auto settings = load(*file);
    if (!settings) return std::unexpected(settings.error());
    return Current{*file, *std::move(settings)};
}

std::expected<std::string, Failure> ledger_of(const Arguments& arguments, const Settings& current) {
    if (arguments.has("ledger")) return ledger_path(arguments);
    if (std::string file = engine::ledger_file(current); !file.empty()) return file;
    return cannot("there is no ledger: the configuration in force keeps none on disk; give --ledger FILE");
}

/// The run beside the signals and the bar.
class Watched {
  public:
    Watched(const WhatIfRequest& request, const Regime& now, const Regime& then, const dns::PublicSuffixList& suffixes,
            std::ostream* bar)
        : request_(request), now_(now), then_(then), suffixes_(suffixes), bar_(bar) {}

    std::expected<WhatIfTotals, Failure> go() {
        signals_.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) interrupt();
        });
        tick();
        std::jthread running([this] {
            outcome_ = engine::run_whatif(request_, now_, then_, suffixes_, progress_);
            asio::post(control_, [this] { end(); });
        });
        control_.run();
        bar_.hide();
        if (interrupted_)
            return cannot(
                fmt::format("interrupted after {} of {} messages", progress_.done.load(), progress_.total.load()));
        if (!*outcome_) return cannot(outcome_->error());
        return **std::move(outcome_);
    }
    [[nodiscard]] double seconds() const { return std::chrono::duration<double>(steady_clock::now() - began_).count(); }

  private:
    void tick() {
        const std::uint64_t total = progress_.total;
        bar_.draw({.done = progress_.done,
                   .before = 0,
                   .total = total > 0 ? std::optional(total) : std::nullopt,
                   .seconds = seconds()});
        timer_.expires_after(between_drawings);
        timer_.async_wait([this](const boost::system::error_code& error) {
            if (!error) tick();
        });
    }
    /// A second signal acts as it does by default.
    void interrupt() {
        interrupted_ = progress_.stop = true;
        signals_.cancel();
        signals_.clear();
    }
    void end() {
        timer_.cancel();
        signals_.cancel();
    }

    const WhatIfRequest& request_;
    const Regime& now_;
    const Regime& then_;
    const dns::PublicSuffixList& suffixes_;
    ProgressBar bar_;
    WhatIfProgress progress_;
    std::optional<Expected<WhatIfTotals>> outcome_; // set before end() is posted
    bool interrupted_ = false;
    steady_clock::time_point began_ = steady_clock::now();
    asio::io_context control_;
    asio::signal_set signals_{control_, SIGINT, SIGTERM};
    asio::steady_timer timer_{control_};
};

struct Span {
    std::int64_t since, until;
};
std::expected<Span, Failure> times_of(const Arguments& arguments, std::int64_t now) {
    Span times{read_since(arguments, "since", now, month), now + 1};
    if (const auto until = arguments.text("until")) {
        times.until = parse_time(*until).value_or(now);
        times.since += arguments.has("since") ? 0 : std::min<std::int64_t>(times.until - now, 0);
    }
    if (times.until <= times.since) return wrong_usage("--until lies before --since");
    return times;
}

/// What shapes the facts of a message as it comes in: no stored one shows what another value would bring.
std::vector<std::string> untried_of(const Settings& now, const Settings& then) {
    constexpr std::array<std::string_view, 8> sections{
        "direction.", "spf.", "dkim.", "dns.", "identity.", "limits.", "dmarc.discovery", "dmarc.public_suffix_list"};
    std::vector<std::string> names;
    for (const std::string_view name : engine::differences(now, then))
        if (!name.starts_with("spf.reject_") &&
            std::ranges::any_of(sections, [&](std::string_view section) { return name.starts_with(section); }))
            names.emplace_back(name);
    return names;
}

std::vector<std::string_view> texts_of(const policy::DnsListSource& list) {
    std::vector<std::string_view> texts{list.name.text, list.zone.text};
    for (const auto* more : {&list.of, &list.codes}) {
        texts.emplace_back("");
        for (const policy::SourceText& one : *more) texts.emplace_back(one.text);
    }
    return texts;
}

/// DNS lists of `then` that `now` does not have alike: nobody asked them.
std::vector<std::string> unasked_lists(const Settings& now, const Settings& then) {
    std::vector<std::string> names;
    for (const policy::DnsListSource& list : then.rules.dns_lists)
        if (std::ranges::none_of(now.rules.dns_lists,
                                 [&](const policy::DnsListSource& other) { return texts_of(list) == texts_of(other); }))
            names.push_back(list.name.text);
    return names;
}

/// What both configurations go by; the public suffixes are those of the one to try.
struct Regimes {
    Regime now, then;
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
};
std::expected<Regimes, Failure> regimes_of(const Settings& now, const Settings& then, const std::string& path,
                                           std::int64_t time) {
    auto ledger = Database::open(path, Database::Mode::read_only);
    if (!ledger) return cannot(ledger.error());
    const auto suffixes = dns::PublicSuffixList::open(then.dmarc.public_suffix_list);
    if (!suffixes) return cannot(suffixes.error());
    const auto lists_now = lists_in_force(*ledger, now, *suffixes, time);
    if (!lists_now) return cannot(lists_now.error());
    const bool same = engine::configured_lists(now) == engine::configured_lists(then);
    const auto lists_then = same ? lists_now : lists_in_force(*ledger, then, *suffixes, time);
    if (!lists_then) return cannot(lists_then.error());
    const auto senders_now = engine::read_recipient_senders(std::make_shared<const Settings>(now));
    if (!senders_now) return cannot(senders_now.error());
    const auto senders_then = engine::read_recipient_senders(std::make_shared<const Settings>(then));
    if (!senders_then) return cannot(senders_then.error());
    Regimes regimes{engine::regime_of(now, *lists_now, *senders_now),
                    engine::regime_of(then, *lists_then, *senders_then), *suffixes};
    regimes.then.unasked_lists = unasked_lists(now, then);
    return regimes;
}

void print(const WhatIfTotals& totals, const whatif::Question& question, const Arguments& arguments,
           std::ostream& out) {
    if (arguments.has("json"))
        out << whatif::json_of(totals, question) << '\n';
    else if (arguments.has("csv"))
        whatif::print_csv(totals, out);
    else
        whatif::print_text(totals, question, out);
    out.flush();
}

Outcome run_whatif(const Arguments& arguments, Console& console) {
    const std::int64_t now = std::time(nullptr);
    const auto times = times_of(arguments, now);
    if (!times) return std::unexpected(times.error());
    const std::string file = *arguments.text("config");
    const auto then = load(file);
    if (!then) return std::unexpected(then.error());
    const auto current = load_current(arguments);
    if (!current) return std::unexpected(current.error());
    const auto path = ledger_of(arguments, current->settings);
    if (!path) return std::unexpected(path.error());
    const auto regimes = regimes_of(current->settings, *then, *path, now);
    if (!regimes) return std::unexpected(regimes.error());
    const whatif::Question question{current->name,
                                    file,
                                    times->since,
                                    times->until,
                                    read_number(arguments, "limit", 20),
                                    arguments.has("only-flips"),
                                    current->settings.greylist.enabled || then->greylist.enabled,
                                    untried_of(current->settings, *then)};
    const WhatIfRequest request{*path, times->since, times->until, io::system::core_count(), question.limit};
    const bool draws = !arguments.has("quiet") && is_terminal_error(console.err);
    Watched run(request, regimes->now, regimes->then, *regimes->suffixes, draws ? &console.err : nullptr);
    const auto totals = run.go();
    if (!totals) return std::unexpected(totals.error());
    print(*totals, question, arguments, console.out);
    if (!arguments.has("quiet"))
        console.err << fmt::format("{} messages; {:.1f} s, {:.0f} messages/s\n", totals->read, run.seconds(),
                                   static_cast<double>(totals->read) / std::max(run.seconds(), 1e-3));
    return exit_code::done;
}

} // namespace

Command whatif_command() {
    return {
        .name = "whatif",
        .summary = "Show what another configuration would have done with the mail that is stored",
        .description =
            "Judges and decides every stored message twice, by the configuration in force and by the one given, from "
            "what the ledger keeps of it: nothing is asked of the DNS, nothing is changed, the daemon goes on "
            "meanwhile. Shows of how many messages something else would come, why, and to whom; one by one the newest "
            "of them. What the privacy settings left out of the ledger is unknown to rules and lists; of how many "
            "messages that is so is told. Without --current the configuration that the daemon reads is compared.",
        .examples = {{"whatif --config new.toml --since 30d", "What new.toml would have changed in the last month"},
                     {"whatif --config new.toml --only-flips --limit 1000000 --csv",
                      "Every such message, for a spreadsheet"},
                     {"whatif --config b.toml --current a.toml --ledger copy.db", "Two configurations over a copy"}},
        .options =
            {{.name = "config", .value = "FILE", .help = "the configuration to try", .times = cli::Times::once},
             {.name = "current", .value = "FILE", .help = "what it is compared with", .fallback = config::default_file},
             {.name = "ledger",
              .value = "FILE",
              .help = "the ledger, in place of the one that the current configuration names"},
             {.name = "since",
              .value = "AGE",
              .help = "only messages that are no older: 12h, 7d",
              .fallback = "30d",
              .check = check_age},
             {.name = "until", .value = "TIME", .help = "only messages before then (UTC)", .check = check_time},
             {.name = "only-flips", .help = "only the messages of which something else would come, no totals"},
             {.name = "limit",
              .value = "N",
              .help = "how many of them, the newest",
              .fallback = "20",
              .check = check_most},
             {.name = "quiet", .help = "neither progress nor the time it took"},
             json_option(),
             csv_option()},
        .run = run_whatif};
}

} // namespace bonafide::cli
