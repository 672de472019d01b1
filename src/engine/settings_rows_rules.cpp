// The rows of acting: rules, modes of their own, early refusals.
#include "engine/settings_check.hpp"
#include "engine/settings_rows.hpp"
#include "policy/reply.hpp"
#include "policy/value_set.hpp"

namespace bonafide::engine {
namespace {

using policy::Level;
using policy::Reply;

template<Reply::Class wanted, Level known_at> Expected<void> check_reply_of(std::string_view text) {
    return check_reply(text, wanted, known_at);
}

Expected<void> check_reply_or_empty(std::string_view text) {
    return text.empty() ? Expected<void>() : check_reply(text, Reply::Class::permanent, Level::judged);
}

Expected<void> check_recipient(std::string_view entry) { return policy::ValueSet().add(entry); }

void add_modes(std::vector<Setting>& rows) {
    constexpr Range entries{0, 10000};
    rows.push_back(
        {.name = "rules.enforce_recipients",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.rules.enforce_recipients; }),
         .range = entries,
         .help =
             "Addresses and domains whose mail is handled in enforce mode, whatever mode says; a message for several "
             "only when all of them are named.",
         .check = check_recipient});
    rows.push_back(
        {.name = "rules.monitor_recipients",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.rules.monitor_recipients; }),
         .range = entries,
         .help = "Likewise in monitor mode; a message for several when any of them is named.",
         .check = check_recipient});
    rows.push_back(
        {.name = "rules.enforce_listeners",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.rules.enforce_listeners; }),
         .range = {0, 64},
         .help = "Entries of server.listen whose mail is handled in enforce mode, whatever mode says."});
    rows.push_back(
        {.name = "rules.monitor_listeners",
         .kind = Kind::texts,
         .access = at<std::vector<std::string>>([](Settings& s) -> auto& { return s.rules.monitor_listeners; }),
         .range = {0, 64},
         .help = "Likewise in monitor mode."});
}

void add_replies(std::vector<Setting>& rows) {
    rows.push_back({.name = "rules.block_reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.rules.block_reply; }),
                    .help = "What senders of lists.block are answered: CODE ENHANCED TEXT.",
                    .check = check_reply_of<Reply::Class::permanent, Level::mail>});
    rows.push_back(
        {.name = "rules.reject_reply",
         .kind = Kind::text,
         .access = at<std::string>([](Settings& s) -> auto& { return s.rules.reject_reply; }),
         .help = "What a rule answers that rejects and has no reply of its own: CODE ENHANCED TEXT, with {field} for "
                 "values (docs/rules.md).",
         .check = check_reply_of<Reply::Class::permanent, Level::connect>});
    rows.push_back({.name = "rules.defer_reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.rules.defer_reply; }),
                    .help = "Likewise of a rule that defers.",
                    .check = check_reply_of<Reply::Class::temporary, Level::connect>});
}

void add_spf(std::vector<Setting>& rows) {
    rows.push_back(
        {.name = "spf.reject_fail",
         .kind = Kind::boolean,
         .access = at<bool>([](Settings& s) -> auto& { return s.spf.reject_fail; }),
         .help = "Refuse at MAIL FROM, before the message is sent, what SPF fails; in enforce mode. It also refuses "
                 "forwarded mail whose DKIM signature would pass DMARC (RFC 9989 7.1), so it is off."});
    rows.push_back({.name = "spf.reject_reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.spf.reject_reply; }),
                    .help = "What such a refusal answers: CODE ENHANCED TEXT. RFC 7372 3.2 has 5.7.23 for it.",
                    .check = check_reply_of<Reply::Class::permanent, Level::mail>});
    rows.push_back({.name = "spf.helo",
                    .kind = Kind::boolean,
                    .access = at<bool>([](Settings& s) -> auto& { return s.spf.helo; }),
                    .help =
                        "Check the HELO identity as well (RFC 7208 2.3), for rules: spf_helo.result. Where HELO is no "
                        "domain name the client's forward-confirmed name is taken. Rules that read the field need no "
                        "setting."});
    rows.push_back(
        {.name = "spf.from_when_empty",
         .kind = Kind::boolean,
         .access = at<bool>([](Settings& s) -> auto& { return s.spf.from_when_empty; }),
         .help = "Check the domain of From where MAIL FROM is empty, for rules: spf_from.result. It is no input of "
                 "DMARC. Rules that read the field need no setting."});
}

