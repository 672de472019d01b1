// check(): from an SMTP session to an Outcome. Which identity, its sender and domain (RFC 7208 2.3, 2.4, 4.3; RFC 8616 4), and the
// explanation of a fail (RFC 7208 6.2); what lies between is evaluate().
#include "base/ascii.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "mail/address.hpp"
#include "spf/cause.hpp"
#include "spf/evaluation.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::spf {
namespace {

bool is_ascii(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7f; });
}

/// RFC 7208 4.3: a domain name of several labels; no address (with or without brackets) and nothing SMTP gives another meaning.
bool is_identity_domain(const std::string& domain) {
    constexpr std::string_view specials = " ()<>[]@,;:\\\"";
    return is_askable(domain) && dns::label_count(domain) >= 2 && domain.find_first_of(specials) == std::string::npos &&
           !ip::Address::parse(domain);
}

Sender make_sender(Identity identity, std::string local_part, std::string domain) {
    if (domain.ends_with('.')) domain.pop_back();
    // RFC 7208 4.3: "postmaster" stands in for a missing local-part.
    if (local_part.empty()) local_part = "postmaster";
    const bool ascii_local_part = is_ascii(local_part);
    std::string normalized = dns::normalize(domain);
    return {identity, std::move(local_part), std::move(domain), std::move(normalized), ascii_local_part};
}

/// RFC 7208 2.3. RFC 8616 4: HELO holds A-labels, so there is nothing to convert.
Sender helo_sender(const Request& request) { return make_sender(Identity::helo, {}, request.helo); }

/// RFC 7208 2.4: a null reverse-path is checked as postmaster@HELO.
Sender sender_of(const Request& request) {
    mail::Path path = mail::parse_path(request.mail_from);
    const bool has_at = request.mail_from.contains('@');
    if (path.empty() && !has_at) return helo_sender(request);
    if (!has_at) path.domain = std::exchange(path.local_part, {}); // a domain alone: postmaster@ it
    // RFC 8616 4: U-labels become A-labels before anything else; what cannot is no domain name.
    if (!is_ascii(path.domain)) path.domain = dns::to_ascii(path.domain).value_or(path.domain);
    return make_sender(Identity::mail_from, std::move(path.local_part), std::move(path.domain));
}

/// RFC 7208 6.2: the text at the exp name, "" where anything is wrong with it. `place` is the record that gave the fail.
dns::Flow<std::string> explain(Session* session, const Place* place) {
    const MacroString& spec = place->selection->record->explanation->value;
    if (is_out_of_reach(*session, spec)) co_return std::string();
    if (needs_reverse_names(*session, &spec)) session->reverse = co_await find_reverse_names(session);
    std::string name = target_name(*session, spec, place->domain);
    if (!is_askable(name)) co_return std::string();
    const dns::Answer answer = co_await dns::ask(std::move(name), dns::Type::txt, "SPF explanation");
    if (!answer->found() || answer->txt.size() != 1) co_return std::string();
    const auto text = parse_macro_string(answer->txt.front(), MacroPlace::explanation);
    if (!text) co_return std::string();
    if (needs_reverse_names(*session, &*text)) session->reverse = co_await find_reverse_names(session);
    std::string explanation =
        expand_text(*text, macro_values(*session, place->domain), session->request.limits.spf_explanation_bytes);
    // RFC 7208 6.2: US-ASCII only. Control characters, which only macros could bring in, are not let through either.
    if (!std::all_of(explanation.begin(), explanation.end(), ascii::is_printable)) co_return std::string();
    co_return explanation;
}

/// The innermost reason there is.
Cause cause_of(const Session& session, const Evaluation& evaluation) {
    const ip::Address& client = session.request.client;
    if (evaluation.cause) return *evaluation.cause;
    if (evaluation.inside) return cause::matched(client, *evaluation.inside);
    if (evaluation.hit.directive != nullptr) return cause::matched(client, evaluation.hit);
    return cause::no_match(client, evaluation.hit.place.domain);
}

Outcome outcome_of(const Session& session, Evaluation evaluation) {
    Outcome outcome;
    outcome.result = evaluation.result;
    outcome.identity = session.sender.identity;
    outcome.domain = session.sender.normalized;
    if (evaluation.first && evaluation.first->found == 1) outcome.record = evaluation.first->text;
    if (evaluation.hit.directive != nullptr) outcome.mechanism = evaluation.first_term;
    outcome.cause = cause_of(session, evaluation);
    // Which term of the sender's own record led to another one.
    if (!evaluation.first_term.empty() && outcome.cause.domain != outcome.domain)
        outcome.cause.text += fmt::format("; \"{}\" of {} leads there", evaluation.first_term, outcome.domain);
    outcome.lookups = session.lookups;
    outcome.void_lookups = session.void_lookups;
    return outcome;
}

dns::Flow<Outcome> run(Request request, Sender sender) {
    Session session{std::move(request), std::move(sender)};
    if (!is_identity_domain(session.sender.normalized))
        co_return outcome_of(session, {.result = Result::none, .cause = cause::bad_domain(session.sender.normalized)});
    Evaluation evaluation = co_await evaluate(&session, session.sender.normalized, Entry::identity);
    // RFC 7208 6.2: only for a fail by a directive, and from the record that directive stands in (not an included one).
    std::string explanation;
    if (evaluation.result == Result::fail && session.request.explain == Explain::yes &&
        evaluation.hit.place.selection->record->explanation)
        explanation = co_await explain(&session, &evaluation.hit.place);
    Outcome outcome = outcome_of(session, std::move(evaluation));
    outcome.explanation = std::move(explanation);
    co_return outcome;
}

} // namespace

dns::Flow<Outcome> check(Request request) {
    Sender sender = sender_of(request);
    return run(std::move(request), std::move(sender));
}

dns::Flow<Outcome> check_helo(Request request) {
    Sender sender = helo_sender(request);
    return run(std::move(request), std::move(sender));
}

Outcome timed_out(const Request& request) {
    const Session session{request, sender_of(request)};
    return outcome_of(session, {.result = Result::temperror, .cause = cause::time_out(session.sender.normalized)});
}

} // namespace bonafide::spf
