// Reverse DNS confirmed by forward DNS (RFC 8601 2.7.3, 3).
#pragma once

#include "base/ip.hpp"
#include "base/limits.hpp"
#include "dns/flow.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::iprev {

enum class Result : std::uint8_t { pass, fail, temperror, permerror };
[[nodiscard]] std::string_view to_text(Result result);

struct Outcome {
    Result result = Result::permerror;
    ip::Address client;
    std::string name;               ///< the confirmed PTR name (first that resolves back); empty unless pass
    std::vector<std::string> names; ///< all PTR names, at most the limit
    std::string reason;             ///< one plain sentence, escaped
};

/// pass: some PTR name resolves back to the address; fail: names exist, none does; permerror: no PTR; temperror: DNS failed.
[[nodiscard]] dns::Flow<Outcome> check(ip::Address client, Limits limits);

} // namespace bonafide::iprev
