// Facts for tests: a message of the named author, built up field by field.
#pragma once

#include "dns/name.hpp"
#include "verdict/facts.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bonafide::verdict::testing_facts {

inline Facts inbound(std::string author, std::string_view client = "192.0.2.10") {
    Facts facts;
    facts.envelope.client = ip::Address::parse(client);
    facts.envelope.helo = "mail.example";
    facts.envelope.mail_from = "a@b.example";
    facts.now = 1795255200;
    facts.author.cause = mail::FromCause::ok;
    facts.author.domain = std::move(author);
    facts.author.domains = {facts.author.domain};
    facts.spf.unavailable = "not part of this test";
    facts.iprev.unavailable = "not part of this test";
    facts.arc.value.emplace();
    facts.dmarc.unavailable = "not part of this test";
    return facts;
}

/// What a sealer says it found, and the text that says so.
inline void set_results(arc::Instance& instance, authres::Field results) {
    instance.results_text = ' ' + authres::write(results);
    instance.results = std::move(results);
}

/// A chain of sets sealed by these domains, oldest first.
inline arc::Outcome chain(arc::Status result, const std::vector<std::string>& sealers, unsigned oldest_pass = 0) {
    arc::Outcome outcome;
    outcome.result = result;
    outcome.code = result == arc::Status::pass ? arc::Code::ok : arc::Code::seal_broken;
    if (result == arc::Status::fail) outcome.reason = "the seal of instance 1 is broken";
    outcome.oldest_pass = oldest_pass;
    for (const std::string& sealer : sealers) {
        arc::Instance& instance = outcome.instances.emplace_back();
        instance.number = ++outcome.highest;
        instance.cv = instance.number == 1 ? arc::Status::none : arc::Status::pass;
        instance.seal.domain = instance.message.domain = sealer;
        instance.seal.check = instance.message.check = arc::Check::pass;
        instance.signs_from = true;
        set_results(instance, {"mx.example", "", {{"spf", "", "pass", "", "", {}}}});
    }
    return outcome;
}

inline spf::Outcome spf_outcome(spf::Result result, std::string domain, spf::Code code = spf::Code::matched) {
    spf::Outcome outcome;
    outcome.result = result;
    outcome.domain = std::move(domain);
    outcome.cause.code = code;
    outcome.cause.text = "the reason";
    return outcome;
}

inline dkim::SignatureResult signature(dkim::Result result, std::string domain, dkim::Code code = dkim::Code::ok) {
    dkim::SignatureResult entry;
    entry.result = result;
    entry.code = code;
    entry.domain = std::move(domain);
    entry.identity = "@" + entry.domain;
    entry.selector = "s1";
    entry.algorithm = "rsa-sha256";
    entry.canonicalization = "relaxed/relaxed";
    entry.signature_start = "nmblp3rT";
    entry.key_bits = 2048;
    return entry;
}

/// A verdict with a policy record at the author's own name.
inline dmarc::Evaluation evaluation(dmarc::Result result, std::string author,
                                    dmarc::Policy policy = dmarc::Policy::reject) {
    dmarc::Evaluation e;
    e.result = result;
    e.author_domain = e.policy_domain = e.org_domain = std::move(author);
    e.policy = policy;
    e.record = dmarc::Record{};
    e.record->p = policy;
    e.record->text = "v=DMARC1; p=" + std::string(to_text(policy));
    e.code = result == dmarc::Result::pass ? dmarc::Code::aligned : dmarc::Code::not_aligned;
    e.disposition = result == dmarc::Result::pass ? dmarc::Policy::none : policy;
    e.reason = "the DMARC reason";
    return e;
}

inline dmarc::Evaluation without_policy(dmarc::Result result, std::string author, dmarc::Code code) {
    dmarc::Evaluation e;
    e.result = result;
    e.code = code;
    e.author_domain = e.org_domain = std::move(author);
    e.reason = "the DMARC reason";
    return e;
}

inline iprev::Outcome iprev_pass(std::string_view client, std::string name) {
    iprev::Outcome outcome;
    outcome.result = iprev::Result::pass;
    outcome.client = *ip::Address::parse(client);
    outcome.name = std::move(name);
    outcome.names = {outcome.name};
    outcome.reason = "confirmed";
    return outcome;
}

/// A spoofed author: SPF passes for the attacker's own domain only.
inline Facts spoof() {
    Facts facts = inbound("woodgrovebank.com");
    facts.envelope.helo = "woodgrovebank.com";
    facts.envelope.mail_from = "dubious@proseware.com";
    facts.spf = {spf_outcome(spf::Result::pass, "proseware.com"), {}};
    facts.dmarc = {evaluation(dmarc::Result::fail, "woodgrovebank.com"), {}};
    facts.iprev = {iprev_pass("192.0.2.10", "mail.proseware.com"), {}};
    return facts;
}

} // namespace bonafide::verdict::testing_facts
