// One thread of a `verify` over many messages: reads them as they come from the queue, and keeps several in flight while their DNS
// questions wait. With a zone file nothing ever waits and one is finished after the other.
#pragma once

#include "cli/messages.hpp"
#include "cli/queue.hpp"
#include "cli/result_output.hpp"
#include "cli/verification.hpp"
#include "engine/sources.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::cli {

/// What all threads of a run share.
struct VerifyRun {
    VerifyRun(const engine::Settings& s, std::size_t threads, ResultOutput& o);

    std::shared_ptr<const engine::Settings> settings;
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
    std::string host_name;
    std::optional<std::int64_t> now{}; ///< --now
    ResultForm form = ResultForm::text;

    engine::Sources sources;
    Queue<Message> queue;
    ResultOutput& output;
    std::atomic<bool> stop = false; ///< messages that are not finished are given up

    void fail(std::string why);
    /// Why no thread could work.
    [[nodiscard]] std::optional<std::string> failure() const;

  private:
    mutable std::mutex mutex_;
    std::optional<std::string> failure_;
};

class VerifyWorker {
  public:
    /// Messages of one thread whose DNS questions may wait at the same time.
    static constexpr std::size_t most_in_flight = 32;

    VerifyWorker(VerifyRun& run, std::size_t number);
    /// Until the queue is closed and all it held is done, or the run stops.
    void work();

  private:
    struct InFlight {
        InFlight(const engine::Context& context, MessageName n) : name(std::move(n)), verification(context) {}
        MessageName name;
        Verification verification;
        bool done = false;
    };

    void take_messages();
    void start(Message message);
    void write_error(const MessageName& name, std::string_view why);

    VerifyRun& run_;
    std::size_t number_;
    boost::asio::io_context events_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> always_{events_.get_executor()};
    engine::Context context_;
    std::vector<std::unique_ptr<InFlight>> in_flight_;
};

} // namespace bonafide::cli
