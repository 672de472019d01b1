// Threads: one walks the sources and brings messages to a short queue, workers take them, and the calling one waits for signals and draws
// the bar; on a terminal one more counts ahead. SIGINT and SIGTERM stop the run between two lines; a second one acts as it does by default.
#include "cli/verify_many.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/verify_worker.hpp"
#include "io/system.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <ostream>
#include <sys/stat.h>
#include <thread>

namespace bonafide::cli {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_drawings{200};
constexpr std::chrono::seconds patience{3}; // after a signal, for a read that does not end (a pipe nobody writes to)
constexpr std::size_t wanted_open_files = 16384; // sockets of the resolvers

Expected<void> check_threads(std::string_view text) {
    const auto value = ascii::parse_decimal(text);
    if (!value || *value == 0 || *value > 256) return failure("must be a number from 1 to 256");
    return {};
}

/// Options that speak of one message.
std::expected<void, Failure> refuse_single_options(const Arguments& arguments) {
    for (const std::string_view name : {"ip", "helo", "mail-from", "rcpt"})
        if (arguments.has(name))
            return wrong_usage(fmt::format("--{} holds for one message, and here are several: leave it out, and each "
                                           "one's envelope is read from its Received and Return-Path fields",
                                           name));
    for (const std::string_view name : {"explain", "headers", "transcript", "redact"})
        if (arguments.has(name))
            return wrong_usage(fmt::format(
                "--{} is for one message, and here are several: each has a line, with --json an object", name));
    return {};
}

/// The total is found by walking the same sources ahead of the run, where they can be walked twice.
bool can_count(const MessageSources& sources) {
    struct stat about{};
    if (std::ranges::find(sources.paths, "-") != sources.paths.end()) return false;
    for (const std::string& path : sources.paths)
        if (::stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode)) return false;
    return !sources.list ||
           (*sources.list != "-" && ::stat(sources.list->c_str(), &about) == 0 && S_ISREG(about.st_mode));
}

class ManyRun {
  public:
    ManyRun(const Arguments& arguments, Messages& messages, const engine::Settings& settings, Console& console)
        : arguments_(arguments), messages_(messages), console_(console),
          bar_(!arguments.has("quiet") && is_terminal_error(console.err) ? &console.err : nullptr),
          output_(console.out, bar_), threads_(thread_count(arguments)), run_(settings, threads_, output_) {}

    Outcome go() {
        if (auto ready = prepare(); !ready) return std::unexpected(ready.error());
        start();
        control_.run();
        for (std::thread& thread : pool_) thread.join();
        output_.hide_bar();
        return end();
    }

  private:
    static std::size_t thread_count(const Arguments& arguments) {
        const auto given = arguments.text("threads");
        return given ? ascii::parse_decimal(*given).value_or(1) : io::system::core_count();
    }

    std::expected<void, Failure> prepare() {
        if (arguments_.has("json")) run_.form = ResultForm::json;
        if (arguments_.has("now")) run_.now = read_time(arguments_, 0);
        auto suffixes = dns::PublicSuffixList::open(run_.settings->dmarc.public_suffix_list);
        if (!suffixes) return cannot(suffixes.error());
        run_.suffixes = *suffixes;
        io::system::raise_open_files(wanted_open_files);
        if (auto read = run_.sources.read(*run_.settings); !read) return cannot(read.error());
        const auto file = arguments_.text("output");
        if (!file) return {};
        auto earlier = output_.open(*file, run_.form, arguments_.has("resume") ? Start::resume : Start::anew);
        if (!earlier) return cannot(fmt::format("{}: {}", escape::line(*file), earlier.error().text));
        earlier_ = std::move(*earlier);
        return {};
    }

    // ---- the threads

    void start() {
        began_ = steady_clock::now();
        signals_.async_wait([this](const boost::system::error_code& error, int) {
            if (!error) interrupt();
        });
        tick();
        left_ = threads_ + 1;
        pool_.emplace_back([this] { walk(); });
        for (std::size_t i = 0; i < threads_; ++i) pool_.emplace_back([this, i] { work(i); });
        if (bar_.is_on())
            if (const auto sources = message_sources(arguments_); sources && can_count(*sources))
                pool_.emplace_back([this, ahead = *sources] { count(ahead); });
    }

    void walk() {
        try {
            while (!run_.stop) {
                auto message = messages_.next();
                if (!message) break;
                if (earlier_.messages.contains(to_text(message->name))) continue;
                if (!run_.queue.push(std::move(*message))) break;
            }
            run_.queue.close();
        } catch (const std::exception& error) {
            run_.fail(std::string("internal error: ") + escape::line(error.what()));
        }
        one_done();
    }

    void work(std::size_t number) {
        VerifyWorker(run_, number).work();
        one_done();
    }

    void one_done() {
        if (--left_ == 0) asio::post(control_, [this] { all_done(); });
    }

    void count(const MessageSources& sources) {
        try {
            Messages ahead(sources, console_.in);
            std::uint64_t total = 0;
            while (!run_.stop && ahead.next()) ++total;
            if (!run_.stop) total_ = total;
        } catch (const std::exception&) {
            total_ = 0; // the bar goes without a total
        }
    }

    // ---- on the calling thread

    void tick() {
        if (!run_.stop && output_.failed()) stop();
        if (run_.stop && !stopping_) stop();
        if (bar_.is_on()) {
            const std::chrono::duration<double> seconds = steady_clock::now() - began_;
            const std::uint64_t total = total_;
            output_.draw({.before = earlier_.tally.total(),
                          .total = total > 0 ? std::optional(total) : std::nullopt,
                          .seconds = seconds.count()});
        }
        timer_.expires_after(between_drawings);
        timer_.async_wait([this](const boost::system::error_code& error) {
            if (!error) tick();
        });
    }

