// What a header block tells: the way of the message, what receivers found, and what to conclude.
#include "authres/deployed.hpp"
#include "base/ascii.hpp"
#include "doctor/explain.hpp"
#include "doctor/explain_extract.hpp"
#include "mail/date.hpp"
#include "mail/received.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

constexpr std::size_t most_hops = 30;
constexpr std::size_t most_results = 30;
constexpr std::size_t most_shown_verdict = 80;

struct Found {
    std::string spf, dkim, dmarc, compauth, arc; ///< results; empty: not stated
    std::string spf_domain, dkim_domain, selector, from_domain, reason, action, dkim_reason;
    std::optional<ip::Address> client;
    bool is_microsoft = false;
    bool by_list = false, forwarded = false; ///< on its way
    std::string filter;                      ///< what a spam filter wrote, where it took the mail for spam
};

const authres::Property* property_of(const authres::MethodResult& result, std::string_view name) {
    const auto found = std::ranges::find(result.properties, name, &authres::Property::name);
    return found == result.properties.end() ? nullptr : &*found;
}
std::string value_of(const authres::MethodResult& result, std::string_view name) {
    const authres::Property* const found = property_of(result, name);
    return found == nullptr ? std::string() : found->value;
}

std::string domain_or_self(const std::string& value) {
    return value.contains('@') ? domain_of_address(value) : ascii::lower(value);
}

void take(const authres::MethodResult& result, Found& found) {
    if (result.method == "spf" && found.spf.empty()) {
        found.spf = result.result;
        found.spf_domain = domain_or_self(value_of(result, "mailfrom").empty() ? value_of(result, "helo")
                                                                               : value_of(result, "mailfrom"));
    } else if (result.method == "dkim" && (found.dkim.empty() || (found.dkim != "pass" && result.result == "pass"))) {
        found.dkim = result.result;
        found.dkim_domain = ascii::lower(value_of(result, "d"));
        if (found.dkim_domain.empty()) found.dkim_domain = domain_of_address(value_of(result, "i"));
        found.selector = ascii::lower(value_of(result, "s"));
        found.dkim_reason = result.reason;
    } else if (result.method == "dmarc" && found.dmarc.empty()) {
        found.dmarc = result.result;
        found.from_domain = domain_or_self(value_of(result, "from"));
        found.action = value_of(result, "action");
    } else if (result.method == "compauth") {
        found.compauth = result.result;
        found.reason = result.reason.empty() ? value_of(result, "reason") : result.reason;
    } else if (result.method == "arc" && found.arc.empty()) {
        found.arc = result.result;
    }
}

/// compauth's code in words (docs/compauth.md).
Text reason_words(std::string_view code) {
    struct Row {
        std::string_view code;
        Text words;
    };
    const std::array rows{
        Row{"000", say("the message fails DMARC, whose policy is quarantine or reject")},
        Row{"001", say("nothing authenticates the sender: the records are missing or weak")},
        Row{"002", say("this sender and domain were blocked by hand")},
        Row{"010", say("the message fails DMARC and claims to come from the recipient's own organization")},
        Row{"100", say("SPF or DKIM passed with the From domain")},
        Row{"101", say("DKIM passed with the From domain")},
        Row{"102", say("SPF passed with the From domain")},
        Row{"103", say("the server's name in DNS belongs to the From domain")},
        Row{"104", say("the server's name in DNS belongs to the From domain")},
        Row{"108", say("DKIM broke by a legitimate change on the way")},
        Row{"109", say("there is no DMARC record, but the message would have passed")},
        Row{"111", say("DMARC gave an error, but SPF or DKIM fits the From domain")},
        Row{"112", say("the DMARC record could not be fetched in time")},
        Row{"115", say("it was sent from the Microsoft 365 organization that the From domain belongs to")},
        Row{"116", say("the sending server is a mail host of the From domain")},
        Row{"130", say("a trusted ARC sealer vouches for the message")},
        Row{"501", say("it is a bounce between parties that know each other")},
        Row{"502", say("it is a bounce of a message that was really sent")},
        Row{"601", say("it claims to come from the recipient's own organization, and nothing proves it")},
        Row{"905", say("the message came over another server first, so DMARC was not enforced")},
    };
    const auto* const row = std::ranges::find(rows, code, &Row::code);
    if (row != rows.end()) return row->words;
    if (code.starts_with('1')) return say("the message is authenticated");
    if (code.starts_with('2')) return say("signs speak for the sender, though weakly");
    if (code.starts_with('3')) return say("composite authentication was not checked");
    if (code.starts_with('4') || code.starts_with('9')) return say("composite authentication was passed over");
    if (code.starts_with('6'))
        return say("it claims to come from the recipient's own organization, and nothing proves it");
    if (code.starts_with('7')) return say("the recipient's organization has long received good mail from there");
    return say("the code is not documented");
}

