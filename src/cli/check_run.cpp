#include "cli/check_run.hpp"

#include "base/ascii.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/progress.hpp"
#include "engine/domain_survey.hpp"
#include "engine/settings_check.hpp"
#include "io/alarm.hpp"
#include "io/answer_cache.hpp"
#include "io/check_source.hpp"
#include "io/https_document.hpp"
#include "io/resolver.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <fmt/format.h>
#include <map>
#include <utility>

namespace bonafide::cli {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds time_for_a_domain{60'000};
constexpr milliseconds time_for_a_policy{10'000};
constexpr std::size_t most_parallel = 64, usual_parallel = 8;
constexpr std::size_t fetching_threads = 4;

Expected<void> check_parallel(std::string_view text) {
    const auto value = ascii::parse_decimal(text);
    if (!value || *value == 0 || *value > most_parallel)
        return failure(fmt::format("must be a number from 1 to {}", most_parallel));
    return {};
}

class Run {
  public:
    Run(const Arguments& arguments, const KnownBefore& known, const std::vector<std::string>& domains, Console& console,
        const std::function<void(Survey)>& done)
        : arguments_(arguments), known_(known), domains_(domains), console_(console), done_(done),
          bar_(domains.size() > 1 && is_terminal_error(console.err) ? &console.err : nullptr) {
        if (const auto given = arguments.text("parallel")) parallel_ = ascii::parse_decimal(*given).value_or(1);
        clock_.alarm = [this](engine::Clock::TimePoint when, std::function<void()> act) {
            return io::set_alarm(context_, when, std::move(act));
        };
    }

    std::expected<void, Failure> go() {
        if (auto opened = open(); !opened) return opened;
        began_ = std::chrono::steady_clock::now();
        begin_some();
        while (finished_ < domains_.size()) {
            if (context_.run_one() == 0) break; // everything under way has been answered, or the loop has nothing left
            begin_some();
        }
        bar_.hide();
        surveys_.clear();
        if (finished_ < domains_.size()) return cannot("a domain was left without an answer");
        return {};
    }

  private:
    std::expected<void, Failure> open();
    void begin_some();
    void begin(std::size_t index);
    void finish(std::size_t index, Survey survey);
    void fetch(std::string host, std::vector<ip::Address> addresses, std::function<void(doctor::PolicyDocument)> done);

    const Arguments& arguments_;
    const KnownBefore& known_;
    const std::vector<std::string>& domains_;
    Console& console_;
    const std::function<void(Survey)>& done_;
    ProgressBar bar_;
    std::size_t parallel_ = usual_parallel;
    std::chrono::steady_clock::time_point began_{};

    // Destroyed in the reverse order.
    asio::io_context context_;
    engine::Clock clock_;
    io::AnswerCache cache_{io::AnswerCache::Settings{}};
    std::unique_ptr<dns::AsyncSource> resolver_;
    std::unique_ptr<dns::AsyncSource> source_;
    asio::thread_pool pool_{fetching_threads};
    std::map<std::size_t, std::unique_ptr<engine::DomainSurvey>> surveys_;
    std::vector<std::size_t> ended_; ///< to be destroyed outside of their own callbacks
    std::map<std::size_t, Survey> waiting_;
    std::size_t begun_ = 0, finished_ = 0, told_ = 0;
};

std::expected<void, Failure> Run::open() {
    if (known_.common.all_of_dns) {
        source_ = std::make_unique<dns::ImmediateSource>(*known_.common.all_of_dns->answers);
        return {};
    }
    const engine::Settings::Dns dns = dns_settings(arguments_, known_.settings->dns);
    if (const auto server = arguments_.text("server")) {
        resolver_ = io::open_one_server(context_, *ip::Endpoint::parse_dns_server(*server), dns.timeout);
    } else {
        io::ResolverSettings settings;
        settings.servers = dns.servers;
        settings.timeout = dns.timeout;
        settings.dnssec = dns.dnssec;
        settings.trust_anchor = dns.trust_anchor;
        auto made = io::Resolver::make(context_, std::move(settings), cache_);
        if (!made) return cannot(made.error());
        resolver_ = std::move(*made);
    }
    source_ =
        std::make_unique<io::CheckSource>(context_, *resolver_, io::CheckSource::Settings{.timeout = dns.timeout});
    return {};
}

void Run::begin_some() {
    for (const std::size_t index : std::exchange(ended_, {})) surveys_.erase(index);
    while (begun_ < domains_.size() && surveys_.size() < parallel_) {
        begin(begun_++);
        for (const std::size_t index : std::exchange(ended_, {})) surveys_.erase(index);
    }
}

void Run::begin(std::size_t index) {
    auto survey = std::make_unique<engine::DomainSurvey>(
        *source_, clock_, time_for_a_domain, subject_of(known_, domains_[index], console_),
        known_.common.all_of_dns ? engine::PolicyFetch()
                                 : [this](auto host, auto addresses,
                                          auto done) { fetch(std::move(host), std::move(addresses), std::move(done)); },
        [this, index](Survey result) { finish(index, std::move(result)); });
    auto* const begun = surveys_.emplace(index, std::move(survey)).first->second.get();
    begun->start();
}

void Run::finish(std::size_t index, Survey survey) {
    ++finished_;
    ended_.push_back(index);
    waiting_.emplace(index, std::move(survey));
    bar_.hide();
    while (!waiting_.empty() && waiting_.begin()->first == told_) {
        done_(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        ++told_;
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began_;
    bar_.draw({.done = finished_, .total = domains_.size(), .seconds = passed.count()});
}

void Run::fetch(std::string host, std::vector<ip::Address> addresses,
                std::function<void(doctor::PolicyDocument)> done) {
    const auto guard =
        std::make_shared<asio::executor_work_guard<asio::io_context::executor_type>>(context_.get_executor());
    asio::post(pool_, [this, guard, host = std::move(host), addresses = std::move(addresses), done = std::move(done)] {
        io::HttpsDocument got = io::fetch(
            {.host = host, .path = "/.well-known/mta-sts.txt", .addresses = addresses, .timeout = time_for_a_policy});
        doctor::PolicyDocument document{.tried = true,
                                        .fault = std::move(got.fault),
                                        .body = std::move(got.body),
                                        .content_type = std::move(got.content_type),
                                        .http_status = got.status};
        asio::post(context_, [guard, done, document = std::move(document)]() mutable { done(std::move(document)); });
    });
}

} // namespace

std::vector<Option> with_check_dns_options(std::vector<Option> own) {
    own.push_back({.name = "server",
                   .value = "IP[@PORT]",
                   .help = "ask this one server, a resolver or an authoritative one, for everything",
                   .check = engine::check_dns_server,
                   .excludes = {"zone", "dns-server"}});
    own.push_back({.name = "parallel",
                   .value = "N",
                   .help = "domains looked into at the same time",
                   .fallback = "8",
                   .check = check_parallel});
    return with_dns_options(std::move(own));
}

std::expected<void, Failure> survey_domains(const Arguments& arguments, const KnownBefore& known,
                                            const std::vector<std::string>& domains, Console& console,
                                            const std::function<void(Survey)>& done) {
    return Run(arguments, known, domains, console, done).go();
}

} // namespace bonafide::cli
