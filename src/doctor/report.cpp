#include "doctor/report.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

namespace json = boost::json;

json::object json_of(const dns::Record& record) {
    json::object object{{"name", record.name}, {"type", dns::to_text(record.type)}, {"ttl", record.ttl}};
    if (record.type == dns::Type::mx) object["preference"] = record.preference;
    object["value"] = record.value;
    return object;
}

json::array json_of(std::span<const dns::Record> records) {
    json::array array;
    for (const dns::Record& record : records) array.push_back(json_of(record));
    return array;
}

json::object json_of(const Finding& finding, const text::Catalogue& catalogue) {
    json::array details;
    for (const text::Text& detail : finding.details) details.push_back(json::string(catalogue.render(detail)));
    return {{"id", finding.id},
            {"severity", to_text(finding.severity)},
            {"subject", finding.subject},
            {"title", catalogue.render(finding.title)},
            {"why", catalogue.render(finding.why)},
            {"fix", catalogue.render(finding.fix)},
            {"who", to_text(finding.actor)},
            {"records", json_of(finding.records)},
            {"remove", json_of(finding.remove)},
            {"details", std::move(details)}};
}

json::array json_of(std::span<const Mark> marks) {
    json::array array;
    for (const Mark& mark : marks)
        array.push_back(json::object{{"id", mark.id}, {"subject", mark.subject}, {"severity", mark.severity}});
    return array;
}

std::vector<Mark> marks_of(const Report& report) {
    std::vector<Mark> marks;
    for (const Finding& finding : report.findings)
        if (finding.severity > Severity::ok)
            marks.push_back({std::string(finding.id), finding.subject, std::string(to_text(finding.severity))});
    return marks;
}

std::string text_member(const json::object& object, std::string_view name) {
    const json::value* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Expected<EarlierReport> read_report(std::string_view line) {
    boost::system::error_code error;
    const json::value value = json::parse(line, error);
    const json::object* const object = error ? nullptr : value.if_object();
    const json::value* const findings = object == nullptr ? nullptr : object->if_contains("findings");
    if (findings == nullptr || !findings->is_array()) return failure("is no report of check --json");
    EarlierReport report{.domain = text_member(*object, "domain"), .grade = text_member(*object, "grade"), .marks = {}};
    for (const json::value& row : findings->get_array()) {
        const json::object* const finding = row.if_object();
        if (finding == nullptr) return failure("has a finding that is no object");
        Mark mark{text_member(*finding, "id"), text_member(*finding, "subject"), text_member(*finding, "severity")};
        if (mark.severity != "ok") report.marks.push_back(std::move(mark));
    }
    return report;
}

} // namespace

Report make_report(std::string domain, std::vector<Finding> findings) {
    Report report{.domain = std::move(domain), .findings = std::move(findings)};
    sort(report.findings);
    report.mark = grade(report.findings);
    return report;
}

Changes compare(const Report& now, std::span<const Mark> before, std::string grade_before) {
    Changes changes{.grade_before = std::move(grade_before)};
    const std::vector<Mark> marks = marks_of(now);
    for (const Mark& mark : marks)
        if (std::ranges::find(before, mark) == before.end()) changes.appeared.push_back(mark);
    for (const Mark& mark : before)
        if (std::ranges::find(marks, mark) == marks.end()) changes.gone.push_back(mark);
    return changes;
}

std::string to_json(const Report& report, const text::Catalogue& catalogue) {
    json::array findings;
    for (const Finding& finding : report.findings) findings.push_back(json_of(finding, catalogue));
    json::object object{{"domain", report.domain},
                        {"grade", report.mark.letter},
                        {"grade_because", report.mark.because},
                        {"findings", std::move(findings)}};
    if (report.changes)
        object["changes"] = json::object{{"appeared", json_of(report.changes->appeared)},
                                         {"gone", json_of(report.changes->gone)},
                                         {"grade_before", report.changes->grade_before}};
    return json::serialize(object);
}

Expected<std::vector<EarlierReport>> read_reports(std::string_view lines) {
    std::vector<EarlierReport> reports;
    std::size_t number = 0;
    for (const std::string_view line : ascii::split(lines, '\n')) {
        ++number;
        if (ascii::trim(line).empty()) continue;
        auto report = read_report(line);
        if (!report) return failure(fmt::format("line {} {}", number, report.error().text));
        reports.push_back(std::move(*report));
    }
    return reports;
}

} // namespace bonafide::doctor
