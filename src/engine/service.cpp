#include "engine/service.hpp"

#include "engine/acting.hpp"
#include "engine/greylist.hpp"
#include "engine/judging.hpp"
#include "engine/key_maintenance.hpp"
#include "engine/ledger.hpp"
#include "engine/ledger_path.hpp"
#include "engine/message_log.hpp"
#include "engine/milter_door.hpp"
#include "engine/notices.hpp"
#include "engine/sender_tables.hpp"
#include "engine/service_metrics.hpp"
#include "engine/signing_source.hpp"
#include "engine/sources.hpp"
#include "engine/srs_doors.hpp"
#include "io/alarm.hpp"
#include "io/http_server.hpp"
#include "io/metrics.hpp"
#include "io/milter_server.hpp"
#include "io/store_sqlite.hpp"
#include "io/system.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <future>
#include <random>
#include <stdexcept>
#include <thread>

namespace bonafide::engine {
namespace {

namespace asio = boost::asio;

io::milter::ServerSettings server_settings(const Settings& settings) {
    return {.threads = settings.server.threads == 0 ? io::system::core_count() : settings.server.threads,
            .most_connections = settings.server.most_connections,
            .socket_mode = settings.server.socket_mode,
            .handshake_timeout = settings.server.handshake_timeout,
            .idle_timeout = settings.server.idle_timeout};
}

/// How long the ledger's file keeps what.
io::store::Retention retention_of(const Settings& settings) {
    io::store::Retention retention;
    retention.messages = settings.ledger.keep_messages;
    retention.transcripts = settings.ledger.keep_transcripts;
    retention.most_pasts = settings.ledger.most_pasts;
    retention.most_messages = settings.ledger.most_messages;
    retention.history_days = settings.limits.history_days;
    return retention;
}

} // namespace

struct Service::State {
    io::Logger& log;
    Observer observer;
    std::shared_ptr<const Settings> settings;
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
    std::string host_name = io::system::host_name();
    io::milter::ServerSettings server_config;
    Sources sources;
    io::Counter internal_errors;
    io::Counter prune_failures;
    io::Metrics metrics;
    MessageLog messages;
    io::Counter& reloads;
    std::atomic<std::uint32_t> messages_under_way = 0;
    std::vector<MilterWorker> workers; ///< each touched on its own thread only
    std::unique_ptr<io::milter::Server> server;
    const std::uint32_t run = std::random_device()();
    std::string ledger_at;
    std::unique_ptr<Ledger> ledger; ///< goes before the server, to whose threads it posts
    std::unique_ptr<Greylist> greylist;
    Notices notices;
    std::unique_ptr<SenderTables> senders;  ///< likewise
    std::unique_ptr<SigningSource> signing; ///< likewise
    std::unique_ptr<KeyMaintenance> keys;
    std::vector<std::string> addresses;
    asio::io_context control; ///< what is not mail: metrics over HTTP
    asio::executor_work_guard<asio::io_context::executor_type> control_work{control.get_executor()};
    std::unique_ptr<SrsDoors> srs; ///< null: nobody may ask
    std::unique_ptr<io::http::Server> http;
    std::thread control_thread;

    State(std::shared_ptr<const Settings> s, io::Logger& l)
        : log(l), settings(std::move(s)), server_config(server_settings(*settings)),
          sources(*settings, server_config.threads), messages(log, metrics),
          reloads(metrics.counter("bonafide_reloads_total", "Successful reloads of the configuration")),
          workers(server_config.threads), notices(log, settings, host_name) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { stop(); }

    void internal_error(std::string_view id, std::string_view why) {
        internal_errors.add();
        log.error("internal.error", {{"id", id}, {"why", why}});
    }

    // ---- start

