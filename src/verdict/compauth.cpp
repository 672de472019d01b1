#include "verdict/compauth.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dns/name.hpp"
#include "verdict/alignment.hpp"
#include "verdict/behaviour.hpp"
#include "verdict/implicit.hpp"
#include "verdict/wording.hpp"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <iterator>
#include <ranges>

namespace bonafide::verdict {
namespace {

bool dmarc_is(const Facts& facts, dmarc::Result result) {
    return facts.dmarc.value && facts.dmarc.value->result == result;
}

/// The policy itself could not be read. A look-up that failed for an identifier is another matter: there the policy is known.
bool is_policy_unknown(const Facts& facts) {
    return dmarc_is(facts, dmarc::Result::temperror) && facts.dmarc.value->code == dmarc::Code::dns_error &&
           !facts.dmarc.value->policy;
}

/// The owner asks for something to be done about this very message.
bool fails_strictly(const Facts& facts) {
    return dmarc_is(facts, dmarc::Result::fail) &&
           facts.dmarc.value->disposition.value_or(dmarc::Policy::none) != dmarc::Policy::none;
}

class Judge {
  public:
    Judge(const Facts& facts, const Knowledge& knowledge, OwnerPolicy policy)
        : facts_(facts), knows_(knowledge), strict_(policy == OwnerPolicy::counts && fails_strictly(facts)),
          history_(knowledge.history), aligned_(align(facts, knowledge.suffixes)),
          infrastructures_(infrastructures_of(facts, knowledge.suffixes)), today_(day_of(facts.now)),
          author_(shown(facts.author.domain)) {}

    Judgement judge() {
        if (facts_.direction != Direction::inbound) {
            conclude(Compauth::none, 300, fmt::format("not judged: {} mail", to_text(facts_.direction)));
            return std::move(out_);
        }
        if (!by_list() && !not_judged()) decide();
        std::ranges::move(behaviour_of(facts_, knows_, out_, aligned_, infrastructures_),
                          std::back_inserter(out_.evidence));
        if (auto cap = cap_of(out_.evidence, knows_.thresholds)) out_.evidence.push_back(std::move(*cap));
        for (const Evidence& one : out_.evidence) out_.score += one.points;
        const bool hides_via = allowed_ || aligned_.any();
        out_.indicators = indicators_of(facts_, knows_.history, out_.result, hides_via);
        out_.suggestion = suggest();
        return std::move(out_);
    }

  private:
    bool conclude(Compauth result, unsigned reason, std::string why) {
        out_.result = result;
        out_.reason = reason;
        out_.why = std::move(why);
        return true;
    }
    void add(SignalId id, std::string text) { add(id, knows_.weights[id], std::move(text)); }
    void add(SignalId id, double points, std::string text) {
        out_.evidence.push_back(make_evidence(id, points, std::move(text)));
    }

    // ---- what is not judged

    bool not_judged() {
        if (is_unverified(facts_))
            return conclude(Compauth::none, 305, "not judged: a failure on our side kept the checks incomplete");
        // Where From names no single author, DMARC asked nothing: what failed was the sender's own.
        if (is_unchecked(facts_, "dns") && facts_.author.cause == mail::FromCause::ok)
            return conclude(Compauth::none, 305, "not judged: our DNS servers answered nothing");
        const auto& client = facts_.envelope.client;
        if (client && ip::is_in(*client, knows_.lists.networks))
            return conclude(Compauth::none, 400, fmt::format("passed over: {} is in a listed network", client->text()));
        const bool explicit_pass = dmarc_is(facts_, dmarc::Result::pass) || aligned_.any();
        if (facts_.envelope.relays > 0 && !facts_.envelope.client && !explicit_pass)
            return conclude(Compauth::none, 905, "passed over: which client gave the mail to our relays is not known");
        if (!facts_.dmarc.value) // a stored message without an envelope, SPF switched off
            return conclude(Compauth::none, 305, "not judged: " + facts_.dmarc.unavailable);
        return false;
    }

    // ---- the rules, in their order

