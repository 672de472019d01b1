// What the questions about a domain brought to light: facts without judgement, one struct a topic. Each topic has its pair of functions,
//     dns::Flow<SpfSurvey> survey_spf(Subject subject);          // asks
//     void judge_spf(const Survey& all, Findings& findings);     // speaks, and may look at every topic
// in doctor/<topic>.hpp. Flows of different topics run side by side; a flow borrows nothing (HOUSE 8).
#pragma once

#include "base/error.hpp"
#include "dkim/key_record.hpp"
#include "dmarc/dmarc.hpp"
#include "dmarc/external_destination.hpp"
#include "dns/question.hpp"
#include "dns/record.hpp"
#include "doctor/subject.hpp"
#include "spf/record.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bonafide::doctor {

// SPF -----------------------------------------------------------------------------------------------------------------------------------

struct SpfNode;

/// One term of a record, in its order, and what it costs.
struct SpfTerm {
    std::string text{};                        ///< as written
    std::optional<spf::Mechanism> mechanism{}; ///< none: a modifier
    bool is_redirect = false;
    spf::Result result = spf::Result::pass; ///< of a match
    std::string target{};                 ///< name asked; empty: none, or it holds macros that only a message can fill
    bool has_macros = false;              ///< beyond %{d}
    std::uint32_t lookups = 0;            ///< of this term and everything beneath (RFC 7208 4.6.4)
    std::uint32_t void_lookups = 0;       ///< likewise
    dns::Status status = dns::Status::ok; ///< of its own question
    std::vector<ip::Prefix> networks{};   ///< ip4, ip6, and what a and mx resolve to
    std::size_t mx_names = 0;             ///< of mx
    bool unreachable = false;             ///< stands after all, or is a redirect beside all
    std::shared_ptr<const SpfNode> child{}; ///< of include and redirect; null when it could not be followed
    bool loop = false;                      ///< leads back to a record above it
    bool cut = false; ///< not followed: a bound of the survey (doctor/spf.hpp), which is far past what SPF allows
    std::string unanswered{}; ///< of the names this term itself asks for, the one that gave no answer; empty: all did
    dns::Type unanswered_type = dns::Type::a;
};

/// The record of one name, and the tree beneath it.
struct SpfNode {
    std::string domain{};
    dns::Status status = dns::Status::no_data;
    dns::Dnssec dnssec = dns::Dnssec::indeterminate;
    std::uint32_t ttl = 0;
    std::size_t records = 0;             ///< SPF records at the name
    std::vector<std::string> texts{};    ///< of them
    std::optional<Error> mistake{};      ///< why the record does not parse
    std::optional<spf::Record> record{}; ///< of the only one that parses
    std::vector<SpfTerm> terms{};
    std::uint32_t lookups = 0;
    std::uint32_t void_lookups = 0;
};

struct SpfSurvey {
    std::shared_ptr<const SpfNode> root; ///< of the domain; never null after the survey
    dns::Answer txt{};                   ///< all TXT of the domain
    std::map<std::string, std::string>
        misplaced; ///< name -> text of SPF records that have no effect there; see judge_spf
    std::map<std::string, std::shared_ptr<const SpfNode>>
        subdomains; ///< those that send or have MX, with their own record or its absence
    std::map<std::string, spf::Result> of_addresses; ///< Subject::addresses as text -> what the record says of them

    /// There is exactly one record, and it parses.
    [[nodiscard]] bool usable() const { return root && root->record.has_value(); }
    /// "v=spf1 -all": nobody sends.
    [[nodiscard]] bool denies_all() const {
        return usable() && root->record->directives.size() == 1 &&
               root->record->directives[0].mechanism == spf::Mechanism::all &&
               root->record->directives[0].result == spf::Result::fail;
    }
};

// DKIM ----------------------------------------------------------------------------------------------------------------------------------

/// How a selector came to be looked at.
enum class SelectorOrigin : std::uint8_t { given, key_in_use, zone_file, table };

