// Reverse DNS confirmed by forward DNS (RFC 8601 3). Only addresses of the client's family can match, so one forward question a name is
// enough; the first name that resolves back ends the check.
#include "iprev/iprev.hpp"

#include "base/escape.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::iprev {
namespace {

Outcome conclude(Outcome outcome, Result result, std::string reason) {
    outcome.result = result;
    outcome.reason = std::move(reason);
    return outcome;
}

/// The names to try: askable, each once, at most the limit (RFC 8601 3: MUST be limited).
std::vector<std::string> usable_names(const std::vector<std::string>& names, const Limits& limits) {
    std::vector<std::string> result;
    for (const std::string& name : names) {
        if (result.size() >= limits.iprev_names) break;
        if (dns::is_valid(name) && std::find(result.begin(), result.end(), name) == result.end())
            result.push_back(name);
    }
    return result;
}

} // namespace

std::string_view to_text(Result result) {
    switch (result) {
    case Result::pass: return "pass";
    case Result::fail: return "fail";
    case Result::temperror: return "temperror";
    case Result::permerror: return "permerror";
    }
    return "unknown";
}

dns::Flow<Outcome> check(ip::Address client, Limits limits) {
    Outcome outcome;
    outcome.client = client;
    const std::string address = client.text();

    const dns::Answer reverse = co_await dns::ask(client.reverse_name(), dns::Type::ptr, "reverse DNS name (iprev)");
    if (reverse->temporary())
        co_return conclude(std::move(outcome), Result::temperror,
                           fmt::format("the reverse DNS name of {} could not be looked up ({})", address,
                                       dns::to_text(reverse->status)));
    outcome.names = usable_names(reverse->names, limits);
    if (outcome.names.empty()) // RFC 8601 2.7.3: no PTR data is permerror
        co_return conclude(std::move(outcome), Result::permerror, fmt::format("{} has no reverse DNS name", address));

    const dns::Type type = client.is_v4() ? dns::Type::a : dns::Type::aaaa;
    std::string failed; // the first name whose look-up failed
    for (std::size_t i = 0; i < outcome.names.size(); ++i) {
        const dns::Answer forward =
            co_await dns::ask(outcome.names[i], type, "address of the reverse DNS name (iprev)");
        if (std::find(forward->addresses.begin(), forward->addresses.end(), client) != forward->addresses.end()) {
            outcome.name = outcome.names[i];
            std::string reason =
                fmt::format("{} is {} in reverse and forward DNS", address, escape::line(outcome.name));
            co_return conclude(std::move(outcome), Result::pass, std::move(reason));
        }
        if (forward->temporary() && failed.empty()) failed = outcome.names[i];
    }
    if (!failed.empty())
        co_return conclude(std::move(outcome), Result::temperror,
                           fmt::format("the address of {}, the reverse DNS name of {}, could not be looked up",
                                       escape::line(failed), address));
    std::string reason = fmt::format("{} calls itself {} in reverse DNS, but that name does not lead back to it",
                                     address, escape::line(outcome.names.front()));
    co_return conclude(std::move(outcome), Result::fail, std::move(reason));
}

} // namespace bonafide::iprev
