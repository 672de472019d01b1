#include "policy/notice.hpp"

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "mail/date.hpp"
#include "mail/encoded_word.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <span>

namespace bonafide::policy {
namespace {

constexpr std::size_t most_value_bytes = 320; // of a stranger's text
constexpr std::size_t most_line_bytes = 900;  // RFC 5322 2.1.1: below 998
constexpr std::size_t most_recipients = 5;    // named; the rest is counted
constexpr std::size_t most_would = 10;        // likewise

std::string shown(std::string_view text) { return escape::line(text, most_value_bytes); }

/// The author, else who gives himself out as the sender, else the client.
std::string sender_of(const verdict::Facts& facts) {
    if (!facts.author.mailboxes.empty()) {
        const mail::Mailbox& author = facts.author.mailboxes.front();
        return shown(author.local_part + '@' + author.domain);
    }
    if (facts.envelope.mail_from && !facts.envelope.mail_from->empty()) return shown(*facts.envelope.mail_from);
    return facts.envelope.client ? facts.envelope.client->text() : std::string("an unknown sender");
}

std::string recipients_of(const Happening& what) {
    if (!what.recipient.empty()) return shown(what.recipient);
    const verdict::Envelope& envelope = what.facts.envelope;
    std::string text;
    const std::size_t named = std::min(envelope.recipients.size(), most_recipients);
    for (const std::string& one : std::span(envelope.recipients).first(named))
        text += (text.empty() ? "" : ", ") + shown(one).substr(0, 120);
    const std::size_t more = envelope.recipients.size() - named + envelope.more_recipients;
    return more == 0 ? text : fmt::format("{} and {} more", text, more);
}

/// "was rejected", as a sentence goes on.
std::string_view outcome_of(const Happening& what) {
    if (what.refused_at) return what.reply.starts_with('4') ? "was put off" : "was refused";
    switch (what.action) {
    case Action::accept: return "was accepted";
    case Action::defer: return "was put off";
    case Action::reject: return "was rejected";
    case Action::discard: return "was discarded";
    case Action::hold: return "was put into the hold queue";
    }
    return "was accepted";
}

std::string_view stage_of(const Happening& what) {
    if (!what.refused_at) return {};
    switch (*what.refused_at) {
    case Level::connect: return " at the connection";
    case Level::helo: return " at HELO";
    case Level::mail: return " at MAIL FROM";
    case Level::rcpt: return " at RCPT TO";
    case Level::data:
    case Level::judged: break;
    }
    return {};
}

/// What is refused at the connection is a client; all else is mail of somebody.
std::string subject_of(const Happening& what) {
    const bool no_mail = what.refused_at && *what.refused_at < Level::mail;
    return no_mail ? fmt::format("a connection of {}", sender_of(what.facts))
                   : fmt::format("mail of {}", sender_of(what.facts));
}

class Body {
  public:
    /// `value` is escaped; a line break that got through would begin a line of ours.
    void row(std::string_view name, std::string_view value) {
        if (!value.empty()) line(fmt::format("{:<14} {}", fmt::format("{}:", name), value));
    }
    void line(std::string_view text) {
        std::string clean = escape::shortened(text, most_line_bytes);
        std::ranges::replace_if(clean, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
        text_ += clean + '\n';
    }
    [[nodiscard]] std::string take() && { return std::move(text_); }

  private:
    std::string text_;
};

template<class T> std::string result_of(const verdict::Evaluated<T>& evaluated) {
    return evaluated.value ? std::string(to_text(evaluated.value->result)) : std::string();
}

void add_envelope(Body& body, const Happening& what) {
    const verdict::Envelope& envelope = what.facts.envelope;
    const std::string name = envelope.client_name.empty() ? "" : fmt::format(" ({})", shown(envelope.client_name));
    body.row("Client", envelope.client ? envelope.client->text() + name : std::string("not known"));
    if (envelope.relay) body.row("Relay", envelope.relay->text());
    body.row("HELO", shown(envelope.helo));
    if (envelope.mail_from) body.row("MAIL FROM", envelope.mail_from->empty() ? "<>" : shown(*envelope.mail_from));
    body.row("RCPT TO", recipients_of(what));
}

void add_letter(Body& body, const verdict::Facts& facts) {
    std::string authors;
    for (const mail::Mailbox& one : std::span(facts.author.mailboxes)
                                        .first(std::min<std::size_t>(facts.author.mailboxes.size(),
                                                                     2))) // several are rare, and a sign of something
        authors += (authors.empty() ? "" : ", ") +
                   shown((one.display_name.empty() ? "" : mail::decode_encoded_words(one.display_name) + " ") + '<' +
                         one.local_part + '@' + one.domain + '>');
    body.row("From", authors);
    body.row("Subject", shown(mail::decode_encoded_words(facts.letter.subject)));
    body.row("Message-ID", facts.letter.message_id.empty() ? "" : shown('<' + facts.letter.message_id + '>'));
}

void add_verdicts(Body& body, const Happening& what) {
    const verdict::Facts& facts = what.facts;
    std::string spf = result_of(facts.spf);
    if (facts.spf.value && !facts.spf.value->domain.empty())
        spf += fmt::format(" ({})", shown(facts.spf.value->domain));
    body.row("SPF", spf);
    body.row("DKIM", escape::line(what.dkim, most_line_bytes));
    if (!what.refused_at) body.row("ARC", result_of(facts.arc));
    body.row("DMARC", result_of(facts.dmarc));
    body.row("Reverse DNS", result_of(facts.iprev));
    if (what.judgement == nullptr) return;
    const verdict::Judgement& judged = *what.judgement;
    body.row("compauth", fmt::format("{} {}, score {:.1f}, suggests: {}", to_text(judged.result),
                                     verdict::reason_text(judged.reason), judged.score, to_text(judged.suggestion)));
    body.row("Why", judged.why);
}

void add_outcome(Body& body, const Happening& what) {
    body.row("Decided by", shown(what.by));
    body.row("Reply", shown(what.reply));
    for (const std::string& one : std::span(what.would).first(std::min(what.would.size(), most_would)))
        body.row("Would have", shown(one));
    if (what.would.size() > most_would) body.row("Would have", fmt::format("{} more", what.would.size() - most_would));
    body.row("Id", what.id);
    body.row("Queue id", shown(what.queue_id));
    if (what.kept) body.line(fmt::format("More of it: bonafide trace {}", what.id));
}

/// RFC 2045 6.8: lines of 76.
std::string base64_lines(std::string_view text) {
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const std::string digits = base64::encode({bytes, text.size()});
    std::string lines;
    for (std::string_view rest = digits; !rest.empty(); rest.remove_prefix(std::min<std::size_t>(rest.size(), 76)))
        (lines += rest.substr(0, 76)) += "\r\n";
    return lines;
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    for (const char c : text) c == '\n' ? lines += "\r\n" : lines += c;
    return lines;
}

bool is_dot_atom(std::string_view text) {
    constexpr std::string_view signs = "!#$%&'*+-/=?^_`{|}~.";
    return !text.empty() && !text.starts_with('.') && !text.ends_with('.') && !text.contains("..") &&
           std::ranges::all_of(text, [&](char c) { return ascii::is_alnum(c) || signs.contains(c); });
}

} // namespace

NoticeText describe(const Happening& what) {
    const std::string rule = shown(what.rule);
    const std::string subject = subject_of(what);
    const std::string_view outcome = outcome_of(what);
    Body body;
    const std::string to = recipients_of(what);
    body.line(fmt::format("The rule \"{}\" held for {}{}{}, which {}{}.", rule, subject, to.empty() ? "" : " to ", to,
                          outcome, stage_of(what)));
    if (!what.would.empty()) body.line("Not all that the rules say was done: see \"Would have\".");
    body.line("");
    body.row("When", mail::format_date(what.facts.now));
    add_envelope(body, what);
    add_letter(body, what.facts);
    add_verdicts(body, what);
    add_outcome(body, what);
    return {fmt::format("[Bonafide] {}: {} {}", rule, subject, outcome), std::move(body).take()};
}

std::string write_notice(const NoticeText& text, const NoticeHead& head, const HeldBack& held) {
    std::string body = text.body;
    if (held.count > 0)
        body += fmt::format("\n{} more of this rule since {} {} not told of (notify.interval).\n", held.count,
                            mail::format_date(held.since), held.count == 1 ? "was" : "were");
    const bool plain = std::ranges::all_of(body, [](char c) { return c == '\n' || ascii::is_printable(c); });
    std::string message;
    const auto out = std::back_inserter(message);
    fmt::format_to(out, "Date: {}\r\n", mail::format_date(head.date));
    fmt::format_to(out, "From: Bonafide <{}>\r\nTo: <{}>\r\n", head.from, head.to);
    fmt::format_to(out, "Subject: {}\r\n", mail::encode_words(escape::shortened(text.subject, 400)));
    fmt::format_to(out, "Message-ID: <{}>\r\nAuto-Submitted: auto-generated\r\n", head.message_id);
    fmt::format_to(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n");
    fmt::format_to(out, "Content-Transfer-Encoding: {}\r\n\r\n", plain ? "7bit" : "base64");
    return message + (plain ? with_crlf(body) : base64_lines(with_crlf(body)));
}

bool is_notice_address(std::string_view text) {
    const std::size_t at = text.rfind('@');
    return at != std::string_view::npos && text.size() <= 254 && is_dot_atom(text.substr(0, at)) &&
           dns::is_hostname_like(text.substr(at + 1)) && !text.ends_with('.');
}

} // namespace bonafide::policy
