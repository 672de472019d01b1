#include "authres/deployed.hpp"

#include "authres/grammar.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::authres {
namespace {

/// A property may be named like anything, so only a method known to be one starts a result without its ";".
constexpr std::array<std::string_view, 14> known_methods{"arc",       "auth",  "bimi",  "compauth", "dkim",
                                                         "dkim-adsp", "dmarc", "dnswl", "iprev",    "rrvs",
                                                         "sender-id", "smime", "spf",   "x-tls"};

/// What a value without quotes is made of here: everything up to white space, ";" or a comment.
constexpr bool is_loose_char(char c) { return !ascii::is_space(c) && c != ';' && c != '(' && c != ')' && c != '\0'; }

template<class Range, class Value> bool contains(const Range& range, const Value& value) {
    return std::ranges::find(range, value) != std::ranges::end(range);
}

// Early return of a failed step.
#define BONAFIDE_AUTHRES_TRY(step)                                                                                     \
    if (auto tried = (step); !tried) return std::unexpected(std::move(tried.error()))

class Reader {
  public:
    Reader(std::string_view value, const Limits& limits)
        : lexer_(value, limits.comment_depth), most_results_(limits.authres_results) {}

    Expected<Deployed> read();

  private:
    Expected<void> read_first();
    Expected<void> read_element();
    Expected<void> read_part();
    Expected<void> read_result(std::string method);
    Expected<void> read_property(std::string_view word);
    Expected<std::string> read_value();
    Expected<bool> take_equals();
    void note(Defect defect);
    [[nodiscard]] bool at_element_end() const { return lexer_.at_end() || lexer_.peek() == ';'; }

