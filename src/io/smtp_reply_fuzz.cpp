// Hostile servers: whatever they say is a reply, not one, or not all of one; byte by byte it is the same, written again it reads the same, and
// what a person is shown is one line.
#include "io/smtp_reply.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace bonafide::io::smtp;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

std::string written(const Reply& reply) {
    std::string bytes;
    for (std::size_t i = 0; i < reply.lines.size(); ++i)
        bytes += std::to_string(reply.code) + (i + 1 < reply.lines.size() ? '-' : ' ') + reply.lines[i] + "\r\n";
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    const std::string all = bytes;
    const auto reply = take_reply(bytes);
    if (!reply || !*reply) {
        require(bytes == all && (reply || !reply.error().text.empty()));
        return 0;
    }
    require((*reply)->code >= 200 && (*reply)->code < 600 && !(*reply)->lines.empty());
    require(all.ends_with(bytes) && bytes.size() < all.size());
    const std::string shown = (*reply)->text();
    require(std::ranges::none_of(shown, [](char c) { return static_cast<unsigned char>(c) < ' '; }));
    const std::size_t end = all.size() - bytes.size();
    std::string start = all.substr(0, end - 1);
    const auto early = take_reply(start);
    require(early && !*early);
    std::string again = written(**reply);
    if (again.size() > most_reply_bytes || again.size() > end + 4 * (*reply)->lines.size()) return 0;
    const auto same = take_reply(again);
    if (same && *same) require((*same)->lines == (*reply)->lines && (*same)->code == (*reply)->code);
    return 0;
}
