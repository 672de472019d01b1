// One libunbound context: set-up, questions out, results in. Internal to the resolver.
//
// libunbound works on a thread of its own and says through fd() that results wait; process() hands them over. A question cannot be taken
// back: who no longer wants its result ignores it, and in_flight() says how many are still being worked on.
// Not thread-safe, except that make() may run on several threads (libunbound's set-up is not reentrant; a lock inside sees to it).
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct ub_ctx;
struct ub_result;

namespace bonafide::io {

class UnboundContext {
  public:
    struct Settings {
        std::vector<std::string> forward_to; ///< "ip" or "ip@port"; empty: full recursion
        std::string root_hints;              ///< file, or empty for the built-in ones
        std::string trust_anchor;            ///< file; empty: no validation
        std::size_t sockets = 1024;          ///< most UDP sockets open at once
    };
    struct FreeResult {
        void operator()(ub_result* result) const;
    };
    struct Finished {
        std::uint64_t id = 0;
        std::unique_ptr<ub_result, FreeResult> result; ///< null: libunbound failed (memory, pipe)
    };

    [[nodiscard]] static Expected<std::unique_ptr<UnboundContext>> make(const Settings& settings);
    /// Stops the thread within; questions in flight are forgotten.
    ~UnboundContext();
    UnboundContext(const UnboundContext&) = delete;
    UnboundContext& operator=(const UnboundContext&) = delete;

    /// Readable when process() has something to do. Belongs to libunbound: never close it.
    [[nodiscard]] int fd() const;
    /// `name` in presentation form (unbound_answer.hpp), `id` not in flight already.
    Expected<void> ask(const std::string& name, int type, std::uint64_t id);
    /// What has finished since the last call.
    [[nodiscard]] std::vector<Finished> process();
    [[nodiscard]] std::size_t in_flight() const { return tickets_.size(); }
    [[nodiscard]] std::vector<std::uint64_t> in_flight_ids() const;
    [[nodiscard]] bool validates() const { return validates_; }

  private:
    struct Ticket {
        UnboundContext* context;
        std::uint64_t id;
    };
    UnboundContext(ub_ctx* context, bool validates) : context_(context), validates_(validates) {}
    static void on_result(void* ticket, int error, ub_result* result) noexcept;

    ub_ctx* context_;
    bool validates_;
    std::unordered_map<std::uint64_t, Ticket> tickets_; ///< what libunbound's callbacks point at, by id
    std::vector<Finished> finished_;
};

} // namespace bonafide::io
