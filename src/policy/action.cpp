#include "policy/action.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "policy/decision.hpp"
#include "policy/notice.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

constexpr std::array rows{
    VerbRow{Verb::reject, "reject", Argument::reply, Level::connect, true,
            "refuses with 5xx; without a reply of its own that of rules.reject_reply"},
    VerbRow{Verb::defer, "defer", Argument::reply, Level::connect, true,
            "refuses for now with 4xx; without a reply of its own that of rules.defer_reply"},
    VerbRow{Verb::discard, "discard", Argument::none, Level::mail, true,
            "takes the message and drops it without a word"},
    VerbRow{Verb::quarantine, "quarantine", Argument::none, Level::data, true,
            "puts the whole message into the MTA's hold queue"},
    VerbRow{Verb::accept, "accept", Argument::none, Level::connect, true,
            "takes the message: no later rule, no DMARC policy, no greylisting"},
    VerbRow{Verb::junk, "junk", Argument::none, Level::data, false, "marks it for the junk folder (X-Bonafide-Junk)"},
    VerbRow{Verb::dmarc, "dmarc", Argument::none, Level::data, false,
            "carries the DMARC policy out, whatever the mode"},
    VerbRow{Verb::no_dmarc, "no-dmarc", Argument::none, Level::connect, false, "does not carry the DMARC policy out"},
    VerbRow{Verb::greylist, "greylist", Argument::none, Level::connect, false,
            "greylists it, though greylist.enabled says no"},
    VerbRow{Verb::skip_greylist, "skip-greylist", Argument::none, Level::connect, false, "does not greylist it"},
    VerbRow{Verb::seal, "seal", Argument::none, Level::connect, false,
            "seals it with ARC for those it is sent on to (sealing.domain)"},
    VerbRow{Verb::tag_subject, "tag-subject", Argument::text, Level::data, false, "puts a text before the subject"},
    VerbRow{Verb::add_header, "add-header", Argument::field, Level::data, false, "adds a header field on top"},
    VerbRow{Verb::change_header, "change-header", Argument::field, Level::data, false,
            "replaces all header fields of that name by one"},
    VerbRow{Verb::remove_header, "remove-header", Argument::name, Level::data, false,
            "removes all header fields of that name"},
    VerbRow{Verb::log, "log", Argument::none, Level::connect, false, "writes an event of its own (rule.fired)"},
    VerbRow{Verb::notify, "notify", Argument::address, Level::connect, false, "sends a message about it"},
    VerbRow{Verb::go_on, "continue", Argument::none, Level::connect, false,
            "asks the later rules though this one decides"},
};

/// Trace and authentication fields tell of what was: a rule that could write them could forge.
bool is_protected(std::string_view name) {
    constexpr auto names = std::to_array<std::string_view>(
        {"received", "authentication-results", "received-spf", "dkim-signature", "arc-seal", "arc-message-signature",
         "arc-authentication-results", "return-path", "from", "sender", "date", "message-id"});
    return std::ranges::any_of(names, [&](std::string_view one) { return ascii::iequals(name, one); }) ||
           ascii::istarts_with(name, "x-bonafide-");
}

Expected<std::string> read_field_name(std::string_view name) {
    const bool sound = !name.empty() && name.size() <= 76 &&
                       std::ranges::all_of(name, [](char c) { return ascii::is_alnum(c) || c == '-' || c == '_'; });
    if (!sound) return failure(fmt::format("\"{}\" is no name of a header field", escape::line(name, 80)));
    if (is_protected(name))
        return failure(fmt::format("{} is not for rules: it says what was, or only this server may stamp it", name));
    return std::string(name);
}

Expected<void> read_header(RuleAction& action, std::string_view text, Level level) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return failure("a header field is written NAME: TEXT");
    auto name = read_field_name(ascii::trim(text.substr(0, colon)));
    if (!name) return std::unexpected(std::move(name.error()));
    auto value = Template::parse(ascii::trim(text.substr(colon + 1)), level);
    if (!value) return std::unexpected(std::move(value.error()));
    action.name = std::move(*name);
    action.text = std::move(*value);
    return {};
}

Expected<void> read_address(RuleAction& action, std::string_view text) {
    if (!is_notice_address(text)) return failure(fmt::format("\"{}\" is no address", escape::line(text, 80)));
    action.name = text;
    return {};
}

Expected<void> read_argument(RuleAction& action, const VerbRow& row, std::string_view text, Level level) {
    switch (row.argument) {
    case Argument::none:
        if (text.empty()) return {};
        return failure(fmt::format("{} takes nothing behind it", row.name));
    case Argument::reply: {
        if (text.empty()) return {};
        const Reply::Class wanted = row.verb == Verb::reject ? Reply::Class::permanent : Reply::Class::temporary;
        auto reply = Reply::parse(text, wanted, level);
        if (!reply) return std::unexpected(std::move(reply.error()));
        action.reply = std::move(*reply);
        return {};
    }
    case Argument::text: {
        if (text.empty()) return failure(fmt::format("{} needs a text", row.name));
        auto words = Template::parse(text, level);
        if (!words) return std::unexpected(std::move(words.error()));
        action.text = std::move(*words);
        return {};
    }
    case Argument::field: return read_header(action, text, level);
    case Argument::name: {
        auto name = read_field_name(text);
        if (!name) return std::unexpected(std::move(name.error()));
        action.name = std::move(*name);
        return {};
    }
    case Argument::address: return read_address(action, text);
    }
    return {};
}

} // namespace

std::span<const VerbRow> verbs() { return rows; }
const VerbRow& row_of(Verb verb) { return rows[static_cast<std::size_t>(verb)]; }

const VerbRow* RuleAction::verb_of(std::string_view text) {
    text = ascii::trim(text);
    const auto row = std::ranges::find(rows, text.substr(0, text.find(' ')), &VerbRow::name);
    return row == rows.end() ? nullptr : &*row;
}

Expected<RuleAction> RuleAction::parse(std::string_view text, Level level) {
    text = ascii::trim(text);
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view name = text.substr(0, end);
    const VerbRow* row = verb_of(text);
    if (row == nullptr) {
        std::vector<std::string_view> names;
        for (const VerbRow& one : rows) names.push_back(one.name);
        const std::string_view nearest = nearest_word(name, names);
        return failure(fmt::format("there is no action \"{}\"{}", escape::line(name, 80),
                                   nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    }
    if (level < row->since)
        return failure(fmt::format("{} is not possible at {}: the message is not there before {}", row->name,
                                   to_text(level), to_text(row->since)));
    RuleAction action{.verb = row->verb};
    if (auto read = read_argument(action, *row, ascii::trim(text.substr(end)), level); !read)
        return std::unexpected(std::move(read.error()));
    return action;
}

} // namespace bonafide::policy
