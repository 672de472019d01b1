// Bytes from the MTA -> packets, cut anywhere, and packets -> arguments. Pure.
//
// Body packets are passed on piece by piece as they arrive and are never held. Of everything else only a packet that is not yet complete
// is kept, growing with the bytes that came (never with the length that was claimed), up to the rows of ProtocolLimits.
#pragma once

#include "io/milter_handler.hpp"
#include "io/milter_protocol.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::io::milter {

/// A whole packet, or a piece of one that carries body bytes.
struct Frame {
    Command command = Command::abort;
    std::string_view arguments; ///< body and end_of_message: the body bytes of this piece, maybe none
    bool complete = true;       ///< false: more pieces of this packet follow
};

class FrameReader {
  public:
    using Next = std::expected<std::optional<Frame>, ProtocolError>;

    /// Gives bytes that next() will go through; they must stay where they are until next() returns nothing, or keep() was called.
    void feed(std::string_view bytes) { input_ = bytes; }
    /// The next packet or piece; nothing when the bytes are used up. Its view lives until the next call of anything here. After an error
    /// only destruction makes sense.
    [[nodiscard]] Next next();
    /// Copies the bytes not yet gone through, so that the caller's buffer is free.
    void keep();
    /// Bytes copied and not yet gone through.
    [[nodiscard]] std::size_t kept() const { return kept_.size() - kept_at_; }
    /// In the middle of a packet or not: at the end of a connection tells a cut one from a clean one.
    [[nodiscard]] bool inside_packet() const { return body_left_ > 0 || kept() > 0; }

  private:
    static constexpr std::size_t head_bytes = 5; // length and letter

    [[nodiscard]] Next next_kept();
    [[nodiscard]] bool fill_kept(std::size_t wanted);
    [[nodiscard]] std::optional<Frame> body_piece(std::string_view available);
    void use_kept(std::size_t count);

    std::string kept_;
    std::size_t kept_at_ = 0;
    std::string_view input_;
    std::size_t body_left_ = 0; ///< bytes still to come of the body packet under way
    Command body_command_ = Command::body;
};

struct Offer {
    std::uint32_t version = 0;
    std::uint32_t actions = 0;
    std::uint32_t steps = 0;
    bool operator==(const Offer&) const = default;
};
struct Field {
    std::string_view name;
    std::string_view value;
};
/// The path and the ESMTP parameters of MAIL or RCPT.
class Arguments {
  public:
    [[nodiscard]] std::string_view path() const { return strings_[0]; }
    [[nodiscard]] std::span<const std::string_view> parameters() const {
        return std::span{strings_}.subspan(1, count_ - 1);
    }

  private:
    friend std::expected<Arguments, Fault> read_arguments(std::string_view packet);
    std::array<std::string_view, protocol_limits.parameters + 1> strings_;
    std::size_t count_ = 0;
};

[[nodiscard]] std::expected<Offer, Fault> read_offer(std::string_view packet);
[[nodiscard]] std::expected<Client, Fault> read_client(std::string_view packet);
[[nodiscard]] std::expected<std::string_view, Fault> read_string(std::string_view packet);
[[nodiscard]] std::expected<Arguments, Fault> read_arguments(std::string_view packet);
[[nodiscard]] std::expected<Field, Fault> read_field(std::string_view packet);

} // namespace bonafide::io::milter
