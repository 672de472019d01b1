// The connection's part of transaction.hpp: who is there, which way his mail goes, reverse DNS.
#include "base/ascii.hpp"
#include "base/endpoint.hpp"
#include "engine/acting.hpp"
#include "engine/judging.hpp"
#include "engine/transaction.hpp"

#include <algorithm>

namespace bonafide::engine {

using verdict::Direction;

namespace {

/// {daemon_name} may be written in any case; Postfix's default "$myhostname" never equals one of ours.
bool names_submission(std::string_view daemon, const std::vector<std::string>& submission) {
    return std::any_of(submission.begin(), submission.end(),
                       [&](const std::string& name) { return ascii::iequals(name, daemon); });
}

} // namespace

Direction find_direction(const Peer& peer, const Settings::Direction& settings) {
    if (peer.direction) return *peer.direction;
    // Postfix's cleanup and Sendmail's command line make such connections up; a remote client of unknown address is not one of them.
    const bool made_up =
        peer.address ? peer.port == 0 && ip::is_loopback(*peer.address) : ascii::iequals(peer.name, "localhost");
    if (made_up) return Direction::local;
    if (names_submission(peer.daemon_name, settings.submission_daemons)) return Direction::submitted;
    if (!peer.address || ip::is_in(*peer.address, settings.relays)) return Direction::inbound;
    return ip::is_in(*peer.address, settings.internal_networks) ? Direction::internal : Direction::inbound;
}

Connection::Connection(const Context& context)
    : clock_(context.clock), settings_(context.settings), suffixes_(context.suffixes),
      authserv_id_(context.authserv_id()), host_name_(context.host_name), source_(context.source),
      lists_(context.lists), tuning_(context.tuning), acting_(context.acting), history_(context.history),
      greylist_(context.greylist), senders_(context.senders), signing_(context.signing),
      on_failure_(context.on_failure),
      driver_(*source_, clock_, settings_->dns.message_timeout, [this](std::string_view why) { iprev_failed(why); }) {
    if (lists_ == nullptr) lists_ = make_lists(*settings_, *suffixes_, clock_.unix_time());
    if (tuning_ == nullptr) tuning_ = std::make_shared<const Tuning>(make_tuning(*settings_));
    if (acting_ == nullptr) acting_ = std::make_shared<const Acting>(make_acting(*settings_));
}

Connection::~Connection() = default;

void Connection::open(Peer peer) {
    peer_ = std::move(peer);
    direction_ = find_direction(peer_, settings_->direction);
    // It was verified on the way in; to do so again would judge the list or the filter.
    if (signing_ != nullptr && direction_ == Direction::inbound && signing_->sealing.is_second_hop(peer_.listener))
        direction_ = Direction::internal;
    facts_.now = clock_.unix_time();
    facts_.direction = direction_;
    facts_.envelope.client = peer_.address;
    facts_.envelope.client_name = peer_.name;
    around_.listener = peer_.listener;
    around_.daemon = peer_.daemon_name;
    if (direction_ != Direction::inbound || !peer_.address) {
        iprev_.unavailable = peer_.address ? "not checked: the mail is ours" : "the client's address is not known";
        return;
    }
    if (relayed()) return; // whose reverse DNS matters is not known yet
    iprev_running_ = true;
    driver_.run(iprev::check(*peer_.address, settings_->limits), [this](iprev::Outcome outcome) {
        iprev_.value = std::move(outcome);
        iprev_done();
    });
}

bool Connection::relayed() const {
    return direction_ == Direction::inbound && peer_.address && ip::is_in(*peer_.address, settings_->direction.relays);
}

std::vector<std::string> Connection::authserv_ids() const {
    std::vector<std::string> ours{authserv_id_};
    const auto& more = settings_->identity.also_ours;
    ours.insert(ours.end(), more.begin(), more.end());
    return ours;
}

void Connection::tell_failure(std::string_view why) const {
    if (on_failure_) on_failure_(why);
}

void Connection::iprev_failed(std::string_view why) {
    tell_failure(why);
    iprev_.unavailable = "an internal error";
    iprev_done();
}

void Connection::iprev_done() {
    iprev_running_ = false;
    if (const auto then = std::exchange(iprev_waiter_, {})) then();
}

void Connection::helo(std::string_view name) {
    const auto index = static_cast<std::size_t>(policy::Level::helo);
    if (std::exchange(asked_[index], false)) outcome_ = outcome_at_connect_; // RFC 3207 4.2: the last name counts
    helo_ = name;
    facts_.envelope.helo = name;
}

bool Connection::is_asked_early() const { return direction_ == Direction::inbound && !relayed(); }

void Connection::decide(policy::Level level, EarlyDone done) {
    const auto index = static_cast<std::size_t>(level);
    if (!acting_->speaks_at(level) || asked_[index] || !is_asked_early()) return done({});
    if (acting_->wanted[index].iprev && iprev_running_) {
        iprev_waiter_ = [this, level, then = std::make_shared<EarlyDone>(std::move(done))] {
            decide(level, std::move(*then));
        };
        return;
    }
    if (!iprev_running_) facts_.iprev = iprev_;
    asked_[index] = true;
    if (level == policy::Level::helo) outcome_at_connect_ = outcome_;
    look_up_lists(*lists_, facts_, around_);
    acting_->rules->evaluate({facts_, nullptr, around_, level, {}}, acting_->modes, outcome_);
    done(acting_->answer(outcome_, {facts_, nullptr, around_, level, {}}));
}

} // namespace bonafide::engine
