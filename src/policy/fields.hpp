// The fields of a message that rules and reply texts can name: one table, from which the parser, docs/rules.md and `rules fields` come. Pure.
#pragma once

#include "base/ip.hpp"
#include "policy/subject.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bonafide::policy {

/// What a field holds. monostate: not known, or not known yet.
using Value = std::variant<std::monostate, bool, double, ip::Address, std::string, std::vector<std::string>>;
[[nodiscard]] inline bool is_known(const Value& value) { return !std::holds_alternative<std::monostate>(value); }
/// For people: "pass", "7.5", "yes", "a, b"; "unknown". Not escaped.
[[nodiscard]] std::string to_text(const Value& value);

/// "-5", "2.5": the whole text, and finite.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// What a field's values are, and so how they compare.
enum class Type : std::uint8_t {
    word,    ///< one of `words`
    text,    ///< in any case
    domain,  ///< ".contoso.com" stands for all below contoso.com
    address, ///< a mailbox; a domain stands for all its mailboxes
    client,  ///< an IP address; networks stand for theirs
    number,
    flag, ///< yes or no
};
[[nodiscard]] std::string_view to_text(Type type);

/// What a number can be; such numbers are whole.
struct Bounds {
    double least = 0;
    double most = std::numeric_limits<double>::infinity();
};

struct Field {
    std::string_view name;
    Type type = Type::text;
    bool many = false; ///< a list: a comparison holds if it holds for any of them, or for all where it says so
    Level since = Level::connect;
    std::string_view help;                   ///< one phrase
    std::span<const std::string_view> words; ///< of type word
    Value (*read)(const Subject&) = nullptr;
    std::optional<Bounds> bounds{}; ///< of type number
};

/// All fields, grouped as docs/rules.md shows them. "header.NAME" is none of the rows: see FieldRef.
[[nodiscard]] std::span<const Field> fields();
[[nodiscard]] const Field* find_field(std::string_view name);

inline constexpr std::string_view header_prefix = "header.";

/// A field as it is named in a rule: a row, or "header.NAME" (texts, from Level::data on).
struct FieldRef {
    const Field* field = nullptr;
    std::string header; ///< in lower case; empty for a row

    [[nodiscard]] std::string name() const;
    [[nodiscard]] Type type() const { return field == nullptr ? Type::text : field->type; }
    [[nodiscard]] bool many() const { return field == nullptr || field->many; }
    [[nodiscard]] Level since() const { return field == nullptr ? Level::data : field->since; }
    /// Unknown before its level.
    [[nodiscard]] Value read(const Subject& subject) const;
};
/// An error names the nearest field.
[[nodiscard]] Expected<FieldRef> parse_field(std::string_view name);

} // namespace bonafide::policy
