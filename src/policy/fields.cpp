#include "policy/fields.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/suggest.hpp"
#include "verdict/infrastructure.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

using verdict::Facts;
using Texts = std::vector<std::string>;

constexpr std::int64_t seconds_an_hour = 3600, hours_a_day = 24;
constexpr double largest_whole = 1e15; // doubles below it hold every whole number

/// Never negative, as times before 1970 would have it.
std::int64_t modulo(std::int64_t value, std::int64_t by) { return (value % by + by) % by; }

Value text_or_unknown(std::string_view text) { return text.empty() ? Value() : Value(std::string(text)); }
Value word(std::string_view text) { return std::string(text); }
Value number(double value) { return value; }

std::string domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string() : ascii::lower(address.substr(at + 1));
}

// ---- the session

Value client(const Subject& s) { return s.facts.envelope.client ? Value(*s.facts.envelope.client) : Value(); }
Value client_name(const Subject& s) { return text_or_unknown(s.facts.envelope.client_name); }
Value client_ptr(const Subject& s) {
    const auto& iprev = s.facts.iprev.value;
    if (!iprev) return {};
    return iprev->result == iprev::Result::pass ? iprev->name : std::string();
}
Value client_generic(const Subject& s) {
    const auto& iprev = s.facts.iprev.value;
    if (!iprev || !s.facts.envelope.client) return {};
    return iprev->result == iprev::Result::pass && verdict::is_generic_name(iprev->name, *s.facts.envelope.client);
}
Value iprev_result(const Subject& s) {
    return s.facts.iprev.value ? word(iprev::to_text(s.facts.iprev.value->result)) : Value();
}
Value helo(const Subject& s) { return ascii::lower(s.facts.envelope.helo); }
Value direction(const Subject& s) { return word(verdict::to_text(s.facts.direction)); }
Value listener(const Subject& s) { return text_or_unknown(s.around.listener); }
Value daemon(const Subject& s) { return text_or_unknown(s.around.daemon); }
Value relays(const Subject& s) { return number(s.facts.envelope.relays); }
Value user(const Subject& s) { return s.around.authenticated_as; }
std::int64_t hours_since_1970(const Subject& s) {
    return (s.facts.now - modulo(s.facts.now, seconds_an_hour)) / seconds_an_hour;
}
Value hour(const Subject& s) { return number(static_cast<double>(modulo(hours_since_1970(s), hours_a_day))); }
constexpr std::array<std::string_view, 7> weekdays{"thursday", "friday",  "saturday", "sunday",
                                                   "monday",   "tuesday", "wednesday"}; // 1970-01-01 was a Thursday
Value weekday(const Subject& s) {
    const std::int64_t hours = hours_since_1970(s);
    const std::int64_t day = (hours - modulo(hours, hours_a_day)) / hours_a_day;
    return word(weekdays[static_cast<std::size_t>(modulo(day, static_cast<std::int64_t>(weekdays.size())))]);
}
Value dns_lists(const Subject& s) { return s.around.dns_lists; }
Value list_allow(const Subject& s) { return !s.around.allowed_by.empty(); }
Value list_block(const Subject& s) { return !s.around.blocked_by.empty(); }
Value list_ignore(const Subject& s) { return !s.around.ignored_by.empty(); }

// ---- the envelope

Value mail_from(const Subject& s) {
    const auto& path = s.facts.envelope.mail_from;
    return path ? Value(ascii::lower(*path)) : Value();
}
Value mail_from_domain(const Subject& s) {
    const auto& path = s.facts.envelope.mail_from;
    return path ? Value(domain_of(*path)) : Value();
}
Value is_bounce(const Subject& s) {
    const auto& path = s.facts.envelope.mail_from;
    return path ? Value(path->empty()) : Value();
}
Value recipient(const Subject& s) {
    if (!s.recipient.empty()) return Texts{ascii::lower(s.recipient)};
    Texts all;
    for (const std::string& one : s.facts.envelope.recipients) all.push_back(ascii::lower(one));
    return all;
}
Value recipient_domain(const Subject& s) {
    Texts all;
    if (!s.recipient.empty()) return Texts{domain_of(s.recipient)};
    for (const std::string& one : s.facts.envelope.recipients)
        if (std::string domain = domain_of(one); std::ranges::find(all, domain) == all.end())
            all.push_back(std::move(domain));
    return all;
}
Value recipients_count(const Subject& s) {
    return number(static_cast<double>(s.facts.envelope.recipients.size() + s.facts.envelope.more_recipients));
}
Value size(const Subject& s) { return s.around.size ? number(static_cast<double>(*s.around.size)) : Value(); }

