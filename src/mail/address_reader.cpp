#include "mail/address_reader.hpp"

#include "dns/idna.hpp"
#include "dns/name.hpp"

#include <fmt/format.h>
#include <utility>

namespace bonafide::mail {
namespace {

// Far beyond any domain in UTF-8; IDNA is not asked about longer ones.
constexpr std::size_t most_domain_bytes = 1024;

/// RFC 8616 6: U-labels become A-labels before DMARC sees them.
std::string normalize_domain(std::string_view domain) {
    if (domain.size() <= most_domain_bytes)
        if (const auto ascii = dns::to_ascii(domain); ascii && dns::is_hostname_like(*ascii)) return *ascii;
    return ascii::lower(domain);
}

bool holds_encoded_word(std::string_view text) {
    const auto begin = text.find("=?");
    return begin != std::string_view::npos && text.find("?=", begin + 2) != std::string_view::npos;
}

/// Whether some program may see an address in words that the grammar takes for a phrase: a quoted one, one that RFC 2047 encodes, one
/// with another at sign than ours.
bool may_show_address(std::string_view words) {
    constexpr std::string_view fullwidth_at = "\xef\xbc\xa0"; // U+FF20
    constexpr std::string_view small_at = "\xef\xb9\xab";     // U+FE6B
    return words.contains('@') || words.contains("=?") || words.contains(fullwidth_at) || words.contains(small_at);
}

} // namespace

std::unexpected<AddressTrouble> AddressReader::trouble(Error error) const {
    if (error.position != Error::nowhere) error.position += value_begin_;
    return std::unexpected(AddressTrouble{FromCause::syntax, std::move(error)});
}

std::unexpected<AddressTrouble> AddressReader::trouble(std::string text, std::string section) const {
    return trouble(Error{std::move(text), lexer_.position(), std::move(section)});
}

std::expected<AddressList, AddressTrouble> AddressReader::read() {
    auto elements = read_elements();
    if (elements) return std::move(list_);
    if (list_.bare_words) // the first thing that is wrong is told
        return std::unexpected(AddressTrouble{FromCause::syntax, std::move(*list_.bare_words)});
    return std::unexpected(std::move(elements.error()));
}

AddressReader::Step<void> AddressReader::read_elements() {
    if (auto skipped = skip(); !skipped) return skipped;
    while (!lexer_.at_end())
        if (auto step = read_next(); !step) return step;
    return end_of_element();
}

AddressReader::Step<void> AddressReader::skip() {
    const auto skipped = lexer_.skip_cfws();
    if (!skipped) return trouble(skipped.error());
    spaced_ = *skipped;
    return {};
}

/// Reads one word, separator or address. Each turn takes at least one byte or fails.
AddressReader::Step<void> AddressReader::read_next() {
    switch (lexer_.peek()) {
    case ',':
    case ';': // outside a group some programs write it between mailboxes
        if (auto end = end_of_element(); !end) return end;
        if (lexer_.peek() == ';') in_group_ = false;
        lexer_.take(lexer_.peek());
        return skip();
    case ':': // RFC 6854: a group
        if (!phrase_begin_) return trouble("group without a name");
        if (in_group_) return trouble("group inside a group");
        in_group_ = true;
        forget_phrase();
        lexer_.take(':');
        return skip();
    case '<': return read_angle_address(nullptr);
    case '@': return read_bare_address();
    default: return read_word();
    }
}

/// An element ends here; words without an address are none.
AddressReader::Step<void> AddressReader::end_of_element() {
    if (!phrase_begin_) return {};
    auto bare = trouble(Error{"words without an address", *phrase_begin_, "RFC 5322 3.4"});
    if (may_show_address(phrase_)) return bare;
    if (!list_.bare_words) list_.bare_words = std::move(bare.error().error);
    forget_phrase();
    return {};
}

void AddressReader::forget_phrase() {
    shown_domain_.reset();
    phrase_.clear();
    phrase_begin_.reset();
    run_.clear();
    run_open_ = false;
    run_is_local_ = true;
}

AddressReader::Step<void> AddressReader::read_word() {
    const std::size_t begin = lexer_.position();
    std::string word;
    bool is_local = true;
    bool is_dot = false;
    if (lexer_.peek() == '"') {
        auto quoted = lexer_.take_quoted();
        if (!quoted) return trouble(quoted.error());
        word = std::move(*quoted);
    } else if (lexer_.take('.')) { // RFC 5322 4.1 obs-phrase; inside a local part
        word = ".";
        is_dot = true;
    } else if (take_encoded_word()) {
        word = lexer_.between(begin, lexer_.position());
        is_local = false; // RFC 2047 5: never a part of an address, whatever it decodes to
        if (const auto at = word.rfind('@'); at != std::string::npos)
            shown_domain_ = normalize_domain(word.substr(at + 1, word.size() - at - 3));
    } else if (lexer_.take('[') || lexer_.take(']')) {
        word = lexer_.between(begin, lexer_.position());
        is_local = false;
    } else {
        word = lexer_.take_while(is_atext);
        if (word.empty()) return trouble("a character that may not stand here");
    }

    if (spaced_ && phrase_begin_) phrase_ += ' ';
    if (!run_open_ && !is_dot) {
        run_.clear();
        run_begin_ = phrase_.size();
        run_is_local_ = true;
    }
    if (!phrase_begin_) phrase_begin_ = begin;
    phrase_ += word;
    run_ += word;
    run_open_ = is_dot;
    run_is_local_ = run_is_local_ && is_local;
    return skip();
}

/// RFC 2047 2, as far as it is one to every reader: "=?charset?q?text?=" without white space. Many write an "@" bare into its text,
/// which 5 (3) forbids in a display name.
bool AddressReader::take_encoded_word() {
    mail::Lexer ahead = lexer_;
    const auto is_part = [](char c) { return c > ' ' && c < 0x7f && c != '?'; };
    if (!ahead.take('=') || !ahead.take('?') || ahead.take_while(is_part).empty() || !ahead.take('?')) return false;
    const std::string_view encoding = ahead.take_while(is_part);
    if (!ascii::iequals(encoding, "q") && !ascii::iequals(encoding, "b")) return false;
    if (!ahead.take('?')) return false;
    ahead.take_while(is_part);
    if (!ahead.take('?') || !ahead.take('=')) return false;
    lexer_ = ahead;
    return true;
}

/// "words local@domain", at the "@".
AddressReader::Step<void> AddressReader::read_bare_address() {
    if (!phrase_begin_ || !run_is_local_) return trouble("\"@\" without a local part", "RFC 5322 3.4.1");
    if (holds_encoded_word(run_)) return trouble("encoded word in an address", "RFC 2047 5");
    Mailbox mailbox{.display_name = phrase_.substr(0, run_begin_), .local_part = run_, .domain = {}};
    while (mailbox.display_name.ends_with(' ')) mailbox.display_name.pop_back();
    lexer_.take('@');
    auto domain = read_domain();
    if (!domain) return std::unexpected(std::move(domain.error()));

    if (lexer_.peek() == '<') { // an unquoted address as display name
        phrase_ += '@' + *domain;
        return read_angle_address(&*domain);
    }
    mailbox.domain = std::move(*domain);
    forget_phrase();
    if (auto kept = keep(std::move(mailbox)); !kept) return kept;
    return end_of_mailbox();
}

/// "<local@domain>" with what may stand after it. When `same_domain` is given the address must be in that domain.
AddressReader::Step<void> AddressReader::read_angle_address(const std::string* same_domain) {
    const std::size_t begin = lexer_.position();
    Mailbox mailbox{.display_name = std::move(phrase_), .local_part = {}, .domain = {}};
    const std::optional<std::string> shown = std::exchange(shown_domain_, std::nullopt);
    forget_phrase();
    lexer_.take('<');
    if (auto skipped = skip(); !skipped) return skipped;
    const bool is_empty = lexer_.peek() == '>' && !same_domain;
    if (!is_empty) {
        if (auto route = skip_route(); !route) return route;
        auto local_part = read_local_part();
        if (!local_part) return std::unexpected(std::move(local_part.error()));
        mailbox.local_part = std::move(*local_part);
        auto domain = read_domain();
        if (!domain) return std::unexpected(std::move(domain.error()));
        mailbox.domain = std::move(*domain);
        // A name of one label is no domain that mail could come from: "Foo@Bar" is only a name.
        if (same_domain && mailbox.domain != *same_domain && same_domain->contains('.'))
            return trouble(Error{"the display name is an address of another domain", begin, "RFC 5322 3.4"});
        if (shown && mailbox.domain != *shown) // an encoded word is no address, whatever it shows
            note_doubt("an \"@\" of another domain in the display name", begin, "RFC 2047 5");
    }
    if (!lexer_.take('>')) return trouble("address without its closing \">\"");
    if (auto skipped = skip(); !skipped) return skipped;
    if (!is_empty)
        if (auto kept = keep(std::move(mailbox)); !kept) return kept;

    while (is_atext(lexer_.peek()) || lexer_.peek() == '.' ||
           lexer_.peek() == '"') // "<joe@x.example> Joe": no reader sees a domain there
        if (auto word = read_word(); !word) return word;
    forget_phrase();
    return end_of_mailbox();
}

AddressReader::Step<void> AddressReader::end_of_mailbox() {
    const char next = lexer_.peek();
    if (!lexer_.at_end() && next != ',' && next != ';')
        return trouble("an address must be followed by a comma or the end");
    return {};
}

AddressReader::Step<void> AddressReader::keep(Mailbox mailbox) {
    if (list_.mailboxes.size() >= most_mailboxes_) {
        Error error{fmt::format("more than {} mailboxes", most_mailboxes_), lexer_.position(), {}};
        return std::unexpected(AddressTrouble{FromCause::too_many, std::move(error)});
    }
    list_.mailboxes.push_back(std::move(mailbox));
    return {};
}

/// RFC 5322 4.4 obs-route: "@relay.example,@other.example:". It says nothing about the mailbox.
AddressReader::Step<void> AddressReader::skip_route() {
    if (lexer_.peek() != '@' && lexer_.peek() != ',') return {};
    while (!lexer_.take(':')) {
        if (lexer_.take('@')) {
            if (auto domain = read_domain(); !domain) return std::unexpected(std::move(domain.error()));
            if (lexer_.peek() != ',' && lexer_.peek() != ':') return trouble("route without its colon", "RFC 5322 4.4");
        } else if (!lexer_.take(',')) {
            return trouble("a route is a list of \"@domain\"", "RFC 5322 4.4");
        } else if (auto skipped = skip(); !skipped) {
            return skipped;
        }
    }
    return skip();
}

/// The local part inside angle brackets, with its "@".
AddressReader::Step<std::string> AddressReader::read_local_part() {
    std::string local_part;
    bool word_may_follow = true;
    bool is_missing = true;
    while (!lexer_.take('@')) {
        if (lexer_.take('.')) {
            local_part += '.';
            word_may_follow = true;
        } else if (word_may_follow && lexer_.peek() == '"') {
            auto quoted = lexer_.take_quoted();
            if (!quoted) return trouble(quoted.error());
            local_part += *quoted;
            word_may_follow = false;
        } else {
            const auto atom = word_may_follow ? lexer_.take_while(is_atext) : std::string_view();
            if (atom.empty()) return trouble("not a local part and \"@\"", "RFC 5322 3.4.1");
            local_part += atom;
            word_may_follow = false;
        }
        is_missing = false;
        if (auto skipped = skip(); !skipped) return std::unexpected(std::move(skipped.error()));
    }
    if (is_missing) return trouble("\"@\" without a local part", "RFC 5322 3.4.1");
    if (holds_encoded_word(local_part)) return trouble("encoded word in an address", "RFC 2047 5");
    return local_part;
}

/// The domain after "@" with CFWS around it (RFC 5322 3.4.1, 4.4 obs-domain), normalized.
AddressReader::Step<std::string> AddressReader::read_domain() {
    if (auto skipped = skip(); !skipped) return std::unexpected(std::move(skipped.error()));
    if (lexer_.peek() == '[') return read_domain_literal();
    std::string domain;
    do {
        const auto label = lexer_.take_while(is_atext);
        if (label.empty()) return trouble("not a domain", "RFC 5322 3.4.1");
        domain += label;
        if (auto skipped = skip(); !skipped) return std::unexpected(std::move(skipped.error()));
        if (lexer_.peek() != '.') break;
        if (spaced_) note_gap(domain);
        lexer_.take('.');
        if (auto skipped = skip(); !skipped) return std::unexpected(std::move(skipped.error()));
        if (spaced_ && is_atext(lexer_.peek())) note_gap(domain);
        domain += '.';
    } while (is_atext(lexer_.peek()) || lexer_.peek() == '.');
    return normalize_domain(domain);
}

/// White space or a comment stands beside a dot of a domain. When what came before could be a domain by itself, a reader that stops
/// there sees another one than the grammar does.
void AddressReader::note_gap(const std::string& domain_so_far) {
    if (domain_so_far.contains('.'))
        note_doubt("white space or a comment inside the domain", lexer_.position(), "RFC 5322 4.4");
}

void AddressReader::note_doubt(std::string text, std::size_t position, std::string section) {
    if (!list_.doubt) list_.doubt = Error{std::move(text), value_begin_ + position, std::move(section)};
}

AddressReader::Step<std::string> AddressReader::read_domain_literal() {
    const std::size_t begin = lexer_.position();
    lexer_.take('[');
    lexer_.take_while(
        [](char c) { return (ascii::is_printable(c) && c != '[' && c != ']' && c != '\\') || c == '\t'; });
    if (!lexer_.take(']')) return trouble("address literal without its closing bracket", "RFC 5322 3.4.1");
    const std::size_t end = lexer_.position();
    if (auto skipped = skip(); !skipped) return std::unexpected(std::move(skipped.error()));
    return "[" + ascii::lower(ascii::trim(lexer_.between(begin + 1, end - 1))) + "]";
}

} // namespace bonafide::mail
