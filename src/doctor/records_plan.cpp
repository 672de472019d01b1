#include "base/ascii.hpp"
#include "crypto/digest.hpp"
#include "dmarc/external_destination.hpp"
#include "dns/name.hpp"
#include "doctor/parked.hpp"
#include "doctor/records.hpp"
#include "doctor/spf_text.hpp"
#include "sign/record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::uint32_t testing_age = 86400;   // seconds: a mistake is forgotten within a day
constexpr std::uint32_t enforced_age = 604800; // RFC 8461 3.2 speaks of weeks

void once(std::vector<std::string>& terms, std::string term) {
    if (std::ranges::find(terms, term) == terms.end()) terms.push_back(std::move(term));
}

std::string_view all_of(SpfStage stage) { return stage == SpfStage::start ? "~all" : "-all"; }

/// {domain}, {domain-dashes} of a target in the table of providers.
std::string filled(std::string text, const std::string& domain) {
    std::string dashes = domain;
    std::ranges::replace(dashes, '.', '-');
    const std::pair<std::string_view, std::string_view> places[] = {{"{domain-dashes}", dashes}, {"{domain}", domain}};
    for (const auto& [place, value] : places)
        for (std::size_t at = text.find(place); at != std::string_view::npos; at = text.find(place, at + value.size()))
            text.replace(at, place.size(), value);
    return text;
}

std::string join_uris(const std::vector<std::string>& addresses) {
    std::string list;
    for (const std::string& address : addresses) list += (list.empty() ? "" : ",") + report_uri(address);
    return list;
}

class Planner {
  public:
    Planner(const Wishes& wishes, const dns::PublicSuffixList& suffixes) : wishes_(wishes), suffixes_(suffixes) {
        plan_.limits = wishes.limits;
    }

    Plan go() {
        if (wishes_.parked) {
            parked();
        } else {
            spf();
            for (const dns::Mx& one : wishes_.mx)
                add({.name = wishes_.domain, .type = dns::Type::mx, .value = one.host, .preference = one.preference},
                    say("MX: this host takes mail for the domain."));
            for (const Provider* provider : wishes_.providers) dkim_of(*provider, wishes_.domain);
            for (const BulkSender& one : wishes_.bulk) bulk(one);
            own_keys();
            dmarc();
            mta_sts();
            tls_rpt();
        }
        return std::move(plan_);
    }

  private:
    /// Two records of one kind at a name are as good as none: the first stays.
    void add(dns::Record record, text::Text says) {
        if (!dns::is_valid(record.name)) {
            warn(say("{name} is no name that DNS can hold.", {{"name", record.name}}));
            return;
        }
        const bool alone = record.type == dns::Type::cname || record.name.contains("._domainkey.");
        for (const Planned& one : plan_.records) {
            if (one.record == record) return;
            if (alone && one.record.name == record.name) {
                warn(say("Two keys are wanted for {name}, where only one can stand: choose another selector for one "
                         "of them.",
                         {{"name", record.name}}));
                return;
            }
        }
        plan_.records.push_back({std::move(record), std::move(says)});
    }
    void note(text::Text says) { plan_.notes.push_back(std::move(says)); }
    void warn(text::Text says) { plan_.warnings.push_back(std::move(says)); }

    void parked() {
        const auto set = parked_records(wishes_.domain);
        add(set[0], say("SPF: no server may send for the domain."));
        add(set[1], say("Null MX: the domain takes no mail."));
        std::string policy = set[2].value;
        if (!wishes_.rua.empty()) policy += "; rua=" + join_uris(wishes_.rua);
        add(dns::txt_record(set[2].name, policy), say("DMARC: forged mail is to be refused."));
        add(set[3], say("DKIM: no key of any selector is valid."));
        for (const std::string& address : wishes_.rua) consent(address);
        if (!wishes_.servers.empty() || !wishes_.providers.empty() || !wishes_.bulk.empty() || !wishes_.keys.empty() ||
            !wishes_.mx.empty() || wishes_.mta_sts || !wishes_.tls_rpt.empty())
            warn(say("A parked domain sends and takes no mail: senders, hosts and keys that were given are left out."));
    }

