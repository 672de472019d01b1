#include "doctor/text_edits.hpp"

#include "base/ascii.hpp"
#include "doctor/charsets.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

using Undone = std::optional<std::string>;

template<class Edit> Undone edit_lines(std::string_view body, Edit edit) {
    std::string result;
    result.reserve(body.size() + body.size() / 16);
    while (!body.empty()) {
        const std::size_t end = body.find("\r\n");
        edit(body.substr(0, end), result);
        if (end == std::string_view::npos) break;
        result += "\r\n";
        body.remove_prefix(end + 2);
    }
    return result;
}

/// Carriage returns that end no line.
Undone without_bare_cr(std::string_view body) {
    std::string result;
    result.reserve(body.size());
    for (std::size_t i = 0; i < body.size(); ++i)
        if (body[i] != '\r' || body.substr(i + 1, 1) == "\n") result += body[i];
    return result;
}

Undone replaced(std::string_view text, std::string_view what, std::string_view by) {
    if (!text.contains(what)) return {};
    std::string result;
    result.reserve(text.size());
    for (;;) {
        const std::size_t at = text.find(what);
        result += text.substr(0, at);
        if (at == std::string_view::npos) return result;
        result += by;
        text.remove_prefix(at + what.size());
    }
}

std::string_view without_trailing_space(std::string_view line) {
    while (!line.empty() && ascii::is_wsp(line.back())) line.remove_suffix(1);
    return line;
}

/// mbox quoting: of "From " alone (mboxo) and of what is quoted already (mboxrd).
Undone unquoted_from(std::string_view body) {
    if (!body.contains(">From ")) return {};
    return edit_lines(body, [](std::string_view line, std::string& out) {
        const std::string_view rest = line.substr(std::min(line.find_first_not_of('>'), line.size()));
        out += line.substr(line.starts_with('>') && rest.starts_with("From ") ? 1 : 0);
    });
}
Undone quoted_from(std::string_view body) {
    if (!body.contains("From ")) return {};
    return edit_lines(body, [](std::string_view line, std::string& out) {
        if (line.starts_with("From ")) out += '>';
        out += line;
    });
}

/// RFC 5321 4.5.2, done once too often or never undone; and undone without having been done.
Undone undotted(std::string_view body) {
    if (!body.contains("..")) return {};
    return edit_lines(
        body, [](std::string_view line, std::string& out) { out += line.substr(line.starts_with("..") ? 1 : 0); });
}
Undone dotted(std::string_view body) {
    return edit_lines(body, [](std::string_view line, std::string& out) {
        if (line.starts_with('.')) out += '.';
        out += line;
    });
}

std::size_t longest_line(std::string_view body) {
    std::size_t most = 0;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find("\r\n"), body.size());
        most = std::max(most, end);
        body.remove_prefix(std::min(end + 2, body.size()));
    }
    return most;
}

/// Lines that were cut at the greatest length that occurs; `mark` stands at the cut, `glue` begins the next line, and counts there or not.
Undone joined_long(std::string_view body, std::string_view mark, std::string_view glue) {
    constexpr std::size_t least = 70;
    const std::size_t most = longest_line(body);
    if (most < least) return {};
    std::string result;
    result.reserve(body.size());
    while (!body.empty()) {
        const std::size_t end = body.find("\r\n");
        std::string_view line = body.substr(0, end);
        const bool full = end != std::string_view::npos && (end == most || end + glue.size() == most);
        body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
        const bool cut = full && line.ends_with(mark) && body.starts_with(glue) && !body.empty();
        if (cut) {
            line.remove_suffix(mark.size());
            body.remove_prefix(glue.size());
        }
        result += line;
        if (!cut && end != std::string_view::npos) result += "\r\n";
    }
    return result;
}