std::string unfolded(const mail::HeaderBlock& header, std::string_view name) {
    const auto all = header.find_all(name);
    return all.empty() ? std::string() : mail::unfold(header[all.front()].value);
}

/// What a filter wrote when it took the mail for spam; empty: none did. SpamAssassin's and rspamd's fields, Microsoft's
/// X-Forefront-Antispam-Report (SCL from 5 on is spam).
std::string filter_verdict(const mail::HeaderBlock& header) {
    for (const std::string_view name : {"X-Spam-Status", "X-Spam-Flag", "X-Spam", "X-Spam-Result"}) {
        const std::string value = unfolded(header, name);
        if (ascii::istarts_with(ascii::trim(value), "yes"))
            return fmt::format("{}: {}", name, ascii::trim(value).substr(0, most_shown_verdict));
    }
    const std::string report = unfolded(header, "X-Forefront-Antispam-Report");
    for (const std::string_view part : ascii::split(report, ';')) {
        const std::string_view word = ascii::trim(part);
        const auto level = ascii::istarts_with(word, "SCL:") ? ascii::parse_decimal(word.substr(4)) : std::nullopt;
        if (level && *level >= 5) return fmt::format("X-Forefront-Antispam-Report: {}", word);
    }
    return {};
}

Found read_results(const mail::HeaderBlock& header, Explanation& explanation) {
    Found found;
    std::size_t shown = 0;
    for (const std::string_view name :
         {"Authentication-Results", "ARC-Authentication-Results", "Authentication-Results-Original"}) {
        if (name != "Authentication-Results" && (!found.spf.empty() || !found.dkim.empty() || !found.dmarc.empty()))
            break; // the last receiver's own counts
        for (const std::size_t index : header.find_all(name)) {
            std::string value = mail::unfold(header[index].value);
            if (name == "ARC-Authentication-Results")
                value = value.substr(std::min(value.find(';') + 1, value.size())); // i=1;
            const auto field = authres::parse_deployed(value);
            if (!field) continue;
            const std::string lower = ascii::lower(value);
            const bool nameless = field->field.authserv_id.empty();
            const bool microsoft = nameless && (lower.contains("compauth=") || lower.contains("sender ip is"));
            const std::string server = microsoft ? "Microsoft 365" : std::string(field->field.authserv_id);
            for (const authres::MethodResult& result : field->field.results) {
                take(result, found);
                if (shown++ < most_results)
                    explanation.details.push_back(
                        server.empty()
                            ? say("a server without a name found: {method}={result}",
                                  {{"method", result.method}, {"result", result.result}})
                            : say("{server} found: {method}={result}",
                                  {{"server", server}, {"method", result.method}, {"result", result.result}}));
            }
            if (found.dkim_reason.empty() && lower.contains("no key for signature"))
                found.dkim_reason = "no key for signature";
            if (found.dkim_reason.empty() && lower.contains("body hash"))
                found.dkim_reason = "body hash did not verify";
            if (!found.client) found.client = address_in_reply(value);
            found.is_microsoft = found.is_microsoft || nameless || lower.contains("compauth=");
        }
    }
    const auto spf = header.find_all("Received-SPF");
    if (found.spf.empty() && !spf.empty()) {
        const std::string value = mail::unfold(header[spf.front()].value);
        found.spf = ascii::lower(value.substr(0, value.find(' ')));
        found.spf_domain = domain_in_reply(value);
        if (!found.client) found.client = address_in_reply(logged_value(value, "client-ip="));
    }
    const auto holds_any_of = [&](std::initializer_list<std::string_view> names) {
        return std::ranges::any_of(names, [&](std::string_view name) { return !header.find_all(name).empty(); });
    };
    found.by_list = holds_any_of({"List-Id", "List-Post", "Mailing-List", "X-BeenThere", "X-Mailman-Version"});
    found.forwarded =
        holds_any_of({"X-Forwarded-To", "X-Forwarded-For", "Resent-From", "Resent-Sender", "X-Forwarded"});
    found.filter = filter_verdict(header);
    return found;
}

