// Reading and printing values of the rows, by kind.
#include "base/duration.hpp"
#include "base/escape.hpp"
#include "engine/settings_table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bonafide::engine {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

template<class... F> struct Overloaded : F... {
    using F::operator()...;
};

std::string quoted(std::string_view text) { return fmt::format("\"{}\"", escape::line(text)); }

/// TOML 1.0 basic string.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out + '"';
}

template<class Range> std::string toml_list(const Range& texts) {
    std::vector<std::string> parts;
    for (const auto& text : texts) parts.push_back(toml_string(text));
    return fmt::format("[{}]", fmt::join(parts, ", "));
}

Expected<void> not_as_expected(const Setting& setting, std::string_view given) {
    return failure(fmt::format("must be {}, not {}", expectation(setting), given));
}

std::string describe(const RawValue& value) {
    return std::visit(Overloaded{[](bool b) { return std::string(b ? "true" : "false"); },
                                 [](std::int64_t n) { return fmt::format("{}", n); },
                                 [](const std::string& text) { return quoted(text); },
                                 [](const std::vector<std::string>&) { return std::string("a list"); }},
                      value);
}

bool within(const Range& range, std::int64_t value) { return value >= range.least && value <= range.most; }

/// "0660": three or four octal digits, which is how everyone reads a mode; a TOML integer 660 would be another one.
std::optional<std::uint32_t> parse_mode(std::string_view text) {
    if (text.size() < 3 || text.size() > 4) return std::nullopt;
    std::uint32_t mode = 0;
    for (const char c : text) {
        if (c < '0' || c > '7') return std::nullopt;
        mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
    }
    return mode;
}

/// A number of the row's kind within its range: of a count, whole seconds, or a file mode.
std::optional<std::uint32_t> read_number(const Setting& setting, const RawValue& value) {
    std::optional<std::int64_t> number;
    if (const auto* integer = std::get_if<std::int64_t>(&value); integer != nullptr && setting.kind == Kind::count)
        number = *integer;
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr) {
        if (setting.kind == Kind::file_mode) {
            if (const auto mode = parse_mode(*text)) number = *mode;
        } else if (setting.kind == Kind::seconds) {
            const auto duration = parse_duration(*text);
            if (duration && duration->count() % 1000 == 0) number = duration->count() / 1000;
        }
    }
    if (!number || !within(setting.range, *number)) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

Expected<void> put(const Setting& setting, const RawValue& value, std::uint32_t& member) {
    const auto number = read_number(setting, value);
    if (!number) return not_as_expected(setting, describe(value));
    member = *number;
    return {};
}

Expected<void> put(const Setting& setting, const RawValue& value, bool& member) {
    const auto* given = std::get_if<bool>(&value);
    if (given == nullptr) return not_as_expected(setting, describe(value));
    member = *given;
    return {};
}

Expected<void> put(const Setting& setting, const RawValue& value, milliseconds& member) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return not_as_expected(setting, describe(value));
    const auto given = parse_duration(*text);
    if (!given || !within(setting.range, given->count())) return not_as_expected(setting, describe(value));
    member = *given;
    return {};
}

Expected<void> put(const Setting& setting, const RawValue& value, std::string& member) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return not_as_expected(setting, describe(value));
    if (auto sound = check_entry(setting, *text); !sound) return sound;
    member = *text;
    return {};
}

/// The entries of a list, each of them judged, their number within the row's range.
Expected<std::vector<std::string>> read_list(const Setting& setting, const RawValue& value) {
    const auto* texts = std::get_if<std::vector<std::string>>(&value);
    if (texts == nullptr) return std::unexpected(not_as_expected(setting, describe(value)).error());
    if (!within(setting.range, static_cast<std::int64_t>(texts->size())))
        return failure(fmt::format("must be {}, not {} of them", expectation(setting), texts->size()));
    for (const std::string& text : *texts)
        if (auto sound = check_entry(setting, text); !sound) return std::unexpected(sound.error());
    return *texts;
}

Expected<void> put(const Setting& setting, const RawValue& value, std::vector<std::string>& member) {
    auto texts = read_list(setting, value);
    if (!texts) return std::unexpected(texts.error());
    member = std::move(*texts);
    return {};
}

Expected<void> put(const Setting& setting, const RawValue& value, std::vector<ip::Prefix>& member) {
    const auto texts = read_list(setting, value);
    if (!texts) return std::unexpected(texts.error());
    member.clear();
    for (const std::string& text : *texts) member.push_back(*ip::Prefix::parse(text));
    return {};
}

Expected<void> put(const Setting& setting, const RawValue& value, const ChoiceMember& member, Settings& settings) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return not_as_expected(setting, describe(value));
    const auto found = std::ranges::find(member.names, *text);
    if (found == member.names.end()) return not_as_expected(setting, describe(value));
    member.set(settings, static_cast<std::size_t>(found - member.names.begin()));
    return {};
}

