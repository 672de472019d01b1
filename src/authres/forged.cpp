// Which Authentication-Results fields claim to be ours (RFC 8601 5). Two questions: a field that the strict reader takes is judged by
// its authserv-id alone; any other by whether a lax reader could find our id in what stands before the first ";".
// One pass over each field whatever it holds: nested comments are counted, not descended into.
#include "authres/authres.hpp"
#include "authres/grammar.hpp"
#include "dns/idna.hpp"

#include <algorithm>

namespace bonafide::authres {
namespace {

constexpr std::size_t most_word_bytes = 1024; // no domain in UTF-8 is longer
constexpr std::size_t most_idna_words = 256;  // in one field; no honest field has more than one before its first ";"

constexpr bool is_name_char(char c) { return is_keyword_char(c) || c == '.' || static_cast<unsigned char>(c) >= 0x80; }

/// Lower case, U-labels as A-labels (RFC 8601 5, RFC 8616 3); bytes between words stay. The flag: too much to convert was there.
struct Normalized {
    std::string text;
    bool too_many_words = false;
};

Normalized normalize(std::string_view text) {
    Normalized result;
    std::size_t converted = 0;
    while (!text.empty()) {
        const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_name_char) - text.begin());
        if (end == 0) {
            result.text += text.front();
            text.remove_prefix(1);
            continue;
        }
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(end);
        const bool is_ascii = std::ranges::all_of(word, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
        if (is_ascii || end > most_word_bytes)
            result.text += ascii::lower(word);
        else if (++converted > most_idna_words)
            result.too_many_words = true;
        else
            result.text += dns::to_ascii(word).value_or(ascii::lower(word));
    }
    return result;
}

/// Whether `id` stands in `text`, not as a part of a longer name. A final dot, or a path as in "id/job", makes no longer name.
bool holds_id(std::string_view text, std::string_view id) {
    for (auto at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
        std::string_view after = text.substr(at + id.size());
        if (after.starts_with('.')) after.remove_prefix(1);
        const bool begins = at == 0 || !is_name_char(text[at - 1]);
        if (begins && (after.empty() || !is_name_char(after.front()))) return true;
    }
    return false;
}

/// What a lax reader may take for the words before the first ";": comments and foldings are a space, or nothing beside a dot or slash
/// ("example . com"), quotes and backslashes are gone. What is opened and never closed reaches to the end.
std::string words_before_semicolon(std::string_view value) {
    std::string words;
    std::size_t depth = 0;
    bool quoted = false;
    bool gap = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        char c = value[i];
        const bool escaped = c == '\\' && i + 1 < value.size();
        if (escaped) c = value[++i];
        if (!quoted && !escaped && c == '(')
            ++depth;
        else if (depth > 0 && !escaped && c == ')')
            --depth, gap = true;
        else if (depth > 0)
            continue;
        else if (!escaped && c == '"')
            quoted = !quoted;
        else if (!quoted && !escaped && c == ';')
            break;
        else if (ascii::is_space(c))
            gap = true;
        else {
            const bool joins = c == '.' || c == '/' || words.ends_with('.');
            if (gap && !joins) words += ' ';
            gap = false;
            words += c;
        }
    }
    return words;
}

bool claims_normalized(std::string_view value, std::string_view id) {
    const auto shows = [&](std::string_view text) {
        const Normalized normalized = normalize(text);
        return normalized.too_many_words || holds_id(normalized.text, id);
    };
    if (const auto field = parse(value)) return shows(field->authserv_id);
    return shows(words_before_semicolon(value)) || shows(value.substr(0, value.find(';')));
}

} // namespace

bool claims_authserv_id(std::string_view value, std::string_view authserv_id) {
    std::string id = normalize(ascii::trim(authserv_id)).text;
    if (id.ends_with('.')) id.pop_back();
    return !id.empty() && claims_normalized(value, id);
}

std::vector<std::size_t> forged_fields(const mail::HeaderBlock& header, std::span<const std::string> authserv_ids) {
    std::vector<std::size_t> positions;
    std::size_t position = 0;
    for (const std::size_t index : header.find_all("Authentication-Results")) {
        ++position;
        const std::string_view value = header[index].value;
        if (std::ranges::any_of(authserv_ids, [&](const std::string& id) { return claims_authserv_id(value, id); }))
            positions.push_back(position);
    }
    std::ranges::reverse(positions);
    return positions;
}

} // namespace bonafide::authres
