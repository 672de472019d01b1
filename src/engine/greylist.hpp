// Greylisting for the daemon: reads what is kept, lets policy/greylist.hpp decide, keeps what came of it. One for all workers; several daemons
// on one ledger agree through it. Thread-safe.
//
// Fails open: when the store does not answer in time the message is accepted, and the answer says so. What could not be written stays in
// memory (limits.greylist_cache), counts there at once, and is tried again; without a store (no ledger) all lives in memory.
//
// How a transaction asks:
//   at RCPT              policy::greylist::exemption() at Level::rcpt, where it wants to log or count it; it decides nothing.
//   at the end, judged   requested(...), then GreylistSource::consider(); when the answer defers, reply with `policy.reply`.
// Only recipients that the MTA took are to be in the envelope.
#pragma once

#include "engine/settings.hpp"
#include "io/store_greylist.hpp"
#include "policy/greylist.hpp"
#include "policy/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::engine {

/// greylist.* as policy wants it, and the reply.
struct GreylistPolicy {
    policy::greylist::Settings settings;
    policy::Reply reply;
    bool hashed = false; ///< ledger.addresses: local parts are not kept
};
/// What cannot be read is left out: settings were checked when they were read.
[[nodiscard]] std::shared_ptr<const GreylistPolicy> greylist_policy(const Settings& settings);

/// One message.
struct GreylistRequest {
    static constexpr std::size_t most_keys = 50; ///< RFC 6647 5 (1): one recipient would do
    struct Recipient {
        std::string address;
        std::optional<policy::greylist::Exemption> exempt{};
        std::optional<policy::greylist::Key> key{}; ///< none with an exemption, or beyond most_keys
    };
    std::vector<Recipient> recipients;
    std::optional<policy::greylist::Identity> who{};
    std::string helo; ///< for the listing
    /// Nothing has to be read: somebody is exempt, or there is nobody.
    [[nodiscard]] bool is_settled() const;
};
/// Of a message at its end. `rules`: what they said for each recipient of the envelope; shorter: nothing for the others.
[[nodiscard]] GreylistRequest requested(const policy::greylist::Situation& situation,
                                        std::span<const policy::greylist::RuleSays> rules,
                                        const policy::greylist::Settings& settings);

struct GreylistAnswer {
    bool defer = false;
    std::int64_t wait = 0;   ///< seconds until a retry passes
    bool unanswered = false; ///< the store did not answer: accepted
    bool known_pool = false; ///< its network or domain is known
    bool mixed = false;      ///< policy::greylist::Together
    std::string why;         ///< one sentence; escaped
    std::optional<policy::greylist::Identity> who{};
    std::vector<policy::greylist::ForRecipient> recipients; ///< in the order of the request
};
/// "Rejected", "Rejected (not verified)" or "Verified" as ESET's log has it, "Accepted" where greylisting did not apply. For the log line.
[[nodiscard]] std::string_view action_text(const GreylistAnswer& answer);

/// Where a transaction asks. May outlive the Greylist: then everything is accepted as unanswered.
class GreylistSource {
  public:
    using Done = std::function<void(GreylistAnswer)>;
    GreylistSource() = default;
    GreylistSource(const GreylistSource&) = delete;
    GreylistSource& operator=(const GreylistSource&) = delete;
    virtual ~GreylistSource() = default;
    /// Calls `done` once, possibly before this returns (the ticket is null then), on the calling thread's event loop; never after the caller
    /// has let go of the returned ticket. What comes of it is kept even when the caller lets go.
    [[nodiscard]] virtual std::shared_ptr<void> consider(GreylistRequest request, std::int64_t now, Done done) = 0;
};

struct GreylistEvents {
    /// "greylist.failed" and "greylist.recovered" (writing), "greylist.unreadable" and "greylist.readable", once each; "greylist.full" once
    /// until all is well again. On any thread.
    std::function<void(std::string_view event, std::string_view why)> on_warning;
};

class Greylist {
  public:
    struct Counters {
        std::uint64_t deferred_first = 0, deferred_early = 0, verified = 0, known = 0, exempt = 0, mixed = 0;
        std::uint64_t unanswered = 0;          ///< accepted since the store did not answer in time
        std::uint64_t cached = 0, waiting = 0; ///< states in memory; of them not written yet
        std::uint64_t full = 0;                ///< messages accepted since too many states wait
        bool failing = false;
    };

    /// `store` may be null: then states live in memory, as many as greylist.most and the cache allow.
    Greylist(std::unique_ptr<io::store::GreylistStore> store, std::shared_ptr<const Settings> settings,
             GreylistEvents events);
    /// Writes what is waiting, for at most two seconds.
    ~Greylist();
    Greylist(const Greylist&) = delete;
    Greylist& operator=(const Greylist&) = delete;

    /// `post` runs a function on the caller's event loop; empty: at once, on whatever thread.
    [[nodiscard]] std::shared_ptr<GreylistSource> source(std::function<void(std::function<void()>)> post);
    void configure(std::shared_ptr<const Settings> settings); ///< a reload
    [[nodiscard]] std::shared_ptr<const GreylistPolicy> policy() const;
    void flush(); ///< waits until all is written, or failed; at most ten seconds
    [[nodiscard]] Counters counters() const;

  private:
    class State;
    std::shared_ptr<State> state_;
};

} // namespace bonafide::engine
