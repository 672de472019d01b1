// What somebody could do about a verdict: the sender's owner, the receiver, or nobody.
#include "verdict/wording.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace bonafide::verdict {
namespace {

using Lines = std::vector<std::string>;

std::string author_of(const Facts& facts) { return shown(facts.author.domain); }

/// A broken signature of the author's own organization; null when there is none.
const dkim::SignatureResult* own_broken_signature(const Facts& facts) {
    const auto broken = std::find_if(facts.dkim.begin(), facts.dkim.end(), [&](const dkim::SignatureResult& signature) {
        return signature.result != dkim::Result::pass && is_related(facts, signature.domain);
    });
    return broken == facts.dkim.end() ? nullptr : &*broken;
}

std::string mend_signature(const dkim::SignatureResult& signature) {
    const std::string signer = shown(signature.domain);
    using enum dkim::Code;
    switch (signature.code) {
    case body_hash_mismatch:
        return "A mailing list, gateway or scanner on the way changed the text. The sender can do nothing; the list "
               "should leave the body "
               "as it is or put its own address into From.";
    case bad_signature:
        return fmt::format(
            "Either a server on the way changed a signed header field, or somebody copied the signature of {}.",
            signer);
    case no_key:
    case bad_key:
    case key_revoked:
        return fmt::format(
            "The owner of {} should publish the key at {}._domainkey.{} or sign with a key that is published.", signer,
            shown(signature.selector), signer);
    case key_unavailable: return fmt::format("Ask again later, or check the DNS servers of {}.", signer);
    case expired: return "The mail took too long on its way: the signature was valid when it was sent.";
    case weak_algorithm:
    case key_too_small:
        return fmt::format("The owner of {} should sign with rsa-sha256 and a key of 2048 bits.", signer);
    default: break;
    }
    return fmt::format("The owner of {} should mend the signature ({}).", signer, to_text(signature.code));
}

Lines after_fail(const Facts& facts) {
    Lines lines;
    const std::string author = author_of(facts);
    const dkim::SignatureResult* broken = own_broken_signature(facts);
    if (broken != nullptr) lines.push_back(mend_signature(*broken));
    const bool stranger =
        facts.spf.value && facts.spf.value->result == spf::Result::pass && !is_related(facts, facts.spf.value->domain);
    if (broken == nullptr && stranger) {
        const std::string via = shown(facts.spf.value->domain);
        lines.push_back(fmt::format(
            "If {} really sends through {}: it should let {} sign with DKIM as {} or use a bounce address below {}.",
            author, via, via, author, author));
        lines.emplace_back("If not, the mail is a forgery; nothing is to be mended at the receiver.");
    } else if (broken == nullptr) {
        lines.push_back(fmt::format(
            "If {} is a server of {}: its owner should name it in the SPF record and sign its mail with DKIM.",
            sender_text(facts), author));
        lines.emplace_back("If the mail was forwarded, only a DKIM signature survives that.");
    }
    return lines;
}

Lines after_none(const Facts& facts, const dmarc::Evaluation& evaluation) {
    if (evaluation.code == dmarc::Code::unusable_record)
        return {fmt::format(
            "The owner of {} should correct the record at _dmarc.{}: p has to be none, quarantine or reject.",
            author_of(facts), shown(evaluation.policy_domain))};
    return {fmt::format("The owner of {} can publish a TXT record at _dmarc.{}: \"v=DMARC1; p=none; rua=mailto:...\" "
                        "changes nothing for "
                        "the mail and brings reports on who sends in its name.",
                        author_of(facts), author_of(facts))};
}

Lines after_dmarc(const Facts& facts, const dmarc::Evaluation& evaluation) {
    switch (evaluation.result) {
    case dmarc::Result::pass:
        if (facts.dkim.empty())
            return {fmt::format("{} should also sign with DKIM: SPF alone breaks when mail is forwarded.",
                                author_of(facts))};
        return {};
    case dmarc::Result::fail: return after_fail(facts);
    case dmarc::Result::none: return after_none(facts, evaluation);
    case dmarc::Result::temperror:
        return {"Ask again later: a failed DNS look-up says nothing for or against the mail."};
    case dmarc::Result::permerror: break;
    }
    if (is_unchecked(facts, "limit"))
        return {"Nothing is said against the mail: its header is larger than this server reads (limits.header_fields, "
                "limits.header_bytes)."};
    return {"The sender has to write one From field with addresses of one domain (RFC 5322 3.6.2)."};
}

} // namespace

std::vector<std::string> advice(const Facts& facts) {
    if (facts.direction != Direction::inbound || !facts.dmarc.value) return {};
    Lines lines = after_dmarc(facts, *facts.dmarc.value);
    if (facts.spf.value && facts.spf.value->result == spf::Result::permerror)
        lines.push_back(fmt::format("The owner of {} should correct the SPF record: {}.",
                                    shown(facts.spf.value->domain), facts.spf.value->cause.text));
    return lines;
}

} // namespace bonafide::verdict
