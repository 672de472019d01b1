#include "verdict/spoof_pairs.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "verdict/list_parts.hpp"

#include <array>
#include <fmt/format.h>
#include <vector>

namespace bonafide::verdict {
namespace {

using Action = SpoofPair::Action;

Expected<std::string> read_author(std::string_view text) {
    if (text == "*") return std::string("*");
    if (text.starts_with("*@"))
        return failure(fmt::format("\"{}\": a domain stands for all its addresses, write {}", escape::line(text, 80),
                                   escape::line(text.substr(2), 80)));
    if (auto author = text.contains('@') ? read_address(text) : read_domain(text)) return *std::move(author);
    return failure(fmt::format("\"{}\" is no address, no domain and no *", escape::line(text, 80)));
}

Expected<std::string> read_infrastructure(std::string_view text) {
    if (text == "*") return std::string("*");
    if (const auto address = ip::Prefix::parse(text)) {
        const ip::Prefix network = network_of(address->address);
        if (address->length != network.length)
            return failure(fmt::format("{} must be a /{}", escape::line(text, 80), network.length));
        return network.text();
    }
    if (auto domain = read_domain(text)) return *std::move(domain);
    return failure(fmt::format("\"{}\" is no domain, no network and no *", escape::line(text, 80)));
}

/// What a pair may call the infrastructures, narrowest first: a confirmed host, as they are, their Organizational Domains, any.
std::vector<std::string> names_of(std::span<const Infrastructure> infrastructures,
                                  const dns::PublicSuffixList& suffixes) {
    std::vector<std::string> names;
    for (const Infrastructure& one : infrastructures)
        if (!one.host.empty()) names.push_back(one.host);
    for (const Infrastructure& one : infrastructures) names.push_back(one.name);
    for (const Infrastructure& one : infrastructures)
        if (one.kind != Infrastructure::Kind::network) names.push_back(suffixes.organizational(one.name));
    names.emplace_back("*");
    return names;
}

} // namespace

std::string_view to_text(Action action) { return action == Action::allow ? "allow" : "block"; }

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

std::string SpoofPair::text() const { return fmt::format("{}, {}", author, infrastructure); }

void SpoofPairs::add(const SpoofPair& pair) {
    ByText<SpoofPair>& of_author = pairs_[static_cast<std::size_t>(pair.action)][pair.author];
    if (of_author.try_emplace(pair.infrastructure, pair).second) ++size_;
}

const SpoofPair* SpoofPairs::find(std::string_view address, std::span<const Infrastructure> infrastructures,
                                  const std::optional<ip::Address>& client,
                                  const dns::PublicSuffixList& suffixes) const& {
    if (size_ == 0) return nullptr;
    const std::string whole = ascii::lower(address); // local parts in any case, as people write them
    const std::array<std::string_view, 3> authors{whole, std::string_view(whole).substr(whole.rfind('@') + 1), "*"};
    std::vector<std::string> names; // made when an author is listed at all
    for (const Action action : {Action::block, Action::allow}) {
        const ByAuthor& pairs = pairs_[static_cast<std::size_t>(action)];
        for (const std::string_view author : authors) {
            const auto of_author = pairs.find(author);
            if (of_author == pairs.end()) continue;
            const auto& by_infrastructure = of_author->second;
            if (names.empty()) names = names_of(infrastructures, suffixes);
            // A client's name takes it out of what its network may do, not out of what is forbidden there.
            const std::string network = client && action == Action::block ? network_of(*client).text() : "";
            if (const auto found = by_infrastructure.find(network); found != by_infrastructure.end())
                return &found->second;
            for (const std::string& name : names)
                if (const auto found = by_infrastructure.find(name); found != by_infrastructure.end())
                    return &found->second;
        }
    }
    return nullptr;
}

} // namespace bonafide::verdict
