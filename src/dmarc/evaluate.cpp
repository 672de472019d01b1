// The DMARC verdict (RFC 9989 5.3.3 to 5.3.6): which identifiers are aligned, pass or fail, and what the owner wishes for this message.
// A failed look-up makes the result temperror only where its answer could have made the message pass, so a hostile identifier cannot
// turn a fail into a temperror.
#include "base/escape.hpp"
#include "dmarc/walk.hpp"
#include "dns/name.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::dmarc {
namespace {

/// What both mechanisms gave.
struct Tally {
    bool spf_aligned = false;
    std::string dkim_domain; ///< the aligned signature's; empty when there is none
    std::string undecided;   ///< an identifier that might have been aligned and passed, had DNS answered
};

/// How one identifier is compared with the author domain.
struct Comparison {
    std::string author;
    std::string domain;
    Alignment mode = Alignment::relaxed;
};

dns::Flow<Aligned> align(Visits* visits, const Input* input, Comparison comparison) {
    if (comparison.author == comparison.domain) co_return Aligned::yes;
    if (comparison.mode == Alignment::strict || comparison.domain.empty()) co_return Aligned::no;
    if (input->discovery == Discovery::treewalk)
        co_return co_await same_organization(visits, std::move(comparison.author), std::move(comparison.domain));
    if (!input->suffixes) co_return Aligned::no;
    const bool same =
        input->suffixes->organizational(comparison.author) == input->suffixes->organizational(comparison.domain);
    co_return same ? Aligned::yes : Aligned::no;
}

/// The identifier that decides for one mechanism: a passing one that is aligned, else one of which that cannot be known.
struct Finding {
    std::string aligned;
    std::string undecided;
};

using Identifiers = std::span<const Identifier>;

/// An identifier with the author's own name is aligned in either mode, without a question.
bool has_authors_name(const Identifier& id, const std::string& author) { return id.pass && id.domain == author; }

/// `visits`, `input` and what `identifiers` views belong to the calling flow.
dns::Flow<Finding> examine(Visits* visits, const Input* input, Identifiers identifiers, Alignment mode) {
    Finding finding;
    for (const Identifier& id : identifiers) {
        if (!id.pass && !id.temporary_error) continue;
        const Aligned aligned = co_await align(visits, input, Comparison{input->author_domain, id.domain, mode});
        if (aligned == Aligned::no) continue;
        if (id.pass && aligned == Aligned::yes) {
            finding.aligned = id.domain;
            co_return finding;
        }
        if (finding.undecided.empty()) finding.undecided = id.domain;
    }
    co_return finding;
}

dns::Flow<Tally> tally(Visits* visits, const Input* input, Alignment aspf, Alignment adkim) {
    const Identifiers dkim(input->dkim);
    const Identifiers spf = input->spf ? Identifiers(&*input->spf, 1) : Identifiers();
    const auto own = [&](const Identifier& id) { return has_authors_name(id, input->author_domain); };
    Finding by_dkim;
    if (std::any_of(dkim.begin(), dkim.end(), own)) {
        by_dkim.aligned = input->author_domain;
    } else if (!dkim.empty()) {
        by_dkim = co_await examine(visits, input, dkim, adkim);
    }
    Finding by_spf;
    if (std::any_of(spf.begin(), spf.end(), own)) {
        by_spf.aligned = input->author_domain;
    } else if (!spf.empty()) {
        by_spf = co_await examine(visits, input, spf, aspf);
    }
    Tally result;
    result.spf_aligned = !by_spf.aligned.empty();
    result.dkim_domain = std::move(by_dkim.aligned);
    result.undecided = by_dkim.undecided.empty() ? std::move(by_spf.undecided) : std::move(by_dkim.undecided);
    co_return result;
}

/// RFC 9989 4.7 p, sp and np: nothing when np would decide but the author domain's existence is unknown.
std::optional<Policy> applicable_policy(const Discovered& discovered) {
    const Record& record = *discovered.record;
    if (discovered.policy_domain == discovered.author_domain) return record.p;
    const Policy existing = record.sp.value_or(record.p);
    if (!record.np || *record.np == existing) return existing;
    if (!discovered.author_exists) return {};
    return *discovered.author_exists ? existing : *record.np;
}

/// RFC 9989 4.7 t=y: one level below the published policy.
Policy after_testing(Policy policy, const Record& record) {
    if (!record.testing) return policy;
    return policy == Policy::reject ? Policy::quarantine : Policy::none;
}

Evaluation begin(const Discovered& discovered) {
    Evaluation evaluation;
    evaluation.author_domain = discovered.author_domain;
    evaluation.policy_domain = discovered.policy_domain;
    evaluation.org_domain = discovered.org_domain;
    evaluation.discovery = discovered.discovery;
    evaluation.author_exists = discovered.author_exists;
    evaluation.record = discovered.record;
    evaluation.notes = discovered.notes;
    return evaluation;
}

/// The result when there is no policy to evaluate against. RFC 9989 4.10.1, 5.3.2: without a record DMARC does not
/// apply, so there is no disposition.
Evaluation conclude_without_policy(Evaluation evaluation, const Discovered& discovered) {
    const std::string author = escape::line(discovered.author_domain);
    if (discovered.temporary_error) {
        evaluation.result = Result::temperror;
        evaluation.code = Code::dns_error;
        evaluation.reason =
            fmt::format("the DMARC record at {} could not be looked up", escape::line(discovered.error_name));
    } else if (discovered.unusable) {
        evaluation.result = Result::none;
        evaluation.code = Code::unusable_record;
        evaluation.reason = fmt::format("the DMARC record at _dmarc.{} cannot be used: {}",
                                        escape::line(discovered.policy_domain), discovered.unusable_reason);
    } else {
        evaluation.result = Result::none;
        evaluation.code = Code::no_record;
        evaluation.reason = fmt::format("{} publishes no DMARC record", author);
    }
    return evaluation;
}

Evaluation conclude_pass(Evaluation evaluation, const Tally& tally, const Input& input) {
    evaluation.result = Result::pass;
    evaluation.code = Code::aligned;
    evaluation.disposition = Policy::none;
    evaluation.aligned_domain = evaluation.dkim_aligned ? tally.dkim_domain : input.spf->domain;
    const std::string author = escape::line(evaluation.author_domain);
    const std::string aligned = escape::line(evaluation.aligned_domain);
    if (evaluation.dkim_aligned && evaluation.spf_aligned) {
        evaluation.reason = fmt::format("DKIM passed for {} and SPF for {}, both aligned with {}", aligned,
                                        escape::line(input.spf->domain), author);
    } else {
        evaluation.reason =
            fmt::format("{} passed for {}, aligned with {}", evaluation.dkim_aligned ? "DKIM" : "SPF", aligned, author);
    }
    return evaluation;
}

std::string list_of_passes(const Input& input) {
    std::string text;
    if (input.spf && input.spf->pass) text = "SPF passed for " + escape::line(input.spf->domain);
    for (const Identifier& id : input.dkim) {
        if (!id.pass) continue;
        if (text.size() > 200) return text + ", ..."; // a sentence, not a list of twenty signatures
        text += (text.empty() ? "DKIM passed for " : ", DKIM for ") + escape::line(id.domain);
    }
    return text;
}

Evaluation conclude_fail(Evaluation evaluation, const Tally& tally, const Input& input) {
    const std::string author = escape::line(evaluation.author_domain);
    if (!tally.undecided.empty()) { // 5.3.6: neither pass nor fail
        evaluation.result = Result::temperror;
        evaluation.code = Code::identifier_error;
        evaluation.reason = fmt::format("whether {} vouches for {} could not be found out: a DNS look-up failed",
                                        escape::line(tally.undecided), author);
        return evaluation;
    }
    if (!evaluation.policy) {
        evaluation.result = Result::temperror;
        evaluation.code = Code::dns_error;
        evaluation.reason =
            fmt::format("whether {} exists could not be looked up, and the policy depends on it", author);
        return evaluation;
    }
    evaluation.result = Result::fail;
    evaluation.code = Code::not_aligned;
    evaluation.disposition = after_testing(*evaluation.policy, *evaluation.record);
    const std::string passes = list_of_passes(input);
    evaluation.reason = passes.empty() ? fmt::format("neither SPF nor DKIM passed for {}", author)
                                       : fmt::format("{}, but none of these is aligned with {}", passes, author);
    return evaluation;
}

} // namespace