struct DkimKey {
    std::string selector{};
    SelectorOrigin origin = SelectorOrigin::table;
    dns::Answer answer{};                   ///< TXT at the selector, CNAMEs followed
    std::optional<std::string> alias{};     ///< where the CNAME at the name leads
    std::vector<dkim::KeyRecord> records{}; ///< of each TXT there
    std::optional<KeyInUse> in_use{};       ///< the private key of this selector
    std::optional<dns::Answer> in_local_zone{};
    bool by_wildcard =
        false; ///< only a wildcard answers here: `answer` is no_data, unless the wildcard holds a usable key
    /// Where its key stands instead, and nobody asks, and the record; empty: it was not found, or not looked for.
    std::pair<std::string, std::string> misplaced{};
};

struct DkimSurvey {
    std::vector<DkimKey>
        keys{};            ///< all that were given or in use, found or not; of the others those where something stands
    std::size_t tried = 0; ///< selectors asked for
    /// Of "_domainkey": nx_domain means that no selector exists at all (RFC 8020); no_data that some do.
    dns::Status below = dns::Status::nx_domain;
    std::vector<std::string> below_names{}; ///< TXT directly at _domainkey (policy records of DomainKeys, RFC 4870)
    bool wildcard = false;                  ///< every selector answers alike
    std::vector<std::string> wildcard_texts{};
    std::optional<std::string> wildcard_alias{}; ///< where the CNAME leads that answers for every selector
    /// _domainkey is there without records of its own, and a selector nobody uses is not: some selector stands beneath it (RFC 8020).
    bool has_selectors = false;
    std::vector<std::string> unanswered{};          ///< usual selectors that DNS gave no answer for
    std::map<std::string, std::string> misplaced{}; ///< names where a key stands that nobody asks for -> its record
    [[nodiscard]] bool has_usable_key() const {
        for (const DkimKey& key : keys)
            for (const dkim::KeyRecord& record : key.records)
                if (record.code == dkim::Code::ok) return true;
        return false;
    }
};

// DMARC ---------------------------------------------------------------------------------------------------------------------------------

struct DmarcDestination {
    std::string tag{}; ///< "rua" or "ruf"
    std::string uri{};
    std::string host{};
    dmarc::ExternalDestination found{};
    dns::Status mail = dns::Status::ok; ///< whether that host takes mail: of its MX, or address, for mailto
};

struct DmarcSurvey {
    dns::Answer own{};        ///< TXT at _dmarc.<domain>
    std::string dead_alias{}; ///< where a CNAME there leads that gives no record; empty: there is no such one
    dmarc::Discovered tree{}; ///< by tree walk (RFC 9989)
    dmarc::Discovered psl{};  ///< by public suffix list (RFC 7489)
    std::vector<DmarcDestination> destinations{};
    std::map<std::string, std::string> misplaced; ///< name -> DMARC text without effect
    std::map<std::string, std::string> below{};   ///< subdomain -> DMARC record of its own
};

// Receiving ------------------------------------------------------------------------------------------------------------------------------

struct MxHost {
    std::string name{};
    std::uint16_t preference = 0;
    bool is_alias = false;
    std::string alias{};                  ///< where the CNAME at the name leads; empty: not known
    dns::Status status = dns::Status::ok; ///< of its addresses, A and AAAA together
    std::vector<ip::Address> addresses{};
};
struct MxSurvey {
    dns::Answer answer{}; ///< MX of the domain
    std::vector<MxHost> hosts{};
    bool null_mx = false;                     ///< "0 ." is among them (RFC 7505); alone, `hosts` is empty
    bool exists = true;                       ///< the name is there at all
    std::vector<ip::Address> own_addresses{}; ///< A and AAAA of the domain: where mail goes without MX
    dns::Status own_status = dns::Status::ok; ///< of own_addresses, both families together
    [[nodiscard]] bool takes_no_mail() const { return null_mx && hosts.empty(); }
};

