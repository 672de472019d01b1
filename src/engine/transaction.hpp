// One message on its way through the engine, whichever door it came by (docs/architecture.md, idea 1). No door knows
// a protocol; no protocol a door.
//
// Order of calls, all on one thread:
//   Connection connection(context);  connection.open(...);  connection.helo(...);
//   Transaction message(connection);  mail, rcpt*, header*, end_of_header, body*, end(done)
// A door that can answer early asks decide() behind open, helo, mail and rcpt; what it does not ask is decided at the end.
// A Connection outlives its Transactions, one after the other. Destroying a Transaction at any point abandons the message and frees all.
// Look-ups start as early as they can: iprev at open(), SPF at mail(), DMARC discovery, DKIM and ARC keys at end_of_header(); behind a relay
// of ours the client is known from its Received fields, so iprev and SPF wait for end_of_header() too. Body hashes run as chunks arrive and the body is never held. The header is dropped once its hashes are taken.
// From MAIL FROM on a message waits for DNS for dns.message_timeout in all, its look-ups side by side (driver.hpp); iprev, which began with
// the connection, has its own, so that it ends no later.
#pragma once

#include "arc/chain.hpp"
#include "authres/authres.hpp"
#include "dkim/dkim.hpp"
#include "dmarc/dmarc.hpp"
#include "dns/public_suffix.hpp"
#include "engine/driver.hpp"
#include "engine/ledger.hpp"
#include "engine/outgoing.hpp"
#include "engine/settings.hpp"
#include "engine/stored_message.hpp"
#include "mail/header.hpp"
#include "mail/returned_ids.hpp"
#include "policy/conclude.hpp"
#include "policy/decision.hpp"
#include "policy/disposition.hpp"
#include "policy/dns_list.hpp"
#include "policy/recipient_senders.hpp"
#include "policy/rules.hpp"
#include "verdict/compauth.hpp"
#include "verdict/facts.hpp"
#include "verdict/infrastructure.hpp"
#include "verdict/judgement.hpp"
#include "verdict/lessons.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

struct Acting;
struct GreylistAnswer;
class GreylistSource;
struct Tuning;

/// What every message of one thread shares. Outlives all Connections.
struct Context {
    std::shared_ptr<const Settings> settings; ///< in force for new connections; replaced by a reload
    std::shared_ptr<const dns::PublicSuffixList> suffixes;
    std::string host_name;                    ///< ours; the default authserv-id
    std::shared_ptr<dns::AsyncSource> source; ///< connections keep the one they started with
    Clock clock;
    std::shared_ptr<const verdict::Lists> lists{}; ///< null: those of the settings alone, built for each connection
    std::shared_ptr<const Tuning> tuning{};        ///< null: read from the settings for each connection
    std::shared_ptr<const Acting> acting{};        ///< likewise
    std::shared_ptr<HistorySource> history{};      ///< null: nothing is known of the past
    std::shared_ptr<GreylistSource> greylist{};    ///< null: nobody is greylisted
    std::shared_ptr<const policy::RecipientSenders> senders{}; ///< null: nobody has safe or blocked senders
    std::shared_ptr<const SigningPolicy> signing{};            ///< null: nothing is signed
    std::function<void(std::string_view why)> on_failure{}; ///< told of exceptions that ended a look-up; may be empty

    [[nodiscard]] const std::string& authserv_id() const {
        return settings->identity.authserv_id.empty() ? host_name : settings->identity.authserv_id;
    }
};

/// What the door knows of the connection; every member may be unknown.
struct Peer {
    std::optional<ip::Address> address;
    std::uint16_t port = 0;  ///< 0: the MTA made this connection up (Postfix's cleanup for locally submitted mail)
    std::string name;        ///< as the MTA resolved it
    std::string daemon_name; ///< {daemon_name}
    std::optional<verdict::Direction>
        direction;          ///< set by a door that knows it (verify FILE); else find_direction decides
    std::string listener{}; ///< ours that the MTA connected to; empty: none
    /// What the MTA lets us do to the header: signatures are made over what it will be.
    bool adds_fields = true, changes_fields = true;
};

/// What is answered before the message is there: a refusal, or go on.
struct Early {
    std::string smtp_reply{}; ///< "550 5.7.1 text"; empty: go on
    std::string by{};         ///< the rule, or the setting
    [[nodiscard]] bool refuses() const { return !smtp_reply.empty(); }
};
using EarlyDone = std::move_only_function<void(Early)>;

