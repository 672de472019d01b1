#include "cli/suffixes.hpp"

#include <fmt/format.h>
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

} // namespace bonafide::cli
