// For a terminal: problems first, each with why and what to do, then what is well in a line.
#include "doctor/report.hpp"
#include "doctor/report_words.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::string_view right_to_left_mark = "\u200f"; // gives the line its direction whatever stands first in it

/// Columns that `word` takes: one a character, none for the marks of direction.
std::size_t columns_of(std::string_view word) {
    std::size_t count = 0;
    for (const char c : word) count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    for (const std::string_view mark : {"\u2068", "\u2069", "\u200f"})
        for (std::size_t at = word.find(mark); at != std::string_view::npos; at = word.find(mark, at + mark.size()))
            --count;
    return count;
}

class Writer {
  public:
    Writer(const text::Catalogue& catalogue, std::size_t columns) : catalogue_(catalogue), columns_(columns) {}

    /// Broken between words, each line indented.
    void paragraph(const text::Text& words, std::size_t indent) {
        const std::string text = catalogue_.render(words);
        std::string_view rest = text;
        begin(indent);
        std::size_t used = indent;
        bool first = true;
        while (!rest.empty()) {
            const std::size_t space = std::min(rest.find(' '), rest.size());
            const std::string_view word = rest.substr(0, space);
            rest.remove_prefix(std::min(space + 1, rest.size()));
            const std::size_t width = columns_of(word);
            if (!first && used + 1 + width > columns_) {
                out_ += '\n';
                begin(indent);
                used = indent;
                first = true;
            }
            if (!first) out_ += ' ';
            out_ += word;
            used += width + (first ? 0 : 1);
            first = false;
        }
        out_ += '\n';
    }
    /// As it is: what may be copied. Left to right in every language.
    void verbatim(std::string_view line, std::size_t indent) {
        out_ += std::string(indent, ' ');
        out_ += line;
        out_ += '\n';
    }
    void gap() { out_ += '\n'; }
    [[nodiscard]] std::string take() { return std::move(out_); }

  private:
    void begin(std::size_t indent) {
        if (catalogue_.right_to_left()) out_ += right_to_left_mark;
        out_ += std::string(indent, ' ');
    }

    const text::Catalogue& catalogue_;
    std::size_t columns_;
    std::string out_;
};

void write(Writer& writer, const Finding& finding) {
    constexpr std::size_t indent = 4;
    writer.gap();
    writer.paragraph(say("{severity} {id}: {title}",
                         {{"severity", label(finding.severity)}, {"id", finding.id}, {"title", finding.title}}),
                     0);
    for (const text::Text& detail : finding.details) writer.paragraph(say("- {detail}", {{"detail", detail}}), indent);
    if (!finding.why.empty()) writer.paragraph(why_line(finding), indent);
    if (!finding.fix.empty()) writer.paragraph(fix_line(finding), indent);
    for (const dns::Record& record : finding.records) writer.verbatim("+ " + one_line(record), indent);
    for (const dns::Record& record : finding.remove) writer.verbatim("- " + one_line(record), indent);
}

void write(Writer& writer, const Changes& changes, std::string_view letter) {
    writer.gap();
    if (changes.appeared.empty() && changes.gone.empty()) {
        writer.paragraph(say("Nothing has changed since the earlier run."), 0);
        return;
    }
    writer.paragraph(
        say("Since the earlier run (grade {before}, now {now}):", {{"before", changes.grade_before}, {"now", letter}}),
        0);
    constexpr std::size_t indent = 4;
    for (const Mark& mark : changes.appeared)
        writer.paragraph(say("new: {id} ({subject})", {{"id", mark.id}, {"subject", mark.subject}}), indent);
    for (const Mark& mark : changes.gone)
        writer.paragraph(say("gone: {id} ({subject})", {{"id", mark.id}, {"subject", mark.subject}}), indent);
}

} // namespace

std::string to_text(const Report& report, const text::Catalogue& catalogue, Detail detail, std::size_t columns) {
    Writer writer(catalogue, columns);
    writer.paragraph(grade_line(report.mark, report.domain), 0);
    const auto is_shown = [&](const Finding& finding) {
        return finding.severity > Severity::ok || detail == Detail::everything;
    };
    if (std::ranges::none_of(report.findings, [](const Finding& one) { return one.severity > Severity::ok; })) {
        writer.gap();
        writer.paragraph(say("healthy: nothing to do for {domain}", {{"domain", report.domain}}), 0);
    }
    std::string well;
    for (const Finding& finding : report.findings) {
        if (is_shown(finding)) write(writer, finding);
        if (!is_shown(finding)) well += fmt::format("{}{}", well.empty() ? "" : " ", finding.id);
    }
    if (!well.empty()) {
        writer.gap();
        writer.paragraph(say("All is well with: {ids}", {{"ids", well}}), 0);
    }
    if (report.changes) write(writer, *report.changes, report.mark.letter);
    return writer.take();
}

} // namespace bonafide::doctor
