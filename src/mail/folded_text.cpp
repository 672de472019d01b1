#include "mail/folded_text.hpp"

#include <algorithm>

namespace bonafide::mail {
namespace {

constexpr std::size_t tab_columns = 8;
constexpr std::size_t usual_bytes = 1024; // of one field

} // namespace

FoldedText::FoldedText(std::size_t columns) : columns_(columns) { text_.reserve(usual_bytes); }

void FoldedText::add_word(std::string_view text) {
    const std::size_t first_part = std::min(text.find(' '), text.size());
    if (!at_line_begin_ && columns_ + 1 + first_part > most_columns)
        new_line();
    else if (!at_line_begin_)
        append(" ");
    append_folding(text);
}

void FoldedText::append(std::string_view text) {
    text_ += text;
    columns_ += text.size();
    at_line_begin_ = false;
}

void FoldedText::new_line() {
    text_ += "\r\n\t";
    columns_ = tab_columns;
    at_line_begin_ = true;
}

void FoldedText::append_folding(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' ', 1), text.size());
        if (columns_ + end > most_columns && text.front() == ' ' && end > 1) {
            text_ += "\r\n";
            columns_ = 0;
        }
        append(text.substr(0, end));
        text.remove_prefix(end);
    }
}

} // namespace bonafide::mail
