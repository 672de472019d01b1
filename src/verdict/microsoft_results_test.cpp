// The field as Microsoft 365 writes it: the scenarios of its article as golden lines, every comment and action, and what nobody can inject.
#include "authres/deployed.hpp"
#include "verdict/report.hpp"
#include "verdict/test_facts.hpp"

#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using namespace testing_facts;

Judgement judged(Compauth result, unsigned reason) {
    Judgement judgement;
    judgement.result = result;
    judgement.reason = reason;
    return judgement;
}
const Judgement implicit_fail = judged(Compauth::fail, 1);
const Judgement best_guess = judged(Compauth::pass, 109);

/// The field with its foldings undone as RFC 5322 2.2.3 says: CRLF goes, the space stays.
std::string unfolded(const std::string& value) {
    std::string text;
    for (const char c : value)
        if (c != '\r' && c != '\n') text += c;
    return text;
}

std::string stamped(const Facts& facts, const Judgement& judgement) {
    return unfolded(microsoft_results(facts, judgement));
}

Facts article(const std::string& author, const char* client, spf::Result spf, const std::string& mail_from) {
    Facts facts = inbound(author, client);
    facts.spf = {spf_outcome(spf, mail_from), {}};
    facts.dmarc = {without_policy(dmarc::Result::none, author, dmarc::Code::no_record), {}};
    return facts;
}

TEST(MicrosoftResults, TheScenariosOfTheArticle) {
    Facts one = article("contoso.com", "192.168.1.8", spf::Result::none, "maliciousdomain.com"); // 1 and 5
    one.dkim = {signature(dkim::Result::pass, "maliciousdomain.com")};
    EXPECT_EQ(stamped(one, implicit_fail),
              "spf=none (sender IP is 192.168.1.8) smtp.mailfrom=maliciousdomain.com; dkim=pass (signature was "
              "verified) header.d=maliciousdomain.com;dmarc=none action=none header.from=contoso.com;compauth=fail "
              "reason=001");
    EXPECT_EQ(stamped(article("fabrikam.com", "10.2.3.4", spf::Result::none, "fabrikam.com"), implicit_fail),
              "spf=none (sender IP is 10.2.3.4) smtp.mailfrom=fabrikam.com; dkim=none (message not signed) "
              "header.d=none;dmarc=none action=none header.from=fabrikam.com;compauth=fail reason=001");
    EXPECT_EQ(stamped(article("fabrikam.com", "10.2.3.4", spf::Result::pass, "fabrikam.com"), best_guess),
              "spf=pass (sender IP is 10.2.3.4) smtp.mailfrom=fabrikam.com; dkim=none (message not signed) "
              "header.d=none;dmarc=bestguesspass action=none header.from=fabrikam.com;compauth=pass reason=109");
    Facts four = article("fabrikam.com", "10.2.3.4", spf::Result::none, "fabrikam.com");
    four.dkim = {signature(dkim::Result::pass, "outbound.fabrikam.com")};
    EXPECT_EQ(stamped(four, best_guess),
              "spf=none (sender IP is 10.2.3.4) smtp.mailfrom=fabrikam.com; dkim=pass (signature was verified) "
              "header.d=outbound.fabrikam.com;dmarc=bestguesspass action=none header.from=fabrikam.com;compauth=pass "
              "reason=109");
}

TEST(MicrosoftResults, AnOrdinaryPass) {
    Facts facts = article("contoso.com", "192.168.0.1", spf::Result::pass, "contoso.com");
    facts.dkim = {signature(dkim::Result::pass, "contoso.com")};
    facts.dmarc = {evaluation(dmarc::Result::pass, "contoso.com"), {}};
    EXPECT_EQ(stamped(facts, judged(Compauth::pass, 100)),
              "spf=pass (sender IP is 192.168.0.1) smtp.mailfrom=contoso.com; dkim=pass (signature was verified) "
              "header.d=contoso.com;dmarc=pass action=none header.from=contoso.com;compauth=pass reason=100");
}

