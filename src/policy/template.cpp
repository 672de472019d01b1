#include "policy/template.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

std::string shown(const Value& value) {
    if (!is_known(value)) return "-";
    std::string text = to_text(value);
    return text.empty() ? "-" : escape::smtp_text(text, Template::most_value_bytes);
}

Expected<FieldRef> field_of(std::string_view name, std::span<const Field> own) {
    const auto found = std::ranges::find(own, name, &Field::name);
    return found == own.end() ? parse_field(name) : FieldRef{&*found, {}};
}

} // namespace

Expected<Template> Template::parse(std::string_view text, Level known_at, std::span<const Field> own) {
    if (text.size() > most_bytes) return failure(fmt::format("a text of more than {} bytes", most_bytes));
    if (!std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; }))
        return failure("only printable ASCII may stand in a reply or a header field");
    Template out;
    out.text_ = text;
    std::string literal;
    const auto end_literal = [&] {
        if (!literal.empty()) out.parts_.push_back({std::exchange(literal, {}), {}, false});
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c != '{' && c != '}') {
            literal += c;
            continue;
        }
        if (at + 1 < text.size() && text[at + 1] == c) {
            literal += c;
            ++at;
            continue;
        }
        const std::size_t close = text.find('}', at);
        if (c == '}' || close == std::string_view::npos)
            return failure("a single brace: fields are written {name}, a brace {{ or }}", at);
        auto field = field_of(text.substr(at + 1, close - at - 1), own);
        if (!field) return failure(std::move(field.error().text), at);
        if (field->since() > known_at)
            return failure(
                fmt::format("{} is not known at {}, where the rule is asked", field->name(), to_text(known_at)), at);
        end_literal();
        out.parts_.push_back({{}, std::move(*field), true});
        at = close;
    }
    end_literal();
    return out;
}

std::string Template::render(const Subject& subject) const {
    std::string text;
    for (const Part& part : parts_) text += part.is_field ? shown(part.field.read(subject)) : part.text;
    text.resize(std::min(text.size(), most_bytes));
    return text;
}

} // namespace bonafide::policy
