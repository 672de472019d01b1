#include "doctor/dnssec.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

struct Seen {
    std::string name;
    dns::Answer answer;
};

bool is_bogus(const dns::Answer& answer) {
    return answer && (answer->status == dns::Status::bogus || answer->dnssec == dns::Dnssec::bogus);
}

std::vector<Seen> answers_of(const Survey& all) {
    const std::string& domain = all.subject.domain;
    std::vector<Seen> seen{{domain, all.spf.txt},
                           {domain, all.mx.answer},
                           {"_dmarc." + domain, all.dmarc.own},
                           {"_mta-sts." + domain, all.mta_sts.txt},
                           {"_smtp._tls." + domain, all.tls_rpt.txt}};
    for (const DkimKey& key : all.dkim.keys) seen.push_back({key.selector + "._domainkey." + domain, key.answer});
    return seen;
}

} // namespace

bool own_records_are_bogus(const Survey& all) { return is_bogus(all.spf.txt) || is_bogus(all.mx.answer); }

void judge_dnssec(const Survey& all, std::vector<Finding>& findings) {
    const std::string& domain = all.subject.domain;
    std::vector<std::string> bogus;
    for (const Seen& one : answers_of(all))
        if (is_bogus(one.answer) && std::ranges::find(bogus, one.name) == bogus.end()) bogus.push_back(one.name);
    if (!bogus.empty()) {
        const bool whole = own_records_are_bogus(all);
        findings.push_back(
            {.id = "dnssec.bogus",
             .severity = Severity::error,
             .subject = whole ? domain : bogus.front(),
             .title = whole ? say("The DNSSEC signatures of {domain} do not verify", {{"domain", domain}})
                            : say("The DNSSEC signatures of {name}, or of the name it is an alias of, do not verify",
                                  {{"name", bogus.front()}}),
             .why = whole ? say("Receivers that validate see no records at all: neither MX nor SPF, DKIM and "
                                "DMARC; the mail is put off or refused.")
                          : say("Receivers that validate see nothing at this name."),
             .fix = whole
                        ? say("Sign the zone anew, and see that the DS record at the registrar is that of the "
                              "key in use; or take the DS record out until then.")
                        : say("Have the zone signed anew by who runs it, and see that its DS record is that of the key "
                              "in use."),
             .actor = Actor::dns_host});
        for (const std::string& name : bogus) findings.back().details.push_back(say("{name}", {{"name", name}}));
        return;
    }
    const auto is_secure = [](const dns::Answer& answer) { return answer && answer->dnssec == dns::Dnssec::secure; };
    if (is_secure(all.spf.txt) || is_secure(all.mx.answer))
        findings.push_back(
            {.id = "dnssec.ok",
             .severity = Severity::ok,
             .subject = domain,
             .title = say("{domain} is signed with DNSSEC, and the signatures verify", {{"domain", domain}}),
             .actor = Actor::nobody});
}

} // namespace bonafide::doctor
