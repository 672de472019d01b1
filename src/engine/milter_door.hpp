// The milter door: turns what an MTA tells over the milter protocol into Transactions, and their decisions into header edits and a reply.
// Each connection and message has an id of ours from the start, since the MTA has no queue id before the first recipient.
// Failures of ours (an exception on the way) never lose mail: monitor mode accepts and says so in X-Bonafide-Unchecked.
#pragma once

#include "engine/transaction.hpp"
#include "io/milter_handler.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bonafide::engine {

/// A client, a sender or a recipient that was refused before the message was there.
struct Refusal {
    policy::Level level = policy::Level::mail;
    const verdict::Facts& facts; ///< what is known by then
    std::string_view recipient;  ///< at rcpt
    const Early& early;
    const policy::Outcome& outcome; ///< of the rules so far
};

/// What happened to one message, told once, on the connection's thread; references live during the call.
struct MessageEvent {
    enum class End : std::uint8_t {
        decided,
        aborted,
        refused, ///< before the message was there
    };
    End end = End::decided;
    std::string_view id;                      ///< ours
    std::string_view queue_id;                ///< the MTA's; empty when it never told
    Finished* finished = nullptr;             ///< null unless decided; whoever is told last may take it
    const Refusal* refusal = nullptr;         ///< of End::refused
    const policy::Outcome* outcome = nullptr; ///< of End::aborted: what the rules had come to by then
    std::chrono::microseconds lasted{0};      ///< from MAIL FROM to the end
    std::uint64_t body_bytes = 0;
};

/// Shared by all connections of one worker thread; lives there.
struct MilterWorker {
    Context context; ///< context.settings is replaced by a reload; connections under way keep theirs
    std::size_t thread = 0;
    std::uint64_t connections = 0; ///< for ids
    std::uint32_t run = 0;         ///< likewise: random, so that ids of a daemon restarted within a second differ
    bool keeps_messages = false;   ///< a ledger has them under their ids: inbound mail is told its own in X-Bonafide-Id
    std::atomic<std::uint32_t>* under_way =
        nullptr; ///< inbound messages of all workers, for limits.messages_at_once; null: not counted
    std::function<void(const MessageEvent&)> on_message;
    /// What there is to keep of inbound mail that was refused before it was there, once each.
    std::function<void(std::string_view id, std::string_view queue_id, Finished)> on_refused;
    std::function<void(std::string_view id, std::string_view why)> on_failure; ///< an exception on our side
    /// The MTA grants no header changes, so that no verdict reaches the mail. Told once, not for each connection.
    std::function<void(std::string_view what)> on_restriction;
};

/// One per connection. `worker` and `connection` outlive it. `listener`: where the MTA connected to, as server.listen has it.
[[nodiscard]] std::unique_ptr<io::milter::Handler>
make_milter_door(MilterWorker& worker, io::milter::Connection& connection, std::string listener);

} // namespace bonafide::engine
