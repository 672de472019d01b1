// Which Authentication-Results fields must not stay (RFC 8601 5). A field that the strict reader takes is judged by its authserv-id
// alone; any other by whether a lax reader could find one of our ids in what stands before the first ";" that says something.
// Each field is parsed and normalized once for all ids, in one pass whatever it holds: nested comments are counted, not descended
// into, and what IDNA costs is bounded for the field and for the message.
#include "authres/authres.hpp"
#include "authres/grammar.hpp"
#include "base/utf8.hpp"
#include "dns/idna.hpp"
#include "mail/encoded_word.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace bonafide::authres {
namespace {

constexpr std::size_t most_word_bytes = 1024;     // no domain in UTF-8 is longer
constexpr std::size_t most_idna_words = 4;        // in one text; no honest field has more than one before its first ";"
constexpr std::size_t most_idna_conversions = 64; // in one message, of words not seen before in it

constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
constexpr bool is_name_char(char c) { return is_keyword_char(c) || c == '.' || !is_ascii(c); }
constexpr bool is_control(char c) { return is_ascii(c) && (c < ' ' || c == 0x7f) && !ascii::is_space(c); }

/// Lower case, U-labels as A-labels (RFC 8601 5, RFC 8616 3). One for all fields of a message: it knows what is already converted.
class Normalizer {
  public:
    /// Bytes between words stay. Nothing: more to convert than anyone honest has.
    std::optional<std::string> normalize(std::string_view text);

  private:
    const std::string* to_ascii(std::string_view word);

    std::unordered_map<std::string, std::string> converted_;
};

const std::string* Normalizer::to_ascii(std::string_view word) {
    if (word.size() > most_word_bytes) return nullptr;
    std::string key(word);
    if (const auto known = converted_.find(key); known != converted_.end()) return &known->second;
    if (converted_.size() >= most_idna_conversions) return nullptr;
    std::string result = dns::to_ascii(word).value_or(ascii::lower(word));
    return &converted_.emplace(std::move(key), std::move(result)).first->second;
}

std::optional<std::string> Normalizer::normalize(std::string_view text) {
    if (std::ranges::all_of(text, is_ascii)) return ascii::lower(text);
    std::string result;
    std::size_t idna_words = 0;
    while (!text.empty()) {
        const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_name_char) - text.begin());
        if (end == 0) {
            result += text.front();
            text.remove_prefix(1);
            continue;
        }
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(end);
        if (std::ranges::all_of(word, is_ascii)) {
            result += ascii::lower(word);
            continue;
        }
        const std::string* converted = ++idna_words > most_idna_words ? nullptr : to_ascii(word);
        if (converted == nullptr) return std::nullopt;
        result += *converted;
    }
    return result;
}

std::string without_controls(std::string text) {
    std::erase_if(text, is_control);
    return text;
}

/// Length of the white space beyond ASCII that `text` begins with: Unicode's (White_Space), or a Latin-1 byte that alone is no UTF-8. 0: none.
std::size_t wide_space(std::string_view text) {
    constexpr auto spaces =
        std::to_array<std::string_view>({"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
                                         "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"});
    for (const std::string_view space : spaces)
        if (text.starts_with(space)) return space.size();
    const bool is_quad =
        text.size() >= 3 && text.starts_with("\xe2\x80") && text[2] >= '\x80' && text[2] <= '\x8a'; // U+2000..U+200A
    if (is_quad) return 3;
    return text.starts_with('\x85') || text.starts_with('\xa0') ? 1 : 0;
}

/// What trims white space of any kind sees these as a plain space.
std::string with_plain_spaces(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    while (!text.empty()) {
        const std::size_t space = wide_space(text);
        const std::size_t length = std::max<std::size_t>(space != 0 ? space : utf8::sequence_length(text), 1);
        plain += space != 0 ? std::string_view(" ") : text.substr(0, length);
        text.remove_prefix(length);
    }
    return plain;
}

/// RFC 2047 2: "=?charset?encoding?text?=" replaced by what it says in bytes; of no charset an ASCII name looks different once NULs
/// are gone. White space between two of them says nothing (6.2). The text may be of any length, and is read once.
std::string decode_encoded_words(std::string_view text) {
    std::string decoded;
    bool after_word = false;
    for (auto at = text.find("=?"); at != std::string_view::npos; at = text.find("=?")) {
        const auto encoding = text.find('?', at + 2);
        if (encoding == std::string_view::npos || encoding + 2 >= text.size()) break;
        const char kind = ascii::to_lower(text[encoding + 1]);
        const bool is_word = (kind == 'q' || kind == 'b') && text[encoding + 2] == '?';
        if (!is_word) {
            decoded += text.substr(0, at + 1);
            text.remove_prefix(at + 1);
            after_word = false;
            continue;
        }
        const auto end = text.find("?=", encoding + 3);
        if (end == std::string_view::npos) break; // nor has any later one an end
        const std::string_view before = text.substr(0, at);
        const std::string_view inner = text.substr(encoding + 3, end - encoding - 3);
        if (!after_word || !ascii::trim(before).empty()) decoded += before;
        decoded += mail::decode_encoded_text(kind, inner);
        text.remove_prefix(end + 2);
        after_word = true;
    }
    return decoded.append(text);
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

/// What stands before a ";", and what behind it.
struct Element {
    std::string text;
    std::string_view rest;
};

/// To the next ";" wherever it stands, and every byte as it is.
Element read_raw(std::string_view value) {
    const auto end = std::min(value.find(';'), value.size());
    return {.text = std::string(value.substr(0, end)), .rest = value.substr(std::min(end + 1, value.size()))};
}

enum class Comments : std::uint8_t { separate, vanish };

/// What a lax reader may take for the words before the next ";": foldings, and comments that separate, are a space, or nothing beside a
/// dot or slash ("example . com"), quotes, backslashes and control characters are gone. What is opened and never closed reaches to the end.
template<Comments comments> Element read_words(std::string_view value) {
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
        else if (depth > 0 && !escaped && c == ')') {
            --depth;
            gap = gap || comments == Comments::separate;
        } else if (depth > 0 || is_control(c))
            continue;
        else if (!escaped && c == '"')
            quoted = !quoted;
        else if (!quoted && !escaped && c == ';')
            return {.text = std::move(words), .rest = value.substr(i + 1)};
        else if (ascii::is_space(c))
            gap = true;
        else {
            const bool joins = c == '.' || c == '/' || words.ends_with('.');
            if (gap && !joins) words += ' ';
            gap = false;
            words += c;
        }
    }
    return {.text = std::move(words), .rest = {}};
}

