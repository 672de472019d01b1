// A set of domain names (normalized) that is asked for a name or for what lies above it; the same cost however many there are.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace bonafide::verdict {

/// Domains, each for itself and all below it.
class DomainSet {
  public:
    void add(std::string domain) { domains_.insert(std::move(domain)); }
    [[nodiscard]] bool contains(std::string_view domain) const; ///< exactly this one
    [[nodiscard]] bool covers(std::string_view domain) const;   ///< it or a domain above it
    [[nodiscard]] bool empty() const { return domains_.empty(); }
    [[nodiscard]] auto begin() const { return domains_.begin(); }
    [[nodiscard]] auto end() const { return domains_.end(); }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_set<std::string, Hash, std::equal_to<>> domains_;
};

} // namespace bonafide::verdict
