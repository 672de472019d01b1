// Evaluates SPF cases with src/spf: JSON lines in, JSON lines out, in the same order, DNS from the zone of each line.
//
//   {"ip","helo","mail_from","zone":{...}} -> {"result","explanation","code","term","domain","result_void","result_lookups"}
//
// result_void is what the result would be without a limit of void look-ups, result_lookups without any limit of look-ups: they tell
// a disagreement about what counts from one about what a record means.
#include "dns/zone.hpp"
#include "spf/spf.hpp"

#include <boost/json.hpp>
#include <iostream>
#include <stdexcept>
#include <string>

namespace bonafide {
namespace {

constexpr std::uint32_t no_limit = 1000;

std::string text(const boost::json::object& object, std::string_view key) {
    return std::string(object.at(key).as_string());
}

spf::Outcome evaluate(const boost::json::object& test, const dns::Zone& zone, const Limits& limits) {
    const auto client = ip::Address::parse(text(test, "ip"));
    if (!client) throw std::runtime_error("no client address");
    return dns::run(spf::check({.client = *client,
                                .helo = text(test, "helo"),
                                .mail_from = text(test, "mail_from"),
                                .receiver = "mx.example.org",
                                .now = 1'700'000'000,
                                .limits = limits}),
                    zone);
}

boost::json::object run(const boost::json::object& test) {
    const auto zone = dns::Zone::parse(boost::json::serialize(test.at("zone")));
    if (!zone) throw std::runtime_error(zone.error().text);
    Limits limits;
    const spf::Outcome outcome = evaluate(test, **zone, limits);
    limits.spf_void_lookups = no_limit;
    const spf::Result without_void_limit = evaluate(test, **zone, limits).result;
    limits.spf_lookups = no_limit;
    const spf::Result without_limits = evaluate(test, **zone, limits).result;
    return {{"result", to_text(outcome.result)},
            {"explanation", outcome.explanation},
            {"code", to_text(outcome.cause.code)},
            {"term", outcome.cause.term},
            {"domain", outcome.cause.domain},
            {"section", outcome.cause.section},
            {"result_void", to_text(without_void_limit)},
            {"result_lookups", to_text(without_limits)}};
}

} // namespace
} // namespace bonafide

int main() {
    std::ios::sync_with_stdio(false);
    try {
        for (std::string line; std::getline(std::cin, line);)
            std::cout << boost::json::serialize(bonafide::run(boost::json::parse(line).as_object())) << '\n';
    } catch (const std::exception& error) {
        std::cerr << "spf_driver: " << error.what() << '\n';
        return 1;
    }
}
