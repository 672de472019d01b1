// DMARC Policy Discovery (RFC 9989 4.10.1, or RFC 7489 6.6.3 with a public suffix list) and the Organizational Domain of a name.
#include "base/escape.hpp"
#include "dmarc/walk.hpp"
#include "dns/name.hpp"

#include <fmt/format.h>
#include <utility>

namespace bonafide::dmarc {
namespace {

std::string several_note(std::string_view domain) {
    return fmt::format("several DMARC records at _dmarc.{}: all of them are discarded (RFC 9989 4.10)",
                       escape::line(domain));
}

/// The record at `policy_domain` is the policy.
Discovered adopt(Discovered discovered, const Published& at) {
    discovered.record = at.record;
    discovered.unusable = !at.unusable.empty();
    discovered.unusable_reason = at.unusable;
    return discovered;
}

/// The author's own record is the policy (4.10.1); what it alone says about the Organizational Domain.
Discovered adopt_own(Discovered discovered, const Published& at) {
    discovered.policy_domain = discovered.author_domain;
    discovered = adopt(std::move(discovered), at);
    // 4.10.2: a psd tag ends the walk here. Above two labels is only the top-level domain, which is no organization.
    const bool is_organization = at.record->psd != Psd::unknown || dns::label_count(discovered.author_domain) <= 2;
    if (is_organization) discovered.org_domain = discovered.author_domain;
    return discovered;
}

/// What a walk from an author without own record found: the organization's record, else that of the PSD (4.10.1).
Discovered adopt_found(Discovered discovered, const Walk& walk) {
    for (const std::string& name : walk.several) discovered.notes.push_back(several_note(name));
    if (!walk.failed.empty()) {
        discovered.temporary_error = true;
        discovered.error_name = "_dmarc." + walk.failed;
        return discovered;
    }
    const Organization organization = select_organization(walk);
    discovered.org_domain = organization.domain;
    if (organization.single_label_refused)
        discovered.notes.push_back(
            fmt::format("the record at _dmarc.{} has no psd=y: a top-level domain is not taken for an organization",
                        escape::line(walk.found.back().domain)));
    if (organization.record == nullptr) return discovered;
    discovered.policy_domain = organization.record->domain;
    discovered = adopt(std::move(discovered), *organization.record->at);
    for (const Walk::Found& found : walk.found)
        if (dns::label_count(found.domain) > dns::label_count(discovered.policy_domain))
            discovered.notes.push_back(
                fmt::format("the record at _dmarc.{} is between the author domain and its organization and is not used",
                            escape::line(found.domain)));
    return discovered;
}

/// RFC 7489 6.6.3 steps 3 to 5: no record at the author domain, so the Organizational Domain's.
dns::Flow<Discovered> discover_by_list(Discovered discovered, Visits* visits) {
    if (discovered.org_domain == discovered.author_domain) co_return discovered;
    const dns::Answer answer = co_await visit(visits, discovered.org_domain, "DMARC record of the organization");
    if (answer->temporary()) {
        discovered.temporary_error = true;
        discovered.error_name = "_dmarc." + discovered.org_domain;
        co_return discovered;
    }
    const auto here = published(*answer, visits->limits);
    if (here->records > 1) discovered.notes.push_back(several_note(discovered.org_domain));
    if (here->record) {
        discovered.policy_domain = discovered.org_domain;
        discovered = adopt(std::move(discovered), *here);
    }
    co_return discovered;
}

/// RFC 9989 3.2.13: only NXDOMAIN says that a name does not exist, whatever type is asked for; by RFC 8020 anything below it says that
/// it does. A server that fails on one type may answer another, so no single failure decides.
dns::Flow<Discovered> with_existence(Discovered discovered, dns::Answer at_dmarc_name) {
    if (at_dmarc_name->status != dns::Status::nx_domain || at_dmarc_name->aliased) {
        discovered.author_exists = true;
        co_return discovered;
    }
    for (const dns::Type type : {dns::Type::a, dns::Type::aaaa, dns::Type::mx}) {
        const dns::Answer answer = co_await dns::ask(discovered.author_domain, type, "DMARC existence for np");
        if (answer->temporary()) continue;
        discovered.author_exists = answer->status != dns::Status::nx_domain || answer->aliased;
        break;
    }
    co_return discovered;
}

bool np_decides(const Discovered& discovered) {
    if (!discovered.record || discovered.unusable || discovered.policy_domain == discovered.author_domain) return false;
    const Record& record = *discovered.record;
    return record.np && *record.np != record.sp.value_or(record.p);
}

/// The author domain has no record of its own; `at_author` is the answer that said so.
dns::Flow<Discovered> discover_above(Discovered discovered, Visits* visits, dns::Answer at_author) {
    if (discovered.discovery == Discovery::treewalk) {
        const Walk found = co_await walk(visits, discovered.author_domain);
        discovered = adopt_found(std::move(discovered), found);
    } else if (published(*at_author, visits->limits)->records > 1) {
        // RFC 7489 6.6.3 step 5: discovery ends.
        discovered.notes.push_back(several_note(discovered.author_domain));
    } else {
        discovered = co_await discover_by_list(std::move(discovered), visits);
    }
    if (np_decides(discovered)) discovered = co_await with_existence(std::move(discovered), std::move(at_author));
    co_return discovered;
}

} // namespace

dns::Flow<Discovered> discover(std::string author_domain, Discovery discovery,
                               std::shared_ptr<const dns::PublicSuffixList> suffixes, Limits limits) {
    Visits visits{limits, {}};
    Discovered discovered;
    discovered.author_domain = std::move(author_domain);
    discovered.discovery = discovery;
    if (discovery == Discovery::psl)
        discovered.org_domain =
            suffixes ? suffixes->organizational(discovered.author_domain) : discovered.author_domain;
    const dns::Answer answer = co_await visit(&visits, discovered.author_domain, "DMARC record");
    if (answer->temporary()) {
        discovered.temporary_error = true;
        discovered.error_name = "_dmarc." + discovered.author_domain;
    } else if (const auto own = published(*answer, limits); own->record) {
        discovered = adopt_own(std::move(discovered), *own);
    } else {
        discovered = co_await discover_above(std::move(discovered), &visits, answer);
    }
    discovered.visited = std::move(visits.all);
    co_return discovered;
}

dns::Flow<std::string> organizational_domain(std::string domain, Discovery discovery,
                                             std::shared_ptr<const dns::PublicSuffixList> suffixes, Limits limits) {
    if (discovery == Discovery::psl) co_return suffixes ? suffixes->organizational(domain) : domain;
    Visits visits{limits, {}};
    const Walk found = co_await walk(&visits, domain);
    if (!found.failed.empty()) co_return domain;
    co_return select_organization(found).domain;
}

} // namespace bonafide::dmarc