    void interrupt() {
        interrupted_ = true;
        signals_.cancel();
        signals_.clear();
        stop();
    }

    /// The run ends early: messages in flight are given up, and what reads without an end is not waited for long.
    void stop() {
        run_.stop = true;
        run_.queue.abandon();
        if (std::exchange(stopping_, true)) return;
        give_up_.expires_after(patience);
        give_up_.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            output_.hide_bar();
            const Outcome outcome = end();
            output_.freeze(); // some thread is stuck, and nothing is torn down under its hands
            if (!outcome) console_.err << "bonafide verify: " << outcome.error().text << std::endl;
            std::_Exit(outcome ? *outcome : outcome.error().exit);
        });
    }

    void all_done() {
        run_.stop = true; // whoever counts ahead need not go on
        timer_.cancel();
        signals_.cancel();
        give_up_.cancel();
    }

    // ---- what is said at the end

    [[nodiscard]] std::string interruption() const {
        const std::string done = fmt::format("interrupted after {} messages", output_.tally().total());
        const auto file = arguments_.text("output");
        if (!file) return done + "; a run with --output FILE can be resumed";
        return fmt::format("{}; the same command with --resume goes on (--output {} --resume)", done,
                           escape::line(*file));
    }

    void summarize() const {
        if (arguments_.has("quiet")) return;
        const std::chrono::duration<double> seconds = steady_clock::now() - began_;
        const Tally fresh = output_.tally();
        Tally all = earlier_.tally;
        all.add(fresh);
        const std::string results = all.total() == 0 ? std::string() : ": " + all.to_text();
        const std::string before =
            earlier_.tally.total() == 0 ? "" : fmt::format(" ({} of them before)", earlier_.tally.total());
        console_.err << fmt::format("{} messages{}{}; {:.1f} s, {:.0f} messages/s\n", all.total(), before, results,
                                    seconds.count(),
                                    static_cast<double>(fresh.total()) / std::max(seconds.count(), 1e-3));
    }

    Outcome end() {
        if (const auto why = run_.failure()) return cannot(*why);
        if (const auto file = arguments_.text("output"); file && output_.failed())
            return cannot(fmt::format("{}: cannot be written any more; --resume goes on when there is room",
                                      escape::line(*file)));
        if (interrupted_) return cannot(interruption());
        if (output_.failed()) return exit_code::done; // standard output: the frame finds out why
        summarize();
        Tally all = earlier_.tally;
        all.add(output_.tally());
        if (all.total() == 0) return cannot("no message was found there");
        if (all.count("error") > 0) return exit_code::failed;
        const bool pass = all.count("pass") == all.total();
        return arguments_.has("exit-code") && !pass ? exit_code::not_pass : exit_code::done;
    }

    const Arguments& arguments_;
    Messages& messages_;
    Console& console_;
    ProgressBar bar_;
    ResultOutput output_;
    std::size_t threads_;
    VerifyRun run_;
    EarlierResults earlier_;
    steady_clock::time_point began_;
    std::atomic<std::uint64_t> total_ = 0; ///< 0: not known
    std::atomic<std::size_t> left_ = 0;    ///< workers
    bool interrupted_ = false;
    bool stopping_ = false;
    std::vector<std::thread> pool_;
    asio::io_context control_;
    asio::signal_set signals_{control_, SIGINT, SIGTERM};
    asio::steady_timer timer_{control_};
    asio::steady_timer give_up_{control_};
};

} // namespace

std::vector<Positional> message_paths() {
    return {{.name = "PATH",
             .help = "a message, an mbox, a Maildir, a folder of these; - is one on standard input",
             .times = Times::any}};
}

std::vector<Option> with_many_options(std::vector<Option> own) {
    own.push_back({.name = "files-from",
                   .value = "FILE",
                   .help = "also the paths in this file, one a line; - is standard input"});
    own.push_back({.name = "null",
                   .help = "the paths of --files-from end with NUL instead of a line end",
                   .letter = '0',
                   .needs = "files-from"});
    own.push_back(
        {.name = "output", .value = "FILE", .help = "write there, a line a message, what --resume can continue"});
    own.push_back(
        {.name = "resume", .help = "go on with --output FILE: what it holds is not verified again", .needs = "output"});
    own.push_back({.name = "threads",
                   .value = "N",
                   .help = "threads for several messages; each has up to 32 waiting for DNS",
                   .fallback = "one a core",
                   .check = check_threads});
    own.push_back({.name = "quiet", .help = "of several messages: neither progress nor summary"});
    return own;
}

std::expected<MessageSources, Failure> message_sources(const Arguments& arguments) {
    MessageSources sources{arguments.all("PATH"), arguments.text("files-from")};
    sources.output = arguments.text("output");
    if (sources.paths.empty() && !sources.list) return wrong_usage("PATH is missing");
    if (arguments.has("null")) sources.list_separator = '\0';
    if (std::ranges::count(sources.paths, "-") > 1)
        return wrong_usage("standard input can be read only once: give - a single time");
    if (sources.list == "-" && std::ranges::find(sources.paths, "-") != sources.paths.end())
        return wrong_usage("standard input cannot be both a message and the list of --files-from");
    return sources;
}

bool is_one_message(const Arguments& arguments, Messages& messages) {
    return !arguments.has("output") && !messages.are_several();
}

Outcome verify_many(const Arguments& arguments, Messages& messages, const engine::Settings& settings,
                    Console& console) {
    if (auto fits = refuse_single_options(arguments); !fits) return std::unexpected(fits.error());
    engine::Settings with_options = settings;
    with_options.dns = dns_settings(arguments, settings.dns);
    return ManyRun(arguments, messages, with_options, console).go();
}

} // namespace bonafide::cli
