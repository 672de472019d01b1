#include "mail/header.hpp"

#include "base/ascii.hpp"

namespace bonafide::mail {
namespace {

// What an ordinary header takes, so that it costs two allocations.
constexpr std::size_t usual_bytes = 4096;
constexpr std::size_t usual_fields = 32;

/// `text` without one final CRLF or LF.
std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
    return text;
}

std::size_t length_without_wsp(std::string_view name) {
    while (!name.empty() && ascii::is_wsp(name.back())) name.remove_suffix(1);
    return name.size();
}

/// Appends `text`; an LF without CR before it becomes CRLF.
void append_with_crlf(std::string& out, std::string_view text) {
    for (;;) {
        const auto line_feed = text.find('\n');
        out += text.substr(0, line_feed);
        if (line_feed == std::string_view::npos) return;
        out += line_feed > 0 && text[line_feed - 1] == '\r' ? "\n" : "\r\n";
        text.remove_prefix(line_feed + 1);
    }
}

} // namespace

std::size_t find_colon(std::string_view line) {
    std::size_t at = 0;
    while (at < line.size() && line[at] > ' ' && line[at] <= '~' && line[at] != ':') ++at;
    if (at == 0) return std::string_view::npos;
    while (at < line.size() && ascii::is_wsp(line[at])) ++at; // RFC 5322 4.5.2: obsolete white space before the colon
    return at < line.size() && line[at] == ':' ? at : std::string_view::npos;
}

bool HeaderBlock::has_room_for(std::size_t bytes) {
    // Once a field was dropped all later ones are: what is kept stays a prefix of the header, so positions in it remain true.
    if (!oversized_ && spans_.size() < most_fields_ && bytes <= most_bytes_ && text_.size() <= most_bytes_ - bytes) {
        if (spans_.empty()) {
            text_.reserve(usual_bytes);
            spans_.reserve(usual_fields);
        }
        return true;
    }
    oversized_ = true;
    return false;
}

void HeaderBlock::close_field(std::size_t begin, std::size_t name_length, std::size_t value_begin) {
    const auto narrow = [](std::size_t offset) { return static_cast<std::uint32_t>(offset); }; // at most most_bytes_
    spans_.push_back({narrow(begin), narrow(name_length), narrow(value_begin), narrow(text_.size())});
    text_ += "\r\n";
}

void HeaderBlock::add(std::string_view name, std::string_view value) {
    value = without_line_end(value);
    std::size_t bare = 0; // LFs that will need a CR
    for (auto at = value.find('\n'); at != std::string_view::npos; at = value.find('\n', at + 1))
        if (at == 0 || value[at - 1] != '\r') ++bare;
    if (!has_room_for(name.size() + 1 + value.size() + bare + 2)) return;

    const std::size_t begin = text_.size();
    text_ += name;
    text_ += ':';
    const std::size_t value_begin = text_.size();
    if (bare == 0)
        text_ += value;
    else
        append_with_crlf(text_, value);
    close_field(begin, length_without_wsp(name), value_begin);
}

bool HeaderBlock::add_raw(std::string_view raw) {
    raw = without_line_end(raw);
    const std::size_t colon = find_colon(raw);
    if (colon == std::string_view::npos) return false;
    if (!has_room_for(raw.size() + 2)) return true;

    const std::size_t begin = text_.size();
    text_ += raw;
    close_field(begin, length_without_wsp(raw.substr(0, colon)), begin + colon + 1);
    return true;
}

Field HeaderBlock::operator[](std::size_t index) const& {
    const Span& span = spans_[index];
    const std::string_view text = text_;
    return {.name = text.substr(span.begin, span.name_length),
            .value = text.substr(span.value_begin, span.end - span.value_begin),
            .raw = text.substr(span.begin, span.end - span.begin)};
}

std::vector<std::size_t> HeaderBlock::find_all(std::string_view name) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < spans_.size(); ++i)
        if (spans_[i].name_length == name.size() && ascii::iequals((*this)[i].name, name)) found.push_back(i);
    return found;
}

std::string unfold(std::string_view value) {
    value = ascii::trim(value);
    std::string result;
    result.reserve(value.size());
    for (;;) {
        const auto line_feed = value.find('\n');
        const bool folds =
            line_feed != std::string_view::npos && line_feed + 1 < value.size() && ascii::is_wsp(value[line_feed + 1]);
        std::string_view line = value.substr(0, line_feed);
        if (folds && line.ends_with('\r')) line.remove_suffix(1);
        result += line;
        if (line_feed == std::string_view::npos) return result;
        if (!folds) result += '\n';
        value.remove_prefix(line_feed + 1);
    }
}

} // namespace bonafide::mail
