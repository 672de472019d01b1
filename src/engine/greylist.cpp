#include "engine/greylist.hpp"

#include "base/ascii.hpp"
#include "engine/greylist_state.hpp"

#include <algorithm>

namespace bonafide::engine {
namespace {

namespace greylist = policy::greylist;

policy::ValueSet set_of(const std::vector<std::string>& entries) {
    policy::ValueSet set;
    for (const std::string& entry : entries)
        if (const auto added = set.add(entry); !added) continue;
    return set;
}

template<class State> class Source final : public GreylistSource {
  public:
    Source(std::shared_ptr<State> state, std::function<void(std::function<void()>)> post)
        : state_(std::move(state)), post_(std::move(post)) {}
    std::shared_ptr<void> consider(GreylistRequest request, std::int64_t now, Done done) override {
        return state_->consider(std::move(request), now, std::move(done), post_);
    }

  private:
    const std::shared_ptr<State> state_;
    const std::function<void(std::function<void()>)> post_;
};

} // namespace

std::shared_ptr<const GreylistPolicy> greylist_policy(const Settings& settings) {
    const Settings::Greylist& from = settings.greylist;
    auto made = std::make_shared<GreylistPolicy>();
    greylist::Settings& to = made->settings;
    to.enabled = from.enabled;
    to.delay = from.delay;
    // Times that do not follow each other (settings_audit.cpp tells) must not make a sender wait for ever.
    to.unverified_expiry = std::max<std::int64_t>(from.unverified_expiry, 2 * to.delay);
    to.verified_expiry = std::max<std::int64_t>(from.verified_expiry, to.unverified_expiry);
    to.ipv4_prefix = from.ipv4_prefix;
    to.ipv6_prefix = from.ipv6_prefix;
    to.sender = from.sender;
    to.known_after = from.known_after;
    to.known_pause = from.known_pause;
    to.skip_spf = from.skip_spf;
    to.skip_dmarc = from.skip_dmarc;
    to.skip_correspondents = from.skip_correspondents;
    to.exempt_networks = from.exempt_networks;
    to.exempt_clients = set_of(from.exempt_clients);
    to.exempt_senders = set_of(from.exempt_senders);
    to.exempt_mailboxes.clear();
    std::vector<std::string> recipients;
    for (const std::string& entry : from.exempt_recipients) {
        if (entry.ends_with('@'))
            to.exempt_mailboxes.push_back(ascii::lower(entry.substr(0, entry.size() - 1)));
        else
            recipients.push_back(entry);
    }
    to.exempt_recipients = set_of(recipients);
    using policy::Reply;
    const auto read = [](std::string_view text) {
        return Reply::parse(text, Reply::Class::temporary, policy::Level::judged, greylist::reply_fields());
    };
    auto reply = read(from.reply);
    if (!reply) reply = read(Settings{}.greylist.reply);
    made->reply = *std::move(reply);
    made->hashed = settings.ledger.addresses == KeptAddresses::hashed;
    return made;
}

bool GreylistRequest::is_settled() const {
    const auto has_key = [](const Recipient& one) { return one.key.has_value(); };
    const auto is_exempt = [](const Recipient& one) { return one.exempt.has_value(); };
    return !who || std::ranges::none_of(recipients, has_key) || std::ranges::any_of(recipients, is_exempt);
}

GreylistRequest requested(const greylist::Situation& situation, std::span<const greylist::RuleSays> rules,
                          const greylist::Settings& settings) {
    const verdict::Facts& facts = situation.subject.facts;
    GreylistRequest request;
    request.who = greylist::identity_of(facts, settings);
    request.helo = facts.envelope.helo;
    for (std::size_t i = 0; i < facts.envelope.recipients.size(); ++i) {
        const std::string& address = facts.envelope.recipients[i];
        policy::Subject subject = situation.subject;
        subject.recipient = address;
        const greylist::Situation one{subject,
                                      situation.history,
                                      situation.weights,
                                      situation.thresholds,
                                      situation.suffixes,
                                      i < rules.size() ? rules[i] : situation.rule};
        GreylistRequest::Recipient& recipient = request.recipients.emplace_back(address);
        recipient.exempt = greylist::exemption(one, settings);
        if (!recipient.exempt && i < GreylistRequest::most_keys)
            recipient.key = greylist::key_of(facts, address, settings);
    }
    return request;
}

std::string_view action_text(const GreylistAnswer& answer) {
    const auto is = [&](greylist::Step step) {
        return std::ranges::any_of(answer.recipients,
                                   [&](const auto& one) { return one.considered && one.considered->step == step; });
    };
    if (answer.defer)
        return is(greylist::Step::defer_first) || is(greylist::Step::expired) ? "Rejected" : "Rejected (not verified)";
    return is(greylist::Step::pass_now) || is(greylist::Step::pass_known) ? "Verified" : "Accepted";
}

Greylist::Greylist(std::unique_ptr<io::store::GreylistStore> store, std::shared_ptr<const Settings> settings,
                   GreylistEvents events)
    : state_(std::make_shared<State>(std::move(store), std::move(settings), std::move(events))) {
    state_->start();
}
Greylist::~Greylist() { state_->stop(); }

std::shared_ptr<GreylistSource> Greylist::source(std::function<void(std::function<void()>)> post) {
    return std::make_shared<Source<State>>(state_, std::move(post));
}
void Greylist::configure(std::shared_ptr<const Settings> settings) { state_->configure(std::move(settings)); }
std::shared_ptr<const GreylistPolicy> Greylist::policy() const { return state_->policy(); }
void Greylist::flush() { state_->flush(); }
Greylist::Counters Greylist::counters() const { return state_->counters(); }

} // namespace bonafide::engine
