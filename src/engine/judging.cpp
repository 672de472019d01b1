#include "engine/judging.hpp"

#include "engine/acting.hpp"
#include "engine/ledger.hpp"
#include "engine/transaction.hpp"

namespace bonafide::engine {

Tuning make_tuning(const Settings& settings) {
    Tuning tuning;
    for (const std::string& text : settings.compauth.weights) static_cast<void>(tuning.weights.assign(text));
    for (const std::string& text : settings.compauth.thresholds) static_cast<void>(tuning.thresholds.assign(text));
    return tuning;
}

std::shared_ptr<const verdict::Lists> make_lists(const Settings& settings, const dns::PublicSuffixList& suffixes,
                                                 std::int64_t now) {
    return verdict::build_lists(configured_lists(settings), {}, now, suffixes);
}

void complete(Context& context) {
    if (context.lists == nullptr)
        context.lists = make_lists(*context.settings, *context.suffixes, context.clock.unix_time());
    if (context.tuning == nullptr) context.tuning = std::make_shared<const Tuning>(make_tuning(*context.settings));
    if (context.acting == nullptr) context.acting = std::make_shared<const Acting>(make_acting(*context.settings));
}

} // namespace bonafide::engine
