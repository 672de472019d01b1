// One milter conversation without its socket: bytes in, handler calls, bytes out. Pure but for what the handler does.
//
// Order: construct, attach() the handler, then feed() whatever arrives. Afterwards look at it: output() to be sent, awaiting() (an answer
// is due: do not read on; when `answered` was called, call resume()), ended() (send the output, then close the connection). At
// disconnect or timeout call end(). One thread; never call feed, resume or end from within `answered`.
//
// Commands out of order, as real MTAs and libmilter have it:
//   - macros of any letter at any time after negotiation; those of stages without macros are ignored;
//   - abort at any time; without a message under way it says nothing;
//   - helo or mail within a message drops that message (as if abort had come), so does quit-new-connection;
//   - rcpt, data and end of header may be missing where they were not agreed on or the version has none; data and rcpt always may;
//   - unknown SMTP commands anywhere after negotiation, quit anywhere.
// Everything else is Fault::out_of_order and ends the conversation: an MTA that has lost count would wait for replies for ever.
#pragma once

#include "io/milter_encode.hpp"
#include "io/milter_frame.hpp"
#include "io/milter_handler.hpp"
#include "io/milter_macros.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace bonafide::io::milter {

class Dialogue final : public Connection {
  public:
    enum class Ending : std::uint8_t { none, quit, protocol_error, disconnected, closed_by_us };

    /// `answered` is called when an answer that was due has come (through reply or finish): soon after, not within it, call resume().
    explicit Dialogue(std::function<void()> answered) : answered_(std::move(answered)) {}
    void attach(std::unique_ptr<Handler> handler) { handler_ = std::move(handler); }

    void feed(std::string_view bytes);
    void resume();
    /// A due answer has taken too long: the MTA gets a temporary failure. A message that ends thereby is over for the handler too (abort);
    /// one that goes on (a recipient was refused, or the MTA does not wait there) ends in a temporary failure whatever the handler says
    /// later. Outside a message the conversation ends.
    void give_up();
    /// Disconnected, or we hang up: tells the handler (abort, close) and destroys it.
    void end(Ending why);

    /// Bytes for the MTA since the last clear; the owner sends and clears them.
    [[nodiscard]] std::string& output() { return output_; }
    [[nodiscard]] bool awaiting() const { return awaited_ != Awaited::nothing; }
    /// At the end of a message, where the MTA may be told that we are still working.
    [[nodiscard]] bool awaiting_verdict() const { return awaited_ == Awaited::verdict; }
    void append_progress() { append_packet(output_, response::progress); }
    [[nodiscard]] bool ended() const { return ending_ != Ending::none; }
    [[nodiscard]] Ending ending() const { return ending_; }
    /// Commands and body pieces taken, answers given: bytes of an unfinished command do not count.
    [[nodiscard]] std::uint64_t steps() const { return steps_; }
    /// Why, for Ending::protocol_error.
    [[nodiscard]] const std::optional<ProtocolError>& error() const { return error_; }
    [[nodiscard]] bool negotiated() const { return phase_ != Phase::start; }
    [[nodiscard]] bool in_message() const { return phase_ >= Phase::mail; }
    /// Modifications and replies that could not be sent since the last call, and handler failures.
    struct Mishaps {
        std::uint32_t left_out = 0;
        std::uint32_t exceptions = 0;
    };
    [[nodiscard]] Mishaps take_mishaps() { return std::exchange(mishaps_, {}); }

    [[nodiscard]] std::string_view macro(std::string_view name) const override { return macros_.find(name); }
    void reply(Reply reply) override;
    void finish(Verdict verdict) override;

  private:
    enum class Phase : std::uint8_t { start, ready, connected, greeted, mail, rcpt, data, header, end_of_header, body };
    enum class Awaited : std::uint8_t { nothing, reply, verdict };

    void run();
    [[nodiscard]] std::optional<Fault> handle(const Frame& frame);
    [[nodiscard]] std::optional<Fault> handle_negotiation(std::string_view packet);
    [[nodiscard]] std::optional<Fault> handle_connection(const Frame& frame);
    [[nodiscard]] std::optional<Fault> handle_envelope(const Frame& frame);
    [[nodiscard]] std::optional<Fault> handle_header(std::string_view packet);
    [[nodiscard]] std::optional<Fault> handle_body(const Frame& frame);
    [[nodiscard]] bool may_come(Command command) const;

    void begin(Stage stage, Phase phase);
    template<class Ask> void ask(Stage stage, Ask&& question);
    void answer(Stage stage, const Reply& reply);
    void answer_end(const Verdict& verdict);
    void ask_end_of_message();
    void give_up_reply();
    void message_over();
    void drop_message();
    void fail(ProtocolError error);
    void handler_failed() { ++mishaps_.exceptions, failed_ = true; }

    std::function<void()> answered_;
    std::unique_ptr<Handler> handler_;
    FrameReader reader_;
    Macros macros_;
    std::string output_;
    Negotiated terms_;
    StageSet replies_;
    std::optional<ProtocolError> error_;
    std::optional<Reply> chunk_reply_; ///< of the body packet whose pieces are coming
    std::unique_ptr<Verdict> given_;   ///< the answer that has come, until resume()
    Mishaps mishaps_;
    std::uint64_t steps_ = 0;
    Phase phase_ = Phase::start;
    Awaited awaited_ = Awaited::nothing;
    Stage awaited_at_ = Stage::connect;
    Ending ending_ = Ending::none;
    bool failed_ = false; ///< the handler threw or was given up in this message: it ends in defer
};

} // namespace bonafide::io::milter
