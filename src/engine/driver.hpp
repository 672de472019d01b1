// Drives flows against an AsyncSource: answers what is at hand at once, parks the flow when an answer needs time, and goes on when it
// comes. The asynchronous twin of dns::run().
//
// One Driver belongs to one message (or one connection) and one thread. Destroying it abandons every parked flow; answers that
// arrive later find nobody. A flow that outlives its deadline gets Status::timeout for every further question, so it ends in its own
// defined temporary error (RFC 7208 4.6.4 overall timer) without a timer of ours: the last question under way has its own time-out.
#pragma once

#include "dns/source.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

namespace bonafide::engine {

/// Where time comes from; replaceable in tests.
struct Clock {
    std::function<std::chrono::steady_clock::time_point()> steady = [] { return std::chrono::steady_clock::now(); };
    std::function<std::int64_t()> unix_time = [] {
        return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    };
};

class Driver {
  public:
    /// `failed` is called when a parked flow or its done() throws; the flow is gone then. It may destroy the Driver.
    Driver(dns::AsyncSource& source, const Clock& clock, std::chrono::milliseconds time_allowed,
           std::function<void()> failed)
        : source_(source), clock_(clock), time_allowed_(time_allowed), failed_(std::move(failed)) {}
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    ~Driver() = default;

    /// Runs `flow`; calls `done(result)` exactly once, possibly before this returns. Not called when the Driver is destroyed first.
    template<class T, class Done> void run(dns::Flow<T> flow, Done done) {
        const dns::Question* question = flow.start();
        while (question != nullptr) {
            dns::Answer answer = source_.try_now(*question);
            if (!answer) return park(std::move(flow), std::move(done), question);
            transcript_.record(*question, answer);
            question = flow.answer(std::move(answer));
        }
        done(flow.result());
    }

    /// Flows under way.
    [[nodiscard]] std::size_t pending() const { return parked_.size(); }
    [[nodiscard]] const dns::Transcript& transcript() const& { return transcript_; }
    [[nodiscard]] dns::Transcript take_transcript() { return std::move(transcript_); }

  private:
    struct ParkedBase {
        ParkedBase() = default;
        ParkedBase(const ParkedBase&) = delete;
        ParkedBase& operator=(const ParkedBase&) = delete;
        virtual ~ParkedBase() = default;
    };
    template<class T, class Done> struct Parked final : ParkedBase, std::enable_shared_from_this<Parked<T, Done>> {
        Driver& driver;
        dns::Flow<T> flow;
        Done done;
        std::chrono::steady_clock::time_point deadline;

        Parked(Driver& d, dns::Flow<T> f, Done n)
            : driver(d), flow(std::move(f)), done(std::move(n)), deadline(d.clock_.steady() + d.time_allowed_) {}

        void ask(const dns::Question& question) {
            driver.source_.ask(question, [weak = this->weak_from_this()](dns::Answer answer) {
                if (const auto self = weak.lock()) self->take_safely(std::move(answer));
            });
        }
        // The caller's shared_ptr keeps this alive while done() or failed_() may destroy the Driver.
        void take_safely(dns::Answer answer) {
            const auto failed = driver.failed_;
            try {
                take(std::move(answer));
            } catch (...) {
                if (!finished) driver.parked_.erase(this);
                failed();
            }
        }
        void take(dns::Answer answer) {
            const dns::Question* question = asked;
            do {
                driver.transcript_.record(*question, answer);
                question = flow.answer(std::move(answer));
                if (question == nullptr) return finish();
                answer = driver.clock_.steady() >= deadline ? dns::make_answer(dns::Status::timeout)
                                                            : driver.source_.try_now(*question);
            } while (answer);
            asked = question;
            ask(*question);
        }
        void finish() {
            auto result = flow.result();
            auto then = std::move(done);
            driver.parked_.erase(this);
            finished = true;
            then(std::move(result));
        }
        const dns::Question* asked = nullptr;
        bool finished = false;
    };

    template<class T, class Done> void park(dns::Flow<T> flow, Done done, const dns::Question* question) {
        auto parked = std::make_shared<Parked<T, Done>>(*this, std::move(flow), std::move(done));
        parked->asked = question;
        parked_.emplace(parked.get(), parked);
        parked->ask(*question);
    }

    dns::AsyncSource& source_;
    const Clock& clock_;
    std::chrono::milliseconds time_allowed_;
    std::function<void()> failed_;
    dns::Transcript transcript_;
    std::unordered_map<ParkedBase*, std::shared_ptr<ParkedBase>> parked_;
};

} // namespace bonafide::engine