    mail::Lexer lexer_;
    std::size_t most_results_;
    Deployed found_;
    bool in_result_ = false; ///< a result of this element was read: properties belong to it
};

void Reader::note(Defect defect) {
    if (!contains(found_.defects, defect)) found_.defects.push_back(defect);
}

/// True when "=" follows, which is taken with the white space round it.
Expected<bool> Reader::take_equals() {
    mail::Lexer ahead = lexer_;
    BONAFIDE_AUTHRES_TRY(ahead.skip_cfws());
    if (!ahead.take('=')) return false;
    BONAFIDE_AUTHRES_TRY(ahead.skip_cfws());
    lexer_ = ahead;
    return true;
}

Expected<Deployed> Reader::read() {
    BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
    BONAFIDE_AUTHRES_TRY(read_first());
    while (!lexer_.at_end()) {
        if (!lexer_.take(';')) return lexer_.error("a byte that fits nowhere");
        BONAFIDE_AUTHRES_TRY(read_element());
    }
    if (found_.field.results.empty() && found_.field.authserv_id.empty())
        return failure("neither an authserv-id nor a result stands in it");
    return std::move(found_);
}

/// The authserv-id with its version, or a result where there is none.
Expected<void> Reader::read_first() {
    mail::Lexer ahead = lexer_;
    auto id = authres::read_value(ahead);
    if (id) {
        BONAFIDE_AUTHRES_TRY(ahead.skip_cfws());
        if (ahead.peek() != '=' && ahead.peek() != '/') {
            found_.field.authserv_id = std::move(*id);
            found_.field.version = ahead.take_while(ascii::is_digit);
            BONAFIDE_AUTHRES_TRY(ahead.skip_cfws());
            lexer_ = ahead;
            if (at_element_end()) return {};
            note(Defect::missing_semicolon);
            return read_element();
        }
    }
    note(Defect::no_authserv_id);
    return read_element();
}

Expected<void> Reader::read_element() {
    in_result_ = false;
    BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
    while (!at_element_end()) {
        const std::size_t before = lexer_.position();
        BONAFIDE_AUTHRES_TRY(read_part());
        BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
        if (lexer_.position() == before) return lexer_.error("a byte that fits nowhere");
    }
    return {};
}

/// A result, a property or a word alone.
Expected<void> Reader::read_part() {
    if (lexer_.peek() == '"') { // a quoted string where a name belongs
        note(Defect::stray_text);
        BONAFIDE_AUTHRES_TRY(lexer_.take_quoted());
        return {};
    }
    const std::string_view word = lexer_.take_while(is_token_char);
    if (word.empty()) {
        note(Defect::stray_text);
        lexer_.take_while([](char c) { return !is_token_char(c) && is_loose_char(c) && c != '"'; });
        return {};
    }
    if (lexer_.take('/')) lexer_.take_while(ascii::is_digit); // a method's version
    const auto assigned = take_equals();
    if (!assigned) return std::unexpected(assigned.error());
    if (*assigned) {
        const bool property = word.contains('.') || (in_result_ && !contains(known_methods, ascii::lower(word)));
        if (property && in_result_) return read_property(word);
        return read_result(ascii::lower(word));
    }
    if (!in_result_ && at_element_end() && word.contains('.')) {
        note(Defect::bare_domain);
        found_.bare_domains.emplace_back(word);
    } else if (in_result_ || !at_element_end() || !ascii::iequals(word, "none")) {
        note(Defect::stray_text);
    }
    return {};
}

Expected<void> Reader::read_result(std::string method) {
    if (in_result_) note(Defect::missing_semicolon);
    if (found_.field.results.size() >= most_results_)
        return lexer_.error(fmt::format("more than {} results", most_results_));
    MethodResult result;
    result.method = std::move(method);
    result.result = ascii::lower(lexer_.take_while(is_keyword_char));
    found_.field.results.push_back(std::move(result));
    in_result_ = true;
    return {};
}

Expected<void> Reader::read_property(std::string_view word) {
    auto value = read_value();
    if (!value) return std::unexpected(std::move(value.error()));
    MethodResult& result = found_.field.results.back();
    const std::size_t dot = word.find('.');
    if (dot != std::string_view::npos) {
        result.properties.push_back(
            {ascii::lower(word.substr(0, dot)), ascii::lower(word.substr(dot + 1)), std::move(*value)});
    } else if (ascii::iequals(word, "reason")) {
        result.reason = std::move(*value);
    } else {
        note(Defect::property_without_type);
        result.properties.push_back({"", ascii::lower(word), std::move(*value)});
    }
    return {};
}

/// What stands after "=": by the grammar where that fits up to the next part, else everything up to it. May be empty.
Expected<std::string> Reader::read_value() {
    mail::Lexer strict = lexer_;
    if (auto value = read_property_value(strict); value) {
        const char next = strict.peek();
        if (strict.at_end() || next == ';' || next == '(' || next == ')' || ascii::is_space(next) ||
            ascii::is_space(lexer_.between(strict.position() - 1, strict.position())[0])) {
            lexer_ = strict;
            return value;
        }
    }
    if (lexer_.peek() == '"') return lexer_.take_quoted();
    const std::string_view loose = lexer_.take_while(is_loose_char);
    if (!loose.empty()) note(Defect::odd_value);
    return std::string(loose);
}

#undef BONAFIDE_AUTHRES_TRY

} // namespace

std::string_view to_text(Defect defect) {
    using enum Defect;
    switch (defect) {
    case no_authserv_id: return "no-authserv-id";
    case bare_domain: return "bare-domain";
    case missing_semicolon: return "missing-semicolon";
    case property_without_type: return "property-without-type";
    case odd_value: return "odd-value";
    case stray_text: return "stray-text";
    }
    return "";
}

Expected<Deployed> parse_deployed(std::string_view value, const Limits& limits) {
    if (auto strict = parse(value, limits)) return Deployed{std::move(*strict), {}, {}};
    if (value.size() > limits.authres_bytes) return failure(fmt::format("longer than {} bytes", limits.authres_bytes));
    while (!value.empty() && ascii::is_space(value.back())) value.remove_suffix(1);
    return Reader(value, limits).read();
}

} // namespace bonafide::authres
