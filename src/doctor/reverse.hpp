// Reverse DNS of the addresses that send for the domain: a PTR record, and a name that leads back (FCrDNS).
#pragma once

#include "dns/flow.hpp"
#include "doctor/finding.hpp"
#include "doctor/survey.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace bonafide::doctor {

inline constexpr std::size_t most_sending_addresses = 16;
inline constexpr std::size_t most_ptr_names = 10; ///< of one address; the rest is not looked at

struct SendingAddress {
    ip::Address address;
    std::string from; ///< the SPF term that lists it; empty: it is known to send
};
/// Those that are known; where none is, the single addresses in the domain's own SPF record and what its "a" and "mx" stand for: not what
/// its includes list, which is their operators' matter. Each once, none that is off the internet.
[[nodiscard]] std::vector<SendingAddress> sending_addresses(const Survey& survey);

[[nodiscard]] dns::Flow<ReverseAddress> survey_reverse(SendingAddress sending);
void judge_reverse(const Survey& all, std::vector<Finding>& findings);

} // namespace bonafide::doctor
