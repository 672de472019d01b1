// Header fields, JSON and explanation of a verdict.
#include "base/escape.hpp"
#include "verdict/dnssec.hpp"
#include "verdict/json_text.hpp"
#include "verdict/report.hpp"
#include "verdict/test_facts.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace bonafide::verdict {
namespace {

using namespace testing_facts;
namespace json = boost::json;

/// The written field with its foldings undone, for comparing.
std::string one_line(const Facts& facts) {
    std::string text;
    for (const char c : authres::write(authentication_results(facts, "mx.example.org"))) {
        if (c == '\r' || c == '\n') continue;
        if (c == '\t' || c == ' ') {
            if (!text.ends_with(' ')) text += ' ';
        } else {
            text += c;
        }
    }
    return text;
}

TEST(AuthenticationResults, Spoof) {
    EXPECT_EQ(one_line(spoof()),
              "mx.example.org; spf=pass (sender IP is 192.0.2.10) smtp.mailfrom=proseware.com; "
              "dkim=none (message not signed); dmarc=fail header.from=woodgrovebank.com policy.dmarc=reject; "
              "iprev=pass (mail.proseware.com) policy.iprev=192.0.2.10");
}

TEST(AuthenticationResults, EachSignatureHasItsEntry) { // RFC 8601 2.7.1, RFC 6008
    Facts facts = inbound("example.com");
    facts.dkim = {signature(dkim::Result::pass, "example.com"),
                  signature(dkim::Result::fail, "list.example", dkim::Code::body_hash_mismatch)};
    facts.dkim[0].testing = true;
    facts.dkim[1].reason = "the body hash does not match";
    facts.dkim[1].key_bits = 0;
    facts.dkim[1].identity = "jane doe@list.example";
    const authres::Field field = authentication_results(facts, "mx.example.org");
    ASSERT_EQ(field.results.size(), 2u);
    EXPECT_EQ(field.results[0].comment, "2048-bit key, test mode");
    EXPECT_EQ(field.results[0].reason, "");
    EXPECT_EQ(field.results[0].properties, (std::vector<authres::Property>{{"header", "d", "example.com"},
                                                                           {"header", "i", "@example.com"},
                                                                           {"header", "s", "s1"},
                                                                           {"header", "a", "rsa-sha256"},
                                                                           {"header", "b", "nmblp3rT"}}));
    EXPECT_EQ(field.results[1].result, "fail");
    EXPECT_EQ(field.results[1].reason, "the body hash does not match");
}

TEST(AuthenticationResults, HeloAndErrors) {
    Facts facts = inbound("example.com");
    facts.spf = {spf_outcome(spf::Result::permerror, "mail.example.com", spf::Code::syntax), {}};
    facts.spf.value->identity = spf::Identity::helo;
    facts.dmarc = {dmarc::without_author("no From field", dmarc::Discovery::treewalk), {}};
    const authres::Field field = authentication_results(facts, "mx.example.org");
    ASSERT_EQ(field.results.size(), 3u);
    EXPECT_EQ(field.results[0].reason, "the reason");
    EXPECT_EQ(field.results[0].properties, (std::vector<authres::Property>{{"smtp", "helo", "mail.example.com"}}));
    EXPECT_EQ(field.results[2].result, "permerror"); // M10: never silence
    EXPECT_EQ(field.results[2].reason, "no From field");
    EXPECT_TRUE(field.results[2].properties.empty());
}

TEST(AuthenticationResults, PolicyAfterTestMode) { // RFC 9989 9.1
    for (const auto& [policy, testing, expected] :
         {std::tuple{dmarc::Policy::reject, false, "reject"}, std::tuple{dmarc::Policy::reject, true, "quarantine"},
          std::tuple{dmarc::Policy::quarantine, true, "none"}, std::tuple{dmarc::Policy::none, true, "none"}}) {
        Facts facts = spoof();
        facts.dmarc.value->policy = policy;
        facts.dmarc.value->record->testing = testing;
        const authres::Field field = authentication_results(facts, "mx.example.org");
        EXPECT_EQ(field.results[2].properties.back(), (authres::Property{"policy", "dmarc", expected}));
    }
}

TEST(AuthenticationResults, OwnMailAndUncheckedMailClaimNothing) {
    Facts facts = spoof();
    facts.direction = Direction::submitted;
    EXPECT_EQ(one_line(facts), "mx.example.org; none");
    Facts failed = inbound("example.com");
    failed.unchecked = {"internal"};
    EXPECT_EQ(one_line(failed), "mx.example.org; none");
}

json::object parsed(const Facts& facts, const Judgement* judgement = nullptr) {
    return json::parse(to_json(facts, judgement, "mx.example.org", R"({"action":"accept"})")).as_object();
}

/// A message that nothing vouches for, as judge() could see it.
Judgement suspect() {
    Judgement judgement;
    judgement.result = Compauth::fail;
    judgement.reason = 1;
    judgement.why = "nothing vouches for woodgrovebank.com";
    judgement.evidence = {{"incomplete", 0, "some look-up failed"},
                          {"dmarc_absent", -2, "there is no policy"},
                          {"look_alike", -9, "it looks like woodgrove.example"},
                          {"network_reputation", 1.25, "earlier mail of 192.0.2.0/24 was mostly good"},
                          {"spf_weak_author", -2, "its owner doubts it"}};
    judgement.score = -11.75;
    judgement.suggestion = Suggestion::junk;
    judgement.indicators = {true, "proseware.com", true};
    return judgement;
}

TEST(Json, ContractKeys) {
    Facts facts = spoof();
    facts.dkim = {signature(dkim::Result::fail, "woodgrovebank.com", dkim::Code::bad_signature)};
    const json::object object = parsed(facts);
    for (const char* key :
         {"spf", "dkim", "arc", "dmarc", "iprev", "compauth", "decision", "authentication_results", "envelope", "dns"})
        EXPECT_TRUE(object.contains(key)) << key;
    for (const char* key :
         {"result", "explanation", "domain", "identity", "mechanism", "lookups", "void_lookups", "reason", "cause"})
        EXPECT_TRUE(object.at("spf").as_object().contains(key)) << key;
    for (const char* key : {"result", "domain", "selector", "algorithm", "reason", "identity", "key_bits", "header_b",
                            "testing", "unsigned_bytes"})
        EXPECT_TRUE(object.at("dkim").at(0).as_object().contains(key)) << key;
    for (const char* key :
         {"result", "policy", "policy_domain", "org_domain", "disposition", "spf_aligned", "dkim_aligned", "discovery"})
        EXPECT_TRUE(object.at("dmarc").as_object().contains(key)) << key;
    EXPECT_EQ(object.at("spf").at("result").as_string(), "pass");
    EXPECT_EQ(object.at("dmarc").at("disposition").as_string(), "reject");
    EXPECT_EQ(object.at("decision").at("action").as_string(), "accept");
    EXPECT_EQ(object.at("envelope").at("source").as_string(), "given");
}

TEST(Json, WithoutAJudgementCompauthIsNullWithAReason) {
    Facts facts = spoof();
    const json::object off = parsed(facts).at("compauth").as_object();
    EXPECT_TRUE(off.at("result").is_null());
    EXPECT_TRUE(off.at("reason").is_null());
    EXPECT_TRUE(off.at("evidence").as_array().empty());
    EXPECT_EQ(off.at("unavailable").as_string(), "composite authentication is switched off");
    facts.direction = Direction::submitted;
    EXPECT_EQ(parsed(facts).at("compauth").at("unavailable").as_string(), "submitted mail is not judged");
}

TEST(Json, AJudgementInFull) {
    Judgement judgement = suspect();
    judgement.evidence.erase(judgement.evidence.begin() + 2, judgement.evidence.begin() + 3);
    EXPECT_EQ(json::parse(to_json(judgement)), json::parse(R"({
        "result": "fail", "reason": "001", "why": "nothing vouches for woodgrovebank.com",
        "evidence": [{"signal": "incomplete", "points": 0, "text": "some look-up failed"},
                     {"signal": "dmarc_absent", "points": -2, "text": "there is no policy"},
                     {"signal": "network_reputation", "points": 1.25,
                      "text": "earlier mail of 192.0.2.0/24 was mostly good"},
                     {"signal": "spf_weak_author", "points": -2, "text": "its owner doubts it"}],
        "score": -11.75, "suggestion": "junk",
        "indicators": {"unverified": true, "via": "proseware.com", "first_contact": true}})"));
    EXPECT_EQ(parsed(spoof(), &judgement).at("compauth"), json::parse(to_json(judgement)));
    EXPECT_TRUE(json::parse(to_json(Judgement())).at("indicators").at("via").is_null());
}

TEST(Json, TheLetter) {
    Facts facts = spoof();
    EXPECT_EQ(parsed(facts).at("letter"),
              json::parse(R"({"message_id": null, "reply_to": [], "list_id": null, "subject": null,
                              "delivery_report": false, "returned_ids": []})"));
    facts.letter.message_id = "1@b.example";
    facts.letter.reply_to = {{"The Boss", "me", "else.example"}};
    facts.letter.list_id = "news.b.example";
    facts.letter.subject = std::string(Letter::most_bytes, 's') + "past it";
    const json::value letter = parsed(facts).at("letter");
    EXPECT_EQ(letter.at("message_id").as_string(), "1@b.example");
    EXPECT_EQ(letter.at("reply_to"), json::parse(R"(["me@else.example"])"));
    EXPECT_EQ(letter.at("list_id").as_string(), "news.b.example");
    EXPECT_EQ(letter.at("subject").as_string(), std::string(Letter::most_bytes, 's') + "...");
}

TEST(Json, HistoryInRawCounts) {
    History history;
    EXPECT_EQ(to_json(history), "null") << "no ledger";
    history.known = true;
    EXPECT_EQ(to_json(history), "[]");
    history.pasts = {{{PastKind::pair, "contoso.com", "ptr:outlook.com"}, {{20000, 1, 2, 3, 4, 5, 6}, {20001, 7}}},
                     {{PastKind::author, "contoso.com\xff", ""}, {}}};
    EXPECT_EQ(json::parse(to_json(history)), json::parse(R"([
        {"kind": "pair", "of": "contoso.com", "with": "ptr:outlook.com",
         "days": [[20000, 1, 2, 3, 4, 5, 6], [20001, 7, 0, 0, 0, 0, 0]]},
        {"kind": "author", "of": "contoso.com\uFFFD", "of_bytes": "contoso.com\u00FF", "with": null, "days": []}])"));
}

TEST(CompauthResults, AFieldOfItsOwnThatReadsBack) { // RFC 8601 2.2
    Judgement judgement = suspect();
    const std::string value = authres::write(compauth_results(spoof(), judgement, "mx.example.org"));
    EXPECT_EQ(value, "mx.example.org;\r\n"
                     "\tcompauth=fail (nothing vouches for woodgrovebank.com) reason=001\r\n"
                     "\theader.from=woodgrovebank.com");
    const Expected<authres::Field> read = authres::parse(value);
    ASSERT_TRUE(read);
    authres::Field expected = compauth_results(spoof(), judgement, "mx.example.org");
    expected.results[0].comment.clear();
    EXPECT_EQ(*read, expected);
    EXPECT_EQ(read->results[0].reason, "001");
}

TEST(CompauthResults, HostileNamesStayValues) {
    Judgement judgement = suspect();
    judgement.why = "a) compauth=pass (reason=100 \x5c";
    for (const std::string& author : {std::string("x; compauth=pass"), std::string("a\"b"), std::string()}) {
        Facts facts = spoof();
        facts.author.domain = author;
        const Expected<authres::Field> read = authres::parse(authres::write(compauth_results(facts, judgement, "mx")));
        ASSERT_TRUE(read) << author;
        ASSERT_EQ(read->results.size(), 1U) << author;
        EXPECT_EQ(read->results[0].result, "fail") << author;
        EXPECT_EQ(read->results[0].reason, "001") << author;
        ASSERT_EQ(read->results[0].properties.size(), author.empty() ? 0U : 1U);
        if (!author.empty()) {
            EXPECT_EQ(read->results[0].properties[0].value, author);
        }
    }
    Facts facts = spoof();
    facts.author.domain = std::string(escape::most_name_bytes, 'x');
    EXPECT_EQ(compauth_results(facts, judgement, "mx").results[0].properties.size(), 1U);
    facts.author.domain += 'x'; // nobody's name
    EXPECT_TRUE(compauth_results(facts, judgement, "mx").results[0].properties.empty());
}

TEST(Indicators, ForClientsAndSieve) {
    Judgement judgement = suspect();
    EXPECT_EQ(sender_indicators(judgement), "unverified, via=proseware.com, first-contact");
    EXPECT_EQ(suggestion_text(judgement), "junk; score=-11.8; reason=001");
    judgement.indicators = {false, "a.example, first-contact", false};
    EXPECT_EQ(sender_indicators(judgement), "") << "what is no host name is not shown";
    judgement.indicators = {false, "A.example", false};
    EXPECT_EQ(sender_indicators(judgement), "via=a.example");
    judgement.score = -0.01;
    judgement.suggestion = Suggestion::deliver;
    EXPECT_EQ(suggestion_text(judgement), "deliver; score=0.0; reason=001");
    EXPECT_EQ(sender_indicators(Judgement()), "");
}

TEST(Explanation, TheJudgementByWeight) {
    const Judgement judgement = suspect();
    const std::string text = explanation(spoof(), &judgement, "mx");
    EXPECT_NE(text.find("\n\ncompauth fail 001: nothing vouches for woodgrovebank.com\n"
                        "   -9.0  look_alike           it looks like woodgrove.example\n"
                        "   -2.0  dmarc_absent         there is no policy\n"
                        "   -2.0  spf_weak_author      its owner doubts it\n"
                        "   +1.2  network_reputation   earlier mail of 192.0.2.0/24 was mostly good\n"
                        "      0  incomplete           some look-up failed\n"
                        "  score -11.8, suggestion: junk\n"
                        "  shown beside the author: unverified, via=proseware.com, first-contact\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(explanation(spoof(), nullptr, "mx").find("\ncompauth"), std::string::npos);
}

TEST(Json, Arc) {
    Facts facts = spoof();
    const json::object without = parsed(facts);
    EXPECT_EQ(without.at("arc").at("result").as_string(), "none");
    EXPECT_TRUE(without.at("arc").at("oldest_pass").is_null()) << "0 would say that all message signatures verify";
    EXPECT_TRUE(without.at("arc").at("instances").as_array().empty());
    facts.arc.value = chain(arc::Status::pass, {"list.example", "mx.example"}, 2);
    const json::value sealed = parsed(facts).at("arc");
    EXPECT_EQ(sealed.at("result").as_string(), "pass");
    EXPECT_EQ(sealed.at("oldest_pass").as_int64(), 2);
    ASSERT_EQ(sealed.at("instances").as_array().size(), 2);
    const json::value& first = sealed.at("instances").as_array()[0];
    EXPECT_EQ(first.at("instance").as_int64(), 1);
    EXPECT_EQ(first.at("cv").as_string(), "none");
    EXPECT_EQ(first.at("seal").at("domain").as_string(), "list.example");
    EXPECT_EQ(first.at("authserv_id").as_string(), "mx.example");
    facts.arc = {std::nullopt, "not checked: submitted mail"};
    EXPECT_TRUE(parsed(facts).at("arc").at("result").is_null());
}

TEST(Header, ArcOnlyWhereTheMessageIsSealed) { // RFC 8617 10.1, 10.2
    Facts facts = spoof();
    EXPECT_EQ(authres::write(authentication_results(facts, "mx")).find("\tarc="), std::string::npos);
    facts.arc.value = chain(arc::Status::pass, {"list.example"});
    const std::string pass = authres::write(authentication_results(facts, "mx"));
    EXPECT_NE(pass.find("\tarc=pass smtp.remote-ip="), std::string::npos) << pass;
    EXPECT_NE(pass.find("header.oldest-pass=0"), std::string::npos) << pass;
    facts.arc.value = chain(arc::Status::fail, {"list.example"});
    const std::string fail = authres::write(authentication_results(facts, "mx"));
    EXPECT_NE(fail.find("\tarc=fail (the seal of instance 1 is broken)"), std::string::npos) << fail;
    EXPECT_EQ(fail.find("oldest-pass"), std::string::npos) << fail;
}

TEST(Explanation, ArcTellsWhoSealedAndWhatWasChanged) {
    Facts facts = spoof();
    EXPECT_EQ(explanation(facts, nullptr, "mx").find("\nARC "), std::string::npos);
    facts.arc.value = chain(arc::Status::pass, {"list.example", "mx.example"}, 2);
    EXPECT_NE(explanation(facts, nullptr, "mx").find("sealed by list.example, then mx.example; changed on the way"),
              std::string::npos);
}

TEST(Json, WhatWasNotEvaluatedIsNullWithAReason) {
    Facts facts = inbound("example.com");
    facts.spf.unavailable = "the client's address is not known";
    const json::object object = parsed(facts);
    EXPECT_TRUE(object.at("spf").at("result").is_null());
    EXPECT_EQ(object.at("spf").at("reason").as_string(), "the client's address is not known");
    EXPECT_TRUE(object.at("dkim").as_array().empty());
}

TEST(Json, StandaloneObjects) {
    const json::object spf =
        json::parse(to_json(spf_outcome(spf::Result::neutral, "example.com", spf::Code::no_match))).as_object();
    EXPECT_EQ(spf.at("identity").as_string(), "mailfrom");
    EXPECT_TRUE(spf.at("mechanism").is_null());
    const json::object dmarc =
        json::parse(to_json(without_policy(dmarc::Result::none, "example.com", dmarc::Code::no_record))).as_object();
    EXPECT_TRUE(dmarc.at("policy").is_null());
    EXPECT_TRUE(dmarc.at("disposition").is_null());
    EXPECT_EQ(dmarc.at("org_domain").as_string(), "example.com");
    EXPECT_EQ(dmarc.at("discovery").as_string(), "treewalk");
}

TEST(Json, TranscriptIsToldInFull) {
    Facts facts = spoof();
    auto answer = std::make_shared<dns::AnswerData>();
    answer->status = dns::Status::ok;
    answer->ttl = 60;
    answer->mx = {{10, "mx.example.com"}};
    facts.transcript.record({"example.com", dns::Type::mx, "SPF mx", {}, true, true}, answer);
    const json::array questions = parsed(facts).at("dns").as_array();
    EXPECT_EQ(
        json::serialize(questions),
        R"([{"name":"example.com","type":"MX","why":"SPF mx","status":"NOERROR","ttl":60,"dnssec":"indeterminate",)"
        R"("records":[[10,"mx.example.com"]]}])");
}

TEST(Json, HugeNamesAreCut) {
    const std::string huge(1U << 20, 'x');
    const std::string from = " a@" + huge;
    const std::string_view field = from;
    Facts facts = inbound("");
    facts.author = mail::find_author({&field, 1});
    ASSERT_EQ(facts.author.cause, mail::FromCause::not_a_domain);
    facts.envelope.helo = facts.envelope.client_name = huge;
    facts.envelope.mail_from = huge + "@b.example";
    facts.envelope.recipients = {huge};
    facts.spf = {spf_outcome(spf::Result::none, huge, spf::Code::bad_domain), {}};
    facts.dkim = {signature(dkim::Result::permerror, huge, dkim::Code::bad_syntax)};
    facts.dkim[0].selector = facts.dkim[0].identity = facts.dkim[0].algorithm = huge;
    facts.dmarc = {dmarc::without_author(facts.author.detail, dmarc::Discovery::treewalk), {}};
    EXPECT_LT(to_json(facts, nullptr, "mx.example.org", "{}").size(), 8000U);
    EXPECT_LT(sentence(facts).size(), 400U);
    EXPECT_LT(explanation(facts, nullptr, "mx.example.org").size(), 4000U);
    EXPECT_LT(one_line(facts).size(), 1000U);
    const json::object object = parsed(facts);
    const std::string cut = std::string(320, 'x') + "...";
    EXPECT_EQ(object.at("author").at("domains").at(0).as_string(), cut);
    EXPECT_EQ(object.at("envelope").at("helo").as_string(), cut);
    EXPECT_EQ(object.at("envelope").at("mail_from").as_string(), cut);
    EXPECT_EQ(object.at("dkim").at(0).at("selector").as_string(), cut);
}

TEST(Json, ADefectOfFromIsTold) {
    const std::string_view field = "Foo, Bar <a@b.example>";
    Facts facts = inbound("b.example");
    EXPECT_TRUE(parsed(facts).at("author").at("defect").is_null());
    facts.author = mail::find_author({&field, 1});
    const json::object object = parsed(facts);
    EXPECT_EQ(object.at("author").at("cause").as_string(), "ok");
    EXPECT_EQ(object.at("author").at("defect").as_string(), "words without an address, at byte 0 of the From field");
    EXPECT_TRUE(sentence(facts).ends_with(" Its From field is malformed (words without an address, at byte 0 of the "
                                          "From field); the one address in it was taken."));
}

TEST(Json, AnyBytesBecomeValidUtf8) {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"plain", "plain"},
        {"b\xc3\xbc"
         "cher",
         "b\xc3\xbc"
         "cher"},
        {"\xff", "\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"},                                 // cut short
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 // overlong
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, // surrogate
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, // past U+10FFFF
    };
    for (const auto& [bytes, expected] : rows) EXPECT_EQ(utf8(bytes), expected);
    Facts facts = spoof();
    facts.spf.value->explanation = "see \xff\x01 \"me\"";
    facts.envelope.mail_from = std::string("nul\0@x", 6);
    boost::system::error_code failed;
    const json::value value = json::parse(to_json(facts, nullptr, "mx.example.org", "not json"), failed);
    ASSERT_FALSE(failed);
    EXPECT_TRUE(value.at("decision").is_null());
    EXPECT_EQ(value.at("spf").at("explanation").as_string(), "see \xef\xbf\xbd\x01 \"me\"");
}

TEST(Dnssec, TheWeakestAnswerOfAMethodCounts) {
    Facts facts = spoof();
    facts.spf.value = spf_outcome(spf::Result::pass, "a.example");
    const auto ask = [&](std::string_view why, dns::Dnssec state) {
        facts.transcript.record({"a.example", dns::Type::txt, why, {}, true, true},
                                dns::make_answer(dns::Status::ok, 1, state));
    };
    const auto stamp = [&] { return authres::write(authentication_results(facts, "mx")); };
    EXPECT_FALSE(dnssec_of(facts.transcript, Method::spf));
    EXPECT_TRUE(parsed(facts).at("spf").at("dnssec").is_null());
    ask("SPF record", dns::Dnssec::secure);
    ask("SPF explanation", dns::Dnssec::insecure); // decides nothing
    EXPECT_EQ(parsed(facts).at("spf").at("dnssec").as_string(), "secure");
    EXPECT_NE(stamp().find("spf=pass (sender IP is 192.0.2.10, DNSSEC)"), std::string::npos) << stamp();
    ask("SPF include", dns::Dnssec::insecure);
    EXPECT_EQ(dnssec_of(facts.transcript, Method::spf), dns::Dnssec::insecure);
    EXPECT_EQ(stamp().find("DNSSEC"), std::string::npos) << stamp();
    ask("SPF mx", dns::Dnssec::bogus);
    EXPECT_EQ(dnssec_of(facts.transcript, Method::spf), dns::Dnssec::bogus);
    ask("DMARC record", dns::Dnssec::indeterminate);
    EXPECT_EQ(dnssec_of(facts.transcript, Method::dmarc), dns::Dnssec::indeterminate);
    ask("address of the reverse DNS name (iprev)", dns::Dnssec::secure);
    EXPECT_EQ(dnssec_of(facts.transcript, Method::iprev), dns::Dnssec::secure);
}

} // namespace
} // namespace bonafide::verdict
