#include "verdict/alphabets.hpp"

#include "base/ascii.hpp"
#include "verdict/likeness_letters.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>

namespace bonafide::verdict {
namespace {

using Checker = std::unique_ptr<USpoofChecker, decltype(&uspoof_close)>;

/// Tells restriction levels; checking does not change it.
const Checker& checker() {
    static const Checker made = [] {
        UErrorCode status = U_ZERO_ERROR;
        Checker one(uspoof_open(&status), &uspoof_close);
        uspoof_setChecks(one.get(), USPOOF_RESTRICTION_LEVEL | USPOOF_AUX_INFO, &status);
        uspoof_setRestrictionLevel(one.get(), USPOOF_HIGHLY_RESTRICTIVE);
        return U_SUCCESS(status) ? std::move(one) : Checker(nullptr, &uspoof_close);
    }();
    return made;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// What Unicode TR 39 takes one letter for, in small letters.
std::string look_of(std::string_view letter) {
    std::array<char, 16> look{};
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t length =
        uspoof_getSkeletonUTF8(checker().get(), 0, letter.data(), static_cast<std::int32_t>(letter.size()), look.data(),
                               static_cast<std::int32_t>(look.size()), &status);
    if (U_FAILURE(status) || length <= 0) return std::string(letter);
    const std::string seen = ascii::lower(std::string_view(look.data(), static_cast<std::size_t>(length)));
    return seen == "rn" ? "m" : seen; // so TR 39 writes m
}

/// The label in Latin letters; empty when some letter is like none.
std::string latin_look(std::string_view label) {
    std::string look;
    while (!label.empty()) {
        const std::string_view letter = label.substr(0, likeness::next_boundary(label, 0));
        label.remove_prefix(letter.size());
        look += is_ascii(letter) ? std::string(letter) : look_of(letter);
    }
    return is_ascii(look) ? look : std::string();
}

} // namespace

std::vector<std::string> alphabets_of(std::string_view text) {
    std::vector<std::string> names;
    while (!text.empty()) {
        const auto c = static_cast<UChar32>(likeness::take_code_point(text));
        UErrorCode status = U_ZERO_ERROR;
        const UScriptCode script = uscript_getScript(c, &status);
        if (u_isalpha(c) == 0 || U_FAILURE(status) || script == USCRIPT_COMMON || script == USCRIPT_INHERITED) continue;
        std::string name = uscript_getName(script);
        if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
    return names;
}

bool mixes_alphabets(std::string_view label) {
    if (is_ascii(label) || !checker()) return false;
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t faults =
        uspoof_check2UTF8(checker().get(), label.data(), static_cast<std::int32_t>(label.size()), nullptr, &status);
    return U_SUCCESS(status) && (static_cast<unsigned>(faults) & static_cast<unsigned>(USPOOF_RESTRICTION_LEVEL)) != 0;
}

OddLetters odd_letters(std::string_view domain) {
    const std::string shown = likeness::shown_name(domain);
    const std::vector<std::string_view> labels = ascii::split(shown, '.');
    for (const std::string_view label : labels) {
        if (!likeness::holds_other_alphabet(label)) continue;
        const bool mixed = mixes_alphabets(label);
        std::string latin = checker() ? latin_look(label) : std::string();
        if (!mixed && (latin.empty() || !is_ascii(labels.back()))) continue;
        return {
            .label = std::string(label), .alphabets = alphabets_of(label), .mixed = mixed, .latin = std::move(latin)};
    }
    return {};
}

} // namespace bonafide::verdict
