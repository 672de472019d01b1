// bonafide serve: the daemon. Process matters only: configuration file, signals, service manager, pid file; the rest is engine::Service.
//
// SIGHUP reads the configuration again and keeps connections; an error in it is logged and changes nothing. SIGTERM and SIGINT drain:
// no new connections, messages under way finish within server.drain_timeout; a second one ends at once.
#include "base/duration.hpp"
#include "cli/command.hpp"
#include "cli/config.hpp"
#include "engine/service.hpp"
#include "engine/settings_check.hpp"
#include "engine/settings_table.hpp"
#include "io/log.hpp"
#include "io/system.hpp"

#include <csignal>
#include <ctime>
#include <fmt/format.h>

namespace bonafide::cli {
namespace {

/// The signals the daemon answers to, blocked in every thread that starts later and fetched by wait().
class Signals {
  public:
    Signals() {
        sigemptyset(&set_);
        for (const int number : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set_, number);
        pthread_sigmask(SIG_BLOCK, &set_, &before_);
        std::signal(SIGPIPE, SIG_IGN);
    }
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    /// The next signal, or 0 after `microseconds` (0: no limit).
    [[nodiscard]] int wait(std::uint64_t microseconds) const {
        if (microseconds == 0) {
            int number = 0;
            sigwait(&set_, &number);
            return number;
        }
        const timespec patience{static_cast<time_t>(microseconds / 1000000),
                                static_cast<long>(microseconds % 1000000 * 1000)};
        const int number = sigtimedwait(&set_, nullptr, &patience);
        return number > 0 ? number : 0;
    }
    /// From now on a second SIGTERM or Ctrl-C acts as it does by default and ends the process. SIGHUP stays blocked: a log rotation must not
    /// end the messages under way.
    static void release() {
        sigset_t ending;
        sigemptyset(&ending);
        for (const int number : {SIGTERM, SIGINT}) sigaddset(&ending, number);
        pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
    }

  private:
    sigset_t set_{};
    sigset_t before_{};
};

io::Logger::Settings log_settings(const engine::Settings& settings) {
    io::Logger::Settings result;
    result.target = settings.log.target;
    result.format =
        settings.log.format == engine::LogFormat::json ? io::Logger::Format::json : io::Logger::Format::text;
    result.level = static_cast<io::Logger::Level>(settings.log.level);
    return result;
}

/// The configuration file's settings, then what the command line says; a reload reads the file again and keeps the latter.
std::expected<std::shared_ptr<const engine::Settings>, Failure> read_settings(const Arguments& arguments) {
    config::Document document;
    const auto path = config::find_file(arguments.text("config"));
    if (path) {
        auto loaded = config::load(*path);
        if (!loaded) return cannot(config::to_text(*path, loaded.error()));
        document = std::move(*loaded);
    }
    if (arguments.has("listen")) {
        document.settings.server.listen = arguments.all("listen");
        document.places.erase("server.listen");
    }
    if (const auto zone = arguments.text("zone")) {
        document.settings.dns.zone = *zone;
        document.places.erase("dns.zone");
    }
    // What `config check` calls an error, before anything is opened. Its warnings are for the eyes of who changes the file.
    if (const config::Audit audit = config::audit(document); !audit.errors.empty())
        return cannot(config::to_text(path.value_or("settings"), audit.errors));
    return std::make_shared<const engine::Settings>(std::move(document.settings));
}

class Daemon {
  public:
    Daemon(const Arguments& arguments, std::unique_ptr<io::Logger> log, std::unique_ptr<engine::Service> service,
           std::shared_ptr<const engine::Settings> settings)
        : arguments_(arguments), log_(std::move(log)), service_(std::move(service)), started_(settings),
          settings_(std::move(settings)) {}

    void announce() {
        const std::string where = fmt::format("{}", fmt::join(service_->addresses(), " "));
        log_->info("started", {{"version", version()},
                               {"listen", where},
                               {"metrics_port", service_->metrics_port()},
                               {"ledger", service_->ledger().empty() ? "memory" : service_->ledger()}});
        if (const auto& id = settings_->identity.authserv_id; id.empty() && !io::system::host_name().contains('.'))
            log_->warning("authserv_id.short",
                          {{"authserv_id", io::system::host_name()},
                           {"why", "the host name has no domain; set identity.authserv_id to the server's full name"}});
        tell_manager(fmt::format("READY=1\nSTATUS=serving on {}", where));
    }

