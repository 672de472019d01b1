// A synchronous answerer (zone file, recorded transcript, fake) and the loop that runs a flow against it.
// The asynchronous driver is engine's own; both record into the same Transcript.
#pragma once

#include "dns/flow.hpp"
#include "dns/transcript.hpp"

#include <functional>
#include <utility>

namespace bonafide::dns {

class Source {
  public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;
    /// Answers at once. Must be safe to call from several threads.
    [[nodiscard]] virtual Answer answer(const Question& question) const = 0;
};

/// An answerer that may need time: the real resolver, or a Source behind the same face (ImmediateSource below). Belongs to one thread.
class AsyncSource {
  public:
    using Done = std::move_only_function<void(Answer)>;

    AsyncSource() = default;
    AsyncSource(const AsyncSource&) = delete;
    AsyncSource& operator=(const AsyncSource&) = delete;
    virtual ~AsyncSource() = default;
    /// The answer when it is at hand (cache, zone file), else null; never waits.
    [[nodiscard]] virtual Answer try_now(const Question& question) = 0;
    /// Calls `done` exactly once, later, on this thread, never from inside ask(); at the latest after the configured time-out,
    /// with Status::timeout. Who asks must survive or make `done` harmless (weak reference): there is no cancel.
    virtual void ask(Question question, Done done) = 0;
};

/// A synchronous Source as an AsyncSource: everything is at hand.
class ImmediateSource final : public AsyncSource {
  public:
    explicit ImmediateSource(const Source& source) : source_(source) {}
    [[nodiscard]] Answer try_now(const Question& question) override { return source_.answer(question); }
    void ask(Question question, Done done) override {
        done(source_.answer(question));
    } // never reached: try_now always answers

  private:
    const Source& source_;
};

/// Runs the flow to its end with answers from `source`, recording each question into `transcript` when one is given.
template<class T> [[nodiscard]] T run(Flow<T> flow, const Source& source, Transcript* transcript = nullptr) {
    const Question* question = flow.start();
    while (question != nullptr) {
        Answer reply = source.answer(*question);
        if (transcript != nullptr) transcript->record(*question, reply);
        question = flow.answer(std::move(reply));
    }
    return flow.result();
}

} // namespace bonafide::dns
