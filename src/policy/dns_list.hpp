// DNS lists of addresses and names (RFC 5782): DNSBL, RHSBL, DNSWL. Pure: what is asked, and what an answer means. Answers are facts for
// rules (the field dns_lists); no list does anything by itself.
#pragma once

#include "base/error.hpp"
#include "base/ip.hpp"
#include "dns/flow.hpp"
#include "policy/rule_source.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::policy {

/// What a list is asked about.
enum class ListOf : std::uint8_t {
    client,    ///< the address: DNSBL, DNSWL (RFC 5782 2.1, 2.4)
    ptr,       ///< its confirmed name: RHSBL (RFC 5782 2.2)
    helo,      ///< the name that the client gave
    mail_from, ///< the domain of MAIL FROM
    from,      ///< the Author Domain
};
[[nodiscard]] std::string_view to_text(ListOf of);

struct DnsList {
    std::string name; ///< as rules call it
    std::string zone; ///< "zen.dnsbl.example"
    std::vector<ListOf> of;
    struct Codes {
        ip::Address first, last; ///< inclusive
    };
    std::vector<Codes> codes; ///< none: all of 127.0.0.0/8 but 127.255.255.0/24, by which lists tell of errors

    static constexpr std::size_t most_lists = 50;
    /// "127.0.0.2", "127.0.0.4-127.0.0.7", "127.0.0.0/28".
    [[nodiscard]] static Expected<Codes> parse_codes(std::string_view text);
};

struct DnsLists {
    std::vector<DnsList> lists;
    std::vector<Complaint> errors; ///< then there are no lists
};
[[nodiscard]] DnsLists read_dns_lists(std::span<const DnsListSource> sources);

/// The name that is asked for; empty when there is none (an IPv6 zone name that would be too long, a single label).
[[nodiscard]] std::string question_name(const DnsList& list, const ip::Address& client);
[[nodiscard]] std::string question_name(const DnsList& list, std::string_view domain);

enum class Listed : std::uint8_t { no, yes, unknown };
/// One A question. unknown: the list did not answer, or answered with an error code (127.255.255.0/24) or beyond 127.0.0.0/8.
[[nodiscard]] dns::Flow<Listed> ask_dns_list(std::string name, std::shared_ptr<const DnsLists> lists,
                                             std::size_t index);

} // namespace bonafide::policy
