// What an ordinary nested coroutine does; g++ 12.2 traps, hangs or frees twice here. Exit 0: the compiler is fit.
#include <coroutine>
#include <cstdlib>
#include <expected>
#include <string>
#include <utility>

struct Task {
    struct promise_type {
        bool value = false;
        std::coroutine_handle<> next = std::noop_coroutine();
        Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() noexcept { return {}; }
        struct Final {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> h) noexcept {
                return h.promise().next;
            }
            void await_resume() noexcept {}
        };
        Final final_suspend() noexcept { return {}; }
        void return_value(bool v) { value = v; }
        void unhandled_exception() { std::abort(); }
    };
    std::coroutine_handle<promise_type> handle;
    explicit Task(std::coroutine_handle<promise_type> h) : handle(h) {}
    Task(Task&& other) noexcept : handle(std::exchange(other.handle, {})) {}
    ~Task() {
        if (handle) handle.destroy();
    }
    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> h) {
        handle.promise().next = h;
        return handle;
    }
    bool await_resume() { return handle.promise().value; }
};

struct Aggregate {
    std::string text;
    int number;
};
int calls = 0;
Task leaf(Aggregate a) {
    ++calls;
    co_return a.text.size() == 40 && a.number == 7;
}
Task both() {
    if (co_await leaf(Aggregate{std::string(40, 'x'), 7})) co_return co_await leaf({std::string(40, 'y'), 7});
    co_return false;
}
Task many() {
    for (int i = 0; i < 1000; ++i)
        if (!co_await both()) co_return false;
    co_return true;
}
int main() {
    std::expected<int, std::string> value = 1;
    Task task = many();
    task.handle.resume();
    return task.handle.promise().value && calls == 2000 && value ? 0 : 1;
}