    void spf() {
        std::vector<std::string> terms;
        for (const ip::Address& server : wishes_.servers)
            once(terms, fmt::format("{}:{}", server.is_v4() ? "ip4" : "ip6", server.text()));
        std::uint32_t lookups = 0;
        for (const Provider* provider : wishes_.providers)
            if (!provider->includes.empty()) once(terms, "include:" + provider->includes.front());
        if (wishes_.servers.empty() && wishes_.providers.empty()) {
            terms.emplace_back("mx");
            note(say("No sender was named, so the record allows the domain's MX hosts; name the servers that send by "
                     "{option}: addresses cost no DNS look-ups.",
                     {{"option", "--server-ip"}}));
        } else if (terms.empty()) {
            warn(say("The SPF record lists no server: the services that were named send with return paths of their "
                     "own. Name your own servers, if there are any, by {option}.",
                     {{"option", "--server-ip"}}));
        }
        for (const std::string& term : terms)
            if (!term.starts_with("ip")) ++lookups;
        if (lookups > wishes_.limits.spf_lookups)
            warn(say("The SPF record would need {count} DNS look-ups or more, and receivers stop at {most}: move "
                     "services to subdomains ({option}).",
                     {{"count", lookups}, {"most", wishes_.limits.spf_lookups}, {"option", "--bulk"}}));
        terms.emplace_back(all_of(wishes_.spf));
        const std::string record = spf_record(terms);
        if (record.size() > most_comfortable_spf_bytes)
            warn(say("The SPF record has {count} bytes; answers of more than {most} bytes may not reach everybody: "
                     "name networks instead of single addresses, or move senders to subdomains.",
                     {{"count", record.size()}, {"most", most_comfortable_spf_bytes}}));
        add(dns::txt_record(wishes_.domain, record),
            wishes_.spf == SpfStage::start
                ? say("SPF: which servers may send; others are marked ({all}). When the DMARC reports show nothing "
                      "unknown, change it to {hard}.",
                      {{"all", "~all"}, {"hard", "-all"}})
                : say("SPF: which servers may send; all others may not ({all}).", {{"all", "-all"}}));
    }

    void dkim_of(const Provider& provider, const std::string& domain) {
        const bool open = std::ranges::any_of(
            provider.aliases, [](const DkimAlias& alias) { return alias.target.contains("{account}"); });
        if (provider.aliases.empty() || open) {
            note(say("Turn on DKIM for {domain} at {provider} and publish the records that it shows.",
                     {{"domain", domain}, {"provider", provider.name}}));
            return;
        }
        for (const DkimAlias& alias : provider.aliases)
            add({.name = sign::record_name(ascii::lower(alias.selector), domain),
                 .type = dns::Type::cname,
                 .value = filled(alias.target, domain)},
                say("DKIM: {provider} keeps the key of this selector.", {{"provider", provider.name}}));
    }

    void bulk(const BulkSender& one) {
        const std::string name = one.subdomain + "." + wishes_.domain;
        const Provider& provider = *one.provider;
        const auto& includes = provider.includes.empty() ? provider.old_includes : provider.includes;
        if (!includes.empty()) {
            const std::vector<std::string> terms{"include:" + includes.front(), std::string(all_of(wishes_.spf))};
            add(dns::txt_record(name, spf_record(terms)),
                say("SPF of the subdomain that {provider} sends from; the domain itself stays free of it.",
                    {{"provider", provider.name}}));
        }
        note(say("Set the sender and, where it can be chosen, the return path at {provider} to {name}.",
                 {{"provider", provider.name}, {"name", name}}));
        dkim_of(provider, name);
    }

    void own_keys() {
        for (const PublicKeyRecord& key : wishes_.keys)
            add(dns::txt_record(sign::record_name(key.selector, wishes_.domain), key.text),
                key.text.ends_with("p=")
                    ? say("DKIM: the key of selector {selector} is no longer valid.", {{"selector", key.selector}})
                    : say("DKIM: the public key of selector {selector}.", {{"selector", key.selector}}));
        if (wishes_.keys.empty() && !wishes_.servers.empty())
            note(say("Your own servers need a DKIM key: {command} makes one.",
                     {{"command", "bonafide keys new " + wishes_.domain}}));
    }

    /// RFC 9990 4: the host of the address has to agree, where it is of another organization.
    void consent(const std::string& address) {
        const std::string host = dmarc::destination_host(report_uri(address));
        if (host.empty() || suffixes_.organizational(host) == suffixes_.organizational(wishes_.domain)) return;
        const std::size_t before = plan_.records.size();
        add(dns::txt_record(fmt::format("{}._report._dmarc.{}", wishes_.domain, host), "v=DMARC1"),
            say("By this record {host} agrees to take reports about {domain}; its operator has to publish it.",
                {{"host", host}, {"domain", wishes_.domain}}));
        if (plan_.records.size() > before) plan_.records.back().elsewhere = true;
    }

    [[nodiscard]] std::string policy_text() const {
        std::string text = fmt::format("v=DMARC1; p={}", dmarc::to_text(wishes_.dmarc));
        if (wishes_.sp) text += fmt::format("; sp={}", dmarc::to_text(*wishes_.sp));
        // Nobody sends from names that do not exist: there is nothing to wait for.
        const bool np_by_itself = wishes_.dmarc == dmarc::Policy::quarantine && !wishes_.testing;
        if (wishes_.np)
            text += fmt::format("; np={}", dmarc::to_text(*wishes_.np));
        else if (np_by_itself)
            text += "; np=reject";
        if (wishes_.testing) text += "; t=y";
        if (wishes_.legacy_pct && wishes_.dmarc != dmarc::Policy::none)
            text += fmt::format("; pct={}", *wishes_.legacy_pct);
        if (!wishes_.rua.empty()) text += "; rua=" + join_uris(wishes_.rua);
        if (!wishes_.ruf.empty()) text += "; ruf=" + join_uris(wishes_.ruf) + "; fo=1";
        return text;
    }

