// What `bonafide check` found about one domain, and its prints: for a terminal, as JSON, Markdown and HTML. The language is the
// catalogue's; ids, records and names are never translated.
#pragma once

#include "base/error.hpp"
#include "doctor/finding.hpp"
#include "text/catalogue.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bonafide::doctor {

/// A finding, as far as an earlier run tells of it.
struct Mark {
    std::string id;
    std::string subject;
    std::string severity;
    auto operator<=>(const Mark&) const = default;
};

/// Since an earlier run.
struct Changes {
    std::vector<Mark> appeared{}, gone{};
    std::string grade_before{};
};

struct Report {
    std::string domain;              ///< A-labels
    std::vector<Finding> findings{}; ///< sorted
    Grade mark{};
    std::optional<Changes> changes{};
};

/// Sorts the findings and grades them.
[[nodiscard]] Report make_report(std::string domain, std::vector<Finding> findings);

/// What has changed from `before` to now: findings above ok, by id and subject; a severity that changed counts as both.
[[nodiscard]] Changes compare(const Report& now, std::span<const Mark> before, std::string grade_before);

/// One object on one line, without line end: the keys of docs/check.md.
[[nodiscard]] std::string to_json(const Report& report, const text::Catalogue& catalogue);

enum class Detail : std::uint8_t {
    problems,   ///< findings above ok in full, the others as one line of names
    everything, ///< what is well in full too
};
/// Lines of at most about `columns`; ends in a line end.
[[nodiscard]] std::string to_text(const Report& report, const text::Catalogue& catalogue, Detail detail,
                                  std::size_t columns);
[[nodiscard]] std::string to_markdown(const Report& report, const text::Catalogue& catalogue);
/// A whole page for all the reports; no scripts, nothing fetched.
[[nodiscard]] std::string to_html(std::span<const Report> reports, const text::Catalogue& catalogue);

/// The marks of each domain in what to_json() printed, a line each. Errors name the line.
struct EarlierReport {
    std::string domain;
    std::string grade;
    std::vector<Mark> marks;
};
[[nodiscard]] Expected<std::vector<EarlierReport>> read_reports(std::string_view lines);

} // namespace bonafide::doctor
