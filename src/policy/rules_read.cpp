// Rules out of their source: every error and every oddity, with its place.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "policy/rules.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <string_view>

namespace bonafide::policy {
namespace {

/// A position within a text of the file. Exact for a text of one line that begins behind one quotation mark.
Place place_in(const SourceText& source, std::size_t position) {
    if (position == Error::nowhere || source.place.line == 0 || source.text.contains('\n')) return source.place;
    return {source.place.line, source.place.column + 1 + static_cast<std::uint32_t>(position)};
}

void add_once(std::vector<std::string>& names, const std::string& name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= Rules::most_name_bytes &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

class Reader {
  public:
    Reader(Rules::Read& out, const Rules::Beside& beside) : out_(out), beside_(beside) {}

    Sets read_sets(std::span<const SetSource> sources) {
        Sets sets;
        for (const SetSource& source : sources) {
            if (!is_name(source.name.text) || source.name.text.contains(' ')) {
                complain(source.name.place.line == 0 ? source.place : source.name.place,
                         "a [[set]] needs a name without blanks");
                continue;
            }
            auto set = read_values(source.entries);
            if (!sets.emplace(source.name.text, std::move(set)).second)
                complain(source.name.place, fmt::format("a second set named \"{}\"", source.name.text));
        }
        return sets;
    }

    std::vector<Rule> read_rules(std::span<const RuleSource> sources, const Sets& sets) {
        std::vector<Rule> rules;
        if (sources.size() > Rules::most_rules)
            complain(sources[Rules::most_rules].place, fmt::format("more than {} rules", Rules::most_rules));
        for (const RuleSource& source : sources.first(std::min(sources.size(), Rules::most_rules)))
            rules.push_back(read_rule(source, sets));
        return rules;
    }

    /// Oddities that need all rules.
    void look_over(std::span<const Rule> rules) {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const Rule& rule = rules[i];
            if (!rule.name.empty() && !names.insert(rule.name).second)
                warn(rule.place,
                     fmt::format("a second rule named \"{}\": log and counters cannot tell them apart", rule.name));
            if (!rule.enabled) continue;
            look_over_condition(rule);
            look_before(rules, i);
        }
    }

  private:
    void look_over_condition(const Rule& rule) {
        if (const std::string why = rule.when.contradiction(); !why.empty())
            warn(rule.place, fmt::format("rule \"{}\" can never hold: {}", rule.name, why));
        rule.when.visit([&](const Condition& one) {
            if (const std::string why = oddity(one, rule.level, beside_.vocabulary); !why.empty())
                warn(rule.place, fmt::format("rule \"{}\": {}", rule.name, why));
        });
    }

    /// What rules asked before it leave to it.
    void look_before(std::span<const Rule> rules, std::size_t index) {
        const Rule& rule = rules[index];
        for (std::size_t j = 0; j < rules.size(); ++j) {
            const Rule& before = rules[j];
            const bool is_before = before.level < rule.level || (before.level == rule.level && j < index);
            const auto when = before.enabled && is_before ? shadows(before, rule) : std::nullopt;
            const std::string why = when ? why_never(before, rule) : std::string();
            if (why.empty()) continue;
            return warn(rule.place, fmt::format("{}rule \"{}\" never comes to anything: {}", *when, rule.name, why));
        }
    }

    /// Whether `before`, where it decides, is enforced whenever `rule` is asked; in what words if only sometimes.
    [[nodiscard]] std::optional<std::string_view> shadows(const Rule& before, const Rule& rule) const {
        const auto always = before.mode ? *before.mode == Mode::enforce : beside_.modes.always_enforce();
        if (always) return "";
        // Both go by the same setting, so that where the one is enforced the other would be.
        return !before.mode && !rule.mode ? std::optional("in enforce mode ") : std::nullopt;
    }

    void complain(Place place, std::string text) { out_.errors.push_back({place, std::move(text)}); }
    void warn(Place place, std::string text) { out_.warnings.push_back({place, std::move(text)}); }

    std::shared_ptr<const ValueSet> read_values(std::span<const SourceText> entries) {
        auto set = std::make_shared<ValueSet>();
        for (const SourceText& entry : entries)
            if (auto added = set->add(entry.text); !added) complain(entry.place, std::move(added.error().text));
        return set;
    }

    Rule read_rule(const RuleSource& source, const Sets& sets) {
        Rule rule;
        rule.place = source.place;
        rule.enabled = source.enabled;
        rule.name = source.name.text;
        if (!is_name(rule.name))
            complain(source.name.place.line == 0 ? source.place : source.name.place,
                     fmt::format("a [[rule]] needs a name of 1 to {} printable characters", Rules::most_name_bytes));
        rule.when = read_conditions(source, sets);
        rule.level = read_level(source, rule.when);
        read_actions(source, rule);
        if (!source.recipients.empty()) {
            rule.recipients = read_values(source.recipients);
            if (rule.level < Level::rcpt)
                complain(source.recipients.front().place,
                         fmt::format("at {} no recipient is known yet", to_text(rule.level)));
        }
        if (!source.mode.text.empty()) {
            rule.mode = parse_mode(source.mode.text);
            if (!rule.mode) complain(source.mode.place, "mode is \"monitor\" or \"enforce\"");
        }
        return rule;
    }

    Condition read_conditions(const RuleSource& source, const Sets& sets) {
        std::vector<Condition> conditions;
        for (const SourceText& text : source.when) {
            auto condition = Condition::parse(text.text, sets);
            if (condition)
                conditions.push_back(std::move(*condition));
            else
                complain(place_in(text, condition.error().position), std::move(condition.error().text));
        }
        return Condition::all_of(std::move(conditions));
    }

    /// The earliest from mail on at which it can be asked and do what it does, unless it says when.
    Level read_level(const RuleSource& source, const Condition& when) {
        if (source.at.text.empty()) {
            // Before MAIL nobody has authenticated yet: who wants to refuse our own users says so.
            Level level = std::max(when.since(), source.recipients.empty() ? Level::mail : Level::rcpt);
            for (const SourceText& action : source.then)
                if (const VerbRow* row = RuleAction::verb_of(action.text)) level = std::max(level, row->since);
            return level;
        }
        const auto level = parse_level(source.at.text);
        if (!level) {
            complain(source.at.place, "at is one of connect, helo, mail, rcpt, data, judged");
            return Level::judged;
        }
        when.visit([&](const Condition& one) {
            if (one.comparison->field.since() > *level)
                complain(source.at.place,
                         fmt::format("at {} {} is not known yet: it is from {} on", to_text(*level),
                                     one.comparison->field.name(), to_text(one.comparison->field.since())));
        });
        return *level;
    }

    void read_actions(const RuleSource& source, Rule& rule) {
        if (source.then.empty()) complain(source.place, "a [[rule]] needs actions: then = [\"log\"]");
        if (source.then.size() > Rules::most_actions)
            return complain(source.then[Rules::most_actions].place,
                            fmt::format("more than {} actions", Rules::most_actions));
        for (const SourceText& text : source.then) {
            auto action = RuleAction::parse(text.text, rule.level);
            if (!action) {
                complain(text.place, std::move(action.error().text));
                continue;
            }
            if (action->reply && meaning_of(action->reply->enhanced).empty())
                warn(text.place, fmt::format("nobody has registered the enhanced code {}", action->reply->enhanced));
            if (action->reply && action->reply->closes_connection())
                check_closing(text.place, *action->reply, rule.level);
            if (const RuleAction* other = rule.deciding(); other != nullptr && row_of(action->verb).decides)
                complain(text.place, fmt::format("{} and {} contradict each other", row_of(other->verb).name,
                                                 row_of(action->verb).name));
            if (action->verb == Verb::go_on) rule.goes_on = true;
            rule.then.push_back(std::move(*action));
        }
        check_contradictions(source, rule);
    }

    /// Before MAIL it is what is meant.
    void check_closing(Place place, const Reply& reply, Level level) {
        if (level == Level::rcpt)
            complain(place,
                     fmt::format("{} closes the connection, and so refuses all other recipients too", reply.code));
        else if (level >= Level::mail)
            warn(place, fmt::format("{} closes the connection, and ends what else was to come over it", reply.code));
    }

    void check_contradictions(const RuleSource& source, const Rule& rule) {
        const auto has = [&](Verb verb) {
            return std::ranges::find(rule.then, verb, &RuleAction::verb) != rule.then.end();
        };
        if (has(Verb::greylist) && has(Verb::skip_greylist))
            complain(source.place, "greylist and skip-greylist contradict each other");
        if (has(Verb::dmarc) && has(Verb::no_dmarc)) complain(source.place, "dmarc and no-dmarc contradict each other");
        if (rule.goes_on && rule.deciding() == nullptr)
            warn(source.place, "continue says nothing here: no action of this rule ends the evaluation");
    }

    /// A later level may know more of a field that is read: what did not hold before may hold then.
    static bool may_grow(const Condition& condition) {
        constexpr auto growing = std::to_array<std::string_view>(
            {"dns_lists", "list.allow", "list.block", "list.ignore", "hour", "weekday", "recipient", "recipient.domain",
             "recipients", "sender.safe", "sender.blocked"});
        bool found = false;
        condition.visit([&](const Condition& one) {
            found = found || std::ranges::find(growing, one.comparison->field.name()) != growing.end();
        });
        return found;
    }

    /// Why `rule` can do nothing behind `before`; empty where it can.
    static std::string why_never(const Rule& before, const Rule& rule) {
        const bool covers = before.recipients == nullptr || before.recipients == rule.recipients;
        if (before.deciding() == nullptr || before.goes_on || !covers) return {};
        if (before.when.kind == Condition::Kind::all && before.when.parts.empty())
            return fmt::format("rule \"{}\" before it decides always", before.name);
        if (before.level < rule.level && may_grow(before.when)) return {};
        if (before.when.text == rule.when.text)
            return fmt::format("rule \"{}\" before it has the same condition and decides", before.name);
        // "a and b" behind "a".
        const auto is_same = [&](const Condition& part) { return part.text == before.when.text; };
        if (rule.when.kind == Condition::Kind::all && std::ranges::any_of(rule.when.parts, is_same))
            return fmt::format("rule \"{}\" before it decides wherever this one would hold", before.name);
        return {};
    }

    Rules::Read& out_;
    const Rules::Beside& beside_;
};

} // namespace

Rules::Read Rules::read(std::span<const RuleSource> sources, std::span<const SetSource> sets) {
    return read(sources, sets, Beside());
}

Rules::Read Rules::read(std::span<const RuleSource> sources, std::span<const SetSource> sets, const Beside& beside) {
    Read out;
    Reader reader(out, beside);
    auto rules = std::make_shared<Rules>();
    rules->sets_ = reader.read_sets(sets);
    rules->rules_ = reader.read_rules(sources, rules->sets_);
    for (const Rule& rule : rules->rules_) {
        if (!rule.enabled) continue;
        rules->levels_[static_cast<std::size_t>(rule.level)] = true;
        for (const RuleAction& action : rule.then) {
            if (action.verb == Verb::change_header || action.verb == Verb::remove_header)
                add_once(rules->changed_headers_, ascii::lower(action.name));
            if (action.verb == Verb::tag_subject) add_once(rules->changed_headers_, "subject");
        }
    }
    if (out.errors.empty()) {
        reader.look_over(rules->rules_);
        out.rules = std::move(rules);
    }
    std::ranges::sort(out.errors);
    std::ranges::sort(out.warnings);
    return out;
}

} // namespace bonafide::policy
