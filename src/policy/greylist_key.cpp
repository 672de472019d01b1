// What a message is known by when it comes again: who sends it, and MAIL FROM without what changes (RFC 6647 4.2).
#include "base/ascii.hpp"
#include "policy/greylist.hpp"
#include "spf/lets_anybody.hpp"

#include <algorithm>
#include <array>

namespace bonafide::policy::greylist {
namespace {

// ---- who

std::string authenticated_domain(const verdict::Facts& facts) {
    if (const auto& spf = facts.spf.value;
        spf && spf->result == spf::Result::pass && !spf::lets_anybody(*spf) && !spf->domain.empty())
        return spf->domain;
    if (const auto& dmarc = facts.dmarc.value;
        dmarc && dmarc->result == dmarc::Result::pass && !facts.author.domain.empty())
        return facts.author.domain;
    std::string least; // of several: not the first, since whoever hands it on may add one on top
    for (const dkim::SignatureResult& signature : facts.dkim)
        if (verdict::supports_dmarc(signature, facts.dkim_support) && (least.empty() || signature.domain < least))
            least = signature.domain;
    return least;
}

std::string network_text(const ip::Address& client, const Settings& settings) {
    const unsigned length = std::min(client.is_v4() ? settings.ipv4_prefix : settings.ipv6_prefix, client.bits());
    std::array<std::uint8_t, 16> bytes = client.bytes();
    for (unsigned bit = length; bit < client.bits(); ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80U >> (bit % 8)));
    const auto network = client.is_v4() ? ip::Address::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]})
                                        : ip::Address::from_v6_unmapped(bytes);
    return ip::Prefix{network, length}.text();
}

// ---- MAIL FROM

bool is_word(char c) { return ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80; }

/// draft-levine-smtp-batv-01 4: one digit of the key, three of the day, six of the hash.
bool is_batv_tag(std::string_view text) {
    constexpr std::size_t digits = 4, length = 10;
    return text.size() == length && std::ranges::all_of(text.substr(0, digits), ascii::is_digit) &&
           std::ranges::all_of(text, ascii::is_hex);
}

/// BATV and its kin: "prvs=TAG=ann", "prvs=ann=TAG", "prvs=ann/TAG", "msprvs1=TAG=ann", "btv1==TAG==ann".
std::string_view without_batv(std::string_view local) {
    if (local.starts_with("btv1==")) {
        const std::size_t end = local.find("==", 6);
        return end == std::string_view::npos || end + 2 == local.size() ? local : local.substr(end + 2);
    }
    for (const std::string_view scheme : {std::string_view("prvs="), std::string_view("msprvs1=")}) {
        if (!local.starts_with(scheme)) continue;
        const std::string_view rest = local.substr(scheme.size());
        if (const std::size_t slash = rest.rfind('/');
            slash != std::string_view::npos && is_batv_tag(rest.substr(slash + 1)))
            return slash == 0 ? local : rest.substr(0, slash);
        const std::size_t equals = rest.find('=');
        if (equals == std::string_view::npos || equals == 0 || equals + 1 == rest.size()) return local;
        if (const std::size_t last = rest.rfind('=');
            is_batv_tag(rest.substr(last + 1)) && !is_batv_tag(rest.substr(0, equals)))
            return rest.substr(0, last);
        return rest.substr(equals + 1);
    }
    return local;
}

/// The part before the next "=", and `text` after it; nothing where there is none.
std::optional<std::string_view> take(std::string_view& text) {
    const std::size_t end = text.find('=');
    if (end == std::string_view::npos) return {};
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end + 1);
    return part;
}

/// "srs0=HHH=TT=domain=ann" without hash and day; "srs1=HHH=first==HHH=TT=domain=ann" likewise. Empty: it is none.
std::string without_srs(std::string_view local) {
    const auto is_separator = [](char c) { return c == '=' || c == '+' || c == '-'; };
    const bool once = local.starts_with("srs0"), again = local.starts_with("srs1");
    if ((!once && !again) || local.size() < 6 || !is_separator(local[4])) return {};
    std::string_view rest = local.substr(5);
    std::string out = once ? "srs0=" : "srs1=";
    if (!take(rest)) return {}; // the hash
    if (again) {
        const auto first = take(rest);
        if (!first || rest.empty() || !is_separator(rest.front())) return {};
        rest.remove_prefix(1);
        out.append(*first).append("=");
        if (!take(rest)) return {};
    }
    if (!take(rest) || rest.empty()) return {}; // the day
    return out.append(rest);
}

/// A number, an id in hexadecimal, or a long word with digits in it: what VERP counts with.
bool is_counter(std::string_view word) {
    constexpr std::size_t hex_length = 6, long_length = 16, long_digits = 3;
    const auto digits = static_cast<std::size_t>(std::ranges::count_if(word, ascii::is_digit));
    if (digits == word.size()) return true;
    if (digits > 0 && word.size() >= hex_length && std::ranges::all_of(word, ascii::is_hex)) return true;
    return word.size() >= long_length && digits >= long_digits;
}

/// Each run of counters as one "#".
std::string without_counters(std::string_view local) {
    std::string out;
    for (std::size_t i = 0; i < local.size();) {
        if (!is_word(local[i])) {
            out += local[i++];
            continue;
        }
        std::size_t end = i;
        while (end < local.size() && is_word(local[end])) ++end;
        const std::string_view word = local.substr(i, end - i);
        i = end;
        if (!is_counter(word)) {
            out += word;
        } else if (out.size() >= 2 && out[out.size() - 2] == '#' && !is_word(out.back())) {
            out.pop_back(); // "#-#" is one id
        } else if (out.empty() || out.back() != '#') {
            out += '#';
        }
    }
    return out;
}

std::string normalized_local(std::string_view given) {
    std::string_view local = without_batv(given);
    if (std::string srs = without_srs(local); !srs.empty()) return without_counters(srs);
    if (const std::size_t plus = local.find('+'); plus != std::string_view::npos && plus > 0)
        local = local.substr(0, plus);
    return without_counters(local);
}

} // namespace

std::optional<Identity> identity_of(const verdict::Facts& facts, const Settings& settings) {
    if (std::string domain = authenticated_domain(facts); !domain.empty())
        return Identity{Identity::Kind::domain, std::move(domain)};
    if (!facts.envelope.client) return {};
    return Identity{Identity::Kind::network, network_text(*facts.envelope.client, settings)};
}

std::string normalized_sender(std::string_view mail_from) {
    if (mail_from.empty() || mail_from == "<>") return "<>";
    const std::string lower = ascii::lower(mail_from.substr(0, 4 * most_address_bytes));
    const std::size_t at = std::min(lower.rfind('@'), lower.size());
    const std::string domain = lower.substr(at, most_address_bytes - 64); // with its "@"
    return normalized_local(std::string_view(lower).substr(0, at)).substr(0, most_address_bytes - domain.size()) +
           domain;
}

std::optional<Key> key_of(const verdict::Facts& facts, std::string_view recipient, const Settings& settings) {
    auto who = identity_of(facts, settings);
    if (!who || !facts.envelope.mail_from) return {};
    std::string sender = normalized_sender(*facts.envelope.mail_from);
    if (settings.sender == SenderPart::domain)
        if (const std::size_t at = sender.rfind('@'); at != std::string::npos) sender.erase(0, at);
    return Key{*std::move(who), std::move(sender), ascii::lower(recipient.substr(0, most_address_bytes))};
}

} // namespace bonafide::policy::greylist