    Expected<void> start() {
        if (auto read = sources.read(*settings); !read) return read;
        auto list = dns::PublicSuffixList::open(settings->dmarc.public_suffix_list);
        if (!list) return std::unexpected(list.error());
        suffixes = *list;
        make_server();
        if (auto opened = open_ledger(); !opened) return opened;
        open_greylist();
        if (auto opened = open_senders(); !opened) return opened;
        if (auto opened = open_signing(); !opened) return opened;
        for (const std::string& address : settings->server.listen) {
            auto bound = server->listen(address);
            if (!bound) return std::unexpected(bound.error());
            addresses.push_back(*bound);
        }
        register_service_metrics(metrics, {*server, sources, log, *ledger, *greylist, *senders, *signing, notices,
                                           internal_errors, prune_failures});
        if (auto opened = open_srs(); !opened) return opened;
        if (auto opened = open_metrics(); !opened) return opened;
        try {
            server->start();
        } catch (const std::exception& error) { // out of start_worker()
            return failure(error.what());
        }
        control_thread = std::thread([this] { run_control(); });
        ledger->on_lists([this](const std::shared_ptr<const verdict::Lists>& lists) { hand_out(lists); });
        hand_out(ledger->lists()); // what changed since the workers began
        hand_out(senders->current());
        hand_out(signing->current());
        keys = std::make_unique<KeyMaintenance>(log, metrics, settings);
        return {};
    }

    Expected<void> open_ledger() {
        std::unique_ptr<io::store::Store> store;
        const std::string file = ledger_file(*settings);
        if (!file.empty()) {
            io::store::SqliteEvents trouble; // of pruning too, which nobody waits for
            trouble.on_failure = [this](const Error& why) { log.warning("ledger.trouble", {{"why", why.text}}); };
            trouble.on_recovery = [this] { log.info("ledger.well"); };
            trouble.on_prune_failure = [this] { prune_failures.add(); };
            auto opened = io::store::open_sqlite_store(file, retention_of(*settings), std::move(trouble),
                                                       settings->limits.ledger_reads);
            if (opened)
                store = std::move(*opened);
            else if (settings->ledger.path == file) // an administrator's wish, not our default
                return failure("ledger.path: " + opened.error().text);
            else
                log.warning("ledger.unusable", {{"why", opened.error().text}});
        }
        if (store != nullptr) ledger_at = file;
        LedgerEvents events;
        events.on_warning = [this](std::string_view event, std::string_view why) {
            log.warning(event, {{"why", why}});
        };
        ledger = std::make_unique<Ledger>(std::move(store), LedgerBasis{settings, suffixes, host_name}, Clock{},
                                          std::move(events));
        return {};
    }

    /// In the ledger's file; without one, or where it cannot be used, in memory.
    void open_greylist() {
        std::unique_ptr<io::store::GreylistStore> store;
        if (!ledger_at.empty()) {
            if (auto opened = io::store::open_sqlite_greylist(ledger_at))
                store = std::move(*opened);
            else
                log.warning("greylist.unusable", {{"why", opened.error().text}});
        }
        GreylistEvents events;
        events.on_warning = [this](std::string_view event, std::string_view why) {
            log.warning(event, {{"why", why}});
        };
        greylist = std::make_unique<Greylist>(std::move(store), settings, std::move(events));
    }

    Expected<void> open_senders() {
        SenderTableEvents told;
        told.on_warning = [this](std::string_view event, std::string_view why) { log.warning(event, {{"why", why}}); };
        told.on_change = [this](const SenderSource::Value& value) { hand_out(value); };
        auto opened = SenderTables::start(settings, std::move(told));
        if (!opened) return std::unexpected(opened.error());
        senders = std::move(*opened);
        return {};
    }

    Expected<void> open_signing() {
        SigningEvents told;
        told.on_warning = [this](std::string_view event, std::string_view why) { log.warning(event, {{"why", why}}); };
        told.on_change = [this](const SigningValue& value) { hand_out(value); };
        auto opened = SigningSource::start(settings, std::move(told));
        if (!opened) return std::unexpected(opened.error());
        signing = std::move(*opened);
        return {};
    }

    void hand_out(const SigningValue& policy) {
        for (std::size_t thread = 0; thread < workers.size(); ++thread)
            server->post(thread, [this, thread, policy] { workers.at(thread).context.signing = policy; });
    }

    void hand_out(const SenderSource::Value& table) {
        for (std::size_t thread = 0; thread < workers.size(); ++thread)
            server->post(thread, [this, thread, table] { workers.at(thread).context.senders = table; });
    }

