// The list of spoofed-sender pairs in the form Microsoft 365 gave them: who may, and who may not, send as whom. At most one side is "*".
#pragma once

#include "base/error.hpp"
#include "verdict/infrastructure.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace bonafide::verdict {

struct SpoofPair {
    enum class Action : std::uint8_t { allow, block };
    std::string author;         ///< "chris@contoso.com", "contoso.com" or "*"; lower case, domain normalized
    std::string infrastructure; ///< "fabrikam.com" (a PTR or DKIM domain), "192.0.2.0/24", "2001:db8::/64" or "*"
    Action action = Action::block;
    std::string note; ///< why it is here, for people

    /// "AUTHOR, INFRASTRUCTURE" as administrators write it. Errors say which side is wrong; "*, *" is one.
    [[nodiscard]] static Expected<SpoofPair> parse(std::string_view text, Action action);
    [[nodiscard]] std::string text() const; ///< "contoso.com, 192.0.2.0/24"; parse() reads it back
    bool operator==(const SpoofPair&) const = default;
};
[[nodiscard]] std::string_view to_text(SpoofPair::Action action);

/// Any number of pairs; a look-up costs the same however many there are.
class SpoofPairs {
  public:
    /// Of two that say the same of the same, the first stays.
    void add(const SpoofPair& pair);

    /// The pair that holds for a message of `address` (the author's, or only a domain) from these infrastructures. A block beats an
    /// allowance; of several of one kind the narrower author, then the narrower infrastructure. A domain stands for itself, not for what
    /// lies below it; an infrastructure domain is compared with Organizational Domains of PTR names and with DKIM domains and theirs. A
    /// block of a network holds for all clients in it, an allowance only for those without a confirmed name, as `infrastructures` has them.
    [[nodiscard]] const SpoofPair* find(std::string_view address, std::span<const Infrastructure> infrastructures,
                                        const std::optional<ip::Address>& client,
                                        const dns::PublicSuffixList& suffixes) const& [[clang::lifetimebound]];
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template<class T> using ByText = std::unordered_map<std::string, T, Hash, std::equal_to<>>;
    using ByAuthor = ByText<ByText<SpoofPair>>; ///< then by infrastructure

    std::array<ByAuthor, 2> pairs_; ///< by action
    std::size_t size_ = 0;
};

} // namespace bonafide::verdict