dns::Flow<Evaluation> evaluate(Discovered discovered, Input input) {
    Evaluation evaluation = begin(discovered);
    if (discovered.temporary_error || discovered.unusable || !discovered.record) {
        co_return conclude_without_policy(std::move(evaluation), discovered);
    }
    Visits visits{input.limits, std::move(discovered.visited)};
    const Tally found = co_await tally(&visits, &input, discovered.record->aspf, discovered.record->adkim);
    evaluation.policy = applicable_policy(discovered);
    evaluation.spf_aligned = found.spf_aligned;
    evaluation.dkim_aligned = !found.dkim_domain.empty();
    if (evaluation.spf_aligned || evaluation.dkim_aligned) {
        evaluation = conclude_pass(std::move(evaluation), found, input);
    } else {
        evaluation = conclude_fail(std::move(evaluation), found, input);
    }
    if (evaluation.org_domain.empty()) {
        // The author's own record, three labels or more. 4.10.2: with an identifier of the same name, that name is the organization.
        // Otherwise the walk is finished for whoever reads the verdict; its failure changes nothing.
        if (evaluation.aligned_domain == evaluation.author_domain) {
            evaluation.org_domain = evaluation.author_domain;
        } else {
            const Walk rest = co_await walk(&visits, evaluation.author_domain);
            if (rest.failed.empty()) evaluation.org_domain = select_organization(rest).domain;
        }
    }
    co_return evaluation;
}

dns::Flow<Evaluation> check(Input input) {
    Discovered discovered = co_await discover(input.author_domain, input.discovery, input.suffixes, input.limits);
    co_return co_await evaluate(std::move(discovered), std::move(input));
}

Evaluation without_author(std::string why, Discovery discovery) {
    Evaluation evaluation;
    evaluation.result = Result::permerror;
    evaluation.code = Code::no_author;
    evaluation.reason = std::move(why);
    evaluation.discovery = discovery;
    return evaluation;
}

} // namespace bonafide::dmarc
