// The envelope of a stored message, read back from what the receiving MTA wrote at its top: Received (RFC 5321 4.4) and Return-Path.
// Only the topmost Received and the topmost Return-Path are believed: they are the ones the last MTA added; and, below them, what
// relays that the administrator named wrote.
#pragma once

#include "base/ip.hpp"
#include "mail/header.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace bonafide::mail {

struct StoredEnvelope {
    std::optional<ip::Address>
        client;                    ///< address literal of the from-clause's TCP-info: "from helo (host [192.0.2.1])"
    std::string helo;              ///< the name after "from"; empty when unknown
    std::uint32_t fields_read = 0; ///< Received fields with a from-clause at the top that told this
    std::optional<std::string>
        mail_from; ///< of Return-Path without brackets; "" for <>; none when there is no Return-Path
};

[[nodiscard]] StoredEnvelope read_stored_envelope(const HeaderBlock& header);

/// Who handed a message to somebody.
struct Sender {
    std::optional<ip::Address> client; ///< none: the field of the last relay cannot be read
    std::string helo;
    std::uint32_t relays = 0; ///< of ours that the message passed after it
};

/// Received fields looked at for the original client.
constexpr std::uint32_t most_relays = 50;

/// The last client that is none of our relays ("skip listing"). `direct` handed the message to us; while that is one of `relays`, the
/// next Received field from the top was written by it and tells who handed the message to it. `already_read`: how many fields with a
/// from-clause at the top are behind `direct` (a stored message: 1, the receiving MTA's own). A relay's hand-over to itself over
/// loopback is passed too. Client none when the trail ends within our relays, or is longer than most_relays.
[[nodiscard]] Sender find_original_client(const HeaderBlock& header, Sender direct, std::span<const ip::Prefix> relays,
                                          std::uint32_t already_read);

} // namespace bonafide::mail
