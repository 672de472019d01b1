#include "doctor/explain.hpp"

#include "base/ascii.hpp"
#include "dkim/key_record.hpp"
#include "dkim/tags.hpp"
#include "dmarc/dmarc.hpp"
#include "dns/name.hpp"
#include "doctor/delivery_status.hpp"
#include "doctor/explain_extract.hpp"
#include "doctor/reply_table.hpp"
#include "doctor/reply_text.hpp"
#include "doctor/spf_text.hpp"
#include "mail/address.hpp"
#include "mail/splitter.hpp"
#include "sign/record.hpp"
#include "spf/spf.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

bool holds_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

struct Whole {
    mail::HeaderBlock header;
    std::string body;
};
Whole whole_of(std::string_view input) {
    Whole whole;
    mail::Splitter splitter([&](mail::HeaderBlock block) { whole.header = std::move(block); },
                            [&](std::string_view chunk) { whole.body += chunk; });
    splitter.feed(input);
    splitter.finish();
    return whole;
}

/// Fields that only mail has.
std::size_t mail_fields(const mail::HeaderBlock& header) {
    std::size_t count = 0;
    for (const std::string_view name :
         {"From", "To", "Subject", "Date", "Message-ID", "Received", "Return-Path", "Authentication-Results",
          "DKIM-Signature", "MIME-Version", "Content-Type", "Delivered-To", "X-Failed-Recipients", "ARC-Seal",
          "Received-SPF", "ARC-Authentication-Results", "Authentication-Results-Original",
          "X-Forefront-Antispam-Report"})
        count += header.find_all(name).empty() ? 0U : 1U;
    return count;
}

bool is_log(std::string_view text) {
    const std::string lower = ascii::lower(text.substr(0, 4000));
    if (holds_any(lower, {"postfix/", "sendmail[", "sm-mta[", "opensmtpd", "smtpd[", "exim[",
                          " stat=", "status=bounced", "status=deferred", "noqueue: reject", "dsn="}))
        return true;
    // Exim's main log: "2026-11-23 10:00:00 1abcDE-000123-XY ** user@host R=.. T=.."
    return holds_any(lower, {" r=", " h="}) &&
           holds_any(lower, {" t=", " ** ", " == ", "smtp error from remote mail server"});
}

/// The field's first instance, unfolded.
std::string first(const mail::HeaderBlock& header, std::string_view name) {
    const auto all = header.find_all(name);
    return all.empty() ? std::string() : mail::unfold(header[all.front()].value);
}

} // namespace

Kind recognise(std::string_view input) {
    input = input.substr(0, most_explained_bytes);
    const std::string_view text = ascii::trim(input);
    if (is_log(text.substr(0, std::min(text.find("\n\n"), text.size()))) && mail_fields(whole_of(text).header) < 2)
        return Kind::log;
    const Whole whole = whole_of(text);
    if (mail_fields(whole.header) >= 2 || !whole.header.find_all("Authentication-Results").empty() ||
        !whole.header.find_all("Received").empty()) {
        if (is_bounce(whole.header)) return Kind::bounce;
        return ascii::trim(whole.body).empty() ? Kind::headers : Kind::message;
    }
    const std::string lower = ascii::lower(text.substr(0, 20000));
    if (holds_any(lower, {"mail delivery failed",
                          "returning message to sender",
                          "this message was created automatically by mail delivery software",
                          "i'm sorry to have to inform you",
                          "undelivered mail returned",
                          "delivery has failed",
                          "diagnostic information for administrators",
                          "message not delivered",
                          "your message wasn't delivered",
                          "couldn't be delivered",
                          "could not be delivered",
                          "final-recipient:",
                          "diagnostic-code:",
                          "this is the mail system at host",
                          "delivery to the following recipient",
                          "the following addresses had",
                          "hi. this is the",
                          "reporting-mta:",
                          "address not found",
                          "message blocked",
                          "technical details of permanent failure",
                          "the response from the remote server was",
                          "the response was:"}))
        return Kind::bounce;
    return Kind::reply;
}

namespace {

/// A word such as 5.7.509: only Microsoft counts that far.
bool has_three_digit_detail(std::string_view text) {
    for (const std::string_view line : ascii::split(text, '\n'))
        for (const std::string_view word : ascii::split(line, ' ')) {
            const std::string code(enhanced_code(word));
            if (code.size() >= 7 && word.starts_with(code) && code.size() - code.rfind('.') == 4) return true;
        }
    return false;
}

} // namespace

