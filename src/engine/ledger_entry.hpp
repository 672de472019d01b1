// What the ledger keeps of a message, and what it adds to which histories. Pure.
#pragma once

#include "dns/public_suffix.hpp"
#include "engine/settings.hpp"
#include "engine/transaction.hpp"
#include "io/store.hpp"
#include "verdict/lessons.hpp"
#include "verdict/lists.hpp"

#include <string_view>
#include <vector>

namespace bonafide::engine {

/// With the people it is about, so that they can be erased.
[[nodiscard]] std::vector<io::store::Increment> increments_of(const std::vector<verdict::Lesson>& lessons,
                                                              const io::store::Secret& secret);

/// What a message is written by.
struct EntryContext {
    const io::store::Secret& secret;
    const Settings& settings;
    const verdict::Lists& lists;
    const dns::PublicSuffixList& suffixes;
    std::string_view host_name; ///< ours, where identity.authserv_id says nothing
};

/// A message as the store keeps it, by the privacy settings. The document is one JSON object: "queue_id", "message_id", "list_id", "client",
/// "helo", "mail_from", "recipients", "kept" (what the privacy settings left: "addresses", "subjects"), "context" (the author's hosts, what
/// hosts of ours stamped before), "around" and "disposition" (stored_surroundings.hpp), "verdict" (as `verify --json` prints it, without "dns"), "history" (the raw counts that were read) and,
/// with ledger.subjects, "subject". stored_message.hpp reads it back. With ledger.addresses = "hashed" (ledger_privacy.hpp) it has no subject, no display name and no
/// Message-ID, and of addresses and of a List-Id only the domains; the message is found by them all the same, since terms are keyed hashes.
[[nodiscard]] io::store::Message make_message(const Finished& finished, std::string_view id, std::string_view queue_id,
                                              const std::vector<verdict::Lesson>& lessons, const EntryContext& context);

} // namespace bonafide::engine
