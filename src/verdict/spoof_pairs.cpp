#include "verdict/spoof_pairs.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

std::optional<std::string> read_domain(std::string_view text) {
    const Expected<std::string> name = dns::to_ascii(text);
    if (!name || !dns::is_hostname_like(*name)) return {};
    return dns::normalize(*name);
}

Expected<std::string> read_author(std::string_view text) {
    if (text == "*") return std::string("*");
    const std::size_t at = text.rfind('@');
    const auto domain = read_domain(at == std::string_view::npos ? text : text.substr(at + 1));
    if (!domain || at == 0)
        return failure(fmt::format("\"{}\" is no address, no domain and no *", escape::line(text, 80)));
    return at == std::string_view::npos ? *domain : fmt::format("{}@{}", text.substr(0, at), *domain);
}

Expected<std::string> read_infrastructure(std::string_view text) {
    if (text == "*") return std::string("*");
    if (const auto address = ip::Prefix::parse(text)) {
        const ip::Prefix network = network_of(address->address);
        if (address->length != network.length)
            return failure(fmt::format("{} must be a /{}", escape::line(text, 80), network.length));
        return network.text();
    }
    if (const auto domain = read_domain(text)) return *domain;
    return failure(fmt::format("\"{}\" is no domain, no network and no *", escape::line(text, 80)));
}

bool fits_author(const SpoofPair& pair, std::string_view address) {
    if (pair.author == "*") return true;
    const std::size_t at = address.rfind('@');
    if (!pair.author.contains('@'))
        return pair.author == (at == std::string_view::npos ? address : address.substr(at + 1));
    return ascii::iequals(pair.author, address); // local parts in any case, as people write them
}

bool fits_infrastructure(const SpoofPair& pair, std::span<const Infrastructure> infrastructures,
                         const dns::PublicSuffixList& suffixes) {
    if (pair.infrastructure == "*") return true;
    return std::ranges::any_of(infrastructures, [&](const Infrastructure& one) {
        return one.name == pair.infrastructure ||
               (one.kind != Infrastructure::Kind::network && suffixes.organizational(one.name) == pair.infrastructure);
    });
}

} // namespace

std::string_view to_text(SpoofPair::Action action) { return action == SpoofPair::Action::allow ? "allow" : "block"; }

Expected<SpoofPair> SpoofPair::parse(std::string_view text, Action action) {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos)
        return failure("a pair is written AUTHOR, INFRASTRUCTURE, as in contoso.com, 192.0.2.0/24");
    const auto author = read_author(ascii::trim(text.substr(0, comma)));
    if (!author) return std::unexpected(author.error());
    const auto infrastructure = read_infrastructure(ascii::trim(text.substr(comma + 1)));
    if (!infrastructure) return std::unexpected(infrastructure.error());
    if (*author == "*" && *infrastructure == "*") return failure("only one side of a pair may be *");
    return SpoofPair{*author, *infrastructure, action, {}};
}

const SpoofPair* find_pair(std::span<const SpoofPair> pairs, std::string_view address,
                           std::span<const Infrastructure> infrastructures, const std::optional<ip::Address>& client,
                           const dns::PublicSuffixList& suffixes) {
    const SpoofPair* allowed = nullptr;
    const std::string network = client ? network_of(*client).text() : std::string();
    for (const SpoofPair& pair : pairs) {
        if (!fits_author(pair, address)) continue;
        const bool block = pair.action == SpoofPair::Action::block;
        if (!fits_infrastructure(pair, infrastructures, suffixes) && !(block && pair.infrastructure == network))
            continue;
        if (block) return &pair;
        if (allowed == nullptr) allowed = &pair;
    }
    return allowed;
}

} // namespace bonafide::verdict