struct Finished;

class Connection {
  public:
    explicit Connection(const Context& context);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// The client is known; iprev starts. Submitted and local connections ask nothing.
    void open(Peer peer);
    void helo(std::string_view name);

    /// Asks the rules of `level`, connect or helo; `done` is called exactly once, possibly before this returns, unless the Connection is
    /// destroyed first. Nothing is refused where the client is not known yet, or the mail is not inbound.
    void decide(policy::Level level, EarlyDone done);
    /// What the rules have come to so far, of all connection levels that were asked.
    [[nodiscard]] const policy::Outcome& outcome() const& { return outcome_; }
    [[nodiscard]] const verdict::Facts& facts() const& { return facts_; } ///< what is known of the connection alone
    [[nodiscard]] const policy::Surroundings& surroundings() const& { return around_; }
    [[nodiscard]] const Acting& acting() const& { return *acting_; }
    /// What there is to keep of a client that was refused at connect or helo.
    [[nodiscard]] Finished refused(policy::Level level, const Early& early) const;

    [[nodiscard]] const Peer& peer() const& { return peer_; }
    /// From connection data alone; a transaction with {auth_authen} is submitted whatever this says.
    [[nodiscard]] verdict::Direction direction() const { return direction_; }
    /// The peer is a relay of ours: who handed it the mail is told by the header alone.
    [[nodiscard]] bool relayed() const;

  private:
    friend class Transaction;
    [[nodiscard]] std::vector<std::string> authserv_ids() const; // all of ours: fields that bear them are forged
    void iprev_done();
    void iprev_failed(std::string_view why);
    [[nodiscard]] bool is_asked_early() const; // rules may be asked before the header is there
    void tell_failure(std::string_view why) const;

    Clock clock_;
    std::shared_ptr<const Settings> settings_;
    std::shared_ptr<const dns::PublicSuffixList> suffixes_;
    std::string authserv_id_;
    std::string host_name_;
    std::shared_ptr<dns::AsyncSource> source_;
    std::shared_ptr<const verdict::Lists> lists_;
    std::shared_ptr<const Tuning> tuning_;
    std::shared_ptr<const Acting> acting_;
    std::shared_ptr<HistorySource> history_;
    std::shared_ptr<GreylistSource> greylist_;
    std::shared_ptr<const policy::RecipientSenders> senders_;
    std::shared_ptr<const SigningPolicy> signing_;
    std::function<void(std::string_view)> on_failure_;
    Driver driver_;
    Peer peer_;
    std::string helo_;
    verdict::Direction direction_ = verdict::Direction::inbound;
    verdict::Evaluated<iprev::Outcome> iprev_;
    bool iprev_running_ = false;
    std::function<void()> iprev_waiter_; // of whoever waits: one at a time
    verdict::Facts facts_;               // for the rules of the connection
    policy::Surroundings around_;
    policy::Outcome outcome_;
    policy::Outcome outcome_at_connect_;            // before the rules of helo
    std::array<bool, policy::level_count> asked_{}; // levels whose rules were asked
};

/// The direction of mail from this peer: local when the MTA made the connection up, submitted by daemon name,
/// inbound from a relay of ours, internal by configured networks, else inbound.
[[nodiscard]] verdict::Direction find_direction(const Peer& peer, const Settings::Direction& settings);

/// What comes out of a message.
struct Finished {
    verdict::Facts facts;
    verdict::History history;                    ///< as it was read for the judgement
    verdict::AuthorHosts author_hosts;           ///< likewise
    std::vector<authres::Field> upstream;        ///< what trusted hosts of ours stamped before
    std::optional<verdict::Judgement> judgement; ///< none: compauth.enabled says no, or the mail is not inbound
    std::vector<verdict::Lesson> lessons;        ///< what the ledger may learn of it
    policy::Surroundings around;                 ///< what rules read beside the facts
    policy::Outcome outcome;                     ///< what the rules came to
    policy::Disposition disposition;             ///< what DMARC, compauth and the judgement ask for, whatever the mode
    std::shared_ptr<const GreylistAnswer> greylist; ///< null: not asked
    policy::Decision decision;
    SigningReport signing;                 ///< of mail that goes out
    SealReport seal;                       ///< of mail that is sent on
    std::vector<RefusedRecipient> refused; ///< at most limits.recipients of them
    std::optional<policy::Level> ended;    ///< refused there, before the message: of later levels nothing is known
    std::chrono::microseconds waited{0};   ///< from end() to the verdict: what the sender's client had to wait for us

