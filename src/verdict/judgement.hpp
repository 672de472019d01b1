// Judgement: what the Facts of a message amount to once the standards have spoken, as plain data (docs/architecture.md, idea 3).
// It says whether the author is who From says, with a code, and names everything that spoke for or against it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::verdict {

/// Composite authentication, in the words of Microsoft 365's compauth=.
enum class Compauth : std::uint8_t {
    none,     ///< not judged, or judging was passed over
    pass,     ///< DMARC, or signals of as much weight
    softpass, ///< weaker signals only
    fail,
};
[[nodiscard]] std::string_view to_text(Compauth result);

/// What would be done with the message by its evidence alone; the policy room may follow. Ordered by severity.
enum class Suggestion : std::uint8_t { deliver, mark, junk, quarantine, reject };
[[nodiscard]] std::string_view to_text(Suggestion suggestion);

/// One thing that spoke for the author (points above 0) or against (below 0). Points of 0 explain and do not weigh.
struct Evidence {
    std::string_view signal; ///< its id in the table of signals (signals.hpp)
    double points = 0;
    std::string text; ///< one plain phrase with names; escaped
};

/// What clients may show beside the author as Microsoft 365 does.
struct Indicators {
    bool unverified = false;    ///< "?": neither SPF, DKIM, DMARC nor compauth passes
    std::string via;            ///< domain that vouches though it is not the author's; empty: none
    bool first_contact = false; ///< this author never wrote to these recipients
};

struct Judgement {
    Compauth result = Compauth::none;
    unsigned reason = 300; ///< three digits; what each means: reasons()
    std::string why;       ///< one plain sentence; escaped
    std::vector<Evidence> evidence;
    double score = 0; ///< the sum of all points
    Suggestion suggestion = Suggestion::deliver;
    Indicators indicators;
};

/// A reason code: which result it comes with, and when.
struct Reason {
    unsigned code;
    Compauth result;
    std::string_view when; ///< one phrase
};
/// All that judge() gives, ascending. Every Judgement has one of them with its result.
[[nodiscard]] const std::vector<Reason>& reasons();

/// Something beside history and infrastructure says who the author is: DMARC, best guess, a trusted sealer or host of ours.
[[nodiscard]] bool is_proven(unsigned reason);

/// "000", "109": three digits.
[[nodiscard]] std::string reason_text(unsigned code);

} // namespace bonafide::verdict