    void hand_out(const std::shared_ptr<const verdict::Lists>& lists) {
        for (std::size_t thread = 0; thread < workers.size(); ++thread)
            server->post(thread, [this, thread, lists] { workers.at(thread).context.lists = lists; });
    }

    void make_server() {
        server = std::make_unique<io::milter::Server>(
            server_config,
            [this](std::size_t thread, io::milter::Connection& connection, const std::string& listener) {
                return make_milter_door(workers.at(thread), connection, listener);
            },
            io::milter::ServerEvents{
                [this](std::string_view reason) { log.warning("connection.closed", {{"why", reason}}); },
                [this](std::string_view reason) { log.error("accept.failed", {{"why", reason}}); }});
        server->on_worker([this](std::size_t thread, asio::io_context& context) { start_worker(thread, context); },
                          [this](std::size_t thread) { stop_worker(thread); });
    }

    /// Before any connection is accepted; what it throws ends the start.
    void start_worker(std::size_t thread, asio::io_context& context) {
        if (const auto made = sources.make(thread, context); !made) throw std::runtime_error(made.error().text);
        MilterWorker& worker = workers.at(thread);
        worker.thread = thread;
        worker.run = run;
        worker.under_way = &messages_under_way;
        worker.context.clock.alarm = [&context](Clock::TimePoint when, std::function<void()> act) {
            return io::set_alarm(context, when, std::move(act));
        };
        worker.context.on_failure = [this](std::string_view why) { internal_error("-", why); };
        worker.on_message = [this, thread](const MessageEvent& event) {
            messages.record(event);
            notices.tell(event, workers.at(thread).keeps_messages);
            if (observer) observer(event);
            if (event.finished == nullptr) return;
            ledger->learn(event.finished->lessons);
            std::vector<verdict::Lesson> lessons = std::move(event.finished->lessons);
            ledger->remember(std::string(event.id), std::string(event.queue_id), std::move(*event.finished),
                             std::move(lessons));
        };
        worker.on_refused = [this](std::string_view id, std::string_view queue_id, Finished finished) {
            ledger->remember(std::string(id), std::string(queue_id), std::move(finished), {});
        };
        worker.context.history =
            ledger->source([this, thread](std::function<void()> act) { server->post(thread, std::move(act)); });
        worker.context.greylist =
            greylist->source([this, thread](std::function<void()> act) { server->post(thread, std::move(act)); });
        worker.on_failure = [this](std::string_view id, std::string_view why) { internal_error(id, why); };
        worker.on_restriction = [this](std::string_view what) { log.warning("mta.restricts", {{"why", what}}); };
        equip(thread, settings, suffixes);
    }

    /// What new connections of this worker go by from now on.
    void equip(std::size_t thread, std::shared_ptr<const Settings> next,
               std::shared_ptr<const dns::PublicSuffixList> next_suffixes) {
        Context& context = workers.at(thread).context;
        context.settings = std::move(next);
        context.suffixes = std::move(next_suffixes);
        context.host_name = host_name;
        context.source = sources.current(thread);
        context.tuning = std::make_shared<const Tuning>(make_tuning(*context.settings));
        context.acting = std::make_shared<const Acting>(make_acting(*context.settings));
        context.lists = ledger->lists();
        context.senders = senders->current();
        context.signing = signing->current();
        workers.at(thread).keeps_messages = !ledger_at.empty() && context.settings->ledger.keep_messages > 0;
    }

    void stop_worker(std::size_t thread) {
        workers.at(thread).context = {};
        sources.release(thread);
    }

    Expected<void> open_srs() {
        auto opened = SrsDoors::start(control, *settings, log, metrics);
        if (!opened) return std::unexpected(opened.error());
        srs = std::move(*opened);
        if (srs)
            log.info("srs.listening", {{"domain", settings->srs.domain},
                                       {"listen", fmt::format("{}", fmt::join(srs->addresses(), " "))}});
        return {};
    }

