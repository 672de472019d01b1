// Who is spared: a list of reasons, the first that holds counts.
#include "base/ascii.hpp"
#include "base/escape.hpp"
#include "policy/greylist.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/lessons.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace bonafide::policy::greylist {
namespace {

using verdict::PastKind;

std::string shown(std::string_view text) { return escape::line(text, 100); }

std::string domain_of(std::string_view address) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string() : ascii::lower(address.substr(at + 1));
}

/// The first mailbox of From; empty where there is no single Author Domain.
std::string author_address(const verdict::Facts& facts) {
    if (facts.author.domain.empty() || facts.author.mailboxes.empty()) return {};
    const mail::Mailbox& first = facts.author.mailboxes.front();
    return ascii::lower(first.local_part) + '@' + first.domain;
}

const spf::Outcome* passing_spf(const verdict::Facts& facts) {
    const auto& spf = facts.spf.value;
    return spf && spf->result == spf::Result::pass ? &*spf : nullptr;
}

class Exemptions {
  public:
    Exemptions(const Situation& situation, const Settings& settings)
        : situation_(situation), settings_(settings), facts_(situation.subject.facts),
          around_(situation.subject.around), has_content_(situation.subject.level >= Level::data) {}

    std::optional<Exemption> find() {
        if (by_session() || by_lists()) return found_;
        if (by_spf() || by_dmarc() || by_correspondence()) return found_;
        return {};
    }

  private:
    bool spare(Exempt what, std::string why) {
        found_ = {what, std::move(why)};
        return true;
    }

    bool by_session() {
        if (facts_.direction != verdict::Direction::inbound)
            return spare(Exempt::not_inbound, fmt::format("{} mail is not greylisted", to_text(facts_.direction)));
        if (!around_.authenticated_as.empty())
            return spare(Exempt::authenticated, fmt::format("{} has logged in", shown(around_.authenticated_as)));
        if (situation_.rule == RuleSays::skip) return spare(Exempt::rule, "a rule says skip-greylist");
        if (!settings_.enabled && situation_.rule != RuleSays::greylist)
            return spare(Exempt::off, "greylist.enabled says no");
        if (facts_.envelope.relay)
            return spare(Exempt::relay, fmt::format("{} is a relay of ours", facts_.envelope.relay->text()));
        if (!facts_.envelope.client || !facts_.envelope.mail_from)
            return spare(Exempt::unknown_client, "its client is not known");
        return false;
    }

    bool by_lists() {
        if (!around_.allowed_by.empty())
            return spare(Exempt::allow_list, fmt::format("the allow list has {}", shown(around_.allowed_by.front())));
        if (!around_.ignored_by.empty())
            return spare(Exempt::allow_list, fmt::format("the ignore list has {}", shown(around_.ignored_by.front())));
        if (around_.safe_sender.value_or(false))
            return spare(Exempt::allow_list, "its recipients have it among their safe senders");
        const ip::Address& client = *facts_.envelope.client;
        if (ip::is_in(client, settings_.exempt_networks))
            return spare(Exempt::network, fmt::format("greylist.exempt_networks has {}", client.text()));
        if (const auto& iprev = facts_.iprev.value; iprev && iprev->result == iprev::Result::pass)
            for (const std::string& name : iprev->names)
                if (settings_.exempt_clients.has(Type::domain, name))
                    return spare(Exempt::client, fmt::format("greylist.exempt_clients has {}", shown(name)));
        if (!facts_.envelope.mail_from->empty() &&
            settings_.exempt_senders.has(Type::address, *facts_.envelope.mail_from))
            return spare(Exempt::sender,
                         fmt::format("greylist.exempt_senders has {}", shown(*facts_.envelope.mail_from)));
        return by_recipient();
    }

    bool by_recipient() {
        const std::string recipient = ascii::lower(situation_.subject.recipient);
        const bool mailbox = std::ranges::find(settings_.exempt_mailboxes, recipient.substr(0, recipient.rfind('@'))) !=
                             settings_.exempt_mailboxes.end();
        if (recipient.empty() || (!mailbox && !settings_.exempt_recipients.has(Type::address, recipient))) return false;
        return spare(Exempt::recipient, fmt::format("greylist.exempt_recipients has {}", shown(recipient)));
    }

    // ---- the past

    [[nodiscard]] bool is_good(PastKind kind, std::string_view of, std::string_view with = {}) const {
        const verdict::Weighed past =
            verdict::weighed_for(verdict::SignalId::pair_established, situation_.history.of(kind, of, with),
                                 verdict::day_of(facts_.now), situation_.weights);
        const verdict::Thresholds& at = situation_.thresholds;
        const bool clean =
            past.bad + past.spam * at.word_weight <= at.most_bad_share * (past.all() + past.ham * at.word_weight);
        return clean && past.good >= at.established && past.good_days >= at.established_days;
    }
    [[nodiscard]] bool is_good_pair(const std::string& domain) const {
        const auto senders = verdict::infrastructures_of(facts_, situation_.suffixes);
        return std::ranges::any_of(senders, [&](const verdict::Infrastructure& sender) {
            return sender.kind != verdict::Infrastructure::Kind::dkim &&
                   is_good(PastKind::pair, domain, to_text(sender));
        });
    }

