// Choosing and hashing the signed header fields (RFC 6376 5.4.2, 3.7). Shared by DKIM and ARC.
#pragma once

#include "crypto/digest.hpp"
#include "dkim/canonical.hpp"
#include "mail/header.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bonafide::dkim {

/// The fields of a header block by name. Built once a message in n log n, so that neither 10,000 fields nor 512 names in each
/// of 20 signatures cost more than a search each. The block must outlive it unchanged.
class HeaderIndex {
  public:
    explicit HeaderIndex(const mail::HeaderBlock& header);

    [[nodiscard]] const mail::HeaderBlock& header() const { return *header_; }

    /// One signature's walk through the fields: each take() of a name gives its next instance from the bottom up.
    class Walk {
      public:
        /// `own` is the signature's own field, which h= can never mean (RFC 6376 3.5).
        Walk(const HeaderIndex& index, std::size_t own) : index_(&index), own_(own), taken_(index.entries_.size()) {}
        /// Nothing when there is no further instance.
        [[nodiscard]] std::optional<std::size_t> take(std::string_view name);

      private:
        const HeaderIndex* index_;
        std::size_t own_;
        std::vector<std::uint32_t> taken_; // by the place of a name's first entry: how many instances were looked at
    };

  private:
    struct Entry {
        std::uint32_t hash;
        std::uint32_t field;
    };
    const mail::HeaderBlock* header_;
    std::vector<Entry> entries_; // by hash, then name; within a name from the bottom of the header up
};

/// What a signature field covers.
struct SignedFields {
    std::vector<std::string_view> names; ///< h=, in order
    std::size_t own = 0;                 ///< the signature field itself
    ValueRange b;                        ///< what its b= holds
    Canonicalization kind = Canonicalization::simple;
};

/// RFC 6376 3.7: the chosen fields, then the signature field with b= emptied.
[[nodiscard]] crypto::Sha256Digest hash_header(const HeaderIndex& index, const SignedFields& fields);

} // namespace bonafide::dkim
