#include "verdict/likeness_letters.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

namespace bonafide::verdict::likeness {
namespace {

constexpr char32_t replacement = 0xfffd;
constexpr std::size_t basic_plane = 0x10000;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_accent(char32_t c) { return c >= 0x300 && c <= 0x36f; }

UChar32 icu(char32_t c) { return static_cast<UChar32>(c); }
icu::StringPiece icu(std::string_view text) { return {text.data(), static_cast<std::int32_t>(text.size())}; }

/// ICU's confusable data. Opened once, then only read; without its data nothing looks like anything.
class Confusables {
  public:
    Confusables() : checker_(uspoof_open(&status_), &uspoof_close) {}

    /// The ASCII letter, digit or hyphen that `c` looks like, in lower case; 0: none.
    [[nodiscard]] char ascii_of(char32_t c) const {
        const char as_written = letter_of(c);
        // Some look like a Latin letter as capitals alone, and a name may be written in them.
        return as_written != 0 ? as_written : letter_of(static_cast<char32_t>(u_toupper(icu(c))));
    }

  private:
    [[nodiscard]] char letter_of(char32_t c) const {
        if (U_FAILURE(status_) || U_IS_SURROGATE(c)) return 0;
        std::string utf8;
        append_code_point(utf8, c);
        std::array<char, 128> buffer{};
        UErrorCode status = U_ZERO_ERROR;
        const std::int32_t length =
            uspoof_getSkeletonUTF8(checker_.get(), 0, utf8.data(), static_cast<std::int32_t>(utf8.size()),
                                   buffer.data(), static_cast<std::int32_t>(buffer.size()), &status);
        if (U_FAILURE(status)) return 0;
        std::string plain;
        for (std::string_view rest(buffer.data(), static_cast<std::size_t>(length)); !rest.empty();)
            if (const char32_t next = take_code_point(rest); !is_accent(next)) append_code_point(plain, next);
        if (plain == "rn") return 'm';
        const bool is_name_character = plain.size() == 1 && (ascii::is_alnum(plain[0]) || plain[0] == '-');
        return is_name_character ? ascii::to_lower(plain[0]) : '\0';
    }

    UErrorCode status_ = U_ZERO_ERROR;
    std::unique_ptr<USpoofChecker, decltype(&uspoof_close)> checker_;
};

const Confusables& confusables() {
    static const Confusables one;
    return one;
}

bool is_ideograph_or_private(std::size_t c) { return (c >= 0x3400 && c < 0xa000) || (c >= 0xac00 && c < 0xf900); }

/// ascii_of() for the basic plane; ideographs, Hangul syllables and private characters look like no letter.
const std::array<char, basic_plane>& letters() {
    static const std::unique_ptr<std::array<char, basic_plane>> table = [] {
        auto made = std::make_unique<std::array<char, basic_plane>>();
        for (std::size_t c = 0x80; c < basic_plane; ++c)
            if (!is_ideograph_or_private(c)) (*made)[c] = confusables().ascii_of(static_cast<char32_t>(c));
        return made;
    }();
    return *table;
}

char letter_seen_in(char32_t c) { return c < basic_plane ? letters()[c] : confusables().ascii_of(c); }

std::string base_of(std::string_view folded) {
    if (is_ascii(folded)) return std::string(folded);
    std::string base;
    while (!folded.empty()) {
        const char32_t c = take_code_point(folded);
        if (is_accent(c)) continue;
        if (const char letter = c < 0x80 ? static_cast<char>(c) : letter_seen_in(c); letter != 0)
            base += letter;
        else
            append_code_point(base, c);
    }
    return base;
}

char even_letter(char c) {
    switch (c) {
    case '0': return 'o';
    case '1':
    case 'i': return 'l';
    default: return c;
    }
}

/// The one letter that these two are taken for; 0: none.
char joined(char first, char second) {
    if (first == 'r' && second == 'n') return 'm';
    if (first == 'v' && second == 'v') return 'w';
    return first == 'c' && second == 'l' ? 'd' : '\0';
}

std::string lowered(std::string_view utf8) { return ascii::lower(utf8); }

} // namespace

char32_t take_code_point(std::string_view& text) {
    const std::size_t length = utf8::sequence_length(text);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    char32_t c = length == 0 ? replacement : byte(0);
    if (length > 1) c &= 0x7fU >> length;
    for (std::size_t i = 1; i < length; ++i) c = c << 6 | (byte(i) & 0x3fU);
    text.remove_prefix(std::max<std::size_t>(length, 1));
    return c;
}

void append_code_point(std::string& text, char32_t c) {
    const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | (c >> shift & 0x3fU)); };
    if (c < 0x80) {
        text += static_cast<char>(c);
    } else if (c < 0x800) {
        text += static_cast<char>(0xc0U | c >> 6);
        tail(0);
    } else if (c < basic_plane) {
        text += static_cast<char>(0xe0U | c >> 12);
        tail(6), tail(0);
    } else {
        text += static_cast<char>(0xf0U | c >> 18);
        tail(12), tail(6), tail(0);
    }
}

