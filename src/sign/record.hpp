// The DNS record of a key (RFC 6376 3.6.1, RFC 8463 4), and the same as a person or a hosting provider takes it.
#pragma once

#include "base/error.hpp"
#include "sign/key_ring.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::sign {

/// "SELECTOR._domainkey.DOMAIN".
[[nodiscard]] std::string record_name(std::string_view selector, std::string_view domain);

/// "v=DKIM1; k=rsa; p=..."; with an empty p= for a revoked key.
[[nodiscard]] std::string record_text(const Key& key);

/// The text as the strings of one TXT record: at most 255 bytes each (RFC 1035 3.3.14), joined they are the text (RFC 6376 3.6.2.2).
inline constexpr std::size_t most_string_bytes = 255;
[[nodiscard]] std::vector<std::string_view> record_strings(std::string_view text);

enum class Form : std::uint8_t { plain, bind, cloudflare, route53, cpanel };
[[nodiscard]] std::optional<Form> parse_form(std::string_view word);

/// A record to put into DNS.
struct Record {
    std::string name; ///< without final dot
    std::uint32_t ttl = 3600;
    std::string text{};   ///< of the TXT record; empty: a CNAME
    std::string target{}; ///< of the CNAME, without final dot
};
[[nodiscard]] Record txt_record(const Key& key, std::string_view domain, std::uint32_t ttl);
/// True: the key it is of is revoked.
[[nodiscard]] bool is_revocation(const Record& record);
/// For a customer's zone whose keys a host keeps in its own: the alias of SELECTOR._domainkey.DOMAIN.HOST, so that customers with the
/// same selector have records of their own. Errors: the host is the domain itself, or the target is longer than a name may be.
[[nodiscard]] Expected<Record> cname_record(std::string_view selector, std::string_view domain,
                                            std::string_view host_domain, std::uint32_t ttl);

/// Ends in a line end. plain: words for any web form, an empty line between records; bind: lines of a master file; cloudflare: a line for
/// each record, the body for POST /zones/ZONE/dns_records; route53: one --change-batch of "aws route53 change-resource-record-sets" with
/// all records; cpanel: a line for each record, the value of add= for the UAPI call DNS::mass_edit_zone. No records: nothing.
[[nodiscard]] std::string print(std::span<const Record> records, Form form);
[[nodiscard]] std::string print(const Record& record, Form form);
/// What must be done otherwise where a record is there already, as one sentence: with a second one beside it, what verifiers take is
/// undefined (RFC 6376 3.6.2.2). Empty: the form replaces by itself, or says nothing of how.
[[nodiscard]] std::string_view how_to_replace(Form form);

} // namespace bonafide::sign
