// A bounce taken apart: what a delivery status notification (RFC 3464) says of itself, and the message it returns. Broken ones, those that
// are cut off and those in free text give what can be found; nothing is an error.
#pragma once

#include "mail/header.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_nested_parts = 8;
inline constexpr std::size_t most_parts = 50;

struct DeliveryStatus {
    std::vector<std::string> diagnostics{}; ///< Diagnostic-Code without its type, or Status where there is none
    std::string status{};                   ///< "5.7.26" of the first recipient that failed
    std::string remote_mta{};               ///< without its type
    std::string recipient{};                ///< Final-Recipient, else Original-Recipient, X-Failed-Recipients
    std::string sender{};                   ///< X-Postfix-Sender, Return-Path of the returned message
    std::string text{};                     ///< the human part and all else that is text, decoded
    mail::HeaderBlock returned{};           ///< header of the message that came back; empty: none
    std::string returned_message{}; ///< that message with its body, where it came back whole; empty: header only
    bool any_success = false, any_trouble = false, delayed = false; ///< by the Action fields (RFC 3464 2.3.3)
    bool is_report = false;                                         ///< there is a message/delivery-status part
};

/// `message`: a whole message, header and body.
[[nodiscard]] DeliveryStatus read_delivery_status(std::string_view message);

/// Looks like a bounce by its header: a report, or from a mailer-daemon, or a failed recipient.
[[nodiscard]] bool is_bounce(const mail::HeaderBlock& header);

} // namespace bonafide::doctor
