#include "doctor/record_difference.hpp"

#include "base/ascii.hpp"
#include "doctor/record_meaning.hpp"
#include "doctor/record_warnings.hpp"
#include "spf/record.hpp"

#include <algorithm>
#include <utility>

namespace bonafide::doctor {
namespace {

/// What is planned for one name and type.
struct PlannedSet {
    std::string name;
    dns::Type type;
    std::vector<Planned> records{};
};

std::vector<PlannedSet> sets_of(const Plan& plan) {
    std::vector<PlannedSet> sets;
    for (const Planned& one : plan.records) {
        auto set = std::ranges::find_if(sets, [&](const PlannedSet& other) {
            return other.name == one.record.name && other.type == one.record.type;
        });
        if (set == sets.end()) set = sets.insert(sets.end(), {one.record.name, one.record.type});
        set->records.push_back(one);
    }
    return sets;
}

std::vector<dns::Record> records_in(const std::string& name, dns::Type type, const dns::AnswerData& answer) {
    std::vector<dns::Record> records;
    const auto add = [&](std::string value, std::uint16_t preference) {
        records.push_back(
            {.name = name, .type = type, .ttl = answer.ttl, .value = std::move(value), .preference = preference});
    };
    for (const std::string& text : answer.txt) add(text, 0);
    for (const std::string& target : answer.names) add(target, 0);
    for (const dns::Mx& mx : answer.mx) add(mx.host, mx.preference);
    return records;
}

bool is_same(const Planned& planned, const dns::Record& published) {
    const dns::Record& wanted = planned.record;
    if (wanted.type == dns::Type::mx)
        return wanted.value == published.value && (wanted.value.empty() || wanted.preference == published.preference);
    if (wanted.type != dns::Type::txt) return wanted.value == published.value;
    const TextKind kind = kind_of(wanted.name, published.value);
    // RFC 9990 4: any record that begins with the version agrees.
    if (planned.elsewhere) return kind == TextKind::dmarc && published.value.starts_with("v=DMARC1");
    return kind != TextKind::other && says_the_same(kind, wanted.value, published.value);
}

/// Whether the published record must go where the planned one comes.
bool excludes(const Planned& planned, const dns::Record& published) {
    const dns::Record& wanted = planned.record;
    if (planned.elsewhere) return false;
    switch (wanted.type) {
    case dns::Type::cname: return true;
    case dns::Type::mx: // RFC 7505 3: a null MX stands alone
        return wanted.value.empty() || published.value.empty() || wanted.value == published.value;
    default: return kind_of(wanted.name, published.value) != TextKind::other;
    }
}

/// Where a record of `type` is to stand, one of the other kind cannot: a CNAME beside data, or data beside a CNAME (RFC 1034 3.6.2).
dns::Flow<std::vector<dns::Record>> in_the_way(std::string name, dns::Type type, bool aliased) {
    std::vector<dns::Record> records;
    if (type == dns::Type::cname) {
        const dns::Answer answer = co_await dns::ask(name, dns::Type::txt, "DNS beside an alias");
        if (answer->found() && !answer->aliased) records = records_in(name, dns::Type::txt, *answer);
    } else if (aliased) {
        const dns::Answer answer = co_await dns::ask(name, dns::Type::cname, "DNS alias in the way");
        if (answer->found()) records = records_in(name, dns::Type::cname, *answer);
    }
    co_return records;
}

void sort_set(const PlannedSet& set, std::vector<dns::Record> published, std::vector<dns::Record> blocking,
              Difference& difference) {
    for (const Planned& planned : set.records) {
        const auto same =
            std::ranges::find_if(published, [&](const dns::Record& one) { return is_same(planned, one); });
        const bool right = same != published.end();
        if (right) {
            published.erase(same);
            difference.right.push_back(planned);
        }
        std::vector<dns::Record> from = right ? std::vector<dns::Record>() : std::exchange(blocking, {});
        std::erase_if(published, [&](const dns::Record& one) {
            // What is right for another of the set is left to it.
            const bool wanted =
                std::ranges::any_of(set.records, [&](const Planned& other) { return is_same(other, one); });
            if (wanted || !excludes(planned, one)) return false;
            from.push_back(one);
            return true;
        });
        if (right)
            difference.remove.insert(difference.remove.end(), from.begin(), from.end());
        else if (from.empty())
            difference.add.push_back(planned);
        else
            difference.change.push_back({planned, std::move(from)});
    }
    difference.keep.insert(difference.keep.end(), published.begin(), published.end());
}

bool is_elsewhere(const PlannedSet& set) { return set.records.front().elsewhere; }

} // namespace

dns::Flow<Difference> compare_plan(Plan plan) {
    Difference difference;
    const std::vector<PlannedSet> sets = sets_of(plan);
    for (const PlannedSet& set : sets) {
        const dns::Answer answer = co_await dns::ask(set.name, set.type, "DNS against the plan");
        if (answer->temporary()) {
            difference.unanswered.push_back({set.name, set.type});
            continue;
        }
        const bool aliased = answer->aliased && set.type != dns::Type::cname;
        std::vector<dns::Record> published = records_in(set.name, set.type, *answer);
        const bool right =
            std::ranges::any_of(published, [&](const dns::Record& one) { return is_same(set.records.front(), one); });
        std::vector<dns::Record> blocking;
        if (!right && !is_elsewhere(set) && (aliased || set.type == dns::Type::cname))
            blocking = co_await in_the_way(set.name, set.type, aliased);
        if (aliased && !right) published.clear(); // they stand where the alias leads
        if (is_elsewhere(set) && !right) published.clear();
        sort_set(set, std::move(published), std::move(blocking), difference);
    }
    warn_of_losses(difference);
    for (const Planned& planned : plan.records) {
        if (planned.record.type != dns::Type::txt || !spf::is_record(planned.record.value)) continue;
        const std::vector<text::Text> costs = co_await warn_of_costs(planned.record, plan.limits);
        difference.warnings.insert(difference.warnings.end(), costs.begin(), costs.end());
    }
    co_return difference;
}

std::vector<dns::RecordChange> changes_of(const Difference& difference) {
    std::vector<dns::RecordChange> changes;
    const auto change_at = [&](const dns::Record& record) -> dns::RecordChange& {
        const auto found = std::ranges::find_if(
            changes, [&](const dns::RecordChange& one) { return one.name == record.name && one.type == record.type; });
        if (found != changes.end()) return *found;
        return changes.emplace_back(dns::RecordChange{.name = record.name, .type = record.type});
    };
    for (const Planned& one : difference.add)
        if (!one.elsewhere) change_at(one.record).add.push_back(one.record);
    for (const PlannedChange& one : difference.change) {
        change_at(one.to.record).add.push_back(one.to.record);
        for (const dns::Record& old : one.from) change_at(old).remove.push_back(old);
    }
    for (const dns::Record& old : difference.remove) change_at(old).remove.push_back(old);
    // Beside what changes; alone they are no change.
    const auto keep = [&](const dns::Record& record) {
        for (dns::RecordChange& one : changes)
            if (one.name == record.name && one.type == record.type) one.keep.push_back(record);
    };
    for (const Planned& one : difference.right)
        if (!one.elsewhere) keep(one.record);
    for (const dns::Record& one : difference.keep) keep(one);
    std::vector<dns::RecordChange> ordered;
    for (const bool deletions : {true, false})
        for (const dns::RecordChange& one : changes)
            if (one.add.empty() == deletions) ordered.push_back(one);
    return ordered;
}

} // namespace bonafide::doctor
