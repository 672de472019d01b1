#include "engine/outgoing.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "dkim/sign.hpp"
#include "dkim/signature_field.hpp"

#include <algorithm>
#include <cstring>
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

bool is_let_through(const policy::Decision& decision) {
    return decision.action == policy::Action::accept || decision.action == policy::Action::hold;
}

/// Fields as they will stand, before they are a block again.
struct Line {
    std::string name, value;
};

/// The place of the n-th field of that name as it came; positions do not shift as earlier edits are made.
std::vector<Line>::iterator find_nth(std::vector<Line>& lines, std::string_view name, std::size_t n) {
    return std::ranges::find_if(
        lines, [&](const Line& line) { return ascii::iequals(line.name, name) && n != 0 && --n == 0; });
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
    constexpr std::size_t most = 998; // RFC 5322 2.1.1, without CRLF
    if (!eight_bit_) eight_bit_ = std::ranges::any_of(chunk, [](char c) { return (c & 0x80) != 0; });
    while (!chunk.empty() && !long_lines_) {
        const std::size_t end = chunk.find('\n');
        line_ += std::min(end, chunk.size());
        long_lines_ = line_ > most + 1; // with the CR
        if (end == std::string_view::npos) return;
        line_ = 0;
        chunk.remove_prefix(end + 1);
    }
}

mail::HeaderBlock with_edits(const mail::HeaderBlock& header, const std::vector<HeaderEdit>& edits,
                             const Limits& limits) {
    std::vector<Line> lines;
    for (std::size_t i = 0; i < header.size(); ++i)
        lines.push_back({std::string(header[i].name), std::string(header[i].value)});
    for (const HeaderEdit& edit : edits) {
        const std::string value = ' ' + edit.value;
        switch (edit.kind) {
        case HeaderEdit::Kind::remove:
            if (const auto at = find_nth(lines, edit.name, edit.position); at != lines.end()) lines.erase(at);
            break;
        case HeaderEdit::Kind::change:
            if (const auto at = find_nth(lines, edit.name, edit.position); at != lines.end()) at->value = value;
            break;
        case HeaderEdit::Kind::insert_top: lines.insert(lines.begin(), {edit.name, value}); break;
        case HeaderEdit::Kind::append: lines.push_back({edit.name, value}); break;
        }
    }
    mail::HeaderBlock changed(limits);
    for (const Line& line : lines) changed.add(line.name, line.value);
    if (header.oversized()) changed.mark_oversized();
    return changed;
}

Outgoing::Outgoing(std::shared_ptr<const SigningPolicy> policy, const Sender& sender, const mail::Author& author,
                   mail::HeaderBlock header, const Limits& limits, dkim::BodyHashes& bodies)
    : policy_(std::move(policy)), plan_(plan_signatures(*policy_, sender, author)), header_(std::move(header)),
      limits_(limits) {
    for (SigningSlot& slot : plan_.slots) slots_.push_back({std::move(slot.candidates)});
    if (!slots_.empty()) bodies.want(body_kind(policy_->settings.form));
}

void Outgoing::start(Driver& driver, std::function<void()> progress) {
    driver_ = &driver;
    progress_ = std::move(progress);
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        if (policy_->settings.check_dns)
            ask(slot);
        else
            slots_[slot].check = Check::good;
    }
}

void Outgoing::ask(std::size_t slot) {
    const SigningKey& key = *slots_[slot].candidates[slots_[slot].at];
    driver_->run(dkim::look_up_key({.name = fmt::format("{}._domainkey.{}", key.selector(), key.domain()),
                                    .type = key.public_key().type(),
                                    .limits = limits_}),
                 [this, slot](const dkim::FetchedKey& found) {
                     learn(slot, found);
                     progress_();
                 });
}

void Outgoing::learn(std::size_t number, const dkim::FetchedKey& found) {
    Slot& slot = slots_[number];
    const SigningKey& key = *slot.candidates[slot.at];
    const auto is_ours = [&](const std::shared_ptr<const dkim::KeyRecord>& record) {
        return record != nullptr && record->key && *record->key == key.public_key();
    };
    if (found.code == dkim::Code::ok && (is_ours(found.record) || std::ranges::any_of(found.more, is_ours))) {
        slot.check = Check::good;
        return;
    }
    if (found.code == dkim::Code::key_unavailable && key.is_active()) { // it was there when it became active
        slot.check = Check::unknown;
        return;
    }
    refuse(slot, found.code == dkim::Code::ok ? "the public key in DNS is another one than ours" : found.reason);
    if (slot.check == Check::waiting) ask(number);
}

/// The next candidate is asked about, or there is none.
void Outgoing::refuse(Slot& slot, std::string why) {
    const SigningKey& key = *slot.candidates[slot.at];
    report_.troubles.push_back({key.domain(), key.selector(), std::move(why)});
    const bool next = policy_->settings.on_mismatch == OnMismatch::other && slot.at + 1 < slot.candidates.size();
    slot.at += next ? 1 : 0;
    slot.check = next ? Check::waiting : Check::bad;
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
    if (slots_.empty()) {
        report_.result = Result::unsigned_;
        report_.why = std::move(plan_.why);
        return std::move(report_);
    }
    const bool mismatch = std::ranges::any_of(slots_, [](const Slot& slot) { return slot.check == Check::bad; });
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
    const SigningReport::Trouble& trouble = report_.troubles.front();
    decision.why = fmt::format("the key {} of {} does not sign: {}", escape::shortened(trouble.selector),
                               escape::shortened(trouble.domain), trouble.why);
    decision.edits.clear();
}

void Outgoing::sign(policy::Decision& decision, const dkim::BodyHashes& bodies, std::int64_t now) {
    const mail::HeaderBlock header =
        decision.edits.empty() ? std::move(header_) : with_edits(header_, decision.edits, limits_);
    std::string failed;
    for (const Slot& slot : slots_ | std::views::reverse) { // each goes above those before it
        if (slot.check == Check::bad || slot.check == Check::waiting) continue;
        const SigningKey& key = *slot.candidates[slot.at];
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
        report_.made.insert(report_.made.begin(), {key.domain(), key.selector(), key.public_key().type()});
    }
    if (!report_.made.empty()) {
        report_.result = Result::signed_;
        if (shape_.has_eight_bit()) report_.fragile.emplace_back("8bit");
        if (shape_.has_long_lines()) report_.fragile.emplace_back("long-lines");
        return;
    }
    report_.result = failed.empty() ? Result::mismatch : Result::failed;
    const SigningReport::Trouble& trouble = report_.troubles.back();
    report_.why = fmt::format("the key {} of {}: {}", escape::shortened(trouble.selector),
                              escape::shortened(trouble.domain), trouble.why);
}

} // namespace bonafide::engine