void tell_hops(const mail::HeaderBlock& header, Explanation& explanation) {
    std::optional<std::int64_t> later;
    std::size_t hops = 0;
    for (const std::size_t index : header.find_all("Received")) {
        if (hops++ >= most_hops) break;
        const std::string value = mail::unfold(header[index].value);
        const std::size_t by = value.find("by ");
        const std::string host = by == std::string_view::npos
                                     ? std::string("?")
                                     : value.substr(by + 3, value.find_first_of(" ;", by + 3) - by - 3);
        const std::size_t semicolon = value.rfind(';');
        const auto time = semicolon == std::string_view::npos
                              ? std::nullopt
                              : mail::parse_date(ascii::trim(std::string_view(value).substr(semicolon + 1)));
        if (time && later && *later - *time > 60)
            explanation.details.push_back(say("{host} took it; the next server {seconds} seconds later",
                                              {{"host", host}, {"seconds", *later - *time}}));
        else
            explanation.details.push_back(say("{host} took it", {{"host", host}}));
        if (time) later = time;
    }
}

/// The trouble that the results amount to.
Trouble conclude(const Found& found) {
    const bool spf_pass = found.spf == "pass", dkim_pass = found.dkim == "pass";
    if (found.dmarc == "pass" || found.dmarc == "bestguesspass") return Trouble::none;
    if (found.compauth == "pass" || found.compauth == "softpass") return Trouble::none;
    const auto broken_dkim = [&] {
        if (found.dkim_reason.contains("no key") || found.dkim_reason.contains("key not found") ||
            found.dkim_reason.contains("revoked") || found.dkim == "permerror")
            return Trouble::dkim_key;
        return found.by_list && found.dkim == "fail" ? Trouble::forwarding : Trouble::dkim_fail;
    };
    if (found.dmarc == "fail" || found.compauth == "fail") {
        // A list passes with its own name; what broke is the author's signature.
        const bool authors = !found.dkim_domain.empty() && found.dkim_domain == found.from_domain;
        if (found.by_list && found.dkim == "fail" && authors) return Trouble::forwarding;
        if (spf_pass || dkim_pass) return Trouble::alignment;
        if (found.forwarded && found.spf != "none" && !found.spf.empty()) return Trouble::forwarding;
        if (found.spf == "permerror") return Trouble::spf_record;
        if (found.dkim == "fail" || found.dkim == "permerror" || found.dkim == "neutral" || found.dkim == "policy")
            return broken_dkim();
        if (found.spf == "fail" || found.spf == "softfail" || found.spf == "neutral") return Trouble::spf_fail;
        if (found.spf.empty() && found.dkim.empty()) return Trouble::dmarc_policy;
        return Trouble::no_authentication;
    }
    if (found.dmarc == "temperror" || found.spf == "temperror" || found.dkim == "temperror") return Trouble::dns;
    if (found.dmarc == "permerror") return Trouble::format;
    if (dkim_pass || spf_pass) return Trouble::none;
    if (found.dkim == "fail" || found.dkim == "permerror") return broken_dkim();
    if (found.spf == "permerror") return Trouble::spf_record;
    if (found.spf == "fail" || found.spf == "softfail") return Trouble::spf_fail;
    if (found.spf.empty() && found.dkim.empty() && found.dmarc.empty()) return Trouble::other;
    return Trouble::no_authentication;
}

