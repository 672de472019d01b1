// Canonicalization of header fields (RFC 6376 3.4.1, 3.4.2); bodies are body_hash.hpp's matter. Shared by DKIM and ARC.
#pragma once

#include "mail/header.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace bonafide::dkim {

enum class Canonicalization : std::uint8_t { simple, relaxed };

/// Appends the canonical form of the field, final CRLF included.
void append_canonical(std::string& out, const mail::Field& field, Canonicalization kind);

/// Bytes [begin, end) of a field's value.
struct ValueRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Appends the canonical form of a signature field with that part of its value (what b= holds, white space round it
/// included) left out, and without the final CRLF (RFC 6376 3.7).
void append_canonical_unsigned(std::string& out, const mail::Field& field, ValueRange hole, Canonicalization kind);

} // namespace bonafide::dkim