// ---- what the protocols found

Value spf_of(const spf::Outcome* outcome) { return outcome == nullptr ? Value() : word(spf::to_text(outcome->result)); }
const spf::Outcome* spf(const Subject& s) { return s.facts.spf.value ? &*s.facts.spf.value : nullptr; }
Value spf_result(const Subject& s) { return spf_of(spf(s)); }
Value spf_domain(const Subject& s) { return spf(s) == nullptr ? Value() : Value(spf(s)->domain); }
/// ESET's model: no record and no answer are one.
Value spf_available(const Subject& s) {
    if (spf(s) == nullptr) return word("not-available");
    switch (spf(s)->result) {
    case spf::Result::none:
    case spf::Result::temperror: return word("not-available");
    default: return word(spf::to_text(spf(s)->result));
    }
}
Value spf_helo(const Subject& s) { return spf_of(s.around.spf_helo ? &*s.around.spf_helo : nullptr); }
Value spf_from(const Subject& s) { return spf_of(s.around.spf_from ? &*s.around.spf_from : nullptr); }

bool is_fail(dkim::Result result) { return result == dkim::Result::fail; }
bool is_pass(dkim::Result result) { return result == dkim::Result::pass; }
Texts signers(const Facts& facts, bool (*is_wanted)(dkim::Result)) {
    Texts domains;
    for (const dkim::SignatureResult& one : facts.dkim)
        if (is_wanted(one.result) && std::ranges::find(domains, one.domain) == domains.end())
            domains.push_back(one.domain);
    return domains;
}
Value dkim_pass(const Subject& s) { return signers(s.facts, is_pass); }
Value dkim_fail(const Subject& s) { return signers(s.facts, is_fail); }
/// Of all signatures as one: pass when any passes, fail when one fails and none passes, none without any.
Value dkim_result(const Subject& s) {
    constexpr std::array order{dkim::Result::pass,      dkim::Result::fail,    dkim::Result::temperror,
                               dkim::Result::permerror, dkim::Result::neutral, dkim::Result::policy};
    for (const dkim::Result result : order)
        if (std::ranges::any_of(s.facts.dkim, [&](const auto& one) { return one.result == result; }))
            return word(dkim::to_text(result));
    return word("none");
}
Value dkim_count(const Subject& s) { return number(static_cast<double>(s.facts.dkim.size())); }

const dmarc::Evaluation* dmarc(const Subject& s) { return s.facts.dmarc.value ? &*s.facts.dmarc.value : nullptr; }
Value dmarc_result(const Subject& s) { return dmarc(s) == nullptr ? Value() : word(dmarc::to_text(dmarc(s)->result)); }
Value dmarc_policy(const Subject& s) {
    if (dmarc(s) == nullptr) return {};
    return dmarc(s)->policy ? word(dmarc::to_text(*dmarc(s)->policy)) : word("absent");
}
Value dmarc_disposition(const Subject& s) {
    if (dmarc(s) == nullptr) return {};
    if (!dmarc(s)->policy && !dmarc(s)->disposition) return word("absent");
    return word(dmarc::to_text(dmarc(s)->disposition.value_or(dmarc::Policy::none)));
}
Value arc_result(const Subject& s) {
    return s.facts.arc.value ? word(arc::to_text(s.facts.arc.value->result)) : Value();
}
Value arc_sealers(const Subject& s) {
    if (!s.facts.arc.value) return {};
    Texts domains;
    for (const arc::Instance& one : s.facts.arc.value->instances)
        if (std::ranges::find(domains, one.seal.domain) == domains.end()) domains.push_back(one.seal.domain);
    return domains;
}
Value unchecked(const Subject& s) { return s.facts.unchecked; }

// ---- the header

