// Why a DKIM signature no longer verifies: hypotheses about what happened to the message on its way, each proved by its hash or not
// claimed at all. Pure: the message, the signature, and its public key where DNS had it.
#pragma once

#include "crypto/key.hpp"
#include "dkim/dkim.hpp"
#include "text/text.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

enum class Change : std::uint8_t {
    footer_appended, ///< text after the signed body: list footer, disclaimer, advertisement
    part_added,      ///< a MIME part added around or behind the signed one
    part_removed,
    transfer_encoding, ///< 8bit, quoted-printable and base64 turned into one another
    line_ends,         ///< bare LF or CR
    trailing_space,
    line_wrapping,
    charset,
    truncated,
    html_changed,
    subject_tagged,
    header_refolded,
    header_space,
    header_added, ///< one of a field that h= lists once or over-signs
    header_removed,
    header_changed,
    from_rewritten,
    addresses_rewritten,
};
[[nodiscard]] std::string_view to_text(Change change); ///< with hyphens

/// Which hash proves it.
enum class Proof : std::uint8_t { body_hash, signature, copied_header /* z= */, length_tag /* l= */, none };

struct Breakage {
    Change change;
    Proof proof = Proof::none; ///< none: likely, but nothing proves it
    std::string field{};       ///< header field it is about
    std::string was{}, now{};  ///< as signed, as arrived; where known
    text::Text says{};         ///< one sentence
    text::Text fix{};          ///< what the one who changed it, or signed, should do
};

struct Autopsy {
    bool body_intact = false;      ///< bh= fits as it is
    bool header_intact = false;    ///< b= fits as it is, taking bh= as it stands
    std::vector<Breakage> found{}; ///< what restores it, proved ones first; several where it took several together
    std::size_t tried = 0;         ///< hypotheses tried
    text::Text says{};             ///< one sentence: which one restores it, or that none does
};

inline constexpr std::size_t most_examined_bytes = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t most_hashed_bytes = std::size_t{192} * 1024 * 1024;
inline constexpr std::size_t most_header_tries = 4000;

/// `message`: the whole message as it arrived, CRLF or LF. `index`: of the DKIM-Signature field, top to bottom. `key`: null where DNS has
/// none (then only the body can be proved). `original`: the message as it was sent, where there is one, to be compared.
/// Bounded: most_examined_bytes of the message, most_hashed_bytes for all hypotheses about the body, most_header_tries for the header.
[[nodiscard]] Autopsy examine(std::string_view message, std::size_t index, std::shared_ptr<const dkim::KeyRecord> key,
                              std::string_view original = {});

} // namespace bonafide::doctor
