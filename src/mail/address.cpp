#include "mail/address.hpp"

#include "base/escape.hpp"
#include "dns/name.hpp"
#include "mail/address_reader.hpp"
#include "mail/header.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bonafide::mail {
namespace {

bool is_atoms(std::string_view text) {
    return !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ") &&
           std::ranges::all_of(text, [](char c) { return is_atext(c) || c == ' '; });
}

void add_domains(std::vector<std::string>& domains, const std::vector<Mailbox>& mailboxes, std::size_t most) {
    for (const Mailbox& mailbox : mailboxes)
        if (domains.size() < most && std::ranges::find(domains, mailbox.domain) == domains.end())
            domains.push_back(mailbox.domain);
}

std::string list_for_person(std::span<const std::string> domains) {
    constexpr std::size_t most_named = 3;
    std::vector<std::string> named;
    for (const std::string& domain : domains.first(std::min(domains.size(), most_named)))
        named.push_back(escape::line(domain, 80));
    if (domains.size() > most_named) named.push_back(fmt::format("{} more", domains.size() - most_named));
    return fmt::format("{}", fmt::join(named, ", "));
}

Author refuse(Author author, FromCause cause, std::string detail) {
    author.cause = cause;
    author.detail = std::move(detail);
    author.defect.clear();
    return author;
}

std::string with_place(const Error& error) {
    return fmt::format("{}, at byte {} of the From field", error.text, error.position);
}

Author refuse(Author author, const AddressTrouble& trouble) {
    return refuse(std::move(author), trouble.cause, with_place(trouble.error));
}

/// RFC 5322 3.6: exactly one From field. What the several ones say is kept for the person who asks.
Author judge_several_fields(std::span<const std::string_view> values, const Limits& limits) {
    Author author;
    for (const std::string_view value : values) {
        if (author.domains.size() >= limits.from_mailboxes) break;
        auto list = AddressReader(value, limits).read();
        if (!list) continue;
        add_domains(author.domains, list->mailboxes, limits.from_mailboxes);
        if (author.mailboxes.empty()) author.mailboxes = std::move(list->mailboxes);
    }
    std::string detail = fmt::format("{} From fields", values.size());
    if (!author.domains.empty()) detail += fmt::format(" ({})", list_for_person(author.domains));
    return refuse(std::move(author), FromCause::several_fields, std::move(detail));
}

std::string shown_text(std::span<const std::string_view> values) {
    std::string text;
    for (const std::string_view value : values) {
        if (text.size() >= Author::most_text_bytes) break;
        if (!text.empty()) text += ", ";
        text += unfold(value.substr(0, Author::most_text_bytes));
    }
    text.resize(std::min(text.size(), Author::most_text_bytes));
    return text;
}

bool may_hide_name(const Author& author, std::string_view value) {
    return value.contains('(') &&
           std::ranges::any_of(author.mailboxes, [](const Mailbox& mailbox) { return mailbox.display_name.empty(); });
}

Author judge_fields(std::span<const std::string_view> from_values, const Limits& limits) {
    if (from_values.empty()) return refuse({}, FromCause::missing, "no From field");
    if (from_values.size() > 1) return judge_several_fields(from_values, limits);

    Author author;
    auto list = AddressReader(from_values.front(), limits).read();
    if (!list) return refuse(std::move(author), list.error());
    author.mailboxes = std::move(list->mailboxes);
    add_domains(author.domains, author.mailboxes, limits.from_mailboxes);
    if (list->doubt) author.defect = with_place(*list->doubt);
    if (list->bare_words) {
        // RFC 9989 5.3.1 asks for one domain, and beside bare words a single address leaves no other: what "Doe, John <john@x.example>"
        // means is plain. Several addresses among them are not.
        if (author.mailboxes.size() != 1)
            return refuse(std::move(author), AddressTrouble{FromCause::syntax, *list->bare_words});
        if (author.defect.empty()) author.defect = with_place(*list->bare_words);
    }
    if (author.domains.empty())
        return refuse(std::move(author), FromCause::no_address, "the From field holds no address");
    if (author.domains.size() > 1) { // RFC 9989 5.3.1
        std::string detail =
            fmt::format("From addresses of {} domains ({})", author.domains.size(), list_for_person(author.domains));
        return refuse(std::move(author), FromCause::several_domains, std::move(detail));
    }
    if (!dns::is_hostname_like(author.domains.front())) {
        std::string detail = fmt::format("{} in From is no domain name", escape::line(author.domains.front(), 80));
        return refuse(std::move(author), FromCause::not_a_domain, std::move(detail));
    }
    author.cause = FromCause::ok;
    author.domain = author.domains.front();
    return author;
}

} // namespace

std::string_view to_text(FromCause cause) {
    switch (cause) {
    case FromCause::ok: return "ok";
    case FromCause::missing: return "missing";
    case FromCause::several_fields: return "several_fields";
    case FromCause::syntax: return "syntax";
    case FromCause::no_address: return "no_address";
    case FromCause::several_domains: return "several_domains";
    case FromCause::not_a_domain: return "not_a_domain";
    case FromCause::too_many: return "too_many";
    }
    return "syntax";
}

std::string to_text(const Mailbox& mailbox) {
    const std::string local_part = is_dot_atom(mailbox.local_part) ? mailbox.local_part : quote(mailbox.local_part);
    std::string address = fmt::format("<{}@{}>", local_part, mailbox.domain);
    if (mailbox.display_name.empty()) return address;
    const std::string name = is_atoms(mailbox.display_name) ? mailbox.display_name : quote(mailbox.display_name);
    return fmt::format("{} {}", name, address);
}

Expected<std::vector<Mailbox>> parse_address_list(std::string_view value, const Limits& limits) {
    auto list = AddressReader(value, limits).read();
    if (!list) return std::unexpected(std::move(list.error().error));
    if (list->bare_words) return std::unexpected(std::move(*list->bare_words));
    return std::move(list->mailboxes);
}

Author find_author(std::span<const std::string_view> from_values, const Limits& limits) {
    Author author = judge_fields(from_values, limits);
    if (author.cause != FromCause::ok || may_hide_name(author, from_values.front()))
        author.text = shown_text(from_values);
    return author;
}

} // namespace bonafide::mail
