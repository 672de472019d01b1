#include "engine/server_key_dns.hpp"

#include "base/escape.hpp"
#include "dns/name.hpp"
#include "io/key_folder.hpp"
#include "sign/published.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::engine {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr int tries = 2; // a datagram may be lost

Expected<std::optional<sign::TsigKey>> read_tsig(const std::string& file, std::uint32_t also_owner) {
    if (file.empty()) return std::nullopt;
    const auto text =
        io::read_private_file(file, sign::TsigKey::most_bytes, {.also_owner = also_owner, .group_may_read = true});
    if (!text) return failure("publish.tsig: " + text.error().text);
    auto key = sign::parse_tsig_key(*text);
    if (!key) return failure(fmt::format("publish.tsig: {} {}", escape::line(file), key.error().text));
    return std::optional(*std::move(key));
}

sign::Sight unknown(std::string why) {
    sign::Sight sight;
    sight.why = std::move(why);
    return sight;
}

/// What a server said, with its name where there are several.
sign::Published judge(const sign::Key& key, const std::string& domain, const io::DirectAnswer& answer,
                      const std::string& server, const Limits& limits) {
    sign::Published seen = sign::compare(key, domain, answer.data, limits);
    if (!answer.fault.empty()) seen.reason = answer.fault;
    if (!seen.reason.empty()) seen.reason = fmt::format("{}: {}", server, seen.reason);
    return seen;
}

} // namespace

bool ServerKeyDns::is_meant(const Settings& settings) {
    return settings.dns.zone.empty() || !settings.publish.server.empty() || !settings.publish.authoritative.empty();
}

Expected<std::unique_ptr<ServerKeyDns>> ServerKeyDns::open(const Settings& settings,
                                                           std::shared_ptr<const dns::Source> resolver,
                                                           std::uint32_t also_owner, std::function<bool()> is_ending) {
    auto made = std::make_unique<ServerKeyDns>();
    made->is_ending_ = std::move(is_ending);
    made->resolver_ = std::move(resolver);
    made->zone_ = dns::normalize(settings.publish.zone);
    made->timeout_ = settings.dns.timeout;
    made->limits_ = settings.limits;
    for (const std::string& text : settings.publish.authoritative)
        if (const auto server = ip::Endpoint::parse_dns_server(text)) made->authoritative_.push_back(*server);
    if (!settings.publish.server.empty()) {
        made->server_ = ip::Endpoint::parse(settings.publish.server);
        if (!made->server_)
            return failure(fmt::format("publish.server: \"{}\" is no IP address with a port",
                                       escape::line(settings.publish.server)));
        auto tsig = read_tsig(settings.publish.tsig, also_owner);
        if (!tsig) return std::unexpected(tsig.error());
        made->tsig_ = *std::move(tsig);
    }
    return made;
}

/// The NS records at the name or the nearest above it: those of the zone the name lies in.
Expected<std::vector<std::string>> ServerKeyDns::names_of_servers(std::string name) const {
    for (std::string at = std::move(name); dns::label_count(at) > 1; at = std::string(dns::parent(at))) {
        const dns::Answer answer =
            resolver_->answer({at, dns::Type::ns, "name servers of our own keys (DKIM)", {}, true, true});
        if (answer->temporary())
            return failure(
                fmt::format("the name servers of {} could not be asked for ({})", at, dns::to_text(answer->status)));
        if (!answer->found() || answer->names.empty() || answer->aliased) continue;
        if (answer->names.size() > most_servers)
            return failure(fmt::format("{} has more than {} name servers", at, most_servers));
        return answer->names;
    }
    return failure("no name servers were found");
}

Expected<std::vector<ServerKeyDns::NameServer>> ServerKeyDns::servers_of(const std::string& name) const {
    std::vector<NameServer> servers;
    for (const ip::Endpoint& endpoint : authoritative_) servers.push_back({endpoint.text(), {endpoint}});
    if (!servers.empty()) {
        add_primary(servers);
        return servers;
    }
    const auto names = names_of_servers(name);
    if (!names) return std::unexpected(names.error());
    for (const std::string& host : *names) {
        NameServer server{host, {}};
        for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
            const dns::Answer answer =
                resolver_->answer({host, type, "name servers of our own keys (DKIM)", {}, true, true});
            for (const ip::Address& address : answer->addresses) server.addresses.push_back({address, dns_port});
        }
        servers.push_back(std::move(server));
    }
    add_primary(servers);
    return servers;
}

/// The server for updates may be hidden from the world, and hold what the others do not have yet.
void ServerKeyDns::add_primary(std::vector<NameServer>& servers) const {
    if (!server_) return;
    const bool is_there = std::ranges::any_of(servers, [&](const NameServer& one) {
        return std::ranges::find(one.addresses, *server_) != one.addresses.end();
    });
    if (!is_there) servers.push_back({server_->text(), {*server_}, true});
}

