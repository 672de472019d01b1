#include "doctor/autopsy_story.hpp"

#include "dkim/key_record.hpp"
#include "dkim/signature.hpp"
#include "doctor/breakage.hpp"
#include "doctor/explain.hpp"
#include "mail/splitter.hpp"

#include <utility>
#include <vector>

namespace bonafide::doctor {
namespace {

using text::say;

struct Request {
    std::string domain, selector;
    dkim::KeyRequest key;
};

std::vector<Request> requests_of(const std::string& message, const Limits& limits) {
    std::vector<Request> requests;
    mail::Splitter splitter(
        [&](const mail::HeaderBlock& header) {
            for (const std::size_t index : header.find_all("DKIM-Signature")) {
                if (requests.size() >= most_autopsies) break;
                dkim::Policy policy;
                policy.limits = limits;
                const dkim::Signature signature = dkim::parse_signature(header[index].value, policy);
                requests.push_back({signature.domain,
                                    signature.selector,
                                    {.name = signature.key_name,
                                     .type = signature.key_type,
                                     .identity_below_domain = false,
                                     .limits = limits}});
            }
        },
        [](std::string_view) {});
    splitter.feed(message);
    splitter.finish();
    return requests;
}

/// A bounce returns its message whatever the reason; only of these the signature may be the cause.
bool may_be_about_signatures(const Explanation& explanation) {
    switch (explanation.trouble) {
    case Trouble::no_authentication:
    case Trouble::dkim_fail:
    case Trouble::dmarc_policy:
    case Trouble::alignment: return true;
    default: return explanation.kind != Kind::bounce;
    }
}

} // namespace

dns::Flow<Explanation> with_autopsies(Explanation explanation, std::string original, Limits limits) {
    if (!may_be_about_signatures(explanation)) co_return explanation;
    const std::string message = std::move(explanation.message);
    const std::vector<Request> requests = requests_of(message, limits);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        std::shared_ptr<const dkim::KeyRecord> record;
        if (!requests[i].key.name.empty()) {
            const dkim::FetchedKey fetched = co_await dkim::look_up_key(requests[i].key);
            if (fetched.code == dkim::Code::ok) record = fetched.record;
            if (fetched.code != dkim::Code::ok)
                explanation.details.push_back(
                    say("There is no usable DKIM key at {name}.", {{"name", requests[i].key.name}}));
        }
        Autopsy autopsy = examine(message, i, record, original);
        explanation.details.push_back(
            say("signature of {domain}, selector {selector}: {says}",
                {{"domain", requests[i].domain}, {"selector", requests[i].selector}, {"says", autopsy.says}}));
        const bool broken = !autopsy.body_intact || (record && !autopsy.header_intact);
        for (const Breakage& one : autopsy.found) {
            explanation.details.push_back(one.says);
            if (broken && !one.fix.empty()) explanation.fix.insert(explanation.fix.begin(), one.fix);
        }
        // Without any verdict of a receiver the signature itself tells.
        if (explanation.trouble == Trouble::other && explanation.confidence == Confidence::low) {
            explanation.trouble = broken ? Trouble::dkim_fail : record ? Trouble::none : Trouble::dkim_key;
            explanation.confidence = Confidence::medium;
            explanation.domain = requests[i].domain;
            explanation.selector = requests[i].selector;
            explanation.summary = summary_of(explanation);
        }
    }
    co_return explanation;
}

} // namespace bonafide::doctor
