#include "cli/message_file.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <istream>
#include <system_error>

namespace bonafide::cli {
namespace {

Expected<void> read_stream(std::istream& in, const std::function<void(std::string_view)>& feed) {
    std::array<char, 65536> buffer;
    std::size_t total = 0;
    while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
        const auto got = static_cast<std::size_t>(in.gcount());
        feed({buffer.data(), got});
        total += got;
    }
    if (in.bad() || total == 0) return failure(in.bad() ? "cannot be read" : "is empty: there is no message in it");
    return {};
}

} // namespace

Expected<void> read_message(const std::string& path, std::istream& standard_input,
                            const std::function<void(std::string_view)>& feed) {
    if (path == "-") return read_stream(standard_input, feed);
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return failure("cannot be opened: " + std::generic_category().message(errno));
    file.peek(); // a folder opens and only fails when read
    if (file.bad()) return failure("cannot be read; is it a folder? Name one message file, or - for standard input");
    file.clear();
    return read_stream(file, feed);
}

} // namespace bonafide::cli
