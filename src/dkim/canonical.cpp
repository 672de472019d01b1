#include "dkim/canonical.hpp"

#include "base/ascii.hpp"

namespace bonafide::dkim {
namespace {

/// RFC 6376 3.4.2: folding removed, each run of WSP one SP, none at the start and at the end. CR and LF that are no folding
/// stay: they are content.
void append_relaxed_value(std::string& out, std::string_view value) {
    const std::size_t start = out.size();
    out.resize_and_overwrite(start + value.size(), [&](char* buffer, std::size_t) {
        char* to = buffer + start;
        bool blank = true; // no SP at the start
        for (std::size_t i = 0; i < value.size(); ++i) {
            const char c = value[i];
            if (ascii::is_wsp(c)) {
                if (!blank) *to++ = ' ';
                blank = true;
            } else if (c == '\r' && i + 1 < value.size() && value[i + 1] == '\n') {
                ++i;
            } else {
                *to++ = c;
                blank = false;
            }
        }
        if (blank && to != buffer + start) --to;
        return static_cast<std::size_t>(to - buffer);
    });
}

void append_relaxed_name(std::string& out, std::string_view name) {
    for (const char c : name) out += ascii::to_lower(c);
    out += ':';
}

} // namespace

void append_canonical(std::string& out, const mail::Field& field, Canonicalization kind) {
    if (kind == Canonicalization::simple) {
        out += field.raw;
    } else {
        append_relaxed_name(out, field.name);
        append_relaxed_value(out, field.value);
    }
    out += "\r\n";
}

void append_canonical_unsigned(std::string& out, const mail::Field& field, ValueRange hole, Canonicalization kind) {
    const std::string_view before = field.value.substr(0, hole.begin);
    const std::string_view after = field.value.substr(hole.end);
    if (kind == Canonicalization::simple) {
        out += field.raw.substr(0, field.raw.size() - field.value.size());
        out += before;
        out += after;
        return;
    }
    std::string value;
    value.reserve(before.size() + after.size());
    value += before;
    value += after;
    append_relaxed_name(out, field.name);
    append_relaxed_value(out, value);
}

} // namespace bonafide::dkim
