// Decision: what is done with a message, as plain data (docs/architecture.md, idea 3). A pure function of Facts
// and settings.
#pragma once

#include "policy/failure.hpp"
#include "verdict/facts.hpp"
#include "verdict/judgement.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

enum class Action : std::uint8_t { accept, defer, reject, discard, hold };
[[nodiscard]] std::string_view to_text(Action action);

/// Header edits in the order to be made. Positions are the milter's: the n-th field of that name, from 1.
struct HeaderEdit {
    enum class Kind : std::uint8_t { remove, insert_top, append, change };
    Kind kind = Kind::insert_top;
    std::string name;
    std::string value;        ///< folded with CRLF; empty for remove
    std::size_t position = 0; ///< for remove and change
};

struct Decision {
    Action action = Action::accept;
    std::string smtp_reply; ///< "550 5.7.26 text" for reject and defer; empty otherwise
    std::vector<HeaderEdit> edits;
    std::string why;                  ///< one plain sentence for log and JSON
    std::string by{};                 ///< the rule or setting that decided; empty: none
    std::vector<std::string> would{}; ///< what would have been done in enforce mode, a phrase each
};

/// Whether anything is done about mail.
enum class Mode : std::uint8_t {
    monitor, ///< stamp, and say what would have been done
    enforce,
};
[[nodiscard]] std::string_view to_text(Mode mode);
[[nodiscard]] std::optional<Mode> parse_mode(std::string_view text);

/// How compauth is stamped.
enum class CompauthForm : std::uint8_t {
    own,       ///< an Authentication-Results field of its own (docs/architecture.md, decisions)
    microsoft, ///< one field letter by letter as Microsoft 365 writes it, in the place of ours
    none,
};

/// What stamping goes by.
struct Settings {
    std::string authserv_id;
    FailurePolicy failures{};
    std::string listener{};          ///< where the message came in, for `failures`
    bool enforces = false;           ///< the mode, likewise
    std::size_t most_forged = 500;   ///< limits.authres_forged
    std::string received_spf_host{}; ///< our host name when a Received-SPF field is wanted; empty: none
    CompauthForm compauth = CompauthForm::own;
    bool indicators = true;                               ///< stamp sender_field and suggestion_field
    std::string results_field = "Authentication-Results"; ///< the name under which results are stamped
};

/// Fields that only we may stamp: on arrival a message must not have them.
inline constexpr std::string_view unchecked_field = "X-Bonafide-Unchecked";
inline constexpr std::string_view junk_field = "X-Bonafide-Junk";
inline constexpr std::string_view suggestion_field = "X-Bonafide-Suggestion"; ///< "junk; score=-7.5; reason=001"
inline constexpr std::string_view sender_field = "X-Bonafide-Sender"; ///< "unverified, via=fabrikam.com, first-contact"

inline constexpr std::string_view id_field =
    "X-Bonafide-Id"; ///< of the message in the ledger; stamped by who keeps it there

/// What a message brought along in our name.
struct Forged {
    std::vector<std::size_t>
        results; ///< positions of fields named Settings::results_field, highest first (authres::forged_fields)
    std::size_t unchecked = 0;                      ///< how many unchecked_field
    std::size_t junk = 0;                           ///< how many junk_field
    std::size_t suggestion = 0, sender = 0, id = 0; ///< likewise
};

/// `forged` goes, before anything of ours is added.
/// Inbound mail gets its results on top, as settings.results_field; other directions only lose forged fields.
/// More forged fields than settings.most_forged defer the message: to leave some of them in would let a forgery pass as ours, and to
/// remove them all would let a stranger occupy the MTA. A failure of ours
/// (facts.unchecked) adds X-Bonafide-Unchecked: CLASS and still accepts, or defers where the settings say so.
/// `judgement` is null where nothing was judged: compauth.enabled says no, or the mail is not inbound.
[[nodiscard]] Decision decide(const verdict::Facts& facts, const verdict::Judgement* judgement, const Forged& forged,
                              const Settings& settings);

/// Stamps the id under which a message that is let in will be found; below the fields that are there, ours on top stay so.
void stamp_id(Decision& decision, std::string_view id);

[[nodiscard]] std::string to_json(const Decision& decision);

} // namespace bonafide::policy
