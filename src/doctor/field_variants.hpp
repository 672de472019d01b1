// The ways one header field may have been before somebody changed it: values, each with what was done and how likely that is. Nothing is
// proved here; header_hypotheses.hpp tries them.
#pragma once

#include "doctor/breakage.hpp"
#include "mail/header.hpp"
#include "text/text.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// How far-fetched a change is: sets of changes are tried by the sum.
enum class Cost : std::uint8_t { told = 1, usual = 2, odd = 4 };

struct FieldVariant {
    std::string value; ///< what stood behind the colon, its leading space included
    Change change;
    text::Text says;
    Cost cost = Cost::usual;
    std::string was{}, now{};
    std::string_view name{}; ///< of the field where it was written otherwise; empty: as it arrived
    unsigned rule = 0;       ///< of what a server does to all fields alike; 0: to this one
};
using FieldVariants = std::vector<FieldVariant>;

inline constexpr std::size_t most_variants = 400;       ///< of one field
inline constexpr std::size_t most_variant_bytes = 8192; ///< longer fields are not varied, but may be taken away

/// "The field {field} was changed from {was} to {now}".
[[nodiscard]] FieldVariant changed_field(const mail::Field& field, std::string_view was, Cost cost);

/// Tags taken away or put back in place, words encoded otherwise.
[[nodiscard]] FieldVariants subject_variants(const mail::Field& field);
/// From before a list wrote its own address into it; `header` is where the author's may still stand, `domain` what has signed.
[[nodiscard]] FieldVariants author_variants(const mail::Field& field, const mail::HeaderBlock& header,
                                            std::string_view domain);
/// Quotes, brackets and separators of addresses, and single ones taken away.
[[nodiscard]] FieldVariants address_variants(const mail::Field& field);
/// Content-Type: quotes, parameters, character set. `charset`: that of the body before, where that is known.
[[nodiscard]] FieldVariants type_variants(const mail::Field& field, std::string_view charset);
/// Content-Transfer-Encoding.
[[nodiscard]] FieldVariants encoding_variants(const mail::Field& field);
/// Another zone, other digits, with and without names.
[[nodiscard]] FieldVariants date_variants(const mail::Field& field);
/// Foldings and white space, which count in simple canonicalization only; each has a rule.
[[nodiscard]] FieldVariants space_variants(const mail::Field& field);
/// What a field that h= names and that is not there may have held.
[[nodiscard]] FieldVariants removed_variants(std::string_view name, const mail::HeaderBlock& header);

/// `value` folded at its spaces so that no line is longer where that can be; its leading space included.
[[nodiscard]] std::string folded_at(std::string_view name, std::string_view value, std::size_t columns);
/// The usual way to write a field's name: "Message-ID".
[[nodiscard]] std::string usual_name(std::string_view name);

} // namespace bonafide::doctor
