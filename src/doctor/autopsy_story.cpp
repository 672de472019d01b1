#include "doctor/autopsy_story.hpp"

#include "dkim/key_record.hpp"
#include "dkim/signature.hpp"
#include "doctor/breakage.hpp"
#include "doctor/explain.hpp"
#include "mail/date.hpp"
#include "mail/splitter.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace bonafide::doctor {
namespace {

using text::say;
using text::Text;

struct Request {
    std::string domain, selector;
    dkim::KeyRequest key;
    std::optional<std::int64_t> expires;
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
                                     .identity_below_domain = signature.identity_below_domain,
                                     .limits = limits},
                                    signature.expires});
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

/// The sentence of a signature, which several are parted by.
Text about(const Request& request, Text says) {
    return say("signature of {domain}, selector {selector}: {says}",
               {{"domain", request.domain}, {"selector", request.selector}, {"says", std::move(says)}});
}

/// What a signature turned out to be.
struct Verdict {
    Trouble trouble = Trouble::none;
    Text says;
};

Verdict judge(const Request& request, const dkim::FetchedKey& fetched, const Autopsy& autopsy, std::int64_t now) {
    const bool has_key = fetched.code == dkim::Code::ok;
    if (request.expires && now > *request.expires && autopsy.body_intact && (autopsy.header_intact || !has_key))
        return {Trouble::dkim_fail, say("The signature expired at {time}; what it covers was not changed.",
                                        {{"time", mail::format_date(*request.expires)}})};
    if (!autopsy.body_intact || (has_key && !autopsy.header_intact)) return {Trouble::dkim_fail, autopsy.says};
    if (has_key) return {Trouble::none, autopsy.says};
    return {fetched.code == dkim::Code::key_unavailable ? Trouble::dns : Trouble::dkim_key, autopsy.says};
}

} // namespace

dns::Flow<Explanation> with_autopsies(Explanation explanation, std::string original, Limits limits) {
    if (!may_be_about_signatures(explanation)) co_return explanation;
    const std::string message = std::move(explanation.message);
    const std::vector<Request> requests = requests_of(message, limits);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        dkim::FetchedKey fetched;
        if (!requests[i].key.name.empty()) fetched = co_await dkim::look_up_key(requests[i].key);
        const Request& request = requests[i];
        Examination examination{.message = message, .index = i, .original = original, .sharers = requests.size()};
        if (!request.key.name.empty()) {
            if (fetched.code == dkim::Code::ok) {
                examination.keys = fetched.more;
                examination.keys.insert(examination.keys.begin(), fetched.record);
            } else if (fetched.code == dkim::Code::key_unavailable) {
                explanation.details.push_back(
                    say("The DKIM key at {name} could not be asked for.", {{"name", request.key.name}}));
            } else {
                explanation.details.push_back(
                    say("There is no usable DKIM key at {name}.", {{"name", request.key.name}}));
            }
        }
        const Autopsy autopsy = examine(examination);
        const Verdict verdict = judge(request, fetched, autopsy, explanation.asked_at);
        explanation.details.push_back(about(request, verdict.says));
        for (const Breakage& one : autopsy.found) {
            explanation.details.push_back(one.says);
            const auto is_it = [&](const Text& fix) { return fix.pattern == one.fix.pattern; };
            if (verdict.trouble == Trouble::dkim_fail && !one.fix.empty() &&
                std::ranges::none_of(explanation.fix, is_it))
                explanation.fix.insert(explanation.fix.begin(), one.fix);
        }
        // Without any verdict of a receiver the signature itself tells.
        if (explanation.trouble == Trouble::other && explanation.confidence == Confidence::low) {
            explanation.trouble = verdict.trouble;
            explanation.confidence = Confidence::medium;
            explanation.domain = request.domain;
            explanation.selector = request.selector;
            // No receiver has refused anything, and what was found says more than the cause alone.
            explanation.summary = about(request, verdict.says);
        }
    }
    co_return explanation;
}

} // namespace bonafide::doctor