    void decide() {
        const bool done = by_missing_author() || by_dmarc_pass() || by_alignment() || by_own_gateway() ||
                          by_upstream() || by_sealers() || by_bounce() || by_strict_fail() || by_implicit();
        if (!done) by_default();
    }

    /// Addresses that the From field shows, or what stands for them.
    [[nodiscard]] std::vector<std::string> shown_addresses() const {
        std::vector<std::string> addresses;
        for (const mail::Mailbox& mailbox : facts_.author.mailboxes)
            addresses.push_back(mailbox.local_part + '@' + mailbox.domain);
        if (addresses.empty() && !facts_.author.text.empty()) addresses = KnownNames::addresses_in(facts_.author.text);
        if (addresses.empty()) addresses.push_back(facts_.author.domain);
        return addresses;
    }

    /// A block of one of the addresses blocks the message; an allowance counts only for all of them.
    bool by_list() {
        const SpoofPair* allowing = nullptr;
        std::size_t allowed = 0;
        const std::vector<std::string> addresses = shown_addresses();
        for (const std::string& address : addresses) {
            const SpoofPair* pair =
                knows_.lists.pairs.find(address, infrastructures_, facts_.envelope.client, knows_.suffixes);
            if (pair == nullptr) continue;
            const std::string entry =
                fmt::format("{}, {}", escape::line(pair->author), escape::line(pair->infrastructure));
            if (pair->action == SpoofPair::Action::block) {
                add(SignalId::blocked_pair, fmt::format("the list of spoofed senders blocks {}", entry));
                return conclude(Compauth::fail, 2, fmt::format("an administrator has blocked {}", entry));
            }
            ++allowed;
            if (allowing == nullptr) allowing = pair;
        }
        allowed_ = allowed == addresses.size();
        if (allowed_) // detection goes on: an entry says what may pass, not who wrote it
            add(SignalId::allowed_pair,
                fmt::format("the list of spoofed senders allows {}, {}", escape::line(allowing->author),
                            escape::line(allowing->infrastructure)));
        return false;
    }

    bool by_missing_author() {
        if (facts_.author.cause == mail::FromCause::ok) return false;
        // A From that is there and names nobody is made to be misread; one that is missing shows nobody.
        const double share = facts_.author.cause == mail::FromCause::missing ? 0.5 : 1;
        add(SignalId::no_author, share * knows_.weights[SignalId::no_author],
            "From names no single author: " + facts_.author.detail);
        std::vector<std::string> domains = facts_.author.domains; // what no parser takes is still shown to people
        for (const std::string& address : KnownNames::addresses_in(facts_.author.text))
            domains.push_back(address.substr(address.rfind('@') + 1));
        const auto own = std::ranges::find_if(domains, [&](const auto& domain) { return is_own(domain); });
        if (own == domains.end())
            return conclude(Compauth::fail, 1, "From names no single author whom anything could vouch for");
        add(SignalId::own_domain, fmt::format("{} is a domain of ours", shown(*own)));
        return conclude(Compauth::fail, 601,
                        fmt::format("From names no single author, and {} of ours stands in it", shown(*own)));
    }

    bool by_dmarc_pass() {
        if (!dmarc_is(facts_, dmarc::Result::pass)) return false;
        const dmarc::Evaluation& found = *facts_.dmarc.value;
        add(SignalId::dmarc_pass, found.reason);
        const unsigned code = found.spf_aligned && found.dkim_aligned ? 100 : found.dkim_aligned ? 101 : 102;
        return conclude(Compauth::pass, code, fmt::format("DMARC passes for {}", author_));
    }

