// The tag that outgoing mail carries so that a bounce of it can be told from one of mail that was never sent from here (backscatter).
// Keyed, expiring, bound to the envelope sender and the Message-ID. Pure.
//
//     X-Bonafide-Tag: v=1; t=1795255200; i=1; m=u5cH7bYpRkqFJv0y2Ws3hA
//
// t= is when it was made, i=1 says that the Message-ID is in the hash (i=0: the message had none yet), m= are the first 16 octets of
// HMAC-SHA-256 over all of it. Who has got one message of ours can fake bounces to its sender until the tag expires, and no others.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::sign {

inline constexpr std::string_view tag_field = "X-Bonafide-Tag";

/// What is known of the message that a tag is for.
struct Tagged {
    std::string_view sender;     ///< of the envelope, without brackets; compared in lower case
    std::string_view message_id; ///< without brackets; empty: none
};

/// The field's value. `secret` is the newest.
[[nodiscard]] std::string make_tag(std::string_view secret, const Tagged& message, std::int64_t now);

enum class TagCheck : std::uint8_t {
    valid,
    missing, ///< no tag came back
    expired,
    wrong, ///< not made here, or for another sender
};
[[nodiscard]] std::string_view to_text(TagCheck check);

/// What a bounce brought back.
struct Returned {
    std::vector<std::string> tags;           ///< values of tag_field in what it returns
    std::vector<std::string> message_ids;    ///< of Message-ID, without brackets
    std::span<const std::string> recipients; ///< of the bounce: whom it says the message was from
};

/// Hashes made for one bounce; what would need more is wrong. A real one has one recipient and one tag.
inline constexpr std::size_t most_tag_tries = 1000;

/// The best that holds of any tag: with any of `secrets`, for any recipient. Tags from more than an hour ahead are wrong.
/// "=3D" of quoted-printable is read as "=".
[[nodiscard]] TagCheck check_tags(std::span<const std::string> secrets, const Returned& returned, std::int64_t now,
                                  std::int64_t lifetime);

} // namespace bonafide::sign
