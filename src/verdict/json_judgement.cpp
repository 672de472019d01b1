// A judgement, and the past that it read, as JSON. A contract: keys may be added, never renamed. Numbers are told in full, so that a
// stored judgement adds up again.
#include "base/escape.hpp"
#include "verdict/json_text.hpp"
#include "verdict/report.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <cstdint>

namespace bonafide::verdict {
namespace {

namespace json = boost::json;

json::string text(std::string_view bytes) { return json::string(utf8(bytes)); }
json::string name(std::string_view bytes) { return text(escape::shortened(bytes)); }

/// Whole numbers without a fraction or an exponent.
json::value number(double value) {
    constexpr double most = 1e9; // far beyond any score
    if (std::abs(value) <= most && value == std::trunc(value)) return static_cast<std::int64_t>(value);
    return value;
}

json::array array_of(const std::vector<Evidence>& evidence) {
    json::array rows;
    for (const Evidence& one : evidence)
        rows.push_back(
            json::object{{"signal", text(one.signal)}, {"points", number(one.points)}, {"text", text(one.text)}});
    return rows;
}

json::object object_of(const Indicators& indicators) {
    return {{"unverified", indicators.unverified},
            {"via", indicators.via.empty() ? json::value() : json::value(name(indicators.via))},
            {"first_contact", indicators.first_contact}};
}

json::array array_of(const DayCounts& day) {
    return {day.day, day.good, day.unclear, day.bad, day.ham, day.spam, day.sent};
}

json::object object_of(const Past& past) {
    json::array days;
    for (const DayCounts& day : past.series) days.push_back(array_of(day));
    json::object object{{"kind", to_text(past.key.kind)}};
    put_text(object, "of", past.key.of, escape::most_name_bytes);
    put_text(object, "with", past.key.with, escape::most_name_bytes);
    object["days"] = std::move(days);
    return object;
}

json::array array_of(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& one : texts) array.push_back(text(one));
    return array;
}

json::value object_of(const AuthorHosts& hosts) {
    json::array addresses;
    for (const ip::Address& address : hosts.addresses) addresses.push_back(json::string(address.text()));
    return json::object{{"mail_hosts", array_of(hosts.mail_hosts)},
                        {"addresses", std::move(addresses)},
                        {"incomplete", hosts.incomplete},
                        {"no_such_domain", hosts.no_such_domain},
                        {"null_mail_host", hosts.null_mail_host}};
}

} // namespace

std::string to_json(const Judgement& judgement) {
    return json::serialize(json::object{
        {"result", to_text(judgement.result)},
        {"reason", reason_text(judgement.reason)},
        {"evidence", array_of(judgement.evidence)},
        {"why", text(judgement.why)},
        {"score", number(judgement.score)},
        {"suggestion", to_text(judgement.suggestion)},
        {"indicators", object_of(judgement.indicators)},
    });
}

std::string to_json(const History& history) {
    if (!history.known) return "null";
    json::array pasts;
    for (const Past& past : history.pasts) pasts.push_back(object_of(past));
    return json::serialize(pasts);
}

std::string to_json(const AuthorHosts& author_hosts, std::span<const authres::Field> upstream) {
    json::array fields;
    for (const authres::Field& field : upstream) fields.push_back(text(authres::write(field)));
    return json::serialize(json::object{{"author_hosts", object_of(author_hosts)}, {"upstream", std::move(fields)}});
}

} // namespace bonafide::verdict