TEST(MicrosoftResults, FoldsOnlyBeforeSpacesAndReadsBack) {
    Facts facts = article("contoso.com", "192.168.0.1", spf::Result::pass, "contoso.com");
    facts.dkim = {signature(dkim::Result::fail, "contoso.com", dkim::Code::body_hash_mismatch)};
    EXPECT_EQ(microsoft_results(facts, best_guess),
              "spf=pass (sender IP is 192.168.0.1)\r\n"
              " smtp.mailfrom=contoso.com; dkim=fail (body hash did not verify)\r\n"
              " header.d=contoso.com;dmarc=bestguesspass action=none\r\n"
              " header.from=contoso.com;compauth=pass reason=109");
    const Expected<authres::Deployed> read = authres::parse_deployed(microsoft_results(facts, best_guess));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->field.results.size(), 4U);
    EXPECT_EQ(read->field.authserv_id, "");
    EXPECT_EQ(read->field.results[2].result, "bestguesspass");
    EXPECT_EQ(read->field.results[3].method, "compauth");
    EXPECT_EQ(read->field.results[3].reason, "109");
}

std::string dkim_of(const Facts& facts) {
    const std::string text = stamped(facts, implicit_fail);
    const std::size_t begin = text.find("dkim=");
    return begin == std::string::npos ? "" : text.substr(begin, text.find(';', begin) - begin);
}

TEST(MicrosoftResults, EverySignatureCode) {
    const std::vector<std::tuple<dkim::Result, dkim::Code, const char*>> rows{
        {dkim::Result::pass, dkim::Code::ok, "dkim=pass (signature was verified) header.d=a.example"},
        {dkim::Result::fail, dkim::Code::body_hash_mismatch, "dkim=fail (body hash did not verify) header.d=a.example"},
        {dkim::Result::fail, dkim::Code::bad_signature, "dkim=fail (signature did not verify) header.d=a.example"},
        {dkim::Result::permerror, dkim::Code::no_key, "dkim=fail (no key for signature) header.d=a.example"},
        {dkim::Result::permerror, dkim::Code::key_revoked, "dkim=fail (no key for signature) header.d=a.example"},
        {dkim::Result::temperror, dkim::Code::key_unavailable, "dkim=fail (no key for signature) header.d=a.example"},
        {dkim::Result::policy, dkim::Code::too_many_signatures,
         "dkim=fail (signature did not verify) header.d=a.example"},
    };
    for (const auto& [result, code, expected] : rows) {
        Facts facts = inbound("b.example");
        facts.dkim = {signature(result, "a.example", code)};
        EXPECT_EQ(dkim_of(facts), expected);
    }
}

TEST(MicrosoftResults, OfSeveralSignaturesTheOneThatCounts) {
    const dkim::SignatureResult list = signature(dkim::Result::pass, "list.example");
    const dkim::SignatureResult near = signature(dkim::Result::pass, "mail.contoso.co.uk");
    const dkim::SignatureResult own = signature(dkim::Result::pass, "contoso.co.uk");
    const dkim::SignatureResult broken = signature(dkim::Result::fail, "contoso.co.uk", dkim::Code::body_hash_mismatch);
    Facts facts = inbound("contoso.co.uk");
    const auto counting = [&](std::vector<dkim::SignatureResult> signatures) {
        facts.dkim = std::move(signatures);
        const std::string text = dkim_of(facts);
        return text.substr(text.rfind('=') + 1);
    };
    EXPECT_EQ(counting({list, near}), "mail.contoso.co.uk");
    EXPECT_EQ(counting({list, near, own}), "contoso.co.uk");
    EXPECT_EQ(counting({signature(dkim::Result::pass, "other.co.uk"), signature(dkim::Result::pass, "x.co.uk")}),
              "other.co.uk")
        << "of equals the topmost";
    EXPECT_EQ(counting({broken, list}), "list.example") << "what passes comes first";
    dkim::SignatureResult partial = own;
    partial.unsigned_bytes = 7;
    EXPECT_EQ(counting({partial, list}), "list.example") << "what DMARC may use comes first";
}

