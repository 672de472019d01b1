#include "policy/oddity.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "verdict/signals.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

namespace bonafide::policy {
namespace {

using Operation = Comparison::Operation;

std::string shown(std::string_view text) { return escape::line(text, 80); }

std::string sentence(const Condition& condition, bool holds, std::string_view why) {
    return fmt::format("{} {} holds: {}", shown(condition.text),
                       holds != condition.comparison->negated ? "always" : "never", why);
}

// ---- numbers

bool is_within(double number, const Bounds& bounds) {
    return number >= bounds.least && number <= bounds.most && std::trunc(number) == number;
}

/// What a comparison comes to whatever the number is; nothing where that depends.
std::optional<bool> foregone(const Comparison& comparison, const Bounds& bounds) {
    const double number = comparison.number;
    switch (comparison.operation) {
    case Operation::is: return is_within(number, bounds) ? std::nullopt : std::optional(false);
    case Operation::less:
        if (bounds.least >= number) return false;
        return bounds.most < number ? std::optional(true) : std::nullopt;
    case Operation::greater:
        if (bounds.most <= number) return false;
        return bounds.least > number ? std::optional(true) : std::nullopt;
    case Operation::in:
    case Operation::contains:
    case Operation::matches:
    case Operation::known: break;
    }
    return {};
}

std::string bounds_text(const FieldRef& field, const Bounds& bounds) {
    if (std::isinf(bounds.most)) return fmt::format("{} is {:.0f} or more, and whole", field.name(), bounds.least);
    return fmt::format("{} is {:.0f} to {:.0f}, and whole", field.name(), bounds.least, bounds.most);
}

std::string number_oddity(const Condition& condition, const Bounds& bounds) {
    const Comparison& comparison = *condition.comparison;
    const std::string why = bounds_text(comparison.field, bounds);
    for (const std::string& value : comparison.values)
        if (const auto number = parse_number(value); number && !is_within(*number, bounds))
            return fmt::format("{} is never {}: {}", comparison.field.name(), shown(value), why);
    const auto holds = foregone(comparison, bounds);
    return holds ? sentence(condition, *holds, why) : std::string();
}

// ---- names

constexpr std::string_view dns_list = "DNS list";

struct Names {
    std::string_view what;
    std::vector<std::string_view> all;
};

std::optional<Names> names_of(const FieldRef& field, const Vocabulary& vocabulary) {
    const std::string name = field.name();
    const auto of = [](std::string_view what, const std::optional<std::vector<std::string>>& all) {
        return all ? std::optional(Names{what, {all->begin(), all->end()}}) : std::nullopt;
    };
    if (name == "dns_lists") return of(dns_list, vocabulary.dns_lists);
    if (name == "listener") return of("entry of server.listen", vocabulary.listeners);
    if (name != "evidence") return {};
    Names names{.what = "signal", .all = {}};
    for (const verdict::Signal& signal : verdict::signals()) names.all.push_back(signal.name);
    return names;
}

std::string name_oddity(const Condition& condition, const Names& names) {
    const Comparison& comparison = *condition.comparison;
    for (const std::string& value : comparison.values) {
        if (std::ranges::any_of(names.all, [&](std::string_view one) { return ascii::iequals(one, value); })) continue;
        const std::string_view nearest = nearest_word(value, names.all);
        return fmt::format("{}: there is no {} \"{}\"{}", shown(condition.text), names.what, shown(value),
                           nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
    }
    const auto holds = [&](std::string_view one) { return holds_for(comparison, one); };
    if (comparison.operation == Operation::known || std::ranges::any_of(names.all, holds)) return {};
    return sentence(condition, false, fmt::format("it is so of no {}", names.what));
}

} // namespace

std::string oddity(const Condition& condition, Level level, const Vocabulary& vocabulary) {
    const Comparison& comparison = *condition.comparison;
    const FieldRef& field = comparison.field;
    if (field.field != nullptr && field.field->bounds) return number_oddity(condition, *field.field->bounds);
    const auto names = names_of(field, vocabulary);
    if (!names) return {};
    if (std::string odd = name_oddity(condition, *names); !odd.empty()) return odd;
    if (names->what != dns_list || level >= Level::data || comparison.operation == Operation::known) return {};
    const auto of_author =
        std::ranges::find_if(vocabulary.author_lists, [&](std::string_view one) { return holds_for(comparison, one); });
    if (of_author == vocabulary.author_lists.end()) return {};
    return fmt::format("the DNS list \"{}\" is of the Author Domain, which at {} is not known yet: say at = \"data\"",
                       shown(*of_author), to_text(level));
}

} // namespace bonafide::policy
