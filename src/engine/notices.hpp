// Sends what rules with the action notify say, from a thread of its own: nothing of it holds mail up.
//
// A notice must not cause a notice. None is sent about mail that is not inbound; with an empty reverse-path, which ours have as well as those of
// other hosts; with a Message-ID of ours, for a mailing list gives our mail a sender; and about a client refused before MAIL FROM that may be
// ourselves: loopback, or the address of notify.smtp.
//
// In memory alone: stop() tries what waits, and the log says how many are lost.
#pragma once

#include "engine/clock.hpp"
#include "engine/milter_door.hpp"
#include "engine/notice_queue.hpp"
#include "engine/settings.hpp"
#include "io/log.hpp"
#include "io/smtp_client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace bonafide::engine {

class Notices {
  public:
    using Send = std::function<std::expected<io::smtp::Outcome, io::smtp::Failure>(
        const io::smtp::Target&, const io::smtp::Letter&, const std::stop_token&)>;
    struct Counters {
        std::uint64_t sent = 0;
        std::uint64_t failed = 0;  ///< refused for good, or not taken for an hour
        std::uint64_t dropped = 0; ///< too many were waiting, or the daemon ended
        std::uint64_t held = 0;    ///< within notify.interval
        std::uint64_t waiting = 0;
    };
    static constexpr std::chrono::seconds last_patience{5}; ///< of stop()

    /// `log` outlives this.
    Notices(io::Logger& log, std::shared_ptr<const Settings> settings, const std::string& host_name,
            Send send = io::smtp::send, Clock clock = {});
    ~Notices(); ///< stops
    Notices(const Notices&) = delete;
    Notices& operator=(const Notices&) = delete;

    void configure(const std::shared_ptr<const Settings>& settings); ///< a reload

    /// Of each message and refusal; thread-safe. `kept`: the ledger keeps the message.
    void tell(const MessageEvent& event, bool kept);

    [[nodiscard]] Counters counters() const;

    /// Tries once what waits, for at most `patience`; tells the log what is lost. Nothing is sent afterwards.
    void stop(std::chrono::milliseconds patience = last_patience);

  private:
    class State;
    std::unique_ptr<State> state_;
};

} // namespace bonafide::engine
