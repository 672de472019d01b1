#include "verdict/list_parts.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "mail/lexer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

namespace bonafide::verdict {
namespace {

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    return failure(fmt::format("\"{}\" {}", escape::line(text, 80), why));
}

void sort_once(std::vector<std::string>& texts) {
    std::ranges::sort(texts);
    const auto rest = std::ranges::unique(texts);
    texts.erase(rest.begin(), rest.end());
}

Expected<std::string> read_scope(std::string_view text) {
    const bool below = text.starts_with('.');
    const auto domain = read_domain(text.substr(below ? 1 : 0));
    if (!domain) return refuse(text, "is no domain and no .domain");
    return below ? "." + *domain : *domain;
}

Expected<std::vector<std::string>> read_scopes(std::string_view list, Expected<std::string> (*read)(std::string_view)) {
    std::vector<std::string> scopes;
    for (const std::string_view part : ascii::split(list, ',')) {
        auto scope = read(part);
        if (!scope) return std::unexpected(scope.error());
        scopes.push_back(std::move(*scope));
    }
    sort_once(scopes);
    return scopes;
}

Expected<std::string> read_recipient_scope(std::string_view text) {
    if (!text.contains('@')) return read_scope(text);
    if (auto address = read_address(text)) return *std::move(address);
    return refuse(text, "is no address");
}

/// With single blanks between its words.
std::string read_name(std::string_view text) {
    std::string name;
    for (const std::string_view word : ascii::split(text, ' '))
        if (!word.empty()) name += (name.empty() ? "" : " ") + std::string(word);
    return name;
}

/// One of "from=..." and "to=..." behind a sealer's domain.
Expected<void> read_scope_word(std::string_view word, arc::Sealer& sealer) {
    const bool from = word.starts_with("from=");
    if (!from && !word.starts_with("to=")) return refuse(word, "is neither from=DOMAINS nor to=ADDRESSES");
    std::vector<std::string>& scope = from ? sealer.author_domains : sealer.recipients;
    if (!scope.empty()) return refuse(word, "stands there twice: put a comma between several");
    auto read = read_scopes(word.substr(word.find('=') + 1), from ? read_scope : read_recipient_scope);
    if (!read) return std::unexpected(read.error());
    scope = std::move(*read);
    return {};
}

} // namespace

std::optional<std::string> read_domain(std::string_view text) {
    const Expected<std::string> name = dns::to_ascii(text);
    if (!name || !dns::is_hostname_like(*name)) return {};
    // No top-level domain is a number (RFC 3696 2): an IP address, whole or not.
    if (std::ranges::all_of(dns::last_labels(*name, 1), ascii::is_digit)) return {};
    return *name;
}

std::optional<std::string> read_address(std::string_view text) {
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || text.starts_with('#')) return {};
    const std::string_view local = text.substr(0, at);
    const auto domain = read_domain(text.substr(at + 1));
    if (!domain || !std::ranges::all_of(local, [](char c) { return mail::is_atext(c) || c == '.'; })) return {};
    return fmt::format("{}@{}", ascii::lower(local), *domain);
}

Expected<arc::Sealer> read_sealer(std::string_view text) {
    arc::Sealer sealer;
    for (const std::string_view word : ascii::split(text, ' ')) {
        if (word.empty()) continue;
        if (!sealer.domain.empty()) {
            if (auto read = read_scope_word(word, sealer); !read) return std::unexpected(read.error());
        } else if (const auto domain = read_domain(word)) {
            sealer.domain = *domain;
        } else {
            return refuse(word, "is no domain name");
        }
    }
    if (sealer.domain.empty()) return failure("a sealer is written DOMAIN [from=DOMAINS] [to=ADDRESSES]");
    return sealer;
}

std::string to_text(const arc::Sealer& sealer) {
    std::string text = sealer.domain;
    if (!sealer.author_domains.empty()) text += fmt::format(" from={}", fmt::join(sealer.author_domains, ","));
    if (!sealer.recipients.empty()) text += fmt::format(" to={}", fmt::join(sealer.recipients, ","));
    return text;
}

Expected<KnownNames::Person> read_person(std::string_view text) {
    const auto mailboxes = mail::parse_address_list(text);
    if (!mailboxes || mailboxes->empty() || mailboxes->front().display_name.empty())
        return refuse(text, "is not written \"Ann Example <ann@ours.example>\"");
    KnownNames::Person person{read_name(mailboxes->front().display_name), {}};
    if (name_key(person.name).empty()) return refuse(person.name, "is no name of two words or more");
    for (const mail::Mailbox& mailbox : *mailboxes) {
        if (!mailbox.display_name.empty() && read_name(mailbox.display_name) != person.name)
            return refuse(mailbox.display_name, "is another name: one person an entry");
        const std::string written = mailbox.local_part + '@' + mailbox.domain;
        const auto address = read_address(written);
        if (!address) return refuse(written, "is no address");
        person.addresses.push_back(*address);
    }
    sort_once(person.addresses);
    return person;
}

std::string to_text(const KnownNames::Person& person) {
    std::vector<std::string> mailboxes;
    for (const std::string& address : person.addresses) {
        const std::size_t at = address.rfind('@');
        mailboxes.push_back(mail::to_text({"", address.substr(0, at), address.substr(at + 1)}));
    }
    // Always in quotes: a bare '#' would begin a note.
    return fmt::format("{} {}", mail::quote(person.name), fmt::join(mailboxes, ", "));
}

} // namespace bonafide::verdict
