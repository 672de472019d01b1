#include "engine/ledger_privacy.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <utility>

namespace bonafide::engine {
namespace {

namespace json = boost::json;

constexpr std::size_t least_name_bytes = 3; // a shorter one would be cut out of other words

std::vector<std::string> sorted_lower(std::vector<std::string> texts) {
    for (std::string& text : texts) text = ascii::lower(text);
    std::ranges::sort(texts);
    return texts;
}

/// Also as a line for people shows them; longest first, so that no name is left over from one that holds it.
std::vector<std::string> as_shown(std::vector<std::string> names) {
    const std::size_t count = names.size();
    for (std::size_t i = 0; i < count; ++i) names.push_back(escape::line(names[i]));
    std::erase_if(names, [](const std::string& name) { return name.size() < least_name_bytes; });
    std::ranges::sort(names, [](const std::string& a, const std::string& b) {
        return std::pair(b.size(), std::string_view(a)) < std::pair(a.size(), std::string_view(b));
    });
    const auto again = std::ranges::unique(names);
    names.erase(again.begin(), again.end());
    return names;
}

/// RFC 5322 3.2.3 atext and the dot, RFC 6532, and the backslash of an escaped byte.
bool is_local(char c) {
    return ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.\\").contains(c);
}
bool is_domain(char c) {
    return ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 || std::string_view("-._[]:").contains(c);
}

/// What stands right before an address in the fields we write and in those we read.
constexpr std::array<std::string_view, 9> properties{
    "smtp.mailfrom=", "smtp.mail=", "smtp.rcptto=", "smtp.helo=",    "header.from=",
    "header.i=",      "header.d=",  "identity=",    "envelope-from="};

/// The quote that opens the quoted string which ends before `at`; npos: none does.
std::size_t opening_quote(std::string_view text, std::size_t least, std::size_t at) {
    for (std::size_t i = at - 1; i > least; --i) {
        if (text[i - 1] != '"') continue;
        std::size_t slashes = 0;
        while (i - 1 > least + slashes && text[i - 2 - slashes] == '\\') ++slashes;
        if (slashes % 2 == 0) return i - 1;
    }
    return std::string_view::npos;
}

} // namespace

HashedAddresses::HashedAddresses(const io::store::Secret& secret, std::vector<std::string> known,
                                 std::vector<std::string> names)
    : secret_(secret), known_(sorted_lower(std::move(known))), names_(as_shown(std::move(names))) {}

/// "#" and 12 digits.
std::string HashedAddresses::hash_of(std::string_view address) const {
    const std::string hashed = io::store::hashed_name(secret_, address);
    return hashed.substr(0, hashed.find('@'));
}

std::string HashedAddresses::address(std::string_view address) const {
    if (address.empty() || address.rfind('@') == 0) return std::string(address);
    return io::store::hashed_name(secret_, address);
}

std::string HashedAddresses::list_id(std::string_view list_id, std::string_view organization) const {
    std::string id = ascii::lower(list_id);
    if (id.empty()) return id;
    const bool is_below = !organization.empty() && id.size() > organization.size() + 1 && id.ends_with(organization) &&
                          id[id.size() - organization.size() - 1] == '.';
    return is_below ? fmt::format("{}.{}", hash_of(id), organization) : hash_of(id);
}

/// Where the local part before the at-sign at `at` begins; `at` when there is none.
std::size_t HashedAddresses::begin_of_local_part(std::string_view text, std::size_t least, std::size_t at,
                                                 std::string_view domain) const {
    if (at > least && text[at - 1] == '"') {
        const std::size_t quote = opening_quote(text, least, at);
        return quote == std::string_view::npos ? at : quote;
    }
    std::size_t begin = at;
    while (begin > least && is_local(text[begin - 1])) --begin;
    const std::string address = ascii::lower(fmt::format("{}@{}", text.substr(begin, at - begin), domain));
    if (std::ranges::binary_search(known_, address)) return begin;
    for (const std::string_view property : properties)
        if (text.substr(begin, at - begin).starts_with(property)) return begin + property.size();
    return begin;
}

namespace {

/// "pass", "SPF": a sender who takes such a name must not cut holes into what is told of him.
bool is_word_of_ours(std::string_view name) {
    const bool lower = std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    const bool upper = std::ranges::all_of(name, [](char c) { return c >= 'A' && c <= 'Z'; });
    return lower || upper;
}

} // namespace

std::string HashedAddresses::without_names(std::string text) const {
    const auto is_letter = [&](std::size_t at) {
        return at < text.size() && (ascii::is_alnum(text[at]) || static_cast<unsigned char>(text[at]) >= 0x80);
    };
    const auto in_a_word = [&](std::size_t at) { return at > 0 && is_letter(at - 1) && is_letter(at); };
    for (const std::string& name : names_) {
        if (is_word_of_ours(name)) continue;
        for (std::size_t found = 0; (found = text.find(name, found)) != std::string::npos; ++found)
            if (!in_a_word(found) && !in_a_word(found + name.size())) text.replace(found, name.size(), "#");
    }
    return text;
}

std::string HashedAddresses::text(std::string_view given) const {
    const std::string text = without_names(std::string(given));
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at + 1)) {
        std::size_t end = at + 1;
        while (end < text.size() && is_domain(text[end])) ++end;
        while (end > at + 1 && std::string_view(".:").contains(text[end - 1])) --end; // ends a sentence
        const std::string_view domain = std::string_view(text).substr(at + 1, end - at - 1);
        const std::size_t begin = begin_of_local_part(text, done, at, domain);
        if (begin == at) continue;
        out += text.substr(done, begin - done);
        out += hash_of(std::string_view(text).substr(begin, end - begin));
        done = at;
    }
    return out + text.substr(done);
}

void HashedAddresses::apply(json::value& value) const {
    if (json::string* string = value.if_string()) {
        *string = text(*string);
    } else if (json::array* array = value.if_array()) {
        for (json::value& element : *array) apply(element);
    } else if (json::object* object = value.if_object()) {
        for (auto& member : *object) apply(member.value());
    }
}

} // namespace bonafide::engine