Value from(const Subject& s) {
    Texts all;
    for (const mail::Mailbox& one : s.facts.author.mailboxes)
        all.push_back(ascii::lower(one.local_part) + '@' + one.domain);
    return all;
}
Value from_domain(const Subject& s) { return s.facts.author.domains; }
Value from_name(const Subject& s) {
    Texts all;
    for (const mail::Mailbox& one : s.facts.author.mailboxes) all.push_back(one.display_name);
    return all;
}
Value from_cause(const Subject& s) { return word(mail::to_text(s.facts.author.cause)); }
/// MAIL FROM, and where that is empty, From: never smtp.mailfrom, never DMARC's input.
Value sender(const Subject& s) {
    const auto& path = s.facts.envelope.mail_from;
    if (path && !path->empty()) return Texts{ascii::lower(*path)};
    return from(s);
}
Value reply_to(const Subject& s) {
    Texts all;
    for (const mail::Mailbox& one : s.facts.letter.reply_to)
        all.push_back(ascii::lower(one.local_part) + '@' + one.domain);
    return all;
}
Value subject(const Subject& s) { return s.facts.letter.subject; }
Value message_id(const Subject& s) { return s.facts.letter.message_id; }
Value list_id(const Subject& s) { return ascii::lower(s.facts.letter.list_id); }
Value is_report(const Subject& s) { return s.facts.letter.delivery_report; }
Value bounce_tag(const Subject& s) { return s.around.bounce_tag.empty() ? Value() : word(s.around.bounce_tag); }
Value safe_sender(const Subject& s) { return s.around.safe_sender ? Value(*s.around.safe_sender) : Value(); }
Value blocked_sender(const Subject& s) { return s.around.blocked_sender ? Value(*s.around.blocked_sender) : Value(); }

// ---- the judgement

Value compauth_result(const Subject& s) { return word(verdict::to_text(s.judgement->result)); }
Value compauth_reason(const Subject& s) { return number(s.judgement->reason); }
Value score(const Subject& s) { return number(s.judgement->score); }
Value suggestion(const Subject& s) { return word(verdict::to_text(s.judgement->suggestion)); }
Value first_contact(const Subject& s) { return s.judgement->indicators.first_contact; }
Value unverified(const Subject& s) { return s.judgement->indicators.unverified; }
Value via(const Subject& s) { return s.judgement->indicators.via; }
Value evidence(const Subject& s) {
    Texts ids;
    for (const verdict::Evidence& one : s.judgement->evidence) ids.emplace_back(one.signal);
    return ids;
}

