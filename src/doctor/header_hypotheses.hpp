// What may have happened to the signed header fields, each hypothesis proved by b= (RFC 6376 3.7) or not claimed.
#pragma once

#include "dkim/key_record.hpp"
#include "dkim/signature.hpp"
#include "doctor/body_hypotheses.hpp"
#include "doctor/breakage.hpp"
#include "mail/header.hpp"

#include <cstddef>
#include <vector>

namespace bonafide::doctor {

struct HeaderCase {
    const mail::HeaderBlock& header;
    std::size_t field; ///< of the signature, in the header
    const dkim::Signature& signature;
    const crypto::PublicKey& key;
};
/// The header as it is.
[[nodiscard]] bool is_header_intact(const HeaderCase& one);

struct HeaderStory {
    std::vector<Breakage> found{}; ///< all of them together restore the signature
    std::size_t tried = 0;
};
/// `body`: what the body told about fields that changed with it. `effort`: of most_header_effort.
[[nodiscard]] HeaderStory explain_header(const HeaderCase& one, const BodyStory& body,
                                         const mail::HeaderBlock* original, std::size_t effort);

/// A field as z= copied it when it was signed (RFC 6376 3.5).
struct CopiedField {
    std::string name;
    std::string value; ///< its leading space and foldings included
};
/// In their order; at most so many as h= may name.
[[nodiscard]] std::vector<CopiedField> copied_fields(std::string_view signature_value);

} // namespace bonafide::doctor
