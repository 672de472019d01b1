// Words of a master file (RFC 1035 5.1): logical lines, joined over parentheses, without comments; and the escapes inside words.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dns {

struct ZoneWord {
    std::string_view text; ///< without quotes, escapes as written; into the scanned text
    bool quoted = false;
    std::size_t line = 0; ///< counted from 1
};

/// Never empty.
struct ZoneLine {
    std::vector<ZoneWord> words;
    bool begins_blank = false; ///< the owner is that of the line before
};

class ZoneScanner {
  public:
    /// `text` must outlive the scanner and its words.
    explicit ZoneScanner(std::string_view text) : text_(text) {}

    /// The next line that holds a word; nothing at the end. Errors: open quote, parentheses that do not pair, a final backslash.
    [[nodiscard]] Expected<std::optional<ZoneLine>> next();

  private:
    [[nodiscard]] Expected<ZoneWord> quoted_word();
    [[nodiscard]] Expected<ZoneWord> bare_word();
    void skip_comment();

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

/// An error of a zone file: "line N: " before the text.
[[nodiscard]] std::unexpected<Error> zone_failure(std::size_t line, std::string_view text);

/// The bytes of a character-string: \DDD is the byte of that decimal number, \X is X.
[[nodiscard]] Expected<std::string> unescape_text(const ZoneWord& word);

/// The same for a name; an escaped dot inside a label is an error, since names are joined by dots here (dns/name.hpp).
[[nodiscard]] Expected<std::string> unescape_name(const ZoneWord& word);

} // namespace bonafide::dns
