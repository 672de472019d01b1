#include "policy/decision.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using Kind = HeaderEdit::Kind;

const Settings settings{"mx.example.org"};

verdict::Facts inbound() {
    verdict::Facts facts;
    facts.dmarc.value = dmarc::without_author("no From field", dmarc::Discovery::treewalk);
    facts.envelope.client = ip::Address::parse("192.0.2.1");
    return facts;
}

std::vector<std::string> edits_of(const Decision& decision) {
    std::vector<std::string> texts;
    for (const HeaderEdit& edit : decision.edits)
        texts.push_back((edit.kind == Kind::remove ? "remove " + std::to_string(edit.position) + ' ' : "insert ") +
                        edit.name);
    return texts;
}

TEST(Decide, InboundMailIsStampedOnTop) {
    const Decision decision = decide(inbound(), nullptr, {}, settings);
    EXPECT_EQ(decision.action, Action::accept);
    EXPECT_EQ(decision.smtp_reply, "");
    ASSERT_EQ(edits_of(decision), std::vector<std::string>{"insert Authentication-Results"});
    EXPECT_EQ(decision.edits[0].kind, Kind::insert_top);
    EXPECT_TRUE(decision.edits[0].value.starts_with("mx.example.org;"));
    EXPECT_THAT(decision.edits[0].value, testing::HasSubstr("dmarc=permerror"));
    EXPECT_EQ(decision.why, "nothing keeps the mail out; the verdict is stamped");
}

TEST(Decide, MarksOfOursThatArrivedGoToo) {
    const Decision decision = decide(inbound(), nullptr, {.results = {}, .unchecked = 2, .junk = 1}, settings);
    EXPECT_EQ(edits_of(decision),
              (std::vector<std::string>{"remove 2 X-Bonafide-Unchecked", "remove 1 X-Bonafide-Unchecked",
                                        "remove 1 X-Bonafide-Junk", "insert Authentication-Results"}));
}

TEST(Decide, ForgedFieldsGoFirstAndFromTheLastUp) { // RFC 8601 5
    const Decision decision = decide(inbound(), nullptr, {.results = {7, 3, 1}}, settings);
    EXPECT_EQ(edits_of(decision),
              (std::vector<std::string>{"remove 7 Authentication-Results", "remove 3 Authentication-Results",
                                        "remove 1 Authentication-Results", "insert Authentication-Results"}));
    EXPECT_EQ(decision.why,
              "nothing keeps the mail out; the verdict is stamped; fields forged in our name are removed");
}

TEST(Decide, StampsAndRemovesUnderTheNameOfTheSettings) {
    Settings beside = settings;
    beside.results_field = "X-Bonafide-Results";
    EXPECT_EQ(edits_of(decide(inbound(), nullptr, {.results = {2}}, beside)),
              (std::vector<std::string>{"remove 2 X-Bonafide-Results", "insert X-Bonafide-Results"}));
    verdict::Judgement judgement;
    EXPECT_EQ(edits_of(decide(inbound(), &judgement, {}, beside)).back(), "insert X-Bonafide-Results");
    beside.compauth = CompauthForm::microsoft;
    EXPECT_EQ(edits_of(decide(inbound(), &judgement, {}, beside)).back(), "insert X-Bonafide-Results");
}

TEST(Decide, AFailureOfOursDefersWhereTheSettingsSaySo) {
    const Settings tempfail{"mx.example.org", FailurePolicy(OnFailure::tempfail)};
    verdict::Facts facts = inbound();
    EXPECT_EQ(decide(facts, nullptr, {}, tempfail).action, Action::accept);
    facts.unchecked = {"limit"}; // trying again would not help
    EXPECT_EQ(decide(facts, nullptr, {}, tempfail).action, Action::accept);
    facts.unchecked = {"dns"};
    EXPECT_EQ(decide(facts, nullptr, {}, tempfail).action, Action::defer);
    EXPECT_TRUE(decide(facts, nullptr, {}, tempfail).smtp_reply.starts_with("451 4.3.0 "));
    EXPECT_TRUE(decide(facts, nullptr, {.results = {1}}, tempfail).edits.empty());
    EXPECT_EQ(decide(facts, nullptr, {}, settings).action, Action::accept);
}

TEST(Decide, MoreForgedFieldsThanCanBeRemovedDeferTheMessage) {
    Settings few = settings;
    few.most_forged = 2;
    EXPECT_EQ(decide(inbound(), nullptr, {.results = {2, 1}}, few).action, Action::accept);
    EXPECT_EQ(decide(inbound(), nullptr, {.results = {3, 2, 1}}, few).action, Action::defer);
    EXPECT_TRUE(decide(inbound(), nullptr, {.results = {3, 2, 1}}, few).smtp_reply.starts_with("451 4.7.0 "));
}

