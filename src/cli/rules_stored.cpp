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
    engine::look_up(*message, regime);
    const Level last = message->ended.value_or(Level::judged); // of which something is known
    policy::RuleReporter reporter(*regime.acting->rules, regime.acting->modes);
    const auto ask = [&](Level level) {
        if (level <= last) reporter.ask({message->facts, judgement, message->around, level, {}});
    };
    for (const Level level : {Level::connect, Level::helo, Level::mail}) ask(level);
    std::vector<std::string>& recipients = message->facts.envelope.recipients;
    for (const engine::RefusedRecipient& one : message->refused) recipients.push_back(one.recipient);
    for (const std::string& recipient : recipients)
        reporter.ask_recipient({message->facts, nullptr, message->around, Level::rcpt, recipient});
    recipients.resize(recipients.size() - message->refused.size());
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
