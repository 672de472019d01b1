// What rules look at: everything that is known of one message so far. Plain data; the engine fills it as the message comes in.
#pragma once

#include "spf/spf.hpp"
#include "verdict/facts.hpp"
#include "verdict/judgement.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

/// When a rule is asked, in the order of a session. A field is known from its level on (fields.hpp).
enum class Level : std::uint8_t {
    connect, ///< the client, its name, DNS lists
    helo,
    mail,  ///< MAIL FROM: SPF
    rcpt,  ///< each RCPT TO by itself
    data,  ///< the message is here and checked: DKIM, ARC, DMARC
    judged ///< and judged: compauth
};
inline constexpr std::size_t level_count = static_cast<std::size_t>(Level::judged) + 1;
[[nodiscard]] std::string_view to_text(Level level);
[[nodiscard]] std::optional<Level> parse_level(std::string_view text);

/// What is known beside the Facts.
struct Surroundings {
    std::string listener;                ///< as the settings name it: "inet:127.0.0.1:8899"
    std::string daemon;                  ///< {daemon_name}
    std::string authenticated_as;        ///< {auth_authen}; empty: nobody
    std::optional<std::uint64_t> size{}; ///< bytes of the body; none before its end
    std::vector<std::string>
        dns_lists; ///< names of the DNS lists that have the client or a name of the message, each once
    std::vector<std::string> no_answer; ///< names of the DNS lists that could not be asked
    bool asked_dns_lists = false;       ///< some were asked
    /// Header fields that rules read (Acting::header_names), names in lower case, top to bottom, unfolded.
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::string> cut_headers; ///< names of which more came than is kept: what they hold is not known
    std::vector<std::pair<std::string, std::size_t>>
        header_counts;   ///< of the names that rules change (Rules::changed_headers)
    std::string subject; ///< the first Subject field whole, unfolded, where rules change it; Letter::subject is cut
    std::optional<spf::Outcome>
        spf_helo; ///< of the HELO identity, or of the client's confirmed name where HELO is no name
    std::optional<spf::Outcome> spf_from; ///< of the Author Domain, where MAIL FROM is empty
    std::vector<std::string> allowed_by;  ///< entries of the allow list that hold
    std::vector<std::string> blocked_by;
    std::vector<std::string> ignored_by;
    std::optional<std::int64_t> greylist_wait{}; ///< seconds, for greylist.reply; none: it is not greylisted
    std::string_view bounce_tag{};      ///< of a bounce: sign::to_text(TagCheck); empty: no bounce, or nobody checks
    std::optional<bool> safe_sender;    ///< every recipient has the author among the safe senders; none: not asked
    std::optional<bool> blocked_sender; ///< likewise among the blocked
    std::vector<std::string_view>
        unknown{}; ///< of a stored message: names of fields of which nothing was kept; "header." stands for all of its kind
};

struct Subject {
    const verdict::Facts& facts;
    const verdict::Judgement* judgement = nullptr; ///< null before Level::judged, or where nothing was judged
    const Surroundings& around;
    Level level = Level::connect;    ///< what later levels bring is unknown
    std::string_view recipient = {}; ///< the one asked about at Level::rcpt; empty: all of the envelope
};

} // namespace bonafide::policy
