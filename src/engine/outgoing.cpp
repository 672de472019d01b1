#include "engine/outgoing.hpp"

#include "base/escape.hpp"
#include "dkim/sign.hpp"
#include "dkim/signature_field.hpp"
#include "engine/header_edits.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <ranges>

namespace bonafide::engine {
namespace {

using Result = SigningReport::Result;
using policy::HeaderEdit;

dkim::Canonicalization header_kind(SignedForm form) {
    const bool simple = form == SignedForm::simple_relaxed || form == SignedForm::simple_simple;
    return simple ? dkim::Canonicalization::simple : dkim::Canonicalization::relaxed;
}
dkim::Canonicalization body_kind(SignedForm form) {
    const bool simple = form == SignedForm::relaxed_simple || form == SignedForm::simple_simple;
    return simple ? dkim::Canonicalization::simple : dkim::Canonicalization::relaxed;
}

} // namespace

std::string_view to_text(Result result) {
    switch (result) {
    case Result::not_asked: return "not-asked";
    case Result::signed_: return "signed";
    case Result::unsigned_: return "unsigned";
    case Result::wrong_sender: return "wrong-sender";
    case Result::mismatch: return "mismatch";
    case Result::failed: return "failed";
    }
    return "unknown";
}

void BodyShape::update(std::string_view chunk) {
    // Without a way out, so that whole vectors are looked at at once.
    if (!eight_bit_) {
        unsigned char all = 0;
        for (const char c : chunk) all |= static_cast<unsigned char>(c);
        eight_bit_ = all > 0x7f;
    }
    constexpr std::size_t most = 999; // RFC 5322 2.1.1: 998, and the CR
    while (!long_lines_ && !chunk.empty()) {
        // The last line end that the line which is open may have: what lies between does not matter.
        const std::string_view reach = chunk.substr(0, most + 1 - line_);
        const std::size_t end = reach.rfind('\n');
        if (end != std::string_view::npos) {
            line_ = 0;
            chunk.remove_prefix(end + 1);
            continue;
        }
        line_ += reach.size();
        long_lines_ = line_ > most;
        return;
    }
}

Outgoing::Outgoing(std::shared_ptr<const SigningPolicy> policy, const Sender& sender, const mail::Author& author,
                   mail::HeaderBlock header, const Limits& limits, dkim::BodyHashes& bodies)
    : policy_(std::move(policy)), plan_(plan_signatures(*policy_, sender, author)), header_(std::move(header)),
      limits_(limits) {
    for (SigningSlot& slot : plan_.slots)
        choices_.emplace_back(std::move(slot.candidates),
                              KeyChoice::Care{policy_->settings.check_dns, policy_->settings.on_mismatch, limits});
    if (!choices_.empty()) bodies.want(body_kind(policy_->settings.form));
}

void Outgoing::start(Driver& driver, const std::function<void()>& progress) {
    for (KeyChoice& choice : choices_) choice.start(driver, progress);
}

SigningReport Outgoing::finish(policy::Decision& decision, const dkim::BodyHashes& bodies,
                               const policy::Subject& subject, std::int64_t now) {
    if (plan_.wrong_sender) {
        report_.result = Result::wrong_sender;
        report_.why = std::move(plan_.why);
        if (policy_->settings.on_wrong_sender == OnWrongSender::reject && is_let_through(decision)) {
            decision.action = policy::Action::reject;
            decision.smtp_reply = policy_->wrong_sender_reply.render(subject);
            decision.by = "signing.on_wrong_sender";
            decision.why = report_.why;
            decision.edits.clear();
        }
        return std::move(report_);
    }
    if (choices_.empty()) {
        report_.result = Result::unsigned_;
        report_.why = std::move(plan_.why);
        return std::move(report_);
    }
    bool mismatch = false;
    for (const KeyChoice& choice : choices_) {
        report_.troubles.insert(report_.troubles.end(), choice.troubles().begin(), choice.troubles().end());
        mismatch = mismatch || choice.chosen() == nullptr;
    }
    if (mismatch && policy_->settings.on_mismatch == OnMismatch::defer && is_let_through(decision))
        answer_mismatch(decision, subject);
    if (is_let_through(decision)) {
        sign(decision, bodies, now);
    } else {
        report_.result = Result::unsigned_;
        report_.why = "the message is not let through";
    }
    return std::move(report_);
}

void Outgoing::answer_mismatch(policy::Decision& decision, const policy::Subject& subject) {
    decision.action = policy::Action::defer;
    decision.smtp_reply = policy_->mismatch_reply.render(subject);
    decision.by = "signing.on_mismatch";
    const KeyTrouble& trouble = report_.troubles.front();
    decision.why = fmt::format("the key {} of {} does not sign: {}", escape::shortened(trouble.selector),
                               escape::shortened(trouble.domain), trouble.why);
    decision.edits.clear();
}

void Outgoing::sign(policy::Decision& decision, const dkim::BodyHashes& bodies, std::int64_t now) {
    const mail::HeaderBlock header =
        decision.edits.empty() ? std::move(header_) : with_edits(header_, decision.edits, limits_);
    std::string failed;
    for (const KeyChoice& choice : choices_ | std::views::reverse) { // each goes above those before it
        if (choice.chosen() == nullptr) continue;
        const SigningKey& key = *choice.chosen();
        const SigningReport::Made made{key.domain(), key.selector(), key.public_key().type()};
        if (std::ranges::find(report_.made, made) != report_.made.end()) continue; // stands in for two
        dkim::SignRequest request{.domain = key.domain(),
                                  .selector = key.selector(),
                                  .signed_headers = policy_->settings.headers,
                                  .header_kind = header_kind(policy_->settings.form),
                                  .body_kind = body_kind(policy_->settings.form),
                                  .time = now};
        if (policy_->settings.expire != 0) request.expire_after = policy_->settings.expire;
        const auto private_key = key.private_key();
        auto value = private_key ? dkim::sign(header, bodies, **private_key, request)
                                 : Expected<std::string>(std::unexpected(private_key.error()));
        if (!value) {
            failed = value.error().text;
            report_.troubles.push_back({key.domain(), key.selector(), failed});
            continue;
        }
        decision.edits.push_back(
            {HeaderEdit::Kind::insert_top, std::string(dkim::signature_field), *std::move(value), 0});
        report_.made.insert(report_.made.begin(), made);
    }
    if (!report_.made.empty()) {
        report_.result = Result::signed_;
        if (shape_.has_eight_bit()) report_.fragile.emplace_back("8bit");
        if (shape_.has_long_lines()) report_.fragile.emplace_back("long-lines");
        return;
    }
    report_.result = failed.empty() ? Result::mismatch : Result::failed;
    const KeyTrouble& trouble = report_.troubles.back();
    report_.why = fmt::format("the key {} of {}: {}", escape::shortened(trouble.selector),
                              escape::shortened(trouble.domain), trouble.why);
}

} // namespace bonafide::engine
