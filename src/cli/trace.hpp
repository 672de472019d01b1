// Internal to `trace` and `feedback`: how a message is found in the ledger, and its verdict told as a tree.
#pragma once

#include "io/store_sqlite.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bonafide::cli::trace {

/// The words by which the ledger may know what somebody typed: an address, a domain, an IP address or network, a queue id, a Message-ID
/// with or without its brackets, our id. In the ledger's own spelling.
[[nodiscard]] std::vector<std::string> terms_of(std::string_view text);

/// The messages that bear one of the words, newest first, each once, no more than `filter.most`. `filter.term` is not looked at.
[[nodiscard]] Expected<std::vector<io::store::Found>> find(io::store::Database& ledger, std::string_view text,
                                                           io::store::MessageFilter filter);

/// A line with what hangs on it.
struct Branch {
    std::string text; ///< escaped
    std::vector<Branch> below;
};
[[nodiscard]] std::string to_text(const Branch& root);

/// Everything that is kept of the message; `transcript` as the store has it, empty: none to show.
[[nodiscard]] Branch tree_of(const io::store::Found& found, std::string_view transcript);

/// Of one member of a document's "history": "pair contoso.com from ptr:outlook.com: 41 good on 17 days, last 2026-11-20".
[[nodiscard]] std::string past_line(std::string_view past_json);

/// A line for each DNS question of a transcript; one that says so where it cannot be read.
[[nodiscard]] std::vector<std::string> transcript_lines(std::string_view transcript);

} // namespace bonafide::cli::trace