    bool by_alignment() {
        if (!aligned_.any()) return false;
        const std::string by = shown(aligned_.by);
        const dmarc::Evaluation& found = *facts_.dmarc.value;
        if (found.result == dmarc::Result::none && found.code == dmarc::Code::unusable_record) {
            add(SignalId::dmarc_error_aligned, fmt::format("{} passes for {}", aligned_.dkim ? "DKIM" : "SPF", by));
            return conclude(Compauth::pass, 111,
                            fmt::format("the DMARC record of {} cannot be used, but {} vouches for it", author_, by));
        }
        if (found.result == dmarc::Result::none) {
            add(SignalId::best_guess,
                fmt::format("{} passes for {}, of the author's organization", aligned_.dkim ? "DKIM" : "SPF", by));
            return conclude(
                Compauth::pass, 109,
                fmt::format("{} publishes no DMARC policy, and with one the mail would pass by {}", author_, by));
        }
        if (!is_policy_unknown(facts_))
            return false; // aligned only by the list: strict alignment, or another organization by the walk
        add(SignalId::dmarc_error_aligned, fmt::format("{} passes for {}", aligned_.dkim ? "DKIM" : "SPF", by));
        return conclude(Compauth::pass, 111,
                        fmt::format("the DMARC policy of {} could not be read, but {} vouches for it", author_, by));
    }

    /// What a gateway names as the user belongs to a domain of ours, if it names a domain at all.
    [[nodiscard]] bool is_user_of_ours(const authres::MethodResult& result) const {
        return std::ranges::all_of(result.properties, [&](const authres::Property& property) {
            const std::size_t at = property.value.rfind('@');
            return at == std::string::npos || is_own(ascii::lower(property.value.substr(at + 1)));
        });
    }

    /// 115: a gateway of ours took the mail from one of our users (RFC 8601 2.7.4), and it is one of our domains.
    bool by_own_gateway() {
        weigh_dmarc_fail(); // from here on nothing explicit vouches; what rescues does not hide what failed
        if (!is_own_domain() || knows_.upstream.empty()) return false;
        const authres::Field& field = knows_.upstream.front(); // the newest word counts
        const bool knows_user = std::ranges::any_of(field.results, [&](const authres::MethodResult& one) {
            return one.method == "auth" && one.result == "pass" && is_user_of_ours(one);
        });
        if (!knows_user) return false;
        excuse();
        add(SignalId::own_gateway, fmt::format("{} knows the user who sent it", shown(field.authserv_id)));
        return conclude(Compauth::pass, 115,
                        fmt::format("a user of {} handed the mail to {}", author_, shown(field.authserv_id)));
    }

    /// Somebody trusted saw the proof before it broke: what is missing now is told, and weighs nothing.
    void excuse() {
        for (Evidence& one : out_.evidence)
            if (one.signal != signals()[static_cast<std::size_t>(SignalId::allowed_pair)].name) one.points = 0;
    }

    /// 108: a host of ours saw the signature whole that it broke.
    bool by_upstream() {
        if (!aligned_.broken_dkim) return false;
        for (const authres::Field& field : knows_.upstream) {
            const bool speaks =
                std::ranges::any_of(field.results, [](const auto& one) { return one.method == "dmarc"; });
            if (!speaks) continue;
            if (!arc::vouches_for(field, facts_.author.domain)) return false; // the newest word counts
            excuse();
            add(SignalId::trusted_upstream, fmt::format("{} saw DMARC pass", shown(field.authserv_id)));
            return conclude(Compauth::pass, 108,
                            fmt::format("a host of our own changed the mail of {} after DMARC had passed", author_));
        }
        return false;
    }

    /// 130: only where an ordinary check failed (docs/architecture.md, decisions).
    bool by_sealers() {
        const bool spf_fails = facts_.spf.value && (facts_.spf.value->result == spf::Result::fail ||
                                                    facts_.spf.value->result == spf::Result::softfail);
        const bool dkim_fails =
            std::ranges::any_of(facts_.dkim, [](const auto& one) { return one.result == dkim::Result::fail; });
        if (!facts_.arc.value || (!spf_fails && !dkim_fails && !dmarc_is(facts_, dmarc::Result::fail))) return false;
        const arc::Trust trust = arc::trusted_run(arc::hops_of(*facts_.arc.value), knows_.lists.sealers,
                                                  {facts_.author.domain, facts_.envelope.recipients, facts_.now});
        if (trust.oldest == 0 || !trust.results || !arc::vouches_for(*trust.results, facts_.author.domain))
            return false;
        excuse();
        add(SignalId::trusted_sealer, fmt::format("{}, whose seals are trusted, saw DMARC pass for {}{}",
                                                  shown(trust.domain), author_, sealers_since(trust)));
        return conclude(Compauth::pass, 130,
                        fmt::format("the trusted sealer {} saw DMARC pass for {} before the mail was changed",
                                    shown(trust.domain), author_));
    }

