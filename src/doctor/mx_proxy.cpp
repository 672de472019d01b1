#include "doctor/mx_proxy.hpp"

#include "doctor/provider.hpp"
#include "doctor/reach.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace bonafide::doctor {
namespace {

std::vector<ip::Prefix> parse_all(std::span<const std::string_view> texts) {
    std::vector<ip::Prefix> networks;
    for (const std::string_view text : texts)
        if (const auto network = ip::Prefix::parse(text)) networks.push_back(*network);
    return networks;
}

/// https://www.cloudflare.com/ips-v4 and ips-v6.
const std::vector<ip::Prefix>& proxy_networks() {
    constexpr std::array<std::string_view, 22> texts{
        "173.245.48.0/20",  "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22",    "141.101.64.0/18",
        "108.162.192.0/18", "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17",
        "162.158.0.0/15",   "104.16.0.0/13",   "104.24.0.0/14",   "172.64.0.0/13",    "131.0.72.0/22",
        "2400:cb00::/32",   "2606:4700::/32",  "2803:f800::/32",  "2405:b500::/32",   "2405:8100::/32",
        "2a06:98c0::/29",   "2c0f:f248::/32"};
    static const std::vector<ip::Prefix> networks = parse_all(texts);
    return networks;
}

/// Spectrum passes on whatever port its customer chose.
const std::vector<ip::Prefix>& networks_of_other_ports() {
    constexpr std::array<std::string_view, 1> texts{"172.65.0.0/16"};
    static const std::vector<ip::Prefix> networks = parse_all(texts);
    return networks;
}

/// Email Routing and Email Security.
bool takes_mail(std::string_view host) {
    constexpr std::array<std::string_view, 3> suffixes{".mx.cloudflare.net", ".mxrecord.io", ".mxrecord.mx"};
    return provider_of_mx(host) != nullptr ||
           std::ranges::any_of(suffixes, [&](std::string_view suffix) { return host.ends_with(suffix); });
}

} // namespace

bool is_behind_web_proxy(const MxHost& host) {
    if (takes_mail(host.name)) return false;
    bool any = false;
    for (const ip::Address& address : host.addresses) {
        if (is_off_the_internet(address)) continue;
        if (!ip::is_in(address, proxy_networks()) || ip::is_in(address, networks_of_other_ports())) return false;
        any = true;
    }
    return any;
}

} // namespace bonafide::doctor
