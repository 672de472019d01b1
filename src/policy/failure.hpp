// What becomes of mail when something of ours fails, by class and by listener. Pure.
#pragma once

#include "base/error.hpp"
#include "verdict/facts.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

enum class OnFailure : std::uint8_t {
    accept,   ///< X-Bonafide-Unchecked says which class
    tempfail, ///< the sender tries again
};

/// The classes of failure.*. "limit" is none of them: every try would end the same way.
inline constexpr std::array<std::string_view, 5> failure_classes{
    "internal", ///< an exception of ours
    "dns",      ///< our DNS servers answered nothing at all
    "temperror", ///< SPF or DMARC ended in temperror: the sender's DNS servers, most often; accepted it is stamped as such
    "store",     ///< the ledger did not give the past in time
    "overload" ///< more messages at once than limits.messages_at_once
};

class FailurePolicy {
  public:
    struct Said {
        std::string listener; ///< empty: all
        std::string what;     ///< "*": all
        OnFailure on;
    };
    /// "LISTENER CLASS accept|tempfail", CLASS "*" for all.
    [[nodiscard]] static Expected<Said> parse(std::string_view entry);

    explicit FailurePolicy(OnFailure otherwise = OnFailure::accept) : otherwise_(otherwise) {}

    /// For a class of failure_classes, on all listeners.
    void set(std::string_view what, OnFailure on) { said_.push_back({{}, std::string(what), on}); }
    /// As parse() reads it.
    [[nodiscard]] Expected<void> add(std::string_view entry);

    /// The nearest that was said: of the listener and the class, of the listener, of the class, otherwise.
    [[nodiscard]] OnFailure of(std::string_view what, std::string_view listener) const;
    /// The class that defers this message; empty: none does. "temperror" is no failure of ours: only in enforce mode.
    [[nodiscard]] std::string_view deferring(const verdict::Facts& facts, std::string_view listener,
                                             bool enforces) const;

  private:
    OnFailure otherwise_;
    std::vector<Said> said_;
};

} // namespace bonafide::policy
