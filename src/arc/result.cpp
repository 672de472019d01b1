#include "arc/result.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::arc {
namespace {

constexpr std::array<std::string_view, 3> statuses{"none", "pass", "fail"};
constexpr std::array<std::string_view, 3> checks{"skipped", "pass", "fail"};
constexpr std::array<std::string_view, 20> codes{"ok",
                                                 "no-chain",
                                                 "header-incomplete",
                                                 "bad-instance",
                                                 "too-many-sets",
                                                 "reported-failed",
                                                 "duplicate-field",
                                                 "missing-set",
                                                 "missing-field",
                                                 "bad-seal",
                                                 "seal-names-headers",
                                                 "bad-chain-status",
                                                 "bad-message-signature",
                                                 "signs-seal",
                                                 "message-signature-key",
                                                 "body-changed",
                                                 "header-changed",
                                                 "seal-key",
                                                 "seal-broken",
                                                 "failed-at-arrival"};
static_assert(codes.size() == static_cast<std::size_t>(Code::failed_at_arrival) + 1);

} // namespace

std::string_view to_text(Status status) { return statuses.at(static_cast<std::size_t>(status)); }

std::string_view to_text(Check check) { return checks.at(static_cast<std::size_t>(check)); }

std::string_view to_text(Code code) { return codes.at(static_cast<std::size_t>(code)); }

std::optional<Status> parse_status(std::string_view text) {
    const auto name = std::ranges::find_if(statuses, [&](std::string_view n) { return ascii::iequals(n, text); });
    if (name == statuses.end()) return {};
    return static_cast<Status>(name - statuses.begin());
}

authres::MethodResult method_result(const Outcome& outcome, const std::optional<ip::Address>& client) {
    authres::MethodResult result;
    result.method = "arc"; // RFC 8617 10.1
    result.result = to_text(outcome.result);
    result.comment = outcome.reason;
    // RFC 8617 10.2
    if (client) result.properties.push_back({"smtp", "remote-ip", client->text()});
    if (outcome.result == Status::pass)
        result.properties.push_back({"header", "oldest-pass", fmt::format("{}", outcome.oldest_pass)});
    return result;
}

} // namespace bonafide::arc
