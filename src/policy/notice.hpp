// The message that the action notify sends (RFC 5322, MIME text/plain): what a rule held for and what came of it, for a person. Pure.
//
// Whatever a stranger wrote is cut and escaped, a line each; of the header only the subject has any of it, as encoded words where it is not
// plain. Auto-Submitted says what it is (RFC 3834 5), so that no program answers it.
#pragma once

#include "policy/decision.hpp"
#include "policy/subject.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

/// What happened. References live during the call.
struct Happening {
    std::string_view rule;
    const verdict::Facts& facts;
    const verdict::Judgement* judgement = nullptr; ///< null: not judged
    std::optional<Level> refused_at{};             ///< before the message was there; none: it was decided at its end
    std::string_view recipient{};                  ///< of refused_at rcpt
    Action action = Action::accept;
    std::string_view by{};    ///< the rule or setting that decided
    std::string_view reply{}; ///< "550 5.7.1 text"
    std::vector<std::string> would{};
    std::string_view dkim{};     ///< the signatures in short; empty: nobody looked
    std::string_view id{};       ///< ours
    std::string_view queue_id{}; ///< the MTA's; empty: not known
    bool kept = false;           ///< the ledger has it: `bonafide trace ID` tells more
};

/// UTF-8; one line, and lines that end in LF.
struct NoticeText {
    std::string subject;
    std::string body;
};
[[nodiscard]] NoticeText describe(const Happening& happening);

/// How many of the same rule to the same address were not sent before this one.
struct HeldBack {
    std::uint64_t count = 0;
    std::int64_t since = 0; ///< Unix time of the first of them
};

struct NoticeHead {
    std::string from; ///< addresses that is_notice_address takes
    std::string to;
    std::string message_id; ///< without its brackets
    std::int64_t date = 0;  ///< Unix time
};

/// The whole message with CRLF, in ASCII alone: every server takes it.
[[nodiscard]] std::string write_notice(const NoticeText& text, const NoticeHead& head, const HeldBack& held);

/// A dot-atom (RFC 5322 3.2.3), '@' and a host name, at most 254 bytes: what stands in header and envelope without quoting.
[[nodiscard]] bool is_notice_address(std::string_view text);

} // namespace bonafide::policy
