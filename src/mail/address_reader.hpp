// The grammar of address lists, for address.cpp only: RFC 5322 3.4 with its obsolete forms (4.4), groups in From (RFC 6854), UTF-8
// (RFC 6532). Beyond it these are read, because every reader sees the same domain: dots and brackets in an unquoted display name, a
// display name without angle brackets after it (Joe joe@x.example), an unquoted address as the display name of one in the same domain, or in a domain of one label,
// words after ">", dots at the ends of a local part, a dot at the end of a domain, ";" between mailboxes, a group that is not closed.
// Words that belong to no address, as an unquoted comma in a display name leaves them, are noted and passed over; the caller judges
// whether they may be, since some programs complete a lone word to an address of their own domain.
#pragma once

#include "mail/address.hpp"
#include "mail/lexer.hpp"

#include <algorithm>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::mail {

struct AddressList {
    std::vector<Mailbox> mailboxes;
    /// Simpler readers may see another domain than the grammar gives: "a@bank.example (x).evil.example" (RFC 5322 4: it must be accepted),
    /// or an "@" that stands bare in an encoded word of the display name.
    std::optional<Error> doubt;
    /// The first list element that is only words and can be no address to any reader: "Doe" in "Doe, John <john@x.example>".
    std::optional<Error> bare_words;
};

struct AddressTrouble {
    FromCause cause; ///< syntax or too_many
    Error error;
};

/// One use: construct, read().
class AddressReader {
  public:
    AddressReader(std::string_view value, const Limits& limits)
        : lexer_(ascii::trim(value), limits.comment_depth),
          value_begin_(std::min(value.find_first_not_of(" \t\r\n"), value.size())),
          most_mailboxes_(limits.from_mailboxes) {}

    std::expected<AddressList, AddressTrouble> read();

  private:
    template<class T> using Step = std::expected<T, AddressTrouble>;

    Step<void> read_elements();
    Step<void> skip();
    Step<void> read_next();
    Step<void> read_word();
    bool take_encoded_word();
    Step<void> read_bare_address();
    Step<void> read_angle_address(const std::string* same_domain);
    Step<void> skip_route();
    Step<std::string> read_local_part();
    Step<std::string> read_domain();
    Step<std::string> read_domain_literal();
    Step<void> end_of_mailbox();
    Step<void> end_of_element();
    Step<void> keep(Mailbox mailbox);
    void forget_phrase();
    void note_gap(const std::string& domain_so_far);
    void note_doubt(std::string text, std::size_t position, std::string section);
    [[nodiscard]] std::unexpected<AddressTrouble> trouble(std::string text, std::string section = "RFC 5322 3.4") const;
    [[nodiscard]] std::unexpected<AddressTrouble> trouble(Error error) const;

    Lexer lexer_;
    std::size_t value_begin_;
    std::size_t most_mailboxes_;
    AddressList list_;
    bool in_group_ = false;

    // The words read since the last separator: a display name, a group's name, or at their end a local part.
    std::string phrase_;
    std::optional<std::size_t> phrase_begin_; // position; none while there are no words
    std::string run_;                         // the words at the end of the phrase that dots join
    std::size_t run_begin_ = 0;               // where they begin in phrase_
    std::optional<std::string> shown_domain_; // behind an "@" that stands bare in an encoded word of the phrase
    bool run_open_ = false;                   // a dot ended the phrase: the next word belongs to the run
    bool run_is_local_ = true;                // the run holds only what a local part may hold
    bool spaced_ = false;                     // CFWS stood before the current position
};

} // namespace bonafide::mail
