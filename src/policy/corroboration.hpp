// RFC 9989 7.4: a message is never refused for p=reject alone. What else speaks against it, independent of DMARC? Pure.
#pragma once

#include "verdict/facts.hpp"
#include "verdict/judgement.hpp"
#include "verdict/signals.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::policy {

/// A signal of the judgement that is a second reason by itself.
struct SecondSignal {
    verdict::SignalId id;
    double points = 0; ///< this many or worse (below 0) of it are enough; 0: any
    /// Whether lists and forwarders give honest mail the same look: then it counts only where no sign of them is.
    enum class Of : std::uint8_t { author, path } of = Of::author;
    std::string_view why;
};
[[nodiscard]] std::span<const SecondSignal> second_signals();

/// What says that a list or a forwarder handed the message on, so that missing proof means little. Anybody can fake most of it: it keeps mail
/// from being refused, never from being quarantined.
struct HandedOn {
    enum class How : std::uint8_t { list, forwarder, past } how = How::list;
    std::string text; ///< "it came through the list a.example"
};
[[nodiscard]] std::optional<HandedOn> handed_on(const verdict::Facts& facts, const verdict::Judgement* judgement);

/// The second reason, as one phrase, or none. `without_policy` as of dispose(). Of the implicit judgement (001, 601) and of SPF's fail, which
/// say that proof is missing, something is known only with a history (`HistoryKnown`) and without a sign of handing on.
enum class HistoryKnown : std::uint8_t { no, yes };
[[nodiscard]] std::optional<std::string> second_reason(const verdict::Facts& facts,
                                                       const verdict::Judgement* without_policy, HistoryKnown history);

} // namespace bonafide::policy