    /// The judgement, or null.
    [[nodiscard]] const verdict::Judgement* judged() const& [[clang::lifetimebound]] {
        return judgement ? &*judgement : nullptr;
    }
};

class Transaction {
  public:
    using Done = std::move_only_function<void(Finished)>;

    explicit Transaction(Connection& connection);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// MAIL FROM; `path` with or without brackets. `authenticated`: {auth_authen} is set.
    /// nullopt: the reverse-path is not known (a stored message without Return-Path); SPF is then not evaluated.
    void mail(std::optional<std::string_view> path, std::string_view authenticated_as);
    void rcpt(std::string_view path);
    /// Behind mail(): asks its rules, and whether SPF alone refuses. As Connection::decide().
    void decide_mail(EarlyDone done);
    /// Behind rcpt(): asks its rules about the last recipient, who is none of the message's when it is refused.
    void decide_recipient(EarlyDone done);
    /// A header field as a milter gives it: value with its leading space, foldings with LF or CRLF.
    void header(std::string_view name, std::string_view value);
    /// All fields at once, for doors that read raw messages; instead of header().
    void header(mail::HeaderBlock block);
    /// Before end_of_header(): the header hashes are kept in `hashes`, or taken from there. Outlives that call.
    void use(dkim::HeaderHashes& hashes) { header_hashes_ = &hashes; }
    /// Before end_of_header(), instead of body(): what is known of a body that is not at hand.
    void know_body(std::vector<dkim::BodyDigest> digests) { bodies_.know(std::move(digests)); }
    /// What was wanted of the body; also after end().
    [[nodiscard]] const dkim::BodyHashes& bodies() const& { return bodies_; }
    void end_of_header();
    /// CRLF line ends, chunked anywhere.
    void body(std::string_view chunk);
    /// True when nothing will change by further body chunks: a door may skip them.
    [[nodiscard]] bool body_ignored() const;
    /// The message ends; `done` is called exactly once, possibly before this returns, unless the Transaction is destroyed first.
    void end(Done done);

    /// A failure of ours of class "internal" or "overload": nothing more is verified, and end() does as failure.* says. Before mail()
    /// nothing is looked up at all.
    void fail(std::string_view what = "internal");

    [[nodiscard]] verdict::Direction direction() const { return facts_.direction; }
    [[nodiscard]] const verdict::Envelope& envelope() const& { return facts_.envelope; }
    [[nodiscard]] const verdict::Facts& facts() const& { return facts_; } ///< so far
    /// What the rules came to about the last recipient.
    [[nodiscard]] const policy::Outcome& recipient_outcome() const& { return recipient_outcome_; }
    [[nodiscard]] const policy::Outcome& outcome() const& { return outcome_; } ///< likewise
    /// What rules read beside the facts, so far; in the end Finished has it.
    [[nodiscard]] const policy::Surroundings& surroundings() const& { return around_; }
    /// What there is to keep of a message that was refused at mail.
    [[nodiscard]] Finished refused(const Early& early) const;
    /// The same of one whose recipients were all refused; none where some were not, or nobody was.
    [[nodiscard]] std::optional<Finished> without_recipients() const;

    /// The envelope was read back from the stored message itself; the output will say so.
    void envelope_from_message() { facts_.envelope.source = "message"; }

