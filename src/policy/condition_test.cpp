#include "policy/condition.hpp"
#include "policy/test_subject.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using testing_subject::Situation;

Sets sets() {
    auto partners = std::make_shared<ValueSet>();
    for (const char* entry : {"192.0.2.0/24", "contoso.com", ".fabrikam.com", "ann@x.example"})
        EXPECT_TRUE(partners->add(entry));
    return {{"partners", partners}};
}

std::string test(std::string_view condition, const Situation& situation = {}) {
    const auto read = Condition::parse(condition, sets());
    return read ? std::string(to_text(read->test(situation.subject()))) : read.error().text;
}

struct Row {
    const char* condition;
    const char* truth;
};

TEST(Condition, Operations) {
    for (const Row& row : {
             Row{"spf.result is fail", "yes"},
             {"spf.result is FAIL", "yes"},
             {"spf.result is not fail", "no"},
             {"spf.result in [softfail, fail]", "yes"},
             {"spf.result not in [softfail, fail]", "no"},
             {"spf.result is in [softfail, fail]", "yes"},
             {"spf.result is not in [softfail, fail]", "no"},
             {"client is 192.0.2.10", "yes"},
             {"client is 192.0.2.0/24", "yes"},
             {"client in [198.51.100.0/24, 192.0.2.0/28]", "yes"},
             {"client in @partners", "yes"},
             {"from in @partners", "yes"},
             {"mail_from in [contoso.com]", "yes"},
             {"mail_from is bounce@contoso.com", "yes"},
             {"mail_from is \"\"", "no"},
             {"mail_from contains \"BOUNCE\"", "yes"},
             {"mail_from matches '^bounce[+-]?.*@'", "yes"},
             {"mail_from not matches '^bounce'", "no"},
             {"helo in [.contoso.com]", "yes"},
             {"helo in [contoso.com]", "no"},
             {"helo is mx.contoso.com", "yes"},
             {"from.name contains green", "yes"},
             {"compauth.reason is 001", "yes"},
             {"compauth.reason in [000, 001]", "yes"},
             {"score < -5", "yes"},
             {"score less -8", "no"},
             {"score > -8 and score greater -10", "yes"},
             {"first_contact", "yes"},
             {"not first_contact", "no"},
             {"first_contact is no", "no"},
             {"evidence contains first", "yes"},
             {"all recipient in [ours.example]", "yes"},
             {"all recipient is rita@ours.example", "no"},
             {"recipient is rita@ours.example", "yes"},
             {"any recipient is ron@ours.example", "yes"},
             {"dkim.pass in [contoso.com]", "no"},
             {"dkim.result is none", "yes"},
             {"dmarc.disposition is reject", "yes"},
             {"size > 1000", "yes"},
             {"spf.available is not-available", "no"},
         })
        EXPECT_EQ(test(row.condition), row.truth) << row.condition;
}

TEST(Condition, AndOrNotAsEverywhere) {
    EXPECT_EQ(test("spf.result is pass or spf.result is fail and first_contact"), "yes");
    EXPECT_EQ(test("(spf.result is pass or spf.result is fail) and not first_contact"), "no");
    EXPECT_EQ(test("not (spf.result is pass or unverified)"), "yes");
    EXPECT_EQ(test("not not first_contact"), "yes");
}

TEST(Condition, WhatNobodyKnowsFiresNothing) {
    Situation s;
    s.facts.spf = {std::nullopt, "switched off"};
    for (const char* condition : {"spf.result is fail", "spf.result is not fail", "not spf.result is fail",
                                  "spf.result is fail and first_contact", "spf.result is fail or unverified"})
        EXPECT_EQ(test(condition, s), "unknown") << condition;
    EXPECT_EQ(test("spf.result is fail and unverified", s), "no") << "whatever SPF says";
    EXPECT_EQ(test("spf.result is fail or first_contact", s), "yes");
    EXPECT_EQ(test("spf.result is known", s), "no");
    EXPECT_EQ(test("spf.result is unknown", s), "yes");
    EXPECT_EQ(test("spf.result is not known", s), "yes");
    EXPECT_EQ(test("spf.available is not-available", s), "yes");
    s.level = Level::mail;
    EXPECT_EQ(test("dmarc.result is fail", s), "unknown") << "not known yet";
}