io::DirectAnswer ServerKeyDns::ask(const NameServer& server, const std::string& name) {
    io::DirectAnswer answer;
    answer.data.status = dns::Status::timeout;
    answer.fault = server.addresses.empty() ? "has no address" : "did not answer before";
    for (int i = 0; i < tries; ++i)
        for (const ip::Endpoint& address : server.addresses) {
            if (silent_.contains(address) || (is_ending_ && is_ending_())) continue;
            answer = io::ask_directly(address, name, dns::Type::txt, timeout_);
            if (answer.data.status != dns::Status::timeout) return answer;
        }
    silent_.insert(server.addresses.begin(), server.addresses.end());
    return answer;
}

sign::Sight ServerKeyDns::look(const sign::Key& key, const std::string& domain) {
    const std::string own_name = sign::record_name(key.selector, domain);
    std::string name = own_name;
    for (int hop = 0; hop <= most_aliases; ++hop) {
        const auto servers = servers_of(name);
        if (!servers) return unknown(servers.error().text);
        std::vector<sign::Published> seen;
        std::optional<std::string> alias, owner; // of the first that answered
        bool agree = true;
        std::uint32_t old_ttl = 0;
        for (const NameServer& server : *servers) {
            const io::DirectAnswer answer = ask(server, name);
            if (!answer.data.temporary()) {
                if (!alias) alias = answer.alias;
                if (!owner) owner = answer.owner;
                agree = agree && answer.alias == *alias && answer.owner == *owner;
            } else if (server.is_primary) {
                continue; // nobody else asks it, and it need not answer
            }
            old_ttl = std::max(old_ttl, answer.data.found() ? answer.data.ttl : answer.negative_ttl);
            seen.push_back(judge(key, domain, answer, server.name, limits_));
        }
        if (alias && !alias->empty() && agree) {
            name = *alias;
            continue;
        }
        targets_[own_name] = owner.value_or(name);
        sign::Sight sight = sign::combine(key, seen);
        sight.old_ttl = old_ttl;
        if (!agree) sight.why = fmt::format("the servers of {} disagree about a CNAME", name);
        return sight;
    }
    return unknown(fmt::format("{} has more than {} CNAMEs in a row", own_name, most_aliases));
}

/// By the SOA that the server for updates gives with an answer.
Expected<std::string> ServerKeyDns::zone_of(const std::string& name) const {
    if (!zone_.empty()) {
        if (!dns::is_equal_or_below(name, zone_))
            return failure(fmt::format("{} does not lie in publish.zone ({})", name, zone_));
        return zone_;
    }
    const io::DirectAnswer answer = io::ask_directly(*server_, name, dns::Type::soa, timeout_);
    if (answer.zone.empty())
        return failure(answer.fault.empty() ? fmt::format("{} names no zone of {}", server_->text(), name)
                                            : answer.fault);
    return answer.zone;
}

Expected<void> ServerKeyDns::publish(const sign::Record& record) {
    if (!server_) return failure("publish.server is not set");
    const auto target = targets_.find(record.name);
    const std::string name = target == targets_.end() ? record.name : target->second;
    auto zone = zone_of(name);
    if (!zone) return std::unexpected(zone.error());
    io::TxtUpdate update{.zone = *std::move(zone), .name = name, .ttl = record.ttl, .strings = {}};
    for (const std::string_view piece : sign::record_strings(record.text)) update.strings.emplace_back(piece);
    const auto shown = [&] { return io::ask_directly(*server_, name, dns::Type::txt, timeout_); };
    if (const io::DirectAnswer before = shown(); !before.data.temporary()) update.only_if_absent = !before.data.found();
    if (auto taken = io::replace_txt(*server_, update, tsig_, timeout_); !taken) return taken;
    // Updates may be dropped without a word: where a CNAME stands (RFC 2136 3.4.2.2), for one.
    const io::DirectAnswer after = shown();
    if (after.data.temporary() || std::ranges::find(after.data.txt, record.text) != after.data.txt.end()) return {};
    return failure(fmt::format("{} took the update of {} but does not show it", server_->text(), name));
}

Expected<void> ServerKeyDns::change(const std::string& domain, std::span<const dns::RecordChange> changes) {
    if (!server_) return failure("publish.server is not set");
    auto zone = zone_of(domain);
    if (!zone) return std::unexpected(zone.error());
    if (auto taken = io::change_records(*server_, *zone, changes, tsig_, timeout_); !taken) return taken;
    for (const dns::RecordChange& change : changes) {
        if (change.type != dns::Type::txt || change.add.empty()) continue;
        const io::DirectAnswer after = io::ask_directly(*server_, change.name, dns::Type::txt, timeout_);
        for (const dns::Record& one : change.add)
            if (!after.data.temporary() && std::ranges::find(after.data.txt, one.value) == after.data.txt.end())
                return failure(
                    fmt::format("{} took the update of {} but does not show it", server_->text(), change.name));
    }
    return {};
}

} // namespace bonafide::engine
