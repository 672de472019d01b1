#include "doctor/body_shape.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

constexpr std::size_t enough = 8192; ///< canonical bytes that are worth a call

/// How many bytes of `text` come first that are neither white space nor CR; with simple canonicalization only CR ends the run.
std::size_t plain_run(std::string_view text, dkim::Canonicalization kind) {
    if (kind == dkim::Canonicalization::simple) return std::min(text.find('\r'), text.size());
    std::size_t at = 0;
    while (at < text.size() && text[at] != ' ' && text[at] != '\t' && text[at] != '\r') ++at;
    return at;
}

} // namespace

BodyHasher BodyHasher::copy() const {
    BodyHasher other(kind_, left_);
    other.hash_ = hash_.copy();
    other.lines_ = lines_;
    other.space_ = space_;
    other.cr_ = cr_;
    other.content_ = content_;
    return other;
}

void BodyHasher::write(std::string_view canonical) {
    if (left_) {
        canonical = canonical.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(*left_, canonical.size())));
        *left_ -= canonical.size();
    }
    hash_.update(canonical);
}

/// Content follows: the line ends and the white space before it count.
void BodyHasher::release(std::string& out) {
    for (; lines_ > 0; --lines_) {
        out += "\r\n";
        if (out.size() < enough) continue;
        write(out);
        out.clear();
    }
    if (space_) out += ' ';
    space_ = false;
    content_ = true;
}

void BodyHasher::feed(std::string_view piece) {
    std::string out;
    while (!piece.empty()) {
        if (cr_) {
            cr_ = false;
            if (piece.front() == '\n') {
                space_ = false; // RFC 6376 3.4.4 a: white space at the end of a line is ignored
                ++lines_;
                piece.remove_prefix(1);
                continue;
            }
            release(out);
            out += '\r';
            continue;
        }
        if (const std::size_t plain = plain_run(piece, kind_); plain > 0) {
            release(out);
            out += piece.substr(0, std::min(plain, enough));
            piece.remove_prefix(std::min(plain, enough));
        } else {
            (piece.front() == '\r' ? cr_ : space_) = true;
            piece.remove_prefix(1);
        }
        if (out.size() < enough) continue;
        write(out);
        out.clear();
    }
    write(out);
}

std::optional<crypto::Sha256Digest> BodyHasher::digest() const {
    BodyHasher end = copy();
    if (end.cr_) {
        std::string out;
        end.release(out);
        end.write(out + "\r");
    }
    // RFC 6376 3.4.3, 3.4.4: a body without content is one CRLF, or nothing; empty lines at the end go, a missing last line end comes.
    if (end.content_ || kind_ == dkim::Canonicalization::simple) end.write("\r\n");
    if (end.left_.value_or(0) > 0) return {};
    return end.hash_.finish();
}

std::string canonical_rest(std::string_view body, dkim::Canonicalization kind, std::uint64_t offset, std::size_t most) {
    std::string rest;
    std::uint64_t at = 0, lines = 0;
    const auto put = [&](std::string_view text) {
        for (const char c : text)
            if (at++ >= offset && rest.size() < most) rest += c;
    };
    while (!body.empty() && rest.size() < most) {
        const std::size_t end = body.find("\r\n");
        std::string_view line = body.substr(0, end);
        body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
        if (kind == dkim::Canonicalization::relaxed)
            while (!line.empty() && ascii::is_wsp(line.back())) line.remove_suffix(1);
        if (line.empty()) {
            ++lines;
            continue;
        }
        for (; lines > 0 && rest.size() < most; --lines) put("\r\n");
        lines = 1;
        while (!line.empty() && rest.size() < most) {
            const std::size_t plain = std::max<std::size_t>(plain_run(line, kind), 1);
            const bool space = kind == dkim::Canonicalization::relaxed && ascii::is_wsp(line.front());
            put(space ? " " : line.substr(0, plain));
            line.remove_prefix(plain);
            while (space && !line.empty() && ascii::is_wsp(line.front())) line.remove_prefix(1);
        }
    }
    return rest;
}

bool BodyTrial::is_wanted(const BodyHasher& hasher) {
    ++tried_;
    const auto digest = hasher.digest();
    return digest && std::ranges::equal(*digest, wanted_);
}

bool BodyTrial::spend(std::size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
}

bool BodyTrial::fits(std::string_view body) {
    if (!spend(body.size() + cost_of_digest)) return false;
    BodyHasher hasher(kind_, length_);
    hasher.feed(body);
    return is_wanted(hasher);
}

std::optional<std::size_t> BodyTrial::fitting_prefix(std::string_view body) {
    if (!spend(body.size() + cost_of_digest)) return {};
    std::vector<std::size_t> ends; // of the last lines, from the last but one up
    for (std::size_t at = body.size(); !length_ && at >= 2 && ends.size() < most_footer_lines;) {
        at = body.rfind("\r\n", at - 2);
        if (at == std::string_view::npos) break;
        if (at + 2 < body.size()) ends.push_back(at + 2);
    }
    if (!spend(ends.size() * cost_of_digest)) ends.clear();
    BodyHasher hasher(kind_, length_);
    if (!ends.empty() && is_wanted(hasher)) return 0; // nothing at all was signed
    std::size_t at = 0;
    for (std::size_t i = ends.size(); i-- > 0;) {
        hasher.feed(body.substr(at, ends[i] - at));
        at = ends[i];
        if (is_wanted(hasher)) return at;
    }
    hasher.feed(body.substr(at));
    if (is_wanted(hasher)) return body.size();
    return {};
}

bool BodyTrial::fit_rest(const BodyHasher& before, std::string_view body, std::size_t at,
                         std::span<const std::vector<Patch>> lists, std::vector<std::size_t>& chosen) {
    if (lists.empty()) {
        if (!spend(body.size() - at + cost_of_digest)) return false;
        BodyHasher hasher = before.copy();
        hasher.feed(body.substr(at));
        return is_wanted(hasher);
    }
    BodyHasher hasher = before.copy();
    for (std::size_t i = 0; i < lists.front().size(); ++i) {
        const Patch& patch = lists.front()[i];
        if (patch.begin < at) continue;
        if (!spend(patch.begin - at + patch.text.size() + cost_of_digest)) return false;
        hasher.feed(body.substr(at, patch.begin - at));
        at = patch.begin;
        BodyHasher patched = hasher.copy();
        patched.feed(patch.text);
        chosen.push_back(i);
        if (fit_rest(patched, body, patch.end, lists.subspan(1), chosen)) return true;
        chosen.pop_back();
    }
    return false;
}

std::optional<std::vector<std::size_t>> BodyTrial::fitting_patches(std::string_view body,
                                                                   std::span<const std::vector<Patch>> lists) {
    if (std::ranges::any_of(lists, [](const auto& list) { return list.empty(); })) return {};
    std::vector<std::size_t> chosen;
    if (!fit_rest(BodyHasher(kind_, length_), body, 0, lists, chosen)) return {};
    return chosen;
}

void sort_patches(std::vector<Patch>& patches) {
    std::ranges::sort(patches, {}, [](const Patch& patch) { return std::pair(patch.begin, patch.end); });
}

} // namespace bonafide::doctor
