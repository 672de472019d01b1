// Encoded words (RFC 2047), read as mail readers show them, which is laxer than the grammar: anywhere in the text, with nothing around them, of
// any length, with blanks and "?" inside, characters cut between two of them. Pure; ICU knows the charsets. Bounded by `most`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bonafide::mail {

/// The bytes that the text of one encoded word stands for. `encoding` is 'q' or 'b' in either case (RFC 2047 4.1, 4.2); what fits no
/// encoding is read past, or taken as it is.
[[nodiscard]] std::string decode_encoded_text(char encoding, std::string_view text);

/// `text` with its encoded words decoded: always valid UTF-8 of at most `most` bytes, cut between characters, without control
/// characters. CR and LF of a folding go, other controls become blanks, bytes that say nothing in their charset U+FFFD. A word of an
/// unknown charset is read as UTF-8.
[[nodiscard]] std::string decode_encoded_words(std::string_view text, std::size_t most = 4096);

/// `text` as an unstructured field has it, the other way: as it is where it is printable ASCII without "=?", else encoded words of UTF-8 in
/// Base64 (RFC 2047 2, 5), folded with CRLF, for a field whose name is at most 10 bytes long. Control characters become blanks, bytes that
/// are no UTF-8 U+FFFD, so that no field can begin in it.
[[nodiscard]] std::string encode_words(std::string_view text);

} // namespace bonafide::mail
