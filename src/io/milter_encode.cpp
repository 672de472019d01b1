#include "io/milter_encode.hpp"

#include "base/ascii.hpp"
#include "io/milter_protocol.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace bonafide::io::milter {
namespace {

/// Length of an enhanced status code of class `digit` at the start of `text` (RFC 3463 2: d.ddd.ddd), 0 when there is none.
std::size_t enhanced_code(std::string_view text, char digit) {
    if (text.size() < 5 || text[0] != digit || text[1] != '.') return 0;
    std::size_t at = 2;
    for (const char end : {'.', ' '}) {
        const std::size_t start = at;
        while (at < text.size() && at < start + 3 && ascii::is_digit(text[at])) ++at;
        if (at == start) return 0;
        if (end != '.') continue;
        if (at == text.size() || text[at] != '.') return 0;
        ++at;
    }
    return at == text.size() || text[at] == ' ' ? at : 0;
}

struct SmtpReply {
    std::string_view code;               ///< "550"
    std::string enhanced;                ///< "5.7.26"
    std::vector<std::string_view> lines; ///< without codes, at least one
};

std::optional<SmtpReply> parse_reply(std::string_view text) {
    if (text.size() < 3 || (text[0] != '4' && text[0] != '5') || !ascii::is_digit(text[1]) || !ascii::is_digit(text[2]))
        return {};
    SmtpReply reply{text.substr(0, 3), {text[0], '.', '0', '.', '0'}, {}};
    text.remove_prefix(3);
    if (!text.empty() && text[0] != ' ') return {};
    if (!text.empty()) text.remove_prefix(1);
    if (const std::size_t length = enhanced_code(text, reply.code[0])) {
        reply.enhanced = text.substr(0, length);
        text.remove_prefix(std::min(text.size(), length + 1));
    }
    if (std::ranges::count(text, '\n') >= static_cast<std::ptrdiff_t>(protocol_limits.reply_lines)) return {};
    reply.lines = ascii::split(text, '\n');
    for (const std::string_view line : reply.lines) {
        const auto percents = static_cast<std::size_t>(std::ranges::count(line, '%'));
        if (line.size() + percents > protocol_limits.reply_line_bytes) return {};
        if (!std::ranges::all_of(line, ascii::is_printable)) return {};
    }
    return reply;
}

std::string reply_arguments(const SmtpReply& reply) {
    std::string result;
    for (std::size_t i = 0; i < reply.lines.size(); ++i) {
        if (i > 0) result += "\r\n";
        result += reply.code;
        result += i + 1 < reply.lines.size() ? '-' : ' ';
        result += reply.enhanced;
        if (!reply.lines[i].empty()) result += ' ';
        for (const char c : reply.lines[i]) {
            result += c;
            if (c == '%') result += c;
        }
    }
    result += '\0';
    return result;
}

/// RFC 5322 2.2: a field name is printable ASCII but the colon.
bool valid_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

/// Line breaks as the milter protocol has them, with none that could end the field.
std::string wire_value(std::string_view value, Blank blank) {
    std::string result;
    result.reserve(value.size() + 2);
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.remove_suffix(1);
    if (blank == Blank::by_us && (value.empty() || !ascii::is_wsp(value[0]))) result += ' ';
    if (blank == Blank::by_mta && !value.empty() && value[0] == ' ') value.remove_prefix(1);
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool pair = value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n';
        if (pair) ++i;
        if (value[i] != '\n' && value[i] != '\r') {
            result += value[i];
            continue;
        }
        result += '\n';
        if (i + 1 == value.size() || !ascii::is_wsp(value[i + 1])) result += '\t';
    }
    return result;
}

std::string one_line(std::string_view text) {
    std::string result{text.substr(0, protocol_limits.reply_line_bytes)};
    std::ranges::replace_if(result, [](char c) { return !ascii::is_printable(c); }, '?');
    return result.empty() ? "held" : result;
}

} // namespace

void append_number(std::string& out, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(value >> shift & 0xff);
}

void append_packet(std::string& out, char letter) { append_packet(out, letter, {}); }

void append_packet(std::string& out, char letter, std::string_view arguments) {
    append_number(out, static_cast<std::uint32_t>(arguments.size() + 1));
    out += letter;
    out += arguments;
}

bool valid_reply(std::string_view text) { return parse_reply(text).has_value(); }

bool append_reply(std::string& out, const Reply& reply) {
    switch (reply.kind) {
    case Reply::Kind::proceed: append_packet(out, response::proceed); return true;
    case Reply::Kind::accept: append_packet(out, response::accept); return true;
    case Reply::Kind::reject: append_packet(out, response::reject); return true;
    case Reply::Kind::defer: append_packet(out, response::defer); return true;
    case Reply::Kind::discard: append_packet(out, response::discard); return true;
    case Reply::Kind::skip: append_packet(out, response::skip); return true;
    case Reply::Kind::smtp: break;
    }
    const auto parsed = parse_reply(reply.text);
    if (parsed)
        append_packet(out, response::smtp_reply, reply_arguments(*parsed));
    else
        append_packet(out, reply.text.starts_with('5') ? response::reject : response::defer);
    return parsed.has_value();
}

bool append_modification(std::string& out, const Modification& modification, Blank blank) {
    using Kind = Modification::Kind;
    if (modification.kind == Kind::quarantine) {
        append_packet(out, response::quarantine, one_line(modification.value) + '\0');
        return true;
    }
    const bool indexed = modification.kind != Kind::append;
    const bool existing = modification.kind == Kind::change || modification.kind == Kind::remove;
    // MTAs take index 0 for 1 here and read the number as signed: say neither.
    if (existing && modification.index == 0) return false;
    if (indexed && modification.index > 0x7ffffffe) return false;
    if (!valid_name(modification.name) || modification.value.contains('\0')) return false;

    std::string arguments;
    if (indexed) append_number(arguments, modification.index);
    arguments += modification.name;
    arguments += '\0';
    if (modification.kind != Kind::remove) {
        std::string value = wire_value(modification.value, blank);
        if (value.empty() && modification.kind == Kind::change) value = " "; // an empty value would delete the field
        arguments += value;
    }
    arguments += '\0';
    if (arguments.size() + 1 > protocol_limits.response_bytes) return false;
    append_packet(out,
                  existing                            ? response::change_header
                  : modification.kind == Kind::insert ? response::insert_header
                                                      : response::append_header,
                  arguments);
    return true;
}

} // namespace bonafide::io::milter
