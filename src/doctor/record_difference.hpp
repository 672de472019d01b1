// How a plan differs from what DNS has: what to add, to change, to delete, what is right already, and what is somebody else's and stays.
#pragma once

#include "dns/flow.hpp"
#include "dns/record_form.hpp"
#include "doctor/records.hpp"

#include <string>
#include <vector>

namespace bonafide::doctor {

struct PlannedChange {
    Planned to{};
    std::vector<dns::Record> from{}; ///< cannot stand beside it
};
struct Unanswered {
    std::string name{};
    dns::Type type = dns::Type::txt;
};
struct Difference {
    std::vector<Planned> add{};
    std::vector<PlannedChange> change{};
    std::vector<dns::Record> remove{}; ///< cannot stand beside one that is right
    std::vector<Planned> right{};
    std::vector<dns::Record> keep{};      ///< of the same names and types, but not our business
    std::vector<text::Text> warnings{};   ///< what the change would take away, and what the records lead to
    std::vector<Unanswered> unanswered{}; ///< DNS gave no answer: of these nothing is known
    [[nodiscard]] bool nothing_to_do() const {
        return add.empty() && change.empty() && remove.empty() && unanswered.empty();
    }
};

/// Asks for every name of the plan, and follows the includes of its SPF records to count their look-ups (RFC 7208 4.6.4). In the zones of
/// others any record that agrees will do, and nothing is ever taken away.
[[nodiscard]] dns::Flow<Difference> compare_plan(Plan plan);

/// What is to be done to each name and type of the owner's zone, deletions of whole sets first: a CNAME bears nothing beside it.
[[nodiscard]] std::vector<dns::RecordChange> changes_of(const Difference& difference);

} // namespace bonafide::doctor
