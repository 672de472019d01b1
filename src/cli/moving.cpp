// What the imports collect, and the small readings they share.
#include "cli/moving.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::cli::moving {
namespace {

constexpr std::size_t most_origins = 3; // named above one value

bool is_binary(std::string_view text) { return text.contains('\0'); }

} // namespace

std::string Theirs::shown() const {
    if (line == 0) return file.empty() ? name : fmt::format("{} ({})", name, file);
    return fmt::format("{} ({}:{})", name, file, line);
}

std::string Key::command() const {
    return fmt::format("bonafide keys import {} {} {}", shell_word(domain), shell_word(selector), shell_word(file));
}

std::string Key::activation() const {
    return fmt::format("bonafide keys activate {} {}", shell_word(domain), shell_word(selector));
}

void Conversion::note(std::string_view setting, const Theirs& theirs) {
    auto& from = from_[std::string(setting)];
    // Entries of one table are told once.
    const std::string text = theirs.shown();
    if (from.size() <= most_origins && std::ranges::find(from, text) == from.end()) from.push_back(text);
}

void Conversion::set(std::string_view setting, const engine::RawValue& value, const Theirs& theirs) {
    const engine::Setting* row = engine::find_setting(setting);
    if (const auto done = engine::assign(*row, value, settings_); !done)
        return leave(theirs, fmt::format("{} does not take the value: {}", setting, done.error().text));
    from_.erase(from_.lower_bound(setting), from_.upper_bound(setting));
    note(setting, theirs);
}

void Conversion::set_file(std::string_view setting, const Theirs& theirs) {
    if (source_.root.empty() && source_.exists(theirs.value)) return set(setting, theirs.value, theirs);
    leave(theirs, fmt::format("put the file in its place on this machine and name it in {}", setting));
}

void Conversion::keep_default(std::string_view setting) {
    if (lists_.contains(setting)) return;
    const engine::Setting* row = engine::find_setting(setting);
    List& list = lists_[std::string(setting)];
    if (const auto* texts = std::get_if<engine::Member<std::vector<std::string>>>(&row->access))
        list.entries = (*texts)(settings_);
    list.known.insert(list.entries.begin(), list.entries.end());
}

void Conversion::add(std::string_view setting, std::string entry, const Theirs& theirs) {
    const engine::Setting* row = engine::find_setting(setting);
    if (const auto sound = engine::check_entry(*row, entry); !sound)
        return leave(theirs,
                     fmt::format("{} does not take \"{}\": {}", setting, escape::line(entry, 100), sound.error().text));
    List& list = lists_[std::string(setting)];
    if (list.entries.size() >= static_cast<std::size_t>(row->range.most))
        return leave(theirs, fmt::format("{} is full: it takes {} entries", setting, row->range.most));
    if (!list.known.insert(entry).second) return;
    list.entries.push_back(std::move(entry));
    note(setting, {theirs.name, {}, theirs.file, 0}); // of a table without the line of each entry
}

void Conversion::add_key(Key key) {
    if (!known_keys_.insert(key.command()).second) return;
    const auto [first, is_first] = first_selectors_.try_emplace(key.domain, key.selector);
    key.is_first = is_first;
    if (!is_first && first->second != key.selector)
        leave(
            {"Key", fmt::format("{} of {}", key.selector, key.domain)},
            fmt::format("one key of a type signs for a domain, and {} is activated: where this one is of another type, "
                        "run \"{}\"; otherwise no line of signing.table may name it",
                        first->second, key.activation()));
    keys_.push_back(std::move(key));
}

std::optional<std::string> Conversion::read(const std::string& file) {
    if (++files_ > most_files) {
        if (files_ == most_files + 1)
            unread_.push_back({file, fmt::format("is the {}th file; no more are read", files_)});
        return {};
    }
    auto text = source_.read(file);
    if (text && !is_binary(*text)) return *std::move(text);
    unread_.push_back({file, text ? "is no text file" : text.error().text});
    return {};
}

std::optional<std::vector<Row>> Conversion::read_rows(const std::string& file) {
    const auto text = read(file);
    if (!text) return {};
    std::vector<Row> rows;
    std::size_t number = 0;
    for (const std::string_view whole : ascii::split(*text, '\n')) {
        ++number;
        const std::string_view line = ascii::trim(whole.substr(0, whole.find('#')));
        if (line.empty()) continue;
        if (rows.size() == most_rows) {
            unread_.push_back(
                {file, fmt::format("has more than {} rows; line {} and what follows is left out", most_rows, number)});
            break;
        }
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        rows.push_back({std::string(line.substr(0, end)), std::string(ascii::trim(line.substr(end))), file, number});
    }
    return rows;
}

Conversion::Result Conversion::result() const& {
    engine::Settings settings = settings_;
    for (const auto& [name, list] : lists_) // its entries were judged one by one
        (void)engine::assign(*engine::find_setting(name), list.entries, settings);
    std::vector<std::string_view> differing = engine::differences(engine::Settings{}, settings);
    return {std::move(settings), std::move(differing), from_, rules_, sets_, keys_, left_out_, unread_, program_};
}

std::optional<bool> parse_flag(std::string_view text) {
    for (const std::string_view yes : {"yes", "true", "on", "1", "y", "t"})
        if (ascii::iequals(text, yes)) return true;
    for (const std::string_view no : {"no", "false", "off", "0", "n", "f"})
        if (ascii::iequals(text, no)) return false;
    return {};
}

std::vector<std::string> split_list(std::string_view text, std::string_view separators) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::vector<Theirs> read_settings(std::string_view text, const std::string& file, Assignment form) {
    std::vector<Theirs> settings;
    std::size_t number = 0;
    for (const std::string_view whole : ascii::split(text, '\n')) {
        ++number;
        const std::string_view line = ascii::trim(whole.substr(0, whole.find('#')));
        if (line.empty()) continue;
        const std::size_t end =
            std::min(form == Assignment::equals ? line.find('=') : line.find_first_of(" \t"), line.size());
        settings.push_back({std::string(ascii::trim(line.substr(0, end))),
                            std::string(ascii::trim(line.substr(std::min(end + 1, line.size())))), file, number});
    }
    return settings;
}

} // namespace bonafide::cli::moving
