// `bonafide org-domain`: the Organizational Domain of a name.
#include "base/escape.hpp"
#include "cli/check.hpp"
#include "cli/dns.hpp"
#include "cli/suffixes.hpp"
#include "dmarc/dmarc.hpp"
#include "dns/idna.hpp"
#include "dns/transcript.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

Outcome print(const std::string& domain, const std::string& organization, const Suffixes& suffixes,
              const Arguments& arguments, Console& console) {
    if (!arguments.has("json")) {
        console.out << escape::line(organization) << '\n';
        return exit_code::done;
    }
    boost::json::object object;
    object["domain"] = domain;
    object["org_domain"] = organization;
    object["discovery"] = dmarc::to_text(suffixes.discovery);
    if (suffixes.list) {
        const std::string registrable = suffixes.list->registrable(domain);
        object["registrable"] = registrable.empty() ? boost::json::value(nullptr) : boost::json::value(registrable);
        object["public_suffix_list"] = suffixes.list->version();
    }
    console.out << boost::json::serialize(object) << '\n';
    return exit_code::done;
}

Outcome run_org_domain(const Arguments& arguments, Console& console) {
    auto suffixes = open_suffixes(arguments);
    if (!suffixes) return std::unexpected(suffixes.error());
    const std::string domain = *dns::to_ascii(*arguments.text("DOMAIN"));
    if (suffixes->list) return print(domain, suffixes->list->organizational(domain), *suffixes, arguments, console);

    const auto source = open_dns(arguments);
    if (!source) return std::unexpected(source.error());
    dns::Transcript transcript;
    const std::string organization =
        dns::run(dmarc::organizational_domain(domain, suffixes->discovery, nullptr, Limits{}), **source, &transcript);
    // A walk with a hole in it is no answer: the record that decides may stand behind the name that did not answer.
    for (const dns::Exchange& exchange : transcript.exchanges())
        if (exchange.answer->temporary()) return cannot(fmt::format("no answer from DNS: {}", dns::to_line(exchange)));
    auto done = print(domain, organization, *suffixes, arguments, console);
    if (arguments.has("explain")) print_transcript(transcript, console);
    return done;
}

} // namespace

Command org_domain_command() {
    return {.name = "org-domain",
            .summary = "The Organizational Domain of a name (RFC 9989 4.10.2)",
            .description = "By the DNS tree walk of RFC 9989, or with --psl or --discovery psl by the public suffix "
                           "list. Prints the name "
                           "alone, for use in scripts.",
            .examples = {{"org-domain mail.news.example.co.uk", "By the tree walk"},
                         {"org-domain mail.news.example.co.uk --discovery psl", "By the system's public suffix list"}},
            .positionals = {{.name = "DOMAIN", .help = "any domain name", .check = check_domain}},
            .options = with_dns_options({discovery_option(),
                                         psl_option(),
                                         {.name = "explain", .help = "also show every DNS question and its answer"},
                                         {.name = "json", .help = "print one JSON object"}}),
            .run = run_org_domain};
}

} // namespace bonafide::cli
