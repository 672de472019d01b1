// Addresses in header fields (RFC 5322 3.4, group syntax by RFC 6854, UTF-8 by RFC 6532), and what the From field says about the
// Author Domain (RFC 9989 5.3.1). Lenient where a mailbox is certain; what must be accepted though simpler readers could see another domain is a defect.
#pragma once

#include "base/error.hpp"
#include "base/limits.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::mail {

struct Mailbox {
    std::string display_name; ///< unquoted, comments dropped; RFC 2047 words are left encoded
    std::string local_part;   ///< unquoted
    std::string
        domain; ///< normalized A-labels; "[192.0.2.1]" for a literal; what is no domain name stays as written, lowered
    bool operator==(const Mailbox&) const = default;
};

/// As a mailbox that parse_address_list reads back: "Joe Doe" <joe@x.example>.
[[nodiscard]] std::string to_text(const Mailbox& mailbox);

/// Reads an address-list (From, Sender, Reply-To). Groups are flattened; an empty group gives no mailbox. `value` may hold foldings.
/// Errors have the position of the first byte that fits nothing.
[[nodiscard]] Expected<std::vector<Mailbox>> parse_address_list(std::string_view value, const Limits& limits = {});

/// Why there is no single Author Domain.
enum class FromCause : std::uint8_t {
    ok,
    missing,         ///< no From field (RFC 5322 3.6)
    several_fields,  ///< more than one From field
    syntax,          ///< does not parse
    no_address,      ///< parses but holds no mailbox (empty group, "<>")
    several_domains, ///< mailboxes of different domains
    not_a_domain,    ///< address literal, or no domain name after IDNA
    too_many,        ///< more mailboxes than the limit, or an oversized header
};
[[nodiscard]] std::string_view to_text(FromCause cause);

struct Author {
    FromCause cause = FromCause::missing;
    std::string domain; ///< the Author Domain, normalized A-labels; set only when cause is ok
    std::vector<std::string>
        domains; ///< all different domains seen, in order, also when cause is several_domains or several_fields
    std::vector<Mailbox> mailboxes; ///< of the first field that holds any
    std::string detail;             ///< one phrase for a person when cause is not ok; escaped
    std::string
        defect; ///< what is wrong with a From field, or may mislead, whose one domain is certain by the grammar; escaped
    static constexpr std::size_t most_text_bytes = 998; ///< RFC 5322 2.1.1: one line
    /// The From fields as they stand, unfolded, cut at most_text_bytes: what people may be shown where the mailboxes do not tell it all.
    /// Only when cause is not ok, or when a comment may pass for the name of a mailbox that has none.
    std::string text;
};

/// Judges all From fields of a message (their values, top to bottom). Several mailboxes of one domain are one Author Domain. Words
/// that belong to no address, as an unquoted comma in a display name leaves them, are a defect beside one address, else a fault.
[[nodiscard]] Author find_author(std::span<const std::string_view> from_values, const Limits& limits = {});

/// Splits an SMTP reverse-path or forward-path as the MTA gives it: "<a@b>", "a@b", "<@relay:a@b>", "<>" or "". The source route is
/// dropped. Local-part as written (quotes kept), domain as written; the split is at the last '@' outside quotes.
struct Path {
    std::string local_part;
    std::string domain;
    [[nodiscard]] bool empty() const { return local_part.empty() && domain.empty(); }
};
[[nodiscard]] Path parse_path(std::string_view path);

} // namespace bonafide::mail