/// One sending address: PTR, and whether a name leads back (FCrDNS).
struct ReverseAddress {
    ip::Address address{};
    dns::Answer ptr{};
    std::vector<std::string> confirmed{};
    std::string unanswered{}; ///< a name that could not be asked for
    std::string from{};       ///< how the address is known: "" given, else the SPF term or MX host
};
struct ReverseSurvey {
    std::vector<ReverseAddress> addresses{};
};

// Transport ------------------------------------------------------------------------------------------------------------------------------

/// What fetching the policy gave; filled in by who can fetch (io/https_document.hpp), or from a file.
struct PolicyDocument {
    bool tried = false;
    std::string fault{}; ///< why there is none, in words; empty: `body` is it
    std::string body{};
    std::string content_type{};
    unsigned http_status = 0;
};
struct MtaStsSurvey {
    dns::Answer txt{};                    ///< at _mta-sts
    std::vector<ip::Address> addresses{}; ///< of mta-sts.<domain>, to be fetched from
    dns::Status host_status = dns::Status::nx_domain;
    PolicyDocument document{};
};
struct TlsRptSurvey {
    dns::Answer txt{};
};
struct BimiSurvey {
    dns::Answer txt{};
    /// TXT at _dmarc of the organization, where there is a BIMI record and the domain lies below: its policy counts too.
    dns::Answer organization_policy{};
};

// The zone -------------------------------------------------------------------------------------------------------------------------------

/// One server of the zone, asked by itself.
struct ZoneServer {
    std::string name{};
    std::optional<ip::Address> address{};   ///< none: its name has no address
    dns::Status soa = dns::Status::timeout; ///< of its answer for the zone's SOA
    std::uint32_t serial = 0;               ///< of its SOA; 0: it gave none
    std::string primary{};                  ///< where its SOA says the zone comes from; "" when it gave none
    /// Name -> what it answered, for each name that matters (domain MX and TXT, _dmarc TXT, each selector's TXT). Where a CNAME stands at
    /// the name, the CNAME: a server need not know what lies behind it.
    std::map<std::pair<std::string, dns::Type>, dns::Answer> answers{};
};
struct ServersSurvey {
    std::string zone{}; ///< the cut at or above the domain
    std::vector<ZoneServer> servers{};
    std::vector<std::string> names{}; ///< as the zone's NS answer has them
};

/// What a record of the local zone is for.
enum class MailRecord : std::uint8_t { spf, dkim, dmarc, mx, address, mta_sts, tls_rpt, bimi };

/// A name whose records in the local zone public DNS does not have.
struct LocalDifference {
    std::string name{};
    dns::Type type = dns::Type::txt;
    std::vector<dns::Record> missing{}; ///< in public DNS: to be published as they stand here
    std::vector<dns::Record> other{};   ///< what stands there instead
    MailRecord kind = MailRecord::dkim;
    std::vector<std::string> local{}; ///< as the local zone has them, where `missing` joins them with `other`
};
struct LocalZoneSurvey {
    std::vector<LocalDifference> differences{};
    std::vector<std::string> unanswered{}; ///< names that public DNS gave no answer for
    std::vector<std::string> servers{};    ///< names of the public zone's servers; asked for where something differs
};

struct Survey {
    Subject subject;
    SpfSurvey spf{};
    DkimSurvey dkim{};
    DmarcSurvey dmarc{};
    MxSurvey mx{};
    ReverseSurvey reverse{};
    MtaStsSurvey mta_sts{};
    TlsRptSurvey tls_rpt{};
    BimiSurvey bimi{};
    ServersSurvey servers{};
    LocalZoneSurvey local_zone{};

    /// Whether the domain is meant to send no mail: it says so by "v=spf1 -all" or by a null MX with no SPF record that lets anybody send,
    /// and nothing known sends for it.
    [[nodiscard]] bool parked() const;
};

} // namespace bonafide::doctor
