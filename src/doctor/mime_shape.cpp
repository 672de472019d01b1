#include "doctor/mime_shape.hpp"

#include "base/ascii.hpp"
#include "mail/header.hpp"

#include <algorithm>

namespace bonafide::doctor {
namespace {

void read_type(std::string_view content_type, std::string_view encoding, MimePart& part) {
    part.type = ascii::lower(ascii::trim(content_type.substr(0, content_type.find(';'))));
    part.charset = ascii::lower(mime_parameter(content_type, "charset"));
    part.encoding = ascii::lower(ascii::trim(encoding));
}

/// The part between two boundary lines.
MimePart part_between(std::string_view body, std::size_t boundary, std::size_t header, std::size_t next) {
    MimePart part{.boundary = boundary, .header = header, .end = next, .next = next};
    if (part.end >= header + 2 && body.substr(part.end - 2, 2) == "\r\n") part.end -= 2;
    const std::string_view text = body.substr(header, part.end - header);
    const std::string_view head = text.substr(0, most_part_header);
    const std::size_t gap = head.starts_with("\r\n") ? 0 : head.find("\r\n\r\n");
    part.content = header + (gap == 0 ? 2 : gap == std::string_view::npos ? text.size() : gap + 4);
    const std::string_view fields = head.substr(0, gap);
    read_type(mime_field(fields, "Content-Type"), mime_field(fields, "Content-Transfer-Encoding"), part);
    return part;
}

class Reader {
  public:
    explicit Reader(std::string_view body) : body_(body) {}

    MimeShape read(std::string_view content_type, std::string_view encoding) {
        MimePart whole{.end = body_.size(), .next = body_.size()};
        read_type(content_type, encoding, whole);
        shape_.parts.push_back(whole);
        take_apart(0, content_type);
        return std::move(shape_);
    }

  private:
    /// Adds the parts of the multipart at `index`, whose Content-Type is given.
    void take_apart(std::size_t index, std::string_view content_type) {
        const std::string boundary = mime_parameter(content_type, "boundary");
        const MimePart outer = shape_.parts[index];
        if (!outer.type.starts_with("multipart/") || boundary.empty() || boundary.size() > most_boundary_bytes ||
            outer.depth >= most_mime_depth)
            return;
        const std::string line = "--" + boundary;
        std::size_t before = std::string_view::npos, header = 0;
        bool closed = false;
        for (std::size_t at = outer.content; at < outer.end && !closed;) {
            const std::size_t end = std::min(body_.find("\r\n", at), outer.end);
            const std::string_view text = body_.substr(at, end - at);
            const std::string_view behind =
                text.starts_with(line) ? ascii::trim(text.substr(line.size())) : std::string_view("none");
            if (behind.empty() || behind == "--") { // else it is the boundary of another part that begins the same
                if (before != std::string_view::npos) add(before, header, at, outer.depth + 1);
                closed = behind == "--";
                before = at;
                header = std::min(end + 2, outer.end);
            }
            at = end + 2;
        }
        if (before == std::string_view::npos) return;
        shape_.parts[index].leaf = false;
        if (closed) return;
        shape_.closed = false;
        add(before, header, outer.end, outer.depth + 1);
    }

    void add(std::size_t boundary, std::size_t header, std::size_t next, std::size_t depth) {
        if (shape_.parts.size() >= most_mime_parts) return;
        MimePart part = part_between(body_, boundary, header, next);
        part.depth = depth;
        const std::string type = mime_field(body_.substr(part.header, part.content - part.header), "Content-Type");
        shape_.parts.push_back(std::move(part));
        take_apart(shape_.parts.size() - 1, type);
    }

    std::string_view body_;
    MimeShape shape_;
};

} // namespace

std::string mime_parameter(std::string_view value, std::string_view name) {
    const std::string lower = ascii::lower(value);
    for (std::size_t at = lower.find(name); at != std::string::npos; at = lower.find(name, at + 1)) {
        const bool begins = at > 0 && (lower[at - 1] == ';' || ascii::is_space(lower[at - 1]));
        std::string_view rest = ascii::trim(value.substr(at + name.size()));
        if (!begins || !rest.starts_with('=')) continue;
        rest = ascii::trim(rest.substr(1));
        if (!rest.starts_with('"')) return std::string(rest.substr(0, rest.find_first_of("; \t\r\n")));
        std::string text;
        for (rest.remove_prefix(1); !rest.empty() && rest.front() != '"'; rest.remove_prefix(1)) {
            if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
            text += rest.front();
        }
        return text;
    }
    return {};
}

std::optional<std::string_view> raw_mime_field(std::string_view header, std::string_view name) {
    header = header.substr(0, most_part_header);
    while (!header.empty()) {
        std::size_t end = header.find("\r\n");
        while (end != std::string_view::npos && end + 2 < header.size() && ascii::is_wsp(header[end + 2]))
            end = header.find("\r\n", end + 2);
        const std::string_view field = header.substr(0, end);
        const std::size_t colon = field.find(':');
        if (colon != std::string_view::npos && ascii::iequals(ascii::trim(field.substr(0, colon)), name))
            return field.substr(colon + 1);
        header.remove_prefix(end == std::string_view::npos ? header.size() : end + 2);
    }
    return {};
}

std::string mime_field(std::string_view header, std::string_view name) {
    return mail::unfold(raw_mime_field(header, name).value_or(""));
}

MimeShape mime_shape(std::string_view body, std::string_view content_type, std::string_view transfer_encoding) {
    return Reader(body).read(content_type, transfer_encoding);
}

} // namespace bonafide::doctor
