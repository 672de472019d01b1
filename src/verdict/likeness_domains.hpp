// The known domains behind KnownNames, in the shapes in which others may look like them. Adding is not for several threads; reading is.
// What a look-up costs depends on the name asked for (at most 253 bytes), hardly on how many are known.
#pragma once

#include "verdict/known_names.hpp"
#include "verdict/likeness_edits.hpp"
#include "verdict/likeness_letters.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bonafide::verdict::likeness {

/// What makes a name look like another, the plainest first.
enum class Trick : std::uint8_t {
    other_alphabet, ///< Cyrillic "о"
    digit,          ///< "0" for "o", "1" for "l"
    letters,        ///< "rn" for "m", "i" for "l"
    accent,         ///< "ö" for "o", "ł" for "l"
    whole,          ///< "contoso.com.evil.example"
    word,           ///< "contoso-login"
    edit,           ///< a letter more, less, another or two swapped
    suffix,         ///< another top-level domain
};

class DomainIndex {
  public:
    using Of = KnownNames::Of;

    /// A public suffix list's organizational() name of a domain, normalized.
    void add(Of of, const std::string& organization);
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    [[nodiscard]] bool knows(std::string_view organization) const { return domains_.contains(organization); }
    /// Whether `name` is a domain of ours or lies below one.
    [[nodiscard]] bool is_ours(std::string_view name) const;
    /// Whether `name`, fold_case()d text of a stranger, is seen as a domain of ours or as one below it.
    [[nodiscard]] bool is_seen_as_ours(std::string_view name) const;
    /// The known domain that `name` of `organization`, which is none of them, looks like.
    [[nodiscard]] std::optional<KnownNames::Likeness> find(std::string_view name, std::string_view organization) const;

  private:
    friend class DomainSearch;

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template<class T> using Names = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    struct Domain {
        Of of = Of::correspondent;
        std::string name;
    };
    static constexpr std::uint32_t none = 0xffffffff;
    /// What stands before the public suffix; several domains may share it.
    struct Label {
        std::string name; ///< A-label
        std::string seen; ///< as people see it
        std::string even; ///< of its Shape
        std::size_t letters = 0;
        bool generic = false;
        std::array<std::uint32_t, 3> first{none, none, none}; ///< by Of, the first domain that has it
    };

    std::uint32_t label_id(std::string_view label);

    std::vector<Domain> all_;
    std::vector<Label> labels_;
    Names<std::uint32_t> domains_;           ///< by name: index in all_
    Names<std::uint32_t> label_ids_;         ///< by name
    Names<std::vector<std::uint32_t>> keys_; ///< by key of the shape: labels
    Names<std::uint32_t> whole_;             ///< by key of the whole name with dots for hyphens: index in all_
    Names<bool> ours_;                       ///< keys of whole names of ours
    EditIndex edits_;                        ///< labels, by even
};

} // namespace bonafide::verdict::likeness