    [[nodiscard]] text::Text policy_says() const {
        if (wishes_.testing && wishes_.dmarc != dmarc::Policy::none)
            return say("DMARC: a trial of {policy}: receivers that know {tag} apply the next weaker policy and "
                       "report. Next: without {tag}.",
                       {{"policy", dmarc::to_text(wishes_.dmarc)}, {"tag", "t=y"}});
        switch (wishes_.dmarc) {
        case dmarc::Policy::none:
            return say("DMARC: receivers report who sends in your name; nothing is refused yet. Next: quarantine.");
        case dmarc::Policy::quarantine: return say("DMARC: forged mail goes to the junk folder. Next: reject.");
        case dmarc::Policy::reject: return say("DMARC: forged mail is to be refused.");
        }
        return {};
    }

    void dmarc() {
        add(dns::txt_record("_dmarc." + wishes_.domain, policy_text()), policy_says());
        if (wishes_.rua.empty())
            note(say("Without report addresses ({option}) you learn nothing of who sends in your name.",
                     {{"option", "--rua"}}));
        if (wishes_.legacy_pct && wishes_.dmarc == dmarc::Policy::none)
            warn(say("{tag} means nothing beside {policy}, and is left out.", {{"tag", "pct"}, {"policy", "p=none"}}));
        else if (wishes_.legacy_pct)
            note(say("{tag} is no longer part of DMARC (RFC 9989); only older receivers heed it.", {{"tag", "pct"}}));
        if (wishes_.dmarc != dmarc::Policy::none && wishes_.keys.empty() && wishes_.providers.empty())
            warn(say("No DKIM key was named. By SPF alone forwarded mail fails, and the policy hits it: sign first."));
        if (wishes_.dmarc == dmarc::Policy::reject)
            note(say("People of the domain who write to mailing lists will have mail refused by some receivers; RFC "
                     "9989 advises against reject for such domains."));
        for (const auto* addresses : {&wishes_.rua, &wishes_.ruf})
            for (const std::string& address : *addresses) consent(address);
    }

    /// RFC 8461 3.2: without a host a policy that is not "none" says nothing.
    void mta_sts() {
        if (!wishes_.mta_sts) return;
        if (wishes_.mx.empty()) {
            warn(say("MTA-STS is left out: its policy needs a line for each MX host; give them by {option}.",
                     {{"option", "--mx"}}));
            return;
        }
        const bool enforced = *wishes_.mta_sts == StsMode::enforce;
        std::string& policy = plan_.sts_policy;
        policy = fmt::format("version: STSv1\nmode: {}\n", enforced ? "enforce" : "testing");
        for (const dns::Mx& one : wishes_.mx) policy += "mx: " + one.host + "\n";
        policy += fmt::format("max_age: {}\n", enforced ? enforced_age : testing_age);
        constexpr std::size_t id_length = 16; // of at most 32 (RFC 8461 3.1)
        const std::string id = crypto::to_hex(crypto::sha256(policy)).substr(0, id_length);
        add(dns::txt_record("_mta-sts." + wishes_.domain, fmt::format("v=STSv1; id={};", id)),
            say("MTA-STS: says that there is a policy; its id changes whenever the policy does."));
        note(say("Serve the policy file at {url}, with a certificate valid for that name, before the record is there.",
                 {{"url", "https://mta-sts." + wishes_.domain + "/.well-known/mta-sts.txt"}}));
        if (wishes_.tls_rpt.empty())
            note(say("Reports about failed TLS ({option}) show whether the MTA-STS policy can be enforced.",
                     {{"option", "--tls-rpt"}}));
    }

    void tls_rpt() {
        if (wishes_.tls_rpt.empty()) return;
        add(dns::txt_record("_smtp._tls." + wishes_.domain, "v=TLSRPTv1; rua=" + join_uris(wishes_.tls_rpt)),
            say("TLS-RPT: others report when they cannot send to you over TLS."));
    }

    const Wishes& wishes_;
    const dns::PublicSuffixList& suffixes_;
    Plan plan_;
};

} // namespace

std::string report_uri(std::string_view address) {
    return address.contains(':') ? std::string(address) : "mailto:" + std::string(address);
}

Plan plan_records(const Wishes& wishes, const dns::PublicSuffixList& suffixes) {
    return Planner(wishes, suffixes).go();
}

} // namespace bonafide::doctor
