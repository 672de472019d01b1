// The condition of a rule: comparisons of fields, joined by and, or, not. Pure; read once, then evaluated by any thread.
//
//   spf.result is fail and not client in @partners
//   dmarc.result is fail and (score < -5 or first_contact)
//   all recipient in [ours.example, .ours.example]
//
// Operations: is, is not, in, not in, contains, not contains, matches, not matches, less (<), greater (>), is known, is unknown; a flag stands
// alone. A comparison with what is not known is neither true nor false, and neither is what hangs on it (Kleene's three values): a rule
// never fires on what nobody knows.
#pragma once

#include "base/error.hpp"
#include "policy/fields.hpp"
#include "policy/pattern.hpp"
#include "policy/value_set.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

enum class Truth : std::uint8_t { no, unknown, yes };
[[nodiscard]] std::string_view to_text(Truth truth);

/// Sets of the configuration, by name.
using Sets = std::map<std::string, std::shared_ptr<const ValueSet>, std::less<>>;

struct Comparison {
    enum class Operation : std::uint8_t { is, in, contains, matches, less, greater, known };
    /// Of a field with many values; no value at all holds for neither `any` nor `all`. With `any` and `all` a "not" is of each value: "all
    /// recipient not in @ours" has nobody of ours. Without either it is of the whole: "recipient is not X" has no X among them.
    enum class Quantifier : std::uint8_t { unsaid, any, all };
    FieldRef field;
    Quantifier quantifier = Quantifier::unsaid;
    Operation operation = Operation::is;
    bool negated = false;
    std::string text;                    ///< is (text), contains: in lower case
    double number = 0;                   ///< is, less, greater of a number
    std::shared_ptr<const ValueSet> set; ///< in; is of an IP address, address or domain
    std::optional<Pattern> pattern;      ///< matches
    std::vector<std::string> values;     ///< is, in a list: as they stand there; none of a set by its name
};
/// Whether it holds for one text, before its "not".
[[nodiscard]] bool holds_for(const Comparison& comparison, std::string_view text);

struct Condition {
    enum class Kind : std::uint8_t { all, any, none_of, compare };
    Kind kind = Kind::all; ///< all of no parts: holds always
    std::vector<Condition> parts;
    std::optional<Comparison> comparison; ///< of kind compare
    std::string text;                     ///< as it was written

    static constexpr std::size_t most_bytes = 4000; ///< of one written condition
    static constexpr std::size_t most_depth = 32;   ///< of parentheses and nots

    /// An error has the position of what was not understood.
    [[nodiscard]] static Expected<Condition> parse(std::string_view text, const Sets& sets);
    /// All of them.
    [[nodiscard]] static Condition all_of(std::vector<Condition> parts);

    /// The level from which on all its fields are known.
    [[nodiscard]] Level since() const;
    [[nodiscard]] Truth test(const Subject& subject) const;
    /// Why it can never hold, as far as that shows at a glance: "spf.result is fail and spf.result is pass exclude each other". Empty: it may.
    [[nodiscard]] std::string contradiction() const;
    /// Each comparison, from left to right.
    void visit(const std::function<void(const Condition&)>& visitor) const;
};

} // namespace bonafide::policy