std::size_t next_boundary(std::string_view text, std::size_t at) {
    return at + std::max<std::size_t>(utf8::sequence_length(text.substr(at)), 1);
}

std::string fold_case(std::string_view utf8) {
    if (is_ascii(utf8)) return lowered(utf8);
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
    if (U_FAILURE(status)) return lowered(utf8);
    std::string folded;
    icu::StringByteSink<std::string> sink(&folded);
    normalizer->normalizeUTF8(0, icu(utf8), sink, nullptr, status);
    return U_FAILURE(status) ? lowered(utf8) : folded;
}

std::string shown_name(std::string_view domain) {
    if (is_ascii(domain) && !domain.contains("xn--")) return lowered(domain);
    static const std::unique_ptr<icu::IDNA> idna = [] {
        UErrorCode status = U_ZERO_ERROR;
        return std::unique_ptr<icu::IDNA>(icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_UNICODE, status));
    }();
    if (!idna) return fold_case(domain);
    std::string shown;
    icu::StringByteSink<std::string> sink(&shown);
    icu::IDNAInfo faults; // a name that should not exist is looked at all the same
    UErrorCode status = U_ZERO_ERROR;
    idna->nameToUnicodeUTF8(icu(domain), sink, faults, status);
    return fold_case(U_FAILURE(status) ? domain : std::string_view(shown));
}

Shape shape_of(std::string_view folded) {
    Shape shape{.base = base_of(folded), .even = {}, .key = {}};
    shape.even = shape.base;
    std::ranges::transform(shape.even, shape.even.begin(), even_letter);
    shape.key = key_of(shape.base);
    return shape;
}

std::string key_of(std::string_view base) {
    std::string key;
    key.reserve(base.size());
    for (std::size_t i = 0; i < base.size(); ++i) {
        const char both = i + 1 < base.size() ? joined(base[i], base[i + 1]) : '\0';
        key += both != 0 ? both : even_letter(base[i]);
        if (both != 0) ++i;
    }
    return key;
}

std::size_t count_letters(std::string_view utf8) {
    std::size_t count = 0;
    while (!utf8.empty()) {
        const char32_t c = take_code_point(utf8);
        if (c < 0x80 ? ascii::is_alpha(static_cast<char>(c)) : u_isalpha(icu(c)) != 0) ++count;
    }
    return count;
}

bool holds_other_alphabet(std::string_view utf8) {
    while (!utf8.empty()) {
        const char32_t c = take_code_point(utf8);
        UErrorCode status = U_ZERO_ERROR;
        if (c >= 0x80 && u_isalpha(icu(c)) != 0 && uscript_getScript(icu(c), &status) != USCRIPT_LATIN) return true;
    }
    return false;
}

} // namespace bonafide::verdict::likeness
