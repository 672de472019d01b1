#include "engine/sieve_scripts.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <system_error>

namespace bonafide::engine {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    return failure(fmt::format("\"{}\" {}", escape::line(text), why));
}

} // namespace

Expected<SievePattern::Part> SievePattern::parse_part(std::string_view text) {
    Part part;
    const std::size_t open = text.find('{');
    if (open == std::string_view::npos) {
        part.before = text;
        return part;
    }
    const std::string_view rest = text.substr(open);
    for (const auto& [name, written] :
         {std::pair{Name::user, std::string_view("{user}")}, std::pair{Name::domain, std::string_view("{domain}")}}) {
        if (!rest.starts_with(written)) continue;
        part = {std::string(text.substr(0, open)), std::string(rest.substr(written.size())), name};
    }
    if (part.name == Name::none || part.after.contains('{'))
        return refuse(text, "may hold {user} or {domain}, and one of them only (a user may be a whole address)");
    return part;
}

Expected<SievePattern> SievePattern::parse(std::string_view text) {
    if (!text.starts_with('/')) return refuse(text, "is no absolute path");
    SievePattern pattern;
    std::size_t users = 0;
    std::size_t domains = 0;
    for (const std::string_view piece : ascii::split(text.substr(1), '/')) {
        if (piece.empty() || piece == "." || piece == "..") return refuse(text, "is no plain path");
        auto part = parse_part(piece);
        if (!part) return std::unexpected(std::move(part.error()));
        users += part->name == Name::user ? 1 : 0;
        domains += part->name == Name::domain ? 1 : 0;
        if (part->name == Name::none && pattern.parts_.empty())
            pattern.base_ += '/' + part->before;
        else
            pattern.parts_.push_back(*std::move(part));
    }
    if (users != 1 || domains > 1) return refuse(text, "must hold {user} once, and {domain} at most once");
    if (pattern.base_.empty()) return refuse(text, "must begin with a folder of its own");
    pattern.has_domain_ = domains == 1;
    return pattern;
}

SievePattern::Found SievePattern::find(std::size_t most) const {
    Found found;
    walk(0, {base_, {}, {}}, most, found);
    return found;
}

void SievePattern::walk(std::size_t index, const Script& so_far, std::size_t most, Found& found) const {
    if (found.scripts.size() >= most) return;
    if (index == parts_.size()) return found.scripts.push_back(so_far);
    if (parts_[index].name != Name::none) return list(index, so_far, most, found);
    Script next = so_far;
    next.path += '/' + parts_[index].before;
    walk(index + 1, next, most, found);
}

/// All entries of a folder that a name may stand for, in order.
void SievePattern::list(std::size_t index, const Script& so_far, std::size_t most, Found& found) const {
    const Part& part = parts_[index];
    std::error_code why;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(so_far.path, why); !why && entry != fs::directory_iterator();
         entry.increment(why)) {
        std::string name = entry->path().filename().string();
        if (name.size() <= part.before.size() + part.after.size() || !name.starts_with(part.before) ||
            !name.ends_with(part.after))
            continue;
        name = name.substr(part.before.size(), name.size() - part.before.size() - part.after.size());
        if (!name.starts_with('.')) names.push_back(std::move(name));
    }
    const bool is_absent = why == std::errc::no_such_file_or_directory || why == std::errc::not_a_directory;
    if (why && (index == 0 || !is_absent)) { // below the base there may be files beside folders
        found.unreadable.push_back({so_far.path, fmt::format("{}: {}", escape::line(so_far.path), why.message())});
        found.base_missing = found.base_missing || index == 0;
    }
    std::ranges::sort(names);
    for (std::string& name : names) {
        Script next = so_far;
        next.path += fmt::format("/{}{}{}", part.before, name, part.after);
        (part.name == Name::user ? next.user : next.domain) = std::move(name);
        walk(index + 1, next, most, found);
    }
}

} // namespace bonafide::engine