Receiver recognise_receiver(std::string_view strong_text, std::string_view weak_text) {
    const std::string strong = ascii::lower(strong_text), weak = ascii::lower(weak_text);
    const auto look = [](const std::string& text) -> std::optional<Receiver> {
        if (holds_any(text, {"gsmtp", "gcdp", "support.google.com", "google.com/mail", "gmail", "google's smtp",
                             "google.com"}))
            return Receiver::gmail;
        if (holds_any(text, {"[hme1]", "icloud", "apple.com", "mail.me.com", "[cs01]"})) return Receiver::icloud;
        if (holds_any(text, {"yahoo", "[tss", "aol.com", "[ipts0", "[bl21]", "[bl23]", "unresolvable rfc.532",
                             "dd this user doesn't have"}))
            return Receiver::yahoo;
        if (holds_any(text, {"olc.protection.outlook.com", "hotmail", "(s3140)", "(s3150)", "mail.live.com", "5.7.515",
                             "rp-00", "sc-00", "ou-00", "dy-00", "outlook.com server", "sender id validation failure",
                             "connecting to outlook.com", "smtp-in.msn", "senders.outlook", "eur.olc", "nam.olc",
                             "apc.olc", "(s2017062302)"}))
            return Receiver::outlook;
        if (holds_any(text, {"protection.outlook.com",
                             "prod.outlook.com",
                             "office365",
                             "outlook.office",
                             "sender.office.com",
                             "exchangelabs",
                             "microsoft",
                             "resolver.adr",
                             "resolver.rst",
                             "tenantattribution",
                             "storedrv",
                             "as(201806281)",
                             "aka.ms/",
                             "4.4.312 dns",
                             "mail.protection",
                             "5.7.509",
                             "5.7.708",
                             "5.7.705",
                             "as(",
                             "delist@messaging",
                             "mx.microsoft"}))
            return Receiver::microsoft365;
        return {};
    };
    if (const auto said = look(strong)) return *said;
    if (has_three_digit_detail(strong)) return Receiver::microsoft365;
    if (const auto said = look(weak)) return *said;
    const std::string domain = domain_of_address(weak.substr(0, weak.find(' ')));
    if (domain == "outlook.com" || domain == "live.com" || domain == "msn.com") return Receiver::outlook;
    if (domain == "googlemail.com") return Receiver::gmail;
    if (domain == "me.com" || domain == "mac.com") return Receiver::icloud;
    if (domain == "aol.com" || domain == "ymail.com" || domain == "rocketmail.com") return Receiver::yahoo;
    return Receiver::other;
}

