// What is remembered of mail, on disk: histories, messages, transcripts, lists, audit. This file is the shape of it, whatever the database;
// store_sqlite.hpp is the embedded one. Requests are batches and answers come later, so that a server across a network can stand behind it.
//
// Names never stand in a history's key: keys are 64-bit keyed hashes (Secret), so that nobody outside can choose two that meet and nobody
// inside can read addresses off them.
#pragma once

#include "base/error.hpp"
#include "verdict/history.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::io::store {

using Hash = std::uint64_t;

/// Makes hashes; lives in the store beside what it hashed.
using Secret = std::array<std::uint8_t, 32>;
[[nodiscard]] Hash hash_of(const Secret& secret, const verdict::PastKey& key);
/// Of a word that a message is found by: an address, a domain, an IP address, a queue id, a Message-ID; in lower case.
[[nodiscard]] Hash hash_of_term(const Secret& secret, std::string_view term);

/// Counts that are added to one history.
struct Increment {
    Hash key = 0;
    verdict::PastKind kind = verdict::PastKind::pair;
    verdict::DayCounts counts;
    std::vector<Hash> people; ///< terms of the addresses it is about, for erasing them: at most 2
};

/// A message as it is kept. Texts are as the privacy settings left them.
struct Message {
    std::string id;        ///< ours, unique
    std::int64_t time = 0; ///< Unix time
    std::string direction; ///< "inbound", "submitted", ...
    std::string author;    ///< address
    std::string author_domain;
    std::string infrastructure; ///< as a PastKey has it: "ptr:outlook.com"
    std::string recipient;      ///< the first
    std::string compauth;       ///< "pass", ...; empty: not judged
    std::uint32_t reason = 0;
    std::string dmarc;        ///< result; empty: not evaluated
    std::string dmarc_policy; ///< the owner's disposition for it
    std::string suggestion;   ///< "deliver", ...
    std::string action;       ///< of the Decision
    std::string sealer;       ///< newest sealer of an ARC chain that passes, where DMARC fails; empty: none
    bool spoof = false;       ///< nothing explicit vouches: what spoof intelligence lists
    bool internal = false;    ///< the Author Domain is ours
    std::string document;     ///< JSON: verdict, Message-ID, subject, ...
    std::string packed{};     ///< what judging and deciding read of it, the past included; empty: `document` has all
    std::vector<std::string> correspondents; ///< of a submitted message: the domains it goes to, ours left out
    std::vector<Hash> terms;                 ///< by which it is found
    std::vector<Increment> told;             ///< what it added to which histories: feedback goes there
    std::string transcript;                  ///< JSON of the DNS questions and answers; empty: not kept
};

struct Batch {
    std::vector<Increment> increments;
    std::vector<Message> messages;
    [[nodiscard]] bool empty() const { return increments.empty() && messages.empty(); }
};

/// A row of a list.
struct ListRow {
    std::string list;  ///< verdict::ListName's text
    std::string entry; ///< canonical
    std::string note;
    std::optional<std::int64_t> expires;
    std::int64_t added = 0;
    std::string added_by;
};

/// Who changed what, when and why; never changed itself.
struct AuditRow {
    std::int64_t time = 0;
    std::string who;
    std::string action; ///< "lists add", "feedback", "erase", ...
    std::string what;
    std::string why;
};

/// What others (the command line) changed since a poll before.
struct Changes {
    bool everything = false; ///< restored from a backup (secret() may be another now), or too many to name
    bool lists = false;      ///< list rows
    std::vector<Hash> histories;
};

/// Asynchronous and batch-shaped. Thread-safe. Callbacks run on a thread of the store and must not block; none runs after the destructor.
/// Each is called once: a request that the destructor finds waiting ends with an error, and so does one that is one too many, at once
/// and on the thread that asks.
class Store {
  public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    virtual ~Store() = default;

    /// What it refers to stays as it is while the store lives; after Changes.everything ask anew. Keys hashed with an older secret are
    /// no error: there is nothing under them.
    [[nodiscard]] virtual const Secret& secret() const& = 0;
    /// A series for each key, in their order; one that is new is empty.
    virtual void read(std::vector<Hash> keys, std::function<void(Expected<std::vector<verdict::Series>>)> done) = 0;
    /// All of it or nothing.
    virtual void write(Batch batch, std::function<void(Expected<void>)> done) = 0;
    /// Changes by others since the last poll; the first: since the store was opened.
    virtual void poll(std::function<void(Expected<Changes>)> done) = 0;
    virtual void lists(std::function<void(Expected<std::vector<ListRow>>)> done) = 0;
    /// Domains that our users wrote to on at least `days` days since `since_day`, most first; at most `most`.
    virtual void correspondents(std::int32_t since_day, std::uint32_t days, std::size_t most,
                                std::function<void(Expected<std::vector<std::string>>)> done) = 0;
};

} // namespace bonafide::io::store
