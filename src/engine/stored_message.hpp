// A message as the ledger keeps it (ledger_entry.hpp), read back so that it can be judged and decided again. Pure. What the privacy settings
// or an earlier version left out is unknown, and `gaps` says so.
#pragma once

#include "authres/authres.hpp"
#include "base/error.hpp"
#include "policy/subject.hpp"
#include "verdict/history.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/json_read.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

/// A recipient whom we refused at RCPT.
struct RefusedRecipient {
    std::string recipient;
    std::string smtp_reply; ///< "550 5.7.1 text"
    std::string by;         ///< "rule NAME", or the setting
    std::size_t place = 0;  ///< of him among all recipients in their order
};

struct StoredMessage {
    struct Gaps {
        bool earlier = false;    ///< an earlier version kept less than judging reads
        bool cut = false;        ///< a text is longer than what is kept
        bool addresses = false;  ///< hashed, and no display names: neither entries of lists nor rules can name them
        bool subject = false;    ///< not kept
        bool not_judged = false; ///< judging was off when it came: its past was not read
    };
    verdict::Facts facts;
    verdict::History history;
    verdict::AuthorHosts author_hosts;
    std::vector<authres::Field> upstream;
    policy::Surroundings around; ///< with `unknown` filled; list.* is for look_up_lists()
    std::optional<verdict::StoredJudgement> judged;
    std::vector<RefusedRecipient> refused; ///< none of envelope.recipients
    std::optional<policy::Level> ended;    ///< refused there, for all recipients: of later levels nothing is known
    Gaps gaps;
};

/// Of a row of the store: its packed form, or its document where that is empty.
[[nodiscard]] Expected<StoredMessage> read_message(std::string_view document, std::string_view packed);

/// The document with the past, "history", which is packed alone.
[[nodiscard]] std::string with_history(std::string document, std::string_view packed);

} // namespace bonafide::engine