Text summary_of_header(const Explanation& explanation, const Found& found) {
    const bool own_organization = found.compauth == "fail" && (found.reason.starts_with('6') || found.reason == "010");
    if (own_organization)
        return say("The mail claims to come from the recipient's own organization, {domain}, and nothing proves it: "
                   "take it for forged unless you know the server that sent it.",
                   {{"domain", explanation.domain}});
    switch (explanation.trouble) {
    case Trouble::none:
        return say("The mail is authenticated: what it says about its sender {domain} can be believed.",
                   {{"domain", explanation.domain}});
    case Trouble::alignment:
        return say("SPF or DKIM passed, but for another domain than that of the From address, {domain}: the sender is "
                   "not proved.",
                   {{"domain", explanation.domain}});
    case Trouble::spf_fail:
        return say(
            "The mail is not authenticated: the server that sent it is not listed by {domain}, and no signature helps.",
            {{"domain", explanation.domain}});
    case Trouble::dkim_fail:
        return say("The mail is not authenticated: its DKIM signature does not verify, so it was changed on its way or "
                   "forged.");
    case Trouble::dkim_key:
        return say("The mail is not authenticated: there is no usable public key for its DKIM signature.");
    case Trouble::no_authentication:
        return say("The mail is not authenticated: neither SPF nor DKIM says anything for {domain}.",
                   {{"domain", explanation.domain}});
    case Trouble::forwarding:
        return found.by_list ? say("A mailing list changed the mail after {domain} had signed it, so the signature no "
                                   "longer verifies.",
                                   {{"domain", explanation.domain}})
                             : summary_of(explanation);
    default: return summary_of(explanation);
    }
}

} // namespace

HeaderStory read_header_story(const mail::HeaderBlock& header, Explanation& explanation) {
    const Found found = read_results(header, explanation);
    tell_hops(header, explanation);
    const auto from = header.find_all("From");
    explanation.domain = !found.from_domain.empty() ? found.from_domain
                         : from.empty()             ? found.spf_domain
                                        : domain_of_address(first_address(mail::unfold(header[from.front()].value)));
    explanation.ip = found.client;
    if (!explanation.ip) explanation.ip = mail::read_stored_envelope(header).client;
    explanation.selector = found.selector;
    explanation.trouble = conclude(found);
    explanation.confidence = found.dmarc.empty() && found.compauth.empty()
                                 ? (found.spf.empty() && found.dkim.empty() ? Confidence::low : Confidence::medium)
                                 : Confidence::high;
    std::string servers;
    for (const std::string_view name : {"Authentication-Results", "ARC-Authentication-Results", "Received"})
        for (const std::size_t index : header.find_all(name))
            servers += mail::unfold(header[index].value).substr(0, 300) + "\n";
    explanation.receiver = found.is_microsoft ? Receiver::microsoft365
                                              : recognise_receiver(servers.substr(0, servers.find('\n')), servers);
    if (!found.compauth.empty())
        explanation.details.push_back(say("composite authentication: {result}, because {reason}",
                                          {{"result", found.compauth}, {"reason", reason_words(found.reason)}}));
    if (found.action == "oreject" || found.action == "o.reject")
        explanation.details.push_back(say("the domain asks to reject such mail, and the receiver did not"));
    HeaderStory story{.mail_from = found.spf_domain, .signer = found.dkim_domain};
    if (!found.filter.empty()) {
        explanation.details.push_back(say("a filter took it for spam: {verdict}", {{"verdict", found.filter}}));
        if (explanation.trouble == Trouble::none || explanation.trouble == Trouble::other) {
            explanation.summary = explanation.trouble == Trouble::none
                                      ? say("The mail is authenticated, but a filter took it for spam: {verdict}",
                                            {{"verdict", found.filter}})
                                      : say("A filter took the mail for spam: {verdict}", {{"verdict", found.filter}});
            explanation.trouble = Trouble::content;
            return story;
        }
    }
    if (explanation.trouble == Trouble::other &&
        ascii::istarts_with(ascii::trim(unfolded(header, "Auto-Submitted")), "auto-replied")) {
        explanation.detail = Detail::automatic;
        explanation.summary = summary_of(explanation);
        return story;
    }
    if (explanation.trouble == Trouble::other) {
        explanation.summary = say("The header holds no result of any check, so it proves nothing about the sender.");
        explanation.fix = {say("Run {command} on the whole message.", {{"command", "bonafide verify FILE"}})};
        return story;
    }
    explanation.summary = summary_of_header(explanation, found);
    return story;
}

} // namespace bonafide::doctor