using Words = std::array<std::string_view, 7>;
constexpr Words spf_words{"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};
constexpr std::array<std::string_view, 6> availability_words{"pass",    "fail",      "softfail",
                                                             "neutral", "permerror", "not-available"};
constexpr Words dkim_words{"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};
constexpr std::array<std::string_view, 5> dmarc_words{"none", "pass", "fail", "temperror", "permerror"};
constexpr std::array<std::string_view, 4> policy_words{"absent", "none", "quarantine", "reject"};
constexpr std::array<std::string_view, 3> arc_words{"none", "pass", "fail"};
constexpr std::array<std::string_view, 4> iprev_words{"pass", "fail", "temperror", "permerror"};
constexpr std::array<std::string_view, 4> direction_words{"inbound", "submitted", "internal", "local"};
constexpr std::array<std::string_view, 4> compauth_words{"none", "pass", "softpass", "fail"};
constexpr std::array<std::string_view, 5> suggestion_words{"deliver", "mark", "junk", "quarantine", "reject"};
constexpr std::array<std::string_view, 4> tag_words{"valid", "missing", "expired", "wrong"};
constexpr std::array<std::string_view, 8> cause_words{"ok",         "missing",         "several_fields", "syntax",
                                                      "no_address", "several_domains", "not_a_domain",   "too_many"};

constexpr bool one = false, many = true;
constexpr Field table[] = {
    {"client",
     Type::client,
     one,
     Level::connect,
     "address of the client, of the one before our relays where there are any",
     {},
     client},
    {"client.name", Type::domain, one, Level::connect, "its name as the MTA resolved it", {}, client_name},
    {"client.ptr", Type::domain, one, Level::connect, "its forward-confirmed name; empty: none", {}, client_ptr},
    {"client.generic",
     Type::flag,
     one,
     Level::connect,
     "that name is made out of the address, as rented lines have them",
     {},
     client_generic},
    {"iprev.result", Type::word, one, Level::connect, "RFC 8601 2.7.3: whether that name is confirmed", iprev_words,
     iprev_result},
    {"dns_lists",
     Type::text,
     many,
     Level::mail,
     "names of the [[dns_list]] entries that have the client or, from data on, the Author Domain",
     {},
     dns_lists},
    {"list.allow", Type::flag, one, Level::connect, "an entry of the allow list holds", {}, list_allow},
    {"list.block", Type::flag, one, Level::connect, "an entry of the block list holds", {}, list_block},
    {"list.ignore", Type::flag, one, Level::connect, "an entry of the ignore list holds", {}, list_ignore},
    {"listener",
     Type::text,
     one,
     Level::connect,
     "ours that the MTA connected to, as server.listen has it",
     {},
     listener},
    {"daemon", Type::text, one, Level::connect, "the MTA's {daemon_name}", {}, daemon},
    {"hour", Type::number, one, Level::connect, "0 to 23, UTC", {}, hour, Bounds{0, 23}},
    {"weekday", Type::word, one, Level::connect, "in UTC", weekdays, weekday},
    {"helo", Type::domain, one, Level::helo, "the name that the client gave", {}, helo},
    {"direction", Type::word, one, Level::mail, "which way the mail goes", direction_words, direction},
    {"user", Type::text, one, Level::mail, "who authenticated; empty: nobody", {}, user},
    {"mail_from", Type::address, one, Level::mail, "the reverse-path; empty for bounces", {}, mail_from},
    {"mail_from.domain", Type::domain, one, Level::mail, "its domain", {}, mail_from_domain},
    {"bounce", Type::flag, one, Level::mail, "the reverse-path is empty", {}, is_bounce},
    {"spf.result", Type::word, one, Level::mail, "of MAIL FROM, or of HELO where that is empty (RFC 7208 2.4)",
     spf_words, spf_result},
    {"spf.domain", Type::domain, one, Level::mail, "the domain that was asked", {}, spf_domain},
    {"spf.available", Type::word, one, Level::mail, "likewise, with none, temperror and unchecked as one word",
     availability_words, spf_available},
    {"spf_helo.result", Type::word, one, Level::mail,
     "SPF of the HELO name, or of the client's confirmed name where HELO is none", spf_words, spf_helo},
    {"recipient", Type::address, many, Level::rcpt, "the recipient at rcpt, all of them later", {}, recipient},
    {"recipient.domain", Type::domain, many, Level::rcpt, "likewise, their domains", {}, recipient_domain},
    {"recipients", Type::number, one, Level::rcpt, "how many there are so far", {}, recipients_count, Bounds{}},
    {"sender.safe",
     Type::flag,
     one,
     Level::rcpt,
     "all recipients have the sender among their safe senders; at rcpt unknown where From may count",
     {},
     safe_sender},
    {"sender.blocked",
     Type::flag,
     one,
     Level::rcpt,
     "likewise among their blocked senders; at rcpt this recipient",
     {},
     blocked_sender},
    {"from", Type::address, many, Level::data, "the mailboxes of From", {}, from},
    {"from.domain", Type::domain, many, Level::data, "their domains; one, where From is sound", {}, from_domain},
    {"from.name", Type::text, many, Level::data, "their display names", {}, from_name},
    {"from.cause", Type::word, one, Level::data, "why From names no single author", cause_words, from_cause},
    {"sender", Type::address, many, Level::data, "MAIL FROM, or From where that is empty", {}, sender},
    {"spf_from.result", Type::word, one, Level::data, "SPF of the Author Domain, where MAIL FROM is empty", spf_words,
     spf_from},
    {"reply_to", Type::address, many, Level::data, "the mailboxes of Reply-To", {}, reply_to},
    {"subject", Type::text, one, Level::data, "as it stands there", {}, subject},
    {"message_id", Type::text, one, Level::data, "without brackets", {}, message_id},
    {"list_id", Type::domain, one, Level::data, "of List-Id, what stands in brackets", {}, list_id},
    {"report", Type::flag, one, Level::data, "a delivery report (RFC 3464)", {}, is_report},
    {"bounce.tag", Type::word, one, Level::data,
     "of a bounce, what became of our tag; unknown unless backscatter.action checks it", tag_words, bounce_tag},
    {"size", Type::number, one, Level::data, "bytes of the body", {}, size, Bounds{}},
    {"relays", Type::number, one, Level::data, "relays of ours that it passed", {}, relays, Bounds{}},
    {"dkim.result", Type::word, one, Level::data, "of all signatures as one: the best", dkim_words, dkim_result},
    {"dkim.pass", Type::domain, many, Level::data, "domains whose signatures pass", {}, dkim_pass},
    {"dkim.fail", Type::domain, many, Level::data, "domains whose signatures fail", {}, dkim_fail},
    {"dkim.count", Type::number, one, Level::data, "signatures", {}, dkim_count, Bounds{}},
    {"dmarc.result", Type::word, one, Level::data, "RFC 9989", dmarc_words, dmarc_result},
    {"dmarc.policy", Type::word, one, Level::data, "what the owner publishes", policy_words, dmarc_policy},
    {"dmarc.disposition", Type::word, one, Level::data, "what the owner asks for with this message", policy_words,
     dmarc_disposition},
    {"arc.result", Type::word, one, Level::data, "of the chain", arc_words, arc_result},
    {"arc.sealers", Type::domain, many, Level::data, "who sealed it", {}, arc_sealers},
    {"unchecked", Type::word, many, Level::data, "failures of ours that kept the checks incomplete",
     verdict::unchecked_classes, unchecked},
    {"compauth.result", Type::word, one, Level::judged, "composite authentication", compauth_words, compauth_result},
    {"compauth.reason", Type::number, one, Level::judged, "its code", {}, compauth_reason, Bounds{0, 999}},
    {"score", Type::number, one, Level::judged, "the sum of all evidence", {}, score},
    {"suggestion", Type::word, one, Level::judged, "what the evidence suggests", suggestion_words, suggestion},
    {"evidence", Type::text, many, Level::judged, "ids of the signals that spoke", {}, evidence},
    {"first_contact", Type::flag, one, Level::judged, "the author never wrote to these recipients", {}, first_contact},
    {"unverified", Type::flag, one, Level::judged, "nothing at all passes: the ? of Microsoft 365", {}, unverified},
    {"via", Type::domain, one, Level::judged, "who vouches though he is not the author; empty: nobody", {}, via},
};

} // namespace

std::string_view to_text(Level level) {
    constexpr std::array<std::string_view, level_count> names{"connect", "helo", "mail", "rcpt", "data", "judged"};
    return names[static_cast<std::size_t>(level)];
}

std::optional<Level> parse_level(std::string_view text) {
    for (std::size_t i = 0; i < level_count; ++i)
        if (to_text(static_cast<Level>(i)) == text) return static_cast<Level>(i);
    return std::nullopt;
}

std::string_view to_text(Type type) {
    constexpr std::array<std::string_view, 7> names{"word",       "text",   "domain", "address",
                                                    "IP address", "number", "flag"};
    return names[static_cast<std::size_t>(type)];
}

std::string to_text(const Value& value) {
    struct Writer {
        std::string operator()(std::monostate) const { return "unknown"; }
        std::string operator()(bool flag) const { return flag ? "yes" : "no"; }
        // Counts of bytes in full, sums of evidence to six digits.
        std::string operator()(double number) const {
            const bool is_whole = std::abs(number) < largest_whole && std::trunc(number) == number;
            return is_whole ? fmt::format("{:.0f}", number) : fmt::format("{:g}", number);
        }
        std::string operator()(const ip::Address& address) const { return address.text(); }
        std::string operator()(const std::string& text) const { return text; }
        std::string operator()(const Texts& texts) const { return fmt::format("{}", fmt::join(texts, ", ")); }
    };
    return std::visit(Writer{}, value);
}

std::optional<double> parse_number(std::string_view text) {
    double number = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
    return bad == std::errc() && end == text.data() + text.size() && std::isfinite(number) ? std::optional(number)
                                                                                           : std::nullopt;
}

std::span<const Field> fields() { return table; }

const Field* find_field(std::string_view name) {
    const auto found = std::ranges::find(table, name, &Field::name);
    return found == std::end(table) ? nullptr : &*found;
}

std::string FieldRef::name() const {
    return field == nullptr ? std::string(header_prefix) + header : std::string(field->name);
}

Value FieldRef::read(const Subject& subject) const {
    if (subject.level < since()) return {};
    const auto& unknown = subject.around.unknown;
    if (std::ranges::find(unknown, field == nullptr ? header_prefix : field->name) != unknown.end()) return {};
    if (field != nullptr)
        return since() == Level::judged && subject.judgement == nullptr ? Value() : field->read(subject);
    const auto& cut = subject.around.cut_headers;
    if (std::ranges::find(cut, header) != cut.end()) return {};
    Texts values;
    for (const auto& [name, value] : subject.around.headers)
        if (name == header) values.push_back(value);
    return values;
}

Expected<FieldRef> parse_field(std::string_view name) {
    if (name.starts_with(header_prefix)) {
        const std::string_view field = name.substr(header_prefix.size());
        if (field.empty() || !std::ranges::all_of(field, [](char c) { return c > ' ' && c < 0x7f && c != ':'; }))
            return failure(fmt::format("\"{}\" names no header field", escape::line(name, 80)));
        return FieldRef{nullptr, ascii::lower(field)};
    }
    if (const Field* field = find_field(name)) return FieldRef{field, {}};
    std::vector<std::string_view> names;
    for (const Field& field : table) names.push_back(field.name);
    const std::string_view nearest = nearest_word(name, names);
    return failure(nearest.empty()
                       ? fmt::format("there is no field \"{}\"", escape::line(name, 80))
                       : fmt::format("there is no field \"{}\"; did you mean {}?", escape::line(name, 80), nearest));
}

} // namespace bonafide::policy