TEST(Decide, OtherDirectionsOnlyLoseForgedFields) {
    for (const auto direction :
         {verdict::Direction::submitted, verdict::Direction::internal, verdict::Direction::local}) {
        verdict::Facts facts = inbound();
        facts.direction = direction;
        facts.unchecked = {"dns"};
        EXPECT_EQ(edits_of(decide(facts, nullptr, {.results = {2}}, settings)),
                  std::vector<std::string>{"remove 2 Authentication-Results"});
        EXPECT_TRUE(decide(facts, nullptr, {}, settings).edits.empty());
    }
}

TEST(Decide, FailureOfOursIsSaidAndStillAccepts) {
    verdict::Facts facts = inbound();
    facts.unchecked = {"dns", "internal", "dns", "li\r\nmit"};
    const Decision decision = decide(facts, nullptr, {}, settings);
    EXPECT_EQ(decision.action, Action::accept);
    EXPECT_EQ(edits_of(decision),
              (std::vector<std::string>{"insert X-Bonafide-Unchecked", "insert Authentication-Results"}));
    EXPECT_EQ(decision.edits[0].value, "dns, internal, limit");
    EXPECT_THAT(decision.why, testing::HasSubstr("a failure on our side"));
}

TEST(Decide, HeaderValuesHoldNoBareLineEnds) {
    verdict::Facts facts = inbound();
    facts.dmarc.value->reason = "a\r\nX-Evil: yes\nb\rc";
    for (const HeaderEdit& edit : decide(facts, nullptr, {}, settings).edits)
        for (std::size_t i = 0; i < edit.value.size(); ++i) {
            if (edit.value[i] == '\n') {
                EXPECT_EQ(edit.value[i - 1], '\r');
            }
            if (edit.value[i] == '\r') {
                ASSERT_LT(i + 2, edit.value.size());
                EXPECT_EQ(edit.value[i + 1], '\n');
                EXPECT_TRUE(edit.value[i + 2] == '\t' || edit.value[i + 2] == ' ');
            }
        }
}

verdict::Judgement suspect() {
    verdict::Judgement judgement;
    judgement.result = verdict::Compauth::fail;
    judgement.reason = 1;
    judgement.why = "nothing vouches for a.example";
    judgement.score = -7.5;
    judgement.suggestion = verdict::Suggestion::junk;
    judgement.indicators = {true, "", true};
    return judgement;
}

TEST(Decide, AJudgementIsStampedBelowTheRegisteredMethods) { // RFC 8601 2.7.6: never in one field with them
    const verdict::Judgement judgement = suspect();
    const Decision decision = decide(inbound(), &judgement, {}, settings);
    ASSERT_EQ(edits_of(decision),
              (std::vector<std::string>{"insert X-Bonafide-Suggestion", "insert X-Bonafide-Sender",
                                        "insert Authentication-Results", "insert Authentication-Results"}));
    EXPECT_EQ(decision.edits[0].value, "junk; score=-7.5; reason=001");
    EXPECT_EQ(decision.edits[1].value, "unverified, first-contact");
    EXPECT_EQ(decision.edits[2].value, "mx.example.org;\r\n\tcompauth=fail (nothing vouches for a.example) reason=001");
    EXPECT_THAT(decision.edits[3].value, testing::HasSubstr("dmarc=permerror"));
    EXPECT_THAT(decision.edits[3].value, testing::Not(testing::HasSubstr("compauth")));
}

TEST(Decide, MicrosoftsFormTakesThePlaceOfBoth) {
    verdict::Judgement judgement = suspect();
    Settings microsoft = settings;
    microsoft.compauth = CompauthForm::microsoft;
    microsoft.indicators = false;
    const Decision decision = decide(inbound(), &judgement, {}, microsoft);
    ASSERT_EQ(edits_of(decision), std::vector<std::string>{"insert Authentication-Results"});
    EXPECT_EQ(decision.edits[0].value,
              "dkim=none (message not signed)\r\n header.d=none;dmarc=none action=permerror;compauth=fail reason=001");
    ASSERT_EQ(edits_of(decide(inbound(), nullptr, {}, microsoft)),
              std::vector<std::string>{"insert Authentication-Results"});
    EXPECT_TRUE(decide(inbound(), nullptr, {}, microsoft).edits[0].value.starts_with("mx.example.org;"))
        << "without a judgement there is nothing of Microsoft's to write";
}

