#include "conformance/kinds.hpp"
#include "dkim/dkim.hpp"
#include "dmarc/external_destination.hpp"
#include "dns/idna.hpp"
#include "spf/spf.hpp"

#include <stdexcept>

namespace bonafide::conformance {
namespace {

namespace json = boost::json;

std::string domain_of(const json::object& object, std::string_view key) {
    auto domain = dns::to_ascii(Case::text(object, key));
    if (!domain) throw std::runtime_error(domain.error().text);
    return *std::move(domain);
}

template<class Result> dmarc::Identifier identifier(const json::object& object, std::optional<Result> result) {
    if (!result) throw std::runtime_error("unknown result word");
    return {domain_of(object, "domain"), *result == Result::pass, *result == Result::temperror};
}

template<class Value> json::value text_or_null(const std::optional<Value>& value) {
    return value ? json::value(to_text(*value)) : json::value();
}

} // namespace

Comparison run_dmarc(const Case& test, Files& files) {
    const json::object& given = test.input();
    dmarc::Input input;
    input.author_domain = domain_of(given, "header_from");
    if (const auto* spf = given.if_contains("spf"); spf != nullptr && spf->is_object())
        input.spf = identifier(spf->as_object(), spf::parse_result(Case::text(spf->as_object(), "result")));
    if (const auto* dkim = given.if_contains("dkim"); dkim != nullptr && dkim->is_array())
        for (const json::value& one : dkim->as_array())
            input.dkim.push_back(
                identifier(one.as_object(), dkim::parse_result(Case::text(one.as_object(), "result"))));
    input.discovery = discovery_of(test);
    input.suffixes = files.suffixes(test);
    const dmarc::Evaluation found = dns::run(dmarc::check(std::move(input)), *files.zone(test));

    const json::object& expect = test.expect();
    Comparison comparison;
    comparison.compare_member("dmarc", expect, word(to_text(found.result)));
    comparison.compare_member("policy", expect, text_or_null(found.policy));
    comparison.compare_member("policy_domain", expect,
                              found.policy_domain.empty() ? json::value() : json::value(found.policy_domain));
    comparison.compare_member("disposition", expect, text_or_null(found.disposition));
    comparison.compare_member("spf_aligned", expect, found.spf_aligned);
    comparison.compare_member("dkim_aligned", expect, found.dkim_aligned);
    return comparison;
}

Comparison run_dmarc_extreport(const Case& test, Files& files) {
    using dmarc::Consent;
    dmarc::ReportTarget target{.policy_domain = domain_of(test.input(), "policy_domain"),
                               .host = domain_of(test.input(), "report_domain"),
                               .discovery = discovery_of(test),
                               .suffixes = files.suffixes(test),
                               .limits = {}};
    const Consent consent = dns::run(dmarc::check_destination(std::move(target)), *files.zone(test)).consent;
    Comparison comparison;
    const json::value& accepts = test.expect().at("accepts"); // null: either
    if (!accepts.is_null())
        comparison.compare("accepts", accepts, consent == Consent::given || consent == Consent::same_organization);
    comparison.compare_member("status", test.expect(), word(consent == Consent::unknown ? "temperror" : "none"));
    return comparison;
}

} // namespace bonafide::conformance