/// RFC 8617 4.1.2 puts "i=1;" before the authserv-id of another field; a lax reader may take it here too.
bool is_instance(std::string_view text) {
    text = ascii::trim(text);
    if (!ascii::istarts_with(text, "i")) return false;
    text = ascii::trim(text.substr(1));
    if (!text.starts_with('=')) return false;
    text = ascii::trim(text.substr(1));
    return !text.empty() && std::ranges::all_of(text, ascii::is_digit);
}

/// The first element that may hold an authserv-id: empty ones and ARC instances before it are passed over.
std::string first_element(std::string_view value, Element (*read)(std::string_view)) {
    Element element = read(value);
    while (!element.rest.empty() && (ascii::trim(element.text).empty() || is_instance(element.text)))
        element = read(element.rest);
    return std::move(element.text);
}

/// The version of a field that otherwise need not be in the grammar, as that of a later version may not: [CFWS] value CFWS 1*DIGIT
/// before the first ";". Empty: none.
std::string_view read_version(std::string_view value) {
    mail::Lexer lexer(ascii::trim(value), Limits{}.comment_depth);
    if (!lexer.skip_cfws() || !read_value(lexer)) return {};
    const auto spaced = lexer.skip_cfws();
    if (!spaced || !*spaced) return {};
    const std::string_view version = lexer.take_while(ascii::is_digit);
    if (!lexer.skip_cfws() || (!lexer.at_end() && lexer.peek() != ';')) return {};
    return version;
}

} // namespace

struct Judge::Data {
    Data(std::span<const std::string> authserv_ids, Nameless nameless);

    bool claims_ours(std::string_view value, const Expected<Field>& field);
    bool names_ours(std::string_view text);
    bool shows_ours(std::string_view text);

    Nameless nameless;
    std::vector<std::string> ids; ///< normalized
    Normalizer normalizer;
};

Judge::Data::Data(std::span<const std::string> authserv_ids, Nameless what_of_nameless) : nameless(what_of_nameless) {
    for (const std::string& authserv_id : authserv_ids) {
        const std::string_view trimmed = ascii::trim(authserv_id);
        std::string id = Normalizer().normalize(trimmed).value_or(ascii::lower(trimmed));
        if (id.ends_with('.')) id.pop_back();
        if (!id.empty()) ids.push_back(std::move(id));
    }
}

bool Judge::Data::shows_ours(std::string_view text) {
    const auto normalized = normalizer.normalize(text);
    return !normalized || std::ranges::any_of(ids, [&](const std::string& id) { return holds_id(*normalized, id); });
}

/// As written, or once decoded.
bool Judge::Data::names_ours(std::string_view text) {
    const std::string plain = with_plain_spaces(text);
    if (shows_ours(plain)) return true;
    const std::string decoded = with_plain_spaces(without_controls(decode_encoded_words(plain)));
    return decoded != plain && shows_ours(decoded);
}

bool Judge::Data::claims_ours(std::string_view value, const Expected<Field>& field) {
    if (ids.empty()) return false;
    if (field) return names_ours(field->authserv_id);
    if (nameless == Nameless::go && first_element(value, read_words<Comments::separate>).contains('=')) return true;
    return names_ours(first_element(value, read_words<Comments::separate>)) ||
           names_ours(first_element(value, read_words<Comments::vanish>)) || names_ours(first_element(value, read_raw));
}

Judge::Judge(std::span<const std::string> authserv_ids, Nameless nameless)
    : data_(std::make_unique<Data>(authserv_ids, nameless)) {}
Judge::Judge(Judge&&) noexcept = default;
Judge& Judge::operator=(Judge&&) noexcept = default;
Judge::~Judge() = default;

bool Judge::must_go(std::string_view value) {
    const auto field = parse(value);
    const std::string_view version = field ? std::string_view(field->version) : read_version(value);
    // RFC 8601 5: a field of a version that is not supported MUST be removed, whoever it names.
    return !is_known_version(version) || data_->claims_ours(value, field);
}

std::vector<std::size_t> forged_fields(const mail::HeaderBlock& header, Judge& judge, std::string_view name) {
    std::vector<std::size_t> positions;
    std::size_t position = 0;
    for (const std::size_t index : header.find_all(name)) {
        ++position;
        if (judge.must_go(header[index].value)) positions.push_back(position);
    }
    std::ranges::reverse(positions);
    return positions;
}

} // namespace bonafide::authres
