// Drives flows against an AsyncSource: answers what is at hand at once, parks the flow when an answer needs time, and goes on when it
// comes. The asynchronous twin of dns::run().
//
// One Driver belongs to one message (or one connection) and one thread. Destroying it abandons every parked flow; answers that
// arrive later find nobody.
//
// All its flows together may wait for `time_allowed`: what counts is the time during which at least one of them is parked, so that flows
// side by side share it, and a client that takes its time between two commands of the mail session uses none of it up. When it is over,
// every question under way and every further one that is not at hand is answered Status::timeout: the flows end in their own defined
// temporary errors (RFC 7208 4.6.4: an SPF check that exceeds its time is a temperror).
#pragma once

#include "dns/source.hpp"
#include "engine/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::engine {

class Driver {
  public:
    /// `failed` is called, with the reason, when a parked flow or its done() throws; the flow is gone then. It may destroy the Driver.
    Driver(dns::AsyncSource& source, const Clock& clock, std::chrono::milliseconds time_allowed,
           std::function<void(std::string_view why)> failed)
        : source_(source), clock_(clock), time_allowed_(time_allowed), failed_(std::move(failed)) {}
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    ~Driver() = default;

    /// Runs `flow`; calls `done(result)` exactly once, possibly before this returns. Not called when the Driver is destroyed first.
    template<class T, class Done> void run(dns::Flow<T> flow, Done done) {
        const dns::Question* question = flow.start();
        while (question != nullptr) {
            dns::Answer answer = at_hand(*question);
            if (!answer) return park(std::move(flow), std::move(done), question);
            transcript_.record(*question, answer);
            question = flow.answer(std::move(answer));
        }
        done(flow.result());
    }

    /// Changes the time allowed, what was waited so far included.
    void allow(std::chrono::milliseconds time) {
        time_allowed_ = time;
        if (!parked_.empty()) set_alarm();
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
        /// The caller's shared_ptr keeps this alive while done() or failed_() may destroy the Driver.
        virtual void take_safely(dns::Answer answer) = 0;
    };
    template<class T, class Done> struct Parked final : ParkedBase, std::enable_shared_from_this<Parked<T, Done>> {
        Driver& driver;
        const std::uint64_t number;
        dns::Flow<T> flow;
        Done done;
        const dns::Question* asked;
        bool finished = false;

        Parked(Driver& d, dns::Flow<T> f, Done n, const dns::Question* question)
            : driver(d), number(++d.last_number_), flow(std::move(f)), done(std::move(n)), asked(question) {}

        void ask() {
            driver.source_.ask(*asked, [weak = this->weak_from_this()](dns::Answer answer) {
                if (const auto self = weak.lock()) self->take_safely(std::move(answer));
            });
        }
        void take_safely(dns::Answer answer) override {
            const auto failed = driver.failed_;
            try {
                take(std::move(answer));
            } catch (const std::exception& error) {
                if (!finished) driver.leave(number);
                failed(error.what());
            }
        }
        void take(dns::Answer answer) {
            const dns::Question* question = asked;
            do {
                driver.transcript_.record(*question, answer);
                question = flow.answer(std::move(answer));
                if (question == nullptr) return finish();
                answer = driver.at_hand(*question);
            } while (answer);
            asked = question;
            ask();
        }
        void finish() {
            auto result = flow.result();
            auto then = std::move(done);
            finished = true;
            driver.leave(number);
            then(std::move(result));
        }
    };

    template<class T, class Done> void park(dns::Flow<T> flow, Done done, const dns::Question* question) {
        auto parked = std::make_shared<Parked<T, Done>>(*this, std::move(flow), std::move(done), question);
        if (parked_.empty()) waiting_since_ = clock_.steady();
        parked_.emplace(parked->number, parked);
        if (!alarm_) set_alarm();
        parked->ask();
    }

    void leave(std::uint64_t number) {
        if (parked_.erase(number) == 0 || !parked_.empty()) return;
        waited_ += clock_.steady() - waiting_since_;
        alarm_.reset();
    }

    /// What needs no waiting, or, once the time is over, that there is no answer.
    [[nodiscard]] dns::Answer at_hand(const dns::Question& question) {
        if (dns::Answer answer = source_.try_now(question)) return answer;
        const auto waited = parked_.empty() ? waited_ : waited_ + (clock_.steady() - waiting_since_);
        return waited >= time_allowed_ ? dns::make_answer(dns::Status::timeout) : nullptr;
    }

    void set_alarm() {
        if (clock_.alarm) alarm_ = clock_.alarm(waiting_since_ + (time_allowed_ - waited_), [this] { expire(); });
    }

    void expire() {
        std::vector<std::weak_ptr<ParkedBase>> late; // the first to be told may destroy this Driver, and so the others
        for (const auto& [number, parked] : parked_) late.push_back(parked);
        for (const auto& one : late)
            if (const auto parked = one.lock()) parked->take_safely(dns::make_answer(dns::Status::timeout));
    }

    dns::AsyncSource& source_;
    const Clock& clock_;
    std::chrono::steady_clock::duration time_allowed_;
    std::function<void(std::string_view)> failed_;
    dns::Transcript transcript_;
    std::map<std::uint64_t, std::shared_ptr<ParkedBase>> parked_; ///< in the order they came
    std::uint64_t last_number_ = 0;
    std::chrono::steady_clock::duration waited_{}; ///< without the present wait
    Clock::TimePoint waiting_since_{};             ///< while parked_ is not empty
    Clock::Alarm alarm_;
};

} // namespace bonafide::engine
