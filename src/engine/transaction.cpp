// The part of transaction.hpp that checks: envelope and header come in, look-ups begin, their answers become Facts. Rules are asked in
// transaction_rules.cpp, the judgement and what follows it stand in transaction_verdict.cpp.
#include "engine/transaction.hpp"

#include "base/ascii.hpp"
#include "engine/acting.hpp"
#include "engine/greylist.hpp"
#include "engine/judging.hpp"
#include "engine/letter.hpp"
#include "mail/received.hpp"
#include "verdict/compauth.hpp"

#include <algorithm>
#include <array>
#include <ranges>

namespace bonafide::engine {
namespace {

using verdict::Direction;

constexpr std::string_view upstream_field = "Authentication-Results"; // of trusted hosts, whatever ours is called

dmarc::Identifier spf_identifier(const spf::Outcome& outcome) {
    return {outcome.domain, outcome.result == spf::Result::pass, outcome.result == spf::Result::temperror};
}

/// A sender whose SPF record leads to slow servers must not use up the time in which the Author Domain's policy and keys are looked up:
/// a fifth of it is kept for what the header names.
std::chrono::milliseconds time_before_header(const Settings& settings) {
    return settings.dns.message_timeout - settings.dns.message_timeout / 5;
}

/// Our resolver answered nothing at all: no verdict of this message rests on anything, and that is our failure, not the sender's.
bool resolver_failed(const dns::Transcript& transcript) {
    const auto& exchanges = transcript.exchanges();
    return !exchanges.empty() && std::all_of(exchanges.begin(), exchanges.end(), [](const dns::Exchange& exchange) {
        const dns::Status status = exchange.answer->status;
        return status == dns::Status::timeout || status == dns::Status::refused || status == dns::Status::serv_fail;
    });
}

} // namespace

Transaction::Transaction(Connection& connection)
    : connection_(connection),
      driver_(*connection.source_, connection.clock_, time_before_header(*connection.settings_),
              [this](std::string_view why) {
                  connection_.tell_failure(why);
                  fail();
              }),
      header_(connection.settings_->limits) {
    facts_.now = connection.clock_.unix_time();
    facts_.direction = connection.direction_;
    facts_.envelope.client = connection.peer_.address;
    facts_.envelope.client_name = connection.peer_.name;
    around_ = connection.around_;
    outcome_ = connection.outcome_;
    asked_ = connection.asked_;
}

Transaction::~Transaction() { connection_.iprev_waiter_ = {}; }

void Transaction::mail(std::optional<std::string_view> path, std::string_view authenticated_as) {
    facts_.envelope.helo = connection_.helo_;
    if (path) {
        const mail::Path parts = mail::parse_path(*path);
        facts_.envelope.mail_from = parts.empty()          ? ""
                                    : parts.domain.empty() ? parts.local_part
                                                           : parts.local_part + '@' + parts.domain;
    }
    if (!authenticated_as.empty() && facts_.direction == Direction::inbound) facts_.direction = Direction::submitted;
    around_.authenticated_as = authenticated_as;
    if (facts_.direction == Direction::inbound && !connection_.relayed() && !failed_) start_spf();
}

void Transaction::start_spf() {
    const Settings& settings = *connection_.settings_;
    if (!settings.spf.enabled)
        facts_.spf.unavailable = "switched off by spf.enabled";
    else if (!facts_.envelope.client)
        facts_.spf.unavailable = "the client's address is not known";
    else if (!facts_.envelope.mail_from)
        facts_.spf.unavailable = "the reverse-path is not known";
    if (!facts_.spf.unavailable.empty()) return;
    spf_running_ = true;
    driver_.run(spf::check(spf_request(*facts_.envelope.mail_from, facts_.envelope.helo)),
                [this](spf::Outcome outcome) {
                    facts_.spf.value = std::move(outcome);
                    spf_running_ = false;
                    try_early();
                    try_finish();
                });
}

spf::Request Transaction::spf_request(std::string mail_from, std::string helo) const {
    const Settings& settings = *connection_.settings_;
    return {.client = *facts_.envelope.client,
            .helo = std::move(helo),
            .mail_from = std::move(mail_from),
            .receiver = connection_.host_name_,
            .now = facts_.now,
            .limits = settings.limits,
            .explain = settings.spf.explanation ? spf::Explain::yes : spf::Explain::no};
}

void Transaction::rcpt(std::string_view path) {
    const mail::Path parts = mail::parse_path(path);
    last_recipient_ = parts.domain.empty() ? parts.local_part : parts.local_part + '@' + parts.domain;
    if (facts_.envelope.recipients.size() >= connection_.settings_->limits.recipients) {
        ++facts_.envelope.more_recipients;
        return;
    }
    facts_.envelope.recipients.push_back(last_recipient_);
}

void Transaction::header(std::string_view name, std::string_view value) {
    try {
        header_.add(name, value);
    } catch (...) { // memory: what was kept before remains
        header_.mark_oversized();
        judge_unkept(name, value);
        throw;
    }
    if (header_.oversized()) judge_unkept(name, value);
}

void Transaction::judge_unkept(std::string_view name, std::string_view value) {
    name = ascii::trim(name);
    if (ascii::iequals(name, connection_.settings_->identity.results_field)) judge_unkept_results(value);
    if (ascii::iequals(name, policy::unchecked_field)) ++unkept_marks_.unchecked;
    if (ascii::iequals(name, policy::junk_field)) ++unkept_marks_.junk;
    if (ascii::iequals(name, policy::suggestion_field)) ++unkept_marks_.suggestion;
    if (ascii::iequals(name, policy::sender_field)) ++unkept_marks_.sender;
    if (ascii::iequals(name, policy::id_field)) ++unkept_marks_.id;
}

/// Behind the limit of what is kept a forged field is as harmful as before it; it is judged as it passes.
void Transaction::judge_unkept_results(std::string_view value) {
    ++unkept_results_;
    if (unkept_forged_.size() > connection_.settings_->limits.authres_forged) return; // one too many is enough to tell
    if (judge().must_go(value)) unkept_forged_.push_back(unkept_results_);
}

/// Of all fields of this message, kept and unkept.
authres::Judge& Transaction::judge() {
    if (!judge_)
        judge_.emplace(connection_.authserv_ids(), connection_.settings_->compauth.form == CompauthForm::microsoft
                                                       ? authres::Judge::Nameless::go
                                                       : authres::Judge::Nameless::stay);
    return *judge_;
}

void Transaction::header(mail::HeaderBlock block) { header_ = std::move(block); }

void Transaction::end_of_header() {
    driver_.allow(connection_.settings_->dns.message_timeout);
    remove_forged();
    facts_.letter = read_letter(header_, connection_.settings_->limits);
    if (facts_.direction == Direction::inbound && connection_.relayed()) find_client();
    std::vector<std::string_view> from_values;
    for (const std::size_t index : header_.find_all("From")) from_values.push_back(header_[index].value);
    facts_.author = mail::find_author(from_values, connection_.settings_->limits);
    start_tag_check();
    if (facts_.direction == Direction::inbound) {
        if (header_.oversized()) {
            facts_.author.cause = mail::FromCause::too_many;
            facts_.author.detail = "the header is larger than this server reads";
            facts_.author.domain.clear();
            if (!failed_) facts_.unchecked.emplace_back("limit");
        }
        start_dkim();
        start_arc();
        start_discovery();
        start_spf_from();
        start_dns_lists({policy::ListOf::from});
        keep_headers();
    } else if (is_second_hop() && !failed_) {
        start_arc();
    }
    start_sealing();
    start_signing();
    header_ = mail::HeaderBlock(connection_.settings_->limits); // its hashes are taken
}

/// RFC 8601 5: fields in our name that none of our own hosts stamped. Where ours are stamped under another name,
/// Authentication-Results in our name are of the filter beside us, which the host runs too: they stay.
void Transaction::remove_forged() {
    const auto& peer = connection_.peer_.address;
    // What a user or a program of this machine hands in is nobody's finding, whatever its address.
    const bool is_user = facts_.direction == Direction::local || !around_.authenticated_as.empty();
    if (!is_user && peer && ip::is_in(*peer, connection_.settings_->identity.trusted_hosts)) return read_upstream();
    const std::string& results_field = connection_.settings_->identity.results_field;
    const std::size_t kept = header_.find_all(results_field).size();
    for (const std::size_t unkept : unkept_forged_ | std::views::reverse)
        forged_.results.push_back(kept + unkept); // the highest position first
    const std::vector<std::size_t> forged = authres::forged_fields(header_, judge(), results_field);
    forged_.results.insert(forged_.results.end(), forged.begin(), forged.end());
    forged_.unchecked = header_.find_all(policy::unchecked_field).size() + unkept_marks_.unchecked;
    forged_.suggestion = header_.find_all(policy::suggestion_field).size() + unkept_marks_.suggestion;
    forged_.sender = header_.find_all(policy::sender_field).size() + unkept_marks_.sender;
    forged_.id = header_.find_all(policy::id_field).size() + unkept_marks_.id;
    forged_.junk = header_.find_all(policy::junk_field).size() + unkept_marks_.junk;
}

/// What a trusted host of ours stamped in our name.
void Transaction::read_upstream() {
    const std::vector<std::string> ours = connection_.authserv_ids();
    for (const std::size_t index : header_.find_all(upstream_field)) {
        auto field = authres::parse(header_[index].value, connection_.settings_->limits);
        if (field && std::ranges::any_of(ours, [&](const auto& id) { return ascii::iequals(id, field->authserv_id); }))
            upstream_.push_back(std::move(*field));
    }
}

/// The client that handed the mail to the outermost of our relays, and what is asked about it. Mail of our own networks that only
/// passed a relay is internal after all.
void Transaction::find_client() {
    verdict::Envelope& envelope = facts_.envelope;
    const Settings::Direction& settings = connection_.settings_->direction;
    // Of a stored message the fields at the top told us of the relay.
    const std::uint32_t already_read =
        envelope.source == "message" ? mail::read_stored_envelope(header_).fields_read : 0;
    mail::Sender sender =
        mail::find_original_client(header_, {envelope.client, envelope.helo, 0}, settings.relays, already_read);
    envelope.relay = std::exchange(envelope.client, sender.client);
    envelope.relays = sender.relays;
    envelope.client_name.clear();
    envelope.helo = std::move(sender.helo);
    if (envelope.client && ip::is_in(*envelope.client, settings.internal_networks)) {
        facts_.direction = Direction::internal;
        return;
    }
    start_iprev();
    start_spf();
}

void Transaction::start_iprev() {
    if (!facts_.envelope.client) {
        facts_.iprev.unavailable = "the client's address is not known";
        return;
    }
    driver_.run(iprev::check(*facts_.envelope.client, connection_.settings_->limits), [this](iprev::Outcome outcome) {
        facts_.iprev.value = std::move(outcome);
        try_finish();
    });
}

void Transaction::start_dkim() {
    const Settings& settings = *connection_.settings_;
    const auto skew = std::chrono::duration_cast<std::chrono::seconds>(settings.dkim.clock_skew).count();
    dkim_.emplace(header_,
                  dkim::Policy{.now = facts_.now,
                               .clock_skew = skew,
                               .author_domain = facts_.author.domain,
                               .limits = settings.limits,
                               .header_hashes = header_hashes_},
                  bodies_);
    for (std::size_t i = 0; i < dkim_->size(); ++i) {
        if (!dkim_->needs_key(i)) continue;
        driver_.run(dkim_->fetch_key(i), [this, i](dkim::FetchedKey key) {
            dkim_->set_key(i, std::move(key));
            try_finish();
        });
    }
}

void Transaction::start_arc() {
    const Settings& settings = *connection_.settings_;
    const auto skew = std::chrono::duration_cast<std::chrono::seconds>(settings.dkim.clock_skew).count();
    arc_.emplace(
        header_,
        arc::Policy{.now = facts_.now, .clock_skew = skew, .limits = settings.limits, .header_hashes = header_hashes_},
        bodies_);
    for (std::size_t i = 0; i < arc_->look_ups(); ++i)
        driver_.run(arc_->fetch_key(i), [this, i](dkim::FetchedKey key) {
            arc_->set_key(i, std::move(key));
            try_finish();
        });
}

void Transaction::start_discovery() {
    if (facts_.author.cause != mail::FromCause::ok) return;
    const Settings& settings = *connection_.settings_;
    driver_.run(dmarc::discover(facts_.author.domain, settings.dmarc.discovery, connection_.suffixes_, settings.limits),
                [this](dmarc::Discovered discovered) {
                    discovered_ = std::move(discovered);
                    try_finish();
                });
}

void Transaction::body(std::string_view chunk) {
    body_bytes_ += chunk.size();
    if (failed_) return;
    bodies_.update(chunk);
    if (outgoing_) outgoing_->body(chunk);
    if (returned_ids_) returned_ids_->feed(chunk);
}

bool Transaction::body_ignored() const {
    return bodies_.empty() && (!returned_ids_ || returned_ids_->done()) && !connection_.acting_->wants_size;
}

void Transaction::end(Done done) {
    done_ = std::move(done);
    ended_at_ = connection_.clock_.steady();
    waiting_ = true;
    if (!failed_) bodies_.finish();
    if (returned_ids_) check_tag();
    if (connection_.iprev_running_ && facts_.direction == Direction::inbound)
        connection_.iprev_waiter_ = [this] { go_on(&Transaction::try_finish); };
    try_finish();
}

void Transaction::fail(std::string_view what) {
    if (failed_) return;
    failed_ = true;
    facts_.unchecked.emplace_back(what);
    for (auto* unavailable :
         {&facts_.spf.unavailable, &facts_.iprev.unavailable, &facts_.arc.unavailable, &facts_.dmarc.unavailable})
        *unavailable = what == "overload" ? "the server is overloaded" : "an internal error";
    try_early();
    if (waiting_) finish();
}

void Transaction::try_finish() {
    if (failed_ && waiting_) return finish();
    if (!waiting_ || dmarc_started_ || starting_) return;
    const bool has_iprev = connection_.relayed() ? driver_.pending() == 0 : !connection_.iprev_running_;
    if (facts_.direction == Direction::inbound && has_iprev) {
        starting_ = true;
        if (connection_.acting_->spf_helo) start_spf_helo();
        start_dns_lists_of_session();
        starting_ = false;
    }
    if (driver_.pending() > 0) return;
    if (facts_.direction != Direction::inbound) return finish();
    if (connection_.iprev_running_) return;
    dmarc_started_ = true;
    if (!connection_.relayed()) facts_.iprev = connection_.iprev_;
    facts_.dkim = dkim_->results();
    facts_.arc.value = arc_->outcome();
    if (facts_.arc.value->code == arc::Code::header_incomplete && facts_.arc.value->highest == 0)
        facts_.arc = {std::nullopt,
                      "the header is larger than this server reads"}; // perhaps there is a chain, perhaps not
    evaluate_dmarc();
}

void Transaction::evaluate_dmarc() {
    const Settings& settings = *connection_.settings_;
    if (facts_.author.cause != mail::FromCause::ok) {
        facts_.dmarc.value = dmarc::without_author(facts_.author.detail, settings.dmarc.discovery);
        return prepare_judgement();
    }
    dmarc::Input input{.author_domain = facts_.author.domain,
                       .spf = {},
                       .dkim = {},
                       .discovery = settings.dmarc.discovery,
                       .suffixes = connection_.suffixes_,
                       .limits = settings.limits};
    if (facts_.spf.value) input.spf = spf_identifier(*facts_.spf.value);
    facts_.dkim_support = dkim_support();
    // RFC 6376 6.1: a signature that fails counts like none.
    for (const dkim::SignatureResult& signature : facts_.dkim)
        input.dkim.push_back({signature.domain, verdict::supports_dmarc(signature, facts_.dkim_support),
                              signature.result == dkim::Result::temperror});
    driver_.run(dmarc::evaluate(std::move(*discovered_), std::move(input)), [this](dmarc::Evaluation evaluation) {
        // Without SPF a "fail" would be a guess: the message may well have passed by it.
        if (evaluation.result == dmarc::Result::fail && !facts_.spf.value)
            facts_.dmarc.unavailable =
                "no DKIM signature of the author domain passes, and SPF was not checked: " + facts_.spf.unavailable;
        else
            facts_.dmarc.value = std::move(evaluation);
        prepare_judgement();
    });
}

/// A step for a caller that is not ours and must not take our failure for its own: the connection's driver, the ledger.
void Transaction::go_on(void (Transaction::*step)()) {
    try {
        (this->*step)();
    } catch (const std::exception& error) {
        connection_.tell_failure(error.what());
        fail();
    }
}

void Transaction::complete_facts() {
    if (facts_.direction != Direction::inbound) {
        const std::string why = "not checked: " + std::string(to_text(facts_.direction)) + " mail";
        facts_.spf.unavailable = facts_.iprev.unavailable = facts_.arc.unavailable = facts_.dmarc.unavailable = why;
    }
    facts_.transcript = connection_.driver_.transcript();
    facts_.transcript.append(driver_.take_transcript());
    if (resolver_failed(facts_.transcript)) facts_.unchecked.emplace_back("dns");
}

} // namespace bonafide::engine
