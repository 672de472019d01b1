#include "engine/sealing.hpp"

#include "arc/seal.hpp"
#include "base/escape.hpp"
#include "engine/header_edits.hpp"
#include "policy/value_set.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::engine {
namespace {

using policy::HeaderEdit;

} // namespace

std::string_view to_text(SealReport::Result result) {
    switch (result) {
    case SealReport::Result::not_asked: return "not-asked";
    case SealReport::Result::sealed: return "sealed";
    case SealReport::Result::unsealed: return "unsealed";
    case SealReport::Result::failed: return "failed";
    }
    return "unknown";
}

bool SealingPolicy::is_second_hop(std::string_view listener) const {
    return std::ranges::find(listeners, listener) != listeners.end();
}

bool SealingPolicy::has_recipient(const std::vector<std::string>& of_message) const {
    if (recipients == nullptr) return false;
    return std::ranges::any_of(of_message,
                               [&](const std::string& one) { return recipients->has(policy::Type::address, one); });
}

Sealer::Sealer(const SealingPolicy& policy, mail::HeaderBlock header, dkim::BodyHashes& bodies)
    : domain_(policy.domain), header_(std::move(header)) {
    if (!policy.keys.empty()) choice_.emplace(policy.keys, policy.care);
    bodies.want(dkim::Canonicalization::relaxed);
}

void Sealer::start(Driver& driver, std::function<void()> progress) {
    if (choice_) choice_->start(driver, std::move(progress));
}

SealReport Sealer::seal(policy::Decision& decision, const dkim::BodyHashes& bodies, const Basis& basis,
                        const Limits& limits) {
    SealReport report;
    const auto without = [&](SealReport::Result result, std::string why) {
        report.result = result;
        report.why = std::move(why);
        return std::move(report);
    };
    if (!is_let_through(decision)) return without(SealReport::Result::unsealed, "the message is not let through");
    if (choice_) report.troubles = choice_->troubles();
    const SigningKey* const key = choice_ ? choice_->chosen() : nullptr;
    if (key == nullptr)
        return without(SealReport::Result::failed,
                       report.troubles.empty()
                           ? fmt::format("there is no active RSA key of {}", escape::shortened(domain_))
                           : report.troubles.back().why);
    report.domain = key->domain();
    report.selector = key->selector();
    const auto private_key = key->private_key();
    if (!private_key) return without(SealReport::Result::failed, private_key.error().text);
    const mail::HeaderBlock header = with_edits(header_, decision.edits, limits);
    arc::SealRequest request{.domain = key->domain(),
                             .selector = key->selector(),
                             .authserv_id = basis.authserv_id,
                             .signed_headers = {},
                             .time = basis.now,
                             .client = basis.client};
    auto sealed = arc::seal(header, bodies, basis.chain, basis.results, **private_key, request);
    if (!sealed) return without(SealReport::Result::failed, sealed.error().text);
    if (!sealed->set) return without(SealReport::Result::unsealed, sealed->why_not);
    for (auto& [name, value] : {std::pair("ARC-Authentication-Results", &sealed->set->results),
                                {"ARC-Message-Signature", &sealed->set->message_signature},
                                {"ARC-Seal", &sealed->set->seal}})
        decision.edits.push_back({HeaderEdit::Kind::insert_top, name, std::move(*value), 0});
    report.result = SealReport::Result::sealed;
    report.instance = sealed->set->instance;
    report.cv = sealed->set->cv;
    return report;
}

} // namespace bonafide::engine
