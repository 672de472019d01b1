#include "doctor/explain_extract.hpp"

#include "base/ascii.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <array>

namespace bonafide::doctor {
namespace {

bool is_name_byte(char c) {
    return ascii::is_alnum(c) || c == '-' || c == '.' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

/// The domain name that `text` begins with, brackets and quotes before it skipped; empty: none.
std::string name_at(std::string_view text) {
    while (!text.empty() && std::string_view(" \t[<('\":=").contains(text.front())) text.remove_prefix(1);
    std::size_t end = 0;
    while (end < text.size() && is_name_byte(text[end])) ++end;
    if (end < text.size() && text[end] == '@') return name_at(text.substr(end + 1));
    std::string_view name = text.substr(0, end);
    while (name.ends_with('.') || name.ends_with('-')) name.remove_suffix(1);
    const auto ascii_name = dns::to_ascii(name);
    if (!ascii_name || !dns::is_hostname_like(*ascii_name) || dns::label_count(*ascii_name) < 2 ||
        ip::Address::parse(*ascii_name))
        return {};
    return *ascii_name;
}

/// Names that stand in replies for other reasons than being the sender's.
bool is_of_receiver(std::string_view name) {
    constexpr std::array<std::string_view, 14> others{
        "google.com",   "yahoo.com", "yahooinc.com", "outlook.com", "office.com",  "microsoft.com", "live.com",
        "spamhaus.org", "apple.com", "icloud.com",   "aka.ms",      "openspf.org", "open-spf.org",  "rfc-editor.org"};
    return std::ranges::any_of(others, [&](std::string_view one) { return dns::is_equal_or_below(name, one); });
}

} // namespace

std::string domain_in_reply(std::string_view text) {
    const std::string lower = ascii::lower(text);
    // What stands before the domain; the surest first.
    constexpr std::array<std::string_view, 26> leads{"sending domain [",
                                                     "spf [",
                                                     "mail from domain [",
                                                     "header.from=",
                                                     "header.d=",
                                                     "dkim [",
                                                     "domain [",
                                                     "unauthenticated email from ",
                                                     "rejected due to ",
                                                     "from domain ",
                                                     "sending domain ",
                                                     "domain of the from: header",
                                                     "sender domain ",
                                                     "mail from domain ",
                                                     "dmarc policy of ",
                                                     "dmarc policy for ",
                                                     "domain owner's policy for ",
                                                     "spf record of ",
                                                     "spf record for ",
                                                     "spf for ",
                                                     "on behalf of ",
                                                     "smtp.mailfrom=",
                                                     "d=",
                                                     "policy of ",
                                                     "domain of ",
                                                     "for domain "};
    for (const std::string_view lead : leads)
        for (std::size_t at = lower.find(lead); at != std::string_view::npos; at = lower.find(lead, at + 1)) {
            if (at > 0 && ascii::is_alnum(lower[at - 1]) && ascii::is_alnum(lead.front())) continue;
            if (std::string name = name_at(std::string_view(text).substr(at + lead.size()));
                !name.empty() && !is_of_receiver(name))
                return name;
        }
    // "example.com has an SPF record ...", "... send from <user@example.com>", "is not allowed to send mail for example.com".
    for (const std::string_view tail : {" does not designate", " has an spf record", "'s dmarc policy",
                                        " does not pass dmarc", " does not publish", " does not have a dmarc"})
        if (const std::size_t at = lower.find(tail); at != std::string_view::npos) {
            std::size_t begin = at;
            while (begin > 0 && (is_name_byte(text[begin - 1]) || text[begin - 1] == '@' || text[begin - 1] == ']' ||
                                 text[begin - 1] == '>'))
                --begin;
            if (std::string name = name_at(text.substr(begin)); !name.empty()) return name;
        }
    for (const std::string_view lead : {"mail from ", "send mail for ", "send from ", "sent from ", "sender ",
                                        "sender address rejected: ", "send mail from ", "mail for ", "<"})
        for (std::size_t at = lower.find(lead); at != std::string_view::npos; at = lower.find(lead, at + 1))
            if (std::string name = name_at(std::string_view(text).substr(at + lead.size()));
                !name.empty() && !is_of_receiver(name))
                return name;
    return {};
}

std::optional<ip::Address> address_in_reply(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const bool begins =
            (ascii::is_hex(c) || c == ':') && (at == 0 || (!ascii::is_alnum(text[at - 1]) && text[at - 1] != '.' &&
                                                           text[at - 1] != ':' && text[at - 1] != '-'));
        if (!begins) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && (ascii::is_hex(text[end]) || text[end] == '.' || text[end] == ':')) ++end;
        std::string_view word = text.substr(at, end - at);
        while (word.size() > 2 && (word.ends_with('.') || (word.ends_with(':') && !word.ends_with("::"))))
            word.remove_suffix(1);
        const bool whole = end == text.size() || (!ascii::is_alnum(text[end]) && text[end] != '-');
        const bool looks_like = std::ranges::count(word, '.') == 3 || std::ranges::count(word, ':') >= 2;
        if (whole && looks_like)
            if (const auto address = ip::Address::parse(word)) return address;
        at = std::max(end, at + 1);
    }
    return {};
}

std::string domain_of_address(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string() : name_at(address.substr(at + 1));
}

std::string logged_value(std::string_view line, std::string_view key) {
    for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
        if (at > 0 && ascii::is_alnum(line[at - 1])) continue;
        std::string_view rest = line.substr(at + key.size());
        if (rest.starts_with('<')) return std::string(rest.substr(1, rest.find('>') - 1));
        return std::string(rest.substr(0, rest.find_first_of(" ,;\n")));
    }
    return {};
}

std::string first_address(std::string_view text) {
    for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
        std::size_t begin = at;
        while (begin > 0 && (ascii::is_alnum(text[begin - 1]) || std::string_view("._%+-=").contains(text[begin - 1])))
            --begin;
        const std::string domain = name_at(text.substr(at + 1));
        if (begin < at && !domain.empty()) return std::string(text.substr(begin, at - begin)) + "@" + domain;
    }
    return {};
}

} // namespace bonafide::doctor
