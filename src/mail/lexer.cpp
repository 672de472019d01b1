#include "mail/lexer.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::mail {

bool is_dot_atom(std::string_view text) {
    return !text.empty() && !text.starts_with('.') && !text.ends_with('.') && !text.contains("..") &&
           std::ranges::all_of(text, [](char c) { return is_atext(c) || c == '.'; });
}

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

/// Bytes of the line end that a folding begins with (RFC 5322 2.2.3), a bare LF counting as one; 0 when there is no folding here.
std::size_t Lexer::folding_length() const {
    const std::size_t length = text_.substr(at_).starts_with("\r\n") ? 2 : peek() == '\n' ? 1 : 0;
    const bool folds = length > 0 && at_ + length < text_.size() && ascii::is_wsp(text_[at_ + length]);
    return folds ? length : 0;
}

Expected<bool> Lexer::skip_cfws() {
    const std::size_t begin = at_;
    for (;;) {
        take_while(ascii::is_wsp);
        if (const std::size_t folding = folding_length(); folding > 0)
            at_ += folding;
        else if (peek() != '(')
            return at_ > begin;
        else if (auto comment = take_comment(); !comment)
            return std::unexpected(std::move(comment.error()));
    }
}

Expected<std::string_view> Lexer::take_comment() {
    const std::size_t begin = at_;
    std::uint32_t depth = 0;
    while (!at_end()) {
        const char c = text_[at_];
        if (c == '\\')
            ++at_; // RFC 5322 3.2.1: whatever follows loses its meaning; CR, LF and NUL are judged below all the same
        if (const std::size_t folding = folding_length(); folding > 0) {
            at_ += folding;
            continue;
        }
        if (at_end()) break;
        if (peek() == '\0' || peek() == '\r' || peek() == '\n')
            return error("control character in a comment", "RFC 5322 3.2.2");
        if (c == '(' && ++depth > comment_depth_)
            return error(fmt::format("comments nested more than {} deep", comment_depth_));
        ++at_;
        if (c == ')' && --depth == 0) return between(begin + 1, at_ - 1);
    }
    return failure("comment without its closing parenthesis", begin, "RFC 5322 3.2.2");
}

Expected<std::string> Lexer::take_quoted() {
    const std::size_t begin = at_++;
    std::string content;
    while (!at_end()) {
        if (const std::size_t folding = folding_length(); folding > 0) {
            at_ += folding;
            continue;
        }
        if (take('"')) return content;
        if (peek() == '\\') ++at_;
        if (at_end()) break;
        if (peek() == '\0' || peek() == '\r' || peek() == '\n')
            return error("control character in a quoted string", "RFC 5322 3.2.4");
        content += text_[at_++];
    }
    return failure("quoted string without its closing quote", begin, "RFC 5322 3.2.4");
}

} // namespace bonafide::mail
