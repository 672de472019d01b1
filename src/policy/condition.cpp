#include "policy/condition.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <array>

namespace bonafide::policy {

using Operation = Comparison::Operation;

bool holds_for(const Comparison& comparison, std::string_view text) {
    const Type type = comparison.field.type();
    switch (comparison.operation) {
    case Operation::is: return comparison.set ? comparison.set->has(type, text) : ascii::iequals(text, comparison.text);
    case Operation::in: return comparison.set->has(type, text);
    case Operation::contains: return ascii::lower(text).contains(comparison.text);
    case Operation::matches: return comparison.pattern->matches(text);
    case Operation::less:
    case Operation::greater:
    case Operation::known: break;
    }
    return false;
}

namespace {

Truth truth(bool holds) { return holds ? Truth::yes : Truth::no; }
Truth negation(Truth of) { return static_cast<Truth>(static_cast<int>(Truth::yes) - static_cast<int>(of)); }

bool holds_for_number(const Comparison& comparison, double number) {
    if (comparison.operation == Operation::less) return number < comparison.number;
    if (comparison.operation == Operation::greater) return number > comparison.number;
    return number == comparison.number;
}

struct Holds {
    const Comparison& comparison;
    bool operator()(std::monostate) const { return false; }
    bool operator()(bool flag) const { return flag; }
    bool operator()(double number) const {
        if (comparison.operation != Operation::in) return holds_for_number(comparison, number);
        return comparison.set->has(Type::number, to_text(Value(number)));
    }
    bool operator()(const ip::Address& address) const { return comparison.set->has(address); }
    bool operator()(const std::string& text) const { return holds_for(comparison, text); }
    bool operator()(const std::vector<std::string>& texts) const {
        return std::ranges::any_of(texts, [&](const std::string& text) { return holds_for(comparison, text); });
    }
};

bool holds(const Comparison& comparison, const Value& value) {
    const auto* texts = std::get_if<std::vector<std::string>>(&value);
    if (texts == nullptr || comparison.quantifier == Comparison::Quantifier::unsaid)
        return std::visit(Holds{comparison}, value) != comparison.negated;
    const auto is_so = [&](const std::string& text) { return holds_for(comparison, text) != comparison.negated; };
    if (comparison.quantifier == Comparison::Quantifier::any) return std::ranges::any_of(*texts, is_so);
    return !texts->empty() && std::ranges::all_of(*texts, is_so);
}

/// Whether it would come out otherwise if DNS lists that gave no answer had the message.
bool may_have_more(const Comparison& comparison, const Subject& subject, const Value& value, bool does) {
    const auto& unanswered = subject.around.no_answer;
    if (unanswered.empty() || comparison.field.name() != "dns_lists") return false;
    if (comparison.quantifier == Comparison::Quantifier::all) return true;
    auto all = std::get<std::vector<std::string>>(value);
    all.insert(all.end(), unanswered.begin(), unanswered.end());
    return holds(comparison, all) != does;
}

Truth test_comparison(const Comparison& comparison, const Subject& subject) {
    const Value value = comparison.field.read(subject);
    if (comparison.operation == Operation::known) return truth(is_known(value) != comparison.negated);
    if (!is_known(value)) return Truth::unknown;
    const bool does = holds(comparison, value);
    return may_have_more(comparison, subject, value, does) ? Truth::unknown : truth(does);
}

} // namespace

std::string_view to_text(Truth truth) {
    constexpr std::array<std::string_view, 3> names{"no", "unknown", "yes"};
    return names[static_cast<std::size_t>(truth)];
}

Condition Condition::all_of(std::vector<Condition> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    Condition all;
    for (const Condition& part : parts) all.text += (all.text.empty() ? "" : " and ") + part.text;
    all.parts = std::move(parts);
    return all;
}

Level Condition::since() const {
    Level level = comparison ? comparison->field.since() : Level::connect;
    for (const Condition& part : parts) level = std::max(level, part.since());
    return level;
}

Truth Condition::test(const Subject& subject) const {
    switch (kind) {
    case Kind::compare: return test_comparison(*comparison, subject);
    case Kind::none_of: return negation(parts.front().test(subject));
    case Kind::all:
    case Kind::any: break;
    }
    const Truth deciding = kind == Kind::all ? Truth::no : Truth::yes;
    Truth result = negation(deciding);
    for (const Condition& part : parts) {
        const Truth one = part.test(subject);
        if (one == deciding) return deciding;
        if (one == Truth::unknown) result = Truth::unknown;
    }
    return result;
}

void Condition::visit(const std::function<void(const Condition&)>& visitor) const {
    if (kind == Kind::compare) visitor(*this);
    for (const Condition& part : parts) part.visit(visitor);
}

} // namespace bonafide::policy
