#include "policy/sieve_script.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

namespace bonafide::policy::sieve {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; // as some editors begin a file

constexpr bool begins_identifier(char c) { return ascii::is_alpha(c) || c == '_'; }
constexpr bool is_identifier(char c) { return begins_identifier(c) || ascii::is_digit(c); }

/// What is wrong, and where.
struct Fault {
    std::string_view text;
    std::size_t at;
};
template<class T> using Read = std::expected<T, Fault>;

/// RFC 5228 8.1.
class Cursor {
  public:
    explicit Cursor(std::string_view text)
        : text_(text), at_(text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0) {}

    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
    [[nodiscard]] std::unexpected<Fault> fault(std::string_view what) const {
        return std::unexpected(Fault{what, at_});
    }

    bool take(char c) {
        if (at_end() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    /// Over white space and comments.
    Read<void> skip() {
        for (;;) {
            while (!at_end() && ascii::is_space(text_[at_])) ++at_;
            if (peek() == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (text_.substr(at_).starts_with("/*")) {
                const std::size_t end = text_.find("*/", at_ + 2);
                if (end == std::string_view::npos) return fault("a comment has no end");
                at_ = end + 2;
            } else {
                return {};
            }
        }
    }

    std::string identifier() {
        const std::size_t begin = at_;
        if (begins_identifier(peek()))
            while (is_identifier(peek())) ++at_;
        return ascii::lower(text_.substr(begin, at_ - begin));
    }

    bool take_number() {
        if (!ascii::is_digit(peek())) return false;
        while (ascii::is_digit(peek())) ++at_;
        if (constexpr std::string_view quantifiers = "KMGkmg"; !at_end() && quantifiers.contains(peek())) ++at_;
        return true;
    }

    [[nodiscard]] bool is_string() const { return peek() == '"' || is_multi_line(); }

    Read<std::string> string() {
        if (peek() == '"') return quoted();
        if (is_multi_line()) return multi_line();
        return fault("a string is missing");
    }

  private:
    [[nodiscard]] bool is_multi_line() const { return ascii::istarts_with(text_.substr(at_), "text:"); }

    Read<std::string> quoted() {
        const std::size_t begin = at_++;
        std::string content;
        while (!at_end()) {
            const char c = text_[at_++];
            if (c == '"') return content;
            if (c == '\0') break;
            if (c == '\\' && at_end()) break;
            content += c == '\\' ? text_[at_++] : c;
        }
        at_ = begin;
        return fault("a string has no end");
    }

    /// RFC 5228 8.1 multi-line: up to a line with a dot alone; a dot before another one is dropped.
    Read<std::string> multi_line() {
        const std::size_t begin = at_;
        at_ += std::string_view("text:").size();
        while (ascii::is_wsp(peek())) ++at_;
        const std::string_view rest = line();
        if (!rest.empty() && rest.front() != '#') {
            at_ = begin;
            return fault("behind \"text:\" the line must end");
        }
        std::string content;
        while (!at_end()) {
            std::string_view one = line();
            if (one == ".") return content;
            if (one.starts_with("..")) one.remove_prefix(1);
            content.append(one).append("\r\n");
        }
        at_ = begin;
        return fault("a text has no end: a line with a dot alone is missing");
    }

    /// The rest of this line without its end, which is stepped over.
    std::string_view line() {
        const std::size_t end = std::min(text_.find('\n', at_), text_.size());
        std::string_view found = text_.substr(at_, end - at_);
        at_ = std::min(end + 1, text_.size());
        if (found.ends_with('\r')) found.remove_suffix(1);
        return found;
    }

    std::string_view text_;
    std::size_t at_;
};

/// RFC 5228 8.2.
class Parser {
  public:
    Parser(std::string_view text, const Limits& limits)
        : in_(text), depth_left_(limits.sieve_depth), terms_left_(limits.sieve_terms) {}

    Read<std::vector<Command>> script() {
        if (auto skipped = in_.skip(); !skipped) return std::unexpected(skipped.error());
        auto read = commands();
        if (read && !in_.at_end()) return in_.fault("a command is missing");
        return read;
    }

  private:
    /// Up to a "}" or the end.
    Read<std::vector<Command>> commands() {
        std::vector<Command> all;
        while (!in_.at_end() && in_.peek() != '}') {
            auto one = command();
            if (!one) return std::unexpected(one.error());
            all.push_back(std::move(*one));
        }
        return all;
    }

    Read<Command> command() {
        Command read{.name = {}, .at = in_.position(), .arguments = {}, .tests = {}, .block = {}};
        if (auto named = name("a command is missing"); !named)
            return std::unexpected(named.error());
        else
            read.name = std::move(*named);
        if (auto done = arguments(read.arguments, read.tests); !done) return std::unexpected(done.error());
        if (in_.take(';')) return finished(std::move(read));
        if (!in_.take('{')) return in_.fault("\";\" or a block is missing");
        auto inner = block();
        if (!inner) return std::unexpected(inner.error());
        read.block = std::move(*inner);
        return finished(std::move(read));
    }

    Read<std::vector<Command>> block() {
        if (auto deeper = enter(); !deeper) return std::unexpected(deeper.error());
        auto inner = commands();
        if (!inner) return inner;
        if (!in_.take('}')) return in_.fault("a block has no end");
        ++depth_left_;
        return inner;
    }

    Read<Test> test() {
        if (auto deeper = enter(); !deeper) return std::unexpected(deeper.error());
        Test read{.name = {}, .at = in_.position(), .arguments = {}, .tests = {}};
        if (auto named = name("a test is missing"); !named)
            return std::unexpected(named.error());
        else
            read.name = std::move(*named);
        if (auto done = arguments(read.arguments, read.tests); !done) return std::unexpected(done.error());
        ++depth_left_;
        return read;
    }

    /// Arguments, then a test or a list of tests.
    Read<void> arguments(std::vector<Argument>& into, std::vector<Test>& tests) {
        for (;;) {
            auto one = argument();
            if (!one) return std::unexpected(one.error());
            if (!*one) break;
            into.push_back(std::move(**one));
        }
        if (begins_identifier(in_.peek())) return add_test(tests);
        if (!in_.take('(')) return {};
        do {
            if (auto done = in_.skip(); !done) return done;
            if (auto added = add_test(tests); !added) return added;
        } while (in_.take(','));
        if (!in_.take(')')) return in_.fault("\",\" or \")\" is missing");
        return in_.skip();
    }

    Read<void> add_test(std::vector<Test>& tests) {
        auto one = test();
        if (!one) return std::unexpected(one.error());
        tests.push_back(std::move(*one));
        return {};
    }

    /// Nothing where none begins.
    Read<std::optional<Argument>> argument() {
        Argument read;
        if (in_.take(':')) {
            auto tag = name("behind \":\" a name is missing");
            if (!tag) return std::unexpected(tag.error());
            read.tag = std::move(*tag);
            return read;
        }
        if (in_.take_number()) {
            read.is_number = true;
        } else if (in_.take('[')) {
            if (auto done = strings(read.strings); !done) return std::unexpected(done.error());
        } else if (in_.is_string()) {
            if (auto done = add_string(read.strings); !done) return std::unexpected(done.error());
        } else {
            return std::nullopt;
        }
        return finished(std::optional(std::move(read)));
    }

    Read<void> strings(std::vector<std::string>& into) {
        do {
            if (auto done = in_.skip(); !done) return done;
            if (auto added = add_string(into); !added) return added;
            if (auto done = in_.skip(); !done) return done;
        } while (in_.take(','));
        if (!in_.take(']')) return in_.fault("\",\" or \"]\" is missing");
        return {};
    }

    Read<void> add_string(std::vector<std::string>& into) {
        if (auto counted = count(); !counted) return counted;
        auto one = in_.string();
        if (!one) return std::unexpected(one.error());
        into.push_back(std::move(*one));
        return {};
    }

    Read<std::string> name(std::string_view missing) {
        if (auto counted = count(); !counted) return std::unexpected(counted.error());
        std::string read = in_.identifier();
        if (read.empty()) return in_.fault(missing);
        return finished(std::move(read));
    }

    /// What was read, once the blanks behind it are skipped.
    template<class T> Read<T> finished(T read) {
        if (auto skipped = in_.skip(); !skipped) return std::unexpected(skipped.error());
        return read;
    }

    Read<void> enter() {
        if (depth_left_ == 0) return in_.fault("blocks and tests are nested too deeply (limits.sieve_depth)");
        --depth_left_;
        return in_.skip();
    }

    Read<void> count() {
        if (terms_left_ == 0) return in_.fault("there are too many commands, tests and strings (limits.sieve_terms)");
        --terms_left_;
        return {};
    }

    Cursor in_;
    std::uint32_t depth_left_;
    std::uint32_t terms_left_;
};

} // namespace

Error error_at(std::string_view text, std::size_t at, std::string_view what, std::string_view section) {
    const std::string_view before = text.substr(0, at);
    std::size_t begin = before.rfind('\n') + 1; // npos + 1 is 0
    if (begin == 0 && text.starts_with(byte_order_mark)) begin = byte_order_mark.size();
    const auto line = std::ranges::count(before, '\n') + 1;
    return {fmt::format("line {}, column {}: {}", line, at - begin + 1, what), at, std::string(section)};
}

Expected<std::vector<Command>> parse(std::string_view text, const Limits& limits) {
    if (text.size() > limits.sieve_bytes)
        return failure(fmt::format("more than {} bytes (limits.sieve_bytes)", limits.sieve_bytes));
    auto read = Parser(text, limits).script();
    if (!read) return std::unexpected(error_at(text, read.error().at, read.error().text, "RFC 5228 8.2"));
    return *std::move(read);
}

} // namespace bonafide::policy::sieve
