// Flow<T>: a computation that may ask questions. Cores write
//     dns::Flow<Outcome> check(Request request) { ... const dns::Answer answer = co_await dns::ask(question); ... co_return outcome; }
// and nest flows by co_await other_flow(...). A driver runs it:
//     auto flow = check(request);
//     for (const Question* q = flow.start(); q != nullptr; q = flow.answer(reply_to(*q))) {}
//     use(flow.result());
// start() runs to the first question or the end; answer() hands in the reply to the question last returned and runs to the next.
// The Question pointed to lives until answer() is called. Destroying a Flow at any point frees the whole stack beneath it.
// Not thread-safe; a flow may move between threads between calls. An exception inside (allocation, a bug) leaves through start() or answer().
//
// Rules of use (HOUSE 8): parameters of flow functions are values; operands of co_await are named variables or plain calls;
// no capturing lambda coroutines; nothing borrowed is held across co_await unless the caller keeps it alive beyond the flow.
#pragma once

#include "dns/question.hpp"

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace bonafide::dns {

template<class T> class Flow;

namespace detail {

/// What the outermost flow shares with the frames beneath it: where to go on, what was asked, what was answered.
struct Root {
    std::coroutine_handle<> innermost;
    const Question* question = nullptr;
    Answer answer;
};

struct PromiseBase {
    Root own; ///< used by the outermost frame only
    Root* root = &own;
    std::coroutine_handle<> caller; ///< null in the outermost frame
    std::exception_ptr exception;

    struct Final {
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template<class P> std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) const noexcept {
            const std::coroutine_handle<> next = self.promise().caller;
            return next ? next : std::noop_coroutine();
        }
        void await_resume() const noexcept {}
    };
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] Final final_suspend() const noexcept { return {}; }
    void unhandled_exception() { exception = std::current_exception(); }
};

} // namespace detail

/// Awaitable made by ask(); yields the Answer.
struct Ask {
    Question question;
    detail::Root* root = nullptr;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template<class P> void await_suspend(std::coroutine_handle<P> self) noexcept {
        root = self.promise().root;
        root->innermost = self;
        root->question = &question;
    }
    [[nodiscard]] Answer await_resume() const noexcept { return std::move(root->answer); }
};

/// Asks one question; use as `const Answer answer = co_await ask(std::move(question));`.
[[nodiscard]] inline Ask ask(Question question) { return Ask{std::move(question)}; }

/// The common case: a name and a type. `why` must be a string literal.
[[nodiscard]] inline Ask ask(std::string name, Type type, std::string_view why) {
    return Ask{Question{std::move(name), type, why, {}, true, true}};
}

template<class T> class [[nodiscard]] Flow {
  public:
    struct promise_type : detail::PromiseBase {
        std::optional<T> value;
        Flow get_return_object() { return Flow(std::coroutine_handle<promise_type>::from_promise(*this)); }
        void return_value(T v) { value.emplace(std::move(v)); }
    };

    Flow(Flow&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
    Flow& operator=(Flow&& other) noexcept {
        std::swap(frame_, other.frame_);
        return *this;
    }
    Flow(const Flow&) = delete;
    Flow& operator=(const Flow&) = delete;
    ~Flow() {
        if (frame_) frame_.destroy();
    }

    /// Runs to the first question; nullptr when the flow ended without one. Call once.
    [[nodiscard]] const Question* start() {
        frame_.promise().own.innermost = frame_;
        return run();
    }
    /// Hands in the reply to the question last returned; the next question or nullptr at the end.
    [[nodiscard]] const Question* answer(Answer reply) {
        frame_.promise().own.answer = std::move(reply);
        return run();
    }
    [[nodiscard]] bool done() const { return frame_ && frame_.done(); }
    /// The value; only once, after start() or answer() returned nullptr.
    [[nodiscard]] T result() { return std::move(*frame_.promise().value); }

    // co_await of a flow inside a flow: symmetric transfer into it and back.
    struct Nested {
        std::coroutine_handle<promise_type> frame;
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template<class P> std::coroutine_handle<> await_suspend(std::coroutine_handle<P> caller) const noexcept {
            frame.promise().root = caller.promise().root;
            frame.promise().caller = caller;
            return frame;
        }
        T await_resume() const {
            if (frame.promise().exception) std::rethrow_exception(frame.promise().exception);
            return std::move(*frame.promise().value);
        }
    };
    Nested operator co_await() const& noexcept { return Nested{frame_}; }
    Nested operator co_await() && noexcept { return Nested{frame_}; }

  private:
    explicit Flow(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

    const Question* run() {
        detail::Root& root = frame_.promise().own;
        root.question = nullptr;
        root.innermost.resume();
        if (frame_.done() && frame_.promise().exception) std::rethrow_exception(frame_.promise().exception);
        return root.question;
    }

    std::coroutine_handle<promise_type> frame_;
};

} // namespace bonafide::dns
