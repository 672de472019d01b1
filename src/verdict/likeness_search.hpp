// One look-up among the known domains: every trick is tried, the strongest likeness wins (ours before others, then the plainest trick).
// How long a known name must be for a trick to be told is one table, in the .cpp.
#pragma once

#include "verdict/likeness_domains.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bonafide::verdict::likeness {

/// Labels with fewer letters are not found by an edit, whatever else holds.
inline constexpr std::size_t least_letters_edited = 5;

/// A name's key with its hyphens as dots: "contoso-com" stands for "contoso.com" too.
[[nodiscard]] std::string with_dots(std::string_view key);

class DomainSearch {
  public:
    DomainSearch(const DomainIndex& index, std::string_view name, std::string_view organization);
    [[nodiscard]] std::optional<KnownNames::Likeness> find();

  private:
    using Of = KnownNames::Of;
    using Label = DomainIndex::Label;
    struct Match {
        Trick trick = Trick::suffix;
        std::string_view word;    ///< added
        std::optional<Edit> edit; ///< from the known name to the one asked for
    };

    void try_same_key();
    void try_added_words();
    void try_edits();
    void try_whole_names();
    void try_label(const Label& label, const Match& match);
    void offer(std::uint32_t domain, const Label& label, const Match& match);
    [[nodiscard]] bool is_long_enough(const Label& label, Of of, const Match& match, std::string_view known) const;
    [[nodiscard]] bool is_told_suffix(Of of, std::string_view known_suffix) const;
    [[nodiscard]] std::string how(const Label& label, const Match& match) const;

    const DomainIndex& index_;
    std::string_view name_;
    std::string_view organization_;
    std::string_view label_name_; ///< what of the organization stands before its suffix
    std::string_view suffix_;
    std::string seen_; ///< the label
    Shape shape_;
    bool generic_;
    std::optional<KnownNames::Likeness> best_;
    Trick best_trick_ = Trick::suffix;
};

} // namespace bonafide::verdict::likeness
