#include "policy/enforce.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

/// RFC 8601 4.2: refused in the SMTP session, which leaves no header to edit.
Decision refuse(std::string reply, std::string why) {
    return {.action = Action::reject, .smtp_reply = std::move(reply), .edits = {}, .why = std::move(why)};
}

bool has_several_authors(const mail::Author& author) {
    return author.cause == mail::FromCause::several_domains || author.cause == mail::FromCause::several_fields;
}

/// "No result" is no failure: a domain without a record, a message without a signature, a DNS that was silent.
/// RFC 7208 8.2: neutral counts like none.
bool spf_failed(const verdict::Facts& facts) {
    if (!facts.spf.value) return false;
    const spf::Result result = facts.spf.value->result;
    return result == spf::Result::fail || result == spf::Result::softfail || result == spf::Result::permerror;
}

bool dkim_failed(const verdict::Facts& facts) {
    return std::any_of(facts.dkim.begin(), facts.dkim.end(),
                       [](const dkim::SignatureResult& signature) { return signature.result == dkim::Result::fail; }) &&
           std::none_of(facts.dkim.begin(), facts.dkim.end(),
                        [](const dkim::SignatureResult& signature) { return signature.result == dkim::Result::pass; });
}

/// RFC 7372 3.4, 4: a code of its own when several checks failed. DMARC itself is none of them: it only follows from the others.
/// RFC 8617 5.2.2: nor is a broken ARC chain, which refuses nothing; the 5.7.29 it may have is not used.
std::string_view enhanced_code(const verdict::Facts& facts) {
    return spf_failed(facts) && dkim_failed(facts) ? "5.7.26" : "5.7.1";
}

Decision reject_by_policy(const verdict::Facts& facts, const std::string& author) {
    // RFC 9989 7.2: the word DMARC tells whoever reads the reply, and the machines that do, what to mend.
    return refuse(
        escape::smtp_text(fmt::format("550 {} Refused by the DMARC policy of {}", enhanced_code(facts), author)),
        fmt::format("DMARC fails and {} asks for reject", escape::line(author)));
}

Decision mark_as_junk(Decision decided, const std::string& author, dmarc::Policy asked) {
    // Below our Authentication-Results, which stays on top of all (RFC 8601 4.1): before it in the order of insertion.
    const auto top = std::find_if(decided.edits.begin(), decided.edits.end(),
                                  [](const HeaderEdit& edit) { return edit.kind == HeaderEdit::Kind::insert_top; });
    decided.edits.insert(top, {HeaderEdit::Kind::insert_top, std::string(junk_field), "dmarc", 0});
    decided.why = asked == dmarc::Policy::reject
                      ? fmt::format("DMARC fails and {} asks for reject, which dmarc.reject turns into quarantine",
                                    escape::line(author))
                      : fmt::format("DMARC fails and {} asks for quarantine", escape::line(author));
    return decided;
}

} // namespace

Decision enforce(Decision decided, const verdict::Facts& facts, const Enforcement& settings) {
    if (facts.direction != verdict::Direction::inbound || decided.action != Action::accept) return decided;
    if (settings.several_authors == SeveralAuthors::refuse && has_several_authors(facts.author))
        return refuse("550 5.7.1 The message names authors of several domains, so DMARC cannot tell whose it is",
                      "the From field gives no single author domain");
    if (!facts.dmarc.value) return decided;
    const dmarc::Evaluation& found = *facts.dmarc.value;
    // Nothing but DMARC refuses. RFC 7208 8.5: softfail alone is no reason; RFC 6376 6.1, 6.3: nor is a signature that
    // is missing or does not verify.
    switch (found.disposition.value_or(dmarc::Policy::none)) {
    case dmarc::Policy::none: return decided; // RFC 9989 5.4: p=none changes nothing
    case dmarc::Policy::quarantine: break;
    case dmarc::Policy::reject:
        if (settings.reject == DmarcReject::always) return reject_by_policy(facts, found.author_domain);
        break;
    }
    return mark_as_junk(std::move(decided), found.author_domain, *found.disposition);
}

} // namespace bonafide::policy
