// Any bytes as an MTA-STS policy and as its record: errors point into the text; what was read, written out, reads as the same; a host that
// a pattern names is matched by it, and no other depth is.
#include "doctor/mta_sts.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace bonafide;
using namespace bonafide::doctor;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

std::string print(const StsPolicy& policy) {
    std::string text = "version: STSv1\r\nmode: ";
    text += policy.mode == StsMode::enforce ? "enforce" : policy.mode == StsMode::testing ? "testing" : "none";
    for (const std::string& host : policy.mx) text += "\r\nmx: " + host;
    return text + "\r\nmax_age: " + std::to_string(policy.max_age) + "\r\n";
}

void policy(std::string_view text) {
    const Expected<StsPolicy> policy = parse_sts_policy(text);
    if (!policy) {
        require(policy.error().position <= text.size() && !policy.error().text.empty());
        return;
    }
    require(text.size() <= most_sts_bytes && policy->mx.size() <= most_sts_hosts && policy->max_age <= most_sts_age);
    require(policy->mode == StsMode::none || !policy->mx.empty());
    for (const std::string& pattern : policy->mx) {
        const bool wild = pattern.starts_with("*.");
        require(matches(*policy, wild ? "x" + pattern.substr(1) : pattern));
        require(pattern.find('*', wild ? 1 : 0) == std::string::npos);
        if (wild) require(!matches({.mx = {pattern}}, pattern.substr(2)));
        if (wild) require(!matches({.mx = {pattern}}, "x.y" + pattern.substr(1)));
    }
    const std::string printed = print(*policy);
    if (printed.size() > most_sts_bytes) return;
    const Expected<StsPolicy> again = parse_sts_policy(printed);
    require(again.has_value());
    require(again->mode == policy->mode && again->max_age == policy->max_age && again->mx == policy->mx);
}

void record(const std::string& text) {
    const Expected<void> checked = check_sts_record(text);
    if (!checked) {
        require(checked.error().position <= text.size() && !checked.error().text.empty());
        return;
    }
    require(sts_records({"v=spf1 -all", text}) == std::vector<std::string>{text});
    require(text.find("id=") != std::string::npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    policy(text);
    record(text);
    return 0;
}
