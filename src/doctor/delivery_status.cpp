#include "doctor/delivery_status.hpp"

#include "base/ascii.hpp"
#include "mail/encoded_word.hpp"
#include "mail/splitter.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

constexpr std::size_t most_hidden_bytes = 65'536; ///< of a style or script that is skipped

struct Parted {
    mail::HeaderBlock header;
    std::string body;
};

Parted part_of(std::string_view text) {
    Parted result;
    mail::Splitter splitter([&](mail::HeaderBlock block) { result.header = std::move(block); },
                            [&](std::string_view chunk) { result.body += chunk; });
    splitter.feed(text);
    splitter.finish();
    return result;
}

std::string first(const mail::HeaderBlock& header, std::string_view name) {
    const auto all = header.find_all(name);
    return all.empty() ? std::string() : mail::unfold(header[all.front()].value);
}

/// A parameter of a structured value: boundary="..." (RFC 2045 5.1), read leniently.
std::string parameter(std::string_view value, std::string_view name) {
    const std::string lower = ascii::lower(value);
    std::size_t at = lower.find(std::string(name) + "=");
    if (at == std::string_view::npos) return {};
    std::string_view rest = value.substr(at + name.size() + 1);
    if (rest.starts_with('"')) return std::string(rest.substr(1, rest.find('"', 1) - 1));
    return std::string(rest.substr(0, rest.find_first_of("; \t\r\n")));
}

std::string decoded(std::string_view body, std::string_view encoding) {
    if (ascii::iequals(encoding, "base64")) return mail::decode_encoded_text('b', body);
    if (!ascii::iequals(encoding, "quoted-printable")) return std::string(body);
    std::string joined;
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] == '=' && body.substr(i).starts_with("=\r\n")) {
            i += 2;
        } else if (body[i] == '_') {
            joined += "=5F"; // the Q of encoded words takes it for a blank
        } else {
            joined += body[i];
        }
    }
    return mail::decode_encoded_text('q', joined);
}

/// What a person sees of HTML: tags, styles and scripts left out, the entities that replies hold decoded.
std::string text_of_html(std::string_view html) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> entities{{{"&lt;", "<"},
                                                                                     {"&gt;", ">"},
                                                                                     {"&amp;", "&"},
                                                                                     {"&quot;", "\""},
                                                                                     {"&#39;", "'"},
                                                                                     {"&apos;", "'"},
                                                                                     {"&nbsp;", " "}}};
    constexpr std::array<std::string_view, 10> line_ends{"<br", "<p",  "</p", "<div", "</div",
                                                         "<tr", "<td", "<li", "<h",   "</h"};
    std::string text;
    for (std::size_t at = 0; at < html.size();) {
        const std::string_view rest = html.substr(at);
        if (rest.front() == '<') {
            std::size_t end = rest.find('>');
            for (const std::string_view hidden : {"style", "script"})
                if (ascii::istarts_with(rest.substr(1), hidden)) {
                    const std::size_t close =
                        ascii::lower(rest.substr(0, most_hidden_bytes)).find(fmt::format("</{}", hidden));
                    if (close != std::string_view::npos) end = rest.find('>', close);
                }
            if (end == std::string_view::npos) break;
            if (std::ranges::any_of(line_ends, [&](std::string_view tag) { return ascii::istarts_with(rest, tag); }))
                text += '\n';
            at += end + 1;
            continue;
        }
        const auto* const entity =
            std::ranges::find_if(entities, [&](const auto& one) { return rest.starts_with(one.first); });
        text += entity != entities.end() ? entity->second : rest.substr(0, 1);
        at += entity != entities.end() ? entity->first.size() : 1;
    }
    return text;
}

/// The parts between boundaries; what a cut-off message has of the last one too.
std::vector<std::string_view> split_parts(std::string_view body, const std::string& boundary) {
    std::vector<std::string_view> parts;
    const std::string line = "--" + boundary;
    std::size_t begin = std::string_view::npos;
    for (std::size_t at = 0; at < body.size() && parts.size() < most_parts;) {
        const std::size_t end = std::min(body.find('\n', at), body.size());
        const std::string_view text = body.substr(at, end - at);
        if (text.starts_with(line)) {
            if (begin != std::string_view::npos) parts.push_back(body.substr(begin, at - begin));
            begin = std::min(end + 1, body.size());
            if (text.substr(line.size()).starts_with("--")) return parts;
        }
        at = end + 1;
    }
    if (begin != std::string_view::npos && begin < body.size()) parts.push_back(body.substr(begin));
    return parts;
}

/// "smtp; 550 ..." without the type.
std::string without_type(std::string_view value) {
    const std::size_t semicolon = value.find(';');
    if (semicolon == std::string_view::npos || value.substr(0, semicolon).contains(' '))
        return std::string(ascii::trim(value));
    return std::string(ascii::trim(value.substr(semicolon + 1)));
}

