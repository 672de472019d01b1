#include "engine/redact_text.hpp"

#include "arc/sets.hpp"
#include "authres/authres.hpp"
#include "base/ascii.hpp"
#include "mail/address.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

/// Tags of RFC 6376 3.5 and RFC 8617 4.1 that a verifier reads.
constexpr std::array<std::string_view, 14> read_tags{"v", "a", "b", "bh", "c", "cv", "d",
                                                     "h", "i", "l", "q",  "s", "t",  "x"};

/// Properties of RFC 8601 and RFC 8617 whose values are domains, addresses of hosts or of mailboxes, never names of people.
constexpr std::array<std::string_view, 11> known_properties{
    "smtp.mailfrom", "smtp.helo", "smtp.remote-ip", "header.d",           "header.i",    "header.s",
    "header.a",      "header.b",  "header.from",    "header.oldest-pass", "policy.iprev"};

template<std::size_t size> bool is_among(const std::array<std::string_view, size>& words, std::string_view word) {
    return std::ranges::any_of(words, [&](std::string_view known) { return ascii::iequals(known, word); });
}

std::string redact_tag(std::string_view tag, Placeholders& placeholders) {
    if (ascii::trim(tag).empty()) return std::string(tag);
    const std::size_t equals = tag.find('=');
    if (equals == std::string_view::npos) return " redacted"; // no tag at all, and none after this
    const std::string name(ascii::trim(tag.substr(0, equals)));
    const std::string_view value = ascii::trim(tag.substr(equals + 1));
    if (!is_among(read_tags, name)) return std::string(tag.substr(0, equals + 1));
    const bool identity =
        ascii::iequals(name, "i") && !std::ranges::all_of(value, ascii::is_digit); // of ARC it is the instance
    if (!value.contains('@') && !identity) return std::string(tag);
    return std::string(tag.substr(0, equals + 1)) + placeholders.in_address(value);
}

/// Every letter and digit that does not stand behind an '@' becomes an x: what shape the field has, and no names.
std::string masked(std::string_view value) {
    std::string out;
    bool in_domain = false;
    for (const char c : value) {
        const bool word = ascii::is_alnum(c) || static_cast<unsigned char>(c) > 127;
        if (c == '@')
            in_domain = true;
        else if (!word && std::string_view(".-_[]:").find(c) == std::string_view::npos)
            in_domain = false;
        out += word && !in_domain ? 'x' : c;
    }
    return out;
}

std::string rebuilt(const std::vector<mail::Mailbox>& mailboxes, Placeholders& placeholders) {
    std::string out;
    for (const mail::Mailbox& mailbox : mailboxes)
        out += fmt::format("{} <{}@{}>", out.empty() ? "" : ",", placeholders.of(mailbox.local_part), mailbox.domain);
    return out;
}

bool same_author(std::span<const std::string_view> before, const std::vector<std::string>& after,
                 const Limits& limits) {
    const mail::Author was = mail::find_author(before, limits);
    const mail::Author is = mail::find_author(std::vector<std::string_view>(after.begin(), after.end()), limits);
    return was.cause == is.cause && was.domain == is.domain && was.domains == is.domains;
}

} // namespace

std::string Placeholders::of(std::string_view local_part) {
    const auto known = names_.find(local_part);
    if (known != names_.end()) return known->second;
    return names_.emplace(local_part, fmt::format("user{}", names_.size() + 1)).first->second;
}

std::string Placeholders::in_address(std::string_view address) {
    const std::size_t at = address.rfind('@');
    if (at == 0) return std::string(address);
    const std::string_view domain = at == std::string_view::npos ? std::string_view() : address.substr(at);
    return of(address.substr(0, at)) + std::string(domain);
}

std::string Placeholders::in_path(std::string_view path) {
    const mail::Path parts = mail::parse_path(path);
    if (parts.empty()) return {};
    if (!parts.domain.empty())
        return (parts.local_part.empty() ? std::string() : of(parts.local_part)) + '@' + parts.domain;
    return ascii::iequals(parts.local_part, "postmaster") ? parts.local_part : of(parts.local_part);
}

std::string redact_tags(std::string_view value, Placeholders& placeholders) {
    std::string out;
    for (const std::string_view tag : ascii::split(value, ';')) {
        if (!out.empty() || tag.data() != value.data()) out += ';';
        out += redact_tag(tag, placeholders);
    }
    return out;
}

std::string redact_results(std::string_view value, Placeholders& placeholders, const Limits& limits) {
    const auto tag = arc::leading_instance(value, limits);
    const std::size_t behind = tag ? tag->behind : 0;
    auto field = authres::parse(value.substr(behind), limits);
    const std::string instance(value.substr(0, behind));
    if (!field) return instance + " redacted";
    for (authres::MethodResult& result : field->results) {
        result.reason.clear();
        result.comment.clear();
        std::erase_if(result.properties, [](const authres::Property& property) {
            return !is_among(known_properties, property.type + '.' + property.name);
        });
        for (authres::Property& property : result.properties)
            if (property.value.contains('@')) property.value = placeholders.in_address(property.value);
    }
    return instance + ' ' + authres::write(*field);
}

std::optional<std::vector<std::string>> redact_from(std::span<const std::string_view> values,
                                                    Placeholders& placeholders, const Limits& limits) {
    std::vector<std::string> rewritten;
    std::vector<std::string> masks;
    for (const std::string_view value : values) {
        const mail::Author author = mail::find_author(std::span(&value, 1), limits);
        masks.push_back(masked(value));
        rewritten.push_back(author.mailboxes.empty() ? masks.back() : rebuilt(author.mailboxes, placeholders));
    }
    if (same_author(values, rewritten, limits)) return rewritten;
    if (same_author(values, masks, limits)) return masks;
    return {};
}

} // namespace bonafide::engine
