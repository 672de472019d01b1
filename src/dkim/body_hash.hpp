// The hash of a message body under one canonicalization (RFC 6376 3.4.3, 3.4.4), as a stream: chunks may end anywhere, a few hundred
// bytes of state whatever the size. All signatures of one message that use this canonicalization share it, whatever their l=.
// Order of calls: want() for each signature, update()*, finish(), then digest() and size(). Not thread-safe.
#pragma once

#include "crypto/digest.hpp"
#include "dkim/canonical.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bonafide::dkim {

class BodyHash {
  public:
    explicit BodyHash(Canonicalization kind) : kind_(kind) {}

    /// Announces that the digest of the first `length` canonical octets (l=), or of all, will be asked for.
    void want(std::optional<std::uint64_t> length);
    void update(std::string_view chunk);
    void finish();

    [[nodiscard]] Canonicalization kind() const { return kind_; }
    /// Octets of the canonical body.
    [[nodiscard]] std::uint64_t size() const { return total_; }
    /// A digest that was wanted; nothing when the canonical body is shorter than `length`.
    [[nodiscard]] std::optional<crypto::Sha256Digest> digest(std::optional<std::uint64_t> length) const;
    /// What was wanted: the lengths in ascending order, then nothing for the whole.
    [[nodiscard]] std::vector<std::optional<std::uint64_t>> wanted() const;

  private:
    class Stage;
    struct Mark {
        std::uint64_t length;
        crypto::Sha256Digest digest;
    };

    void step(Stage& stage, char c);
    void release(Stage& stage);
    void relax(Stage& stage, std::string_view text);
    std::size_t squeeze(Stage& stage, std::string_view text, std::size_t appended, std::size_t odd);
    void write(std::string_view canonical);
    [[nodiscard]] bool holds_back() const { return lines_ != 0 || space_ || cr_; }
    [[nodiscard]] bool is_blank(char c) const;

    crypto::Sha256 hash_;
    std::vector<Mark> marks_; // ascending lengths
    std::size_t reached_ = 0; // marks whose digest is known
    std::uint64_t total_ = 0; // canonical octets so far
    std::optional<crypto::Sha256Digest> whole_digest_;
    Canonicalization kind_;
    bool whole_ = false;

    // What was seen but not yet hashed, since what follows decides about it: line ends, then white space, then a CR.
    std::uint64_t lines_ = 0;
    bool space_ = false;
    bool cr_ = false;
    bool content_ = false; // something other than empty lines was seen
};

} // namespace bonafide::dkim
