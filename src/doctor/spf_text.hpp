// Records as text: recognising what was meant to be one, and writing what should stand there instead.
#pragma once

#include "base/ip.hpp"
#include "spf/record.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// Begins like an SPF record once white space and quotes are taken off, or misspells the version ("v=spf", "v=spf2", "spf1 include:...").
[[nodiscard]] bool is_meant_as_spf(std::string_view text);
/// Without what stands around it, and with the version written as it must be.
[[nodiscard]] std::string straightened(std::string_view text);

/// The terms after the version.
[[nodiscard]] std::vector<std::string> spf_terms(std::string_view text);
/// "v=spf1" and the terms.
[[nodiscard]] std::string spf_record(std::span<const std::string> terms);

/// With its "all" (of any qualifier) replaced, or added at the end; redirect= goes when there is one.
[[nodiscard]] std::string with_all(std::string_view text, std::string_view all);
/// Without the terms for which `drop` is true.
[[nodiscard]] std::string without(std::string_view text, const std::function<bool(std::string_view term)>& drop);
/// With ip4: or ip6: added in front of "all".
[[nodiscard]] std::string with_address(std::string_view text, const ip::Address& address);
/// All mechanisms of all records once, and the softer of their "all": nobody who may send now is turned away.
[[nodiscard]] std::string merged(std::span<const std::string> texts);

} // namespace bonafide::doctor