namespace {

/// What an input holds before its meaning is known.
struct Reading {
    std::vector<Reply> replies;
    std::string around;        ///< names that tell who answered
    std::string sender;        ///< of the envelope; may be empty
    std::string author_domain; ///< of From in a returned message
    std::optional<ip::Address> client;
    std::string signature_domain, selector;
    bool delivered = false; ///< it tells of success
    bool delayed = false;   ///< the server goes on trying
};

void read_returned(const mail::HeaderBlock& returned, Reading& reading) {
    const auto from = returned.find_all("From");
    if (!from.empty())
        reading.author_domain = domain_of_address(first_address(mail::unfold(returned[from.front()].value)));
    const auto signatures = returned.find_all("DKIM-Signature");
    for (const std::size_t index : signatures) {
        const std::string value = mail::unfold(returned[index].value);
        const dkim::TagList tags = dkim::parse_tags(value);
        const dkim::Tag* domain = tags.find("d");
        const dkim::Tag* selector = tags.find("s");
        if (domain == nullptr || selector == nullptr) continue;
        const bool aligned = dns::is_equal_or_below(reading.author_domain, dns::normalize(domain->value)) ||
                             dns::is_equal_or_below(dns::normalize(domain->value), reading.author_domain);
        if (!reading.selector.empty() && !aligned) continue;
        reading.signature_domain = dns::normalize(domain->value);
        reading.selector = dns::normalize(selector->value);
        if (aligned) break;
    }
}

Reading read_bounce(std::string_view input, Explanation& explanation) {
    Reading reading;
    DeliveryStatus status;
    const Whole whole = whole_of(input);
    if (mail_fields(whole.header) >= 1) {
        status = read_delivery_status(input);
    } else {
        status.text = input;
    }
    for (const std::string& diagnostic : status.diagnostics) {
        auto found = find_replies(plain_lines(diagnostic));
        if (found.empty())
            found.push_back({.code = {}, .enhanced = std::string(enhanced_code(status.status)), .text = diagnostic});
        for (Reply& reply : found) {
            if (reply.enhanced.empty()) reply.enhanced = enhanced_code(status.status);
            reading.replies.push_back(std::move(reply));
        }
    }
    for (Reply& reply : find_replies(plain_lines(status.text))) reading.replies.push_back(std::move(reply));
    if (reading.replies.empty())
        reading.replies.push_back({.code = {},
                                   .enhanced = std::string(enhanced_code(status.status)),
                                   .text = status.text.substr(0, most_reply_bytes)});
    explanation.recipient = status.recipient.empty() ? first_address(status.text) : first_address(status.recipient);
    reading.around = explanation.recipient + " " + status.remote_mta + " " + status.text.substr(0, 4000) + " " +
                     first(whole.header, "From");
    reading.sender = first_address(status.sender);
    read_returned(status.returned, reading);
    explanation.message = std::move(status.returned_message);
    reading.delivered = status.any_success && !status.any_trouble;
    reading.delayed = status.delayed;
    return reading;
}

Reading read_log(std::string_view input, Explanation& explanation) {
    Reading reading;
    const std::string text = plain_lines(input);
    reading.replies = find_replies(text);
    explanation.recipient = logged_value(text, "to=");
    for (const std::string_view mark : {" ** ", " == ", " => ", " -> "}) // Exim
        if (const std::size_t at = text.find(mark); explanation.recipient.empty() && at != std::string_view::npos)
            explanation.recipient = first_address(std::string_view(text).substr(at, 400));
    std::string relay = logged_value(text, "relay=") + " " + logged_value(text, "H=");
    if (const std::size_t host = text.find("host "); host != std::string_view::npos)
        relay += " " + text.substr(host, 100);
    reading.around = explanation.recipient + " " + relay;
    for (const std::string_view key : {"from=", "F=", "P="})
        if (reading.sender.empty()) reading.sender = first_address(logged_value(text, key));
    reading.delivered = text.contains("status=sent") || text.contains("stat=Sent");
    // Our own server refused somebody: the client it names is the sending address.
    if (const std::size_t reject = text.find("reject: "); reject != std::string_view::npos)
        if (const std::size_t from = text.find(" from ", reject); from != std::string_view::npos)
            reading.client = address_in_reply(std::string_view(text).substr(from, 200));
    return reading;
}

/// The reply that tells most: a refusal before a delay, a meaning that is sure before a guess.
struct Choice {
    Reply reply;
    Meaning meaning;
};
Choice choose(const Reading& reading, Receiver receiver) {
    Choice best;
    int most = -1;
    for (const Reply& reply : reading.replies) {
        const Meaning meaning = meaning_of(reply, receiver);
        int worth = static_cast<int>(meaning.confidence) * 4;
        if (meaning.trouble != Trouble::other) worth += 2;
        if (meaning.detail != Detail::none) ++worth;
        if (reply.code.starts_with('5')) ++worth;
        if (worth <= most) continue;
        most = worth;
        best = {reply, meaning};
    }
    return best;
}

/// Whose records are looked at.
struct Names {
    std::string sender;           ///< envelope; its domain is what SPF is checked for; may be a domain alone
    std::string policy_domain;    ///< of From
    std::string signature_domain; ///< d=
};

bool is_about_sender(Trouble trouble) {
    switch (trouble) {
    case Trouble::no_authentication:
    case Trouble::spf_fail:
    case Trouble::spf_record:
    case Trouble::dkim_missing:
    case Trouble::dkim_fail:
    case Trouble::dkim_key:
    case Trouble::dmarc_policy:
    case Trouble::dmarc_missing:
    case Trouble::alignment: return true;
    default: return false;
    }
}

dns::Flow<spf::Outcome> replay_spf(std::string sender, ip::Address client, std::int64_t now, Limits limits) {
    spf::Request question{.client = client,
                          .helo = sender.substr(sender.rfind('@') + 1),
                          .mail_from = sender.contains('@') ? sender : "postmaster@" + sender,
                          .receiver = {},
                          .now = now,
                          .limits = limits,
                          .explain = spf::Explain::no};
    co_return co_await spf::check(std::move(question));
}

void tell_spf(Explanation& explanation, const std::string& domain, const spf::Outcome& outcome,
              std::vector<Text>& edits) {
    explanation.details.push_back(
        say("SPF of {domain} for {address} is now: {result}",
            {{"domain", domain}, {"address", explanation.ip->text()}, {"result", spf::to_text(outcome.result)}}));
    const bool about_spf = explanation.trouble == Trouble::spf_fail ||
                           explanation.trouble == Trouble::no_authentication ||
                           explanation.trouble == Trouble::dmarc_policy;
    const bool denies = outcome.result == spf::Result::fail || outcome.result == spf::Result::softfail ||
                        outcome.result == spf::Result::neutral;
    if (about_spf && outcome.result == spf::Result::none)
        edits.push_back(say("Publish the TXT record {record} at {name}: there is no SPF record.",
                            {{"record", with_address("v=spf1 ~all", *explanation.ip)}, {"name", domain}}));
    else if (about_spf && denies && !outcome.record.empty())
        edits.push_back(say("Change the SPF record at {name} to {record}: the address is not listed.",
                            {{"name", domain}, {"record", with_address(outcome.record, *explanation.ip)}}));
    else if (outcome.result == spf::Result::permerror)
        edits.push_back(say("Repair the SPF record of {name}; {command} names the broken term.",
                            {{"name", domain}, {"command", "bonafide check " + domain}}));
    else if (about_spf && outcome.result == spf::Result::pass)
        explanation.details.push_back(say("The record lists the address today; mail that is sent again can pass."));
}

void tell_key(Explanation& explanation, const std::string& name, const dns::AnswerData& answer, const Limits& limits,
              std::vector<Text>& edits) {
    const bool usable = answer.found() && dkim::parse_key_record(answer.txt.front(), limits).code == dkim::Code::ok;
    explanation.details.push_back(usable ? say("The DKIM key at {name} is there and can be used.", {{"name", name}})
                                  : answer.temporary()
                                      ? say("The DKIM key at {name} could not be asked for.", {{"name", name}})
                                      : say("There is no usable DKIM key at {name}.", {{"name", name}}));
    if (usable || answer.temporary()) return;
    edits.insert(edits.begin(), say("Publish the public key of selector {selector} as TXT at {name}.",
                                    {{"selector", explanation.selector}, {"name", name}}));
    if (explanation.trouble == Trouble::dkim_fail) explanation.trouble = Trouble::dkim_key;
}

void tell_policy(Explanation& explanation, const std::string& domain, const dmarc::Discovered& policy) {
    if (policy.record)
        explanation.details.push_back(say("The DMARC policy of {domain} is now {policy}, by {holder}.",
                                          {{"domain", domain},
                                           {"policy", dmarc::to_text(policy.record->p)},
                                           {"holder", "_dmarc." + policy.policy_domain}}));
    else if (!policy.temporary_error)
        explanation.details.push_back(say("There is no DMARC record for {domain}.", {{"domain", domain}}));
}

/// The edits that DNS shows to be needed, then what holds in general where they do not say it all. Who reads a header may be the one who was
/// to be deceived: what would let the server send is said with its condition.
void add_edits(Explanation& explanation, std::vector<Text> edits) {
    const bool lets_in = explanation.trouble == Trouble::spf_fail ||
                         explanation.trouble == Trouble::no_authentication ||
                         explanation.trouble == Trouble::dmarc_policy;
    if (edits.empty() || (explanation.trouble == Trouble::no_authentication && explanation.kind != Kind::headers))
        edits.insert(edits.end(), explanation.fix.begin(), explanation.fix.end());
    const bool is_reader = explanation.kind == Kind::headers || explanation.kind == Kind::message;
    if (is_reader && lets_in && explanation.ip)
        for (Text& edit : edits)
            edit = say("If {address} sends for {domain} with its owner's consent: {fix}",
                       {{"address", explanation.ip->text()}, {"domain", explanation.domain}, {"fix", edit}});
    explanation.fix = std::move(edits);
}

/// What DNS says today about the names in question.
dns::Flow<Explanation> replay(Explanation explanation, Names names, ExplainRequest request) {
    if (!is_about_sender(explanation.trouble) || explanation.domain.empty()) co_return explanation;
    if (names.sender.empty()) names.sender = explanation.domain;
    if (names.policy_domain.empty()) names.policy_domain = explanation.domain;
    std::vector<Text> edits;
    if (explanation.ip) {
        const spf::Outcome outcome = co_await replay_spf(names.sender, *explanation.ip, request.now, request.limits);
        tell_spf(explanation, names.sender.substr(names.sender.rfind('@') + 1), outcome, edits);
    } else if (explanation.trouble != Trouble::dkim_key) {
        const dns::Answer txt = co_await dns::ask(explanation.domain, dns::Type::txt, "SPF record");
        const bool has_spf =
            std::ranges::any_of(txt->txt, [](const std::string& text) { return ascii::istarts_with(text, "v=spf1"); });
        if (!txt->temporary() && !has_spf && explanation.trouble == Trouble::no_authentication)
            edits.push_back(say("Publish an SPF record at {name}: there is none.", {{"name", explanation.domain}}));
    }
    if (!explanation.selector.empty() && !names.signature_domain.empty()) {
        const std::string name = sign::record_name(explanation.selector, names.signature_domain);
        const dns::Answer key = co_await dns::ask(name, dns::Type::txt, "DKIM key");
        tell_key(explanation, name, *key, request.limits, edits);
    }
    if (explanation.trouble == Trouble::dmarc_policy || explanation.trouble == Trouble::dmarc_missing ||
        explanation.trouble == Trouble::alignment)
        tell_policy(explanation, names.policy_domain,
                    co_await dmarc::discover(names.policy_domain, dmarc::Discovery::treewalk, request.suffixes,
                                             request.limits));
    add_edits(explanation, std::move(edits));
    co_return explanation;
}

void explain_reply(Explanation& explanation, const Reading& reading) {
    std::string strong;
    for (const Reply& reply : reading.replies) strong += reply.enhanced + " " + reply.text + "\n";
    explanation.receiver = recognise_receiver(strong, reading.around);
    const Choice choice = choose(reading, explanation.receiver);
    explanation.code = choice.reply.code;
    explanation.enhanced = choice.reply.enhanced;
    explanation.trouble = choice.meaning.trouble;
    explanation.detail = choice.meaning.detail;
    explanation.confidence = choice.meaning.confidence;
    const bool positive = choice.reply.code.starts_with('2') || choice.reply.enhanced.starts_with("2.");
    if (reading.delivered || (positive && choice.meaning.trouble == Trouble::other)) {
        explanation.trouble = Trouble::none;
        explanation.detail = Detail::delivered;
        explanation.confidence = Confidence::high;
    }
    const std::string quoted = domain_in_reply(choice.reply.text);
    explanation.domain = !quoted.empty() && quoted != domain_of_address(explanation.recipient) ? quoted
                         : !reading.author_domain.empty()                                      ? reading.author_domain
                                                          : domain_of_address(reading.sender);
    explanation.ip = address_in_reply(choice.reply.text);
    if (!explanation.ip) explanation.ip = reading.client;
    explanation.selector = reading.selector;
    if (reading.delayed)
        explanation.details.push_back(say("The mail is not lost: the server that wrote this goes on trying."));
    explanation.details.push_back(say("The reply: {reply}", {{"reply", choice.reply.text}}));
    if (choice.meaning.row != nullptr)
        explanation.details.push_back(say("Recognised by: {source}, {date}", {{"source", choice.meaning.row->source},
                                                                              {"date", choice.meaning.row->date}}));
}

} // namespace

