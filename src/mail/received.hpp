// The envelope of a stored message, read back from what the receiving MTA wrote at its top: Received (RFC 5321 4.4) and Return-Path.
// Only the topmost Received and the topmost Return-Path are believed: they are the ones the last MTA added.
#pragma once

#include "base/ip.hpp"
#include "mail/header.hpp"

#include <optional>
#include <string>

namespace bonafide::mail {

struct StoredEnvelope {
    std::optional<ip::Address>
        client;       ///< address literal of the from-clause's TCP-info: "from helo (host [192.0.2.1])"
    std::string helo; ///< the name after "from"; empty when unknown
    std::optional<std::string>
        mail_from; ///< of Return-Path without brackets; "" for <>; none when there is no Return-Path
};

[[nodiscard]] StoredEnvelope read_stored_envelope(const HeaderBlock& header);

} // namespace bonafide::mail
