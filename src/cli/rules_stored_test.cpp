// Rules on what the ledger keeps of a message say what they said of the message.
#include "cli/config.hpp"
#include "cli/rules_view.hpp"
#include "dns/zone.hpp"
#include "engine/judging.hpp"
#include "engine/ledger_entry.hpp"
#include "engine/ledger_lists.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace bonafide::cli {
namespace {

constexpr io::store::Secret secret{4, 5, 6};

constexpr std::string_view config_text = R"(
mode = "enforce"
ledger.subjects = true
[[rule]]
name = "insiders"
recipients = ["all@ours.example"]
at = "rcpt"
then = "reject"
[[rule]]
name = "spf"
at = "data"
when = "spf.result is fail and subject contains hello and header.x-note is known"
then = "reject"
[[rule]]
name = "junk"
when = "compauth.result is not pass"
then = "junk"
)";

TEST(RulesOnStoredMessages, AreToldLikeThoseOfTheMessage) {
    auto settings = config::parse(config_text);
    ASSERT_TRUE(settings) << config::to_text("f", settings.error());
    const auto zone = dns::Zone::parse("$ORIGIN contoso.com.\n@ TXT \"v=spf1 -all\"\n");
    ASSERT_TRUE(zone);
    const auto suffixes = std::make_shared<dns::PublicSuffixList>(dns::PublicSuffixList::system());
    engine::Context context{std::make_shared<const engine::Settings>(*settings),
                            suffixes,
                            "mx.ours.example",
                            std::make_shared<dns::ImmediateSource>(**zone),
                            {}};
    context.clock.unix_time = [] { return 1795402800; };
    engine::complete(context);
    RulesTrial trial(
        context,
        {ip::Address::parse("203.0.113.5"), "mx.example", "ann@contoso.com", {"all@ours.example", "rita@ours.example"}},
        "");
    trial.feed("From: ann@contoso.com\r\nSubject: Hello\r\nX-Note: x\r\n\r\nhi\r\n");
    const TriedRules tried = trial.finish();
    EXPECT_EQ(tried.refused_recipients.size(), 1U);
    EXPECT_EQ(tried.finished.decision.action, policy::Action::reject);

    const engine::LedgerLists lists(*settings, suffixes, 0);
    io::store::Found found;
    found.message = engine::make_message(tried.finished, "01TEST", "4ABC", {},
                                         {secret, *settings, *lists.current(), *suffixes, "mx"});
    const engine::Regime regime = engine::regime_of(*settings, lists.current());
    const auto stored = try_stored(found, regime, *suffixes);
    ASSERT_TRUE(stored) << stored.error().text;
    // Who was refused at RCPT is none of the message's; header fields are not kept.
    EXPECT_EQ(rules_text(*stored, "f"),
              "message 01TEST of 2026-11-23 03:00:00\n"
              "envelope: client 203.0.113.5, HELO mx.example, MAIL FROM <ann@contoso.com>\n"
              "rcpt    insiders (f:4, enforce) for rita@ours.example: for none of the recipients\n"
              "rcpt    insiders (f:4, enforce) for all@ours.example: fires\n"
              "          -> reject\n"
              "data    spf (f:9, enforce): does not hold\n"
              "          spf.result is fail: yes (fail)\n"
              "          subject contains hello: yes (Hello)\n"
              "          header.x-note is known: no (unknown)\n"
              "judged  junk (f:14, enforce): fires\n"
              "          compauth.result is not pass: yes (" +
                  std::string(verdict::to_text(tried.finished.judged()->result)) +
                  ")\n"
                  "          -> junk\n"
                  "stored:    reject\nrules say: reject for some, junk (rule insiders, rule junk)\n");
    const auto object = boost::json::parse(rules_json(*stored)).as_object();
    EXPECT_EQ(object.at("id"), "01TEST");
    EXPECT_EQ(object.at("rules").as_array().size(), 4U);
    EXPECT_EQ(object.at("action"), "reject for some, junk");
}

} // namespace
} // namespace bonafide::cli
