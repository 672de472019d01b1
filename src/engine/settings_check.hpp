// Judges of single texts in the configuration: each says nothing, or why the text will not do ("\"x\" is no IP address").
#pragma once

#include "base/error.hpp"
#include "policy/reply.hpp"

#include <span>
#include <string_view>

namespace bonafide::engine {

[[nodiscard]] Expected<void> check_milter_address(std::string_view text);     ///< server.listen
[[nodiscard]] Expected<void> check_dns_server(std::string_view text);         ///< "IP" or "IP@PORT"
[[nodiscard]] Expected<void> check_host_port_or_empty(std::string_view text); ///< "IP:PORT", "[IPv6]:PORT" or ""
[[nodiscard]] Expected<void>
check_authserv_id(std::string_view text); ///< "" or what needs no quoting in RFC 8601's authserv-id
[[nodiscard]] Expected<void> check_field_name(std::string_view text); ///< of a header field, RFC 5322 2.2
/// Authentication-Results, or an X- field that Bonafide does not stamp besides.
[[nodiscard]] Expected<void> check_results_field(std::string_view text);
[[nodiscard]] Expected<void> check_word(std::string_view text); ///< printable, not empty, no blanks
[[nodiscard]] Expected<void> check_not_empty(std::string_view text);
[[nodiscard]] Expected<void> check_path_or_empty(std::string_view text);   ///< absolute path or ""
[[nodiscard]] Expected<void> check_log_target(std::string_view text);      ///< "stderr", "journald" or an absolute path
[[nodiscard]] Expected<void> check_ledger_path(std::string_view text);     ///< "auto", absolute path or ""
[[nodiscard]] Expected<void> check_weight(std::string_view text);          ///< verdict::Weights::assign
[[nodiscard]] Expected<void> check_threshold(std::string_view text);       ///< verdict::Thresholds::assign
[[nodiscard]] Expected<void> check_domain_entry(std::string_view text);    ///< "example.com" or ".example.com"
[[nodiscard]] Expected<void> check_sender_entry(std::string_view text);    ///< likewise, or "ann@example.com"
[[nodiscard]] Expected<void> check_recipient_entry(std::string_view text); ///< likewise, or "postmaster@"
[[nodiscard]] Expected<void> check_smtp_server_or_empty(std::string_view text);   ///< "IP:PORT", "[IPv6]:PORT" or ""
[[nodiscard]] Expected<void> check_notice_sender_or_empty(std::string_view text); ///< an address without quotes or ""

/// policy::Reply::parse, and none that closes the connection.
[[nodiscard]] Expected<void> check_reply(std::string_view text, policy::Reply::Class wanted, policy::Level known_at,
                                         std::span<const policy::Field> own = {});

} // namespace bonafide::engine
