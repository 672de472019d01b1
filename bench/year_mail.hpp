// One message of the simulated year as it travels, the DNS that its checks would ask, and the Facts that they would find: SPF, DKIM, DMARC
// (relaxed alignment by the suffix list), reverse DNS and ARC by their rules in short. The protocols themselves are tested where they live.
#pragma once

#include "dns/public_suffix.hpp"
#include "verdict/facts.hpp"
#include "verdict/infrastructure.hpp"
#include "year_random.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::year {

/// What a message is; the rows of the report.
enum class Kind : std::uint8_t {
    person, ///< somebody of an organization that we correspond with
    moved,  ///< likewise, in the weeks after it went to another provider
    private_address,
    newsletter,
    sealed_list,
    plain_list,
    own_post, ///< one of ours, come back through a list
    forwarded,
    bounce,
    new_supplier,
    own_service, ///< a service that sends in our name and may
    own_branch,  ///< an appliance of ours that nobody registered
    warm_up,
    resent,
    ours_protected,
    ours_open,
    known_absent, ///< spoof of a correspondent's domain without policy; the next three by policy
    known_none,
    known_quarantine,
    known_reject,
    stranger_absent,
    stranger_none,
    stranger_quarantine,
    stranger_reject,
    like_ours,
    like_known,
    like_supplier,
    display_name,
    turned, ///< warmed up, then turned
    replay,
    spf_upgrade,
    poisoned, ///< spoof from a network that re-sent signed mail before
    forged_bounce,
    backscatter,
};
inline constexpr std::size_t kinds = static_cast<std::size_t>(Kind::backscatter) + 1;
enum class Side : std::uint8_t {
    legitimate,
    preparation, ///< harmless in itself, part of an attack: told, counted on neither side
    attack,
};
struct KindRow {
    Kind kind;
    Side side;
    std::string_view name;
};
/// A row for each Kind, in its order.
[[nodiscard]] const std::array<KindRow, kinds>& kind_rows();
[[nodiscard]] inline const KindRow& row_of(Kind kind) { return kind_rows()[static_cast<std::size_t>(kind)]; }

struct Host {
    enum class Reverse : std::uint8_t {
        confirmed,
        unconfirmed, ///< a name that does not resolve back
        none,
    };
    ip::Address address;
    std::string name;
    Reverse reverse = Reverse::confirmed;
};

struct SpfRecord {
    std::vector<ip::Prefix> networks;
    spf::Result otherwise = spf::Result::softfail; ///< permerror: it cannot be evaluated
};

/// What the DNS says about a domain.
struct Records {
    std::optional<SpfRecord> spf;
    std::optional<dmarc::Policy> policy; ///< holds for names below it too
    verdict::AuthorHosts hosts;
};
using Zone = std::map<std::string, Records, std::less<>>;

struct Signature {
    std::string domain;
    dkim::Result result = dkim::Result::pass;
    std::string fingerprint;
    std::int64_t signed_at = 0;
};

struct Seal {
    std::string sealer;
    std::string saw_pass_of; ///< Author Domain for which it saw DMARC pass; empty: it did not
};

/// A look-up that fails.
enum class Trouble : std::uint8_t { none, spf, dkim, dmarc, reverse };

struct Mail {
    Kind kind = Kind::person;
    std::int64_t at = 0; ///< Unix time
    Host client{};
    std::string mail_from{}; ///< "" is the null path: then SPF checks the client's name as HELO
    mail::Mailbox from{};
    std::vector<std::string> recipients{};
    std::vector<Signature> signatures{};
    std::vector<Seal> seals{}; ///< oldest first
    verdict::Letter letter{};
    Trouble trouble = Trouble::none;
};

[[nodiscard]] verdict::Facts receive(const Mail& mail, const Zone& zone, const dns::PublicSuffixList& suffixes);

/// What DNS says about the author's hosts.
[[nodiscard]] const verdict::AuthorHosts& author_hosts(const Zone& zone, const std::string& domain);

} // namespace bonafide::year
