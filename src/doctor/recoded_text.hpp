// Parts of a body in another transfer encoding or character set than they arrived in, with the fields of their headers to fit.
#pragma once

#include "doctor/body_shape.hpp"
#include "doctor/mime_shape.hpp"
#include "doctor/transfer_forms.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// One way text may have been written before.
struct Recoding {
    TransferForm form;
    std::string_view set{};        ///< its character set then, of western_sets or "utf-8"; empty: the same
    std::string_view field_name{}; ///< as the part's Content-Transfer-Encoding said it; empty: there was none
    bool upper_set = false;        ///< how the part's header wrote the character set
    bool own_end = true;           ///< base64: a line end of its own before that of the boundary
    bool inner_end =
        false; ///< the line end before the boundary was the text's last one inside base64, on one of both sides

    bool operator==(const Recoding&) const = default;
};

/// All that are worth trying. `text`: as it arrived, decoded; `charset`: likewise. `like`: as it arrived.
[[nodiscard]] std::vector<Recoding> recodings(std::string_view text, std::string_view charset, std::string_view like);

/// `text` in that character set, with CRLF where it was not base64; nothing where it cannot be written so.
[[nodiscard]] std::optional<std::string> converted(std::string_view text, std::string_view charset, bool was_base64,
                                                   const Recoding& recoding);

/// The part with its header in that form; nothing where it cannot have had it.
[[nodiscard]] std::optional<Patch> recoded_part(std::string_view body, const MimePart& part, std::string_view text,
                                                const Recoding& recoding);

} // namespace bonafide::doctor
