#include "cli/verdict_output.hpp"

#include "verdict/report.hpp"

#include <ostream>

namespace bonafide::cli {

std::vector<Option> with_verdict_options(std::vector<Option> own) {
    own.push_back({.name = "json", .help = "print one JSON object"});
    own.push_back({.name = "explain",
                   .help = "print the reasons in words and every DNS question",
                   .excludes = {"json", "headers"}});
    own.push_back({.name = "headers", .help = "print the header fields the filter would add", .excludes = {"json"}});
    return own;
}

std::string verdict_json(const engine::Finished& finished, const std::string& authserv_id) {
    return verdict::to_json(finished.facts, finished.judged(), authserv_id, policy::to_json(finished.decision));
}

namespace {

/// A sentence for people, then what the standards and the judgement say.
void print_short(const engine::Finished& finished, const std::string& authserv_id, std::ostream& out) {
    out << verdict::sentence(finished.facts) << '\n'
        << "Authentication-Results: " << authres::write(verdict::authentication_results(finished.facts, authserv_id))
        << '\n';
    if (const verdict::Judgement* judged = finished.judged())
        out << "Authentication-Results: "
            << authres::write(verdict::compauth_results(finished.facts, *judged, authserv_id)) << '\n';
}

} // namespace

void print_verdict(const engine::Finished& finished, const std::string& authserv_id, const Arguments& arguments,
                   std::ostream& out) {
    if (arguments.has("json"))
        out << verdict_json(finished, authserv_id) << '\n';
    else if (arguments.has("headers"))
        for (const policy::HeaderEdit& edit : finished.decision.edits) {
            if (edit.kind != policy::HeaderEdit::Kind::remove) out << edit.name << ": " << edit.value << "\r\n";
        }
    else if (arguments.has("explain"))
        out << verdict::explanation(finished.facts, finished.judged(), authserv_id);
    else
        print_short(finished, authserv_id, out);
}

} // namespace bonafide::cli
