// `bonafide explain`: what a bounce, a log line, a reply, a header block or a message means, and what to do.
#include "doctor/explain.hpp"

#include "base/escape.hpp"
#include "cli/dns.hpp"
#include "cli/language.hpp"
#include "cli/table.hpp"
#include "doctor/autopsy_story.hpp"
#include "io/system.hpp"
#include "verdict/json_text.hpp"

#include <boost/json.hpp>
#include <ctime>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

json::array texts_of(const std::vector<text::Text>& texts, const text::Catalogue& catalogue) {
    json::array array;
    for (const text::Text& one : texts) array.push_back(json::string(catalogue.render(one)));
    return array;
}

std::string to_json(const doctor::Explanation& explanation, const text::Catalogue& catalogue) {
    const json::object object{{"kind", doctor::to_text(explanation.kind)},
                              {"receiver", doctor::to_text(explanation.receiver)},
                              {"code", verdict::utf8(explanation.code)},
                              {"enhanced", verdict::utf8(explanation.enhanced)},
                              {"cause", doctor::to_text(explanation.trouble)},
                              {"domain", verdict::utf8(explanation.domain)},
                              {"ip", explanation.ip ? explanation.ip->text() : std::string()},
                              {"selector", verdict::utf8(explanation.selector)},
                              {"recipient", verdict::utf8(explanation.recipient)},
                              {"summary", catalogue.render(explanation.summary)},
                              {"fix", texts_of(explanation.fix, catalogue)},
                              {"details", texts_of(explanation.details, catalogue)},
                              {"confidence", doctor::to_text(explanation.confidence)}};
    return json::serialize(object);
}

void print(const doctor::Explanation& explanation, const text::Catalogue& catalogue, std::ostream& out) {
    const auto line = [&](const text::Text& words) {
        out << (catalogue.right_to_left() ? "\u200f" : "") << catalogue.render(words) << '\n';
    };
    line(explanation.summary);
    for (const text::Text& fix : explanation.fix) line(text::say("What to do: {fix}", {{"fix", fix}}));
    if (!explanation.details.empty()) out << '\n';
    for (const text::Text& detail : explanation.details) line(text::say("- {detail}", {{"detail", detail}}));
}

Outcome run_explain(const Arguments& arguments, Console& console) {
    auto catalogue = catalogue_of(arguments);
    if (!catalogue) return std::unexpected(catalogue.error());
    auto input = io::system::read_file(*arguments.text("FILE"), doctor::most_explained_bytes);
    if (!input) return cannot(input.error());
    std::string original;
    if (const auto file = arguments.text("original")) {
        auto read = io::system::read_file(*file, doctor::most_explained_bytes);
        if (!read) return cannot(read.error());
        original = std::move(*read);
    }
    auto suffixes = dns::PublicSuffixList::open("");
    if (!suffixes) return cannot(suffixes.error());
    const auto source = open_dns(arguments);
    if (!source) return std::unexpected(source.error());
    doctor::ExplainRequest request{.input = *input, .suffixes = std::move(*suffixes), .now = std::time(nullptr)};
    doctor::Explanation explanation = dns::run(doctor::explain(std::move(request)), **source);
    explanation = dns::run(doctor::with_autopsies(std::move(explanation), std::move(original), Limits{}), **source);
    if (arguments.has("json"))
        console.out << to_json(explanation, **catalogue) << '\n';
    else
        print(explanation, **catalogue, console.out);
    return exit_code::done;
}

} // namespace

Command explain_command() {
    return {.name = "explain",
            .summary = "What does this bounce, log line, SMTP reply or header mean?",
            .description = "Reads a bounce, a line of the log of Postfix, Exim or Sendmail, an SMTP reply, the header "
                           "of a message or a whole message, "
                           "says in one sentence what it means, tells trouble with authentication from reputation, "
                           "block lists, limits and content, "
                           "looks at the records that are to blame, and names what to do. Of a message whose DKIM "
                           "signature is broken it finds what was "
                           "changed on the way.",
            .examples = {{"explain bounce.eml", "A bounce as it was saved"},
                         {"explain - <<<'550-5.7.26 This message does not have authentication information'",
                          "A reply from a log"},
                         {"explain message.eml --original sent.eml", "What was changed on the way"}},
            .positionals = {{.name = "FILE", .help = "what is to be explained; \"-\" reads standard input"}},
            .options = with_dns_options(
                {{.name = "original", .value = "FILE", .help = "the message as it was sent, to compare with"},
                 language_option(),
                 json_option()}),
            .run = run_explain};
}

} // namespace bonafide::cli
