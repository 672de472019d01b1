#include "engine/service.hpp"

#include "dns/zone.hpp"
#include "engine/message_log.hpp"
#include "engine/milter_door.hpp"
#include "io/answer_cache.hpp"
#include "io/http_server.hpp"
#include "io/metrics.hpp"
#include "io/milter_server.hpp"
#include "io/resolver.hpp"
#include "io/system.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <future>
#include <thread>

namespace bonafide::engine {
namespace {

namespace asio = boost::asio;

constexpr std::size_t most_zone_bytes = 64 * 1024 * 1024;

/// A zone file behind the resolver's face.
class ZoneSource final : public dns::AsyncSource {
  public:
    explicit ZoneSource(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
    dns::Answer try_now(const dns::Question& question) override { return zone_->answer(question); }
    void ask(dns::Question question, Done done) override {
        done(zone_->answer(question));
    } // never reached: try_now always answers

  private:
    std::shared_ptr<const dns::Zone> zone_;
};

io::ResolverSettings resolver_settings(const Settings& settings) {
    io::ResolverSettings result;
    result.servers = settings.dns.servers;
    result.timeout = settings.dns.timeout;
    result.dnssec = settings.dns.dnssec;
    result.trust_anchor = settings.dns.trust_anchor;
    result.limits = settings.limits;
    return result;
}

io::AnswerCache::Settings cache_settings(const Settings& settings) {
    return {.most_entries = settings.dns.cache_entries,
            .most_ttl = settings.dns.cache_most_ttl,
            .most_negative_ttl = settings.dns.cache_negative_ttl};
}

io::milter::ServerSettings server_settings(const Settings& settings) {
    return {.threads = settings.server.threads == 0 ? io::system::core_count() : settings.server.threads,
            .most_connections = settings.server.most_connections,
            .socket_mode = settings.server.socket_mode,
            .handshake_timeout = settings.server.handshake_timeout,
            .idle_timeout = settings.server.idle_timeout};
}

Expected<std::shared_ptr<const dns::Zone>> load_zone(const std::string& path) {
    const auto text = io::system::read_file(path, most_zone_bytes);
    if (!text) return std::unexpected(text.error());
    auto zone = dns::Zone::parse(*text);
    if (!zone) return failure(path + ": " + zone.error().text);
    return *zone;
}

bool same_dns(const Settings& first, const Settings& second) {
    const Settings::Dns& a = first.dns;
    const Settings::Dns& b = second.dns;
    return a.servers == b.servers && a.timeout == b.timeout && a.dnssec == b.dnssec &&
           a.trust_anchor == b.trust_anchor && a.zone == b.zone &&
           first.limits.dns_txt_records == second.limits.dns_txt_records &&
           first.limits.dns_answer_bytes == second.limits.dns_answer_bytes;
}

} // namespace

struct Service::State {
    struct Prepared {
        std::shared_ptr<dns::AsyncSource> source;
        io::Resolver* resolver = nullptr;
    };
    /// What lives on one worker thread.
    struct Worker {
        MilterWorker milter;
        asio::io_context* context = nullptr;
        io::Resolver* resolver = nullptr; ///< for statistics; null with a zone file
        std::vector<std::shared_ptr<dns::AsyncSource>>
            retired;       ///< replaced by a reload, perhaps still used by connections
        Prepared prepared; ///< by a reload, between its two steps
        Expected<void> ready;
    };

    io::Logger& log;
    Observer observer;
    std::shared_ptr<const Settings> settings;
    std::shared_ptr<const dns::Zone> zone;
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
    io::AnswerCache cache;
    io::Metrics metrics;
    MessageLog messages;
    std::string host_name = io::system::host_name();
    std::vector<std::unique_ptr<Worker>> workers;
    std::unique_ptr<io::milter::Server> server;
    std::vector<std::string> addresses;
    asio::io_context control;
    asio::executor_work_guard<asio::io_context::executor_type> control_work{control.get_executor()};
    std::unique_ptr<io::http::Server> http;
    std::thread control_thread;
    io::Counter& reloads;

    State(std::shared_ptr<const Settings> s, io::Logger& l)
        : log(l), settings(std::move(s)), cache(cache_settings(*settings)), messages(log, metrics),
          reloads(metrics.counter("bonafide_reloads_total", "Successful reloads of the configuration")) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { stop(); }

