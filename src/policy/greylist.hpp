// Greylisting (RFC 6647): whoever is new is asked to come again; who does not is no mail server. Pure: what a message is known by, what its
// state becomes, who is spared, and what several recipients come to. The engine (engine/greylist.hpp) reads and keeps the states.
//
// Order for a message, at its end: identity_of() and exemption() for each recipient; of those not exempt key_of(), the kept State, consider();
// then together(). At RCPT only exemption() says something (SPF): nobody is deferred there, since callout probes end there (RFC 6647 4.2) and
// DKIM may vouch later.
#pragma once

#include "base/ip.hpp"
#include "dns/public_suffix.hpp"
#include "policy/greylist_settings.hpp"
#include "policy/subject.hpp"
#include "policy/value_set.hpp"
#include "verdict/history.hpp"
#include "verdict/knowledge.hpp"
#include "verdict/signals.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy::greylist {

/// Times in seconds. RFC 6647 5 (2): a retry counts from one minute to 24 hours after the first; 5 (3): who was verified is known for at least
/// one week.
struct Settings {
    bool enabled = false;
    std::int64_t delay = 300;                             ///< at least 60
    std::int64_t unverified_expiry = std::int64_t{86400}; ///< since the first attempt; longer than `delay`
    std::int64_t verified_expiry =
        std::int64_t{36} * 86400; ///< since the last message: a monthly newsletter stays known; longer than the former
    unsigned ipv4_prefix = 24;    ///< RFC 6647 5 (5): hosts of one network count as one sender
    unsigned ipv6_prefix = 64;
    SenderPart sender = SenderPart::address;
    std::uint32_t known_after = 5;   ///< verified messages of one network or domain, after which it is known; 0: never
    std::int64_t known_pause = 3600; ///< between two that count, so that one burst counts once
    SkipSpf skip_spf = SkipSpf::with_history;
    bool skip_dmarc = true;          ///< DMARC pass of an author with a good past
    bool skip_correspondents = true; ///< the author was written to by the recipient
    std::vector<ip::Prefix> exempt_networks;
    ValueSet exempt_clients;                                          ///< confirmed names of clients: domains
    ValueSet exempt_senders;                                          ///< MAIL FROM: addresses or domains
    ValueSet exempt_recipients;                                       ///< addresses or domains
    std::vector<std::string> exempt_mailboxes{"postmaster", "abuse"}; ///< local parts of recipients, lower case
};

/// Whom a message is from as far as greylisting goes.
struct Identity {
    enum class Kind : std::uint8_t {
        domain,  ///< authenticated: "example.com"
        network, ///< "192.0.2.0/24"
    };
    Kind kind = Kind::network;
    std::string name;
    bool operator==(const Identity&) const = default;
};
[[nodiscard]] std::string_view to_text(Identity::Kind kind);

/// The domain of MAIL FROM (HELO for the null path) where SPF passes, else the Author Domain where DMARC passes, else the least name whose DKIM
/// signature counts; else the client's network. At the same point of a session a retry has the same, whatever host it comes from. Nothing
/// where the client is unknown.
[[nodiscard]] std::optional<Identity> identity_of(const verdict::Facts& facts, const Settings& settings);

/// MAIL FROM without what differs from one message or try to the next: lower case; BATV and SRS tags, +tags and numbers of VERP go ("#" stands
/// for each). "<>" for the null path. At most most_address_bytes.
[[nodiscard]] std::string normalized_sender(std::string_view mail_from);
inline constexpr std::size_t most_address_bytes = 320; ///< RFC 5321 4.5.3.1: 64 + 1 + 255

/// What a first attempt and its retry have in common.
struct Key {
    Identity who;
    std::string sender;    ///< normalized_sender(), or "@domain" of it
    std::string recipient; ///< lower case
    bool operator==(const Key&) const = default;
};
/// Nothing where there is no identity_of(), or no MAIL FROM.
[[nodiscard]] std::optional<Key> key_of(const verdict::Facts& facts, std::string_view recipient,
                                        const Settings& settings);

/// What is kept of a key. All times are Unix times.
struct State {
    std::int64_t first_seen = 0; ///< the delay and the expiry of what is not verified count from here
    std::int64_t last_seen = 0;
    std::optional<std::int64_t> passed_at{}; ///< verified
    std::uint32_t attempts = 0;              ///< until it was verified, that one included
    std::uint32_t deferred = 0;              ///< of them
    bool operator==(const State&) const = default;
};

