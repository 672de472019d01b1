#include "verdict/likeness_people.hpp"

#include "base/ascii.hpp"
#include "mail/encoded_word.hpp"
#include "verdict/likeness_letters.hpp"
#include "verdict/likeness_words.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace bonafide::verdict::likeness {
namespace {

constexpr std::size_t most_name_bytes = 998;                  // RFC 5322 2.1.1: a line
constexpr std::size_t most_words = (most_name_bytes + 1) / 2; // no padding hides a name
constexpr std::size_t least_joined = 8;                       // letters of a name written as one word
constexpr std::size_t most_addresses = 256;                   // no padding hides one
constexpr std::size_t most_namesakes = 64;                    // people looked at for one word
constexpr std::size_t most_syllables = 5;                     // of a name written without spaces
constexpr char32_t right_to_left_override = 0x202e, pop_direction = 0x202c;

/// What stands behind U+202E is shown from its end.
std::string turned(std::string_view text) {
    if (!text.contains("\xe2\x80\xae")) return std::string(text);
    std::string shown;
    std::vector<char32_t> turning;
    bool turns = false;
    const auto release = [&] {
        for (const char32_t c : turning | std::views::reverse) append_code_point(shown, c);
        turning.clear();
    };
    while (!text.empty()) {
        const char32_t c = take_code_point(text);
        if (c == right_to_left_override || c == pop_direction) {
            release();
            turns = c == right_to_left_override;
        } else if (turns) {
            turning.push_back(c);
        } else {
            append_code_point(shown, c);
        }
    }
    release();
    return shown;
}

bool is_letter(char32_t c) {
    return c < 0x80 ? ascii::is_alpha(static_cast<char>(c)) : u_isalpha(static_cast<UChar32>(c)) != 0;
}

/// Of a script whose names are written without spaces, a syllable a character.
bool is_syllable(char32_t c) {
    if (c < 0x1100) return false;
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
    return script == USCRIPT_HAN || script == USCRIPT_HANGUL;
}

bool belongs_to_word(char32_t c) {
    if (c < 0x80) return ascii::is_alnum(static_cast<char>(c));
    const auto type = u_charType(static_cast<UChar32>(c));
    return u_isalnum(static_cast<UChar32>(c)) != 0 || type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

bool is_apostrophe(char32_t c) { return c == U'\'' || c == U'\u2019' || c == U'\u02bc' || c == U'`'; }

struct Word {
    std::string text;
    std::size_t letters = 0;
    std::size_t syllables = 0;
    bool in_remark = false;
};

/// Cuts a shown name into words. What stands in brackets is a remark; an apostrophe is within a word; a word with "@" is an address.
class WordReader {
  public:
    std::vector<Word> read(std::string_view shown) {
        for (std::string_view rest = shown; !rest.empty();) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            const std::string_view token = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (const auto at = token.find('@'); at == std::string_view::npos || !token.substr(at).contains('.'))
                read_token(token);
        }
        return std::move(words_);
    }

  private:
    void read_token(std::string_view token) {
        while (!token.empty()) read_character(take_code_point(token));
        end_word();
    }

    void read_character(char32_t c) {
        if (belongs_to_word(c)) {
            append_code_point(word_.text, c);
            if (is_letter(c)) ++word_.letters;
            if (is_syllable(c)) ++word_.syllables;
            return;
        }
        if (is_apostrophe(c)) return;
        end_word();
        if (c == '(' || c == '[' || c == '{') ++depth_;
        if ((c == ')' || c == ']' || c == '}') && depth_ > 0) --depth_;
    }

    void end_word() {
        word_.in_remark = depth_ > 0;
        if (words_.size() < most_words && is_kept(word_)) words_.push_back(std::move(word_));
        word_ = {};
    }

    /// Numbers, initials and titles come and go in a name.
    static bool is_kept(const Word& word) {
        constexpr auto titles = std::to_array<std::string_view>({"dr", "frau", "herr", "mr", "mrs", "ms", "prof"});
        return (word.letters > 1 || word.syllables > 0) &&
               std::ranges::find(titles, std::string_view(word.text)) == titles.end();
    }

    std::vector<Word> words_;
    Word word_;
    std::size_t depth_ = 0;
};

bool is_name(const std::vector<Word>& words) {
    if (words.empty() || std::ranges::all_of(words, is_role, &Word::text)) return false;
    const std::size_t syllables = words.front().syllables;
    return words.size() > 1 || (syllables > 1 && syllables <= most_syllables);
}

std::vector<std::string> keys_of(const std::vector<Word>& words) {
    std::vector<std::string> keys;
    keys.reserve(words.size());
    for (const Word& word : words) keys.push_back(shape_of(word.text).key);
    std::ranges::sort(keys);
    const auto repeated = std::ranges::unique(keys);
    keys.erase(repeated.begin(), repeated.end());
    return keys;
}

/// What an address in text is made of, beside anything beyond ASCII.
bool is_address_character(char c) {
    return ascii::is_alnum(c) || std::string_view("-._+=!#$%&*/?^{|}~").contains(c) ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::string longest_of(const std::vector<std::string>& words) {
    return *std::ranges::max_element(words, {}, &std::string::size);
}

/// "anndoe" and "doeann" of "Ann Doe"; none where it is too short to be meant.
std::vector<std::string> joined_names(std::string_view shown) {
    std::vector<Word> words = WordReader().read(shown);
    std::erase_if(words, [](const Word& word) { return word.in_remark; });
    std::string forward, backward;
    std::size_t letters = 0;
    for (const Word& word : words) {
        forward += word.text;
        letters += word.letters;
    }
    if (words.size() < 2 || letters < least_joined) return {};
    backward = words.back().text;
    for (const Word& word : words | std::views::take(words.size() - 1)) backward += word.text;
    return {shape_of(forward).key, shape_of(backward).key};
}

} // namespace

std::string shown_display_name(std::string_view display_name) {
    return fold_case(turned(mail::decode_encoded_words(display_name.substr(0, most_name_bytes), most_name_bytes)));
}

NameWords name_words(std::string_view shown) {
    const std::vector<Word> all = WordReader().read(shown);
    std::vector<Word> called;
    std::ranges::copy_if(all, std::back_inserter(called), [](const Word& word) { return !word.in_remark; });
    NameWords words;
    words.single = keys_of(all);
    if (is_name(all)) words.all = words.single;
    words.called = is_name(called) ? keys_of(called) : words.all;
    return words;
}

std::vector<std::string_view> addresses_in(std::string_view shown) {
    std::vector<std::string_view> addresses;
    for (auto at = shown.find('@'); at != std::string_view::npos; at = shown.find('@', at + 1)) {
        std::size_t begin = at, end = at + 1;
        while (begin > 0 && is_address_character(shown[begin - 1])) --begin;
        while (end < shown.size() && is_address_character(shown[end])) ++end;
        while (end > at + 1 && !ascii::is_alnum(shown[end - 1]) && static_cast<unsigned char>(shown[end - 1]) < 0x80)
            --end;
        if (end > at + 1 && addresses.size() < most_addresses) addresses.push_back(shown.substr(begin, end - begin));
    }
    return addresses;
}

void PeopleIndex::add(KnownNames::Person person) {
    const auto id = static_cast<std::uint32_t>(people_.size());
    for (std::string& address : person.addresses) {
        address = ascii::lower(address);
        by_address_.try_emplace(address, id);
    }
    const std::string shown = shown_display_name(person.name);
    for (std::string& joined : joined_names(shown)) joined_[std::move(joined)].push_back(id);
    std::vector<std::string> words = name_words(shown).called;
    if (!words.empty()) by_word_[longest_of(words)].push_back(id);
    people_.push_back({std::move(person), std::move(words)});
}

const KnownNames::Person* PeopleIndex::find_by_name(const NameWords& name, std::string_view address) const {
    std::vector<std::uint32_t> candidates;
    const auto collect = [&](const auto& index, const std::string& word, auto&& is_meant) {
        const auto named = index.find(word);
        if (named == index.end()) return;
        std::ranges::copy_if(named->second | std::views::take(most_namesakes), std::back_inserter(candidates),
                             is_meant);
    };
    for (const std::string& word : name.all)
        collect(by_word_, word, [&](std::uint32_t id) { // sorted, and the short one has few words
            return std::ranges::all_of(
                people_[id].words, [&](const std::string& one) { return std::ranges::binary_search(name.all, one); });
        });
    for (const std::string& word : name.single) collect(joined_, word, [](std::uint32_t) { return true; });
    const KnownNames::Person* found = nullptr;
    for (const std::uint32_t id : candidates) {
        const KnownNames::Person& person = people_[id].person;
        if (std::ranges::find(person.addresses, address) != person.addresses.end()) return nullptr;
        if (found == nullptr) found = &person;
    }
    return found;
}

const KnownNames::Person* PeopleIndex::find_by_address(std::string_view address) const {
    const auto known = by_address_.find(address);
    return known == by_address_.end() ? nullptr : &people_[known->second].person;
}

} // namespace bonafide::verdict::likeness
