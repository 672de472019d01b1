#include "engine/header_edits.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace bonafide::engine {
namespace {

using policy::HeaderEdit;

/// Fields as they will stand, before they are a block again.
struct Line {
    std::string name, value;
};

/// The n-th field of that name, from 1, as it stands by now.
std::vector<Line>::iterator find_nth(std::vector<Line>& lines, std::string_view name, std::size_t n) {
    auto line = lines.begin();
    for (; line != lines.end(); ++line) {
        if (!ascii::iequals(line->name, name)) continue;
        if (n == 1) break;
        --n;
    }
    return line;
}

} // namespace

mail::HeaderBlock with_edits(const mail::HeaderBlock& header, const std::vector<HeaderEdit>& edits,
                             const Limits& limits) {
    std::vector<Line> lines;
    for (std::size_t i = 0; i < header.size(); ++i)
        lines.push_back({std::string(header[i].name), std::string(header[i].value)});
    for (const HeaderEdit& edit : edits) {
        const std::string value = ' ' + edit.value;
        switch (edit.kind) {
        case HeaderEdit::Kind::remove:
            if (const auto at = find_nth(lines, edit.name, edit.position); at != lines.end()) lines.erase(at);
            break;
        case HeaderEdit::Kind::change:
            if (const auto at = find_nth(lines, edit.name, edit.position); at != lines.end()) at->value = value;
            break;
        case HeaderEdit::Kind::insert_top: lines.insert(lines.begin(), {edit.name, value}); break;
        case HeaderEdit::Kind::append: lines.push_back({edit.name, value}); break;
        }
    }
    mail::HeaderBlock changed(limits);
    for (const Line& line : lines) changed.add(line.name, line.value);
    if (header.oversized()) changed.mark_oversized();
    return changed;
}

bool is_let_through(const policy::Decision& decision) {
    return decision.action == policy::Action::accept || decision.action == policy::Action::hold;
}

} // namespace bonafide::engine