    /// Those that handed it on after the one that saw the proof.
    static std::string sealers_since(const arc::Trust& trust) {
        std::string text;
        for (const std::string& sealer : trust.sealers | std::views::reverse)
            if (sealer != trust.domain) text += (text.empty() ? ", and so are those of " : ", ") + shown(sealer);
        return text;
    }

    /// 502, 501: who answers for a delivery report is who was written to.
    bool by_bounce() {
        const bool is_bounce = facts_.envelope.mail_from && facts_.envelope.mail_from->empty();
        // Without what it returns anybody's words would do.
        if (!is_bounce || !facts_.letter.delivery_report || facts_.letter.returned_ids.empty()) return false;
        const auto lately = [&](PastKind kind) {
            return std::ranges::any_of(history_.pasts, [&](const Past& past) {
                if (past.key.kind != kind) return false;
                const std::int32_t last = weigh(past.series, today_, 0).last_sent;
                return last != 0 && std::abs(today_ - last) <= knows_.thresholds.bounce_days;
            });
        };
        if (lately(PastKind::returned)) {
            add(SignalId::bounce_our_mail, "it returns a message that was sent from here");
            return conclude(Compauth::pass, 502, "a bounce of a message that was really sent from here");
        }
        if (!lately(PastKind::contact_domain)) return false;
        add(SignalId::bounce_contact, fmt::format("its recipient has lately written to {}", author_));
        return conclude(Compauth::pass, 501, fmt::format("a bounce from {}, to whom its recipient wrote", author_));
    }

    [[nodiscard]] bool is_own(const std::string& domain) const {
        return knows_.lists.is_ours(domain, knows_.suffixes) || is_of_recipient(domain);
    }
    /// Where nobody has said what is ours, the recipient's organization is.
    [[nodiscard]] bool is_of_recipient(const std::string& domain) const {
        if (!knows_.lists.accepted_domains.empty() || domain.empty()) return false;
        const std::string organization = knows_.suffixes.registrable(domain);
        return !organization.empty() &&
               std::ranges::any_of(facts_.envelope.recipients, [&](const std::string& recipient) {
                   return knows_.suffixes.registrable(ascii::lower(recipient.substr(recipient.rfind('@') + 1))) ==
                          organization;
               });
    }
    [[nodiscard]] bool is_own_domain() const { return is_own(facts_.author.domain); }

    void weigh_dmarc_fail() {
        const dmarc::Evaluation& found = *facts_.dmarc.value;
        if (strict_)
            add(SignalId::dmarc_fail_strict, found.reason);
        else if (found.result == dmarc::Result::fail)
            add(SignalId::dmarc_fail_weak, found.reason);
        else if (is_policy_unknown(facts_))
            add(SignalId::dmarc_unknown, found.reason);
        else if (found.result == dmarc::Result::temperror)
            add(SignalId::dmarc_unfinished, found.reason);
        else
            add(SignalId::dmarc_absent, found.reason);
        const bool forwarded =
            aligned_.broken_dkim || (facts_.arc.value && facts_.arc.value->result == arc::Status::pass);
        if (facts_.spf.value && facts_.spf.value->domain == facts_.author.domain && !forwarded) {
            if (facts_.spf.value->result == spf::Result::fail)
                add(SignalId::spf_fail_author,
                    fmt::format("{} names {} no sender of its mail", author_, sender_text(facts_)));
            if (facts_.spf.value->result == spf::Result::softfail)
                add(SignalId::spf_weak_author,
                    fmt::format("{} doubts that {} sends its mail", author_, sender_text(facts_)));
        }
        if (aligned_.broken_dkim)
            add(SignalId::broken_signature, fmt::format("a signature of {} was broken on the way", author_));
        if (is_own_domain()) add(SignalId::own_domain, fmt::format("{} is a domain of ours", author_));
    }

