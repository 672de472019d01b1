// Reading a condition: a lexer of words, quoted texts and signs, and a recursive descent over them.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "policy/condition.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

using Operation = Comparison::Operation;

struct Token {
    enum class Kind : std::uint8_t { word, quoted, sign, end };
    Kind kind = Kind::end;
    std::string text;
    std::size_t position = 0;
    std::size_t end = 0;
    [[nodiscard]] bool is(std::string_view what) const { return kind != Kind::quoted && text == what; }
};

bool is_word_character(char c) {
    return ascii::is_alnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("_-.@/:+*=$#&%!?~{}|^").contains(c);
}

Expected<std::vector<Token>> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ++at;
        } else if (c == '"' || c == '\'') {
            const std::size_t close = text.find(c, at + 1);
            if (close == std::string_view::npos) return failure("the quotation does not end", at);
            tokens.push_back({Token::Kind::quoted, std::string(text.substr(at + 1, close - at - 1)), at, close + 1});
            at = close + 1;
        } else if (is_word_character(c)) {
            std::size_t end = at;
            while (end < text.size() && is_word_character(text[end])) ++end;
            tokens.push_back({Token::Kind::word, std::string(text.substr(at, end - at)), at, end});
            at = end;
        } else if (std::string_view("()[],<>").contains(c)) {
            tokens.push_back({Token::Kind::sign, std::string(1, c), at, at + 1});
            ++at;
        } else {
            return failure(fmt::format("\"{}\" has no meaning here; put texts in quotes", escape::line({&c, 1})), at);
        }
    }
    tokens.push_back({Token::Kind::end, "the end", text.size(), text.size()});
    return tokens;
}

class Parser {
  public:
    Parser(std::string_view text, std::vector<Token> tokens, const Sets& sets)
        : text_(text), tokens_(std::move(tokens)), sets_(sets) {}

    Expected<Condition> read() {
        auto condition = read_any();
        if (condition && now().kind != Token::Kind::end)
            return complain(fmt::format("\"{}\" follows a complete condition; join conditions by and, or", shown()));
        return condition;
    }

  private:
    [[nodiscard]] const Token& now() const { return tokens_[at_]; }
    [[nodiscard]] std::string shown() const { return escape::line(now().text, 80); }
    Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
    bool take_if(std::string_view what) {
        if (!now().is(what)) return false;
        take();
        return true;
    }
    [[nodiscard]] std::unexpected<Error> complain(std::string why) const {
        return failure(std::move(why), now().position);
    }
    [[nodiscard]] std::string slice(std::size_t from) const {
        return std::string(text_.substr(from, tokens_[at_ - 1].end - from));
    }

    Expected<Condition> read_any() { return read_joined("or", Condition::Kind::any, &Parser::read_all); }
    Expected<Condition> read_all() { return read_joined("and", Condition::Kind::all, &Parser::read_one); }

    Expected<Condition> read_joined(std::string_view join, Condition::Kind kind,
                                    Expected<Condition> (Parser::*read)()) {
        const std::size_t from = now().position;
        Condition joined;
        joined.kind = kind;
        do {
            auto part = (this->*read)();
            if (!part) return part;
            joined.parts.push_back(std::move(*part));
        } while (take_if(join));
        if (joined.parts.size() == 1) return std::move(joined.parts.front());
        joined.text = slice(from);
        return joined;
    }

    Expected<Condition> read_one() {
        if (depth_ >= Condition::most_depth)
            return complain(fmt::format("more than {} conditions in one another", Condition::most_depth));
        ++depth_;
        auto condition = read_nested();
        --depth_;
        return condition;
    }

    Expected<Condition> read_nested() {
        const std::size_t from = now().position;
        if (take_if("not")) {
            auto part = read_one();
            if (!part) return part;
            Condition negated{.kind = Condition::Kind::none_of, .parts = {}, .comparison = {}, .text = slice(from)};
            negated.parts.push_back(std::move(*part));
            return negated;
        }
        if (!take_if("(")) return read_comparison();
        auto condition = read_any();
        if (condition && !take_if(")")) return complain("\")\" is missing");
        if (condition) condition->text = slice(from);
        return condition;
    }

