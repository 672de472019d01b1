#include "sign/record.hpp"

#include "base/escape.hpp"
#include "dns/name.hpp"

#include <fmt/format.h>
#include <utility>

namespace bonafide::sign {

std::string record_name(std::string_view selector, std::string_view domain) {
    return fmt::format("{}._domainkey.{}", selector, domain);
}

std::string record_text(const Key& key) {
    return fmt::format("v=DKIM1; k={}; {}p={}", to_text(key.type), key.testing ? "t=y; " : "",
                       key.state == State::revoked ? "" : key.public_key);
}

Record txt_record(const Key& key, std::string_view domain, std::uint32_t ttl) {
    return {.name = record_name(key.selector, domain), .ttl = ttl, .text = record_text(key)};
}

bool is_revocation(const Record& record) { return record.text.ends_with("; p="); }

Expected<Record> cname_record(std::string_view selector, std::string_view domain, std::string_view host_domain,
                              std::uint32_t ttl) {
    const std::string host = dns::normalize(host_domain);
    if (host == dns::normalize(domain))
        return failure(
            fmt::format("{} is the domain itself: an alias leads into the zone of another", escape::line(host)));
    Record record{.name = record_name(selector, domain), .ttl = ttl};
    record.target = fmt::format("{}.{}", record.name, host);
    if (!dns::is_valid(record.target))
        return failure(fmt::format("{} has {} octets; a name has at most 253", escape::line(record.target, 400),
                                   record.target.size()),
                       Error::nowhere, "RFC 1035 2.3.4");
    return record;
}

dns::Record to_dns(const Record& record) {
    const bool alias = record.text.empty();
    return {.name = record.name,
            .type = alias ? dns::Type::cname : dns::Type::txt,
            .ttl = record.ttl,
            .value = alias ? record.target : record.text};
}

std::string print(std::span<const Record> records, Form form) {
    std::vector<dns::Record> all;
    for (const Record& record : records) all.push_back(to_dns(record));
    return dns::print(all, form);
}

std::string print(const Record& record, Form form) { return print(std::span(&record, 1), form); }

} // namespace bonafide::sign
