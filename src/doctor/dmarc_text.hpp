// DMARC records as text: recognising what was meant to be one, what is wrong with it, and what should stand there instead.
#pragma once

#include "text/text.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// Begins like a DMARC record once white space and quotes are taken off, or misspells the version.
[[nodiscard]] bool is_meant_as_dmarc(std::string_view text);

struct DmarcMistake {
    text::Text what;
    std::size_t position = 0;
};
/// The first thing that keeps the record, or one of its tags, from meaning what it says; nothing: all is as RFC 9989 4.7 wants it.
[[nodiscard]] std::optional<DmarcMistake> find_dmarc_mistake(std::string_view text);
/// The record as it was meant.
[[nodiscard]] std::string corrected_dmarc(std::string_view text);
/// Tags RFC 9989 does not know, the historic ones left out.
[[nodiscard]] std::vector<std::string> unknown_dmarc_tags(std::string_view text);
/// With a tag set, or taken out where `value` is empty.
[[nodiscard]] std::string with_dmarc_tag(std::string_view text, std::string_view tag, std::string_view value);

} // namespace bonafide::doctor
