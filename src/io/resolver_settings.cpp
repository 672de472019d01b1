// What the Resolver's settings mean in files and addresses.
#include "io/resolver_settings.hpp"

#include "base/ascii.hpp"
#include "base/endpoint.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "io/resolver.hpp"
#include "io/system.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

namespace bonafide::io {
namespace {

constexpr std::size_t most_resolv_conf_bytes = 1024 * 1024;
constexpr std::size_t most_trust_anchor_bytes = 1024 * 1024;
constexpr std::size_t most_root_hints_bytes = 1024 * 1024;
constexpr std::size_t most_system_servers = 3; // resolv.conf(5): MAXNS

/// The blank-separated words of a line, without what follows a comment sign.
std::vector<std::string_view> words_of(std::string_view line, std::string_view comment_signs) {
    line = line.substr(0, line.find_first_of(comment_signs));
    std::vector<std::string_view> words;
    while (!(line = ascii::trim(line)).empty()) {
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return words;
}

bool is_server(std::string_view text) { return ip::Endpoint::parse_dns_server(text).has_value(); }

} // namespace

std::vector<std::string> resolv_conf_servers(std::string_view text) {
    std::vector<std::string> servers;
    for (const std::string_view line : ascii::split(text, '\n')) {
        const auto words = words_of(line, "#;");
        if (words.size() < 2 || words[0] != "nameserver" || servers.size() == most_system_servers) continue;
        if (is_server(words[1]) && !words[1].contains('@'))
            servers.emplace_back(words[1]); // "fe80::1%eth0" cannot be used
    }
    return servers;
}

std::vector<std::string> trust_anchor_owners(std::string_view text) {
    std::vector<std::string> owners;
    for (const std::string_view line : ascii::split(text, '\n')) {
        if (line.empty() || ascii::is_space(line[0]) || line[0] == '$')
            continue; // continuation of a record, or a directive
        const auto words = words_of(line, ";");
        const bool is_anchor = std::any_of(words.begin(), words.end(), [](std::string_view word) {
            return ascii::iequals(word, "DS") || ascii::iequals(word, "DNSKEY");
        });
        if (!is_anchor || words[0] == "@") continue;
        std::string owner = dns::normalize(words[0]);
        if (std::find(owners.begin(), owners.end(), owner) == owners.end()) owners.push_back(std::move(owner));
    }
    return owners;
}

Expected<std::vector<std::string>> load_trust_anchor(const std::string& file) {
    const auto text = system::read_file(file, most_trust_anchor_bytes);
    if (!text)
        return failure(
            fmt::format("the DNSSEC trust anchor cannot be read ({}): install dns-root-data, or switch validation off",
                        text.error().text));
    auto owners = trust_anchor_owners(*text);
    if (owners.empty())
        return failure(fmt::format("the DNSSEC trust anchor {} holds no DS or DNSKEY record", escape::line(file)));
    return owners;
}

Expected<ResolverPlan> plan(const ResolverSettings& settings) {
    ResolverPlan result;
    result.forward_to = settings.servers;
    for (const std::string& server : settings.servers)
        if (!is_server(server))
            return failure(
                fmt::format("\"{}\" is no DNS server address (wanted: 192.0.2.53, 2001:db8::53 or either with @PORT)",
                            escape::line(server)));
    if (result.forward_to.empty()) {
        if (const auto text = system::read_file(settings.resolv_conf, most_resolv_conf_bytes))
            result.forward_to = resolv_conf_servers(*text);
    }
    std::error_code ignored;
    if (result.forward_to.empty() && std::filesystem::exists(settings.root_hints, ignored)) {
        result.root_hints = settings.root_hints;
        result.root_hints_text = system::read_file(settings.root_hints, most_root_hints_bytes).value_or("");
    }
    if (settings.dnssec) {
        auto anchors = load_trust_anchor(settings.trust_anchor);
        if (!anchors) return std::unexpected(anchors.error());
        result.anchors = std::move(*anchors);
        result.trust_anchor = settings.trust_anchor;
        result.trust_anchor_text = system::read_file(settings.trust_anchor, most_trust_anchor_bytes).value_or("");
    }
    return result;
}

} // namespace bonafide::io
