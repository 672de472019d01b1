#include "doctor/judge.hpp"

#include "doctor/bimi.hpp"
#include "doctor/dkim.hpp"
#include "doctor/dmarc.hpp"
#include "doctor/dnssec.hpp"
#include "doctor/local_zone.hpp"
#include "doctor/mta_sts.hpp"
#include "doctor/mx.hpp"
#include "doctor/parked.hpp"
#include "doctor/queue.hpp"
#include "doctor/reverse.hpp"
#include "doctor/servers.hpp"
#include "doctor/size.hpp"
#include "doctor/spf.hpp"
#include "doctor/tls_rpt.hpp"
#include "verdict/alphabets.hpp"

#include <algorithm>
#include <fmt/ranges.h>
#include <set>
#include <string>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

/// Letters that deceive, or that were typed by mistake.
void judge_name(const Survey& all, std::vector<Finding>& findings) {
    const verdict::OddLetters odd = verdict::odd_letters(all.subject.domain);
    if (odd.label.empty()) return;
    const std::string alphabets = fmt::format("{}", fmt::join(odd.alphabets, ", "));
    findings.push_back(
        {.id = "name.confusable",
         .severity = Severity::notice,
         .subject = all.subject.domain,
         .title = odd.mixed ? say("{label} mixes letters of different alphabets: {alphabets}",
                                  {{"label", odd.label}, {"alphabets", alphabets}})
                            : say("{label} looks like {latin}, but its letters are of another alphabet: {alphabets}",
                                  {{"label", odd.label}, {"latin", odd.latin}, {"alphabets", alphabets}}),
         .why = say("Such names serve to deceive: programs show this one as {domain}, and filters distrust it.",
                    {{"domain", all.subject.domain}}),
         .fix = odd.latin.empty() ? say("See that this is the domain you meant.")
                                  : say("If you meant {latin}, type it in Latin letters.", {{"latin", odd.latin}}),
         .actor = Actor::nobody});
}

/// A domain that is not there needs no list of what it lacks.
bool judge_existence(const Survey& all, std::vector<Finding>& findings) {
    if (all.mx.exists || !all.mx.answer || all.mx.answer->status != dns::Status::nx_domain) return true;
    if (all.spf.root && all.spf.root->status != dns::Status::nx_domain) return true;
    if (all.dmarc.own && all.dmarc.own->found()) return true;
    findings.push_back(
        {.id = "domain.absent",
         .severity = Severity::error,
         .subject = all.subject.domain,
         .title = say("{domain} does not exist in DNS", {{"domain", all.subject.domain}}),
         .why = say("Receivers refuse mail from a domain that does not exist."),
         .fix = say(
             "Check the spelling; if it is right, the domain has expired or is not delegated to any name server.")});
    return false;
}

/// The same name may go without an answer for several topics.
void say_once(std::vector<Finding>& findings) {
    std::set<std::pair<std::string_view, std::string>> seen;
    std::erase_if(findings, [&](const Finding& one) {
        return one.id == "dns.unanswered" && !seen.emplace(one.id, one.subject).second;
    });
}

} // namespace

std::vector<Finding> judge(const Survey& all) {
    std::vector<Finding> findings;
    judge_name(all, findings);
    if (!judge_existence(all, findings)) return findings;
    judge_dnssec(all, findings);
    if (own_records_are_bogus(all)) return findings; // what cannot be seen cannot be judged
    judge_servers(all, findings);
    judge_local_zone(all, findings);
    judge_spf(all, findings);
    judge_dkim(all, findings);
    judge_dmarc(all, findings);
    judge_parked(all, findings);
    judge_mx(all, findings);
    judge_reverse(all, findings);
    judge_mta_sts(all, findings);
    judge_tls_rpt(all, findings);
    judge_bimi(all, findings);
    judge_size(all, findings);
    judge_queue(all, findings);
    say_once(findings);
    return findings;
}

} // namespace bonafide::doctor
