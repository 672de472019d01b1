// Taking local parts and names out of the texts of a message; redact.hpp says what for.
#pragma once

#include "base/limits.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

/// user1, user2, ... for local parts in the order they come, one for each however often.
class Placeholders {
  public:
    [[nodiscard]] std::string of(std::string_view local_part);
    /// An address, or whatever stands before the last '@' of a text.
    [[nodiscard]] std::string in_address(std::string_view address);
    /// A path of SMTP. The null path and a bare postmaster, which SPF reads, stay.
    [[nodiscard]] std::string in_path(std::string_view path);
    [[nodiscard]] std::size_t count() const { return names_.size(); }

  private:
    std::map<std::string, std::string, std::less<>> names_;
};

/// A DKIM-Signature, ARC-Message-Signature or ARC-Seal value: tags that no verifier reads lose their value (z= is a copy of the header).
[[nodiscard]] std::string redact_tags(std::string_view value, Placeholders& placeholders);

/// An ARC-Authentication-Results value: comments, reasons and properties of unknown meaning go. One that does not parse goes but for its
/// instance.
[[nodiscard]] std::string redact_results(std::string_view value, Placeholders& placeholders, const Limits& limits);

/// The values of all From fields, so that the same Author is found in them, or nothing when that does not work.
[[nodiscard]] std::optional<std::vector<std::string>> redact_from(std::span<const std::string_view> values,
                                                                  Placeholders& placeholders, const Limits& limits);

} // namespace bonafide::engine
