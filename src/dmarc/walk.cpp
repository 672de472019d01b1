#include "dmarc/walk.hpp"

#include "dmarc/reading.hpp"
#include "dns/name.hpp"

#include <algorithm>

namespace bonafide::dmarc {
namespace {

Published read_answer(const dns::AnswerData& answer, const Limits& limits) {
    Published result;
    const std::size_t count = std::min<std::size_t>(answer.txt.size(), limits.dns_txt_records);
    for (std::size_t i = 0; i < count; ++i) {
        Expected<Reading> reading = read_record(answer.txt[i], limits);
        if (!reading) continue; // 4.10 step 2: not a DMARC record, discarded
        ++result.records;
        result.record = std::move(reading->record);
        if (reading->unusable) result.unusable = std::move(reading->unusable->text);
    }
    if (result.records > 1) {
        result.record.reset();
        result.unusable.clear();
    }
    return result;
}

} // namespace

std::shared_ptr<const Published> published(const dns::AnswerData& answer, const Limits& limits) {
    return answer.memo.get<Published>([&] { return read_answer(answer, limits); });
}

dns::Flow<dns::Answer> visit(Visits* visits, std::string name, std::string_view why) {
    for (const Visit& before : visits->all)
        if (before.name == name) co_return before.answer;
    std::string target = "_dmarc." + name;
    dns::Answer answer;
    if (dns::is_valid(target)) {
        answer = co_await dns::ask(std::move(target), dns::Type::txt, why);
    } else {
        answer = dns::make_answer(dns::Status::nx_domain);
    }
    visits->all.push_back({std::move(name), answer});
    co_return answer;
}

std::string_view next_target(std::string_view start, std::string_view current, const Limits& limits) {
    // 4.10 step 4: of eight labels or more, jump to the rightmost seven, so that no walk takes more than eight queries.
    if (current.size() == start.size() && dns::label_count(start) >= limits.dmarc_queries)
        return dns::last_labels(start, std::max<std::size_t>(limits.dmarc_queries, 2) - 1);
    return dns::parent(current);
}

dns::Flow<Walk> walk(Visits* visits, std::string start) {
    Walk result;
    result.start = std::move(start);
    for (std::string_view target = result.start; !target.empty();
         target = next_target(result.start, target, visits->limits)) {
        const dns::Answer answer = co_await visit(visits, std::string(target), "DMARC tree walk");
        if (answer->temporary()) {
            // Nothing that stands at the single label can change what a record at two labels decides: a psd=y there confirms it, and
            // any other record there is refused (select_organization).
            const bool harmless = dns::label_count(target) == 1 && !result.found.empty() &&
                                  dns::label_count(result.found.back().domain) == 2;
            if (!harmless) result.failed = target;
            break;
        }
        std::shared_ptr<const Published> here = published(*answer, visits->limits);
        if (here->records > 1) result.several.emplace_back(target);
        if (!here->record) continue;
        const bool last = here->record->psd != Psd::unknown; // 4.10 steps 2 and 6
        result.found.push_back({std::string(target), std::move(here)});
        if (last) break;
    }
    co_return result;
}

Organization select_organization(const Walk& walk) {
    if (walk.found.empty()) return {walk.start, nullptr, false}; // 4.10.2: the initial target is it
    // A psd tag ends the walk, so only the last record found can bear one, and it is also the one with the fewest labels.
    const Walk::Found& top = walk.found.back();
    const std::size_t labels = dns::label_count(top.domain);
    const bool is_start = top.domain == walk.start;
    // 4.10.2 rule 2: psd=y above the start. Likewise, by our own rule, a single label that does not say psd=y: RFC 9989 5.2 wants the tag
    // there, and a stray or wildcard record would make one organization of all domains below.
    const bool refused = labels == 1 && !is_start && top.at->record->psd != Psd::yes;
    if (!is_start && (top.at->record->psd == Psd::yes || refused)) {
        Organization below{std::string(dns::last_labels(walk.start, labels + 1)), &top, refused};
        const auto own =
            std::find_if(walk.found.begin(), walk.found.end(), [&](const auto& f) { return f.domain == below.domain; });
        if (own != walk.found.end()) below.record = &*own;
        return below;
    }
    return {top.domain, &top, false}; // rules 1 (psd=n) and 3 (fewest labels)
}

} // namespace bonafide::dmarc
