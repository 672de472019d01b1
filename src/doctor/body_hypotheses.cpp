#include "doctor/body_hypotheses.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/latin1.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_footer_lines = 80;
constexpr std::size_t most_banner_lines = 40;
constexpr std::size_t most_boundaries = 12;
constexpr std::size_t most_shown = 160;

Text list_advice() {
    return say("A list or gateway that adds text should sign anew or seal with ARC, and rewrite From; a sender's own "
               "gateway must sign behind it.");
}
Text gateway_advice() { return say("Let the gateway leave signed mail alone, or sign behind it."); }

Breakage broken(Change change, Text says, Text fix, std::string was = {}, std::string now = {}) {
    return {.change = change,
            .proof = Proof::body_hash,
            .field = {},
            .was = std::move(was),
            .now = std::move(now),
            .says = std::move(says),
            .fix = std::move(fix)};
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string result;
    while (!text.empty()) {
        const std::size_t at = text.find(what);
        result += text.substr(0, at);
        if (at == std::string_view::npos) break;
        result += by;
        text.remove_prefix(at + what.size());
    }
    return result;
}

template<class Edit> std::string edit_lines(std::string_view body, Edit edit) {
    std::string result;
    while (!body.empty()) {
        const std::size_t end = body.find("\r\n");
        result += edit(body.substr(0, end));
        if (end == std::string_view::npos) break;
        result += "\r\n";
        body.remove_prefix(end + 2);
    }
    return result;
}

std::string boundary_of(std::string_view content_type) {
    const std::size_t at = ascii::lower(content_type).find("boundary=");
    if (at == std::string_view::npos) return {};
    std::string_view rest = content_type.substr(at + 9);
    if (rest.starts_with('"')) return std::string(rest.substr(1, rest.find('"', 1) - 1));
    return std::string(rest.substr(0, rest.find_first_of("; \t")));
}

/// Offsets of the lines that begin with the boundary.
std::vector<std::size_t> boundaries_in(std::string_view body, const std::string& boundary) {
    std::vector<std::size_t> result;
    if (boundary.empty()) return result;
    const std::string line = "--" + boundary;
    for (std::size_t at = body.find(line); at != std::string_view::npos && result.size() < most_boundaries;
         at = body.find(line, at + 1))
        if (at == 0 || body.substr(at - 2, 2) == "\r\n") result.push_back(at);
    return result;
}

std::string decode_quoted_printable(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            result += text[i];
            continue;
        }
        if (text.substr(i + 1).starts_with("\r\n")) {
            i += 2;
            continue;
        }
        const auto digit = [&](std::size_t at) {
            return at < text.size() && ascii::is_hex(text[at])
                       ? (ascii::is_digit(text[at]) ? text[at] - '0' : ascii::to_lower(text[at]) - 'a' + 10)
                       : -1;
        };
        const int high = digit(i + 1), low = digit(i + 2);
        if (high < 0 || low < 0) {
            result += '=';
            continue;
        }
        result += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return result;
}

std::string encode_quoted_printable(std::string_view text) {
    constexpr std::size_t columns = 76;
    return edit_lines(text, [](std::string_view line) {
        std::string out;
        std::size_t column = 0;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const auto byte = static_cast<unsigned char>(line[i]);
            const bool last = i + 1 == line.size();
            const bool plain = byte >= 33 && byte <= 126 && byte != '=';
            const bool blank = ascii::is_wsp(line[i]) && !last;
            const std::string piece = plain || blank ? std::string(1, line[i]) : fmt::format("={:02X}", byte);
            if (column + piece.size() > columns - (last ? 0 : 1)) {
                out += "=\r\n";
                column = 0;
            }
            out += piece;
            column += piece.size();
        }
        return out;
    });
}

std::string encode_base64(std::string_view text) {
    constexpr std::size_t columns = 76;
    const std::string all = base64::encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    std::string out;
    for (std::size_t at = 0; at < all.size(); at += columns) out += all.substr(at, columns) + "\r\n";
    return out;
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string data;
    for (const char c : text)
        if (!ascii::is_space(c)) data += c;
    const auto bytes = base64::decode(data);
    if (!bytes) return {};
    return std::string(bytes->begin(), bytes->end());
}

