#include "engine/signing_policy.hpp"

#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "sign/pattern.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace bonafide::engine {
namespace {

using policy::Reply;

Reply reply_of(const std::string& text, Reply::Class wanted) {
    auto reply = Reply::parse(text, wanted, policy::Level::judged);
    return reply ? std::move(*reply) : Reply{}; // checked when it was read
}

/// Of one address, whether they have keys or not; nothing: signing.table says none.
std::optional<std::vector<sign::Signer>> signers_of(const SigningPolicy& policy, Origin origin,
                                                    const mail::Mailbox& from) {
    if (const auto* listed = policy.table.find(sign::normalize_address(from.local_part, from.domain))) {
        if (listed->empty()) return {};
        return *listed;
    }
    if (origin == Origin::second_hop) return {};
    return std::vector<sign::Signer>{{from.domain}};
}

/// Of all addresses, and the default domain.
std::vector<sign::Signer> signers_of(const SigningPolicy& policy, Origin origin, const mail::Author& author) {
    std::vector<sign::Signer> signers;
    for (const mail::Mailbox& from : author.mailboxes) {
        const auto of_address = signers_of(policy, origin, from);
        if (!of_address) return {}; // one that is not to be signed is enough
        for (const sign::Signer& signer : *of_address)
            if (std::ranges::find(signers, signer) == signers.end()) signers.push_back(signer);
    }
    const std::string& fallback = policy.settings.default_domain;
    if (fallback.empty() || origin != Origin::own) return signers;
    const bool any = std::ranges::any_of(
        signers, [&](const sign::Signer& signer) { return policy.keys->has_active(signer.domain); });
    const bool is_there = std::ranges::find(signers, fallback, &sign::Signer::domain) != signers.end();
    if (!is_there && (!any || policy.settings.with_default)) signers.push_back({fallback});
    return signers;
}

/// Why this login may not send so; empty: it may. What cannot be read, or not whole, could be anybody's.
std::string wrong_sender(const SigningPolicy& policy, std::string_view login, const mail::Author& author) {
    const std::string who =
        login.empty() ? std::string("mail without a login") : fmt::format("the login {}", escape::shortened(login));
    for (const mail::Mailbox& from : author.mailboxes)
        if (!may_send_as(policy, login, from))
            return fmt::format("{} may not send as {}@{}", who, escape::shortened(from.local_part),
                               escape::shortened(from.domain));
    using Cause = mail::FromCause;
    const bool is_unclear =
        author.cause == Cause::several_fields || author.cause == Cause::syntax || author.cause == Cause::too_many;
    if (!is_unclear || login.empty() || policy.settings.sender_domains == SenderDomains::any) return {};
    return fmt::format("{} may not send with this From field: {}", who, author.detail);
}

void add_slots(const SigningKeys::Keys& keys, const sign::Signer& signer, std::vector<SigningSlot>& slots) {
    for (const auto& key : keys) {
        if (!key->is_active() || (!signer.selector.empty() && key->selector() != signer.selector)) continue;
        SigningSlot slot{{key}};
        if (signer.selector.empty())
            for (const auto& other : keys)
                if (!other->is_active() && other->public_key().type() == key->public_key().type())
                    slot.candidates.push_back(other);
        slots.push_back(std::move(slot));
    }
}

SealingPolicy sealing_policy(const Settings& settings, const SigningKeys& keys) {
    SealingPolicy sealing;
    sealing.domain = dns::to_ascii(settings.sealing.domain).value_or(settings.sealing.domain);
    sealing.care = {settings.signing.check_dns, settings.signing.on_mismatch, settings.limits};
    sealing.listeners = settings.sealing.listeners;
    if (!settings.sealing.recipients.empty()) {
        auto recipients = std::make_shared<policy::ValueSet>();
        for (const std::string& entry : settings.sealing.recipients)
            static_cast<void>(recipients->add(entry)); // checked
        sealing.recipients = std::move(recipients);
    }
    const SigningKeys::Keys& all = keys.of(sealing.domain);
    for (const bool active : {true, false})
        for (const auto& key : all)
            if (key->is_active() == active && key->public_key().type() == crypto::KeyType::rsa)
                sealing.keys.push_back(key);
    if (sealing.keys.empty() || !sealing.keys.front()->is_active()) sealing.keys.clear();
    return sealing;
}

} // namespace

bool SigningPolicy::signs(verdict::Direction direction) const {
    return std::ranges::find(settings.directions, to_text(direction)) != settings.directions.end();
}

SigningPolicy make_signing_policy(const Settings& settings, std::shared_ptr<const SigningKeys> keys) {
    SigningPolicy policy;
    policy.keys = std::move(keys);
    policy.settings = settings.signing;
    policy.settings.default_domain =
        dns::to_ascii(settings.signing.default_domain).value_or(settings.signing.default_domain);
    for (const std::string& line : settings.signing.table)
        static_cast<void>(policy.table.add(line)); // checked when read
    for (const std::string& line : settings.signing.senders) static_cast<void>(policy.senders.add(line));
    policy.wrong_sender_reply = reply_of(settings.signing.wrong_sender_reply, Reply::Class::permanent);
    policy.mismatch_reply = reply_of(settings.signing.mismatch_reply, Reply::Class::temporary);
    policy.backscatter.action = settings.backscatter.action;
    policy.backscatter.lifetime = settings.backscatter.expire;
    policy.backscatter.reply = reply_of(settings.backscatter.reply, Reply::Class::permanent);
    policy.sealing = sealing_policy(settings, *policy.keys);
    return policy;
}

bool may_send_as(const SigningPolicy& policy, std::string_view login, const mail::Mailbox& from) {
    if (policy.settings.sender_domains == SenderDomains::any) return true;
    const std::string address = sign::normalize_address(from.local_part, from.domain);
    if (const auto listed = policy.senders.may_send(login.empty() ? no_login : login, address)) return *listed;
    if (policy.settings.sender_domains == SenderDomains::listed) return false;
    const std::size_t at = login.rfind('@');
    if (at == std::string_view::npos) return true;
    const auto own = dns::to_ascii(login.substr(at + 1));
    return own && !own->empty() && dns::is_equal_or_below(from.domain, *own);
}

SigningPlan plan_signatures(const SigningPolicy& policy, const Sender& sender, const mail::Author& author) {
    SigningPlan plan;
    if (sender.origin == Origin::outside) {
        plan.why = "it came from outside: it bears what is stamped on the way in (a list is signed on a second hop, "
                   "sealing.listeners)";
        return plan;
    }
    if (sender.origin == Origin::own) plan.why = wrong_sender(policy, sender.login, author);
    plan.wrong_sender = !plan.why.empty();
    if (plan.wrong_sender) return plan;
    if (author.cause != mail::FromCause::ok || author.mailboxes.empty()) {
        plan.why = fmt::format("the From field names no one domain: {}", author.detail);
        return plan;
    }
    const auto signers = signers_of(policy, sender.origin, author);
    for (const sign::Signer& signer : signers) add_slots(policy.keys->of(signer.domain), signer, plan.slots);
    if (signers.empty())
        plan.why = sender.origin == Origin::second_hop ? "signing.table does not name it, and it came over a second hop"
                                                       : "signing.table says none";
    else if (plan.slots.empty())
        plan.why = fmt::format("there is no active key of {}", escape::shortened(signers.front().domain));
    return plan;
}

} // namespace bonafide::engine
