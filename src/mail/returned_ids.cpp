#include "mail/returned_ids.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace bonafide::mail {
namespace {

constexpr std::string_view field = "Message-ID:";
constexpr std::size_t most_line = 998; // RFC 5322 2.1.1

} // namespace

std::string_view bracketed_id(std::string_view value) {
    const std::size_t open = value.find('<');
    if (open == std::string_view::npos) return {};
    const std::size_t close = value.find('>', open);
    if (close == std::string_view::npos) return {};
    const std::string_view id = value.substr(open + 1, close - open - 1);
    const bool sound = std::ranges::all_of(id, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; });
    return sound ? id : std::string_view{};
}

void ReturnedIds::feed(std::string_view chunk) {
    if (done()) return;
    chunk = chunk.substr(0, most_bytes - seen_);
    seen_ += chunk.size();
    while (!chunk.empty() && (ids_.size() < most_ids || !also_.empty())) {
        const std::size_t end = chunk.find('\n');
        const std::string_view piece = chunk.substr(0, end);
        line_ += piece.substr(0, most_line - std::min(most_line, line_.size()));
        if (end == std::string_view::npos) return;
        end_line();
        chunk.remove_prefix(end + 1);
    }
}

void ReturnedIds::end_line() {
    std::string_view line = line_;
    const bool folded = continues_ && !line.empty() && (line.front() == ' ' || line.front() == '\t');
    continues_ = false;
    if (folded || ascii::istarts_with(line, field)) {
        if (!folded) line.remove_prefix(field.size());
        const std::string id(bracketed_id(line));
        if (!id.empty() && ids_.size() < most_ids && std::ranges::find(ids_, id) == ids_.end()) ids_.push_back(id);
        continues_ = id.empty() && !folded && ascii::trim(line).empty();
    }
    const bool is_also =
        !also_.empty() && line.size() > also_.size() && line[also_.size()] == ':' && ascii::istarts_with(line, also_);
    if (is_also && values_.size() < most_values) values_.emplace_back(ascii::trim(line.substr(also_.size() + 1)));
    line_.clear();
}

std::vector<std::string> ReturnedIds::take() {
    if (seen_ < most_bytes) end_line();
    return std::move(ids_);
}

} // namespace bonafide::mail