std::string decode_percent(std::string_view text, char mark) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == mark && i + 2 < text.size() && ascii::is_hex(text[i + 1]) && ascii::is_hex(text[i + 2])) {
            const auto digit = [](char c) { return ascii::is_digit(c) ? c - '0' : ascii::to_lower(c) - 'a' + 10; };
            result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

/// Links that a gateway has put its own address around, taken out of it.
std::string unwrap_links(std::string_view body) {
    std::string result;
    while (!body.empty()) {
        const std::size_t at = body.find("https://");
        result += body.substr(0, at);
        if (at == std::string_view::npos) break;
        body.remove_prefix(at);
        const std::string_view link = body.substr(0, body.find_first_of(" \t\r\n\"<>"));
        const std::size_t safe = link.find("safelinks.protection.outlook.com/?url=");
        const std::size_t defense = link.find("/v3/__");
        if (safe != std::string_view::npos) {
            const std::string_view inner = link.substr(safe + 38);
            result += decode_percent(inner.substr(0, inner.find('&')), '%');
        } else if (defense != std::string_view::npos && link.contains("urldefense.com") &&
                   link.find("__;", defense) != std::string_view::npos) {
            result += link.substr(defense + 6, link.find("__;", defense) - defense - 6);
        } else {
            result += link;
        }
        body.remove_prefix(link.size());
    }
    return result;
}

class Search {
  public:
    Search(BodyTrial& trial, std::string_view body, std::string_view content_type, std::string_view encoding)
        : trial_(trial), body_(body), content_type_(content_type), encoding_(encoding),
          boundaries_(boundaries_in(body, boundary_of(content_type))) {}

    BodyStory go() {
        (void)(appended() || in_parts() || wrapped() || simple_edits() || encodings() || banner());
        return std::move(story_);
    }

  private:
    bool found(Breakage one) {
        story_.found.push_back(std::move(one));
        return true;
    }
    bool appended();
    bool in_parts();
    bool wrapped();
    bool simple_edits();
    bool encodings();
    bool banner();

    BodyTrial& trial_;
    std::string_view body_, content_type_, encoding_;
    std::vector<std::size_t> boundaries_;
    BodyStory story_;
};

bool Search::appended() {
    const auto lines = trial_.fitting_prefix(body_);
    if (!lines) return false;
    std::string_view rest = body_;
    for (std::size_t i = 0; i < *lines && !rest.empty(); ++i) {
        const std::size_t end = rest.find("\r\n");
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    }
    const std::string added(ascii::trim(rest.substr(0, most_shown)));
    return found(broken(Change::footer_appended,
                        say("Text was appended behind the signed body: {text}", {{"text", added}}), list_advice(), {},
                        added));
}

/// Within a multipart body: a footer at the end of a part, a part that was added.
bool Search::in_parts() {
    for (std::size_t i = 1; i < boundaries_.size(); ++i) {
        const auto cut = trial_.fitting_cut(body_, boundaries_[i], most_footer_lines);
        if (!cut) continue;
        const std::string added(ascii::trim(body_.substr(*cut, std::min(most_shown, boundaries_[i] - *cut))));
        return found(broken(Change::footer_appended,
                            say("Text was appended to a part of the body: {text}", {{"text", added}}), list_advice(),
                            {}, added));
    }
    for (std::size_t i = 0; i + 1 < boundaries_.size(); ++i) {
        std::string without(body_.substr(0, boundaries_[i]));
        without += body_.substr(boundaries_[i + 1]);
        if (trial_.fits(without))
            return found(broken(Change::part_added, say("A part was added to the message."), list_advice()));
    }
    return false;
}

/// A list has put the message into a multipart of its own, with its footer beside it.
bool Search::wrapped() {
    if (boundaries_.size() < 2) return false;
    const std::string_view part = body_.substr(boundaries_[0], boundaries_[1] - boundaries_[0]);
    const std::size_t head = part.find("\r\n");
    if (head == std::string_view::npos) return false;
    const std::size_t gap = part.find("\r\n\r\n", head);
    if (gap == std::string_view::npos) return false;
    std::string_view content = part.substr(gap + 4);
    if (content.ends_with("\r\n")) content.remove_suffix(2);
    const std::string header(part.substr(head + 2, gap - head - 2));
    const auto value = [&](std::string_view name) -> std::optional<std::string> {
        const std::size_t at = ascii::lower(header).find(std::string(name) + ":");
        if (at == std::string::npos) return {};
        std::size_t end = header.find("\r\n", at);
        while (end != std::string::npos && end + 2 < header.size() && ascii::is_wsp(header[end + 2]))
            end = header.find("\r\n", end + 2);
        return header.substr(at + name.size() + 1, end == std::string::npos ? end : end - at - name.size() - 1);
    };
    std::vector<std::string> candidates{std::string(content), std::string(content) + "\r\n"};
    if (const auto encoding = value("content-transfer-encoding")) {
        if (ascii::iequals(ascii::trim(*encoding), "base64"))
            if (auto decoded = decode_base64(content)) candidates.push_back(*decoded);
        if (ascii::iequals(ascii::trim(*encoding), "quoted-printable"))
            candidates.push_back(decode_quoted_printable(content));
    }
    for (const std::string& candidate : candidates) {
        if (!trial_.fits(candidate)) continue;
        story_.content_type = value("content-type");
        story_.transfer_encoding = value("content-transfer-encoding");
        return found(
            broken(Change::part_added,
                   say("The message was put into a new one as its first part, and a part was added beside it."),
                   list_advice()));
    }
    return false;
}

bool Search::simple_edits() {
    struct Edit {
        Change change;
        std::string body;
        Text says;
    };
    const std::string text(body_);
    const auto trimmed = [](std::string_view line) {
        while (!line.empty() && ascii::is_wsp(line.back())) line.remove_suffix(1);
        return std::string(line);
    };
    const std::array edits{
        Edit{Change::trailing_space, edit_lines(body_, trimmed), say("White space was added at the ends of lines.")},
        Edit{Change::line_wrapping,
             edit_lines(
                 body_,
                 [](std::string_view line) { return std::string(line.starts_with(">From ") ? line.substr(1) : line); }),
             say("Lines that begin with {word} were changed, as mailbox files do it.", {{"word", "From"}})},
        Edit{Change::line_wrapping,
             edit_lines(
                 body_,
                 [](std::string_view line) { return std::string(line.starts_with("..") ? line.substr(1) : line); }),
             say("Dots at the beginnings of lines were doubled.")},
        Edit{Change::line_wrapping,
             edit_lines(body_,
                        [](std::string_view line) { return (line.starts_with('.') ? "." : "") + std::string(line); }),
             say("Dots at the beginnings of lines were taken away.")},
        Edit{Change::line_wrapping, replaced(body_, "!\r\n ", ""), say("Long lines were broken.")},
        Edit{Change::line_wrapping, replaced(body_, "\r\n ", " "), say("Long lines were broken.")},
        Edit{Change::line_wrapping, replaced(body_, "\r\n\t", " "), say("Long lines were broken.")},
        Edit{Change::line_ends, replaced(body_, "\r\n\r\n", "\r\n"), say("Line ends were doubled.")},
        Edit{Change::line_ends, replaced(replaced(body_, "\r\r\n", "\r\n"), "\r\r", "\r"),
             say("Line ends were changed.")},
        Edit{Change::line_ends, replaced(body_, "\r\n", "\n"),
             say("Line ends were bare line feeds when the message was signed.")},
        Edit{Change::html_changed, unwrap_links(body_),
             say("Links were replaced by those of a gateway that checks them.")},
        Edit{Change::charset, latin1::to_bytes(text).value_or(""),
             say("The character set was converted from ISO 8859-1 to UTF-8.")},
        Edit{Change::charset, latin1::to_utf8(text), say("The character set was converted from UTF-8 to ISO 8859-1.")},
    };
    for (const Edit& edit : edits)
        if (edit.body != body_ && trial_.fits(edit.body))
            return found(broken(edit.change, edit.says,
                                edit.change == Change::trailing_space
                                    ? say("Sign with relaxed canonicalization of the body.")
                                    : gateway_advice()));
    return false;
}

bool Search::encodings() {
    const std::string encoding = ascii::lower(ascii::trim(encoding_));
    const Text says = say("The transfer encoding of the body was changed.");
    const Text advice = say("Send mail in an encoding that no server has to change: quoted-printable or base64, lines "
                            "below 998 characters.");
    const auto original = [&](const std::string& body, std::string_view name) {
        if (!trial_.fits(body)) return false;
        story_.transfer_encoding = name;
        return found(broken(Change::transfer_encoding, says, advice, std::string(name), encoding));
    };
    if (boundaries_.empty()) {
        std::string plain(body_);
        if (encoding == "base64") plain = decode_base64(body_).value_or("");
        if (encoding == "quoted-printable") plain = decode_quoted_printable(body_);
        return original(plain, "8bit") || original(encode_quoted_printable(plain), "quoted-printable") ||
               original(encode_base64(plain), "base64");
    }
    // One part of a multipart body, with the field in its own header.
    for (std::size_t i = 0; i + 1 < boundaries_.size(); ++i) {
        const std::string_view part = body_.substr(boundaries_[i], boundaries_[i + 1] - boundaries_[i]);
        const std::size_t gap = part.find("\r\n\r\n");
        const std::size_t field = ascii::lower(part.substr(0, gap)).find("content-transfer-encoding:");
        if (gap == std::string_view::npos || field == std::string_view::npos) continue;
        const std::size_t value = field + 26, end = part.find("\r\n", value);
        const std::string_view now = ascii::trim(part.substr(value, end - value));
        std::string_view content = part.substr(gap + 4);
        if (content.ends_with("\r\n")) content.remove_suffix(2);
        std::string plain(content);
        if (ascii::iequals(now, "base64")) plain = decode_base64(content).value_or("");
        if (ascii::iequals(now, "quoted-printable")) plain = decode_quoted_printable(content);
        const std::array<std::pair<std::string_view, std::string>, 4> forms{
            {{"8bit", plain},
             {"7bit", plain},
             {"quoted-printable", encode_quoted_printable(plain)},
             {"base64", encode_base64(plain)}}};
        for (const auto& [name, form] : forms) {
            if (ascii::iequals(name, now)) continue;
            std::string candidate(body_.substr(0, boundaries_[i]));
            candidate += part.substr(0, value);
            candidate += " " + std::string(name);
            candidate += part.substr(end, gap + 4 - end);
            candidate += form;
            candidate += form.ends_with("\r\n") && name == "base64" ? "" : "\r\n";
            candidate += body_.substr(boundaries_[i + 1]);
            if (trial_.fits(candidate))
                return found(broken(Change::transfer_encoding, says, advice, std::string(name), std::string(now)));
        }
    }
    return false;
}

/// A warning at the top: of the body, or of its text parts.
bool Search::banner() {
    std::vector<std::size_t> begins{0};
    for (const std::size_t boundary : boundaries_)
        if (const std::size_t gap = body_.find("\r\n\r\n", boundary); gap != std::string_view::npos)
            begins.push_back(gap + 4);
    for (const std::size_t begin : begins) {
        std::size_t end = begin;
        for (std::size_t i = 0; i < most_banner_lines && end < body_.size(); ++i) {
            const std::size_t line = body_.find("\r\n", end);
            if (line == std::string_view::npos) break;
            end = line + 2;
            std::string candidate(body_.substr(0, begin));
            candidate += body_.substr(end);
            if (!trial_.fits(candidate)) continue;
            const std::string added(ascii::trim(body_.substr(begin, std::min(most_shown, end - begin))));
            return found(broken(Change::footer_appended,
                                say("Text was put in front of the body: {text}", {{"text", added}}), gateway_advice(),
                                {}, added));
        }
    }
    return false;
}

} // namespace

BodyStory explain_body(BodyTrial& trial, std::string_view body, std::string_view content_type,
                       std::string_view transfer_encoding) {
    return Search(trial, body, content_type, transfer_encoding).go();
}

} // namespace bonafide::doctor
