// `bonafide headers parse`: reads one header field strictly.
#include "authres/deployed.hpp"
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "cli/command.hpp"
#include "verdict/json_text.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <ostream>

namespace bonafide::cli {
namespace {

namespace json = boost::json;

json::object to_json(const authres::MethodResult& result) {
    json::object object;
    object["method"] = verdict::utf8(result.method);
    if (!result.version.empty()) object["version"] = verdict::utf8(result.version);
    object["result"] = verdict::utf8(result.result);
    if (!result.reason.empty()) object["reason"] = verdict::utf8(result.reason);
    json::array properties;
    for (const authres::Property& property : result.properties)
        properties.push_back(
            json::array{verdict::utf8(property.type + "." + property.name), verdict::utf8(property.value)});
    object["props"] = std::move(properties);
    return object;
}

json::object to_json(const authres::Field& field) {
    json::object object;
    object["authserv_id"] = verdict::utf8(field.authserv_id);
    if (!field.version.empty()) object["version"] = verdict::utf8(field.version);
    json::array results;
    for (const authres::MethodResult& result : field.results) results.push_back(to_json(result));
    object["results"] = std::move(results);
    return object;
}

void print(const authres::Field& field, Console& console) {
    console.out << fmt::format("{} says:{}\n",
                               field.authserv_id.empty() ? "a server without a name" : escape::line(field.authserv_id),
                               field.results.empty() ? " nothing was checked" : "");
    for (const authres::MethodResult& result : field.results) {
        console.out << fmt::format("  {}: {}", escape::line(result.method), escape::line(result.result));
        if (!result.reason.empty()) console.out << fmt::format(" ({})", escape::line(result.reason));
        for (const authres::Property& property : result.properties)
            console.out << fmt::format(", {}.{} {}", escape::line(property.type), escape::line(property.name),
                                       escape::line(property.value));
        console.out << '\n';
    }
}

std::unexpected<Failure> refused(std::string_view what, const Error& error) {
    return cannot(fmt::format("{}: {}{}{}", what, error.text,
                              error.position == Error::nowhere ? "" : fmt::format(" at byte {}", error.position),
                              error.section.empty() ? "" : fmt::format(" ({})", error.section)));
}

/// What stands beside the results of a field that only the lenient reader takes.
void add_defects(json::object& object, const authres::Deployed& read) {
    json::array defects;
    for (const authres::Defect defect : read.defects) defects.emplace_back(authres::to_text(defect));
    object["defects"] = std::move(defects);
    json::array domains;
    for (const std::string& domain : read.bare_domains) domains.emplace_back(verdict::utf8(domain));
    object["bare_domains"] = std::move(domains);
}

Outcome run_lenient(std::string_view value, const Arguments& arguments, Console& console) {
    const auto read = authres::parse_deployed(value);
    if (!read) return refused("no Authentication-Results value even to a lenient reader", read.error());
    if (arguments.has("json")) {
        json::object object = to_json(read->field);
        add_defects(object, *read);
        console.out << json::serialize(object) << '\n';
        return exit_code::done;
    }
    print(read->field, console);
    for (const std::string& domain : read->bare_domains)
        console.out << fmt::format("  a name alone: {}\n", escape::line(domain));
    for (const authres::Defect defect : read->defects)
        console.out << fmt::format("  not as RFC 8601 wants it: {}\n", authres::to_text(defect));
    return exit_code::done;
}

Outcome run_parse(const Arguments& arguments, Console& console) {
    const std::string value = *arguments.text("authentication-results");
    if (ascii::istarts_with(ascii::trim(value), "Authentication-Results:")) // no authserv-id holds a bare ':'
        return wrong_usage("--authentication-results: give what stands behind \"Authentication-Results:\", without the "
                           "field's name");
    if (arguments.has("lenient")) return run_lenient(value, arguments, console);
    const auto field = authres::parse(value);
    if (!field) return refused("not a valid Authentication-Results value", field.error());
    if (arguments.has("json"))
        console.out << json::serialize(to_json(*field)) << '\n';
    else
        print(*field, console);
    return exit_code::done;
}

} // namespace

Command headers_parse_command() {
    return {.name = "headers parse",
            .summary = "Read an Authentication-Results field (RFC 8601)",
            .description = "Prints what the field says. Where RFC 8601 does not allow the text, one line says why and "
                           "the exit code is 1; --lenient reads such fields too, Microsoft 365's among them, and tells "
                           "what is odd about them.",
            .examples = {{"headers parse --authentication-results 'mx.example.com; spf=pass smtp.mailfrom=example.net'",
                          "What did that server say"}},
            .options = {{.name = "authentication-results",
                         .value = "VALUE",
                         .help = "the field's value, after the colon",
                         .times = Times::once},
                        {.name = "lenient", .help = "read fields that RFC 8601 does not allow as well"},
                        {.name = "json", .help = "print one JSON object"}},
            .run = run_parse};
}

} // namespace bonafide::cli