    bool by_spf() {
        const spf::Outcome* spf = passing_spf(facts_);
        if (spf == nullptr || settings_.skip_spf == SkipSpf::never) return false;
        if (settings_.skip_spf == SkipSpf::always)
            return spare(Exempt::spf, fmt::format("SPF passes for {}", shown(spf->domain)));
        for (const std::string& domain : {spf->domain, situation_.suffixes.organizational(spf->domain)})
            if (is_good_pair(domain))
                return spare(Exempt::spf,
                             fmt::format("SPF passes for {}, which has sent good mail from there", shown(spf->domain)));
        return false;
    }

    bool by_dmarc() {
        const auto& dmarc = facts_.dmarc.value;
        if (!has_content_ || !settings_.skip_dmarc || !dmarc || dmarc->result != dmarc::Result::pass) return false;
        const std::string& author = facts_.author.domain;
        if (author.empty() || (!is_good(PastKind::author, author) && !is_good_pair(author))) return false;
        return spare(Exempt::dmarc, fmt::format("DMARC passes for {}, whose past is good", shown(author)));
    }

    /// SPF or DMARC says that it is somebody else who writes.
    [[nodiscard]] bool is_contradicted() const {
        const auto& dmarc = facts_.dmarc.value;
        const auto& spf = facts_.spf.value;
        return (has_content_ && dmarc && dmarc->result == dmarc::Result::fail) ||
               (spf && spf->result == spf::Result::fail && !(dmarc && dmarc->result == dmarc::Result::pass));
    }
    [[nodiscard]] bool has_written(PastKind kind, const std::string& to, const std::string& recipient) const {
        if (to.empty()) return false;
        return std::ranges::any_of(situation_.history.of(kind, to, recipient),
                                   [](const verdict::DayCounts& day) { return day.sent > 0; });
    }

    bool by_correspondence() {
        if (!settings_.skip_correspondents || situation_.subject.recipient.empty() || is_contradicted()) return false;
        const std::string recipient = ascii::lower(situation_.subject.recipient);
        const std::string sender = ascii::lower(*facts_.envelope.mail_from);
        const std::string author = has_content_ ? author_address(facts_) : std::string();
        for (const std::string& address : {author, sender})
            if (has_written(PastKind::contact, address, recipient))
                return spare(Exempt::correspondent,
                             fmt::format("{} has written to {}", shown(recipient), shown(address)));
        if (sender.empty() && has_content_ && has_written(PastKind::contact_domain, facts_.author.domain, recipient))
            return spare(Exempt::correspondent,
                         fmt::format("{} has written to {}", shown(recipient), shown(facts_.author.domain)));
        return false;
    }

    const Situation& situation_;
    const Settings& settings_;
    const verdict::Facts& facts_;
    const Surroundings& around_;
    const bool has_content_;
    Exemption found_;
};

} // namespace

std::string_view to_text(Exempt exempt) {
    constexpr std::array<std::string_view, 14> names{
        "not_inbound", "authenticated", "rule",   "off",       "relay", "unknown_client", "allow_list",
        "network",     "client",        "sender", "recipient", "spf",   "dmarc",          "correspondent"};
    return names[static_cast<std::size_t>(exempt)];
}

std::optional<Exemption> exemption(const Situation& situation, const Settings& settings) {
    return Exemptions(situation, settings).find();
}

std::vector<verdict::PastKey> past_keys(const verdict::Facts& facts, std::string_view recipient,
                                        const dns::PublicSuffixList& suffixes) {
    std::vector<verdict::PastKey> keys;
    if (facts.direction != verdict::Direction::inbound || !facts.envelope.mail_from) return keys;
    const auto add = [&](PastKind kind, std::string of, std::string with) {
        verdict::PastKey key{kind, std::move(of), std::move(with)};
        if (!key.of.empty() && std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
    };
    if (const spf::Outcome* spf = passing_spf(facts)) {
        for (const std::string& domain : {spf->domain, suffixes.organizational(spf->domain)})
            for (const verdict::Infrastructure& sender : verdict::infrastructures_of(facts, suffixes))
                if (sender.kind != verdict::Infrastructure::Kind::dkim) add(PastKind::pair, domain, to_text(sender));
    }
    const std::string sender = ascii::lower(*facts.envelope.mail_from);
    if (domain_of(sender).empty()) return keys;
    std::size_t contacts = 0;
    const auto add_contact = [&](std::string_view address) {
        if (domain_of(address).empty() || contacts == verdict::most_contacts) return;
        add(PastKind::contact, sender, ascii::lower(address));
        ++contacts;
    };
    if (recipient.empty())
        for (const std::string& address : facts.envelope.recipients) add_contact(address);
    else
        add_contact(recipient);
    return keys;
}

} // namespace bonafide::policy::greylist