    Expected<void> open_metrics() {
        if (settings->metrics.listen.empty()) return {};
        using namespace io::http;
        std::vector<Route> routes;
        routes.push_back({"GET", "/metrics", immediate([this](const Request&) {
                              return Response{200, std::string(io::Metrics::content_type), metrics.text(), {}};
                          })});
        routes.push_back({"GET", "/healthz", immediate([](const Request&) {
                              return Response{200, "text/plain; charset=utf-8", "ok\n", {}};
                          })});
        auto listening = io::http::Server::listen(control, {.listen = settings->metrics.listen}, std::move(routes));
        if (!listening) return failure("metrics.listen: " + listening.error().text);
        http = std::move(*listening);
        return {};
    }

    void run_control() {
        for (;;) { // an exception out of one request ends that request, not the thread
            try {
                control.run();
                return;
            } catch (const std::exception& error) {
                internal_error("-", error.what());
            }
        }
    }

    // ---- reload

    Expected<void> reload(std::shared_ptr<const Settings> next) {
        auto next_suffixes = dns::PublicSuffixList::open(next->dmarc.public_suffix_list);
        if (!next_suffixes) return std::unexpected(next_suffixes.error());
        auto next_srs = SrsDoors::prepare(*next);
        if (!next_srs) return std::unexpected(next_srs.error());
        const auto everywhere = [this](const std::function<void(std::size_t)>& work) { on_every_worker(work); };
        try {
            if (auto prepared = sources.prepare(*next, everywhere); !prepared) return prepared;
            if (auto read = senders->configure(next); !read) return read;
            if (auto read = signing->configure(next); !read) {
                static_cast<void>(senders->configure(settings)); // as it was
                return read;
            }
            ledger->configure({next, *next_suffixes, host_name});
            greylist->configure(next);
            notices.configure(next);
            keys->configure(next);
            on_every_worker([&](std::size_t thread) { equip(thread, next, *next_suffixes); });
        } catch (const std::exception& error) {
            internal_error("-", error.what());
            return failure(error.what());
        }
        settings = std::move(next);
        suffixes = std::move(*next_suffixes);
        if (srs) srs->use(std::move(*next_srs));
        reloads.add();
        return {};
    }

    /// Runs `work` on every worker thread and waits for all.
    void on_every_worker(const std::function<void(std::size_t)>& work) {
        std::vector<std::future<void>> done;
        for (std::size_t thread = 0; thread < workers.size(); ++thread) {
            auto finished = std::make_shared<std::promise<void>>();
            done.push_back(finished->get_future());
            server->post(thread, [thread, &work, finished] {
                try {
                    work(thread);
                    finished->set_value();
                } catch (...) {
                    finished->set_exception(std::current_exception());
                }
            });
        }
        for (auto& future : done) future.wait(); // all of them: `work` must live that long
        for (auto& future : done) future.get();
    }

    // ---- end

    void stop() {
        if (server) server->stop();
        if (keys) keys->stop();
        notices.stop(); // those of the last messages too
        if (control_thread.joinable()) {
            asio::post(control, [this] {
                http.reset(); // its page shows the counters of the doors
                srs.reset();
            });
            control_work.reset();
            control_thread.join();
        }
    }
};

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}
Service::~Service() = default;

Expected<std::unique_ptr<Service>> Service::start(std::shared_ptr<const Settings> settings, io::Logger& log,
                                                  Observer observer) {
    auto state = std::make_unique<State>(std::move(settings), log);
    state->observer = std::move(observer);
    if (auto started = state->start(); !started) return std::unexpected(started.error());
    return std::unique_ptr<Service>(new Service(std::move(state)));
}

const std::vector<std::string>& Service::addresses() const& { return state_->addresses; }
const std::string& Service::ledger() const& { return state_->ledger_at; }
std::uint16_t Service::metrics_port() const { return state_->http ? state_->http->port() : std::uint16_t{0}; }
Expected<void> Service::reload(std::shared_ptr<const Settings> settings) { return state_->reload(std::move(settings)); }

bool Service::drain(std::chrono::milliseconds patience) {
    state_->server->stop_accepting();
    const bool all = state_->server->drain(patience);
    state_->stop();
    return all;
}

} // namespace bonafide::engine
