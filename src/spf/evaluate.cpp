// check_host() over records: fetching and choosing one, its directives from left to right, redirect (RFC 7208 4.3 to 4.7, 6.1).
#include "dns/name.hpp"
#include "spf/cause.hpp"
#include "spf/evaluation.hpp"

#include <utility>

namespace bonafide::spf {
namespace {

/// What the transcript says; literals, as Question::why demands.
std::string_view why(Entry entry) {
    switch (entry) {
    case Entry::identity: return "SPF record";
    case Entry::include: return "SPF include";
    case Entry::redirect: return "SPF redirect";
    }
    return "SPF record";
}

/// A result that ends an evaluation before any directive is looked at.
struct End {
    Result result;
    Cause cause;
};

/// RFC 7208 4.3 to 4.6: whether the answer to the TXT question holds one sound record. `selection` is that of the answer.
std::optional<End> unusable(const dns::AnswerData& answer, const Selection& selection, const std::string& domain,
                            const Limits& limits) {
    // RFC 7208 4.4: any error but NXDOMAIN is temperror; 4.3: NXDOMAIN is none.
    if (answer.temporary())
        return End{Result::temperror, cause::dns_error("", "", domain, dns::Type::txt, answer.status)};
    if (answer.status == dns::Status::nx_domain) return End{Result::none, cause::no_domain(domain)};
    if (selection.found == 0) return End{Result::none, cause::no_record(domain)};
    if (selection.found > 1) return End{Result::permerror, cause::several_records(domain, selection.found)};
    if (const std::size_t bytes = selection.text.size(); bytes > limits.spf_record_bytes)
        return End{Result::permerror, cause::record_too_long(domain, bytes, limits.spf_record_bytes)};
    // RFC 7208 4.6: an error anywhere spoils the whole record.
    if (!selection.record)
        return End{Result::permerror, cause::syntax(domain, selection.text, selection.record.error())};
    return {};
}

/// The directive that ended the walk through a record, and how; null: none did.
struct Hit {
    const Directive* directive = nullptr;
    Match match;
};

/// RFC 7208 4.6.2: the first directive that matches or fails to be evaluated. `selection` is held by the caller.
dns::Flow<Hit> first_hit(Session* session, const Selection* selection, std::string domain) {
    for (const Directive& directive : selection->record->directives) {
        switch (directive.mechanism) {
        case Mechanism::all: co_return Hit{&directive, {Match::Kind::yes, Result::none, {}}};
        case Mechanism::ip4:
        case Mechanism::ip6: // RFC 7208 5.6
            if (directive.network.contains(session->request.client))
                co_return Hit{&directive, {Match::Kind::yes, Result::none, {}}};
            continue;
        default: break;
        }
        std::string term(directive.span.of(selection->text));
        Match match = co_await match_by_dns(session, &directive, std::move(term), domain);
        if (match.kind != Match::Kind::no) co_return Hit{&directive, std::move(match)};
    }
    co_return Hit{};
}

/// The redirect that applies once nothing matched: none when there is an "all" anywhere (RFC 7208 6.1), or when it cannot apply
/// to this sender (RFC 8616 4).
const Modifier* applicable_redirect(const Session& session, const Record& record) {
    if (!record.redirect || record.has_all || is_out_of_reach(session, record.redirect->value)) return nullptr;
    return &*record.redirect;
}

/// The redirect that led to the record at hand.
struct Origin {
    std::string term;
    std::string domain;
};

Evaluation finished(Evaluation evaluation, Result result, Cause cause) {
    evaluation.result = result;
    evaluation.cause = std::move(cause);
    return evaluation;
}

/// There is no usable record. RFC 7208 6.1: where a redirect leads to none at all, that is permerror.
Evaluation without_record(Evaluation evaluation, End end, Entry entry, const Origin& origin) {
    if (entry == Entry::redirect && end.result == Result::none)
        return finished(std::move(evaluation), Result::permerror,
                        cause::redirect_no_record(origin.term, origin.domain, end.cause));
    return finished(std::move(evaluation), end.result, std::move(end.cause));
}

/// A directive matched or stopped everything, or none did and there is no redirect.
Evaluation decided(Evaluation evaluation, const Session& session, Hit hit, std::string domain) {
    // RFC 7208 4.7: neutral when nothing matched.
    if (hit.directive == nullptr)
        return finished(std::move(evaluation), Result::neutral, cause::no_match(session.request.client, domain));
    const Directive& directive = *hit.directive;
    const std::string_view term = directive.span.of(evaluation.last->text);
    if (evaluation.term.empty()) evaluation.term = term;
    evaluation.matched = hit.match.kind == Match::Kind::yes;
    const Result result = evaluation.matched ? directive.result : hit.match.result;
    Cause cause =
        hit.match.cause ? *std::move(hit.match.cause) : cause::matched(session.request.client, directive, term, domain);
    evaluation.last_domain = std::move(domain);
    return finished(std::move(evaluation), result, std::move(cause));
}

} // namespace

dns::Flow<Evaluation> evaluate(Session* session, std::string domain, Entry entry) {
    Evaluation evaluation;
    Origin origin;
    // Each turn but the first follows a redirect, which the limit of look-ups counts.
    for (;;) {
        // RFC 7208 4.3: a malformed or single-label domain has no record.
        if (!is_askable(domain) || dns::label_count(domain) < 2)
            co_return without_record(std::move(evaluation), {Result::none, cause::bad_domain(domain)}, entry, origin);
        const dns::Answer answer = co_await dns::ask(domain, dns::Type::txt, why(entry));
        if (entry != Entry::identity && answer->empty()) ++session->void_lookups;
        evaluation.last = select_record(*answer);
        if (!evaluation.first) evaluation.first = evaluation.last;
        if (auto end = unusable(*answer, *evaluation.last, domain, session->request.limits))
            co_return without_record(std::move(evaluation), *std::move(end), entry, origin);

        Hit hit = co_await first_hit(session, evaluation.last.get(), domain);
        const Modifier* redirect = hit.directive ? nullptr : applicable_redirect(*session, *evaluation.last->record);
        if (redirect == nullptr) co_return decided(std::move(evaluation), *session, std::move(hit), std::move(domain));

        const std::string_view term = redirect->span.of(evaluation.last->text);
        if (evaluation.term.empty()) evaluation.term = term;
        if (auto too_many = count_lookup(*session, &redirect->value, term, domain))
            co_return finished(std::move(evaluation), Result::permerror, *std::move(too_many));
        if (needs_reverse_names(*session, &redirect->value)) session->reverse = co_await find_reverse_names(session);
        std::string target = target_name(*session, redirect->value, domain);
        origin = {std::string(term), std::exchange(domain, std::move(target))};
        entry = Entry::redirect;
    }
}

} // namespace bonafide::spf
