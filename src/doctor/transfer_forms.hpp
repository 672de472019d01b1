// Content transfer encodings (RFC 2045 6) both ways, as different programs write them: what a gateway re-encoded can be brought back only
// in the very form it had.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

enum class Coding : unsigned char { identity, quoted_printable, base64 };

/// Of the value of Content-Transfer-Encoding, in any case.
[[nodiscard]] Coding coding_of(std::string_view encoding);

/// Nothing: it is no base64. Quoted-printable is read leniently.
[[nodiscard]] std::optional<std::string> decode_transfer(Coding coding, std::string_view text);

/// One program's way of writing an encoding.
struct TransferForm {
    std::string_view name; ///< as the field has it: "8bit", "quoted-printable", ...
    Coding coding = Coding::identity;
    std::size_t columns = 76; ///< of a line, its soft line end included

    bool operator==(const TransferForm&) const = default;
};
/// The usual forms, the likeliest first. `like`: a text in base64 whose line length is tried too.
[[nodiscard]] std::vector<TransferForm> transfer_forms(std::string_view like = {});

/// Lines end with CRLF, the last one of base64 too.
[[nodiscard]] std::string encode_transfer(const TransferForm& form, std::string_view text);

/// Bare LF as CRLF.
[[nodiscard]] std::string with_crlf(std::string_view text);

} // namespace bonafide::doctor
