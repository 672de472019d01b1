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
    inner_space,   ///< tabs and blanks inside lines
    line_wrapping, ///< also dots and "From " at the beginnings of lines
    charset,
    truncated,
    html_changed,
    body_changed, ///< otherwise; told by comparison with the original
    subject_tagged,
    header_refolded,
    header_space,
    header_added, ///< one of a field that h= lists once or over-signs
    header_removed,
    header_changed,
    header_reordered, ///< of fields with the same name
    from_rewritten,
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
inline constexpr std::size_t most_hashed_bytes = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t most_header_effort =
    20'000; ///< verifications with an RSA key of 2048 bits; dearer ones count as several

using KeyRecords = std::vector<std::shared_ptr<const dkim::KeyRecord>>;

/// What is examined. `message`: the whole message as it arrived, CRLF or LF. `index`: of the DKIM-Signature field, top to bottom. `keys`: what
/// DNS has at the selector, of which one may verify (RFC 6376 6.1.2); empty where it has none: then only the body can be proved. `original`: the
/// message as it was sent, where there is one, to be compared. `sharers`: how many signatures the bounds are for together.
struct Examination {
    std::string_view message;
    std::size_t index = 0;
    KeyRecords keys{};
    std::string_view original{};
    std::size_t sharers = 1;
};

/// Bounded, whatever the input: hypotheses about the body are tried where the message has at most most_examined_bytes and until
/// most_hashed_bytes were hashed, those about the header until most_header_effort is used up. Above that it is only said whether the hashes
/// fit. Measured at the bounds: 1.0 s of processor time, and 8 times the size of the message in memory.
[[nodiscard]] Autopsy examine(const Examination& examination);

} // namespace bonafide::doctor
