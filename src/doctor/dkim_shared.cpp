#include "base/base64.hpp"
#include "doctor/dkim.hpp"
#include "doctor/dkim_judge.hpp"
#include "sign/record.hpp"

#include <string>

namespace bonafide::doctor {

using text::say;

void SharedKeys::judge(const Survey& survey, std::vector<Finding>& findings) {
    const std::string& domain = survey.subject.domain;
    const std::string organization = survey.subject.suffixes ? survey.subject.suffixes->organizational(domain) : domain;
    for (const DkimKey& key : survey.dkim.keys) {
        if (key.alias || !is_usable(key)) continue;
        // However it is written: with its final "=" or without.
        const auto octets = base64::decode(published_key(key.answer->txt.front()));
        if (!octets || octets->empty()) continue;
        const auto [first, is_new] = seen_.try_emplace(base64::encode(*octets), Owner{domain, organization});
        if (is_new || first->second.organization == organization) continue;
        findings.push_back({.id = "dkim.shared_key",
                            .severity = Severity::warning,
                            .subject = sign::record_name(key.selector, domain),
                            .title = say("{domain} and {other} publish the same DKIM key",
                                         {{"domain", domain}, {"other", first->second.domain}}),
                            .why = say("Who holds the key of one of them can sign in the name of the other."),
                            .fix = say("Give each domain a key of its own."),
                            .actor = Actor::mail_admin});
    }
}

} // namespace bonafide::doctor
