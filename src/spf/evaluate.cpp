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

/// RFC 7208 4.3 to 4.6: whether the answer to the TXT question holds one sound record. `place` has the selection of that answer.
std::optional<End> unusable(const dns::AnswerData& answer, const Place& place, const Limits& limits) {
    const auto& [domain, selection] = place;
    // RFC 7208 4.4: any error but NXDOMAIN is temperror; 4.3: NXDOMAIN is none.
    if (answer.temporary())
        return End{Result::temperror, cause::dns_error("", domain, domain, dns::Type::txt, answer.status)};
    if (answer.status == dns::Status::nx_domain) return End{Result::none, cause::no_domain(domain)};
    if (selection->found == 0) return End{Result::none, cause::no_record(domain)};
    if (selection->found > 1) return End{Result::permerror, cause::several_records(domain, selection->found)};
    if (const std::size_t bytes = selection->text.size(); bytes > limits.spf_record_bytes)
        return End{Result::permerror, cause::record_too_long(domain, bytes, limits.spf_record_bytes)};
    // RFC 7208 4.6: an error anywhere spoils the whole record.
    if (!selection->record)
        return End{Result::permerror, cause::syntax(domain, selection->text, selection->record.error())};
    return {};
}

/// How the walk through a record's directives went; no directive: none matched.
struct Walk {
    const Directive* directive = nullptr;
    Match match;
};

/// RFC 7208 4.6.2: to the first directive that matches or cannot be evaluated.
dns::Flow<Walk> walk(Session* session, const Place* place) {
    for (const Directive& directive : place->selection->record->directives) {
        switch (directive.mechanism) {
        case Mechanism::all: co_return Walk{&directive, {.matched = true}}; // RFC 7208 5.1
        case Mechanism::ip4:
        case Mechanism::ip6: // RFC 7208 5.6
            if (directive.network.contains(session->request.client)) co_return Walk{&directive, {.matched = true}};
            continue;
        default: break;
        }
        Match match = co_await match_by_dns(session, &directive, place);
        if (match.matched || match.end) co_return Walk{&directive, std::move(match)};
    }
    co_return Walk{};
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

Evaluation ended(Evaluation evaluation, End end) {
    evaluation.result = end.result;
    evaluation.cause = std::move(end.cause);
    return evaluation;
}

/// There is no usable record. RFC 7208 6.1: where a redirect leads to none at all, that is permerror.
Evaluation without_record(Evaluation evaluation, End end, Entry entry, const Origin& origin) {
    if (entry == Entry::redirect && end.result == Result::none)
        end = {Result::permerror, cause::redirect_no_record(origin.term, origin.domain, end.cause)};
    return ended(std::move(evaluation), std::move(end));
}

/// A directive matched or ended everything, or none did and there is no redirect.
Evaluation decided(Evaluation evaluation, Walk walk, Place place) {
    const Directive* directive = walk.directive;
    if (directive != nullptr && evaluation.first_term.empty())
        evaluation.first_term = directive->span.of(evaluation.first->text);
    evaluation.hit.place = std::move(place);
    if (walk.match.end) return ended(std::move(evaluation), *std::move(walk.match.end));
    evaluation.hit.directive = directive;
    evaluation.inside = std::move(walk.match.inside);
    // RFC 7208 4.6.2: the qualifier of the match; 4.7: neutral when nothing matched.
    evaluation.result = directive != nullptr ? directive->result : Result::neutral;
    return evaluation;
}

} // namespace

dns::Flow<Evaluation> evaluate(Session* session, std::string domain, Entry entry) {
    Evaluation evaluation;
    Place place{std::move(domain), nullptr};
    Origin origin;
    // Each turn but the first follows a redirect, which the limit of look-ups counts.
    for (;;) {
        // RFC 7208 4.3: a malformed or single-label domain has no record.
        if (!is_askable(place.domain) || dns::label_count(place.domain) < 2)
            co_return without_record(std::move(evaluation), {Result::none, cause::bad_domain(place.domain)}, entry,
                                     origin);
        // RFC 7208 3.1: TXT only; the old type SPF is never asked for.
        const dns::Answer answer = co_await dns::ask(place.domain, dns::Type::txt, why(entry));
        if (entry != Entry::identity && answer->empty()) ++session->void_lookups;
        place.selection = select_record(*answer);
        if (!evaluation.first) evaluation.first = place.selection;
        if (auto end = unusable(*answer, place, session->request.limits))
            co_return without_record(std::move(evaluation), *std::move(end), entry, origin);

        Walk steps = co_await walk(session, &place);
        const Modifier* redirect = steps.directive ? nullptr : applicable_redirect(*session, *place.selection->record);
        if (redirect == nullptr) co_return decided(std::move(evaluation), std::move(steps), std::move(place));

        const std::string_view term = redirect->span.of(place.selection->text);
        if (evaluation.first_term.empty()) evaluation.first_term = term;
        if (auto end = count_lookup(*session, &redirect->value, term, place.domain))
            co_return ended(std::move(evaluation), *std::move(end));
        if (needs_reverse_names(*session, &redirect->value)) session->reverse = co_await find_reverse_names(session);
        std::string target = target_name(*session, redirect->value, place.domain);
        origin = {std::string(term), std::exchange(place.domain, std::move(target))};
        entry = Entry::redirect;
    }
}

} // namespace bonafide::spf
