// A body in the form that was hashed, so that many variants of it can be tried quickly (RFC 6376 3.4.3, 3.4.4).
#pragma once

#include "crypto/digest.hpp"
#include "dkim/canonical.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// `body` has CRLF line ends. The same text as dkim::BodyHash hashes.
[[nodiscard]] std::string canonical_body(std::string_view body, dkim::Canonicalization kind);

/// What a body hash was made of: tries bodies against it, and counts the bytes it has hashed.
class BodyTrial {
  public:
    BodyTrial(std::vector<std::uint8_t> wanted, dkim::Canonicalization kind, std::optional<std::uint64_t> length,
              std::size_t most_bytes)
        : wanted_(std::move(wanted)), kind_(kind), length_(length), left_(most_bytes) {}

    /// Whether this body has the hash; false too when the budget is used up.
    [[nodiscard]] bool fits(std::string_view body);
    /// The number of lines of the canonical body that have the hash by themselves: what stands behind them was added. Nothing: none do.
    [[nodiscard]] std::optional<std::size_t> fitting_prefix(std::string_view body);
    /// Likewise with up to `most_lines` lines cut out in front of byte `end` of the body: offset where the cut begins.
    [[nodiscard]] std::optional<std::size_t> fitting_cut(std::string_view body, std::size_t end,
                                                         std::size_t most_lines);

    [[nodiscard]] std::size_t tried() const { return tried_; }

  private:
    [[nodiscard]] bool is_wanted(const crypto::Sha256Digest& digest) const;
    [[nodiscard]] bool spend(std::size_t bytes);

    std::vector<std::uint8_t> wanted_;
    dkim::Canonicalization kind_;
    std::optional<std::uint64_t> length_;
    std::size_t left_;
    std::size_t tried_ = 0;
};

} // namespace bonafide::doctor
