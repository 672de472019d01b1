// Display names as people read them: the words of a name, the key two names compare by, and the protected people found in one.
#pragma once

#include "verdict/known_names.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bonafide::verdict::likeness {

/// A display name as it is read: decoded, turned where it is written from the right, fold_case()d. At most 998 bytes are looked at
/// (RFC 5322 2.1.1).
[[nodiscard]] std::string shown_display_name(std::string_view display_name);

/// Keys of the words of a shown name, sorted, each once; `all` and `called` are empty when they are no name of a person.
struct NameWords {
    std::vector<std::string> single; ///< of every word, also where they are no name
    std::vector<std::string> all;    ///< remarks in brackets included
    std::vector<std::string> called; ///< without remarks when enough is left without them
};
[[nodiscard]] NameWords name_words(std::string_view shown);

/// The addresses that stand in a shown name, at most 256: "ann@ours.example".
[[nodiscard]] std::vector<std::string_view> addresses_in(std::string_view shown);

class PeopleIndex {
  public:
    void add(KnownNames::Person person);
    /// The person, if any, whose name is among `words` and of whose addresses `address` (lower case) is none. Nobody when it is an address of another
    /// one of that name.
    /// A name written as one word ("AnnDoe", "DoeAnn") is hers too, from eight letters on.
    [[nodiscard]] const KnownNames::Person* find_by_name(const NameWords& name, std::string_view address) const;
    [[nodiscard]] const KnownNames::Person* find_by_address(std::string_view address) const;
    [[nodiscard]] bool empty() const { return people_.empty(); }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template<class T> using Names = std::unordered_map<std::string, T, Hash, std::equal_to<>>;
    struct Entry {
        KnownNames::Person person;
        std::vector<std::string> words;
    };

    std::vector<Entry> people_;
    Names<std::vector<std::uint32_t>> by_word_; ///< by the longest word of a name
    Names<std::vector<std::uint32_t>> joined_;  ///< by a name without its spaces, as written and last word first
    Names<std::uint32_t> by_address_;
};

} // namespace bonafide::verdict::likeness
