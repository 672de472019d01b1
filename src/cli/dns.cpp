#include "cli/dns.hpp"

#include "base/duration.hpp"
#include "cli/check.hpp"
#include "engine/settings_check.hpp"
#include "engine/zone_file.hpp"
#include "io/blocking_resolver.hpp"

namespace bonafide::cli {
std::vector<Option> with_dns_options(std::vector<Option> own) {
    own.push_back(
        {.name = "zone", .value = "FILE", .help = "answer DNS questions only from this master file or JSON zone"});
    own.push_back({.name = "dns-server",
                   .value = "IP[@PORT]",
                   .help = "ask this recursive server; otherwise those of the system",
                   .times = Times::any,
                   .check = engine::check_dns_server,
                   .excludes = {"zone"}});
    own.push_back({.name = "dns-timeout",
                   .value = "TIME",
                   .help = "for one question, such as 500ms or 3s",
                   .fallback = "5s",
                   .check = check_duration,
                   .excludes = {"zone"}});
    return own;
}

std::expected<std::shared_ptr<const dns::Zone>, Failure> load_zone(const std::string& file, std::string_view origin) {
    auto zone = engine::load_zone(file, origin);
    if (!zone) return cannot(zone.error());
    return std::move(*zone);
}

engine::Settings::Dns dns_settings(const Arguments& arguments, engine::Settings::Dns configured) {
    if (arguments.has("dns-server")) {
        configured.servers = arguments.all("dns-server");
        configured.zone.clear();
    }
    if (const auto zone = arguments.text("zone")) configured.zone = *zone;
    if (const auto text = arguments.text("dns-timeout")) configured.timeout = *parse_duration(*text);
    return configured;
}

std::expected<std::shared_ptr<const dns::Source>, Failure> open_dns(const Arguments& arguments,
                                                                    const engine::Settings::Dns& configured) {
    const engine::Settings::Dns asked_for = dns_settings(arguments, configured);
    if (!asked_for.zone.empty()) {
        auto zone = load_zone(asked_for.zone);
        if (!zone) return std::unexpected(zone.error());
        return std::move(*zone);
    }
    io::ResolverSettings settings;
    settings.servers = asked_for.servers;
    settings.timeout = asked_for.timeout;
    settings.dnssec = asked_for.dnssec;
    settings.trust_anchor = asked_for.trust_anchor;
    auto source = io::open_blocking_resolver(std::move(settings));
    if (!source) return cannot(source.error());
    return std::move(*source);
}

} // namespace bonafide::cli
