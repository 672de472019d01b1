// Whole messages through the engine, as a door would hand them in.
#include "base/ascii.hpp"
#include "conformance/kinds.hpp"
#include "engine/transaction.hpp"
#include "mail/splitter.hpp"
#include "policy/disposition.hpp"

#include <algorithm>
#include <sstream>

namespace bonafide::conformance {
namespace {

namespace json = boost::json;

engine::Finished verify(const Case& test, Files& files) {
    const auto zone = files.zone(test);
    auto settings = std::make_shared<engine::Settings>();
    settings->dmarc.discovery = discovery_of(test);
    engine::Context context;
    context.settings = std::move(settings);
    context.suffixes = files.suffixes(test);
    context.host_name = "mx.conformance.example";
    context.source = std::make_shared<dns::ImmediateSource>(*zone);
    context.clock.unix_time = [now = test.now()] { return now; };
    const json::object& envelope = test.data.at("envelope").as_object();
    engine::Connection connection(context);
    engine::Peer peer;
    peer.address = ip::Address::parse(Case::text(envelope, "ip")); // a client of no known family has none
    peer.direction = verdict::Direction::inbound;
    connection.open(std::move(peer));
    connection.helo(Case::text(envelope, "helo"));
    engine::Transaction message(connection);
    message.mail(Case::text(envelope, "mail_from"), {});
    mail::Splitter splitter(
        [&](mail::HeaderBlock header) {
            message.header(std::move(header));
            message.end_of_header();
        },
        [&](std::string_view chunk) { message.body(chunk); });
    splitter.feed(Files::bytes(test, test.data, "message"));
    splitter.finish();
    engine::Finished result;
    message.end([&](engine::Finished finished) { result = std::move(finished); }); // at once: the zone never waits
    return result;
}

template<class T> json::value result_of(const verdict::Evaluated<T>& part) {
    return part.value ? json::value(to_text(part.value->result)) : json::value("unavailable");
}

template<class Value> json::value text_or_null(const std::optional<Value>& value) {
    return value ? json::value(to_text(*value)) : json::value();
}

/// The suite shows some of the signatures, in any order.
void compare_signatures(Comparison& comparison, const json::array& wanted,
                        const std::vector<dkim::SignatureResult>& ours) {
    for (const json::value& one : wanted) {
        const std::string domain = Case::text(one.as_object(), "d");
        Comparison closest;
        closest.compare("dkim " + domain, one.at("result"), "absent");
        for (const auto& signature : ours) {
            if (!ascii::iequals(signature.domain, domain)) continue;
            Comparison with;
            with.compare("dkim " + domain, one.at("result"), word(to_text(signature.result)));
            closest = std::move(with);
            if (closest.agrees()) break;
        }
        comparison.add(closest);
    }
}

Comparison compare_facts(const Case& test, const verdict::Facts& facts) {
    const json::object& expect = test.expect();
    Comparison comparison;
    comparison.compare_member("spf", expect, result_of(facts.spf));
    comparison.compare_member("iprev", expect, result_of(facts.iprev));
    comparison.compare_member("dmarc", expect, result_of(facts.dmarc));
    const dmarc::Evaluation none;
    const dmarc::Evaluation& evaluation = facts.dmarc.value ? *facts.dmarc.value : none;
    comparison.compare_member("policy", expect, text_or_null(evaluation.policy));
    comparison.compare_member("disposition", expect, text_or_null(evaluation.disposition));
    if (const auto* signatures = expect.if_contains("dkim_results"))
        compare_signatures(comparison, signatures->as_array(), facts.dkim);
    return comparison;
}

/// The two settings of the suite's own filter that say what it refuses.
policy::DispositionSettings read_settings(const std::string& upstream) {
    policy::DispositionSettings settings;
    settings.reject = policy::DmarcReject::never;
    std::istringstream words(upstream);
    for (std::string name, value; words >> name >> value;) {
        if (!ascii::iequals(value, "yes")) continue;
        if (name == "RejectFailures") settings.reject = policy::DmarcReject::always;
        if (name == "RejectMultiValueFrom") settings.several_authors = policy::SeveralAuthors::refuse;
    }
    return settings;
}

/// In the suite's words. A refusal always has its text here.
std::string reply_of(const policy::Disposition& disposition) {
    if (disposition.what != policy::What::reject) return "accept";
    return disposition.reply.starts_with("550 5.7.") ? "reject" : "reject without text";
}

std::string wanted_reply(const std::string& word) {
    if (word == "CONTINUE") return "accept"; // the filter's answer before the last
    return word == "reject-with-text" ? "reject" : word;
}

} // namespace

Comparison run_e2e(const Case& test, Files& files) { return compare_facts(test, verify(test, files).facts); }

Comparison run_milter(const Case& test, Files& files) {
    const engine::Finished finished = verify(test, files);
    const policy::DispositionSettings settings = read_settings(Case::text(test.data, "upstream_config"));
    // By its rules alone: nothing judged.
    const policy::Disposition disposition = policy::dispose(finished.facts, nullptr, nullptr, settings, {});
    Comparison comparison = compare_facts(test, finished.facts);
    comparison.compare("milter_reply", word(wanted_reply(Case::text(test.expect(), "milter_reply"))),
                       word(reply_of(disposition)));
    return comparison;
}

} // namespace bonafide::conformance
