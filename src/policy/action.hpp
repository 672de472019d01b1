// What a rule does, one action each: "reject 550 5.7.1 Refused", "add-header X-Note: {from.domain}", "log". Pure.
#pragma once

#include "policy/reply.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::policy {

enum class Verb : std::uint8_t {
    reject,     ///< 5xx
    defer,      ///< 4xx
    discard,    ///< taken, and dropped without a word
    quarantine, ///< the MTA's hold queue, the whole message
    accept,     ///< and no rule, DMARC policy or greylisting after it
    junk,       ///< X-Bonafide-Junk, for Sieve
    dmarc,      ///< the DMARC policy is carried out as the settings have it, though the mode or an exception says no
    no_dmarc,   ///< the DMARC policy is not carried out; the aggregate report says local_policy
    greylist,   ///< as though greylist.enabled said yes
    skip_greylist,
    seal,        ///< ARC, with the keys of sealing.domain
    tag_subject, ///< put before Subject
    add_header,
    change_header, ///< all fields of that name become one
    remove_header,
    log,    ///< an event of its own
    notify, ///< a message to an address
    go_on,  ///< "continue": later rules are asked, though this one decides
};

/// What a verb takes behind it.
enum class Argument : std::uint8_t { none, reply, text, field, name, address };

struct VerbRow {
    Verb verb;
    std::string_view name;
    Argument argument = Argument::none;
    Level since = Level::connect; ///< the first level at which it can be done
    bool decides = false;         ///< ends the evaluation, unless the rule says continue
    std::string_view help;
};
[[nodiscard]] std::span<const VerbRow> verbs();
[[nodiscard]] const VerbRow& row_of(Verb verb);

struct RuleAction {
    Verb verb = Verb::log;
    std::optional<Reply> reply{}; ///< of reject and defer, where it was given
    std::string name{};           ///< of a header field; the address of notify
    Template text{};              ///< of a header field, of tag-subject

    /// Errors name what is wrong; nothing that only we may stamp can be added, changed or removed.
    [[nodiscard]] static Expected<RuleAction> parse(std::string_view text, Level level);
    /// What the text begins with; null for no verb.
    [[nodiscard]] static const VerbRow* verb_of(std::string_view text);
};

} // namespace bonafide::policy
