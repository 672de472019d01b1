// What a user's Sieve script says of senders alone: whose mail it keeps, and whose it throws away. Never more than the script says: what
// hangs on anything beside the sender is passed over, and so is what an earlier part of the script may forestall.
//
// Read are blocks of "if" and "elsif" at the top whose test is address, header or envelope with "from", or an anyof of such tests:
//   safe      where the block does nothing but keep, fileinto "INBOX", stop
//   blocked   where it discards, rejects, or files into a junk folder
// Of their keys: an address; a domain with :domain; "@domain" and addresses with :contains; "*@domain" and "*.domain" with :matches.
// Blocked is nobody whose mail the script may deliver as well: discard cancels the implicit keep alone (RFC 5228 2.10.2).
// A header that says Sender is not looked at: nobody proves that field.
#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"
#include "policy/recipient_senders.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

struct SieveSender {
    SenderList list = SenderList::safe;
    std::string sender; ///< RecipientSenders::canonical_sender
    SenderName name = SenderName::from;
    auto operator<=>(const SieveSender&) const = default;
};

/// In order of the script, each once. Of limits.sieve_senders keys that name a sender; the rest is left out. An error where the script cannot be read
/// (sieve_script.hpp, sieve_words.hpp): it then says nothing.
[[nodiscard]] Expected<std::vector<SieveSender>> read_sieve_senders(std::string_view script, const Limits& limits = {});

} // namespace bonafide::policy
