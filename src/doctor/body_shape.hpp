// A body as its signature hashed it (RFC 6376 3.4.3, 3.4.4), piece by piece, so that thousands of variants of it can be tried against bh=
// for little more than the pieces that differ. Costs are counted in bytes and bounded.
#pragma once

#include "crypto/digest.hpp"
#include "dkim/canonical.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

/// What dkim::BodyHash computes, in a form that can be copied at any place in the body.
class BodyHasher {
  public:
    BodyHasher(dkim::Canonicalization kind, std::optional<std::uint64_t> length) : kind_(kind), left_(length) {}

    [[nodiscard]] BodyHasher copy() const;
    /// CRLF line ends; a piece may begin and end anywhere.
    void feed(std::string_view piece);
    /// Of what was fed, as if it ended here. Nothing: it is shorter than l= says.
    [[nodiscard]] std::optional<crypto::Sha256Digest> digest() const;

  private:
    void release(std::string& out);
    void write(std::string_view canonical);

    crypto::Sha256 hash_;
    dkim::Canonicalization kind_;
    std::optional<std::uint64_t> left_; ///< of l=
    std::uint64_t lines_ = 0;           ///< line ends that count only when something follows
    bool space_ = false, cr_ = false;   ///< likewise
    bool content_ = false;
};

/// The first octets of the canonical body from `offset` on: what l= leaves unsigned. At most `most` of them.
[[nodiscard]] std::string canonical_rest(std::string_view body, dkim::Canonicalization kind, std::uint64_t offset,
                                         std::size_t most);

/// A way a piece of the body may have been.
struct Patch {
    std::size_t begin = 0, end = 0; ///< in the body as it arrived
    std::string text{};             ///< what stood there
    std::string shown{};            ///< what stands there now, for a person
};

/// Tries bodies against a body hash until its budget is used up.
class BodyTrial {
  public:
    BodyTrial(std::vector<std::uint8_t> wanted, dkim::Canonicalization kind, std::optional<std::uint64_t> length,
              std::size_t most_bytes)
        : wanted_(std::move(wanted)), kind_(kind), length_(length), left_(most_bytes) {}

    [[nodiscard]] bool fits(std::string_view body);
    /// Where the part of `body` ends that has the hash by itself: at its end, or at the end of one of its last lines, what stands behind it was
    /// added. Not with l=, which says it itself, but for the whole.
    [[nodiscard]] std::optional<std::size_t> fitting_prefix(std::string_view body);
    /// One patch of each list, all applied; the lists are sorted by begin (sort_patches), and a patch that begins before the one of the list
    /// before it ends is passed over. Gives the place of each in its list.
    [[nodiscard]] std::optional<std::vector<std::size_t>> fitting_patches(std::string_view body,
                                                                          std::span<const std::vector<Patch>> lists);

    /// Whether so many bytes can still be hashed. Ask it before a candidate is made at a cost.
    [[nodiscard]] bool can_afford(std::size_t bytes) const { return bytes <= left_; }
    /// For work that is as dear as hashing so many bytes; false: there is not so much left.
    [[nodiscard]] bool spend(std::size_t bytes);
    [[nodiscard]] dkim::Canonicalization kind() const { return kind_; }
    [[nodiscard]] std::size_t tried() const { return tried_; }

    static constexpr std::size_t most_footer_lines = 4096; ///< last lines of a body that fitting_prefix looks at
    static constexpr std::size_t cost_of_digest = 256;     ///< what one digest costs, in bytes hashed

  private:
    [[nodiscard]] bool is_wanted(const BodyHasher& hasher);
    [[nodiscard]] bool fit_rest(const BodyHasher& before, std::string_view body, std::size_t at,
                                std::span<const std::vector<Patch>> lists, std::vector<std::size_t>& chosen);

    std::vector<std::uint8_t> wanted_;
    dkim::Canonicalization kind_;
    std::optional<std::uint64_t> length_;
    std::size_t left_;
    std::size_t tried_ = 0;
};

void sort_patches(std::vector<Patch>& patches);

} // namespace bonafide::doctor
