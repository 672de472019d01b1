// A set of values as administrators write them: addresses of mailboxes, domains, networks, words. What "in" compares with, in rules and in
// the scope of a rule. Immutable once built, then read by any thread.
#pragma once

#include "base/error.hpp"
#include "base/network_set.hpp"
#include "policy/fields.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace bonafide::policy {

class ValueSet {
  public:
    static constexpr std::size_t most_entry_bytes = 1000;

    /// "192.0.2.0/24", "192.0.2.1", "ann@contoso.com", "contoso.com", ".contoso.com" (all below it), or any word. An error says why not.
    [[nodiscard]] Expected<void> add(std::string_view entry);

    /// Whether this text, as a value of that type, is in the set: an address also by its domain, a domain also by one that it lies below.
    [[nodiscard]] bool has(Type type, std::string_view text) const;
    [[nodiscard]] bool has(const ip::Address& address) const;
    [[nodiscard]] std::size_t size() const { return texts_.size() + below_.size() + networks_.size(); }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Texts = std::unordered_set<std::string, Hash, std::equal_to<>>;

    [[nodiscard]] bool has_domain(std::string_view domain) const;

    Texts texts_; ///< in lower case
    Texts below_; ///< domains, without the dot
    ip::NetworkSet networks_;
};

} // namespace bonafide::policy