TEST(Condition, ADnsListWithoutAnswerMayHaveTheMessage) {
    Situation s;
    s.around.asked_dns_lists = true;
    s.around.dns_lists = {"zen"};
    s.around.no_answer = {"slow"};
    for (const Row& row : {Row{"dns_lists is zen", "yes"},
                           {"dns_lists is slow", "unknown"},
                           {"not dns_lists is slow", "unknown"},
                           {"dns_lists is not slow", "unknown"},
                           {"dns_lists is other", "no"},
                           {"not dns_lists is other", "yes"},
                           {"dns_lists is zen or dns_lists is slow", "yes"},
                           {"all dns_lists is zen", "unknown"}})
        EXPECT_EQ(test(row.condition, s), row.truth) << row.condition;
    s.around.no_answer.clear();
    EXPECT_EQ(test("not dns_lists is slow", s), "yes");
}

TEST(Condition, OneRecipientIsAskedAboutByItself) {
    Situation s;
    s.level = Level::rcpt;
    s.recipient = "Ron@Ours.example";
    EXPECT_EQ(test("recipient is ron@ours.example", s), "yes");
    EXPECT_EQ(test("recipient is rita@ours.example", s), "no");
}

TEST(Condition, NotIsOfEachValueWhereAQuantifierStands) {
    Situation s; // rita@ours.example and ron@ours.example
    EXPECT_EQ(test("recipient is not rita@ours.example", s), "no") << "she is among them";
    EXPECT_EQ(test("any recipient is not rita@ours.example", s), "yes") << "ron is not";
    EXPECT_EQ(test("all recipient is not rita@ours.example", s), "no");
    EXPECT_EQ(test("all recipient not in [theirs.example]", s), "yes") << "not one of them";
    EXPECT_EQ(test("any recipient not in [ours.example]", s), "no");
    EXPECT_EQ(test("all dkim.pass not in [contoso.com]", s), "no") << "of no value nothing holds";
    EXPECT_EQ(test("any dkim.pass not in [contoso.com]", s), "no");
    EXPECT_EQ(test("dkim.pass not in [contoso.com]", s), "yes") << "it is not among them";
}

TEST(Condition, AddressesWrittenAsTextsLieInNetworks) {
    Situation s;
    s.facts.envelope.helo = "192.0.2.77";
    EXPECT_EQ(test("helo is 192.0.2.77", s), "yes");
    EXPECT_EQ(test("helo in [192.0.2.0/24, x.example]", s), "yes");
    EXPECT_EQ(test("helo in @partners", s), "yes");
    EXPECT_EQ(test("helo in [198.51.100.0/24]", s), "no");
}

TEST(Condition, OneNameInAllItsForms) {
    Situation s;
    s.facts.envelope.client = ip::Address::parse("2001:db8::5");
    s.facts.envelope.helo = "MX.Contoso.COM.";
    s.facts.envelope.mail_from = "Ann@b\u00fccher.example";
    for (const char* condition :
         {"client is 2001:0DB8:0:0::5", "client in [\"2001:DB8:0::/48\"]", "helo is mx.CONTOSO.com",
          "helo is mx.contoso.com.", "helo in [.Contoso.com]", "mail_from is ANN@xn--bcher-kva.example",
          "mail_from is \"ann@b\u00fccher.example\"", "mail_from is \"ann@B\u00dcCHER.example\"",
          "mail_from in [xn--bcher-kva.EXAMPLE]", "mail_from.domain is \"b\u00fccher.example\"",
          "mail_from.domain is XN--BCHER-KVA.example", "from.domain is CONTOSO.com", "from is Chris@CONTOSO.com",
          "spf.result is FAIL"})
        EXPECT_EQ(test(condition, s), "yes") << condition;
    s.facts.envelope.mail_from = "ann@xn--bcher-kva.example";
    EXPECT_EQ(test("mail_from is \"ann@b\u00fccher.example\"", s), "yes");
}

TEST(Condition, NumbersInFull) {
    Situation s;
    s.around.size = 2000001;
    EXPECT_EQ(to_text(find_field("size")->read(s.subject())), "2000001");
    EXPECT_EQ(test("size in [2000001]", s), "yes");
    EXPECT_EQ(test("size in [2000000]", s), "no");
    EXPECT_EQ(to_text(Value(-7.5)), "-7.5");
}

TEST(Condition, TimesBefore1970) {
    Situation s;
    s.facts.now = -1;
    EXPECT_EQ(test("hour is 23 and weekday is wednesday", s), "yes");
}

TEST(Condition, HeaderFieldsOfAnyName) {
    Situation s;
    s.around.headers = {{"x-mailer", "PHPMailer 5"}, {"x-mailer", "other"}};
    EXPECT_EQ(test("header.X-Mailer contains phpmailer", s), "yes");
    EXPECT_EQ(test("all header.x-mailer contains phpmailer", s), "no");
    EXPECT_EQ(test("header.x-spam is yes", s), "no");
}

