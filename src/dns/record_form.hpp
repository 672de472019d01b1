// Records as a person or a hosting provider takes them.
#pragma once

#include "dns/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::dns {

/// The text as the strings of one TXT record: at most 255 bytes each (RFC 1035 3.3.14), joined they are the text (RFC 6376 3.6.2.2).
inline constexpr std::size_t most_string_bytes = 255;
[[nodiscard]] std::vector<std::string_view> record_strings(std::string_view text);

enum class Form : std::uint8_t { plain, bind, cloudflare, route53, cpanel };
[[nodiscard]] std::optional<Form> parse_form(std::string_view word);

/// Ends in a line end. plain: words for any web form, an empty line between records; bind: lines of a master file; cloudflare: a line for
/// each record, the body for POST /zones/ZONE/dns_records; route53: one --change-batch of "aws route53 change-resource-record-sets" with
/// all records, those of one name and type as one set; cpanel: a line for each record, the value of add= for the UAPI call
/// DNS::mass_edit_zone. No records: nothing.
[[nodiscard]] std::string print(std::span<const Record> records, Form form);

/// What is to be done to the records of one name and type.
struct RecordChange {
    std::string name{};
    Type type = Type::txt;
    std::vector<Record> keep{};   ///< stand there and stay
    std::vector<Record> remove{}; ///< stand there
    std::vector<Record> add{};
    bool operator==(const RecordChange&) const = default;
};
/// What a program takes. route53: one batch, which puts kept and added ones into one set, since an UPSERT replaces all that stood there,
/// and deletes a set of which nothing stays; all other forms: the added records as print() has them, for none of them can name a record
/// that stands there already: that is left to print_removal().
[[nodiscard]] std::string print_changes(std::span<const RecordChange> changes, Form form);
/// What a person does about records that must go: a line for each, in the words of the form. plain: as print(). bind: comments. route53:
/// nothing, its batch does it.
[[nodiscard]] std::string print_removal(std::span<const Record> records, Form form);
/// What must be done otherwise where a record is there already, as one sentence: with a second one beside it, what verifiers take is
/// undefined (RFC 6376 3.6.2.2). Empty: the form replaces by itself, or says nothing of how.
[[nodiscard]] std::string_view how_to_replace(Form form);

} // namespace bonafide::dns
