#include "doctor/queue.hpp"

#include "doctor/explain.hpp"
#include "doctor/reply_table.hpp"
#include "doctor/reply_text.hpp"

#include <map>

namespace bonafide::doctor {

using text::say;

void judge_queue(const Survey& all, std::vector<Finding>& findings) {
    constexpr std::size_t most_shown = 3;
    std::map<std::pair<Trouble, Receiver>, std::vector<const QueuedMail*>> kinds;
    for (const QueuedMail& mail : all.subject.queued) {
        const auto replies = find_replies(plain_lines(mail.reason));
        const Receiver receiver = recognise_receiver(mail.reason, mail.recipient);
        const Reply reply = replies.empty() ? Reply{.code = {}, .enhanced = {}, .text = mail.reason} : replies.front();
        kinds[{meaning_of(reply, receiver).trouble, receiver}].push_back(&mail);
    }
    for (const auto& [kind, mails] : kinds) {
        const Explanation explanation{.receiver = kind.second, .trouble = kind.first, .domain = all.subject.domain};
        const bool ours = kind.first <= Trouble::tls; // what the domain or the server can mend
        Finding& finding = findings.emplace_back(
            Finding{.id = "queue.deferred",
                    .severity = ours ? Severity::warning : Severity::notice,
                    .subject = all.subject.domain,
                    .title = say("Mail of {domain} waits in the queue of this server; recipients: {count}",
                                 {{"domain", all.subject.domain}, {"count", mails.size()}}),
                    .why = summary_of(explanation),
                    .actor = Actor::mail_admin});
        if (const auto advice = advice_of(explanation); !advice.empty()) finding.fix = advice.front();
        for (std::size_t i = 0; i < mails.size() && i < most_shown; ++i)
            finding.details.push_back(
                say("{recipient}: {reason}", {{"recipient", mails[i]->recipient}, {"reason", mails[i]->reason}}));
    }
}

} // namespace bonafide::doctor
