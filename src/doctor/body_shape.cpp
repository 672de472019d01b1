#include "doctor/body_shape.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace bonafide::doctor {
namespace {

void append_line(std::string& out, std::string_view line, dkim::Canonicalization kind) {
    if (kind == dkim::Canonicalization::simple) {
        out += line;
        return;
    }
    while (!line.empty() && ascii::is_wsp(line.back())) line.remove_suffix(1);
    bool space = false;
    for (const char c : line) {
        if (ascii::is_wsp(c)) {
            space = true;
            continue;
        }
        if (space) out += ' ';
        space = false;
        out += c;
    }
}

} // namespace

std::string canonical_body(std::string_view body, dkim::Canonicalization kind) {
    std::string out;
    out.reserve(body.size() + 2);
    while (!body.empty()) {
        const std::size_t end = body.find("\r\n");
        append_line(out, body.substr(0, end), kind);
        out += "\r\n";
        body.remove_prefix(end == body.npos ? body.size() : end + 2);
    }
    while (out.ends_with("\r\n\r\n")) out.resize(out.size() - 2);
    if (out == "\r\n") out.clear();
    if (out.empty() && kind == dkim::Canonicalization::simple) out = "\r\n"; // RFC 6376 3.4.3
    return out;
}

bool BodyTrial::is_wanted(const crypto::Sha256Digest& digest) const { return std::ranges::equal(digest, wanted_); }

bool BodyTrial::spend(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    ++tried_;
    return true;
}

bool BodyTrial::fits(std::string_view body) {
    if (!spend(body.size())) return false;
    std::string canonical = canonical_body(body, kind_);
    if (length_) {
        if (canonical.size() < *length_) return false;
        canonical.resize(static_cast<std::size_t>(*length_));
    }
    return is_wanted(crypto::sha256(canonical));
}

std::optional<std::size_t> BodyTrial::fitting_prefix(std::string_view body) {
    if (length_ || !spend(body.size())) return {};
    const std::string canonical = canonical_body(body, kind_);
    crypto::Sha256 hash;
    std::size_t lines = 0;
    std::string_view rest = canonical;
    while (!rest.empty()) {
        const std::size_t end = rest.find("\r\n");
        const std::string_view line = rest.substr(0, end == rest.npos ? rest.size() : end + 2);
        hash.update(line);
        ++lines;
        rest.remove_prefix(line.size());
        if (line != "\r\n" && !rest.empty() && is_wanted(hash.so_far())) return lines;
    }
    // Nothing at all was signed.
    const std::string empty = canonical_body("", kind_);
    if (is_wanted(crypto::sha256(empty))) return 0;
    return {};
}

std::optional<std::size_t> BodyTrial::fitting_cut(std::string_view body, std::size_t end, std::size_t most_lines) {
    const std::string_view tail = body.substr(end);
    std::size_t begin = end;
    for (std::size_t cut = 0; cut < most_lines && begin >= 2; ++cut) {
        const std::size_t before = body.rfind("\r\n", begin - 3);
        begin = begin < 3 || before == body.npos ? 0 : before + 2;
        const std::string_view head = body.substr(0, begin);
        for (const std::string_view seam : {"", "\r\n"}) { // the line end before a boundary belongs to it
            std::string candidate(head);
            candidate += seam;
            candidate += tail;
            if (fits(candidate)) return begin;
        }
        if (begin == 0) break;
    }
    return {};
}

} // namespace bonafide::doctor
