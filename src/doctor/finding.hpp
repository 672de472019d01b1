// What the doctor found: one row for one thing that is wrong, or well, with a domain. Ids are stable: ids.cpp has the table with the rank
// of each. Findings are values; who prints them chooses language and form.
#pragma once

#include "dns/record.hpp"
#include "text/text.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::doctor {

enum class Severity : std::uint8_t { ok, notice, warning, error };
[[nodiscard]] std::string_view to_text(Severity severity); ///< "ok", "notice", ...

/// Who must act.
enum class Actor : std::uint8_t {
    nobody,
    zone_owner,    ///< who edits the domain's DNS zone
    dns_host,      ///< who runs the name servers
    mail_admin,    ///< who runs the mail server
    address_owner, ///< who holds the sending address: the hosting or network provider
    provider,      ///< a sending service or the operator of an included record
    report_host,   ///< who runs the host that takes reports
};
[[nodiscard]] std::string_view to_text(Actor actor); ///< "zone-owner", ...

struct Finding {
    std::string_view id; ///< of the table in ids.cpp
    Severity severity = Severity::ok;
    std::string subject{}; ///< the name or address it is about
    text::Text title{};    ///< what, in one sentence
    text::Text why{};      ///< why it matters, and to whom
    text::Text fix{};      ///< the exact thing to do; empty only where nothing is to be done
    Actor actor = Actor::zone_owner;
    std::vector<dns::Record> records{}; ///< to publish, as the fix says; complete, ready to paste
    std::vector<dns::Record> remove{};  ///< to delete
    std::vector<text::Text> details{};  ///< lines beneath the title: the culprits, the costs, what was seen
};

/// A row of the table of findings, most important first: a cause stands before its consequences.
struct Id {
    std::string_view id;
    Severity usual;         ///< the worst it may have
    std::string_view grade; ///< the best grade a domain can have with it as error or warning: "F" "D" "C" "B" "A"
};
[[nodiscard]] std::span<const Id> ids();
/// Place in the table; its size for an unknown id.
[[nodiscard]] std::size_t rank(std::string_view id);

/// Errors before warnings before notices before ok; within a severity by rank, then as they came.
void sort(std::vector<Finding>& findings);

/// "A" to "F", and the id of the finding that kept it from being better ("" for A).
struct Grade {
    std::string_view letter;
    std::string_view because;
};
[[nodiscard]] Grade grade(std::span<const Finding> findings);

} // namespace bonafide::doctor
