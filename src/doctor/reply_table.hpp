// What a reply means: data/replies.tsv, by the words first, by the enhanced status code (RFC 3463, RFC 7372) where no row fits.
#pragma once

#include "doctor/explanation.hpp"
#include "doctor/reply_text.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

struct ReplyRow {
    std::optional<Receiver> receiver{}; ///< none: anybody says so
    std::vector<std::string> pieces{};  ///< lower case; all must occur
    Trouble trouble = Trouble::other;
    Detail detail = Detail::none;
    std::string source{}, date{};
    std::size_t weight = 0; ///< bytes of the pieces; less where they say little
};
[[nodiscard]] std::span<const ReplyRow> reply_rows();
[[nodiscard]] std::optional<Trouble> parse_trouble(std::string_view word);
[[nodiscard]] std::optional<Detail> parse_detail(std::string_view word); ///< as in the table; "": none

struct Meaning {
    Trouble trouble = Trouble::other;
    Detail detail = Detail::none;
    Confidence confidence = Confidence::low;
    const ReplyRow* row = nullptr; ///< null: by the code alone
};
/// Of the rows whose pieces all occur the one with the most text; those of `receiver` count more.
[[nodiscard]] Meaning meaning_of(const Reply& reply, Receiver receiver);

/// Whether `piece` occurs in `text` as a word, or as the beginning of one when it is not short.
[[nodiscard]] bool occurs(std::string_view piece, std::string_view text);

} // namespace bonafide::doctor