dns::Flow<Explanation> explain(ExplainRequest request) {
    if (request.input.size() > most_explained_bytes) request.input.resize(most_explained_bytes);
    Explanation explanation;
    explanation.kind = recognise(request.input);
    explanation.asked_at = request.now;
    if (explanation.kind == Kind::headers || explanation.kind == Kind::message) {
        const Whole whole = whole_of(ascii::trim(request.input));
        HeaderStory story = read_header_story(whole.header, explanation);
        if (explanation.fix.empty()) explanation.fix = advice_of(explanation);
        if (explanation.kind == Kind::message) explanation.message = request.input;
        co_return co_await replay(
            std::move(explanation),
            {.sender = std::move(story.mail_from), .policy_domain = {}, .signature_domain = std::move(story.signer)},
            std::move(request));
    }
    Reading reading;
    if (explanation.kind == Kind::bounce) {
        reading = read_bounce(request.input, explanation);
    } else if (explanation.kind == Kind::log) {
        reading = read_log(request.input, explanation);
    } else {
        reading.replies = find_replies(plain_lines(request.input));
        if (reading.replies.empty())
            reading.replies.push_back({.code = {}, .enhanced = {}, .text = request.input.substr(0, most_reply_bytes)});
        reading.around = request.input.substr(0, 4000);
    }
    explain_reply(explanation, reading);
    explanation.summary = summary_of(explanation);
    explanation.fix = advice_of(explanation);
    // A reply that quotes a domain speaks of it; else the envelope's sender is what SPF was checked for.
    const bool is_sender =
        domain_of_address(reading.sender) == explanation.domain || explanation.domain == reading.author_domain;
    co_return co_await replay(std::move(explanation),
                              {.sender = is_sender ? std::move(reading.sender) : std::string(),
                               .policy_domain = std::move(reading.author_domain),
                               .signature_domain = std::move(reading.signature_domain)},
                              std::move(request));
}

} // namespace bonafide::doctor
