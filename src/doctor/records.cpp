#include "doctor/records.hpp"

#include "base/ascii.hpp"
#include "doctor/explain_extract.hpp"
#include "doctor/parked.hpp"
#include "doctor/spf_text.hpp"
#include "sign/record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::doctor {
namespace {

using text::say;

constexpr std::size_t most_includes = 9; // with the look-ups within them more is rarely possible (RFC 7208 4.6.4)

std::string spf_text(const std::vector<ip::Address>& servers, const std::vector<const Provider*>& providers, bool by_mx,
                     SpfStage stage) {
    std::vector<std::string> terms;
    if (by_mx) terms.emplace_back("mx");
    for (const ip::Address& server : servers)
        terms.push_back(fmt::format("{}:{}", server.is_v4() ? "ip4" : "ip6", server.text()));
    for (const Provider* provider : providers)
        if (!provider->includes.empty()) terms.push_back("include:" + provider->includes.front());
    terms.emplace_back(stage == SpfStage::start ? "~all" : "-all");
    return spf_record(terms);
}

std::string filled(std::string text, const Wishes& wishes, const std::string& selector) {
    std::string dashes = wishes.domain;
    std::ranges::replace(dashes, '.', '-');
    for (const auto& [place, value] : {std::pair<std::string_view, std::string>{"{selector}", selector},
                                       {"{domain-dashes}", dashes},
                                       {"{domain}", wishes.domain}})
        for (std::size_t at = text.find(place); at != std::string::npos; at = text.find(place))
            text.replace(at, place.size(), value);
    return text;
}

class Planner {
  public:
    Planner(const Wishes& wishes, const dns::PublicSuffixList& suffixes) : wishes_(wishes), suffixes_(suffixes) {}

    Plan go() {
        if (wishes_.parked) {
            parked();
        } else {
            spf();
            mx();
            for (const Provider* provider : wishes_.providers) dkim_of(*provider);
            bulk();
            own_keys();
            dmarc();
        }
        transport();
        return std::move(plan_);
    }

  private:
    void add(dns::Record record, text::Text says) { plan_.records.push_back({std::move(record), std::move(says)}); }
    void note(text::Text says) { plan_.notes.push_back(std::move(says)); }

    void parked() {
        const auto set = parked_records(wishes_.domain);
        add(set[0], say("SPF: no server may send for the domain."));
        add(set[1], say("Null MX: the domain takes no mail."));
        add(set[2], say("DMARC: forged mail is to be refused."));
        add(set[3], say("DKIM: no key of any selector is valid."));
    }
    void spf() {
        std::size_t includes = 0;
        for (const Provider* provider : wishes_.providers) includes += provider->includes.empty() ? 0U : 1U;
        if (includes > most_includes)
            note(
                say("More than {count} services in one SPF record need too many DNS look-ups: move some to subdomains.",
                    {{"count", most_includes}}));
        const bool by_mx = wishes_.servers.empty() && wishes_.providers.empty();
        add(dns::txt_record(wishes_.domain, spf_text(wishes_.servers, wishes_.providers, by_mx, wishes_.spf)),
            wishes_.spf == SpfStage::start
                ? say("SPF: which servers may send; others are marked ({all}). When the DMARC reports show nothing "
                      "unknown, change it to {hard}.",
                      {{"all", "~all"}, {"hard", "-all"}})
                : say("SPF: which servers may send; all others may not ({all}).", {{"all", "-all"}}));
    }
    void mx() {
        for (const dns::Mx& one : wishes_.mx)
            add({.name = wishes_.domain, .type = dns::Type::mx, .value = one.host, .preference = one.preference},
                say("MX: this host takes mail for the domain."));
    }
    void dkim_of(const Provider& provider) {
        if (!provider.dkim_alias.empty() && !provider.dkim_alias.contains("{account}")) {
            for (const std::string& selector : provider.selectors)
                add({.name = sign::record_name(selector, wishes_.domain),
                     .type = dns::Type::cname,
                     .value = filled(provider.dkim_alias, wishes_, selector)},
                    say("DKIM: {provider} keeps the key of this selector.", {{"provider", provider.name}}));
            return;
        }
        note(say("Turn on DKIM for {domain} at {provider} and publish the records that it shows.",
                 {{"domain", wishes_.domain}, {"provider", provider.name}}));
    }
    void bulk() {
        for (const BulkSender& one : wishes_.bulk) {
            const std::string name = one.subdomain + "." + wishes_.domain;
            add(dns::txt_record(name, spf_text({}, {one.provider}, false, wishes_.spf)),
                say("SPF of the subdomain that {provider} sends from; the domain itself stays free of it.",
                    {{"provider", one.provider->name}}));
            note(say("Set the return path at {provider} to {name}, and turn on DKIM there.",
                     {{"provider", one.provider->name}, {"name", name}}));
        }
    }
    void own_keys() {
        for (const PublicKeyRecord& key : wishes_.keys)
            add(dns::txt_record(sign::record_name(key.selector, wishes_.domain), key.text),
                say("DKIM: the public key of selector {selector}.", {{"selector", key.selector}}));
        if (wishes_.keys.empty() && !wishes_.servers.empty())
            note(say("Your own servers need a DKIM key: {command} makes one.",
                     {{"command", "bonafide keys new " + wishes_.domain}}));
    }
    void consent(const std::string& address) {
        const std::string host = domain_of_address(address);
        if (host.empty() || suffixes_.organizational(host) == suffixes_.organizational(wishes_.domain)) return;
        Planned planned{
            dns::txt_record(fmt::format("{}._report._dmarc.{}", wishes_.domain, host), "v=DMARC1"),
            say("By this record {host} agrees to take reports about {domain}; its operator has to publish it.",
                {{"host", host}, {"domain", wishes_.domain}}),
            true};
        if (std::ranges::none_of(plan_.records, [&](const Planned& one) { return one.record == planned.record; }))
            plan_.records.push_back(std::move(planned));
    }
    void dmarc() {
        std::string text = fmt::format("v=DMARC1; p={}", dmarc::to_text(wishes_.dmarc));
        if (wishes_.testing) text += "; t=y";
        if (wishes_.legacy_pct) text += fmt::format("; pct={}", *wishes_.legacy_pct);
        if (!wishes_.rua.empty()) text += "; rua=mailto:" + wishes_.rua;
        if (!wishes_.ruf.empty()) text += "; ruf=mailto:" + wishes_.ruf + "; fo=1";
        text::Text says;
        switch (wishes_.dmarc) {
        case dmarc::Policy::none:
            says = say("DMARC: receivers report who sends in your name; nothing is refused yet. Next: quarantine.");
            break;
        case dmarc::Policy::quarantine: says = say("DMARC: forged mail goes to the junk folder. Next: reject."); break;
        case dmarc::Policy::reject: says = say("DMARC: forged mail is to be refused."); break;
        }
        add(dns::txt_record("_dmarc." + wishes_.domain, text), std::move(says));
        if (wishes_.legacy_pct)
            note(say("{tag} is no longer part of DMARC (RFC 9989); only older receivers heed it.", {{"tag", "pct"}}));
        if (wishes_.dmarc == dmarc::Policy::reject)
            note(say("People of the domain who write to mailing lists will have mail refused by some receivers; RFC "
                     "9989 advises against reject for such domains."));
        for (const std::string& address : {wishes_.rua, wishes_.ruf})
            if (!address.empty()) consent(address);
    }
    void transport() {
        if (wishes_.mta_sts) {
            add(dns::txt_record("_mta-sts." + wishes_.domain, "v=STSv1; id=" + wishes_.mta_sts_id),
                say("MTA-STS: says that there is a policy; its id changes whenever the policy does."));
            plan_.sts_policy =
                fmt::format("version: STSv1\nmode: {}\n", *wishes_.mta_sts == StsMode::enforce ? "enforce" : "testing");
            for (const dns::Mx& one : wishes_.mx) plan_.sts_policy += "mx: " + one.host + "\n";
            plan_.sts_policy += "max_age: 604800\n";
            note(say("Serve the policy file at {url}, with a certificate valid for that name.",
                     {{"url", "https://mta-sts." + wishes_.domain + "/.well-known/mta-sts.txt"}}));
            if (wishes_.mx.empty())
                note(say("The policy needs a line for each MX host: give them by {option}.", {{"option", "--mx"}}));
        }
        if (!wishes_.tls_rpt.empty())
            add(dns::txt_record("_smtp._tls." + wishes_.domain, "v=TLSRPTv1; rua=mailto:" + wishes_.tls_rpt),
                say("TLS-RPT: others report when they cannot send to you over TLS."));
    }

