// Two filters' results about the same message, side by side. Pure.
#pragma once

#include "mail/header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli::compare {

inline constexpr std::array<std::string_view, 5> methods{"spf", "dkim", "dmarc", "arc", "iprev"};

/// Whose fields are compared.
struct Sides {
    std::string ours = "X-Bonafide-Results";
    std::string theirs = "Authentication-Results";
    std::vector<std::string> authserv_ids{}; ///< of theirs; empty: that of our topmost field, else of their topmost
};

struct Difference {
    std::string_view method;
    std::string domain; ///< with the selector of a signature: "example.org/s1"
    std::string theirs; ///< the result; empty: nothing is said
    std::string ours;
};

/// Of one method in one message; of dkim each signature counts.
struct Tally {
    std::uint64_t agree = 0, differ = 0;
    std::uint64_t only_theirs = 0, only_ours = 0; ///< the other says nothing of this method
    bool operator==(const Tally&) const = default;
};

struct Compared {
    bool has_ours = false, has_theirs = false;
    std::array<Tally, methods.size()> tallies{};
    std::vector<Difference> differences;
};

/// Received-SPF counts as spf= of theirs where no field of theirs says that (policyd-spf). Signatures are matched by their domain (d=),
/// selector (s=) and the beginning of b= (RFC 6008), as far as both sides tell them. Fields that even the lenient reader refuses say nothing.
[[nodiscard]] Compared compare(const mail::HeaderBlock& header, const Sides& sides);

} // namespace bonafide::cli::compare
