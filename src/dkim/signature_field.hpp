// Writing signature fields, for DKIM (RFC 6376 3.5) and ARC. The text of a field is laid out with a stand-in for b= of the right length,
// hashed with b= left out, and then given its signature: so the foldings are those that were hashed, as simple canonicalization wants it.
#pragma once

#include "base/error.hpp"
#include "crypto/digest.hpp"
#include "crypto/key.hpp"
#include "dkim/header_hash.hpp"
#include "mail/header.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::dkim {

/// How a signature field is laid out. No verifier cares.
enum class Layout : std::uint8_t {
    standard, ///< tags as given, b= in several lines
    alphabetical, ///< tags in alphabetical order and b= in one piece: over this ARC's public test suite's signatures are made
};

using TagText = std::pair<std::string_view, std::string>;

/// "v=1; a=rsa-sha256; ..."
[[nodiscard]] std::string write_tags(std::vector<TagText> tags, Layout layout = Layout::standard);
/// h=, with spaces where it may be folded.
[[nodiscard]] std::string write_names(std::span<const std::string> names, Layout layout = Layout::standard);
/// a=
[[nodiscard]] std::string_view algorithm_of(const crypto::PrivateKey& key);
/// c=
[[nodiscard]] std::string write_kinds(Canonicalization header, Canonicalization body);
/// b= of as many digits as a signature of the key has.
[[nodiscard]] std::string stand_in_for_signature(const crypto::PrivateKey& key, Layout layout = Layout::standard);

/// Puts line ends before spaces of `text`, which stands behind NAME, a colon and a space. Unfolding gives `text` again.
[[nodiscard]] std::string fold(std::string_view text, std::string_view name);

/// Where b= stands in `value`.
[[nodiscard]] ValueRange place_of_signature(std::string_view value);
/// Writes the signature of `digest` over the stand-in, foldings untouched.
[[nodiscard]] Expected<std::string> fill_in(std::string value, const crypto::Sha256Digest& digest,
                                            const crypto::PrivateKey& key);

/// What a signature field is to cover.
struct Coverage {
    std::vector<std::string> names; ///< h=
    Canonicalization kind = Canonicalization::relaxed;
};
/// `value`, folded and with its stand-in, signed as a field NAME on top of `header`.
[[nodiscard]] Expected<std::string> sign_field(const mail::HeaderBlock& header, std::string_view name,
                                               std::string value, const Coverage& coverage,
                                               const crypto::PrivateKey& key);

/// d= and s= as A-labels, which fit every message; or why they or the key cannot sign (RFC 8301 3.2: at least 1024 bits).
struct SignerName {
    std::string domain, selector;
};
[[nodiscard]] Expected<SignerName> check_signer(std::string_view domain, std::string_view selector,
                                                const crypto::PrivateKey& key);
/// Why these cannot stand in h=, lower or upper case: From is not among them, or one is no name (RFC 6376 5.4).
[[nodiscard]] Expected<void> check_names(std::span<const std::string> names);

} // namespace bonafide::dkim