    const Wishes& wishes_;
    const dns::PublicSuffixList& suffixes_;
    Plan plan_;
};

/// Two texts of which only one may stand at a name: they begin with the same version.
bool is_of_one_kind(std::string_view a, std::string_view b) {
    const auto version = [](std::string_view text) { return ascii::lower(text.substr(0, text.find_first_of("; "))); };
    return version(a) == version(b);
}

std::string squeezed(std::string_view text) {
    std::string result;
    for (const char c : text)
        if (!ascii::is_space(c)) result += c;
    return result;
}

/// Records of the type at the name, as DNS has them.
std::vector<dns::Record> published(const dns::Record& wanted, const dns::AnswerData& answer) {
    std::vector<dns::Record> records;
    for (const std::string& text : answer.txt)
        records.push_back({.name = wanted.name, .type = wanted.type, .value = text});
    for (const std::string& name : answer.names)
        records.push_back({.name = wanted.name, .type = wanted.type, .value = name});
    for (const dns::Mx& mx : answer.mx)
        records.push_back({.name = wanted.name, .type = wanted.type, .value = mx.host, .preference = mx.preference});
    return records;
}

} // namespace

Plan plan_records(const Wishes& wishes, const dns::PublicSuffixList& suffixes) {
    return Planner(wishes, suffixes).go();
}

dns::Flow<Difference> compare_plan(Plan plan) {
    Difference difference;
    for (Planned& planned : plan.records) {
        const dns::Record& wanted = planned.record;
        const dns::Answer answer = co_await dns::ask(wanted.name, wanted.type, "what is published");
        if (answer->temporary()) {
            difference.unanswered.push_back(wanted.name);
            continue;
        }
        bool there = false;
        std::vector<dns::Record> others;
        for (dns::Record& record : published(wanted, *answer)) {
            const bool text = wanted.type == dns::Type::txt;
            if (text ? squeezed(record.value) == squeezed(wanted.value)
                     : record.value == wanted.value && record.preference == wanted.preference)
                there = true;
            else if (text ? is_of_one_kind(record.value, wanted.value) : wanted.type == dns::Type::cname)
                others.push_back(std::move(record));
        }
        if (there)
            difference.right.push_back(wanted);
        else if (others.empty())
            difference.add.push_back(planned);
        else
            difference.replace.push_back(planned);
        difference.remove.insert(difference.remove.end(), others.begin(), others.end());
    }
    co_return difference;
}

} // namespace bonafide::doctor
