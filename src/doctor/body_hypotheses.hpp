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
    std::vector<Breakage> found{}; ///< all of them together restore the body
    // Of the signed message, where the body tells them; the first two as they stood behind their colons.
    std::optional<std::string> content_type{};
    std::optional<std::string> transfer_encoding{};
    std::optional<std::string> charset{};
};

/// `body`: as it arrived, CRLF line ends. Header values: of the message as it arrived, unfolded.
[[nodiscard]] BodyStory explain_body(BodyTrial& trial, std::string_view body, std::string_view content_type,
                                     std::string_view transfer_encoding);

/// What makes it likely, without a proof, that something is missing: a multipart that is not closed, a note in place of a part.
[[nodiscard]] std::vector<Breakage> signs_of_loss(std::string_view body, std::string_view content_type);

/// `sent`: the body as it was sent, which does fit; its Content-Type. Says where the two differ.
[[nodiscard]] std::vector<Breakage> compare_bodies(std::string_view sent, std::string_view arrived,
                                                   std::string_view content_type, dkim::Canonicalization kind);

} // namespace bonafide::doctor