TEST(Decide, CompauthMayStayUnsaid) {
    const verdict::Judgement judgement = suspect();
    Settings quiet = settings;
    quiet.compauth = CompauthForm::none;
    EXPECT_EQ(edits_of(decide(inbound(), &judgement, {}, quiet)),
              (std::vector<std::string>{"insert X-Bonafide-Suggestion", "insert X-Bonafide-Sender",
                                        "insert Authentication-Results"}));
}

TEST(Decide, IndicatorsOnlyWhereThereIsSomethingToShow) {
    verdict::Judgement judgement = suspect();
    judgement.indicators = {};
    judgement.suggestion = verdict::Suggestion::mark;
    EXPECT_EQ(edits_of(decide(inbound(), &judgement, {}, settings)).front(), "insert X-Bonafide-Suggestion");
    judgement.suggestion = verdict::Suggestion::deliver;
    EXPECT_EQ(edits_of(decide(inbound(), &judgement, {}, settings)),
              (std::vector<std::string>{"insert Authentication-Results", "insert Authentication-Results"}));
}

TEST(Decide, TheWorstSuggestionRefusesNothing) {
    verdict::Judgement judgement = suspect();
    judgement.reason = 2;
    judgement.score = -40;
    judgement.suggestion = verdict::Suggestion::reject;
    for (const CompauthForm form : {CompauthForm::own, CompauthForm::microsoft, CompauthForm::none}) {
        Settings chosen = settings;
        chosen.compauth = form;
        const Decision decision = decide(inbound(), &judgement, {}, chosen);
        EXPECT_EQ(decision.action, Action::accept);
        EXPECT_EQ(decision.smtp_reply, "");
    }
}

TEST(Decide, ForgedIndicatorsGoToo) {
    const verdict::Judgement judgement = suspect();
    const Forged forged{.results = {1}, .junk = 1, .suggestion = 2, .sender = 1};
    const Decision decision = decide(inbound(), &judgement, forged, settings);
    EXPECT_EQ(edits_of(decision),
              (std::vector<std::string>{
                  "remove 1 Authentication-Results", "remove 1 X-Bonafide-Junk", "remove 2 X-Bonafide-Suggestion",
                  "remove 1 X-Bonafide-Suggestion", "remove 1 X-Bonafide-Sender", "insert X-Bonafide-Suggestion",
                  "insert X-Bonafide-Sender", "insert Authentication-Results", "insert Authentication-Results"}));
    Settings few = settings;
    few.most_forged = 5;
    EXPECT_EQ(decide(inbound(), &judgement, forged, few).action, Action::accept);
    few.most_forged = 4;
    EXPECT_EQ(decide(inbound(), &judgement, forged, few).action, Action::defer);
    verdict::Facts submitted = inbound();
    submitted.direction = verdict::Direction::submitted;
    EXPECT_EQ(edits_of(decide(submitted, nullptr, {.results = {}, .sender = 1}, settings)),
              std::vector<std::string>{"remove 1 X-Bonafide-Sender"});
}

TEST(Decide, ForgedIdsGoAndOursStandsBelowTheResults) {
    const verdict::Judgement judgement = suspect();
    Decision decision = decide(inbound(), &judgement, {.results = {}, .id = 2}, settings);
    stamp_id(decision, "6562d1a0-1-0-1-1");
    EXPECT_EQ(edits_of(decision),
              (std::vector<std::string>{"remove 2 X-Bonafide-Id", "remove 1 X-Bonafide-Id", "insert X-Bonafide-Id",
                                        "insert X-Bonafide-Suggestion", "insert X-Bonafide-Sender",
                                        "insert Authentication-Results", "insert Authentication-Results"}));
    EXPECT_EQ(decision.edits[2].value, "6562d1a0-1-0-1-1");
    Settings few = settings;
    few.most_forged = 1;
    decision = decide(inbound(), &judgement, {.results = {}, .id = 2}, few);
    ASSERT_EQ(decision.action, Action::defer) << "they count like the others";
    stamp_id(decision, "x");
    EXPECT_TRUE(decision.edits.empty()) << "what is not let in has no header of ours";
}

TEST(Json, Decision) {
    Decision decision;
    decision.why = "because";
    decision.edits = {{Kind::remove, "Authentication-Results", "", 2}, {Kind::insert_top, "X-A", "b\xff", 0}};
    EXPECT_EQ(to_json(decision),
              R"({"action":"accept","smtp_reply":null,"why":"because","by":null,"would":[],"edits":[{"kind":"remove",)"
              R"("name":"Authentication-Results","position":2},{"kind":"insert-top","name":"X-A","value":"b)"
              "\xef\xbf\xbd\"}]}");
}

TEST(Words, Actions) {
    EXPECT_EQ(to_text(Action::accept), "accept");
    EXPECT_EQ(to_text(Action::hold), "hold");
}

} // namespace
} // namespace bonafide::policy
