// The mechanisms that ask DNS (RFC 7208 5.2 to 5.5, 5.7), and the limits they count against (4.6.4).
//
// What counts, where RFC 7208 4.6.4 leaves room:
//  - A look-up is a term: include, a, mx, ptr, exists, redirect. Addresses of MX hosts and of PTR names are not counted.
//  - %{p} counts once per check, when it makes the reverse look-up; in explanations it does not count.
//  - A term is void once, when the answer to its own question (A or AAAA of a, MX, PTR, A of exists, TXT of include and redirect)
//    is NXDOMAIN or without records of the type. Void addresses of MX hosts and of PTR names are not counted, nor is exp.
//  - A target-name that cannot be asked is no match and no void look-up (4.8 leaves this open); for include and redirect it is
//    a domain without a record, thus permerror.
#include "dns/name.hpp"
#include "spf/cause.hpp"
#include "spf/evaluation.hpp"

namespace bonafide::spf {
namespace {

Match yes() { return {.matched = true}; }
Match match_if(bool matched) { return {.matched = matched}; }
Match ending(Result result, Cause cause) { return {.matched = false, .end = End{result, std::move(cause)}}; }

/// The term under evaluation, as all flows of this file need it.
struct Term {
    const Directive* directive;
    const Place* place;
    std::string target; ///< target-name

