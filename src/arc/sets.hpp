// The ARC fields of a header, sorted into sets by their instance tags, and the structure of the chain (RFC 8617 4.2, 5.2 steps 1 to 3 B).
// Linear in the header, whatever it holds; where the fields stand in it has no meaning.
#pragma once

#include "arc/chain.hpp"
#include "dkim/signature.hpp"
#include "mail/header.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::arc {

enum class Kind : std::uint8_t { results, message, seal }; ///< in the order in which a seal covers them (5.1.1)
constexpr std::array<std::string_view, 3> field_names{"ARC-Authentication-Results", "ARC-Message-Signature",
                                                      "ARC-Seal"};

/// Positions in the header of the (first) three fields of one instance.
struct Places {
    std::array<std::optional<std::size_t>, 3> field;
    [[nodiscard]] std::optional<std::size_t> operator[](Kind kind) const {
        return field.at(static_cast<std::size_t>(kind));
    }
};

struct Sets {
    Code code = Code::no_chain; ///< ok: instances 1 to N, each complete
    std::string reason;
    unsigned highest = 0;       ///< the highest instance number seen, up to 99
    std::vector<Places> places; ///< of instance i at i - 1, as far as there are any and no further than 50
};

[[nodiscard]] Sets collect(const mail::HeaderBlock& header, const Limits& limits);

/// A field's instance tag.
struct InstanceTag {
    unsigned number = 0;    ///< 1 to 99
    std::size_t behind = 0; ///< offset of what follows "i=N;" at the value's beginning; 0 when the tag stands elsewhere
};

/// RFC 8617 3.9, 4.1.1: the instance stands first.
[[nodiscard]] std::optional<InstanceTag> leading_instance(std::string_view value, const Limits& limits);
/// In the two signatures it may stand anywhere among the tags, as everyone accepts it, though their ABNF has it first.
[[nodiscard]] std::optional<InstanceTag> any_instance(std::string_view value, const Limits& limits);

/// An ARC-Seal or ARC-Message-Signature.
struct Signed {
    dkim::Signature signature;
    std::optional<Status> cv;            ///< ARC-Seal only
    bool names_headers = false;          ///< there is an h=
    bool names_canonicalization = false; ///< there is a c=
};
[[nodiscard]] Signed read_signed(std::string_view value, const Policy& policy, dkim::SignatureKind kind);

} // namespace bonafide::arc
