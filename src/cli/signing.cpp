#include "cli/signing.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "io/system.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sys/stat.h>

namespace bonafide::cli {

Expected<crypto::PrivateKey> read_private_key(const std::string& path, std::ostream* warnings) {
    constexpr std::size_t most_key_bytes = 65536;
    const auto pem = io::system::read_file(path, most_key_bytes);
    if (!pem) return std::unexpected(pem.error());
    auto key = crypto::PrivateKey::from_pem(*pem);
    if (!key) return failure(fmt::format("{}: {}", escape::line(path), key.error().text));
    if (struct stat about{}; warnings != nullptr && ::stat(path.c_str(), &about) == 0 && (about.st_mode & S_IROTH) != 0)
        *warnings << fmt::format("warning: {}: everybody can read this key (mode {:04o}); chmod 600\n",
                                 escape::line(path), about.st_mode & 07777U);
    return key;
}

std::vector<std::string> split_names(std::string_view text) {
    std::vector<std::string> names;
    for (const std::string_view name : ascii::split(text, ':')) names.emplace_back(ascii::trim(name));
    return names;
}

void write_on_top(std::span<const std::pair<std::string_view, std::string>> fields, std::string_view message,
                  std::ostream& out) {
    const std::size_t line = std::min(message.find('\n'), message.size() - 1) + 1;
    const bool crlf = message.substr(0, line).ends_with("\r\n");
    if (message.starts_with("From ")) {
        out << message.substr(0, line);
        message.remove_prefix(line);
    }
    for (const auto& [name, value] : fields) {
        std::string field = fmt::format("{}: {}\r\n", name, value);
        if (!crlf) std::erase(field, '\r');
        out << field;
    }
    out << message;
}

} // namespace bonafide::cli
