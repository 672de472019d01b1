// What the SMTP client is told: code, enhanced code, text (RFC 5321 4.2, RFC 3463, RFC 7372).
#pragma once

#include "base/error.hpp"
#include "policy/template.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::policy {

struct Reply {
    unsigned code = 550;  ///< 400 to 599
    std::string enhanced; ///< "5.7.1"
    Template text;

    /// "550 5.7.23 SPF check failed for {mail_from.domain}". Code and enhanced code must agree in their class (RFC 2034 4), and be of the class
    /// that `permanent` asks for.
    enum class Class : std::uint8_t { permanent, temporary };
    [[nodiscard]] static Expected<Reply> parse(std::string_view text, Class wanted, Level known_at,
                                               std::span<const Field> own = {});
    /// RFC 5321 4.2.2: 421 announces it, and Postfix closes the connection behind 421 and 521.
    [[nodiscard]] bool closes_connection() const { return code == 421 || code == 521; }
    [[nodiscard]] std::string render(const Subject& subject) const; ///< one line
    [[nodiscard]] std::string written() const;                      ///< as parse() reads it
};

/// A row of the registry of enhanced codes.
struct EnhancedMeaning {
    std::string_view subject_detail; ///< without its class: "7.23"
    std::string_view text;
};
[[nodiscard]] std::span<const EnhancedMeaning> enhanced_meanings();
/// What the registry of enhanced codes says about one ("SPF validation failed"), empty for one that is not in it.
[[nodiscard]] std::string_view meaning_of(std::string_view enhanced);

} // namespace bonafide::policy