    Expected<Condition> read_comparison() {
        const std::size_t from = now().position;
        Comparison comparison;
        if (now().is("any") || now().is("all"))
            comparison.quantifier = take().is("all") ? Comparison::Quantifier::all : Comparison::Quantifier::any;
        if (now().kind != Token::Kind::word) return complain(fmt::format("a field is expected, not \"{}\"", shown()));
        auto field = parse_field(now().text);
        if (!field) return complain(field.error().text);
        take();
        comparison.field = std::move(*field);
        if (comparison.quantifier == Comparison::Quantifier::all && !comparison.field.many())
            return complain(fmt::format("{} has one value: \"all\" says nothing there", comparison.field.name()));
        if (auto done = read_operation(comparison); !done) return std::unexpected(std::move(done.error()));
        return Condition{
            .kind = Condition::Kind::compare, .parts = {}, .comparison = std::move(comparison), .text = slice(from)};
    }

    Expected<void> read_operation(Comparison& comparison) {
        if (take_if("is")) {
            comparison.negated = take_if("not");
            if (take_if("in")) return read_set(comparison); // "is in" is as good English
            if (take_if("known")) return as_known(comparison);
            if (take_if("unknown")) {
                comparison.negated = !comparison.negated;
                return as_known(comparison);
            }
            return read_equal(comparison);
        }
        comparison.negated = take_if("not");
        if (take_if("in")) return read_set(comparison);
        if (take_if("contains")) return read_text(comparison, Operation::contains);
        if (take_if("matches")) return read_text(comparison, Operation::matches);
        if (comparison.negated)
            return complain(fmt::format("\"not\" is followed by in, contains or matches, not by \"{}\"", shown()));
        if (take_if("<") || take_if("less")) return read_number(comparison, Operation::less);
        if (take_if(">") || take_if("greater")) return read_number(comparison, Operation::greater);
        if (comparison.field.type() == Type::flag) return {};
        constexpr std::array<std::string_view, 6> operations{"is", "in", "contains", "matches", "less", "greater"};
        const std::string_view nearest = nearest_word(now().text, operations);
        return complain(fmt::format("{} is followed by is, in, contains, matches, less or greater, not by \"{}\"{}",
                                    comparison.field.name(), shown(),
                                    nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    }

    static Expected<void> as_known(Comparison& comparison) {
        comparison.operation = Operation::known;
        return {};
    }

    Expected<std::string> read_operand() {
        if (now().kind == Token::Kind::word || now().kind == Token::Kind::quoted) return take().text;
        return complain(fmt::format("a value is expected, not \"{}\"", shown()));
    }

    Expected<void> read_equal(Comparison& comparison) {
        comparison.operation = Operation::is;
        switch (comparison.field.type()) {
        case Type::number: return read_number(comparison, Operation::is);
        case Type::flag: return read_flag(comparison);
        case Type::word:
        case Type::text: break;
        case Type::domain:
        case Type::address:
            if (now().kind == Token::Kind::quoted && now().text.empty()) break; // is ""
            [[fallthrough]];
        case Type::client: {
            auto set = std::make_shared<ValueSet>();
            if (auto added = add_operand(comparison, *set); !added) return added;
            comparison.set = std::move(set);
            return {};
        }
        }
        const std::size_t at = at_;
        auto text = read_operand();
        if (!text) return std::unexpected(std::move(text.error()));
        if (auto known = check_word(comparison, *text, at); !known) return known;
        comparison.values.push_back(*text);
        comparison.text = std::move(*text);
        return {};
    }

    Expected<void> read_flag(Comparison& comparison) {
        if (take_if("no")) {
            comparison.negated = !comparison.negated;
            return {};
        }
        if (take_if("yes")) return {};
        return complain(fmt::format("{} is yes or no", comparison.field.name()));
    }

    Expected<void> read_number(Comparison& comparison, Operation operation) {
        if (comparison.field.type() != Type::number)
            return complain(fmt::format("{} is no number", comparison.field.name()));
        comparison.operation = operation;
        const auto number = parse_number(now().text);
        if (now().kind != Token::Kind::word || !number)
            return complain(fmt::format("a number is expected, not \"{}\"", shown()));
        comparison.number = *number;
        take();
        return {};
    }

    Expected<void> read_text(Comparison& comparison, Operation operation) {
        const Type type = comparison.field.type();
        if (type == Type::number || type == Type::flag || type == Type::client)
            return complain(fmt::format("{} is {} {}: it is compared by {}", comparison.field.name(),
                                        type == Type::client ? "an" : "a", to_text(type),
                                        type == Type::number ? "is, in, less or greater"
                                        : type == Type::flag ? "is yes or is no"
                                                             : "is or in"));
        comparison.operation = operation;
        const std::size_t position = now().position;
        auto text = read_operand();
        if (!text) return std::unexpected(std::move(text.error()));
        comparison.text = ascii::lower(*text);
        if (operation != Operation::matches) return {};
        auto pattern = Pattern::parse(*text);
        if (!pattern) return failure(std::move(pattern.error().text), position);
        comparison.pattern = std::move(*pattern);
        return {};
    }

    /// [a, b], or @NAME of a set.
    Expected<void> read_set(Comparison& comparison) {
        if (comparison.field.type() == Type::flag)
            return complain(fmt::format("{} is yes or no", comparison.field.name()));
        comparison.operation = Operation::in;
        if (now().kind == Token::Kind::word && now().text.starts_with('@')) {
            const std::string name = now().text.substr(1);
            const auto found = sets_.find(name);
            if (found == sets_.end())
                return complain(fmt::format("there is no [[set]] named \"{}\"", escape::line(name, 80)));
            comparison.set = found->second;
            take();
            return {};
        }
        if (!take_if("[")) return complain("\"in\" is followed by [a list, of values] or by @NAME of a set");
        auto set = std::make_shared<ValueSet>();
        do {
            if (auto added = add_operand(comparison, *set); !added) return added;
        } while (take_if(","));
        if (!take_if("]")) return complain("\"]\" or \",\" is missing");
        comparison.set = std::move(set);
        return {};
    }

    Expected<void> add_operand(Comparison& comparison, ValueSet& set) {
        const std::size_t at = at_;
        auto text = read_operand();
        if (!text) return std::unexpected(std::move(text.error()));
        if (auto known = check_word(comparison, *text, at); !known) return known;
        if (comparison.field.type() == Type::client && !ip::Prefix::parse(*text))
            return failure(fmt::format("\"{}\" is no address and no network", escape::line(*text, 80)),
                           tokens_[at].position);
        if (comparison.field.type() == Type::number) { // 001 and 1 are one
            const auto number = parse_number(*text);
            if (!number)
                return failure(fmt::format("\"{}\" is no number", escape::line(*text, 80)), tokens_[at].position);
            *text = to_text(Value(*number));
        }
        if (auto added = set.add(*text); !added) return failure(std::move(added.error().text), tokens_[at].position);
        comparison.values.push_back(std::move(*text));
        return {};
    }

    Expected<void> check_word(const Comparison& comparison, const std::string& word, std::size_t at) const {
        const FieldRef& field = comparison.field;
        if (field.type() != Type::word) return {};
        const auto& words = field.field->words;
        if (std::ranges::any_of(words, [&](std::string_view one) { return ascii::iequals(one, word); })) return {};
        const std::string_view nearest = nearest_word(word, words);
        return failure(fmt::format("{} is never \"{}\"{}; it is one of {}", field.name(), escape::line(word, 80),
                                   nearest.empty() ? "" : fmt::format(" (did you mean {}?)", nearest),
                                   fmt::join(words, ", ")),
                       tokens_[at].position);
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    const Sets& sets_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

} // namespace

Expected<Condition> Condition::parse(std::string_view text, const Sets& sets) {
    if (text.size() > most_bytes) return failure(fmt::format("a condition of more than {} bytes", most_bytes));
    auto tokens = tokens_of(text);
    if (!tokens) return std::unexpected(std::move(tokens.error()));
    return Parser(text, std::move(*tokens), sets).read();
}

} // namespace bonafide::policy