    bool by_strict_fail() {
        if (!strict_) return false;
        static_cast<void>(weigh_implicit(facts_, knows_, infrastructures_, out_.evidence)); // evidence all the same
        if (is_own_domain())
            return conclude(Compauth::fail, 10,
                            fmt::format("the mail claims to be ours, from {}, and fails DMARC", author_));
        return conclude(Compauth::fail, 0, fmt::format("DMARC fails, and {} asks to act on that", author_));
    }

    bool by_implicit() {
        const std::optional<Implicit> found = weigh_implicit(facts_, knows_, infrastructures_, out_.evidence);
        if (is_policy_unknown(facts_)) { // 112: leniency with DNS takes something that speaks for the author
            if (found && found->result == Compauth::pass)
                return conclude(Compauth::pass, 112,
                                fmt::format("the DMARC policy of {} could not be read, but {}", author_, found->why));
            return conclude(Compauth::none, 112,
                            fmt::format("the DMARC policy of {} could not be read, and nothing else vouches", author_));
        }
        if (!found) return false;
        return conclude(found->result, found->reason, found->why);
    }

    void by_default() {
        if (is_own_domain()) {
            conclude(Compauth::fail, 601,
                     fmt::format("the mail claims to be ours, from {}, and nothing vouches for that", author_));
            return;
        }
        conclude(Compauth::fail, 1,
                 fmt::format("nothing vouches for {}: neither SPF nor DKIM of its own, nor its sender's name or past",
                             author_));
    }

    // ---- what follows

    /// RFC 9989 7.4: lists and forwarders break the proof of honest mail. What bears a sign of them is held, not refused, and so is a first
    /// letter, whose author nobody here can miss.
    [[nodiscard]] bool is_handed_on() const {
        return aligned_.broken_dkim || (facts_.arc.value && facts_.arc.value->result == arc::Status::pass) ||
               !list_domain(facts_, knows_.suffixes).empty();
    }

    [[nodiscard]] Suggestion suggest() const {
        const Thresholds& at = knows_.thresholds;
        const bool owner_rejects = facts_.dmarc.value && facts_.dmarc.value->disposition == dmarc::Policy::reject;
        if (allowed_) return Suggestion::deliver;
        if (out_.reason == 2) return out_.score <= at.reject ? Suggestion::reject : Suggestion::quarantine;
        const bool hold = out_.indicators.first_contact || is_handed_on();
        if (out_.score <= at.reject && owner_rejects && !hold) return Suggestion::reject;
        if (out_.score <= at.quarantine) return Suggestion::quarantine;
        if (out_.score <= at.junk) return Suggestion::junk;
        return out_.score <= at.mark ? Suggestion::mark : Suggestion::deliver;
    }

    const Facts& facts_;
    const Knowledge& knows_;
    bool strict_; ///< the owner asks for something to be done about this message
    const History& history_;
    Alignment aligned_;
    std::vector<Infrastructure> infrastructures_;
    std::int32_t today_;
    std::string author_; ///< for people
    bool allowed_ = false;
    Judgement out_;
};

} // namespace

bool needs_author_hosts(const Facts& facts, const dns::PublicSuffixList& suffixes, OwnerPolicy policy) {
    if (facts.direction != Direction::inbound || !facts.dmarc.value || !facts.envelope.client) return false;
    if (facts.author.cause != mail::FromCause::ok || facts.dmarc.value->result == dmarc::Result::pass) return false;
    if (policy == OwnerPolicy::counts && fails_strictly(facts)) return false;
    const bool aligned_counts = facts.dmarc.value->result == dmarc::Result::none || is_policy_unknown(facts);
    return !aligned_counts || !align(facts, suffixes).any();
}

Judgement judge(const Facts& facts, const Knowledge& knowledge, OwnerPolicy policy) {
    return Judge(facts, knowledge, policy).judge();
}

} // namespace bonafide::verdict