    void run(const Signals& signals) {
        const std::uint64_t watchdog = io::system::watchdog_interval_us() / 2;
        for (;;) {
            const int number = signals.wait(watchdog);
            if (number == 0)
                tell_manager("WATCHDOG=1");
            else if (number == SIGHUP)
                reload();
            else
                break;
        }
        Signals::release();
        stop();
    }

  private:
    void reload() {
        tell_manager("RELOADING=1");
        if (auto opened = log_->reopen(); !opened) log_->error("log.reopen_failed", {{"why", opened.error().text}});
        auto settings = read_settings(arguments_);
        if (!settings) {
            log_->error("reload.failed", {{"why", settings.error().text}, {"kept", "the settings in force"}});
        } else if (auto done = service_->reload(*settings); !done) {
            log_->error("reload.failed", {{"why", done.error().text}, {"kept", "the settings in force"}});
        } else {
            settings_ = *settings;
            log_->set_level(static_cast<io::Logger::Level>(settings_->log.level));
            log_->info("reloaded");
            const auto later = engine::restart_needed(*started_, *settings_);
            if (!later.empty())
                log_->warning("reload.restart_needed", {{"settings", fmt::format("{}", fmt::join(later, " "))}});
        }
        tell_manager("READY=1");
    }

    void stop() {
        tell_manager("STOPPING=1");
        log_->info("stopping");
        const bool all = service_->drain(settings_->server.drain_timeout);
        if (!all)
            log_->warning("stopped.early",
                          {{"why", "messages were still under way after server.drain_timeout; their MTA will retry"}});
        log_->info("stopped");
    }

    static void tell_manager(const std::string& state) {
        (void)io::system::notify(state);
    } // nobody to tell of its failure

    const Arguments& arguments_;
    std::unique_ptr<io::Logger> log_;
    std::unique_ptr<engine::Service> service_;
    std::shared_ptr<const engine::Settings> started_; ///< what listeners, threads and log were made from
    std::shared_ptr<const engine::Settings> settings_;
};

Outcome run_serve(const Arguments& arguments, Console&) {
    const auto settings = read_settings(arguments);
    if (!settings) return std::unexpected(settings.error());
    const Signals signals; // before any thread starts, so that all inherit the mask
    io::system::raise_open_files((*settings)->server.most_connections + 1024); // metrics, SRS and files too
    auto log = io::Logger::open(log_settings(**settings));
    if (!log) return cannot(log.error());
    auto service = engine::Service::start(*settings, **log);
    if (!service) return cannot(service.error());
    const std::string pid_file = (*settings)->server.pid_file;
    if (!pid_file.empty())
        if (auto written = io::system::write_pid_file(pid_file); !written) return cannot(written.error());
    Daemon daemon(arguments, std::move(*log), std::move(*service), *settings);
    daemon.announce();
    daemon.run(signals);
    if (!pid_file.empty()) io::system::remove_pid_file(pid_file);
    return exit_code::done;
}

} // namespace

Command serve_command() {
    return {
        .name = "serve",
        .summary = "Run the daemon: the filter your mail server asks",
        .description =
            "Listens for milter connections, verifies inbound mail and stamps Authentication-Results. Runs in the "
            "foreground "
            "for a service manager. SIGHUP reads the configuration again, SIGTERM lets messages under way finish.",
        .examples = {{"serve", "With /etc/bonafide/bonafide.toml, or the built-in defaults when there is no such file"},
                     {"serve --config my.toml --listen inet:127.0.0.1:8899", "With another file and address"}},
        .options = {{.name = "config", .value = "FILE", .help = "configuration file", .fallback = config::default_file},
                    {.name = "listen",
                     .value = "ADDRESS",
                     .help = "milter address instead of server.listen",
                     .times = Times::any,
                     .check = engine::check_milter_address},
                    {.name = "zone",
                     .value = "FILE",
                     .help = "answer DNS from this zone file only, instead of dns.zone"}},
        .run = run_serve};
}

} // namespace bonafide::cli
