// Records as text: recognising what was meant to be one, and writing what should stand there instead.
#pragma once

#include "base/ip.hpp"
#include "spf/record.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// Begins like an SPF record once white space, quotes and a pasted beginning of a line are taken off, or misspells the version ("v=spf", "v=spf2", "spf1 include:...").
[[nodiscard]] bool is_meant_as_spf(std::string_view text);
/// Without what stands around it, and with the version written as it must be.
[[nodiscard]] std::string straightened(std::string_view text);

/// With ASCII blanks and hyphens where editors and web pages left others, without quotes, commas and semicolons.
[[nodiscard]] std::string with_plain_characters(std::string_view text);

/// The terms after the version.
[[nodiscard]] std::vector<std::string> spf_terms(std::string_view text);
/// "v=spf1" and the terms.
[[nodiscard]] std::string spf_record(std::span<const std::string> terms);

/// With its "all" (of any qualifier) replaced, or added at the end; what stands behind it goes, and redirect= too.
[[nodiscard]] std::string with_all(std::string_view text, std::string_view all);
/// With the first "all", which is the one in force, moved to the end, so that what stood behind it counts; redirect= becomes an include.
[[nodiscard]] std::string with_all_last(std::string_view text);
/// Without the terms for which `drop` is true.
[[nodiscard]] std::string without(std::string_view text, const std::function<bool(std::string_view term)>& drop);
/// With ip4: or ip6: added in front of "all".
[[nodiscard]] std::string with_address(std::string_view text, const ip::Address& address);
/// Likewise, in front of all terms: no other is looked at for this address.
[[nodiscard]] std::string with_address_first(std::string_view text, const ip::Address& address);
/// With a mechanism added in front of "all".
[[nodiscard]] std::string with_mechanism(std::string_view text, std::string mechanism);
/// All mechanisms of all records once, and the softer of their "all": nobody who may send now is turned away.
[[nodiscard]] std::string merged(std::span<const std::string> texts);

/// Whether a term of the text could let somebody send: anything but "all", redirect= and other modifiers, and what is not "+".
[[nodiscard]] bool names_a_sender(std::string_view text);
/// One record that was cut into two TXT records, put together; nothing: `rest` does not go on where `text` ends.
[[nodiscard]] std::optional<std::string> rejoined(std::string_view text, std::string_view rest);

} // namespace bonafide::doctor
