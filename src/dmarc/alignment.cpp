// Relaxed alignment by tree walk (RFC 9989 4.10.2). The standard walks from both names and compares; here the same answer is reached with
// fewer questions where it provably cannot differ:
//   1. The same name walks the same way.
//   2. An Organizational Domain is the name itself or lies above it, and never a single label for a longer Author Domain. So names
//      that differ in their last two labels cannot share one.
//   3. Of two names one below the other, both walks go the same way from the upper one on. If no name below it bears a psd tag and it has
//      a record itself (without psd=y), whatever stands above decides alike for both.
#include "dmarc/walk.hpp"
#include "dns/name.hpp"

namespace bonafide::dmarc {
namespace {

bool may_share_organization(std::string_view author, std::string_view domain) {
    const std::size_t labels = dns::label_count(author) >= 2 ? 2 : 1;
    return dns::last_labels(author, labels) == dns::last_labels(domain, labels);
}

/// Rule 3; nothing when it does not apply and full walks must decide.
dns::Flow<std::optional<Aligned>> decide_on_the_way_up(Visits* visits, std::string lower, std::string upper) {
    std::string_view target = lower;
    while (target.size() > upper.size()) {
        const dns::Answer answer = co_await visit(visits, std::string(target), "DMARC alignment");
        if (answer->temporary()) co_return Aligned::unknown;
        const auto here = published(*answer, visits->limits);
        // psd=n makes this name the lower one's organization, psd=y this name or the one below it: all strictly below the upper one.
        if (here->record && here->record->psd != Psd::unknown) co_return Aligned::no;
        target = next_target(lower, target, visits->limits);
    }
    if (target != upper) co_return std::nullopt; // jumped over by the walk of a very long name
    const dns::Answer answer = co_await visit(visits, upper, "DMARC alignment");
    if (answer->temporary()) co_return Aligned::unknown;
    const auto here = published(*answer, visits->limits);
    if (!here->record) co_return std::nullopt;
    // psd=y: the upper name is its own organization (it is where its walk starts), the lower one's lies below it.
    co_return here->record->psd == Psd::yes ? Aligned::no : Aligned::yes;
}

} // namespace

dns::Flow<Aligned> same_organization(Visits* visits, std::string author, std::string domain) {
    if (author == domain) co_return Aligned::yes;
    if (!may_share_organization(author, domain)) co_return Aligned::no;
    if (dns::is_equal_or_below(domain, author)) {
        const std::optional<Aligned> decided = co_await decide_on_the_way_up(visits, domain, author);
        if (decided) co_return *decided;
    } else if (dns::is_equal_or_below(author, domain)) {
        const std::optional<Aligned> decided = co_await decide_on_the_way_up(visits, author, domain);
        if (decided) co_return *decided;
    }
    const Walk author_walk = co_await walk(visits, author);
    if (!author_walk.failed.empty()) co_return Aligned::unknown;
    const Organization ours = select_organization(author_walk);
    if (!dns::is_equal_or_below(domain, ours.domain)) co_return Aligned::no;
    const Walk domain_walk = co_await walk(visits, domain);
    if (!domain_walk.failed.empty()) co_return Aligned::unknown;
    co_return select_organization(domain_walk).domain == ours.domain ? Aligned::yes : Aligned::no;
}

} // namespace bonafide::dmarc
