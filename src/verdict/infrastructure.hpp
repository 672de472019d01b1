// The sending infrastructure of a message as Microsoft 365 names it: whom history, lists and spoof intelligence hold answerable for mail that nobody
// authenticated. And the hosts of an Author Domain, whose likeness to the sender is what implicit authentication rests on.
#pragma once

#include "dns/flow.hpp"
#include "dns/public_suffix.hpp"
#include "verdict/domain_set.hpp"
#include "verdict/facts.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::verdict {

struct Infrastructure {
    enum class Kind : std::uint8_t {
        ptr,     ///< Organizational Domain of the confirmed PTR name: "outlook.com"
        network, ///< the client's /24 (IPv4) or /64 (IPv6) where no PTR name is confirmed: "192.0.2.0/24"
        dkim,    ///< domain of a DKIM signature that passes
    };
    Kind kind = Kind::network;
    std::string name;
    std::string host = {}; ///< of kind ptr the whole confirmed name
    bool operator==(const Infrastructure&) const = default;
};
[[nodiscard]] std::string_view to_text(Infrastructure::Kind kind);
[[nodiscard]] std::string
to_text(const Infrastructure& infrastructure); ///< "ptr:outlook.com", as history's keys have it

/// The client's own first, if the client is known; then every DKIM domain that vouches, each once.
[[nodiscard]] std::vector<Infrastructure> infrastructures_of(const Facts& facts, const dns::PublicSuffixList& suffixes);

/// The network of an address that counts as one sender: /24 or /64.
[[nodiscard]] ip::Prefix network_of(const ip::Address& address);

/// Hosts of an Author Domain.
struct AuthorHosts {
    static constexpr std::size_t most_mail_hosts =
        5;                               ///< DNS questions of one message; further MX hosts are not looked at
    std::vector<std::string> mail_hosts; ///< of its MX records, best first, normalized
    std::vector<ip::Address> addresses;  ///< of the domain itself and of those
    bool incomplete = false;             ///< some look-up failed
    bool no_such_domain = false;         ///< the domain does not exist
    bool null_mail_host = false;         ///< RFC 7505: it takes no mail, so nobody there could be answered
};

/// Asks for MX, then A or AAAA (as the client's family is) of the domain and of its mail hosts.
[[nodiscard]] dns::Flow<AuthorHosts> find_author_hosts(std::string author_domain, ip::Family family);

/// A name that an access provider makes out of the address ("host-192-0-2-10.isp.example"): whoever rents the line has it, and it says
/// nothing about the domain it lies below.
[[nodiscard]] bool is_generic_name(std::string_view name, const ip::Address& address);

/// Whether hosts or signatures of this infrastructure send for strangers, so that its past is nobody's own.
[[nodiscard]] bool is_shared(const Infrastructure& infrastructure, const DomainSet& shared);

/// How the client is related to the Author Domain, strongest first (docs/architecture.md, decisions).
enum class Kinship : std::uint8_t {
    host_below_author, ///< 103: the confirmed PTR name is the Author Domain or lies below it
    author_below_host, ///< 104: the Author Domain lies below the confirmed PTR name
    mail_host,         ///< 116: an MX host of the Author Domain and the confirmed PTR name are of one organization
    same_network,      ///< 201: a host of the Author Domain is in the client's /24
    same_organization, ///< 202: Author Domain and confirmed PTR name have one Organizational Domain
    none,
};
struct Relation {
    Kinship kinship = Kinship::none;
    std::string by; ///< the mail host (116) or the address (201) of the author's that shows it
};
/// `shared` are Organizational Domains whose hosts send for strangers: there an MX host must be the very PTR name.
[[nodiscard]] Relation relation_of(const Facts& facts, const AuthorHosts& author_hosts,
                                   const dns::PublicSuffixList& suffixes, const DomainSet& shared);

} // namespace bonafide::verdict
