#include "policy/override_reason.hpp"

#include "base/escape.hpp"

#include <fmt/format.h>
#include <ranges>

namespace bonafide::policy {
namespace {

/// Who gave the message to the first sealer (RFC 8617 10.2: smtp.remote-ip).
std::string first_client(const arc::Instance& first) {
    if (!first.results) return {};
    for (const authres::MethodResult& result : first.results->results)
        for (const authres::Property& property : result.properties)
            if (property.type == "smtp" && property.name == "remote-ip") return property.value;
    return {};
}

} // namespace

std::string_view to_text(OverrideReason::Type type) {
    using enum OverrideReason::Type;
    switch (type) {
    case local_policy: return "local_policy";
    case mailing_list: return "mailing_list";
    case other: return "other";
    case policy_test_mode: return "policy_test_mode";
    case trusted_forwarder: return "trusted_forwarder";
    }
    return "other";
}

std::string arc_comment(const arc::Outcome& chain) {
    constexpr std::size_t most_bytes = 1000;
    std::string text = fmt::format("arc={}", to_text(chain.result));
    for (const arc::Instance& set : chain.instances | std::views::reverse)
        text += fmt::format(" as[{0}].d={1} as[{0}].s={2}", set.number, set.seal.domain, set.seal.selector);
    if (!chain.instances.empty() && chain.instances.front().number == 1)
        if (const std::string client = first_client(chain.instances.front()); !client.empty())
            text += " remote-ip[1]=" + client;
    return escape::line(text, most_bytes);
}

} // namespace bonafide::policy
