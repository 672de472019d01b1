// A sentence to a person that is in no language yet: an English pattern, which is the key of the message catalogue (po/), and what goes
// into its places. A core writes   say("{domain} has {count} SPF records", {{"domain", domain}, {"count", count}})
// and whoever prints renders it in the reader's language (text/catalogue.hpp).
//
// Rules of patterns: one string literal (adjacent ones are one) as the first argument of say(), which scripts/catalogue reads; places are
// {lower_case}; each occurs in the pattern; whole sentences, never pieces to be joined, since languages order words differently; worded
// so that a number needs no plural form ("SPF records found: {count}"). Syntax that must be typed as it is (records, tags, file names,
// commands) goes in by a place, not into the pattern, so that no translation changes it.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::text {

struct Text;

/// What goes into {name}: raw text (untrusted: rendering escapes it), or another Text.
struct Place {
    std::string_view name; ///< a string literal
    std::string value{};
    std::shared_ptr<const Text> inner{}; ///< when set, `value` is not used

    Place(std::string_view place, std::string text) : name(place), value(std::move(text)) {}
    Place(std::string_view place, std::string_view text) : name(place), value(text) {}
    Place(std::string_view place, const char* text) : name(place), value(text) {}
    Place(std::string_view place, std::integral auto number) : name(place), value(std::to_string(number)) {}
    Place(std::string_view place, Text text);
};

struct Text {
    std::string_view pattern{}; ///< a string literal; empty: nothing to say
    std::vector<Place> places{};

    [[nodiscard]] bool empty() const { return pattern.empty(); }
};

inline Place::Place(std::string_view place, Text text) : name(place), inner(std::make_shared<Text>(std::move(text))) {}

[[nodiscard]] inline Text say(std::string_view pattern, std::initializer_list<Place> places = {}) {
    return {pattern, places};
}

} // namespace bonafide::text
