#include "cli/rules_stored.hpp"

#include <utility>

namespace bonafide::cli {

using policy::Level;

Expected<StoredRules> try_stored(const io::store::Found& found, const engine::Regime& regime,
                                 const dns::PublicSuffixList& suffixes) {
    auto message = engine::read_message(found.message.document, found.message.packed);
    if (!message) return std::unexpected(message.error());
    const auto judged = engine::judge_again(*message, regime, suffixes);
    const verdict::Judgement* judgement = judged ? &*judged : nullptr;
    engine::look_up_lists(*regime.lists, message->facts, message->around);
    policy::RuleReporter reporter(*regime.acting->rules, regime.acting->modes);
    const auto ask = [&](Level level) { reporter.ask({message->facts, judgement, message->around, level, {}}); };
    for (const Level level : {Level::connect, Level::helo, Level::mail}) ask(level);
    for (const std::string& recipient : message->facts.envelope.recipients)
        reporter.ask_recipient({message->facts, nullptr, message->around, Level::rcpt, recipient});
    for (const Level level : {Level::rcpt, Level::data, Level::judged}) ask(level);
    return StoredRules{.id = found.message.id,
                       .time = found.message.time,
                       .action = found.message.action,
                       .envelope = message->facts.envelope,
                       .gaps = message->gaps,
                       .reports = reporter.reports(),
                       .fate = engine::decide_again(*message, judgement, regime, suffixes)};
}

} // namespace bonafide::cli
