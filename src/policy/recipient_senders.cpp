#include "policy/recipient_senders.hpp"

#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "base/ip.hpp"
#include "dns/idna.hpp"
#include "dns/name.hpp"
#include "verdict/listed_senders.hpp"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

namespace bonafide::policy {
namespace {

constexpr std::string_view everybody = "*";

/// As facts and envelopes have it: the domain perhaps in U-labels or capitals.
std::string lowered(std::string_view address) {
    const std::size_t at = address.rfind('@');
    if (at == std::string_view::npos) return ascii::lower(address);
    const auto domain = dns::to_ascii(address.substr(at + 1));
    return fmt::format("{}@{}", ascii::lower(address.substr(0, at)),
                       domain ? *domain : ascii::lower(address.substr(at + 1)));
}

std::string key_of(std::uint32_t recipient, std::string_view sender) {
    const auto number = std::bit_cast<std::array<char, sizeof recipient>>(recipient);
    std::string key(number.data(), number.size());
    key += sender;
    return key;
}

/// "rita+lists@ours.example" without the detail; empty where there is none.
std::string without_detail(std::string_view address) {
    const std::size_t plus = address.find('+');
    const std::size_t at = address.rfind('@');
    if (plus == std::string_view::npos || at == std::string_view::npos || plus == 0 || plus > at) return {};
    return fmt::format("{}{}", address.substr(0, plus), address.substr(at));
}

std::unexpected<Error> refuse(std::string_view text, std::string_view why) {
    return failure(fmt::format("\"{}\" {}", escape::line(text, 80), why));
}

} // namespace

std::string_view to_text(SenderList list) { return list == SenderList::safe ? "safe" : "blocked"; }

std::optional<SenderList> parse_sender_list(std::string_view text) {
    for (const SenderList list : {SenderList::safe, SenderList::blocked})
        if (ascii::iequals(text, to_text(list))) return list;
    return {};
}

Expected<std::string> RecipientSenders::canonical_sender(std::string_view text) {
    const bool marked = text.starts_with('@') || text.starts_with('.');
    const std::string_view name = text.substr(marked ? 1 : 0);
    auto sender = verdict::ListedSenders::canonical(name);
    if (!sender || ip::Prefix::parse(*sender) || (marked && sender->contains('@')))
        return refuse(text, "is no sender (\"ann@contoso.com\", \"contoso.com\", \"@contoso.com\", \".contoso.com\")");
    return marked ? text.front() + *sender : *std::move(sender);
}

Expected<std::string> RecipientSenders::canonical_recipient(std::string_view text) {
    if (text == everybody) return std::string(text);
    const bool domain = text.starts_with('@');
    auto name = verdict::ListedSenders::canonical(text.substr(domain ? 1 : 0));
    if (!name || name->contains('@') == domain || ip::Prefix::parse(*name) || !text.contains('@'))
        return refuse(text, "is no recipient (\"rita@ours.example\", \"@ours.example\", \"*\")");
    return domain ? '@' + *name : *std::move(name);
}

RecipientSenders::Marks RecipientSenders::marks_of(SenderList list, SenderName name) {
    return static_cast<Marks>(1U << (static_cast<unsigned>(list) * 3 + static_cast<unsigned>(name)));
}

Expected<void> RecipientSenders::add(std::string_view recipient, SenderList list, std::string_view sender,
                                     SenderName name) {
    auto whose = canonical_recipient(recipient);
    if (!whose) return std::unexpected(std::move(whose.error()));
    const auto who = canonical_sender(sender);
    if (!who) return std::unexpected(who.error());
    const auto known = recipients_.find(*whose);
    const std::uint32_t number =
        known != recipients_.end() ? known->second.number : static_cast<std::uint32_t>(recipients_.size());
    std::string key = key_of(number, *who);
    if (is_full() && !entries_.contains(key))
        return failure(fmt::format("more than {} entries (limits.recipient_senders)", most_entries_));
    const Marks marks = marks_of(list, name);
    Recipient& entry = recipients_[*std::move(whose)];
    entry.number = number;
    entry.any |= marks;
    entries_[std::move(key)] |= marks;
    if (const std::size_t at = who->find('@'); at == std::string::npos)
        most_labels_ = std::max(most_labels_, dns::label_count(std::string_view(*who).substr(who->front() == '.')));
    return {};
}

void RecipientSenders::add_all_of(std::shared_ptr<const RecipientSenders> others) {
    most_labels_ = std::max(most_labels_, others->most_labels_);
    others_.push_back(std::move(others));
}

std::size_t RecipientSenders::size() const {
    std::size_t all = entries_.size();
    for (const auto& other : others_) all += other->entries_.size();
    return all;
}

// ---- what a message's names may match

RecipientSenders::Forms RecipientSenders::forms_of(std::string_view address) const {
    Forms forms{lowered(address)};
    const std::string& whole = forms.front();
    const std::string domain = whole.substr(whole.rfind('@') + 1); // of "postmaster", which has none, itself
    if (whole.contains('@')) forms.push_back('@' + domain);
    for (std::string_view name = dns::last_labels(domain, most_labels_); !name.empty(); name = dns::parent(name)) {
        forms.emplace_back(name);
        if (name.size() < domain.size()) forms.push_back(fmt::format(".{}", name));
    }
    return forms;
}

RecipientSenders::Names RecipientSenders::names_of(const verdict::Facts& facts) const {
    Names names;
    const auto& dmarc = facts.dmarc.value;
    names.from_proven = dmarc && dmarc->result == dmarc::Result::pass;
    names.mail_from_proven = facts.spf.value && facts.spf.value->result == spf::Result::pass &&
                             !(dmarc && dmarc->result == dmarc::Result::fail);
    if (facts.envelope.mail_from && !facts.envelope.mail_from->empty())
        names.mail_from = forms_of(*facts.envelope.mail_from);
    for (const mail::Mailbox& mailbox : facts.author.mailboxes)
        names.from.push_back(forms_of(mailbox.local_part + '@' + mailbox.domain));
    return names;
}

// ---- whom a recipient's entries stand for

RecipientSenders::Level RecipientSenders::find(std::string_view recipient) const {
    Level level;
    const auto look = [&](const RecipientSenders& source) {
        if (const auto found = source.recipients_.find(recipient); found != source.recipients_.end())
            level.push_back({&source, found->second});
    };
    look(*this);
    for (const auto& other : others_) look(*other);
    return level;
}

RecipientSenders::Levels RecipientSenders::levels_of(std::string_view recipient) const {
    const std::string address = lowered(recipient);
    Levels levels;
    if (const std::size_t at = address.rfind('@'); at != std::string::npos) {
        levels[0] = find(address);
        if (const std::string plain = without_detail(address); levels[0].empty() && !plain.empty())
            levels[0] = find(plain);
        levels[1] = find(std::string_view(address).substr(at));
    }
    levels[2] = find(everybody);
    return levels;
}

RecipientSenders::Marks RecipientSenders::marks_at(const Level& level, const Forms& forms) {
    Marks marks = 0;
    for (const auto& [source, recipient] : level)
        for (const std::string& form : forms) {
            const auto found = source->entries_.find(key_of(recipient.number, form));
            if (found != source->entries_.end()) marks |= found->second;
        }
    return marks;
}

namespace {
constexpr bool has(std::uint8_t marks, unsigned wanted) { return (marks & wanted) != 0; }
} // namespace

RecipientSenders::Says RecipientSenders::says_at(const Level& level, const Names& names) {
    const auto of = [](SenderList list, SenderName name) {
        return static_cast<unsigned>(marks_of(list, SenderName::either) | marks_of(list, name));
    };
    const Marks mail_from = marks_at(level, names.mail_from);
    bool all_safe = !names.from.empty();
    bool blocked = has(mail_from, of(SenderList::blocked, SenderName::mail_from));
    for (const Forms& forms : names.from) {
        const Marks from = marks_at(level, forms);
        all_safe = all_safe && has(from, of(SenderList::safe, SenderName::from));
        blocked = blocked || has(from, of(SenderList::blocked, SenderName::from));
    }
    if (all_safe && names.from_proven) return Says::safe;
    if (names.mail_from_proven && has(mail_from, of(SenderList::safe, SenderName::mail_from))) return Says::safe;
    return blocked ? Says::blocked : Says::nothing;
}

RecipientSenders::Says RecipientSenders::says_of(std::string_view recipient, const Names& names) const {
    for (const Level& level : levels_of(recipient)) {
        if (level.empty()) continue;
        if (const Says says = says_at(level, names); says != Says::nothing) return says;
    }
    return Says::nothing;
}

RecipientSenders::Says RecipientSenders::says(std::string_view recipient, const verdict::Facts& facts) const {
    return says_of(recipient, names_of(facts));
}

std::optional<RecipientSenders::Says> RecipientSenders::says_before_data(std::string_view recipient,
                                                                         const verdict::Facts& facts) const {
    constexpr auto either = SenderName::either;
    const unsigned safe = marks_of(SenderList::safe, either) | marks_of(SenderList::safe, SenderName::from) |
                          marks_of(SenderList::safe, SenderName::mail_from);
    const unsigned by_path =
        marks_of(SenderList::blocked, either) | marks_of(SenderList::blocked, SenderName::mail_from);
    const unsigned by_from = marks_of(SenderList::blocked, either) | marks_of(SenderList::blocked, SenderName::from);
    const Names names = names_of(facts);
    for (const Level& level : levels_of(recipient)) {
        Marks any = 0;
        for (const Found& one : level) any |= one.recipient.any;
        if (has(any, safe)) return {}; // From may turn out to be safe, which goes before
        if (has(marks_at(level, names.mail_from), by_path)) return Says::blocked;
        if (has(any, by_from)) return {};
    }
    return Says::nothing;
}

RecipientSenders::Together RecipientSenders::of_all(const verdict::Facts& facts) const {
    const verdict::Envelope& envelope = facts.envelope;
    if (envelope.recipients.empty() || envelope.more_recipients > 0) return {};
    const Names names = names_of(facts);
    Together together{.safe = true, .blocked = true};
    for (const std::string& recipient : envelope.recipients) {
        const Says says = says_of(recipient, names);
        together.safe = together.safe && says == Says::safe;
        together.blocked = together.blocked && says == Says::blocked;
        if (!together.safe && !together.blocked) break;
    }
    return together;
}

} // namespace bonafide::policy