std::string print(const Setting& setting, std::uint32_t value) {
    if (setting.kind == Kind::file_mode) return fmt::format("\"{:04o}\"", value);
    if (setting.kind == Kind::seconds) return toml_string(duration_text(seconds(value)));
    return fmt::format("{}", value);
}
std::string print(const Setting&, bool value) { return value ? "true" : "false"; }
std::string print(const Setting&, milliseconds value) { return toml_string(duration_text(value)); }
std::string print(const Setting&, const std::string& value) { return toml_string(value); }
std::string print(const Setting&, const std::vector<std::string>& value) { return toml_list(value); }
std::string print(const Setting&, const std::vector<ip::Prefix>& value) {
    std::vector<std::string> texts;
    for (const ip::Prefix& prefix : value) texts.push_back(prefix.text());
    return toml_list(texts);
}

std::string count_expectation(const Setting& setting) {
    return fmt::format("a number{}{} from {} to {}", setting.unit.empty() ? "" : " of ", setting.unit,
                       setting.range.least, setting.range.most);
}

std::string list_expectation(const Setting& setting) {
    const std::string_view what = setting.kind == Kind::networks
                                      ? "addresses or networks in quotes, [\"192.0.2.0/24\", \"2001:db8::/32\"]"
                                      : "texts in quotes, [\"a\", \"b\"]";
    return fmt::format("a list of {} to {} {}", setting.range.least, setting.range.most, what);
}

} // namespace

std::string_view to_text(Kind kind) {
    switch (kind) {
    case Kind::boolean: return "boolean";
    case Kind::count: return "number";
    case Kind::duration:
    case Kind::seconds: return "duration";
    case Kind::file_mode: return "file mode";
    case Kind::text: return "text";
    case Kind::texts: return "list of texts";
    case Kind::networks: return "list of networks";
    case Kind::choice: return "choice";
    }
    return "text";
}

std::string expectation(const Setting& setting) {
    switch (setting.kind) {
    case Kind::boolean: return "true or false";
    case Kind::count: return count_expectation(setting);
    case Kind::duration:
        return fmt::format("a time in quotes from \"{}\" to \"{}\"", duration_text(milliseconds(setting.range.least)),
                           duration_text(milliseconds(setting.range.most)));
    case Kind::seconds:
        return fmt::format("a time in quotes, whole seconds from \"{}\" to \"{}\"",
                           duration_text(seconds(setting.range.least)), duration_text(seconds(setting.range.most)));
    case Kind::file_mode: return "an octal mode in quotes from \"000\" to \"0777\"";
    case Kind::text: return "a text in quotes";
    case Kind::texts:
    case Kind::networks: return list_expectation(setting);
    case Kind::choice: {
        std::vector<std::string> names;
        for (const std::string_view name : std::get<ChoiceMember>(setting.access).names) names.push_back(quoted(name));
        return names.size() == 1 ? names.front() : fmt::format("one of {}", fmt::join(names, ", "));
    }
    }
    return "a value";
}

Expected<void> check_entry(const Setting& setting, std::string_view entry) {
    if (setting.kind == Kind::networks && !ip::Prefix::parse(entry))
        return failure(fmt::format("{} is no IP address or network", quoted(entry)));
    if (entry.find('\0') != std::string_view::npos)
        return failure(fmt::format("{} holds a NUL character", quoted(entry)));
    return setting.check == nullptr ? Expected<void>{} : setting.check(entry);
}

Expected<void> assign(const Setting& setting, const RawValue& value, Settings& settings) {
    return std::visit(
        Overloaded{[&](const ChoiceMember& member) { return put(setting, value, member, settings); },
                   [&](std::uint32_t Limits::* member) { return put(setting, value, settings.limits.*member); },
                   [&](auto member) { return put(setting, value, member(settings)); }},
        setting.access);
}

std::string to_toml(const Setting& setting, const Settings& settings) {
    Settings copy = settings; // the accessors give mutable references
    return std::visit(
        Overloaded{[&](const ChoiceMember& member) { return toml_string(member.names[member.get(copy)]); },
                   [&](std::uint32_t Limits::* member) { return print(setting, copy.limits.*member); },
                   [&](auto member) { return print(setting, member(copy)); }},
        setting.access);
}

std::vector<std::string_view> differences(const Settings& before, const Settings& after) {
    std::vector<std::string_view> names;
    for (const Setting& setting : settings_table())
        if (to_toml(setting, before) != to_toml(setting, after)) names.push_back(setting.name);
    return names;
}

} // namespace bonafide::engine
