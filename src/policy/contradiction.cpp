// Conditions that nothing can meet: two parts of one "and" that exclude each other.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "policy/condition.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

using Operation = Comparison::Operation;

constexpr std::size_t most_parts = 50; // of one "and" that are compared in pairs

bool is_alone(const Comparison& comparison) { return !comparison.field.many(); }

bool is_negation(const Condition& negated, const Condition& other) {
    return negated.kind == Condition::Kind::none_of && negated.parts.front().text == other.text;
}

/// Two comparisons of the same number.
bool exclude_numbers(const Comparison& a, const Comparison& b) {
    if (a.negated || b.negated) return false;
    const auto is_number = [](const Comparison& one) {
        return one.field.type() == Type::number && one.operation != Operation::in && one.operation != Operation::known;
    };
    if (!is_number(a) || !is_number(b)) return false;
    if (a.operation == Operation::is) {
        if (b.operation == Operation::less) return a.number >= b.number;
        if (b.operation == Operation::greater) return a.number <= b.number;
        return a.number != b.number;
    }
    if (b.operation == Operation::is) return exclude_numbers(b, a);
    if (a.operation == b.operation) return false;
    const Comparison& less = a.operation == Operation::less ? a : b;
    const Comparison& greater = a.operation == Operation::less ? b : a;
    return greater.number >= less.number;
}

/// Two comparisons of the same word, or of the same flag.
bool exclude_words(const Comparison& a, const Comparison& b) {
    if (a.operation != Operation::is || b.operation != Operation::is) return false;
    if (a.field.type() == Type::flag) return a.negated != b.negated;
    if (a.field.type() != Type::word) return false;
    const bool is_same = ascii::iequals(a.text, b.text);
    return a.negated || b.negated ? is_same && a.negated != b.negated : !is_same;
}

bool exclude(const Condition& a, const Condition& b) {
    if (is_negation(a, b) || is_negation(b, a)) return true;
    if (!a.comparison || !b.comparison || !is_alone(*a.comparison)) return false;
    if (a.comparison->field.name() != b.comparison->field.name()) return false;
    return exclude_numbers(*a.comparison, *b.comparison) || exclude_words(*a.comparison, *b.comparison);
}

} // namespace

std::string Condition::contradiction() const {
    if (kind == Kind::any) { // only when none of them can
        std::string why;
        for (const Condition& part : parts) {
            why = part.contradiction();
            if (why.empty()) return {};
        }
        return why;
    }
    if (kind != Kind::all) return {};
    for (const Condition& part : parts)
        if (std::string why = part.contradiction(); !why.empty()) return why;
    const std::size_t most = std::min(parts.size(), most_parts);
    for (std::size_t i = 0; i < most; ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (exclude(parts[j], parts[i]))
                return fmt::format("{} and {} exclude each other", escape::line(parts[j].text, 80),
                                   escape::line(parts[i].text, 80));
    return {};
}

} // namespace bonafide::policy