/// Blocks of fields, separated by empty lines: of the message, then of each recipient (RFC 3464 2.1).
void read_fields(std::string_view text, DeliveryStatus& status) {
    status.is_report = true;
    std::string field;
    const auto end_field = [&] {
        const std::size_t colon = field.find(':');
        if (colon != std::string_view::npos) {
            const std::string name = ascii::lower(ascii::trim(std::string_view(field).substr(0, colon)));
            const std::string value(ascii::trim(std::string_view(field).substr(colon + 1)));
            if (name == "diagnostic-code") status.diagnostics.push_back(without_type(value));
            if (name == "status" && status.status.empty()) status.status = value.substr(0, value.find(' '));
            if (name == "action") {
                const bool done = ascii::istarts_with(value, "delivered") || ascii::istarts_with(value, "relayed") ||
                                  ascii::istarts_with(value, "expanded");
                status.any_trouble = status.any_trouble || !done;
                status.any_success = status.any_success || done;
                status.delayed = status.delayed || ascii::istarts_with(value, "delayed");
            }
            if (name == "remote-mta" && status.remote_mta.empty()) status.remote_mta = without_type(value);
            if ((name == "final-recipient" || name == "original-recipient") && status.recipient.empty())
                status.recipient = without_type(value);
            if (name == "x-postfix-sender") status.sender = without_type(value);
        }
        field.clear();
    };
    for (std::string_view line : ascii::split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty() && ascii::is_wsp(line.front())) {
            field += "\n" + std::string(line); // a reply of several lines is folded
        } else {
            end_field();
            field = line;
        }
    }
    end_field();
}

void read_part(std::string_view text, std::size_t depth, DeliveryStatus& status);

void read_body(const mail::HeaderBlock& header, std::string_view body, std::size_t depth, DeliveryStatus& status) {
    const std::string type = first(header, "Content-Type");
    const std::string encoding = first(header, "Content-Transfer-Encoding");
    if (ascii::istarts_with(type, "multipart/") && depth < most_nested_parts) {
        const std::string boundary = parameter(type, "boundary");
        if (!boundary.empty())
            for (const std::string_view part : split_parts(body, boundary)) read_part(part, depth + 1, status);
        return;
    }
    const std::string content = decoded(body, encoding);
    if (ascii::istarts_with(type, "message/delivery-status") ||
        ascii::istarts_with(type, "message/global-delivery-status"))
        return read_fields(content, status);
    if (ascii::istarts_with(type, "message/") || ascii::istarts_with(type, "text/rfc822-headers")) {
        Parted inner = part_of(content);
        if (is_bounce(inner.header) && !status.is_report && depth < most_nested_parts)
            return read_body(inner.header, inner.body, depth + 1, status); // a bounce of a bounce
        if (!status.returned.empty()) return;
        status.returned = std::move(inner.header);
        if (ascii::istarts_with(type, "message/") && !ascii::trim(inner.body).empty())
            status.returned_message = content;
        return;
    }
    if (ascii::istarts_with(type, "text/html"))
        status.text += text_of_html(content) + "\n";
    else if (type.empty() || ascii::istarts_with(type, "text/"))
        status.text += content + "\n";
}

void read_part(std::string_view text, std::size_t depth, DeliveryStatus& status) {
    const Parted part = part_of(text);
    read_body(part.header, part.body, depth, status);
}

/// Where a bounce in free text begins to quote the message that came back.
void find_returned(DeliveryStatus& status) {
    if (!status.returned.empty()) return;
    constexpr std::array<std::string_view, 6> marks{
        "This is a copy of the message", "--- Below this line is a copy of the message",
        "------ This is a copy of",      "Original message headers",
        "----- Original message -----",  "--- The header of the original"};
    for (const std::string_view mark : marks) {
        std::size_t at = status.text.find(mark);
        if (at == std::string::npos) continue;
        at = std::min(status.text.find('\n', at), status.text.size());
        while (at < status.text.size() && ascii::is_space(status.text[at])) ++at;
        status.returned = part_of(std::string_view(status.text).substr(at)).header;
        status.text.resize(at);
        return;
    }
}

} // namespace

bool is_bounce(const mail::HeaderBlock& header) {
    const std::string type = ascii::lower(first(header, "Content-Type"));
    if (type.starts_with("multipart/report") && type.contains("delivery-status")) return true;
    if (!first(header, "X-Failed-Recipients").empty()) return true;
    const std::string from = ascii::lower(first(header, "From"));
    if (from.contains("mailer-daemon") || from.contains("mail delivery su") || from.contains("mail delivery sy") ||
        from.contains("microsoftexchange329e71ec88ae4615bbc36ab6ce41109e"))
        return true;
    const std::string subject = ascii::lower(mail::decode_encoded_words(first(header, "Subject")));
    for (const std::string_view word :
         {"undeliver", "delivery status notification", "mail delivery failed", "returned mail", "delivery failure",
          "failure notice", "delivery has failed", "mail delivery failure", "delayed mail", "warning: message",
          "niedostarcz", "nie można dostarczyć", "unzustellbar", "non remis", "no se puede entregar",
          "nicht zugestellt"})
        if (subject.contains(word)) return true;
    return false;
}

DeliveryStatus read_delivery_status(std::string_view message) {
    DeliveryStatus status;
    const Parted whole = part_of(message);
    status.recipient = first(whole.header, "X-Failed-Recipients");
    read_body(whole.header, whole.body, 0, status);
    find_returned(status);
    if (status.sender.empty()) status.sender = first(status.returned, "Return-Path");
    if (status.diagnostics.empty() && !status.status.empty() && status.text.empty())
        status.diagnostics.push_back(status.status);
    return status;
}

} // namespace bonafide::doctor
