#include "verdict/likeness_search.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "verdict/likeness_words.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <tuple>

namespace bonafide::verdict::likeness {
namespace {

constexpr std::size_t never = 1000;

/// How many letters a known label needs for a trick to be told, under its own public suffix and under another. Short names are close to
/// others by chance, and domains that we correspond with are many: theirs need more.
struct Least {
    Trick trick;
    std::size_t same_suffix, other_suffix;                             ///< ours and protected ones
    std::size_t correspondent_same_suffix, correspondent_other_suffix; ///< domains that we correspond with
};
constexpr auto least = std::to_array<Least>({
    {Trick::other_alphabet, 3, 5, 4, 6},
    {Trick::digit, 3, 5, 5, 7},
    {Trick::letters, 5, 6, 6, 7},
    {Trick::accent, 5, 6, 7, never},
    {Trick::whole, 4, 4, 5, 5},
    {Trick::word, 5, 5, 7, 7},
    {Trick::edit, least_letters_edited, 7, 8, never},
    {Trick::suffix, never, 5, never, 7},
});
constexpr std::size_t more_for_first_letter = 2; // readers see the first letter better than any other
constexpr std::size_t most_whole_labels = 5;     // of a known name, hyphens counted as dots
constexpr std::size_t longest_suffix_label = 4; // "asso.fr"; a longer one is a service below which customers have names

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// What makes a label look like a known one that has the same key.
Trick trick_between(std::string_view seen, std::string_view known) {
    if (seen == known) return Trick::suffix;
    if (holds_other_alphabet(seen) != holds_other_alphabet(known)) return Trick::other_alphabet;
    if (!is_ascii(seen) || !is_ascii(known)) return Trick::accent;
    if (seen.size() != known.size()) return Trick::letters;
    for (std::size_t i = 0; i < seen.size(); ++i)
        if (seen[i] != known[i] && ascii::is_digit(seen[i]) == ascii::is_digit(known[i])) return Trick::letters;
    return Trick::digit;
}

bool is_digit_at(std::string_view text, std::size_t at) { return at < text.size() && ascii::is_digit(text[at]); }

/// "site1" and "site2", "site1" and "site12" are numbered, not mistaken.
bool is_numbering(std::string_view seen, std::string_view known, const Edit& edit) {
    const std::size_t at = edit.at;
    const auto beside_digit = [&](std::string_view longer) {
        return is_digit_at(longer, at) && (is_digit_at(longer, at + 1) || (at > 0 && is_digit_at(longer, at - 1)));
    };
    switch (edit.kind) {
    case EditKind::added: return beside_digit(seen);
    case EditKind::left_out: return beside_digit(known);
    case EditKind::replaced: return is_digit_at(seen, at) && is_digit_at(known, at);
    case EditKind::swapped: return is_digit_at(seen, at) && is_digit_at(seen, at + 1);
    }
    return false;
}

std::string_view text_of(EditKind kind) {
    switch (kind) {
    case EditKind::added: return "one letter added";
    case EditKind::left_out: return "one letter left out";
    case EditKind::replaced: return "one letter replaced";
    case EditKind::swapped: return "two letters swapped";
    }
    return "one letter replaced";
}

/// "rn stands for m": the first place where two ASCII labels of one key differ.
std::string stands_for(std::string_view seen, std::string_view known) {
    using Row = std::tuple<std::string_view, std::string_view>;
    constexpr auto groups = std::to_array<Row>({{"rn", "m"}, {"vv", "w"}, {"cl", "d"}});
    const auto at = static_cast<std::size_t>(std::ranges::mismatch(seen, known).in1 - seen.begin());
    seen.remove_prefix(at), known.remove_prefix(at);
    for (const auto& [group, letter] : groups) {
        if (seen.starts_with(group) && known.starts_with(letter)) return fmt::format("{} stands for {}", group, letter);
        if (known.starts_with(group) && seen.starts_with(letter)) return fmt::format("{} stands for {}", letter, group);
    }
    if (seen.empty() || known.empty()) return "letters that look like its own";
    return fmt::format("{} stands for {}", seen.front(), known.front());
}

std::string_view suffix_of(std::string_view organization) { return dns::parent(organization); }

} // namespace

std::string with_dots(std::string_view key) {
    std::string dotted(key);
    std::ranges::replace(dotted, '-', '.');
    return dotted;
}

DomainSearch::DomainSearch(const DomainIndex& index, std::string_view name, std::string_view organization)
    : index_(index), name_(name), organization_(organization),
      label_name_(organization.substr(0, organization.find('.'))), suffix_(suffix_of(organization)),
      seen_(shown_name(label_name_)), shape_(shape_of(seen_)), generic_(is_generic(seen_)) {}

std::optional<KnownNames::Likeness> DomainSearch::find() {
    try_same_key();
    if (!generic_) {
        try_added_words();
        try_edits();
    }
    try_whole_names();
    return std::move(best_);
}

void DomainSearch::try_same_key() {
    const auto same = index_.keys_.find(shape_.key);
    if (same == index_.keys_.end()) return;
    for (const std::uint32_t id : same->second) {
        const Label& label = index_.labels_[id];
        try_label(label, {.trick = trick_between(seen_, label.seen), .word = {}, .edit = {}});
    }
}

void DomainSearch::try_added_words() {
    for (const Remainder& left : without_added_words(shape_)) {
        const auto same = index_.keys_.find(key_of(left.base));
        if (same == index_.keys_.end()) continue;
        for (const std::uint32_t id : same->second) {
            const Label& label = index_.labels_[id];
            const Match match{.trick = Trick::word, .word = left.word.text, .edit = {}};
            if (left.word.use == WordUse::bait) {
                try_label(label, match);
            } else if (const std::uint32_t ours = label.first[static_cast<std::size_t>(Of::ours)];
                       ours != DomainIndex::none) {
                offer(ours, label, match);
            }
        }
    }
}

void DomainSearch::try_edits() {
    for (const std::uint32_t id : index_.edits_.find(shape_.even)) {
        const Label& label = index_.labels_[id];
        const auto edit = single_edit(label.even, shape_.even);
        if (!edit || (is_ascii(seen_) && is_ascii(label.seen) && is_numbering(seen_, label.seen, *edit))) continue;
        try_label(label, {.trick = Trick::edit, .word = {}, .edit = edit});
    }
}

/// A known name, its suffix included, within what stands before our own suffix.
void DomainSearch::try_whole_names() {
    const std::size_t before_suffix = name_.size() - std::min(name_.size(), suffix_.size() + 1);
    const std::string_view before = name_.substr(0, before_suffix);
    const std::string text = with_dots(before == label_name_ ? shape_.key : shape_of(shown_name(before)).key);
    for (std::string_view rest = text; rest.contains('.'); rest = dns::parent(rest)) {
        std::size_t end = rest.find('.');
        for (std::size_t labels = 2; labels <= most_whole_labels && end < rest.size(); ++labels) {
            end = std::min(rest.find('.', end + 1), rest.size());
            const auto known = index_.whole_.find(rest.substr(0, end));
            if (known == index_.whole_.end()) continue;
            const std::string& domain = index_.all_[known->second].name;
            const std::string_view label = std::string_view(domain).substr(0, domain.find('.'));
            offer(known->second, index_.labels_[index_.label_ids_.find(label)->second],
                  {.trick = Trick::whole, .word = {}, .edit = {}});
        }
    }
}

/// The domain of this label that the name is nearest to: under the same suffix, else the first of each kind.
void DomainSearch::try_label(const Label& label, const Match& match) {
    std::string same_suffix = label.name;
    same_suffix.append(suffix_.empty() ? "" : ".").append(suffix_);
    if (const auto known = index_.domains_.find(same_suffix); known != index_.domains_.end())
        offer(known->second, label, match);
    for (const std::uint32_t domain : label.first)
        if (domain != DomainIndex::none) offer(domain, label, match);
}

void DomainSearch::offer(std::uint32_t domain, const Label& label, const Match& match) {
    const auto& [of, known] = index_.all_[domain];
    const bool better = !best_ || std::tie(of, match.trick) < std::tie(best_->of, best_trick_);
    if (!better || !is_long_enough(label, of, match, known)) return;
    best_ = KnownNames::Likeness{of, known, how(label, match)};
    best_trick_ = match.trick;
}

bool DomainSearch::is_long_enough(const Label& label, Of of, const Match& match, std::string_view known) const {
    const bool common_place = match.trick >= Trick::whole; // what a common word has beside it says nothing
    if (label.generic && common_place) return false;
    const bool same_suffix = suffix_of(known) == suffix_;
    if (match.trick == Trick::suffix && !is_told_suffix(of, suffix_of(known))) return false;
    const Least& row = least[static_cast<std::size_t>(match.trick)];
    std::size_t needed = same_suffix ? row.same_suffix : row.other_suffix;
    if (of == Of::correspondent) needed = same_suffix ? row.correspondent_same_suffix : row.correspondent_other_suffix;
    if (match.edit && match.edit->at == 0) needed += more_for_first_letter;
    const bool counts_both = match.trick == Trick::letters;
    return (counts_both ? std::min(label.letters, count_letters(seen_)) : label.letters) >= needed;
}

/// Firms have their name under the suffixes of several countries and under the old general ones, and so have others of the same name: of
/// a domain that we correspond with only the rest is told, and what is almost "com".
bool DomainSearch::is_told_suffix(Of of, std::string_view known_suffix) const {
    const std::size_t first_label = suffix_.find('.');
    if (first_label != std::string_view::npos && first_label > longest_suffix_label) return false;
    if (of != Of::correspondent) return true;
    if (known_suffix == "com" && single_edit(known_suffix, suffix_)) return true;
    constexpr std::size_t country_letters = 2;
    const std::string_view top = suffix_.substr(suffix_.rfind('.') + 1);
    return top.size() > country_letters && top != "com" && top != "net" && top != "org";
}

std::string DomainSearch::how(const Label& label, const Match& match) const {
    switch (match.trick) {
    case Trick::other_alphabet: return "letters of another alphabet stand for its own";
    case Trick::digit:
    case Trick::letters: return stands_for(seen_, label.seen);
    case Trick::accent: return "its letters with other accents";
    case Trick::whole: return fmt::format("its whole name stands before {}", escape::line(organization_));
    case Trick::word: return fmt::format("the word \"{}\" added", match.word);
    case Trick::edit: return std::string(text_of(match.edit ? match.edit->kind : EditKind::replaced));
    case Trick::suffix: return "another top-level domain";
    }
    return {};
}

} // namespace bonafide::verdict::likeness
