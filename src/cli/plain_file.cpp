#include "cli/plain_file.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>

namespace bonafide::cli {
namespace {

std::string_view kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

} // namespace

Expected<void> check_plain_file(const std::string& file) {
    struct stat about{};
    if (::stat(file.c_str(), &about) != 0) return failure(std::generic_category().message(errno));
    if (S_ISREG(about.st_mode)) return {};
    return failure(
        fmt::format("is {}, not a file; what comes out of one is read as standard input: give - in its place",
                    kind_of(about.st_mode)));
}

} // namespace bonafide::cli
