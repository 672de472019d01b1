#include "dkim/odd_space.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "base/ascii.hpp"

namespace bonafide::dkim {

void find_odd_space_portable(const char* text, std::size_t blocks, std::uint64_t* masks) {
    for (std::size_t b = 0; b < blocks; ++b, text += block_bytes) {
        std::uint64_t odd = 0;
        for (unsigned i = 0; i < block_bytes; ++i) {
            const char c = text[i];
            const bool follows_space = ascii::is_wsp(text[static_cast<std::ptrdiff_t>(i) - 1]);
            if (c == '\t' || (follows_space && (c == ' ' || c == '\r'))) odd |= std::uint64_t{1} << i;
        }
        masks[b] = odd;
    }
}

#if defined(__SSE2__)
namespace {

void find_odd_space_sse2(const char* text, std::size_t blocks, std::uint64_t* masks) {
    const __m128i space = _mm_set1_epi8(' ');
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i cr = _mm_set1_epi8('\r');
    for (std::size_t b = 0; b < blocks; ++b, text += block_bytes) {
        std::uint64_t odd = 0;
        for (unsigned i = 0; i < block_bytes; i += 16) {
            const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i));
            const __m128i before = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i - 1));
            const __m128i after_space = _mm_or_si128(_mm_cmpeq_epi8(before, space), _mm_cmpeq_epi8(before, tab));
            const __m128i space_or_cr = _mm_or_si128(_mm_cmpeq_epi8(here, space), _mm_cmpeq_epi8(here, cr));
            const __m128i found = _mm_or_si128(_mm_and_si128(after_space, space_or_cr), _mm_cmpeq_epi8(here, tab));
            odd |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(found))) << i;
        }
        masks[b] = odd;
    }
}

[[gnu::target("avx2")]] void find_odd_space_avx2(const char* text, std::size_t blocks, std::uint64_t* masks) {
    const __m256i space = _mm256_set1_epi8(' ');
    const __m256i tab = _mm256_set1_epi8('\t');
    const __m256i cr = _mm256_set1_epi8('\r');
    for (std::size_t b = 0; b < blocks; ++b, text += block_bytes) {
        std::uint64_t odd = 0;
        for (unsigned i = 0; i < block_bytes; i += 32) {
            const __m256i here = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + i));
            const __m256i before = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + i - 1));
            const __m256i after_space =
                _mm256_or_si256(_mm256_cmpeq_epi8(before, space), _mm256_cmpeq_epi8(before, tab));
            const __m256i space_or_cr = _mm256_or_si256(_mm256_cmpeq_epi8(here, space), _mm256_cmpeq_epi8(here, cr));
            const __m256i found =
                _mm256_or_si256(_mm256_and_si256(after_space, space_or_cr), _mm256_cmpeq_epi8(here, tab));
            odd |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_epi8(found))) << i;
        }
        masks[b] = odd;
    }
}

using Find = void (*)(const char*, std::size_t, std::uint64_t*);

Find fastest() { return __builtin_cpu_supports("avx2") ? &find_odd_space_avx2 : &find_odd_space_sse2; }

} // namespace

void find_odd_space(const char* text, std::size_t blocks, std::uint64_t* masks) {
    static const Find find = fastest();
    find(text, blocks, masks);
}

#else

void find_odd_space(const char* text, std::size_t blocks, std::uint64_t* masks) {
    find_odd_space_portable(text, blocks, masks);
}

#endif

} // namespace bonafide::dkim
