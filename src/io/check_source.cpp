#include "io/check_source.hpp"

#include "io/direct_dns.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

namespace bonafide::io {
namespace {

namespace asio = boost::asio;

constexpr int most_aliases = 8;
constexpr int tries = 2; // a datagram may be lost

dns::Answer answer_of(DirectAnswer direct) {
    auto answer = std::make_shared<dns::AnswerData>(std::move(direct.data));
    if (!answer->found() && direct.negative_ttl > 0) answer->ttl = direct.negative_ttl;
    return answer;
}

/// Within the time for one exchange, asked again when nothing came in half of it.
DirectAnswer ask_patiently(const ip::Endpoint& server, const std::string& name, dns::Type type,
                           std::chrono::milliseconds timeout, Recursion recursion) {
    DirectAnswer answer;
    for (int i = 0; i < tries; ++i) {
        answer = ask_directly(server, name, type, timeout / tries, recursion);
        if (answer.data.status != dns::Status::timeout) break;
    }
    return answer;
}

/// How often servers were silent; shared by the pool's threads.
class Silences {
  public:
    [[nodiscard]] bool is_given_up(const ip::Endpoint& server) const {
        const std::lock_guard lock(mutex_);
        const auto row = counts_.find(server);
        return row != counts_.end() && row->second >= CheckSource::most_silences;
    }
    void note(const ip::Endpoint& server, dns::Status status) {
        const std::lock_guard lock(mutex_);
        if (status == dns::Status::timeout)
            ++counts_[server];
        else
            counts_.erase(server);
    }

  private:
    mutable std::mutex mutex_;
    std::map<ip::Endpoint, std::uint32_t> counts_;
};

/// Runs blocking work on a pool and brings what it gives back to the context. Joined when destroyed.
class Pool {
  public:
    Pool(asio::io_context& context, std::size_t threads) : context_(context), threads_(threads) {}
    ~Pool() {
        threads_.stop();
        threads_.join();
    }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    template<class Work> void run(Work work, dns::AsyncSource::Done done) {
        // The context stays busy until the answer is there.
        auto guard = asio::make_work_guard(context_);
        auto shared = std::make_shared<dns::AsyncSource::Done>(std::move(done));
        asio::post(threads_, [this, guard = std::move(guard), work = std::move(work), shared]() mutable {
            dns::Answer answer = work();
            asio::post(context_, [guard = std::move(guard), shared, answer = std::move(answer)]() mutable {
                (*shared)(std::move(answer));
            });
        });
    }

  private:
    asio::io_context& context_;
    asio::thread_pool threads_;
};

class OneServer final : public dns::AsyncSource {
  public:
    OneServer(asio::io_context& context, ip::Endpoint server, std::chrono::milliseconds timeout)
        : server_(server), timeout_(timeout), pool_(context, threads) {}

    [[nodiscard]] dns::Answer try_now(const dns::Question& question) override {
        const auto known = cache_.find(key(question));
        return known == cache_.end() || !question.use_cache ? nullptr : known->second;
    }
    void ask(dns::Question question, Done done) override {
        auto keep = [this, key = key(question), done = std::move(done)](dns::Answer answer) mutable {
            if (!answer->temporary()) cache_.emplace(std::move(key), answer);
            done(std::move(answer));
        };
        pool_.run([server = server_, timeout = timeout_, name = std::move(question.name), type = question.type,
                   serves_us = serves_us_] { return look_up(server, name, type, timeout, *serves_us); },
                  std::move(keep));
    }

  private:
    static constexpr std::size_t threads = 8;
    using Key = std::pair<std::string, dns::Type>;
    static Key key(const dns::Question& question) { return {question.name, question.type}; }

    /// Runs on a thread of the pool.
    static dns::Answer look_up(const ip::Endpoint& server, std::string name, dns::Type type,
                               std::chrono::milliseconds timeout, std::atomic<bool>& serves_us) {
        bool aliased = false;
        for (int i = 0; i < most_aliases; ++i) {
            DirectAnswer direct = ask_patiently(server, name, type, timeout, Recursion::yes);
            aliased = aliased || direct.data.aliased;
            if (!direct.data.temporary()) serves_us = true;
            if (direct.alias.empty()) {
                direct.data.aliased = aliased;
                // An authoritative server refuses what is not in its zones: for it that does not exist. One that has never answered
                // refuses us, which says nothing of the name.
                if (direct.data.status == dns::Status::refused && serves_us)
                    direct.data.status = dns::Status::nx_domain;
                return answer_of(std::move(direct));
            }
            name = direct.alias;
        }
        return dns::make_answer(dns::Status::cname_loop);
    }

    ip::Endpoint server_;
    std::chrono::milliseconds timeout_;
    std::map<Key, dns::Answer> cache_;
    std::shared_ptr<std::atomic<bool>> serves_us_ = std::make_shared<std::atomic<bool>>(false); ///< it has answered
    Pool pool_;                                                                                 ///< ended first
};

} // namespace

struct CheckSource::State {
    State(asio::io_context& context, Settings s) : settings(s), pool(context, s.threads) {}
    Settings settings;
    std::shared_ptr<Silences> silences = std::make_shared<Silences>();
    Pool pool;
};

CheckSource::CheckSource(asio::io_context& context, dns::AsyncSource& others, Settings settings)
    : others_(others), state_(std::make_shared<State>(context, settings)) {}
CheckSource::~CheckSource() = default;

dns::Answer CheckSource::try_now(const dns::Question& question) {
    if (!question.server) return others_.try_now(question);
    const ip::Endpoint server{*question.server, state_->settings.port};
    return state_->silences->is_given_up(server) ? dns::make_answer(dns::Status::timeout) : nullptr;
}

void CheckSource::ask(dns::Question question, Done done) {
    if (!question.server) return others_.ask(std::move(question), std::move(done));
    const ip::Endpoint server{*question.server, state_->settings.port};
    const Recursion recursion = question.recursion ? Recursion::yes : Recursion::no;
    state_->pool.run(
        [server, recursion, silences = state_->silences, timeout = state_->settings.timeout,
         name = std::move(question.name), type = question.type] {
            if (silences->is_given_up(server)) return dns::make_answer(dns::Status::timeout);
            DirectAnswer direct = ask_patiently(server, name, type, timeout, recursion);
            silences->note(server, direct.data.status);
            return answer_of(std::move(direct));
        },
        std::move(done));
}

std::unique_ptr<dns::AsyncSource> open_one_server(asio::io_context& context, ip::Endpoint server,
                                                  std::chrono::milliseconds timeout) {
    return std::make_unique<OneServer>(context, server, timeout);
}

} // namespace bonafide::io
