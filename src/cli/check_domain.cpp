// `bonafide check`: what is wrong with a domain's records, and the exact fix.
#include "base/escape.hpp"
#include "cli/check_run.hpp"
#include "cli/language.hpp"
#include "cli/table.hpp"
#include "doctor/dkim.hpp"
#include "doctor/judge.hpp"
#include "doctor/report.hpp"
#include "io/system.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <ostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace bonafide::cli {
namespace {

namespace exit_by_severity {
constexpr int error = 3, warning = 4;
}
constexpr std::size_t most_earlier_bytes = std::size_t{256} * 1024 * 1024;
constexpr std::size_t default_columns = 100, least_columns = 40, most_columns = 120;

std::size_t columns() {
    winsize size{};
    if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return default_columns;
    return std::clamp<std::size_t>(size.ws_col, least_columns, most_columns);
}

using Earlier = std::map<std::string, doctor::EarlierReport>;

std::expected<Earlier, Failure> read_earlier(const Arguments& arguments) {
    Earlier earlier;
    const auto file = arguments.text("compare");
    if (!file) return earlier;
    const auto text = io::system::read_file(*file, most_earlier_bytes);
    if (!text) return cannot(text.error());
    auto reports = doctor::read_reports(*text);
    if (!reports) return cannot(fmt::format("{}: {}", escape::line(*file), reports.error().text));
    for (doctor::EarlierReport& report : *reports) {
        const std::string domain = report.domain;
        earlier.insert_or_assign(domain, std::move(report));
    }
    return earlier;
}

/// Prints each report as it comes, HTML at the end.
class Printer {
  public:
    Printer(const Arguments& arguments, std::shared_ptr<const text::Catalogue> catalogue, Earlier earlier,
            Console& console)
        : arguments_(arguments), catalogue_(std::move(catalogue)), earlier_(std::move(earlier)), out_(console.out) {}

    void take(doctor::Report report) {
        if (const auto before = earlier_.find(report.domain); before != earlier_.end())
            report.changes = doctor::compare(report, before->second.marks, before->second.grade);
        for (const doctor::Finding& finding : report.findings) worst_ = std::max(worst_, finding.severity);
        if (arguments_.has("html")) {
            pages_.push_back(std::move(report));
            return;
        }
        if (arguments_.has("json"))
            out_ << doctor::to_json(report, *catalogue_) << '\n';
        else if (arguments_.has("markdown"))
            out_ << doctor::to_markdown(report, *catalogue_);
        else
            out_ << (first_ ? "" : "\n")
                 << doctor::to_text(report, *catalogue_,
                                    arguments_.has("all") ? doctor::Detail::everything : doctor::Detail::problems,
                                    columns());
        first_ = false;
        out_.flush();
    }
    int end() {
        if (arguments_.has("html")) out_ << doctor::to_html(pages_, *catalogue_);
        if (!arguments_.has("exit-code")) return exit_code::done;
        return worst_ == doctor::Severity::error     ? exit_by_severity::error
               : worst_ == doctor::Severity::warning ? exit_by_severity::warning
                                                     : exit_code::done;
    }

  private:
    const Arguments& arguments_;
    std::shared_ptr<const text::Catalogue> catalogue_;
    Earlier earlier_;
    std::ostream& out_;
    std::vector<doctor::Report> pages_;
    doctor::Severity worst_ = doctor::Severity::ok;
    bool first_ = true;
};

Outcome run_check(const Arguments& arguments, Console& console) {
    const auto domains = domains_of(arguments, console);
    if (!domains) return std::unexpected(domains.error());
    auto catalogue = catalogue_of(arguments);
    if (!catalogue) return std::unexpected(catalogue.error());
    auto earlier = read_earlier(arguments);
    if (!earlier) return std::unexpected(earlier.error());
    for (const std::string_view one : {"local-zone", "mta-sts-policy", "key"})
        if (arguments.has(one) && domains->size() > 1)
            return wrong_usage(fmt::format("--{} holds for one domain, and here are several", one));
    const auto known = read_known(arguments, domains->front(), console);
    if (!known) return std::unexpected(known.error());

    Printer printer(arguments, *std::move(catalogue), *std::move(earlier), console);
    doctor::SharedKeys shared; // keys of the domains so far
    const auto surveyed = survey_domains(arguments, *known, *domains, console, [&](const Survey& survey) {
        std::vector<doctor::Finding> findings = doctor::judge(*survey);
        shared.judge(*survey, findings);
        printer.take(doctor::make_report(survey->subject.domain, std::move(findings)));
    });
    if (!surveyed) return std::unexpected(surveyed.error());
    return printer.end();
}

} // namespace

Command check_command() {
    return {
        .name = "check",
        .summary = "What is wrong with a domain's mail records, and the exact fix",
        .description = "Looks at SPF with all its includes, DKIM keys, DMARC by tree walk and public suffix list, MX, "
                       "reverse DNS of the "
                       "sending addresses, MTA-STS, TLS reporting, BIMI, DNSSEC, and asks every authoritative server "
                       "by itself. Each "
                       "finding says what is wrong, why it matters, who must act, and the records to publish. On a "
                       "mail server it also "
                       "compares with the keys and addresses that are in use there. Of several domains each has its "
                       "report, with --json a "
                       "line each. Exits with 0 whatever it finds, unless --exit-code is given.",
        .examples =
            {{"check example.com", "Everything about one domain"},
             {"check example.com --selector mail --ip 192.0.2.10", "With what is known of the server that sends"},
             {"check example.com --local-zone /var/named/example.com.db", "Was the panel's zone copied to public DNS"},
             {"check --domains customers.txt --json --compare yesterday.jsonl", "Many domains, and what has changed"},
             {"check example.com --zone zone.json --lang pl", "A zone file instead of DNS, in Polish"}},
        .positionals = {{.name = "DOMAIN", .help = "the domain in addresses after the @", .times = Times::any}},
        .options = with_check_dns_options(with_subject_options(
            {{.name = "domains", .value = "FILE", .help = "more domains, one a line; \"-\" reads standard input"},
             language_option(),
             json_option(),
             {.name = "markdown", .help = "print Markdown", .excludes = {"json", "html"}},
             {.name = "html", .help = "print one HTML page for all domains", .excludes = {"json"}},
             {.name = "all", .help = "tell what is well in full too"},
             {.name = "compare", .value = "FILE", .help = "tell what has changed since this output of check --json"},
             {.name = "exit-code", .help = "exit 3 when an error was found, 4 when only warnings were"}})),
        .run = run_check};
}

} // namespace bonafide::cli
