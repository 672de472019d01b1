// Markdown for tickets, HTML for people.
#include "base/escape.hpp"
#include "doctor/report.hpp"
#include "doctor/report_words.hpp"

#include <fmt/format.h>

namespace bonafide::doctor {
namespace {

using text::Medium;
using text::say;

/// Characters that Markdown would take for its own, escaped (CommonMark 2.4).
std::string markdown(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (std::string_view("\\`*_[]<>#|").find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    return result;
}

/// A fenced block whose content cannot end it.
std::string fenced(std::span<const dns::Record> records, std::string_view sign) {
    std::string lines;
    for (const dns::Record& record : records) lines += fmt::format("{} {}\n", sign, one_line(record));
    std::string fence = "```";
    while (lines.find(fence) != std::string::npos) fence += '`';
    return fmt::format("{}\n{}{}\n\n", fence, lines, fence);
}

std::string_view style() {
    return "body{font-family:sans-serif;max-width:52em;margin:2em auto;padding:0 1em;line-height:1.45}"
           "h2 .error{color:#a40000}h2 .warning{color:#8a5a00}h2 .notice{color:#30507a}h2 .ok{color:#22661f}"
           "h2{font-size:1.05em;margin-bottom:.3em}pre{background:#f3f3f3;padding:.6em;overflow-x:auto;direction:ltr;"
           "text-align:left;white-space:pre-wrap;overflow-wrap:anywhere}";
}

class Page {
  public:
    explicit Page(const text::Catalogue& catalogue) : catalogue_(catalogue) {}

    [[nodiscard]] std::string html(const text::Text& text) const { return catalogue_.render(text, Medium::html); }
    [[nodiscard]] std::string html(std::string_view plain) const { return html(say("{text}", {{"text", plain}})); }

    [[nodiscard]] std::string section(const Finding& finding) const {
        std::string out =
            fmt::format("<h2><span class=\"{}\">{}</span> <code>{}</code> {}</h2>\n", to_text(finding.severity),
                        html(label(finding.severity)), finding.id, html(finding.title));
        if (!finding.details.empty()) {
            out += "<ul>\n";
            for (const text::Text& detail : finding.details) out += fmt::format("<li>{}</li>\n", html(detail));
            out += "</ul>\n";
        }
        if (!finding.why.empty()) out += fmt::format("<p>{}</p>\n", html(why_line(finding)));
        if (!finding.fix.empty()) out += fmt::format("<p>{}</p>\n", html(fix_line(finding)));
        if (!finding.records.empty() || !finding.remove.empty()) {
            out += "<pre>";
            for (const dns::Record& record : finding.records) out += html("+ " + one_line(record)) + "\n";
            for (const dns::Record& record : finding.remove) out += html("- " + one_line(record)) + "\n";
            out += "</pre>\n";
        }
        return out;
    }

  private:
    const text::Catalogue& catalogue_;
};

} // namespace

std::string to_markdown(const Report& report, const text::Catalogue& catalogue) {
    const auto words = [&](const text::Text& text) { return markdown(catalogue.render(text)); };
    std::string out = fmt::format("# {}\n\n", words(grade_line(report.mark, report.domain)));
    for (const Finding& finding : report.findings) {
        out +=
            fmt::format("## {} {}: {}\n\n", words(label(finding.severity)), markdown(finding.id), words(finding.title));
        for (const text::Text& detail : finding.details) out += fmt::format("- {}\n", words(detail));
        if (!finding.details.empty()) out += '\n';
        if (!finding.why.empty()) out += words(why_line(finding)) + "\n\n";
        if (!finding.fix.empty()) out += words(fix_line(finding)) + "\n\n";
        if (!finding.records.empty()) out += fenced(finding.records, "+");
        if (!finding.remove.empty()) out += fenced(finding.remove, "-");
    }
    if (report.changes) {
        for (const Mark& mark : report.changes->appeared)
            out += fmt::format("- {}\n",
                               words(say("new: {id} ({subject})", {{"id", mark.id}, {"subject", mark.subject}})));
        for (const Mark& mark : report.changes->gone)
            out += fmt::format("- {}\n",
                               words(say("gone: {id} ({subject})", {{"id", mark.id}, {"subject", mark.subject}})));
    }
    return out;
}

std::string to_html(std::span<const Report> reports, const text::Catalogue& catalogue) {
    const Page page(catalogue);
    std::string out =
        fmt::format("<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title>"
                    "<style>{}</style></head>\n<body>\n",
                    catalogue.language(), catalogue.right_to_left() ? "rtl" : "ltr",
                    catalogue.render(say("Mail authentication of domains")), style());
    for (const Report& report : reports) {
        out += fmt::format("<h1>{}</h1>\n", page.html(grade_line(report.mark, report.domain)));
        for (const Finding& finding : report.findings) out += page.section(finding);
    }
    return out + "</body>\n</html>\n";
}

} // namespace bonafide::doctor
