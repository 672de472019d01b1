// The part of transaction.hpp that signs what goes out and seals what is sent on.
#include "arc/merge.hpp"
#include "arc/seal.hpp"
#include "base/ascii.hpp"
#include "engine/acting.hpp"
#include "engine/header_edits.hpp"
#include "engine/transaction.hpp"
#include "sign/bounce_tag.hpp"
#include "verdict/report.hpp"

#include <algorithm>
#include <span>

namespace bonafide::engine {

using verdict::Direction;

namespace {

/// An address of SRS at this domain.
bool is_rewritten(std::string_view address, std::string_view domain) {
    const std::size_t at = address.rfind('@');
    return !domain.empty() && at != std::string_view::npos && ascii::iequals(address.substr(at + 1), domain) &&
           (ascii::istarts_with(address, "SRS0") || ascii::istarts_with(address, "SRS1"));
}

} // namespace

bool Transaction::is_second_hop() const {
    return connection_.signing_ != nullptr && facts_.direction != Direction::inbound &&
           connection_.signing_->sealing.is_second_hop(connection_.peer_.listener);
}

/// Mail that bears what we stamp on the way in was outside before it came to a program here that sends it on (Sieve's redirect, a list, a
/// |sendmail): its From may be forged, and a signature would make it genuine.
Origin Transaction::origin() const {
    if (is_second_hop()) {
        const bool failed = std::ranges::any_of(handed_over_, [&](const std::string& result) {
            return result.starts_with("dmarc=fail") && result.contains("header.from=" + facts_.author.domain);
        });
        return failed ? Origin::outside : Origin::second_hop;
    }
    const bool is_stamped = !forged_.results.empty() || !upstream_.empty() || forged_.unchecked + forged_.junk > 0 ||
                            forged_.suggestion + forged_.sender + forged_.id > 0;
    if (around_.authenticated_as.empty() && is_stamped) return Origin::outside;
    return facts_.envelope.relay ? Origin::second_hop : Origin::own; // a relay's word for where it was before
}

/// The header goes with it.
void Transaction::start_signing() {
    const auto& policy = connection_.signing_;
    if (policy == nullptr || failed_ || !policy->signs(facts_.direction)) return;
    outgoing_.emplace(policy, Sender{facts_.direction, around_.authenticated_as, origin()}, facts_.author,
                      std::move(header_), connection_.settings_->limits, bodies_);
    outgoing_->start(driver_, [this] { try_finish(); });
}

/// Where it may come to that: whether a rule says so is known at the end.
void Transaction::start_sealing() {
    if (connection_.signing_ == nullptr || failed_) return;
    const SealingPolicy& policy = connection_.signing_->sealing;
    const bool is_inbound = facts_.direction == Direction::inbound;
    const bool may_seal = is_inbound ? connection_.acting_->may_seal || policy.has_recipient(facts_.envelope.recipients)
                                     : is_second_hop();
    if (policy.domain.empty() || !may_seal) return;
    const auto& peer = connection_.peer_.address;
    if (!is_inbound && peer && ip::is_in(*peer, connection_.settings_->identity.trusted_hosts))
        handed_over_ = arc::merge_results(header_, connection_.authserv_ids(), connection_.settings_->limits,
                                          connection_.settings_->identity.results_field);
    sealer_.emplace(policy, header_, bodies_); // a copy: signing needs it as well
    sealer_->start(driver_, [this] { try_finish(); });
}

/// Bounces are reports (RFC 3464), and what mail systems without them write in their own name. Answers of people and programs on leave
/// (RFC 3834) come from an empty reverse-path too and return nothing.
void Transaction::start_tag_check() {
    if (facts_.envelope.mail_from != "") return;
    const bool checks = connection_.signing_ != nullptr && connection_.signing_->backscatter.is_on() &&
                        facts_.direction == Direction::inbound;
    const auto& mailboxes = facts_.author.mailboxes;
    const auto is_system = [](const mail::Mailbox& from) {
        return ascii::iequals(from.local_part, "mailer-daemon") || ascii::iequals(from.local_part, "postmaster");
    };
    // Bounces of forwarded mail, which bears no tag: the address proves itself (docs/srs.md).
    const auto& recipients = facts_.envelope.recipients;
    const bool is_forwarded = std::ranges::any_of(
        recipients, [&](const std::string& to) { return is_rewritten(to, connection_.settings_->srs.domain); });
    is_bounce_ =
        checks && !is_forwarded && (facts_.letter.delivery_report || std::ranges::any_of(mailboxes, is_system));
    if (is_bounce_)
        returned_ids_.emplace(sign::tag_field);
    else if (facts_.letter.delivery_report)
        returned_ids_.emplace();
}

void Transaction::check_tag() {
    facts_.letter.returned_ids = returned_ids_->take();
    if (!is_bounce_) return;
    const SigningPolicy::Backscatter& policy = connection_.signing_->backscatter;
    around_.bounce_tag = sign::to_text(sign::check_tags(
        policy.secrets,
        {returned_ids_->take_values(), facts_.letter.returned_ids, std::span(facts_.envelope.recipients)}, facts_.now,
        policy.lifetime));
}

/// What is sent with a sender may come back; what has none does not.
void Transaction::stamp_tag(policy::Decision& decision) const {
    const auto& policy = connection_.signing_;
    const std::string sender = facts_.envelope.mail_from.value_or("");
    if (policy == nullptr || !policy->backscatter.is_on() || !policy->signs(facts_.direction) || is_second_hop() ||
        sender.empty() || !is_let_through(decision))
        return;
    decision.edits.push_back(
        {policy::HeaderEdit::Kind::insert_top, std::string(sign::tag_field),
         sign::make_tag(policy->backscatter.secrets.front(), {sender, facts_.letter.message_id}, facts_.now), 0});
}

/// RFC 8617 5.1: sealing comes last, behind every other change to the message.
void Transaction::sign_and_seal(policy::Decision& decision, Finished& finished) {
    if (failed_) return;
    stamp_tag(decision);
    if (outgoing_ || sealer_) {
        using Kind = policy::HeaderEdit::Kind;
        std::erase_if(decision.edits, [&](const policy::HeaderEdit& edit) {
            const bool adds = edit.kind == Kind::insert_top || edit.kind == Kind::append;
            return adds ? !connection_.peer_.adds_fields : !connection_.peer_.changes_fields;
        });
    }
    if (!connection_.peer_.adds_fields) {
        constexpr std::string_view why = "the mail server lets this filter add no header fields";
        if (outgoing_) {
            finished.signing.result = SigningReport::Result::unsigned_;
            finished.signing.why = why;
        }
        if (sealer_) finished.seal = {.result = SealReport::Result::unsealed, .why = std::string(why)};
        return;
    }
    if (outgoing_) finished.signing = outgoing_->finish(decision, bodies_, subject(), facts_.now);
    if (!sealer_) return;
    Sealer::Basis basis{.authserv_id = connection_.authserv_id_, .client = facts_.envelope.client, .now = facts_.now};
    if (facts_.direction == Direction::inbound) {
        const SealingPolicy& policy = connection_.signing_->sealing;
        if (outcome_.seal_by.empty() && !policy.has_recipient(facts_.envelope.recipients)) return;
        if (!facts_.arc.value) {
            finished.seal = {.result = SealReport::Result::unsealed, .why = facts_.arc.unavailable};
            return;
        }
        basis.chain = *facts_.arc.value;
        basis.results = arc::results_of(verdict::authentication_results(facts_, connection_.authserv_id_));
    } else {
        // Without our own results the chain would be judged by what the list has changed.
        if (handed_over_.empty()) {
            finished.seal = {.result = SealReport::Result::unsealed,
                             .why = "it bears no results of ours from a host in identity.trusted_hosts"};
            return;
        }
        basis.chain = arc::at_arrival(arc_->outcome(), handed_over_);
        basis.results = handed_over_;
    }
    finished.seal = sealer_->seal(decision, bodies_, basis, connection_.settings_->limits);
}

} // namespace bonafide::engine