    Expected<void> load_data() {
        if (!settings->dns.zone.empty()) {
            auto loaded = load_zone(settings->dns.zone);
            if (!loaded) return std::unexpected(loaded.error());
            zone = *loaded;
        }
        auto list = dns::PublicSuffixList::open(settings->dmarc.public_suffix_list);
        if (!list) return std::unexpected(list.error());
        suffixes = *list;
        return {};
    }

    Expected<Prepared> make_source(asio::io_context& context, const Settings& from,
                                   const std::shared_ptr<const dns::Zone>& data) {
        if (data) return Prepared{std::make_shared<ZoneSource>(data), nullptr};
        auto resolver = io::Resolver::make(context, resolver_settings(from), cache);
        if (!resolver) return std::unexpected(resolver.error());
        io::Resolver* const bare = resolver->get();
        return Prepared{std::shared_ptr<dns::AsyncSource>(std::move(*resolver)), bare};
    }

    /// Makes the next source of every worker, or of none.
    Expected<void> prepare_sources(const Settings& next, const std::shared_ptr<const dns::Zone>& data) {
        on_every_worker([&](Worker& worker) {
            auto made = make_source(*worker.context, next, data);
            worker.ready = made ? Expected<void>() : std::unexpected(made.error());
            worker.prepared = made ? std::move(*made) : Prepared{};
        });
        for (const auto& worker : workers) {
            if (worker->ready) continue;
            on_every_worker([](Worker& each) { each.prepared = {}; });
            return worker->ready;
        }
        return {};
    }

    void start_worker(std::size_t thread, asio::io_context& context) {
        Worker& worker = *workers.at(thread);
        worker.context = &context;
        auto made = make_source(context, *settings, zone);
        if (!made) { // start() will fail; until then nobody may find a null pointer here
            worker.ready = std::unexpected(made.error());
            made = Prepared{std::make_shared<ZoneSource>(std::make_shared<const dns::Zone>()), nullptr};
        }
        worker.resolver = made->resolver;
        worker.milter.context = {settings, suffixes, host_name, made->source, {}};
        worker.milter.thread = thread;
        worker.milter.on_message = [this](const MessageEvent& event) {
            messages.record(event);
            if (observer) observer(event);
        };
        worker.milter.on_failure = [this](std::string_view id, std::string_view why) {
            log.error("internal.error", {{"id", id}, {"why", why}});
        };
    }

    void stop_worker(std::size_t thread) {
        Worker& worker = *workers.at(thread);
        worker.milter.context.source.reset();
        worker.retired.clear();
        worker.resolver = nullptr;
    }

    Expected<void> start() {
        if (auto loaded = load_data(); !loaded) return loaded;
        const auto config = server_settings(*settings);
        for (std::size_t i = 0; i < config.threads; ++i) workers.push_back(std::make_unique<Worker>());
        server = std::make_unique<io::milter::Server>(
            config,
            [this](std::size_t thread, io::milter::Connection& connection) {
                return make_milter_door(workers.at(thread)->milter, connection);
            },
            io::milter::ServerEvents{
                [this](std::string_view reason) { log.warning("connection.closed", {{"why", reason}}); },
                [this](std::string_view reason) { log.error("accept.failed", {{"why", reason}}); }});
        server->on_worker([this](std::size_t thread, asio::io_context& context) { start_worker(thread, context); },
                          [this](std::size_t thread) { stop_worker(thread); });
        for (const std::string& address : settings->server.listen) {
            auto bound = server->listen(address);
            if (!bound) return std::unexpected(bound.error());
            addresses.push_back(*bound);
        }
        if (auto opened = start_metrics(); !opened) return opened;
        server->start();
        for (const auto& worker : workers)
            if (!worker->ready) return worker->ready;
        control_thread = std::thread([this] { control.run(); });
        return {};
    }

