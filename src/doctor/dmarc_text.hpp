// DMARC records as text: recognising what was meant to be one, what is wrong with it, and what should stand there instead. Any bytes may
// come in; none of these functions fails.
#pragma once

#include "text/text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// Bytes of somebody's text within a sentence; the rest is cut.
inline constexpr std::size_t most_quoted_bytes = 80;

/// Begins like a DMARC record once white space and quotes are taken off, or misspells the version.
[[nodiscard]] bool is_meant_as_dmarc(std::string_view text);
/// Of a text at a _dmarc name, where less will do: the version anywhere, or a policy or report address without one.
[[nodiscard]] bool is_meant_at_dmarc_name(std::string_view text);

struct DmarcMistake {
    text::Text what;
    std::size_t position = 0; ///< byte, at most the length of the text
};
/// The first thing that keeps the record, or one of its tags, from meaning what it says; nothing: all is as RFC 9989 4.7 wants it. Tags
/// that RFC 9989 does not know are no mistake, as long as they are tags.
[[nodiscard]] std::optional<DmarcMistake> find_dmarc_mistake(std::string_view text);
/// The record as it was meant: always one that can be used, without mistakes, historic and unknown tags (dmarc_correction.cpp).
[[nodiscard]] std::string corrected_dmarc(std::string_view text);

/// A tag of RFC 9989 4.7, or a historic one.
[[nodiscard]] bool is_dmarc_tag(std::string_view lower_case_name);
/// Tags RFC 9989 does not know, the historic ones left out; each once.
[[nodiscard]] std::vector<std::string> unknown_dmarc_tags(std::string_view text);

/// With a tag set, or taken out where `value` is empty.
[[nodiscard]] std::string with_dmarc_tag(std::string_view text, std::string_view tag, std::string_view value);
/// Without pct, rf, ri and the sizes in report addresses (RFC 9989 9.3, C.4); pct=0 becomes t=y (RFC 9989 A.6).
[[nodiscard]] std::string without_legacy_dmarc(std::string_view text);
/// What without_legacy_dmarc() takes out, as written: "pct=50", "!10m".
[[nodiscard]] std::vector<std::string> legacy_dmarc(std::string_view text);

/// White space, quotes, backslashes and the like around the text taken off, also typographic ones.
[[nodiscard]] std::string_view bare_record(std::string_view text);
/// What follows a DMARC version, rightly or wrongly written, at the beginning; nothing: there is none.
[[nodiscard]] std::optional<std::string_view> after_dmarc_version(std::string_view text);

} // namespace bonafide::doctor
