#include "year_mail.hpp"

#include "verdict/test_facts.hpp"

#include <algorithm>

namespace bonafide::year {
namespace {

using namespace verdict::testing_facts;

constexpr std::array<KindRow, kinds> table{{
    {Kind::person, Side::legitimate, "correspondents"},
    {Kind::moved, Side::legitimate, "correspondents after a change of provider"},
    {Kind::private_address, Side::legitimate, "known people from a private address"},
    {Kind::newsletter, Side::legitimate, "newsletters and notices"},
    {Kind::sealed_list, Side::legitimate, "mailing lists with trusted seals"},
    {Kind::plain_list, Side::legitimate, "mailing lists without"},
    {Kind::own_post, Side::legitimate, "own posts back from lists"},
    {Kind::forwarded, Side::legitimate, "forwarded by the recipient's other mailbox"},
    {Kind::bounce, Side::legitimate, "bounces of our mail"},
    {Kind::new_supplier, Side::legitimate, "new suppliers"},
    {Kind::own_service, Side::legitimate, "our services elsewhere"},
    {Kind::own_branch, Side::legitimate, "our forgotten appliances"},
    {Kind::warm_up, Side::preparation, "warm-up, before it turns"},
    {Kind::resent, Side::preparation, "signed mail sent again, before the spoof"},
    {Kind::ours_protected, Side::attack, "spoof of ours, p=quarantine"},
    {Kind::ours_open, Side::attack, "spoof of ours, p=none or no policy"},
    {Kind::known_absent, Side::attack, "spoof of a correspondent, no policy"},
    {Kind::known_none, Side::attack, "spoof of a correspondent, p=none"},
    {Kind::known_quarantine, Side::attack, "spoof of a correspondent, p=quarantine"},
    {Kind::known_reject, Side::attack, "spoof of a correspondent, p=reject"},
    {Kind::stranger_absent, Side::attack, "spoof of a stranger, no policy"},
    {Kind::stranger_none, Side::attack, "spoof of a stranger, p=none"},
    {Kind::stranger_quarantine, Side::attack, "spoof of a stranger, p=quarantine"},
    {Kind::stranger_reject, Side::attack, "spoof of a stranger, p=reject"},
    {Kind::like_ours, Side::attack, "look-alike of ours"},
    {Kind::like_known, Side::attack, "look-alike of a correspondent"},
    {Kind::like_supplier, Side::attack, "look-alike of a new supplier"},
    {Kind::display_name, Side::attack, "display name of a protected user"},
    {Kind::turned, Side::attack, "warmed up, then turned"},
    {Kind::replay, Side::attack, "DKIM replay"},
    {Kind::spf_upgrade, Side::attack, "SPF through a shared cloud"},
    {Kind::poisoned, Side::attack, "spoof after history poisoning"},
    {Kind::forged_bounce, Side::attack, "forged bounces"},
    {Kind::backscatter, Side::attack, "backscatter"},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].kind) != i) return false;
    return true;
}
static_assert(in_order(), "a row for each Kind, in its order");

std::string domain_of(std::string_view address) { return std::string(address.substr(address.rfind('@') + 1)); }

const Records* find(const Zone& zone, const std::string& domain) {
    const auto found = zone.find(domain);
    return found == zone.end() ? nullptr : &found->second;
}

spf::Outcome check_spf(const Mail& mail, const Zone& zone) {
    const std::string domain = mail.mail_from.empty() ? mail.client.name : domain_of(mail.mail_from);
    if (mail.trouble == Trouble::spf) return spf_outcome(spf::Result::temperror, domain, spf::Code::dns_error);
    const Records* const records = find(zone, domain);
    if (records == nullptr || !records->spf) return spf_outcome(spf::Result::none, domain, spf::Code::no_record);
    const SpfRecord& spf = *records->spf;
    if (spf.otherwise == spf::Result::permerror)
        return spf_outcome(spf::Result::permerror, domain, spf::Code::too_many_lookups);
    const bool listed = ip::is_in(mail.client.address, spf.networks);
    return spf_outcome(listed ? spf::Result::pass : spf.otherwise, domain);
}

iprev::Outcome check_reverse(const Mail& mail) {
    const std::string client = mail.client.address.text();
    if (mail.trouble != Trouble::reverse && mail.client.reverse == Host::Reverse::confirmed)
        return iprev_pass(client, mail.client.name);
    iprev::Outcome outcome;
    outcome.client = mail.client.address;
    const bool named = mail.client.reverse == Host::Reverse::unconfirmed;
    outcome.result = mail.trouble == Trouble::reverse ? iprev::Result::temperror
                     : named                          ? iprev::Result::fail
                                                      : iprev::Result::permerror;
    outcome.reason = named ? client + "'s name does not resolve back" : client + " has no reverse DNS name";
    return outcome;
}