TEST(MicrosoftResults, PolicyAndAction) {
    const auto told = [](const dmarc::Evaluation& found, const Judgement& judgement) {
        Facts facts = inbound("contoso.com");
        facts.dmarc = {found, {}};
        const std::string text = stamped(facts, judgement);
        const std::size_t begin = text.find("dmarc=");
        return text.substr(begin, text.find(" header.from") - begin);
    };
    using enum dmarc::Result;
    EXPECT_EQ(told(evaluation(fail, "contoso.com", dmarc::Policy::reject), implicit_fail), "dmarc=fail action=oreject");
    EXPECT_EQ(told(evaluation(fail, "contoso.com", dmarc::Policy::quarantine), implicit_fail),
              "dmarc=fail action=none");
    EXPECT_EQ(told(evaluation(fail, "contoso.com", dmarc::Policy::none), implicit_fail), "dmarc=fail action=none");
    dmarc::Evaluation testing = evaluation(fail, "contoso.com", dmarc::Policy::reject); // t=y: one step less
    testing.disposition = dmarc::Policy::quarantine;
    EXPECT_EQ(told(testing, implicit_fail), "dmarc=fail action=none");
    EXPECT_EQ(told(without_policy(temperror, "contoso.com", dmarc::Code::dns_error), judged(Compauth::pass, 111)),
              "dmarc=none action=temperror");
    EXPECT_EQ(told(without_policy(permerror, "contoso.com", dmarc::Code::no_author), implicit_fail),
              "dmarc=none action=permerror");
    EXPECT_EQ(told(without_policy(none, "contoso.com", dmarc::Code::unusable_record), best_guess),
              "dmarc=none action=permerror")
        << "there is a record: nothing to guess";
    EXPECT_EQ(told(evaluation(pass, "contoso.com"), best_guess), "dmarc=pass action=none");
}

TEST(MicrosoftResults, NamesOnlyWhatIsKnown) {
    Facts facts = inbound("contoso.com");
    facts.envelope.client.reset();
    facts.spf = {spf_outcome(spf::Result::permerror, "mail.contoso.com", spf::Code::syntax), {}};
    facts.spf.value->identity = spf::Identity::helo;
    facts.unchecked = {"limit"};
    EXPECT_EQ(stamped(facts, judged(Compauth::none, 305)),
              "spf=permerror smtp.helo=mail.contoso.com;compauth=none reason=305")
        << "neither a client, signatures nor DMARC that were not looked at";
    facts.spf = {std::nullopt, "the client is not known"};
    EXPECT_EQ(stamped(facts, judged(Compauth::none, 305)), "compauth=none reason=305");
}

TEST(MicrosoftResults, NobodyInjectsAResult) {
    for (const std::string evil :
         {"a.example;compauth=pass reason=100", "a.example; x", "a example", "a\r\nX-Evil: yes", "a(b", "\"a\"",
          "a.example\xc3\xa9", "-a.example", "a..example", "[192.0.2.1]", "a=b", ""}) {
        Facts facts = inbound(evil);
        facts.spf = {spf_outcome(spf::Result::pass, evil), {}};
        facts.dkim = {signature(dkim::Result::pass, evil)};
        facts.dmarc = {without_policy(dmarc::Result::none, evil, dmarc::Code::no_record), {}};
        EXPECT_EQ(stamped(facts, implicit_fail),
                  "spf=pass (sender IP is 192.0.2.10); dkim=pass (signature was verified);dmarc=none "
                  "action=none;compauth=fail reason=001")
            << evil;
    }
}

TEST(MicrosoftResults, NamesOfFullLengthStayWhole) { // and one byte more is no name
    const std::string label(61, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + label + ".tests";
    ASSERT_EQ(longest.size(), 253U);
    for (const auto& [name, expected] : {std::pair(longest, true), std::pair("b" + longest, false)}) {
        Facts facts = inbound("contoso.com");
        facts.spf = {spf_outcome(spf::Result::pass, name), {}};
        EXPECT_EQ(stamped(facts, implicit_fail).find(" smtp.mailfrom=" + name + ";") != std::string::npos, expected);
    }
}

} // namespace
} // namespace bonafide::verdict
