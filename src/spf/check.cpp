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

Session with_sender(Session session, std::string local_part, std::string domain) {
    if (domain.ends_with('.')) domain.pop_back();
    // RFC 7208 4.3: "postmaster" stands in for a missing local-part.
    session.local_part = local_part.empty() ? "postmaster" : std::move(local_part);
    session.ascii_local_part = is_ascii(session.local_part);
    session.domain = dns::normalize(domain);
    session.sender_domain = std::move(domain);
    return session;
}

/// RFC 7208 2.3. RFC 8616 4: HELO holds A-labels, so there is nothing to convert.
Session helo_session(Request request) {
    std::string domain = request.helo;
    Session session;
    session.identity = Identity::helo;
    session.request = std::move(request);
    return with_sender(std::move(session), {}, std::move(domain));
}

/// RFC 7208 2.4: a null reverse-path is checked as postmaster@HELO.
Session session_for(Request request) {
    mail::Path path = mail::parse_path(request.mail_from);
    if (path.empty()) return helo_session(std::move(request));
    if (path.domain.empty()) path.domain = std::exchange(path.local_part, {});
    // RFC 8616 4: U-labels become A-labels before anything else; what cannot is no domain name.
    if (!is_ascii(path.domain)) path.domain = dns::to_ascii(path.domain).value_or(path.domain);
    Session session;
    session.request = std::move(request);
    return with_sender(std::move(session), std::move(path.local_part), std::move(path.domain));
}

/// RFC 7208 6.2: the text at the exp name, "" where anything is wrong with it. `selection` holds the record that gave the fail.
dns::Flow<std::string> explain(Session* session, std::shared_ptr<const Selection> selection, std::string domain) {
    const MacroString& spec = selection->record->explanation->value;
    if (is_out_of_reach(*session, spec)) co_return std::string();
    if (needs_reverse_names(*session, &spec)) session->reverse = co_await find_reverse_names(session);
    std::string name = target_name(*session, spec, domain);
    if (!is_askable(name)) co_return std::string();
    const dns::Answer answer = co_await dns::ask(std::move(name), dns::Type::txt, "SPF explanation");
    if (!answer->found() || answer->txt.size() != 1) co_return std::string();
    const auto text = parse_macro_string(answer->txt.front(), MacroPlace::explanation);
    if (!text) co_return std::string();
    if (needs_reverse_names(*session, &*text)) session->reverse = co_await find_reverse_names(session);
    std::string explanation =
        expand_text(*text, macro_values(*session, domain), session->request.limits.spf_explanation_bytes);
    // RFC 7208 6.2: US-ASCII only. Control characters, which only macros could bring in, are not let through either.
    if (!std::all_of(explanation.begin(), explanation.end(), ascii::is_printable)) co_return std::string();
    co_return explanation;
}

Outcome outcome_of(const Session& session, Evaluation evaluation) {
    Outcome outcome;
    outcome.result = evaluation.result;
    outcome.identity = session.identity;
    outcome.domain = session.domain;
    if (evaluation.first && evaluation.first->found == 1) outcome.record = evaluation.first->text;
    outcome.cause = std::move(evaluation.cause);
    if (outcome.cause.domain != session.domain && !evaluation.term.empty() && outcome.cause.term != evaluation.term)
        outcome.cause.text += fmt::format("; \"{}\" of {} leads there", evaluation.term, session.domain);
    if (evaluation.matched) outcome.mechanism = std::move(evaluation.term);
    outcome.lookups = session.lookups;
    outcome.void_lookups = session.void_lookups;
    return outcome;
}

dns::Flow<Outcome> run(Session session) {
    Evaluation evaluation;
    if (is_identity_domain(session.domain)) {
        evaluation = co_await evaluate(&session, session.domain, Entry::identity);
    } else {
        evaluation.cause = cause::bad_domain(session.domain);
    }
    // RFC 7208 6.2: only for a fail by a directive, and from the record that directive stands in (not an included one).
    std::string explanation;
    if (evaluation.result == Result::fail && evaluation.last->record->explanation)
        explanation = co_await explain(&session, evaluation.last, evaluation.last_domain);
    Outcome outcome = outcome_of(session, std::move(evaluation));
    outcome.explanation = std::move(explanation);
    co_return outcome;
}

} // namespace

dns::Flow<Outcome> check(Request request) { return run(session_for(std::move(request))); }

dns::Flow<Outcome> check_helo(Request request) { return run(helo_session(std::move(request))); }

Outcome timed_out(const Request& request) {
    const Session session = session_for(request);
    Evaluation evaluation;
    evaluation.result = Result::temperror;
    evaluation.cause = cause::time_out(session.domain);
    return outcome_of(session, std::move(evaluation));
}

} // namespace bonafide::spf
