#include "io/smtp_reply.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>

namespace bonafide::io::smtp {
namespace {

constexpr std::size_t most_shown = 300;

/// One line: its code, whether another follows, and the rest.
struct Line {
    unsigned code = 0;
    bool more = false;
    std::string_view text;
};

Expected<Line> read_line(std::string_view line) {
    const bool has_code = line.size() >= 3 && std::ranges::all_of(line.substr(0, 3), ascii::is_digit) &&
                          line[0] >= '2' && line[0] <= '5' && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
    if (!has_code) return failure(fmt::format("the server said \"{}\", which is no reply", escape::line(line, 80)));
    return Line{static_cast<unsigned>(*ascii::parse_decimal(line.substr(0, 3))), line.size() > 3 && line[3] == '-',
                line.substr(std::min<std::size_t>(line.size(), 4))};
}

} // namespace

std::string Reply::text() const { return escape::line(fmt::format("{} {}", code, fmt::join(lines, "; ")), most_shown); }

Expected<std::optional<Reply>> take_reply(std::string& bytes) {
    Reply reply;
    std::string_view rest = bytes;
    for (std::size_t taken = 0;;) {
        const std::size_t end = rest.find('\n');
        const std::size_t size = end == std::string_view::npos ? rest.size() : end + 1;
        if (size > most_reply_line_bytes) return failure("a line of the server's reply is too long");
        if (taken + size > most_reply_bytes) return failure("the server's reply is too long");
        if (end == std::string_view::npos) return std::nullopt;
        std::string_view text = rest.substr(0, end);
        if (text.ends_with('\r')) text.remove_suffix(1);
        const auto line = read_line(text);
        if (!line) return std::unexpected(line.error());
        if (!reply.lines.empty() && line->code != reply.code)
            return failure(fmt::format("the server gave {} and {} in one reply", reply.code, line->code));
        reply.code = line->code;
        reply.lines.emplace_back(line->text);
        taken += size;
        rest.remove_prefix(size);
        if (line->more) continue;
        bytes.erase(0, taken);
        return reply;
    }
}

} // namespace bonafide::io::smtp
