#include "conformance/differences.hpp"

#include <fmt/format.h>
#include <set>

namespace bonafide::conformance {
namespace {

std::string_view suite_of(std::string_view id) { return id.substr(0, id.find('/')); }

} // namespace

Expected<Differences> parse_differences(std::string_view text) {
    Differences differences;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.empty() || line.starts_with('#')) continue;
        const auto first = line.find('\t');
        const auto second = first == std::string_view::npos ? first : line.find('\t', first + 1);
        if (second == std::string_view::npos) return failure(fmt::format("line {} is not id, ours, reason", number));
        Difference difference{std::string(line.substr(first + 1, second - first - 1)),
                              std::string(line.substr(second + 1))};
        if (difference.ours.empty() || !difference.reason.starts_with("RFC "))
            return failure(fmt::format("line {} names no RFC", number));
        if (!differences.emplace(line.substr(0, first), std::move(difference)).second)
            return failure(fmt::format("line {} lists a case again", number));
    }
    return differences;
}

Verdict judge(const Differences& listed, const std::string& id, std::string_view ours) {
    const auto found = listed.find(id);
    if (found == listed.end()) return ours.empty() ? Verdict::agrees : Verdict::unlisted;
    if (ours.empty()) return Verdict::gone;
    return ours == found->second.ours ? Verdict::listed : Verdict::changed;
}

std::vector<std::string> stale(const Differences& listed, const std::vector<Outcome>& outcomes) {
    std::set<std::string_view> ids;
    std::set<std::string_view> suites;
    for (const Outcome& outcome : outcomes) {
        ids.insert(outcome.id);
        suites.insert(outcome.suite);
    }
    std::vector<std::string> without_case;
    for (const auto& [id, difference] : listed)
        if (suites.contains(suite_of(id)) && !ids.contains(id)) without_case.push_back(id);
    return without_case;
}

} // namespace bonafide::conformance