    Expected<void> start_metrics() {
        register_metrics();
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

    void register_metrics() {
        const auto of_server = [this](std::uint64_t io::milter::ServerCounters::* member) {
            return [this, member] { return static_cast<double>(server->counters().*member); };
        };
        using Counters = io::milter::ServerCounters;
        metrics.gauge_from("bonafide_milter_connections", "Open milter connections", {}, of_server(&Counters::open));
        metrics.counter_from("bonafide_milter_accepted_total", "Milter connections accepted", {},
                             of_server(&Counters::accepted));
        metrics.counter_from("bonafide_milter_refused_total", "Milter connections beyond server.most_connections", {},
                             of_server(&Counters::refused));
        metrics.counter_from("bonafide_milter_accept_errors_total", "Failures of accept()", {},
                             of_server(&Counters::accept_errors));
        metrics.counter_from("bonafide_milter_protocol_errors_total", "Connections closed for what the MTA sent", {},
                             of_server(&Counters::protocol_errors));
        metrics.counter_from("bonafide_milter_timeouts_total", "Connections closed for silence", {},
                             of_server(&Counters::timeouts));
        metrics.counter_from("bonafide_milter_disconnects_total", "Connections the MTA left without a quit", {},
                             of_server(&Counters::disconnects));
        metrics.counter_from("bonafide_milter_left_out_total", "Header changes and replies the MTA had not agreed to",
                             {}, of_server(&Counters::left_out));
        metrics.counter_from("bonafide_log_lines_lost_total", "Log lines that could not be written", {},
                             [this] { return static_cast<double>(log.lost()); });
        metrics.counter_from("bonafide_dns_cache_hits_total", "Questions answered from the cache", {},
                             [this] { return static_cast<double>(cache.stats().hits); });
        metrics.counter_from("bonafide_dns_cache_misses_total", "Questions not in the cache", {},
                             [this] { return static_cast<double>(cache.stats().misses); });
        metrics.gauge_from("bonafide_dns_cache_entries", "Answers in the cache", {},
                           [this] { return static_cast<double>(cache.stats().entries); });
        metrics.gauge_from("bonafide_build_info", "Always 1; the label is the version", {{"version", BONAFIDE_VERSION}},
                           [] { return 1.0; });
    }

    /// Runs `work` on every worker thread and waits for all.
    void on_every_worker(const std::function<void(Worker&)>& work) {
        std::vector<std::future<void>> done;
        for (std::size_t i = 0; i < workers.size(); ++i) {
            auto finished = std::make_shared<std::promise<void>>();
            done.push_back(finished->get_future());
            server->post(i, [this, i, &work, finished] {
                work(*workers.at(i));
                finished->set_value();
            });
        }
        for (auto& future : done) future.wait();
    }

    Expected<void> reload(std::shared_ptr<const Settings> next) {
        std::shared_ptr<const dns::Zone> next_zone;
        if (!next->dns.zone.empty()) {
            auto loaded = load_zone(next->dns.zone);
            if (!loaded) return std::unexpected(loaded.error());
            next_zone = *loaded;
        }
        auto next_suffixes = dns::PublicSuffixList::open(next->dmarc.public_suffix_list);
        if (!next_suffixes) return std::unexpected(next_suffixes.error());
        const bool new_source = next_zone || zone || !same_dns(*next, *settings);
        if (new_source) {
            if (auto prepared = prepare_sources(*next, next_zone); !prepared) return prepared;
            cache.clear();
        }
        on_every_worker([&](Worker& worker) {
            // A replaced source stays until no connection uses it: at the earliest until the next reload.
            std::erase_if(worker.retired, [](const auto& old) { return old.use_count() == 1; });
            auto source = worker.milter.context.source;
            if (new_source) {
                worker.retired.push_back(source);
                source = std::move(worker.prepared.source);
                worker.resolver = worker.prepared.resolver;
            }
            worker.milter.context = {next, *next_suffixes, host_name, std::move(source), {}};
        });
        settings = std::move(next);
        zone = std::move(next_zone);
        suffixes = std::move(*next_suffixes);
        reloads.add();
        return {};
    }

    void stop() {
        if (server) server->stop();
        if (control_thread.joinable()) {
            asio::post(control, [this] { http.reset(); });
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
std::uint16_t Service::metrics_port() const { return state_->http ? state_->http->port() : std::uint16_t{0}; }
Expected<void> Service::reload(std::shared_ptr<const Settings> settings) { return state_->reload(std::move(settings)); }

bool Service::drain(std::chrono::milliseconds patience) {
    state_->server->stop_accepting();
    const bool all = state_->server->drain(patience);
    state_->stop();
    return all;
}

} // namespace bonafide::engine