/// Text that was wrapped at blanks: lines that end only because the next word had no room.
Undone unwrapped(std::string_view body, std::size_t columns) {
    std::string result;
    result.reserve(body.size());
    std::size_t column = 0;
    while (!body.empty()) {
        const std::size_t end = body.find("\r\n");
        const std::string_view line = body.substr(0, end);
        result += line;
        column = line.size();
        if (end == std::string_view::npos) break;
        body.remove_prefix(end + 2);
        const std::string_view word = body.substr(0, std::min(body.find_first_of(" \r"), body.size()));
        result += !line.empty() && !word.empty() && column + 1 + word.size() > columns ? " " : "\r\n";
    }
    return result;
}

Undone spaces_as_tabs(std::string_view body, std::size_t width) {
    return replaced(body, std::string(width, ' '), "\t");
}

/// Each column of eight that blanks fill up begins with a tab, as expand(1) read it.
Undone unexpanded(std::string_view body) {
    constexpr std::size_t stop = 8;
    if (!body.contains("  ")) return {};
    return edit_lines(body, [](std::string_view line, std::string& out) {
        for (std::size_t at = 0; at < line.size(); at += stop) {
            const std::string_view column = line.substr(at, stop);
            const std::string_view kept = column.substr(0, column.find_last_not_of(' ') + 1);
            const bool filled = column.size() == stop && column.size() - kept.size() >= 2;
            out += filled ? kept : column;
            if (filled) out += '\t';
        }
    });
}

/// Blanks at the ends of lines where mail has them: the signature's mark, and text that flows on (RFC 3676 4.1, 4.3).
Undone with_signature_mark(std::string_view body) {
    if (!body.contains("--\r\n")) return {};
    return edit_lines(body, [](std::string_view line, std::string& out) {
        out += line;
        if (line == "--") out += ' ';
    });
}
Undone flowing(std::string_view body) {
    constexpr std::size_t full = 60; // a line this long goes on, when text follows it
    std::string result;
    result.reserve(body.size() + body.size() / 32);
    while (!body.empty()) {
        const std::size_t end = body.find("\r\n");
        const std::string_view line = body.substr(0, end);
        body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
        result += line;
        const bool goes_on = line.size() >= full && !body.empty() && !body.starts_with("\r\n");
        if (line == "--" || goes_on) result += ' ';
        if (end != std::string_view::npos) result += "\r\n";
    }
    return result;
}

