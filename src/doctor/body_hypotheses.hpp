// What may have happened to a body, each hypothesis proved by bh= (RFC 6376 3.7) or not claimed.
#pragma once

#include "doctor/body_shape.hpp"
#include "doctor/breakage.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

struct BodyStory {
    std::vector<Breakage> found{};
    std::optional<std::string>
        content_type{}; ///< of the signed message, where the body tells (a part that was wrapped)
    std::optional<std::string> transfer_encoding{}; ///< likewise
};

/// `body`: as it arrived, CRLF line ends. Header values: of the message as it arrived, unfolded.
[[nodiscard]] BodyStory explain_body(BodyTrial& trial, std::string_view body, std::string_view content_type,
                                     std::string_view transfer_encoding);

} // namespace bonafide::doctor
