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
/// What must be done otherwise where a record is there already, as one sentence: with a second one beside it, what verifiers take is
/// undefined (RFC 6376 3.6.2.2). Empty: the form replaces by itself, or says nothing of how.
[[nodiscard]] std::string_view how_to_replace(Form form);

} // namespace bonafide::dns
