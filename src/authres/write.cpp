#include "authres/authres.hpp"
#include "authres/grammar.hpp"
#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "mail/folded_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::authres {
namespace {

constexpr std::size_t most_value_bytes = 512; // RFC 5321 4.5.3.1: no path or domain is longer
constexpr std::size_t most_comment_bytes = 200;

/// Remote text as the field may hold it: no line end, no control character, bounded.
std::string clean(std::string_view text) {
    std::string result(text.substr(0, most_value_bytes));
    std::ranges::replace_if(result, [](char c) { return !ascii::is_printable(c); }, '?');
    return result;
}

std::string value_text(std::string_view text) {
    const std::string value = clean(text);
    return !value.empty() && std::ranges::all_of(value, is_token_char) ? value : mail::quote(value);
}

/// A value with a U-label domain, bare or after the last "@", with A-labels instead (RFC 8616 3); any other value as it is.
std::string with_a_labels(std::string_view text) {
    const auto at = text.rfind('@');
    const std::string_view before = text.substr(0, at == std::string_view::npos ? 0 : at + 1);
    const auto domain = dns::to_ascii(text.substr(before.size()));
    return domain && dns::is_hostname_like(*domain) ? fmt::format("{}{}", before, *domain) : std::string(text);
}

/// Letters, digits and what may stand between them in any name: bare in every grammar there is. Most values are.
bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= most_value_bytes &&
           std::ranges::all_of(text, [](char c) { return is_keyword_char(c) || c == '.'; });
}

/// Bare when the reader would read it back as it is: a token or the mailbox form.
std::string property_value_text(std::string_view text) {
    if (is_plain(text) || (text.starts_with('@') && is_plain(text.substr(1)))) return std::string(text);
    const bool is_utf8 = text.size() <= most_value_bytes && !std::ranges::all_of(text, ascii::is_printable);
    const std::string value = clean(is_utf8 ? with_a_labels(text) : std::string(text));
    mail::Lexer lexer(value, 0);
    const auto read = read_property_value(lexer);
    return read && lexer.at_end() && *read == value ? value : mail::quote(value);
}

/// Methods, results and property names are our own words; whatever else one may hold becomes "-".
std::string keyword_text(std::string_view text) {
    std::string word = ascii::lower(text.substr(0, 64));
    for (char& c : word)
        if (!is_keyword_char(c)) c = '-';
    if (word.empty() || !ascii::is_alnum(word.back())) word += 'x';
    return word;
}

std::string version_text(std::string_view version) {
    const bool is_number = !version.empty() && version.size() <= 10 && std::ranges::all_of(version, ascii::is_digit);
    return is_number ? std::string(version) : std::string();
}

/// RFC 8616 3: A-labels, so that the field may stand in a message that is not internationalized.
std::string authserv_id_text(const std::string& authserv_id) {
    if (std::ranges::all_of(authserv_id, ascii::is_printable)) return value_text(authserv_id);
    return value_text(dns::to_ascii(authserv_id).value_or(authserv_id));
}

void write_result(mail::FoldedText& folder, const MethodResult& result) {
    folder.new_line();
    std::string word = keyword_text(result.method);
    if (const std::string version = version_text(result.version); !version.empty()) word.append("/").append(version);
    folder.add_word(word.append("=").append(keyword_text(result.result)));
    if (!result.comment.empty())
        folder.add_word(fmt::format("({})", escape::header_comment(result.comment, most_comment_bytes)));
    if (!result.reason.empty()) folder.add_word("reason=" + value_text(result.reason));
    for (const Property& property : result.properties) {
        word = keyword_text(property.type);
        word.append(".").append(keyword_text(property.name)).append("=").append(property_value_text(property.value));
        folder.add_word(word);
    }
}

} // namespace

std::string write(const Field& field) {
    mail::FoldedText folder(std::string_view("Authentication-Results: ").size());
    folder.append(authserv_id_text(field.authserv_id));
    if (const std::string version = version_text(field.version); !version.empty()) folder.add_word(version);
    if (field.results.empty()) folder.append("; none");
    for (const MethodResult& result : field.results) {
        folder.append(";");
        write_result(folder, result);
    }
    return folder.take();
}

} // namespace bonafide::authres
