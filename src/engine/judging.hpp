// What judging goes by that comes from the settings, made of them once per reload.
#pragma once

#include "engine/settings.hpp"
#include "verdict/lists.hpp"
#include "verdict/signals.hpp"

#include <cstdint>
#include <memory>

namespace bonafide::engine {

struct Tuning {
    verdict::Weights weights;
    verdict::Thresholds thresholds;
    bool operator==(const Tuning&) const = default;
};
/// The settings' texts were checked when they were read; one that is no good all the same is left out.
[[nodiscard]] Tuning make_tuning(const Settings& settings);

/// The lists of the settings alone, where there is no ledger.
[[nodiscard]] std::shared_ptr<const verdict::Lists> make_lists(const Settings& settings,
                                                               const dns::PublicSuffixList& suffixes, std::int64_t now);

struct Context;
/// Fills in what the context lacks of lists, tuning and acting, so that not every connection makes its own.
void complete(Context& context);

} // namespace bonafide::engine
