#include "authres/authres.hpp"
#include "authres/grammar.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::authres {
namespace {

constexpr const char* section = "RFC 8601 2.2";

/// Reads one field top-down, a function for each rule of the grammar. A failed step leaves its error and the field is dropped.
class Parser {
  public:
    Parser(std::string_view value, const Limits& limits)
        : lexer_(value, limits.comment_depth), most_results_(limits.authres_results) {}

    Expected<Field> parse();

  private:
    Expected<void> parse_results(Field& field);
    Expected<MethodResult> parse_result();
    Expected<void> parse_reason_and_properties(MethodResult& result);
    Expected<Property> parse_property(std::string type);
    Expected<void> expect(char c);
    Expected<std::string> parse_version();
    [[nodiscard]] bool at_none() const;

    mail::Lexer lexer_;
    std::size_t most_results_;
};

// Early return of a failed step.
#define BONAFIDE_AUTHRES_TRY(step)                                                                                     \
    if (auto tried = (step); !tried) return std::unexpected(std::move(tried.error()))

Expected<void> Parser::expect(char c) {
    BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
    if (!lexer_.take(c)) return lexer_.error(fmt::format("\"{}\" must stand here", c), section);
    BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
    return {};
}

/// authres-payload = [CFWS] authserv-id [ CFWS authres-version ] ( no-result / 1*resinfo ) [CFWS]
Expected<Field> Parser::parse() {
    Field field;
    BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
    auto authserv_id = read_value(lexer_);
    if (!authserv_id) return std::unexpected(std::move(authserv_id.error()));
    field.authserv_id = std::move(*authserv_id);
    auto spaced = lexer_.skip_cfws();
    if (!spaced) return std::unexpected(std::move(spaced.error()));
    if (*spaced && ascii::is_digit(lexer_.peek())) {
        auto version = parse_version();
        if (!version) return std::unexpected(std::move(version.error()));
        field.version = std::move(*version);
    }
    BONAFIDE_AUTHRES_TRY(expect(';'));
    BONAFIDE_AUTHRES_TRY(parse_results(field));
    return field;
}

Expected<std::string> Parser::parse_version() {
    const std::string_view version = lexer_.take_while(ascii::is_digit);
    if (version.empty()) return lexer_.error("a version number must stand here", section);
    BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
    return std::string(version);
}

/// Whether "none" stands here alone, not as the name of a method.
bool Parser::at_none() const {
    mail::Lexer ahead = lexer_;
    if (!ascii::iequals(ahead.take_while(is_keyword_char), "none") || !ahead.skip_cfws()) return false;
    return ahead.at_end() || ahead.peek() == ';';
}

/// What follows the first ";". A ";" after the last result is not in the grammar but common (Yahoo), and says nothing.
Expected<void> Parser::parse_results(Field& field) {
    const auto skip_last_semicolon = [&]() -> Expected<bool> {
        mail::Lexer ahead = lexer_;
        if (!ahead.take(';')) return lexer_.at_end();
        BONAFIDE_AUTHRES_TRY(ahead.skip_cfws());
        return ahead.at_end();
    };
    const bool is_none = at_none();
    if (is_none) {
        lexer_.take_while(is_keyword_char);
        BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
    }
    for (bool first = !is_none;; first = false) {
        if (!first) {
            const auto at_end = skip_last_semicolon();
            if (!at_end) return std::unexpected(at_end.error());
            if (*at_end) return {};
            if (is_none) return lexer_.error("\"none\" must stand alone", section);
            BONAFIDE_AUTHRES_TRY(expect(';'));
        }
        if (field.results.size() >= most_results_)
            return lexer_.error(fmt::format("more than {} results", most_results_));
        auto result = parse_result();
        if (!result) return std::unexpected(std::move(result.error()));
        field.results.push_back(std::move(*result));
    }
}

/// resinfo after its ";": methodspec [ CFWS reasonspec ] [ CFWS 1*propspec ]
Expected<MethodResult> Parser::parse_result() {
    MethodResult result;
    auto method = read_keyword(lexer_);
    if (!method) return std::unexpected(std::move(method.error()));
    result.method = std::move(*method);
    BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
    if (lexer_.take('/')) {
        BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
        auto version = parse_version();
        if (!version) return std::unexpected(std::move(version.error()));
        result.version = std::move(*version);
    }
    BONAFIDE_AUTHRES_TRY(expect('='));
    auto value = read_keyword(lexer_);
    if (!value) return std::unexpected(std::move(value.error()));
    result.result = std::move(*value);
    BONAFIDE_AUTHRES_TRY(parse_reason_and_properties(result));
    return result;
}

Expected<void> Parser::parse_reason_and_properties(MethodResult& result) {
    auto spaced = lexer_.skip_cfws();
    for (bool first = true; spaced && !lexer_.at_end() && lexer_.peek() != ';'; first = false) {
        if (!*spaced) return lexer_.error("white space must stand here", section);
        auto word = read_keyword(lexer_);
        if (!word) return std::unexpected(std::move(word.error()));
        BONAFIDE_AUTHRES_TRY(lexer_.skip_cfws());
        if (first && *word == "reason" && lexer_.peek() == '=') {
            BONAFIDE_AUTHRES_TRY(expect('='));
            auto reason = read_value(lexer_);
            if (!reason) return std::unexpected(std::move(reason.error()));
            result.reason = std::move(*reason);
            spaced = lexer_.skip_cfws();
            continue;
        }
        auto property = parse_property(std::move(*word));
        if (!property) return std::unexpected(std::move(property.error()));
        result.properties.push_back(std::move(*property));
        spaced = lexer_.skip_cfws();
        if (spaced) spaced = true; // pvalue ends in optional CFWS: a quoted one may be followed at once
    }
    if (!spaced) return std::unexpected(std::move(spaced.error()));
    return {};
}

/// propspec after its ptype: [CFWS] "." [CFWS] property [CFWS] "=" pvalue
Expected<Property> Parser::parse_property(std::string type) {
    BONAFIDE_AUTHRES_TRY(expect('.'));
    auto name = read_keyword(lexer_);
    if (!name) return std::unexpected(std::move(name.error()));
    BONAFIDE_AUTHRES_TRY(expect('='));
    auto value = read_property_value(lexer_);
    if (!value) return std::unexpected(std::move(value.error()));
    return Property{.type = std::move(type), .name = std::move(*name), .value = std::move(*value)};
}

#undef BONAFIDE_AUTHRES_TRY

} // namespace

Expected<Field> parse(std::string_view value, const Limits& limits) {
    if (value.size() > limits.authres_bytes) return failure(fmt::format("longer than {} bytes", limits.authres_bytes));
    while (!value.empty() && ascii::is_space(value.back())) value.remove_suffix(1); // positions stay true
    return Parser(value, limits).parse();
}

bool is_known_version(std::string_view version) {
    if (version.empty()) return true;
    version.remove_prefix(std::min(version.find_first_not_of('0'), version.size()));
    return version == "1";
}

} // namespace bonafide::authres