void add_dmarc(std::vector<Setting>& rows) {
    rows.push_back({.name = "dmarc.reject",
                    .kind = Kind::choice,
                    .access = choice<+[](Settings& s) -> policy::DmarcReject& { return s.dmarc.reject; }>(
                        {"corroborated", "always", "never"}),
                    .help =
                        "When a message whose owner asks for reject is refused in enforce mode: corroborated only when "
                        "something that does not depend on DMARC speaks against it too, else it is marked as junk (RFC "
                        "9989 7.4); always; never."});
    rows.push_back({.name = "dmarc.preset",
                    .kind = Kind::choice,
                    .access = choice<+[](Settings& s) -> policy::Preset& { return s.dmarc.preset; }>(
                        {"none", "microsoft-default", "microsoft-standard", "microsoft-strict"}),
                    .help = "Act as Microsoft 365's anti-phishing policy does, with its values (docs/dmarc-policy.md); "
                            "dmarc.reject and compauth.follow then count for nothing."});
    rows.push_back(
        {.name = "dmarc.quarantine_as",
         .kind = Kind::choice,
         .access =
             choice<+[](Settings& s) -> policy::QuarantineAs& { return s.dmarc.quarantine_as; }>({"junk", "hold"}),
         .help = "What quarantine means: the junk mark (X-Bonafide-Junk, for Sieve), or the MTA's hold queue, "
                 "which keeps the whole message from all its recipients."});
    rows.push_back(
        {.name = "dmarc.several_authors",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> policy::SeveralAuthors& { return s.dmarc.several_authors; }>(
             {"accept", "refuse"}),
         .help = "What a From field gets that names several domains, or stands there several times: DMARC cannot "
                 "apply to it (RFC 9989 5.3.1)."});
    rows.push_back(
        {.name = "dmarc.reject_reply",
         .kind = Kind::text,
         .access = at<std::string>([](Settings& s) -> auto& { return s.dmarc.reject_reply; }),
         .help = "What a refusal for DMARC answers: CODE ENHANCED TEXT, with {field} for values. Empty: 550 with "
                 "5.7.26 where SPF and DKIM failed, else 5.7.1.",
         .check = check_reply_or_empty});
    rows.push_back({.name = "dmarc.several_authors_reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.dmarc.several_authors_reply; }),
                    .help = "Likewise where dmarc.several_authors refuses. Empty: 550 5.7.1, which says why.",
                    .check = check_reply_or_empty});
}

void add_indicators(std::vector<Setting>& rows) {
    rows.push_back({.name = "spoof.first_contact_tip",
                    .kind = Kind::choice,
                    .access = preset_or<+[](Settings& s) -> auto& { return s.spoof.first_contact_tip; }>({"on", "off"}),
                    .help = "Say first-contact in X-Bonafide-Sender (EnableFirstContactSafetyTips); without a preset "
                            "it is said."});
    rows.push_back({.name = "spoof.show_unverified",
                    .kind = Kind::choice,
                    .access = preset_or<+[](Settings& s) -> auto& { return s.spoof.show_unverified; }>({"on", "off"}),
                    .help = "Likewise unverified (EnableUnauthenticatedSender)."});
    rows.push_back({.name = "spoof.show_via",
                    .kind = Kind::choice,
                    .access = preset_or<+[](Settings& s) -> auto& { return s.spoof.show_via; }>({"on", "off"}),
                    .help = "Likewise via= (EnableViaTag)."});
}

void add_spoof(std::vector<Setting>& rows) {
    add_indicators(rows);
    rows.push_back({.name = "spoof.intelligence",
                    .kind = Kind::choice,
                    .access = preset_or<+[](Settings& s) -> auto& { return s.spoof.intelligence; }>({"on", "off"}),
                    .help = "With a preset: compauth=fail without a DMARC failure counts as a spoof (Microsoft: "
                            "EnableSpoofIntelligence)."});
    rows.push_back({.name = "spoof.honour_dmarc",
                    .kind = Kind::choice,
                    .access = preset_or<+[](Settings& s) -> auto& { return s.spoof.honour_dmarc; }>({"on", "off"}),
                    .help = "With a preset: what the owner of the domain asks for decides, and not spoof.on_spoof "
                            "(HonorDmarcPolicy)."});
    rows.push_back(
        {.name = "spoof.on_quarantine",
         .kind = Kind::choice,
         .access = preset_or<+[](Settings& s) -> auto& { return s.spoof.on_quarantine; }>({"quarantine", "junk"}),
         .help = "With a preset: what a spoof under p=quarantine gets (DmarcQuarantineAction)."});
    rows.push_back(
        {.name = "spoof.on_reject",
         .kind = Kind::choice,
         .access = preset_or<+[](Settings& s) -> auto& { return s.spoof.on_reject; }>({"quarantine", "reject"}),
         .help = "With a preset: what a spoof under p=reject gets (DmarcRejectAction)."});
    rows.push_back(
        {.name = "spoof.on_spoof",
         .kind = Kind::choice,
         .access = preset_or<+[](Settings& s) -> auto& { return s.spoof.on_spoof; }>({"junk", "quarantine"}),
         .help = "With a preset: what a spoof gets that only spoof intelligence finds (AuthenticationFailAction)."});
    rows.push_back({.name = "spoof.blocked_pair_reply",
                    .kind = Kind::text,
                    .access = at<std::string>([](Settings& s) -> auto& { return s.spoof.blocked_pair_reply; }),
                    .help = "What a blocked pair is answered where compauth.follow is reject: CODE ENHANCED TEXT, with "
                            "{field} for values. Empty: 550 5.7.1, which says why.",
                    .check = check_reply_or_empty});
    rows.push_back(
        {.name = "compauth.follow",
         .kind = Kind::choice,
         .access = choice<+[](Settings& s) -> policy::Follow& { return s.compauth.follow; }>(
             {"nothing", "mark", "junk", "quarantine", "reject"}),
         .help = "Without a preset: the strongest suggestion of the judgement that is followed in enforce mode."});
}

} // namespace

void add_rules(std::vector<Setting>& rows) {
    add_modes(rows);
    add_replies(rows);
    add_spf(rows);
    add_dmarc(rows);
    add_spoof(rows);
}

} // namespace bonafide::engine