  private:
    void judge_unkept(std::string_view name, std::string_view value);
    void judge_unkept_results(std::string_view value);
    [[nodiscard]] authres::Judge& judge();
    void find_client();
    void remove_forged();
    void read_upstream();
    void start_spf();
    void start_iprev();
    void start_dkim();
    void start_arc();
    void start_discovery();
    void start_signing();
    void start_sealing();
    [[nodiscard]] bool is_second_hop() const;
    [[nodiscard]] Origin origin() const;
    void start_tag_check();
    void check_tag();
    void stamp_tag(policy::Decision& decision) const;
    void sign_and_seal(policy::Decision& decision, Finished& finished);
    void go_on(void (Transaction::*step)());
    void decide_early(policy::Level level, EarlyDone done);
    void try_early();
    [[nodiscard]] Early ask_early();
    [[nodiscard]] Early ask_recipient();
    [[nodiscard]] std::string spf_helo_domain() const;
    [[nodiscard]] spf::Request spf_request(std::string mail_from, std::string helo) const;
    void start_spf_helo();
    void start_spf_from();
    void keep_headers();
    void start_dns_lists(std::initializer_list<policy::ListOf> of);
    void start_dns_lists_of_session();
    [[nodiscard]] std::string dns_list_question(const policy::DnsList& list, policy::ListOf what) const;
    void ask_dns_list(std::size_t index, std::string question);
    void look_up_senders_before_data();
    void look_up_senders();
    void ask_rules(const verdict::Judgement* judgement);
    void try_finish();
    void complete_facts();
    void evaluate_dmarc();
    void prepare_judgement();
    void read_history();
    void go_on_judging();
    [[nodiscard]] verdict::DkimSupport dkim_support() const;
    [[nodiscard]] std::optional<verdict::Judgement> judge_message(verdict::OwnerPolicy policy) const;
    [[nodiscard]] policy::Disposition dispose() const;
    [[nodiscard]] policy::Decision decide() const;
    void finish();
    [[nodiscard]] policy::Subject subject() const; // as it stands in the end
    [[nodiscard]] bool ask_greylist();
    void go_on_greylisting();
    [[nodiscard]] bool consider_greylist();
    void conclude();

    Connection& connection_;
    Driver driver_;
    verdict::Facts facts_;
    mail::HeaderBlock header_;
    std::optional<authres::Judge> judge_;
    policy::Forged forged_;
    std::vector<std::size_t> unkept_forged_; // likewise of fields that header_ has no room for, ascending from its end
    std::size_t unkept_results_ = 0;
    policy::Forged unkept_marks_; // of ours, counted behind what header_ has room for
    dkim::BodyHashes bodies_;
    dkim::HeaderHashes* header_hashes_ = nullptr;
    std::optional<dkim::Verifier> dkim_;
    std::optional<arc::Validator> arc_;
    std::optional<dmarc::Discovered> discovered_;
    std::optional<mail::ReturnedIds> returned_ids_; // of a bounce
    std::optional<Outgoing> outgoing_;              // of mail that is to be signed
    std::optional<Sealer> sealer_;                  // of mail that may be sealed
    bool is_bounce_ = false;                        // whose tag is looked at
    std::vector<std::string> handed_over_;          // results of ours in a message of a second hop
    std::vector<authres::Field> upstream_;          // what hosts of ours stamped before
    verdict::AuthorHosts author_hosts_;
    verdict::History history_;
    std::shared_ptr<void> history_ticket_; // letting go of it calls the reading off
    Clock::Alarm history_alarm_;
    unsigned awaited_ = 0; // what the judgement waits for
    std::optional<verdict::Judgement> judgement_;
    policy::Disposition disposition_;
    policy::Decision decision_; // of stamps and failures of ours alone
    policy::Greylisted greylisted_;
    std::shared_ptr<const GreylistAnswer> greylist_answer_;
    bool asking_greylist_ = false;
    std::optional<verdict::History> envelope_past_; // what greylisting reads beside history_
    std::shared_ptr<void> envelope_ticket_;
    std::shared_ptr<void> greylist_ticket_; // letting go of it calls the question off
    policy::Surroundings around_;
    policy::Outcome outcome_;                       // of the rules
    std::array<bool, policy::level_count> asked_{}; // levels whose rules were asked
    policy::Outcome recipient_outcome_;             // of the last recipient, where he was refused
    std::vector<RefusedRecipient> refused_;
    policy::Level early_level_ = policy::Level::mail;
    EarlyDone early_done_; // somebody waits for an early answer
    bool spf_running_ = false, spf_helo_running_ = false, spf_helo_started_ = false;
    std::size_t dns_lists_running_ = 0;
    bool dns_lists_begun_ = false;
    bool starting_ = false; // look-ups are being begun: one that is at hand decides nothing before all are
    std::string last_recipient_;
    std::uint64_t body_bytes_ = 0;
    Done done_;
    std::chrono::steady_clock::time_point ended_at_;
    bool waiting_ = false; // end() was called, the verdict is not out yet
    bool dmarc_started_ = false;
    bool failed_ = false; // fail() was called
};

} // namespace bonafide::engine