std::vector<dkim::SignatureResult> check_dkim(const Mail& mail) {
    std::vector<dkim::SignatureResult> results;
    for (const Signature& one : mail.signatures) {
        const bool lost = mail.trouble == Trouble::dkim;
        const bool pass = one.result == dkim::Result::pass;
        dkim::SignatureResult& result =
            results.emplace_back(signature(lost ? dkim::Result::temperror : one.result, one.domain,
                                           lost   ? dkim::Code::key_unavailable
                                           : pass ? dkim::Code::ok
                                                  : dkim::Code::body_hash_mismatch));
        result.fingerprint = one.fingerprint;
        result.signed_at = one.signed_at;
    }
    return results;
}

dmarc::Evaluation check_dmarc(const verdict::Facts& facts, const Mail& mail, const Zone& zone,
                              const dns::PublicSuffixList& suffixes) {
    const std::string& author = facts.author.domain;
    if (mail.trouble == Trouble::dmarc) return without_policy(dmarc::Result::temperror, author, dmarc::Code::dns_error);
    const std::string organization = suffixes.organizational(author);
    const Records* records = find(zone, author);
    if (records == nullptr || !records->policy) records = find(zone, organization);
    if (records == nullptr || !records->policy)
        return without_policy(dmarc::Result::none, author, dmarc::Code::no_record);
    const auto is_aligned = [&](const std::string& domain) { return suffixes.organizational(domain) == organization; };
    const bool spf = facts.spf.value->result == spf::Result::pass && is_aligned(facts.spf.value->domain);
    const bool dkim = std::ranges::any_of(
        facts.dkim, [&](const auto& one) { return one.result == dkim::Result::pass && is_aligned(one.domain); });
    dmarc::Evaluation found =
        evaluation(spf || dkim ? dmarc::Result::pass : dmarc::Result::fail, author, *records->policy);
    found.org_domain = organization;
    found.spf_aligned = spf;
    found.dkim_aligned = dkim;
    if ((mail.trouble == Trouble::spf || mail.trouble == Trouble::dkim) && !spf && !dkim) {
        found.result = dmarc::Result::temperror;
        found.code = dmarc::Code::identifier_error;
        found.disposition.reset();
    }
    return found;
}

arc::Outcome check_arc(const Mail& mail) {
    if (mail.seals.empty()) return {};
    std::vector<std::string> sealers;
    for (const Seal& seal : mail.seals) sealers.push_back(seal.sealer);
    arc::Outcome outcome = chain(arc::Status::pass, sealers);
    for (std::size_t i = 0; i < mail.seals.size(); ++i) {
        const Seal& seal = mail.seals[i];
        const bool pass = !seal.saw_pass_of.empty();
        const std::string author = pass ? seal.saw_pass_of : mail.from.domain;
        outcome.instances[i].results = authres::Field{
            "mx." + seal.sealer, "", {{"dmarc", "", pass ? "pass" : "fail", "", "", {{"header", "from", author}}}}};
    }
    return outcome;
}

} // namespace

const std::array<KindRow, kinds>& kind_rows() { return table; }

verdict::Facts receive(const Mail& mail, const Zone& zone, const dns::PublicSuffixList& suffixes) {
    verdict::Facts facts = inbound(mail.from.domain, mail.client.address.text());
    facts.now = mail.at;
    facts.envelope.helo = mail.client.name;
    facts.envelope.mail_from = mail.mail_from;
    facts.envelope.recipients = mail.recipients;
    facts.author.mailboxes = {mail.from};
    facts.letter = mail.letter;
    facts.spf = {check_spf(mail, zone), {}};
    facts.iprev = {check_reverse(mail), {}};
    facts.dkim = check_dkim(mail);
    facts.arc.value = check_arc(mail);
    facts.dmarc = {check_dmarc(facts, mail, zone, suffixes), {}};
    return facts;
}

const verdict::AuthorHosts& author_hosts(const Zone& zone, const std::string& domain) {
    static const verdict::AuthorHosts none;
    const Records* const records = find(zone, domain);
    return records == nullptr ? none : records->hosts;
}

} // namespace bonafide::year
