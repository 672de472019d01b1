// The DNS record of a key (RFC 6376 3.6.1, RFC 8463 4), and the same as a person or a hosting provider takes it.
#pragma once

#include "base/error.hpp"
#include "dns/record.hpp"
#include "dns/record_form.hpp"
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

using dns::Form;
using dns::how_to_replace;
using dns::most_string_bytes;
using dns::parse_form;
using dns::record_strings;

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

[[nodiscard]] dns::Record to_dns(const Record& record);

/// dns/record_form.hpp
[[nodiscard]] std::string print(std::span<const Record> records, Form form);
[[nodiscard]] std::string print(const Record& record, Form form);

} // namespace bonafide::sign
