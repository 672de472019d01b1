// Any bytes as a body, cut anywhere: both canonicalizations agree with the reference, and l= digests with its beginnings.
// The first four bytes choose the cuts and the length.
#include "dkim/body_hash.hpp"
#include "dkim/odd_space.hpp"
#include "dkim/reference_canonical.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace bonafide;

void check_body(dkim::Canonicalization kind, std::string_view body, std::size_t step, std::size_t length) {
    dkim::BodyHash hash(kind);
    hash.want({});
    hash.want(length);
    for (std::size_t i = 0; i < body.size(); i += step) hash.update(body.substr(i, step));
    hash.finish();
    const std::string canonical = dkim::reference_canonical(body, kind);
    if (hash.size() != canonical.size() || hash.digest({}) != crypto::sha256(canonical)) std::abort();
    const auto part = hash.digest(length);
    if (part.has_value() != (length <= canonical.size())) std::abort();
    if (part && *part != crypto::sha256(std::string_view(canonical).substr(0, length))) std::abort();
}

void check_scan(std::string_view body) {
    const std::string text = "x" + std::string(body);
    const std::size_t blocks = std::min<std::size_t>(body.size() / dkim::block_bytes, 64);
    std::uint64_t fast[64];
    std::uint64_t portable[64];
    dkim::find_odd_space(text.data() + 1, blocks, fast);
    dkim::find_odd_space_portable(text.data() + 1, blocks, portable);
    for (std::size_t b = 0; b < blocks; ++b)
        if (fast[b] != portable[b]) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    const std::size_t step = 1 + data[0] + 256U * (data[1] % 8U);
    const std::size_t length = data[2] + 256U * (data[3] % 8U);
    const std::string_view body(reinterpret_cast<const char*>(data) + 4, size - 4);
    check_body(dkim::Canonicalization::simple, body, step, length);
    check_body(dkim::Canonicalization::relaxed, body, step, length);
    check_scan(body);
    return 0;
}
