// An mbox cut into chunks anywhere gives the same messages as in one piece, at growing offsets; and messages written as an mbox, quoted,
// read back as they were.
#include "mail/mbox.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using namespace bonafide;

struct Member {
    std::uint64_t offset;
    std::string text;
    bool operator==(const Member&) const = default;
};

void require(bool held) {
    if (!held) std::abort();
}

std::vector<Member> split(std::string_view input, std::uint8_t seed) {
    std::vector<Member> members;
    mail::MboxSplitter splitter(
        [&](std::uint64_t offset) {
            require(members.empty() ? offset == 0 : offset > members.back().offset);
            require(offset < input.size());
            members.push_back({offset, {}});
        },
        [&](std::string_view text) {
            require(!members.empty() && !text.empty());
            members.back().text += text;
        });
    for (std::size_t at = 0, chunk = 0; at < input.size(); at += chunk) {
        chunk = seed == 0 ? input.size() : 1 + (seed * (at + 7)) % 13;
        splitter.feed(input.substr(at, chunk));
    }
    splitter.finish();
    return members;
}

/// One more ">" before each line that a reader would take one from, and before those that would begin a message.
std::string quoted(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1);
        const auto after = line.find_first_not_of('>');
        if (after != std::string_view::npos && line.substr(after).starts_with("From ")) result += '>';
        result += line;
        text.remove_prefix(line.size());
    }
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::vector<Member> whole = split(input, 0);
    require(whole == split(input, data[0]));
    require(whole == split(input, 1));
    require(whole.empty() == input.empty());

    std::string written;
    std::vector<Member> expected;
    for (Member member : whole) {
        if (!member.text.empty() && !member.text.ends_with('\n')) member.text += '\n';
        member.offset = written.size();
        written += "From ann@x.example Sat Nov 21 10:00:00 2026\n" + quoted(member.text) + "\n";
        expected.push_back(std::move(member));
    }
    require(split(written, data[0]) == expected);
    return 0;
}