    [[nodiscard]] std::string_view text() const { return directive->span.of(place->selection->text); }
    [[nodiscard]] std::string_view domain() const { return place->domain; }
};

Match temporary_error(const Term& term, const std::string& name, dns::Type type, dns::Status status) {
    return ending(Result::temperror, cause::dns_error(term.text(), term.domain(), name, type, status));
}

/// RFC 7208 4.6.4: more than two void look-ups are permerror.
Match count_void(Session& session, const Term& term) {
    const std::uint32_t most = session.request.limits.spf_void_lookups;
    if (++session.void_lookups <= most) return {};
    return ending(Result::permerror, cause::too_many_void_lookups(term.text(), term.domain(), most));
}

/// RFC 7208 5: A for an IPv4 client, AAAA for an IPv6 one.
dns::Type address_type(const Session& session) {
    return session.request.client.is_v4() ? dns::Type::a : dns::Type::aaaa;
}

/// RFC 7208 5: equal in the high-order bits that the directive asks for.
bool has_client(const Session& session, const dns::AnswerData& answer, const Directive& directive) {
    const ip::Address& client = session.request.client;
    const unsigned length = client.is_v4() ? directive.prefix_v4 : directive.prefix_v6;
    for (const ip::Address& address : answer.addresses)
        if (ip::Prefix{address, length}.contains(client)) return true;
    return false;
}

/// RFC 7208 5.2.
dns::Flow<Match> match_include(Session* session, Term term) {
    Evaluation inner = co_await evaluate(session, std::move(term.target), Entry::include);
    switch (inner.result) {
    case Result::pass:
        co_return Match{.matched = true, .inside = inner.inside ? std::move(inner.inside) : std::move(inner.hit)};
    case Result::fail:
    case Result::softfail:
    case Result::neutral: co_return Match{};
    case Result::temperror:
    case Result::permerror: co_return ending(inner.result, *std::move(inner.cause));
    case Result::none: break;
    }
    co_return ending(Result::permerror, cause::include_no_record(term.text(), term.domain(), *inner.cause));
}

/// RFC 7208 5.3.
dns::Flow<Match> match_a(Session* session, Term term) {
    const dns::Type type = address_type(*session);
    const dns::Answer answer = co_await dns::ask(term.target, type, "SPF a");
    if (answer->temporary()) co_return temporary_error(term, term.target, type, answer->status);
    if (answer->empty()) co_return count_void(*session, term);
    co_return match_if(has_client(*session, *answer, *term.directive));
}

/// RFC 7208 5.4. No implicit MX: a domain without MX records matches nothing.
dns::Flow<Match> match_mx(Session* session, Term term) {
    const dns::Answer exchangers = co_await dns::ask(term.target, dns::Type::mx, "SPF mx");
    if (exchangers->temporary()) co_return temporary_error(term, term.target, dns::Type::mx, exchangers->status);
    if (exchangers->empty()) co_return count_void(*session, term);
    // RFC 7208 4.6.4: too many are permerror even when one of the first would match.
    const std::uint32_t most = session->request.limits.spf_mx_names;
    if (const std::size_t found = exchangers->mx.size(); found > most)
        co_return ending(Result::permerror, cause::too_many_mx(term.text(), term.domain(), found, most));
    const dns::Type type = address_type(*session);
    for (const dns::Mx& mx : exchangers->mx) {
        if (!is_askable(mx.host)) continue; // the null MX of RFC 7505 among others
        const dns::Answer answer = co_await dns::ask(mx.host, type, "SPF mx host");
        if (answer->temporary()) co_return temporary_error(term, mx.host, type, answer->status);
        if (has_client(*session, *answer, *term.directive)) co_return yes();
    }
    co_return Match{};
}

/// RFC 7208 5.5: a validated name of the client equals the target-name or lies below it. (The list near the end of 5.5 says it the
/// other way round; its text and its example do not.)
dns::Flow<Match> match_ptr(Session* session, Term term) {
    if (!session->reverse) session->reverse = co_await find_reverse_names(session);
    if (session->reverse->is_void) co_return count_void(*session, term);
    for (const std::string& name : session->reverse->validated)
        if (dns::is_equal_or_below(name, term.target)) co_return yes();
    co_return Match{};
}

/// RFC 7208 5.7: always A, also for an IPv6 client.
dns::Flow<Match> match_exists(Session* session, Term term) {
    const dns::Answer answer = co_await dns::ask(term.target, dns::Type::a, "SPF exists");
    if (answer->temporary()) co_return temporary_error(term, term.target, dns::Type::a, answer->status);
    if (answer->empty()) co_return count_void(*session, term);
    co_return yes();
}

/// RFC 7208 7.3 %{p}: the domain itself, else a name below it, else any.
std::string_view validated_name(const Session& session, std::string_view domain) {
    if (!session.reverse || session.reverse->validated.empty()) return {};
    std::string_view best = session.reverse->validated.front();
    bool below = false;
    for (const std::string& name : session.reverse->validated) {
        if (name == domain) return name;
        if (!below && dns::is_equal_or_below(name, domain)) {
            best = name;
            below = true;
        }
    }
    return best;
}

/// A flow that asks nothing.
dns::Flow<Match> immediately(Match match) { co_return match; }

/// Expands the target-name and evaluates the mechanism on it. Not a coroutine itself: one frame a term is enough.
dns::Flow<Match> match_target(Session* session, const Directive* directive, const Place* place) {
    Term term{directive, place,
              directive->target ? target_name(*session, *directive->target, place->domain) : place->domain};
    if (directive->mechanism == Mechanism::include) return match_include(session, std::move(term));
    // RFC 7208 4.8: a malformed target-name is treated as one that does not exist; evaluate() judges that of an include.
    if (!is_askable(term.target)) return immediately({});
    switch (directive->mechanism) {
    case Mechanism::a: return match_a(session, std::move(term));
    case Mechanism::mx: return match_mx(session, std::move(term));
    case Mechanism::ptr: return match_ptr(session, std::move(term));
    case Mechanism::exists: return match_exists(session, std::move(term));
    default: return immediately({});
    }
}

/// For targets with %{p}.
dns::Flow<Match> match_after_reverse_names(Session* session, const Directive* directive, const Place* place) {
    session->reverse = co_await find_reverse_names(session);
    co_return co_await match_target(session, directive, place);
}

} // namespace

dns::Flow<Match> match_by_dns(Session* session, const Directive* directive, const Place* place) {
    const MacroString* spec = directive->target ? &*directive->target : nullptr;
    if (spec != nullptr && is_out_of_reach(*session, *spec)) return immediately({});
    if (auto end = count_lookup(*session, spec, directive->span.of(place->selection->text), place->domain))
        return immediately({.matched = false, .end = std::move(end)});
    if (needs_reverse_names(*session, spec)) return match_after_reverse_names(session, directive, place);
    return match_target(session, directive, place);
}

dns::Flow<ReverseNames> find_reverse_names(const Session* session) {
    ReverseNames names;
    const dns::Answer reverse = co_await dns::ask(session->request.client.reverse_name(), dns::Type::ptr, "SPF ptr");
    names.is_void = reverse->empty();
    // RFC 7208 5.5: an error here means no match, an error at a name's addresses that this name is skipped.
    // RFC 7208 4.6.4: names beyond the first 10 are ignored.
    const dns::Type type = address_type(*session);
    std::uint32_t left = session->request.limits.spf_ptr_names;
    for (const std::string& name : reverse->names) {
        if (left-- == 0) break;
        if (!is_askable(name)) continue;
        const dns::Answer answer = co_await dns::ask(name, type, "SPF ptr name");
        if (has_client(*session, *answer, Directive{})) names.validated.push_back(name);
    }
    co_return names;
}

MacroValues macro_values(const Session& session, const std::string& domain) {
    const Request& request = session.request;
    return {session.sender.local_part,       session.sender.domain, domain,         request.helo,
            validated_name(session, domain), request.receiver,      request.client, request.now};
}

bool is_out_of_reach(const Session& session, const MacroString& target) {
    return !session.sender.ascii_local_part && (target.uses('s') || target.uses('l'));
}

std::string target_name(const Session& session, const MacroString& target, const std::string& domain) {
    return target.letters == 0 ? target.fixed_name : expand_name(target, macro_values(session, domain));
}

bool needs_reverse_names(const Session& session, const MacroString* target) {
    return target != nullptr && target->uses('p') && !session.reverse;
}

std::optional<End> count_lookup(Session& session, const MacroString* target, std::string_view term,
                                std::string_view domain) {
    const std::uint32_t most = session.request.limits.spf_lookups;
    session.lookups += needs_reverse_names(session, target) ? 2 : 1;
    if (session.lookups <= most) return {};
    return End{Result::permerror, cause::too_many_lookups(term, domain, most)};
}

} // namespace bonafide::spf
