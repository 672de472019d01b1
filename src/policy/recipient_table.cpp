#include "policy/recipient_table.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <array>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

std::string_view take_word(std::string_view& rest) {
    rest = ascii::trim(rest);
    std::size_t end = 0;
    while (end < rest.size() && !ascii::is_space(rest[end])) ++end;
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

Expected<void> read_line(std::string_view line, RecipientSenders& senders) {
    std::string_view rest = line.substr(0, line.find('#'));
    std::array<std::string_view, 3> words;
    for (std::string_view& word : words) word = take_word(rest);
    if (words[0].empty()) return {};
    if (words[2].empty() || !ascii::trim(rest).empty())
        return failure(
            fmt::format("\"{}\" is not written RECIPIENT safe|blocked SENDER", escape::line(ascii::trim(line), 80)));
    const auto list = parse_sender_list(words[1]);
    if (!list) return failure(fmt::format("\"{}\" is neither safe nor blocked", escape::line(words[1], 80)));
    return senders.add(words[0], *list, words[2]);
}

} // namespace

Expected<void> read_recipient_table(std::string_view text, RecipientSenders& senders) {
    std::size_t number = 0;
    while (!text.empty()) {
        ++number;
        const std::size_t end = text.find('\n');
        if (auto read = read_line(text.substr(0, end), senders); !read)
            return failure(fmt::format("line {}: {}", number, read.error().text));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return {};
}

} // namespace bonafide::policy