TEST(Condition, Errors) {
    for (const Row& row : {
             Row{"", "a field is expected, not \"the end\""},
             {"spf.resul is fail", "there is no field \"spf.resul\"; did you mean spf.result?"},
             {"spf.result is fial",
              "spf.result is never \"fial\" (did you mean fail?); it is one of none, neutral, pass, "
              "fail, softfail, temperror, permerror"},
             {"spf.result", "spf.result is followed by is, in, contains, matches, less or greater, not by \"the end\""},
             {"spf.result contians x", "spf.result is followed by is, in, contains, matches, less or greater, not by "
                                       "\"contians\"; did you mean contains?"},
             {"score is high", "a number is expected, not \"high\""},
             {"helo > 4", "helo is no number"},
             {"client is contoso.com", "\"contoso.com\" is no address and no network"},
             {"client matches x", "client is an IP address: it is compared by is or in"},
             {"score contains 1", "score is a number: it is compared by is, in, less or greater"},
             {"first_contact matches x", "first_contact is a flag: it is compared by is yes or is no"},
             {"score < inf", "a number is expected, not \"inf\""},
             {"score in [nan]", "\"nan\" is no number"},
             {"client in @nobody", "there is no [[set]] named \"nobody\""},
             {"client in 192.0.2.1", "\"in\" is followed by [a list, of values] or by @NAME of a set"},
             {"client in [192.0.2.1", "\"]\" or \",\" is missing"},
             {"(first_contact", "\")\" is missing"},
             {"first_contact unverified", "\"unverified\" follows a complete condition; join conditions by and, or"},
             {"first_contact is maybe", "first_contact is yes or no"},
             {"helo is \"x", "the quotation does not end"},
             {"helo is x; drop", "\";\" has no meaning here; put texts in quotes"},
             {"all helo is x", "helo has one value: \"all\" says nothing there"},
             {"header. is x", "\"header.\" names no header field"},
             {"from matches '('", "the pattern cannot be read: missing ): ("},
         })
        EXPECT_EQ(test(row.condition), row.truth) << row.condition;
}

TEST(Condition, ErrorsHaveTheirPlace) {
    const auto read = Condition::parse("first_contact and spf.result is fial", {});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().position, 32U);
}

TEST(Condition, Bounds) {
    std::string nested = "first_contact";
    for (std::size_t i = 0; i + 1 < Condition::most_depth; ++i) nested = "not " + nested;
    EXPECT_NE(test(nested), "more than 32 conditions in one another");
    EXPECT_EQ(test("not " + nested), "more than 32 conditions in one another");
    const std::string name(Condition::most_bytes - 16, 'x');
    EXPECT_EQ(test("helo contains \"" + name + "\""), "no");
    EXPECT_EQ(test("helo contains \"" + name + "x\""), "a condition of more than 4000 bytes");
    EXPECT_EQ(test("helo matches \"" + std::string(1000, 'x') + "\""), "no");
    EXPECT_EQ(test("helo matches \"" + std::string(1001, 'x') + "\""), "a pattern of more than 1000 bytes");
    EXPECT_TRUE(test("helo matches '((a{100}){100}){100}'").starts_with("the pattern cannot be read"));
    EXPECT_EQ(test("helo matches '(a*)*b'"), "no") << "linear time";
}

TEST(Condition, KnowsFromWhichLevelOn) {
    EXPECT_EQ(Condition::parse("client is 192.0.2.1", {})->since(), Level::connect);
    EXPECT_EQ(Condition::parse("client is 192.0.2.1 and spf.result is fail", {})->since(), Level::mail);
    EXPECT_EQ(Condition::parse("not (score < 1 or helo is x)", {})->since(), Level::judged);
    EXPECT_EQ(Condition::parse("header.subject contains x", {})->since(), Level::data);
}

TEST(Fields, AreSound) {
    Situation s;
    for (const Field& field : fields()) {
        EXPECT_EQ(field.type == Type::word, !field.words.empty()) << field.name;
        const Value value = parse_field(field.name)->read(s.subject());
        if (field.type == Type::word && std::holds_alternative<std::string>(value))
            EXPECT_NE(std::ranges::find(field.words, std::get<std::string>(value)), field.words.end()) << field.name;
        EXPECT_EQ(field.many, !is_known(value) ? field.many : std::holds_alternative<std::vector<std::string>>(value))
            << field.name;
        verdict::Facts bare;
        const Surroundings nothing;
        static_cast<void>(parse_field(field.name)->read({bare, nullptr, nothing, Level::judged, {}}));
    }
}

} // namespace
} // namespace bonafide::policy
