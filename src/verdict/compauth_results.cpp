// Composite authentication in header fields of ours: a field for software that reads RFC 8601, and two short ones for mail clients and
// Sieve rules.
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "verdict/report.hpp"

#include <cmath>
#include <fmt/format.h>

namespace bonafide::verdict {

authres::Field compauth_results(const Facts& facts, const Judgement& judgement, std::string_view authserv_id) {
    authres::Field field;
    field.authserv_id = authserv_id;
    if (facts.direction != Direction::inbound) return field;
    authres::MethodResult& entry = field.results.emplace_back();
    entry.method = "compauth";
    entry.result = to_text(judgement.result);
    entry.comment = judgement.why;
    entry.reason = reason_text(judgement.reason);
    // A value this long is nobody's name, and half of it would be another's.
    if (!facts.author.domain.empty() && facts.author.domain.size() <= escape::most_name_bytes)
        entry.properties.push_back({"header", "from", facts.author.domain});
    return field;
}

std::string sender_indicators(const Judgement& judgement) {
    std::string text;
    const auto say = [&](std::string_view part) {
        if (!text.empty()) text += ", ";
        text += part;
    };
    const Indicators& shown = judgement.indicators;
    if (shown.unverified) say("unverified");
    // Nothing but a name of letters, digits, "-", "_" and ".": it cannot say more than its own.
    if (dns::is_hostname_like(shown.via)) say(fmt::format("via={}", dns::normalize(shown.via)));
    if (shown.first_contact) say("first-contact");
    return text;
}

std::string suggestion_text(const Judgement& judgement) {
    const double tenths = std::round(judgement.score * 10) / 10 + 0.0; // "-0.0" is 0.0
    return fmt::format("{}; score={:.1f}; reason={}", to_text(judgement.suggestion), tenths,
                       reason_text(judgement.reason));
}

} // namespace bonafide::verdict