/// What greylist.reply can name beside the fields of rules: {greylist.wait}, the seconds until a retry passes.
[[nodiscard]] std::span<const Field> reply_fields();

/// How often it was asked and what the sum of it is.
enum class Step : std::uint8_t {
    defer_first, ///< never seen
    expired,     ///< seen too long ago: as though never seen
    defer_early, ///< came again before its time
    pass_now,    ///< came again in time: verified with this
    pass_known,  ///< was verified before
};
[[nodiscard]] std::string_view to_text(Step step);
[[nodiscard]] constexpr bool is_deferred(Step step) { return step < Step::pass_now; }

struct Considered {
    Step step = Step::defer_first;
    std::int64_t wait = 0;     ///< seconds until a retry passes; 0 where it passes
    State state{};             ///< to be kept
    bool worth_keeping = true; ///< it differs from the former by more than a last_seen of this hour
};
/// A clock that was set back neither locks out (at most the whole delay is left) nor lets in early (only what had passed of it counts).
[[nodiscard]] Considered consider(const std::optional<State>& kept, std::int64_t now, const Settings& settings);

/// Unix time up to which, it included, the state means something.
[[nodiscard]] std::int64_t expires(const State& state, const Settings& settings);

/// Two changes of one kept state, made at once by two daemons: `stored` is there, `mine` was made of `seen`. Nothing that either knows is lost.
[[nodiscard]] State merge(const State& stored, const std::optional<State>& seen, const State& mine);

/// A network or domain that has had enough verified keys is known, whatever it sends. Of its State `attempts` are those keys, `passed_at` when
/// the last was counted.
[[nodiscard]] bool is_known_pool(const std::optional<State>& pool, std::int64_t now, const Settings& settings);
/// With one more verified key.
[[nodiscard]] State counted(const std::optional<State>& pool, std::int64_t now, const Settings& settings);

/// Why a message is not greylisted, in the order in which they are looked at.
enum class Exempt : std::uint8_t {
    not_inbound,    ///< submitted, internal, local: RFC 6647 5 (7)
    authenticated,  ///< {auth_authen}: RFC 6647 5 (7)
    rule,           ///< a rule says skip-greylist
    off,            ///< greylist.enabled says no, and no rule says greylist
    relay,          ///< a relay of ours hands it on: it would only wait there (RFC 6647 4.2)
    unknown_client, ///< nothing to know a retry by
    allow_list,     ///< the plain lists allow or ignore it, or its recipients have it among their safe senders
    network,        ///< greylist.exempt_*: RFC 6647 5 (6)
    client,
    sender,
    recipient,
    spf,           ///< passes
    dmarc,         ///< passes, and the author has a good past
    correspondent, ///< the recipient has written to the author
};
[[nodiscard]] std::string_view to_text(Exempt exempt);
struct Exemption {
    Exempt what = Exempt::off;
    std::string why; ///< one phrase; escaped
};

/// What the rules said for a recipient.
enum class RuleSays : std::uint8_t { nothing, greylist, skip };

struct Situation {
    const Subject& subject; ///< `level` and `recipient` count: Level::rcpt, or Level::judged with each recipient
    const verdict::History& history;
    const verdict::Weights& weights;
    const verdict::Thresholds& thresholds;
    const dns::PublicSuffixList& suffixes;
    RuleSays rule = RuleSays::nothing;
};
/// Nothing: greylisting applies to this recipient. A rule's word `greylist` goes before `off` alone: who is exempt stays exempt.
[[nodiscard]] std::optional<Exemption> exemption(const Situation& situation, const Settings& settings);

/// The pasts that exemption() reads at RCPT, for this recipient; at the end of a message it reads those of verdict::keys_of() too, and these with
/// an empty `recipient`: all of the envelope, at most verdict::most_contacts.
[[nodiscard]] std::vector<verdict::PastKey> past_keys(const verdict::Facts& facts, std::string_view recipient,
                                                      const dns::PublicSuffixList& suffixes);

/// What was found for one recipient.
struct ForRecipient {
    std::string recipient;
    std::optional<Exemption> exempt{};
    std::optional<Considered> considered{}; ///< none with an exemption
};
/// What they come to: the end of a message has one reply.
struct Together {
    bool defer = false;
    std::int64_t wait = 0; ///< the longest
    bool mixed = false;    ///< some would have been deferred, others not: accepted, and nothing is kept of the former
    std::string why;       ///< one sentence; escaped
};
/// Deferred only when every recipient is to be; none at all is accepted.
[[nodiscard]] Together together(std::span<const ForRecipient> recipients);

} // namespace bonafide::policy::greylist
