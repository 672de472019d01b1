// A regular expression as rules have it: RE2's syntax, in any case of letters, found anywhere in the text. Linear time whatever the pattern.
#pragma once

#include "base/error.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace bonafide::policy {

class Pattern {
  public:
    static constexpr std::size_t most_bytes = 1000;         ///< of a pattern
    static constexpr std::size_t most_memory = 1024 * 1024; ///< of one compiled: more is an error when it is read

    [[nodiscard]] static Expected<Pattern> parse(std::string_view text);
    [[nodiscard]] bool matches(std::string_view text) const;

  private:
    struct Compiled;
    explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
    std::shared_ptr<const Compiled> compiled_;
};

} // namespace bonafide::policy
