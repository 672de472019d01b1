#include "cli/verify_worker.hpp"

#include "base/escape.hpp"
#include "engine/judging.hpp"
#include "io/alarm.hpp"
#include "io/system.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace bonafide::cli {
namespace {

constexpr std::size_t queued_for_each_thread = 4;     // each an open file
constexpr std::chrono::milliseconds look_for_more{5}; // while answers are awaited and the queue was empty

} // namespace

VerifyRun::VerifyRun(const engine::Settings& s, std::size_t threads, ResultOutput& o)
    : settings(std::make_shared<const engine::Settings>(s)), host_name(io::system::host_name()), sources(s, threads),
      queue(queued_for_each_thread * threads), output(o) {}

void VerifyRun::fail(std::string why) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::move(why);
    }
    stop = true;
    queue.abandon();
}

std::optional<std::string> VerifyRun::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

VerifyWorker::VerifyWorker(VerifyRun& run, std::size_t number) : run_(run), number_(number) {}

void VerifyWorker::work() {
    try {
        if (const auto made = run_.sources.make(number_, events_); !made) return run_.fail(made.error().text);
        context_.settings = run_.settings;
        context_.suffixes = run_.suffixes;
        context_.host_name = run_.host_name;
        context_.source = run_.sources.current(number_);
        if (run_.now) context_.clock.unix_time = [now = *run_.now] { return now; };
        engine::complete(context_);
        context_.clock.alarm = [this](engine::Clock::TimePoint when, std::function<void()> act) {
            return io::set_alarm(events_, when, std::move(act));
        };
        take_messages();
    } catch (const std::exception& error) {
        run_.fail(std::string("internal error: ") + escape::line(error.what()));
    }
    in_flight_.clear();
    context_ = {};
    run_.sources.release(number_);
}

void VerifyWorker::take_messages() {
    while (!run_.stop) {
        bool waits = true; // for nothing but answers
        if (in_flight_.size() < most_in_flight) {
            auto message = in_flight_.empty() ? run_.queue.pop() : run_.queue.try_pop();
            if (message) {
                start(std::move(*message));
                waits = false;
            } else if (in_flight_.empty()) {
                return;
            }
        }
        if (waits)
            events_.run_one_for(look_for_more);
        else
            events_.poll();
        std::erase_if(in_flight_, [](const auto& message) { return message->done; });
    }
}

void VerifyWorker::start(Message message) {
    if (!message.content) return write_error(message.name, message.content.error().text);
    try {
        auto owned = std::make_unique<InFlight>(context_, message.name);
        InFlight& flight = *owned;
        const auto read = message.content->pour([&](std::string_view text) {
            flight.verification.feed(text);
            return !run_.stop;
        });
        if (run_.stop) return;
        if (!read) return write_error(flight.name, read.error().text);
        if (*read == 0) return write_error(flight.name, "is empty: there is no message in it");
        flight.verification.finish([this, &flight](const engine::Finished& finished) {
            run_.output.write(result_line(flight.name, finished, context_.authserv_id(), run_.form),
                              outcome_word(finished));
            flight.done = true;
        });
        if (!flight.done) in_flight_.push_back(std::move(owned));
    } catch (const std::exception& error) {
        write_error(message.name, std::string("internal error: ") + escape::line(error.what()));
    }
}

void VerifyWorker::write_error(const MessageName& name, std::string_view why) {
    run_.output.write(error_line(name, why, run_.form), "error");
}

} // namespace bonafide::cli
