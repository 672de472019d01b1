#include "engine/signing_policy.hpp"

#include "base/escape.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "sign/pattern.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::engine {
namespace {

using policy::Reply;

Reply reply_of(const std::string& text, Reply::Class wanted) {
    auto reply = Reply::parse(text, wanted, policy::Level::judged);
    return reply ? std::move(*reply) : Reply{}; // checked when it was read
}

/// Who signs, whether they have keys or not.
std::vector<sign::Signer> signers_of(const SigningPolicy& policy, const Sender& sender, const mail::Author& author) {
    const mail::Mailbox& from = author.mailboxes.front();
    std::vector<sign::Signer> signers;
    if (const auto* listed = policy.table.find(sign::normalize_address(from.local_part, from.domain))) {
        if (listed->empty()) return {};
        signers = *listed;
    } else if (sender.second_hop) {
        return {};
    } else {
        signers.push_back({author.domain});
    }
    const std::string& fallback = policy.settings.default_domain;
    if (fallback.empty() || sender.second_hop) return signers;
    const bool any = std::ranges::any_of(
        signers, [&](const sign::Signer& signer) { return policy.keys->has_active(signer.domain); });
    const bool is_there = std::ranges::find(signers, fallback, &sign::Signer::domain) != signers.end();
    if (!is_there && (!any || policy.settings.with_default)) signers.push_back({fallback});
    return signers;
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
    if (const auto listed = policy.senders.may_send(login, sign::normalize_address(from.local_part, from.domain)))
        return *listed;
    if (policy.settings.sender_domains == SenderDomains::listed) return false;
    const std::size_t at = login.rfind('@');
    if (at == std::string_view::npos) return true;
    const auto own = dns::to_ascii(login.substr(at + 1));
    return own && !own->empty() && dns::is_equal_or_below(from.domain, *own);
}

SigningPlan plan_signatures(const SigningPolicy& policy, const Sender& sender, const mail::Author& author) {
    SigningPlan plan;
    if (author.cause != mail::FromCause::ok || author.mailboxes.empty()) {
        plan.why = fmt::format("the From field names no one domain: {}", author.detail);
        return plan;
    }
    if (!sender.login.empty())
        for (const mail::Mailbox& from : author.mailboxes)
            if (!may_send_as(policy, sender.login, from)) {
                plan.wrong_sender = true;
                plan.why = fmt::format("the login {} may not send as {}@{}", escape::shortened(sender.login),
                                       escape::shortened(from.local_part), escape::shortened(from.domain));
                return plan;
            }
    const auto signers = signers_of(policy, sender, author);
    for (const sign::Signer& signer : signers) add_slots(policy.keys->of(signer.domain), signer, plan.slots);
    if (signers.empty())
        plan.why = sender.second_hop ? "signing.table does not name it, and it came over a second hop"
                                     : "signing.table says none";
    else if (plan.slots.empty())
        plan.why = fmt::format("there is no active key of {}", escape::shortened(signers.front().domain));
    return plan;
}

} // namespace bonafide::engine
