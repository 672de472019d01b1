// What the tables of signing are asked with: an address, by itself, by its domain, by a domain above it, or any.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bonafide::sign {

/// "ann@example.org", "example.org" (also "*@example.org"), ".example.org" (all below it; also "*.example.org"), "*".
/// Normalized: lower case, A-labels. Errors: empty, a space within, a domain IDNA refuses, "*" elsewhere.
[[nodiscard]] Expected<std::string> normalize_pattern(std::string_view text);

/// An address as patterns are compared with it: both parts in lower case, A-labels; a domain that IDNA refuses only in lower case.
[[nodiscard]] std::string normalize_address(std::string_view local, std::string_view domain);

/// Values by pattern. The most specific pattern counts: the address, its domain, the longest domain above it, "*".
template<class Value> class PatternMap {
  public:
    /// The place of the value; made when there is none. `pattern` is normalized.
    Value& operator[](std::string pattern) { return values_[std::move(pattern)]; }
    [[nodiscard]] std::size_t size() const { return values_.size(); }
    [[nodiscard]] bool contains(std::string_view pattern) const { return exactly(pattern) != nullptr; }
    /// Null: this very pattern is not there.
    [[nodiscard]] const Value* exactly(std::string_view key) const {
        const auto found = values_.find(key);
        return found == values_.end() ? nullptr : &found->second;
    }

    /// Null: no pattern fits. `address` as normalize_address() gives it.
    [[nodiscard]] const Value* find(std::string_view address) const {
        if (values_.empty()) return nullptr;
        if (const Value* found = exactly(address)) return found;
        const std::size_t at = address.rfind('@');
        std::string_view rest = at == std::string_view::npos ? address : address.substr(at + 1);
        if (const Value* found = exactly(rest)) return found;
        for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.', 1)) {
            rest.remove_prefix(dot);
            if (const Value* found = exactly(rest)) return found;
        }
        return exactly("*");
    }

    [[nodiscard]] auto begin() const { return values_.begin(); }
    [[nodiscard]] auto end() const { return values_.end(); }

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, Value, Hash, std::equal_to<>> values_;
};

} // namespace bonafide::sign
