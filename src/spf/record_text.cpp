// SPF records as text: names of mechanisms, printing, and choosing the record of a TXT answer.
#include "base/ascii.hpp"
#include "spf/record.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::spf {
namespace {

constexpr std::array<std::string_view, 8> mechanism_names{"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"};
constexpr std::string_view version = "v=spf1";

std::string_view qualifier(Result result) {
    switch (result) {
    case Result::fail: return "-";
    case Result::softfail: return "~";
    case Result::neutral: return "?";
    default: return "";
    }
}

std::string to_text(const Directive& directive) {
    std::string text(qualifier(directive.result));
    text += to_text(directive.mechanism);
    if (directive.target) text += ':' + to_text(*directive.target);
    if (directive.mechanism == Mechanism::ip4 || directive.mechanism == Mechanism::ip6)
        return text + ':' + directive.network.text();
    if (directive.prefix_v4 != 32) text += fmt::format("/{}", directive.prefix_v4);
    if (directive.prefix_v6 != 128) text += fmt::format("//{}", directive.prefix_v6);
    return text;
}

} // namespace

std::string_view to_text(Mechanism mechanism) { return mechanism_names[static_cast<std::size_t>(mechanism)]; }

std::optional<Mechanism> parse_mechanism(std::string_view name) {
    const auto found = std::find_if(mechanism_names.begin(), mechanism_names.end(),
                                    [&](std::string_view known) { return ascii::iequals(known, name); });
    if (found == mechanism_names.end()) return {};
    return static_cast<Mechanism>(found - mechanism_names.begin());
}

bool is_record(std::string_view text) {
    // RFC 7208 4.5: exactly "v=spf1", ended by SP or the end of the record; 12: ABNF literals know no case.
    return ascii::istarts_with(text, version) && (text.size() == version.size() || text[version.size()] == ' ');
}

std::string to_text(const Record& record) {
    std::string text(version);
    for (const Directive& directive : record.directives) text += ' ' + to_text(directive);
    const auto add = [&](const Modifier& modifier) { text += ' ' + modifier.name + '=' + to_text(modifier.value); };
    if (record.redirect) add(*record.redirect);
    if (record.explanation) add(*record.explanation);
    for (const Modifier& modifier : record.others) add(modifier);
    return text;
}

std::string_view term_at(std::string_view text, std::size_t position) {
    position = std::min(position, text.size());
    const std::size_t space = position == 0 ? std::string_view::npos : text.rfind(' ', position - 1);
    const std::size_t begin = space == std::string_view::npos ? 0 : space + 1;
    return text.substr(begin, std::min(text.find(' ', position), text.size()) - begin);
}

std::shared_ptr<const Selection> select_record(const dns::AnswerData& answer) {
    return answer.memo.get<Selection>([&] {
        Selection selection;
        for (const std::string& text : answer.txt) {
            if (!is_record(text)) continue;
            if (++selection.found > 1) continue;
            selection.text = text;
            selection.record = parse_record(selection.text);
        }
        return selection;
    });
}

} // namespace bonafide::spf
