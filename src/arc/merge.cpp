#include "arc/merge.hpp"

#include "authres/grammar.hpp"
#include "base/ascii.hpp"
#include "dns/idna.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::arc {
namespace {

// IANA "Email Authentication Methods". RFC 8601 2.7.6: a method of our own in the field could make a reader drop all of it.
constexpr std::array<std::string_view, 14> methods{"arc",       "auth",  "dkim",       "dkim-adsp", "dkim-atps",
                                                   "dmarc",     "dnswl", "domainkeys", "iprev",     "rrvs",
                                                   "sender-id", "smime", "spf",        "vbr"};
// IANA "Email Authentication Property Types". RFC 8601 2.3: results with others must not be used in decisions.
constexpr std::array<std::string_view, 5> property_types{"body", "dns", "header", "policy", "smtp"};

template<std::size_t N> bool contains(const std::array<std::string_view, N>& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

// IANA "Email Authentication Result Names". RFC 8601 4.1: what a result outside the registry means nobody can know.
constexpr std::array<std::string_view, 10> result_words{"none",    "pass",    "fail",      "softfail",  "policy",
                                                        "neutral", "discard", "temperror", "permerror", "unknown"};

bool is_registered(const authres::MethodResult& result) {
    return contains(methods, result.method) && contains(result_words, result.result) &&
           authres::is_known_version(result.version); // RFC 8601 2.6
}

bool is_usable(const authres::Field& field) {
    for (const authres::MethodResult& result : field.results)
        for (const authres::Property& property : result.properties)
            if (!contains(property_types, property.type)) return false;
    return true;
}

/// RFC 8601 5: ids are compared as A-labels and without regard to case.
std::string normalized(std::string_view authserv_id) {
    return dns::to_ascii(authserv_id).value_or(ascii::lower(authserv_id));
}

/// As it was written, on one line.
std::string without_foldings(std::string_view text) {
    std::string line(text);
    std::erase_if(line, [](char c) { return c == '\r' || c == '\n'; });
    std::ranges::replace(line, '\t', ' ');
    return line;
}

/// Goes once more through a value that authres::parse took, for what that drops: comments and quoting. So no step here can fail.
class Rewriter {
  public:
    Rewriter(std::string_view value, const Limits& limits) : lexer_(value, limits.comment_depth) {}

    std::vector<std::string> rewrite(std::size_t results) {
        skip();
        (void)authres::read_value(lexer_); // authserv-id
        skip();
        lexer_.take_while(ascii::is_digit); // version
        skip();
        std::vector<std::string> texts;
        while (texts.size() < results && lexer_.take(';')) texts.push_back(result());
        return texts;
    }

  private:
    void skip() { (void)lexer_.skip_cfws(); }

    std::string keyword() {
        skip();
        std::string word = authres::read_keyword(lexer_).value_or("");
        skip();
        return word;
    }

    /// A value: unquoted it is as good as written; a quoted-string keeps its quotes.
    template<class Read> std::string value(Read read) {
        lexer_.take('=');
        skip();
        const std::size_t begin = lexer_.position();
        const Expected<std::string> plain = read(lexer_);
        const std::string_view written = lexer_.between(begin, lexer_.position());
        const bool is_quoted = written.starts_with('"') && written.ends_with('"');
        return is_quoted ? without_foldings(written) : plain.value_or("");
    }

    /// The comments that stand here, each with a space before it.
    std::string comments() {
        std::string text;
        for (;;) {
            lexer_.take_while(ascii::is_space);
            if (lexer_.peek() != '(') return text;
            const Expected<std::string_view> comment = lexer_.take_comment();
            if (!comment) return text;
            text += fmt::format(" ({})", without_foldings(*comment));
        }
    }

    std::string result() {
        std::string text = keyword();
        if (lexer_.take('/')) {
            skip();
            text += fmt::format("/{}", lexer_.take_while(ascii::is_digit));
            skip();
        }
        text += '=' + value(authres::read_keyword);
        std::string after = comments();
        std::string properties;
        while (!lexer_.at_end() && lexer_.peek() != ';') {
            const std::string word = keyword();
            if (word.empty()) break;
            if (!lexer_.take('.')) { // RFC 8601 2.2: the reason stands before all properties
                text += " reason=" + value(authres::read_value);
                after += comments();
                continue;
            }
            const std::string property = keyword();
            properties += fmt::format(" {}.{}={}", word, property, value(authres::read_property_value));
            properties += comments();
        }
        return text + after + properties;
    }

    mail::Lexer lexer_;
};

} // namespace

std::vector<std::string> merge_results(const mail::HeaderBlock& header, std::span<const std::string> authserv_ids,
                                       const Limits& limits, std::string_view name) {
    std::vector<std::string> ours;
    for (const std::string& id : authserv_ids) ours.push_back(normalized(id));
    std::vector<std::string> merged;
    std::vector<std::string> seen;
    std::size_t bytes = 0;
    for (const std::size_t index : header.find_all(name)) {
        const std::string_view value = ascii::trim(header[index].value);
        const Expected<authres::Field> field = authres::parse(value, limits);
        if (!field || !is_usable(*field)) continue;
        if (!authres::is_known_version(field->version)) continue; // RFC 8601 2.6
        if (std::ranges::find(ours, normalized(field->authserv_id)) == ours.end()) continue;
        const std::vector<std::string> texts = Rewriter(value, limits).rewrite(field->results.size());
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (!is_registered(field->results[i])) continue;
            const std::string& method = field->results[i].method;
            if (method != "dkim") { // only a message's signatures are many (RFC 8601 2.7.1)
                if (std::ranges::find(seen, method) != seen.end()) continue;
                seen.push_back(method);
            }
            bytes += texts[i].size();
            if (merged.size() >= limits.authres_results || bytes > limits.authres_bytes) return merged;
            merged.push_back(texts[i]);
        }
    }
    return merged;
}

std::vector<std::string> results_of(const authres::Field& field) {
    std::vector<std::string> texts;
    for (const authres::MethodResult& result : field.results) {
        const std::string one = authres::write({.authserv_id = "x", .version = "", .results = {result}});
        texts.push_back(without_foldings(one).substr(std::string_view("x; ").size()));
    }
    return texts;
}

} // namespace bonafide::arc
