#include "base/escape.hpp"
#include "cli/table.hpp"
#include "cli/time_text.hpp"
#include "cli/whatif.hpp"
#include "verdict/json_text.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <ostream>
#include <vector>

namespace bonafide::cli::whatif {
namespace {

namespace json = boost::json;
using engine::Counts;
using engine::Flip;
using engine::WhatIfTotals;

constexpr std::size_t most_rows = 10; // of each total

Table table_of(const std::vector<Flip>& flips) {
    Table table({"time", "id", "from", "to", "change", "why"});
    for (const Flip& flip : flips)
        table.add({utc_text(flip.time), flip.id, flip.author, flip.recipient, flip.change, flip.why});
    return table;
}

void print_counts(const Counts& counts, std::string_view heading, std::ostream& out) {
    const auto rows = counts.top(most_rows);
    if (rows.empty()) return;
    out << heading << '\n';
    for (const Counts::Row& row : rows) out << fmt::format("{:>10}  {}\n", row.count, escape::line(row.name));
    if (counts.size() > rows.size() || counts.beyond() > 0)
        out << fmt::format("{:>10}  of {}\n", "", counted(counts.size(), "different one"));
}

struct Note {
    std::uint64_t messages;
    std::string_view text;
};

/// What limits the comparison, the gravest first.
std::vector<Note> notes_of(const WhatIfTotals& totals) {
    return {
        {totals.unreadable, "damaged in the ledger, left out"},
        {totals.incomplete.not_judged, "not judged at arrival, so what was known of the past is not kept"},
        {totals.incomplete.earlier,
         "kept by an earlier version without all that judging reads, so that another result may come of it"},
        {totals.incomplete.cut, "with a text longer than what is kept of one"},
        {totals.incomplete.addresses,
         "kept with hashed addresses and without names: lists and rules that name a mailbox or a person do not "
         "hold there"},
        {totals.incomplete.refused,
         "refused before the message was there: where another configuration would not, \"let in\" is all that can be "
         "told"},
        {totals.unlike_store,
         "judged otherwise than at arrival by the same configuration: lists, the version or the public suffixes "
         "changed since"}};
}

void print_notes(const WhatIfTotals& totals, std::ostream& out) {
    for (const Note& note : notes_of(totals))
        if (note.messages > 0) out << fmt::format("Note: {}: {}\n", counted(note.messages, "message"), note.text);
    for (const Counts::Row& row : totals.unknown_fields.top(most_rows))
        out << fmt::format("Note: {}: a rule reads {}, of which nothing is kept, so that its condition is unknown\n",
                           counted(row.count, "message"), row.name == "header." ? "header fields" : row.name);
}

json::array array_of(const Counts& counts, std::string_view name) {
    json::array rows;
    for (const Counts::Row& row : counts.top(most_rows))
        rows.push_back(json::object{{name, verdict::utf8(row.name)}, {"messages", row.count}});
    return rows;
}

json::array array_of(const std::vector<Flip>& flips) {
    json::array rows;
    for (const Flip& flip : flips)
        rows.push_back(json::object{{"time", flip.time},
                                    {"id", verdict::utf8(flip.id)},
                                    {"from", verdict::utf8(flip.author)},
                                    {"to", verdict::utf8(flip.recipient)},
                                    {"change", verdict::utf8(flip.change)},
                                    {"why", verdict::utf8(flip.why)}});
    return rows;
}

json::object object_of(const WhatIfTotals::Incomplete& incomplete) {
    return {{"earlier_version", incomplete.earlier},
            {"cut", incomplete.cut},
            {"hashed_addresses", incomplete.addresses},
            {"not_judged", incomplete.not_judged},
            {"refused_early", incomplete.refused}};
}

} // namespace

void print_csv(const WhatIfTotals& totals, std::ostream& out) { table_of(totals.flips).print_csv(out); }

std::string json_of(const WhatIfTotals& totals, const Question& question) {
    if (question.only_flips) return json::serialize(json::object{{"flips", array_of(totals.flips)}});
    return json::serialize(
        json::object{{"since", question.since},
                     {"until", question.until},
                     {"messages", totals.read},
                     {"unreadable", totals.unreadable},
                     {"not_inbound", totals.other_ways},
                     {"compared", totals.compared},
                     {"flipped", totals.flipped},
                     {"judged_otherwise", totals.rejudged},
                     {"unlike_store", totals.unlike_store},
                     {"greylisting_left_out", question.greylists},
                     {"untried_settings", json::array(question.untried.begin(), question.untried.end())},
                     {"incomplete", object_of(totals.incomplete)},
                     {"unknown_fields", array_of(totals.unknown_fields, "field")},
                     {"changes", array_of(totals.changes, "change")},
                     {"causes", array_of(totals.causes, "cause")},
                     {"senders", array_of(totals.senders, "domain")},
                     {"recipients", array_of(totals.recipients, "domain")},
                     {"flips", array_of(totals.flips)}});
}

void print_text(const WhatIfTotals& totals, const Question& question, std::ostream& out) {
    if (!question.only_flips) {
        out << fmt::format("{} in the place of {}, {} to {} (UTC)\n", escape::line(question.then),
                           escape::line(question.now), utc_text(question.since), utc_text(question.until));
        out << fmt::format("{}, {} compared, {} not inbound; of {} another would come\n",
                           counted(totals.read, "message"), totals.compared, totals.other_ways, totals.flipped);
        print_counts(totals.changes, "What would change:", out);
        print_counts(totals.causes, "Because of:", out);
        print_counts(totals.senders, "Of these senders:", out);
        print_counts(totals.recipients, "To these recipients:", out);
        print_notes(totals, out);
        for (const std::string& name : question.untried)
            out << fmt::format(
                "Note: {} differs, which shapes what is known of a message as it comes in: stored mail does "
                "not show what it would change\n",
                name);
        if (question.greylists)
            out << "Note: greylisting is left out: what it puts off comes again, and is here then if it was "
                   "delivered\n";
    }
    if (totals.flips.empty()) return;
    if (!question.only_flips)
        out << (totals.flips.size() < totals.flipped
                    ? fmt::format("\nThe newest {} of them (--limit):\n", totals.flips.size())
                    : std::string("\n"));
    table_of(totals.flips).print_text(out);
    if (!question.only_flips) out << "\nbonafide trace ID shows one\n";
}

} // namespace bonafide::cli::whatif
