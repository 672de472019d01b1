#include "cli/suffixes.hpp"

#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <utility>

namespace bonafide::cli {

Option discovery_option() {
    return {.name = "discovery",
            .value = "METHOD",
            .help = "how the Organizational Domain is found",
            .choices = {"treewalk", "psl"},
            .fallback = "treewalk, or psl with --psl"};
}

Option psl_option() {
    return {.name = "psl",
            .value = "FILE",
            .help = "public suffix list in publicsuffix.org's format",
            .fallback = "the system's"};
}

std::expected<Suffixes, Failure> open_suffixes(const Arguments& arguments) {
    const auto file = arguments.text("psl");
    const auto method = arguments.text("discovery");
    Suffixes suffixes;
    if (method)
        suffixes.discovery = *dmarc::parse_discovery(*method);
    else if (file)
        suffixes.discovery = dmarc::Discovery::psl;
    if (suffixes.discovery == dmarc::Discovery::treewalk) return suffixes;
    if (!file) {
        suffixes.list = std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
        return suffixes;
    }
    auto list = dns::PublicSuffixList::load(*file);
    if (!list) return cannot(fmt::format("{}: {}", *file, list.error().text));
    suffixes.list = std::make_shared<const dns::PublicSuffixList>(std::move(*list));
    return suffixes;
}

engine::Record::SuffixList identify(const dns::PublicSuffixList& list) {
    engine::Record::SuffixList identity{list.file(), list.version(), {}, false};
    std::ifstream file(list.file(), std::ios::binary);
    if (list.file().empty() || !file) return identity;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    identity.sha256 = crypto::to_hex(crypto::sha256(text));
    constexpr std::string_view date_line = "// VERSION: ";
    constexpr std::size_t near_top = 4096;
    const std::size_t at = std::string_view(text).substr(0, near_top).find(date_line);
    if (at == std::string_view::npos) return identity; // the compiled form has none
    const std::size_t begin = at + date_line.size();
    identity.version = text.substr(begin, text.find('\n', begin) - begin);
    return identity;
}

} // namespace bonafide::cli