std::string decode_percent(std::string_view text) {
    const auto digit = [](char c) { return ascii::is_digit(c) ? c - '0' : ascii::to_lower(c) - 'a' + 10; };
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && ascii::is_hex(text[i + 1]) && ascii::is_hex(text[i + 2])) {
            result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

/// Links that a gateway has put its own address around, taken out of it.
Undone unwrapped_links(std::string_view body) {
    constexpr std::string_view safe_mark = "safelinks.protection.outlook.com/?url=", defense_mark = "/v3/__";
    if (!body.contains(safe_mark) && !body.contains(defense_mark)) return {};
    std::string result;
    while (!body.empty()) {
        const std::size_t at = body.find("https://");
        result += body.substr(0, at);
        if (at == std::string_view::npos) break;
        body.remove_prefix(at);
        const std::string_view link = body.substr(0, body.find_first_of(" \t\r\n\"<>"));
        const std::size_t safe = link.find(safe_mark), defense = link.find(defense_mark);
        if (safe != std::string_view::npos) {
            const std::string_view inner = link.substr(safe + safe_mark.size());
            result += decode_percent(inner.substr(0, inner.find('&')));
        } else if (defense != std::string_view::npos && link.contains("urldefense.com") &&
                   link.find("__;", defense) != std::string_view::npos) {
            result +=
                link.substr(defense + defense_mark.size(), link.find("__;", defense) - defense - defense_mark.size());
        } else {
            result += link;
        }
        body.remove_prefix(link.size());
    }
    return result;
}

void add_wrappings(std::vector<TextEdit>& edits) {
    const Text broke = say("Long lines were broken.");
    for (const auto& [mark, glue] :
         {std::pair<std::string_view, std::string_view>{"!", " "}, {"", " "}, {"", ""}, {"", "\t"}, {"!", ""}})
        edits.push_back(
            {Change::line_wrapping, broke, [mark, glue](auto body) { return joined_long(body, mark, glue); }});
    for (const auto& [what, by] : {std::pair<std::string_view, std::string_view>{"\r\n ", " "}, {"\r\n\t", " "}})
        edits.push_back({Change::line_wrapping, broke, [what, by](auto body) { return replaced(body, what, by); }});
    for (const std::size_t columns : {72U, 76U, 78U, 80U, 998U})
        edits.push_back({Change::line_wrapping, broke, [columns](auto body) { return unwrapped(body, columns); }});
}

void add_spaces(std::vector<TextEdit>& edits, bool flowed) {
    const Text inside = say("White space inside lines was changed."),
               lost = say("White space at the ends of lines was removed.");
    edits.push_back({Change::trailing_space, say("White space was added at the ends of lines."), [](auto body) {
                         return edit_lines(body, [](std::string_view line, std::string& out) {
                             out += without_trailing_space(line);
                         });
                     }});
    edits.push_back({Change::trailing_space, lost, with_signature_mark});
    if (flowed) edits.push_back({Change::trailing_space, lost, flowing});
    for (const std::size_t width : {8U, 4U, 2U})
        edits.push_back({Change::inner_space, inside, [width](auto body) { return spaces_as_tabs(body, width); }});
    edits.push_back({Change::inner_space, inside, unexpanded});
    for (const std::size_t width : {8U, 4U, 1U})
        edits.push_back({Change::inner_space, inside,
                         [width](auto body) { return replaced(body, "\t", std::string(width, ' ')); }});
}

void add_line_ends(std::vector<TextEdit>& edits) {
    const Text changed = say("Line ends were changed."), empty = say("Empty lines were added or removed.");
    edits.push_back({Change::line_ends, say("Line ends were doubled."),
                     [](auto body) { return replaced(body, "\r\n\r\n", "\r\n"); }});
    edits.push_back({Change::line_ends, changed, without_bare_cr});
    edits.push_back({Change::line_ends, empty, [](std::string_view body) -> Undone {
                         if (!body.starts_with("\r\n")) return {};
                         return std::string(body.substr(2));
                     }});
    edits.push_back(
        {Change::line_ends, empty, [](std::string_view body) -> Undone { return "\r\n" + std::string(body); }});
    edits.push_back({Change::line_ends, say("Line ends were bare line feeds when the message was signed."),
                     [](auto body) { return replaced(body, "\r\n", "\n"); }});
}

void add_charsets(std::vector<TextEdit>& edits) {
    for (const std::string_view set : western_sets) {
        const auto says = [](std::string_view from, std::string_view to) {
            return say("The character set was converted from {from} to {to}.", {{"from", from}, {"to", to}});
        };
        edits.push_back({Change::charset, says(set, "utf-8"), [set](std::string_view body) -> Undone {
                             if (!is_8bit(body)) return {};
                             return from_utf8(body, set);
                         }});
        edits.push_back({Change::charset, says("utf-8", set), [set](std::string_view body) -> Undone {
                             if (!is_8bit(body)) return {};
                             return to_utf8(body, set);
                         }});
    }
}

} // namespace

std::vector<TextEdit> text_edits(dkim::Canonicalization kind, bool flowed) {
    std::vector<TextEdit> edits;
    const Text from = say("Lines that begin with {word} were changed, as mailbox files do it.", {{"word", "From"}});
    edits.push_back({Change::line_wrapping, from, unquoted_from});
    edits.push_back({Change::line_wrapping, from, quoted_from});
    if (kind == dkim::Canonicalization::simple) add_spaces(edits, flowed);
    edits.push_back({Change::line_wrapping, say("Dots at the beginnings of lines were doubled."), undotted});
    edits.push_back({Change::line_wrapping, say("Dots at the beginnings of lines were taken away."), dotted});
    add_line_ends(edits);
    add_charsets(edits);
    edits.push_back(
        {Change::html_changed, say("Links were replaced by those of a gateway that checks them."), unwrapped_links});
    add_wrappings(edits);
    return edits;
}

} // namespace bonafide::doctor
