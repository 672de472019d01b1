// Finds where relaxed body canonicalization (RFC 6376 3.4.4) has something to do, 64 bytes at a time: nearly all text is
// canonical already, and what lies between two odd spots goes to the hash untouched.
// Pure; the fastest of three equal implementations is chosen once (AVX2, SSE2, portable).
#pragma once

#include <cstddef>
#include <cstdint>

namespace bonafide::dkim {

constexpr std::size_t block_bytes = 64;

/// Looks at `blocks` * 64 bytes from `text` on and writes as many masks. Bit i of a mask is set when byte i of its block is a HTAB, or
/// is SP, HTAB or CR and comes right after a SP or HTAB. text[-1] is read too.
void find_odd_space(const char* text, std::size_t blocks, std::uint64_t* masks);

/// The reference of find_odd_space, and its implementation on machines without SSE2.
void find_odd_space_portable(const char* text, std::size_t blocks, std::uint64_t* masks);

} // namespace bonafide::dkim
