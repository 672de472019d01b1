// Sender Rewriting Scheme: the sender of forwarded mail becomes an address of ours, so that SPF passes for us, and its bounce finds the
// way back. No RFC; the form is that of Meng Weng Wong's and Shevek's paper and of libsrs2, which postsrsd carries:
//
//     ann@example.org                       SRS0=HASH=TT=example.org=ann@forwarder.example
//     SRS0=HASH=TT=example.org=ann@first    SRS1=HASH=first==HASH=TT=example.org=ann@second
//     SRS1=HASH=first==HASH=...@second      SRS1=HASH=first==HASH=...@third
//
// HASH: characters of HMAC-SHA-1 in base64, compared without case since mail servers fold it; TT: the day (stamp.hpp). Of a chain only
// the first and the newest forwarder are kept. Pure and immutable: any thread.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace bonafide::srs {

struct Settings {
    std::string domain{};                     ///< of rewritten addresses
    std::vector<std::string> secrets{};       ///< the first makes hashes, all of them check
    std::vector<std::string> local_domains{}; ///< "example.org", or ".example.org" for all below it: not rewritten
    std::uint32_t days = 21;                  ///< that a rewritten address can be answered, 1 to 1000
    std::size_t hash_length = 4;              ///< characters of a hash we make, 4 to 27; at least 4 are read
    char separator = '=';                     ///< after SRS0 and SRS1: "=", "+" or "-"; all three are read
    std::size_t most_local_part = 64;         ///< RFC 5321 4.5.3.1.1; octets as they are written, quotes too
};

/// Why there is no other address.
enum class Cause : std::uint8_t {
    null_sender, ///< "<>" is nobody's
    local,       ///< of a local domain
    own,         ///< of our SRS domain already
    not_ours,    ///< to be reversed, and no SRS address of our domain
    malformed,   ///< no address, or an SRS address of ours with parts missing
    bad_hash,    ///< not made with any of our secrets
    expired,     ///< older than the days it could be answered
    too_long,    ///< the new local part would be longer than is allowed
};
[[nodiscard]] std::string_view to_text(Cause cause); ///< "null sender", "bad hash"
/// In a sentence: "the hash was made with none of the secrets".
[[nodiscard]] std::string_view explain(Cause cause);
/// There is nothing to do, and nothing is wrong.
[[nodiscard]] constexpr bool is_left_alone(Cause cause) { return cause <= Cause::not_ours; }

class Rewriter {
  public:
    static constexpr std::size_t least_hash = 4, most_hash = 27;
    static constexpr std::uint32_t most_days = 1000; ///< the stamp of a day comes again after 1024

    /// Errors: a domain that is none, no secret, an empty one, numbers out of range.
    [[nodiscard]] static Expected<Rewriter> make(Settings settings);

    /// The sender as it is written when the mail is sent on. What begins with SRS0 or SRS1 and has not their form is wrapped like any
    /// other address.
    [[nodiscard]] std::expected<std::string, Cause> forward(std::string_view address, std::int64_t now) const;
    /// Whom mail to a rewritten address is for: the original sender, or of SRS1 the SRS0 address of the first forwarder.
    [[nodiscard]] std::expected<std::string, Cause> reverse(std::string_view address, std::int64_t now) const;

    [[nodiscard]] const Settings& settings() const& { return settings_; }

  private:
    explicit Rewriter(Settings settings) : settings_(std::move(settings)) {}
    [[nodiscard]] bool is_own(std::string_view domain) const;
    [[nodiscard]] bool is_local(std::string_view domain) const;
    [[nodiscard]] std::string hash(std::string_view text) const;
    [[nodiscard]] bool is_hash_of(std::string_view hash, std::string_view text) const;

    Settings settings_;
    std::string own_; ///< settings_.domain in A-labels and lower case
    std::unordered_set<std::string> local_;
};

} // namespace bonafide::srs
