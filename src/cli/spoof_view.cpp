#include "cli/spoof.hpp"
#include "cli/table.hpp"
#include "verdict/judgement.hpp"
#include "verdict/signals.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>

namespace bonafide::cli::spoof {
namespace {

namespace json = boost::json;
using Kind = verdict::Infrastructure::Kind;
using PairAction = verdict::SpoofPair::Action;

constexpr unsigned blocked_by_list = 2; // reason code

std::string meaning_of(const io::store::SpoofRow& row) {
    for (const verdict::Reason& reason : verdict::reasons())
        if (reason.code == row.last_reason && to_text(reason.result) == row.last_compauth)
            return std::string(reason.when);
    return fmt::format("compauth {} {}", row.last_compauth, verdict::reason_text(row.last_reason));
}

const verdict::SpoofPair* find_pair(const io::store::SpoofRow& row, const verdict::Lists& lists,
                                    const dns::PublicSuffixList& suffixes) {
    const auto infrastructure = parse_infrastructure(row.infrastructure);
    if (!infrastructure) return nullptr;
    std::optional<ip::Address> client;
    if (infrastructure->kind == Kind::network)
        if (const auto network = ip::Prefix::parse(infrastructure->name)) client = network->address;
    return lists.pairs.find(row.author_domain, {&*infrastructure, 1}, client, suffixes);
}

std::string_view list_of(PairAction action) {
    return verdict::to_text(action == PairAction::allow ? verdict::ListName::allow_pairs
                                                        : verdict::ListName::block_pairs);
}

View listed_view(const verdict::SpoofPair& pair) {
    const std::string_view list = list_of(pair.action);
    return {pair.action == PairAction::allow ? Action::allowed : Action::blocked,
            fmt::format("{} has {}{}", list, pair.text(), pair.note.empty() ? "" : ": " + pair.note),
            fmt::format("bonafide lists remove {} {}", list, shell_word(pair.text())), true};
}

/// The command that lists the pair the other way.
std::string change_of(const io::store::SpoofRow& row, Action action) {
    const auto infrastructure = parse_infrastructure(row.infrastructure);
    if (!infrastructure) return {};
    const PairAction wanted = action == Action::allowed ? PairAction::block : PairAction::allow;
    const auto pair = verdict::SpoofPair::parse(fmt::format("{}, {}", row.author_domain, infrastructure->name), wanted);
    if (!pair) return {};
    return fmt::format("bonafide lists add {} {}", list_of(wanted), shell_word(pair->text()));
}

} // namespace

std::string_view to_text(Mode mode) { return mode == Mode::insight ? "insight" : "what-if"; }
std::string_view to_text(Action action) { return action == Action::allowed ? "allowed" : "blocked"; }

std::optional<verdict::Infrastructure> parse_infrastructure(std::string_view text) {
    for (const Kind kind : {Kind::ptr, Kind::network, Kind::dkim}) {
        const std::string_view word = verdict::to_text(kind);
        if (text.starts_with(word) && text.substr(word.size()).starts_with(':'))
            return verdict::Infrastructure{kind, std::string(text.substr(word.size() + 1))};
    }
    return {};
}

View view_of(const io::store::SpoofRow& row, const verdict::Lists& lists, const dns::PublicSuffixList& suffixes,
             Mode mode, std::optional<double> other_score) {
    const verdict::SpoofPair* pair = mode == Mode::insight ? find_pair(row, lists, suffixes) : nullptr;
    if (pair != nullptr) return listed_view(*pair);
    View view;
    view.action = row.last_compauth == "fail" ? Action::blocked : Action::allowed;
    view.why = meaning_of(row);
    if (row.last_reason == blocked_by_list && mode == Mode::insight) {
        view.why += "; it is listed no more";
    } else if (row.last_reason == blocked_by_list && other_score) {
        view.action = *other_score < 0 ? Action::blocked : Action::allowed;
        view.why = fmt::format("without the list all evidence amounts to {:+g}", *other_score);
    }
    view.change = change_of(row, view.action);
    return view;
}

std::optional<double> score_without_lists(std::string_view document) {
    boost::system::error_code failed;
    const json::value whole = json::parse(document, failed);
    if (failed) return {};
    const json::value* evidence = whole.find_pointer("/verdict/compauth/evidence", failed);
    if (failed || evidence == nullptr || !evidence->is_array() || evidence->as_array().empty()) return {};
    using verdict::SignalId;
    const auto name_of = [](SignalId id) { return verdict::signals()[static_cast<std::size_t>(id)].name; };
    double score = 0;
    for (const json::value& one : evidence->as_array()) {
        const json::value* signal = one.find_pointer("/signal", failed);
        const json::value* points = one.find_pointer("/points", failed);
        if (signal == nullptr || points == nullptr || !signal->is_string() || !points->is_number()) continue;
        const std::string_view name = signal->as_string();
        if (name != name_of(SignalId::blocked_pair) && name != name_of(SignalId::allowed_pair))
            score += points->to_number<double>();
    }
    return score;
}

} // namespace bonafide::cli::spoof
