// Between libunbound's words and ours: a name as it wants it, its result as an Answer. Pure functions.
#pragma once

#include "base/limits.hpp"
#include "dns/question.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct ub_result;

namespace bonafide::io {

/// The raw label bytes of a normalized name as RFC 1035 5.1 writes them: everything but letters, digits, '-' and '_' as \DDD, so that no
/// byte of a name from the network means anything to a parser.
[[nodiscard]] std::string presentation_name(std::string_view name);

/// An uncompressed wire-format name at the start of `wire`, normalized; "" for the root. Nothing when it is cut off or too long, or when a
/// label holds a '.', which our text form cannot tell from two labels.
[[nodiscard]] std::optional<std::string> read_wire_name(std::string_view wire);

/// The character-strings of a TXT record's data joined with nothing between; nothing when they do not fill it exactly.
[[nodiscard]] std::optional<std::string> read_character_strings(std::string_view data);

/// Does a CNAME record stand in the answer section of this whole DNS message?
[[nodiscard]] bool holds_cname(std::string_view message);

/// `unsigned_state`: what an answer counts as that was neither secure nor bogus (insecure with validation, else indeterminate).
/// Records whose data cannot be read are left out; when none is left the answer is serv_fail.
[[nodiscard]] dns::Answer read_answer(const ub_result& result, dns::Type type, dns::Dnssec unsigned_state,
                                      const Limits& limits);

/// What the answer to the DNSSEC probe (the trust anchor's DNSKEY, asked with validation) says about the servers.
enum class ProbeOutcome : std::uint8_t {
    secure,   ///< they pass signatures on
    stripped, ///< they answer, but nothing that validates
    silent,   ///< they do not answer, or only with failures; also for null
};
[[nodiscard]] ProbeOutcome read_probe(const ub_result* result);

} // namespace bonafide::io
