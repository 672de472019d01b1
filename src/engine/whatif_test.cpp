// Two configurations over stored mail: what flips, why, and that the totals are those of judging the same messages afresh.
#include "engine/ledger_entry.hpp"
#include "engine/ledger_lists.hpp"
#include "engine/whatif_run.hpp"
#include "verdict/compauth.hpp"
#include "verdict/report.hpp"
#include "verdict/test_facts.hpp"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bonafide::engine {
namespace {

using namespace verdict::testing_facts;

constexpr std::int64_t noon = 1795255200;

policy::RuleSource rule(const std::string& name, const std::string& when, const std::string& action) {
    policy::RuleSource source;
    source.name = {name};
    source.when = {{when}};
    source.then = {{action}};
    return source;
}

class WhatIfTest : public testing::Test {
  protected:
    WhatIfTest() { now = then = regime_of(settings, lists(settings)); }
    std::shared_ptr<const verdict::Lists> lists(const Settings& of) { return make_lists(of, *suffixes, noon); }
    static verdict::Facts mail(const std::string& author, std::vector<std::string> recipients = {"rita@ours.example"}) {
        verdict::Facts facts = inbound(author);
        facts.author.mailboxes = {{"Chris", "chris", author}};
        facts.envelope.recipients = std::move(recipients);
        facts.spf = {spf_outcome(spf::Result::none, author, spf::Code::no_record), {}};
        facts.dmarc = {without_policy(dmarc::Result::none, author, dmarc::Code::no_record), {}};
        return facts;
    }
    [[nodiscard]] verdict::Judgement judged(const Finished& finished, const Regime& regime) const {
        return verdict::judge(finished.facts,
                              {finished.author_hosts, finished.upstream, finished.history, *regime.lists, *suffixes,
                               regime.tuning.weights, regime.tuning.thresholds});
    }
    io::store::Message row(verdict::Facts facts) {
        Finished finished;
        finished.facts = std::move(facts);
        finished.history.known = true;
        finished.judgement = judged(finished, now);
        return make_message(finished, "id", "4A", {}, {secret, settings, *now.lists, *suffixes, "mx"});
    }
    /// Refused at `level`; at rcpt those named.
    io::store::Message refused(verdict::Facts facts, policy::Level level, std::vector<std::string> recipients = {}) {
        Finished finished;
        finished.facts = std::move(facts);
        finished.facts.author = {};
        finished.ended = level;
        finished.decision.action = policy::Action::reject;
        for (std::string& one : recipients) finished.refused.push_back({std::move(one), "550 5.7.1 no", "rule r"});
        return make_message(finished, "id", "4A", {}, {secret, settings, *now.lists, *suffixes, "mx"});
    }
    static io::store::Message damaged(std::string document) {
        io::store::Message row;
        row.document = std::move(document);
        return row;
    }
    WhatIfTotals totals(const std::vector<io::store::Message>& rows, std::size_t most_flips = 10) {
        WhatIf whatif(now, then, *suffixes, most_flips);
        std::int64_t time = noon;
        for (const io::store::Message& one : rows) whatif.add(time++, "id", one.document, one.packed);
        return whatif.take();
    }
    void act(Regime& regime, const std::vector<policy::RuleSource>& sources, policy::Mode mode) {
        Settings acting = settings;
        acting.rules.list = sources;
        acting.mode = mode;
        regime.acting = std::make_shared<const Acting>(make_acting(acting));
        EXPECT_TRUE(policy::Rules::read(sources, {}).errors.empty());
    }
    void enforce(Regime& regime, const std::vector<policy::RuleSource>& sources) {
        act(regime, sources, policy::Mode::enforce);
    }

    const std::shared_ptr<const dns::PublicSuffixList> suffixes =
        std::make_shared<const dns::PublicSuffixList>(dns::PublicSuffixList::system());
    const io::store::Secret secret{7};
    Settings settings;
    Regime now, then;
};

TEST_F(WhatIfTest, TheSameConfigurationFlipsNothing) {
    then.lists = lists(settings);
    const WhatIfTotals totals = this->totals({row(mail("contoso.com")), row(mail("fabrikam.com"))});
    EXPECT_EQ(totals.compared, 2U);
    EXPECT_EQ(totals.flipped, 0U);
    EXPECT_EQ(totals.rejudged, 0U);
    EXPECT_EQ(totals.unlike_store, 0U);
}

TEST_F(WhatIfTest, AListEntryFlips) {
    Settings other = settings;
    other.lists.block_pairs = {"contoso.com, *"};
    then.lists = lists(other);
    const WhatIfTotals totals =
        this->totals({row(mail("contoso.com", {"rita@ours.example", "Ron@OURS.example", "x@other.example"})),
                      row(mail("fabrikam.com"))});
    ASSERT_EQ(totals.flipped, 1U);
    EXPECT_EQ(totals.rejudged, 1U);
    EXPECT_EQ(totals.senders.of("contoso.com"), 1U);
    EXPECT_EQ(totals.recipients.of("ours.example"), 1U) << "once a message";
    EXPECT_EQ(totals.recipients.of("other.example"), 1U);
    EXPECT_EQ(totals.causes.of("signal blocked_pair"), 1U) << totals.causes.top(1)[0].name;
    const Flip& flip = totals.flips.at(0);
    EXPECT_EQ(flip.author, "chris@contoso.com");
    EXPECT_EQ(flip.recipient, "rita@ours.example");
    EXPECT_TRUE(flip.change.starts_with("suggestion ")) << flip.change;
    EXPECT_TRUE(flip.why.starts_with("blocked_pair weighs ")) << flip.why;
}

TEST_F(WhatIfTest, WeightsAndThresholds) {
    then.tuning.thresholds.quarantine = 100; // of all
    WhatIfTotals totals = this->totals({row(mail("contoso.com"))});
    EXPECT_EQ(totals.flipped, 1U);
    EXPECT_EQ(totals.causes.of("thresholds"), 1U);
    EXPECT_EQ(totals.rejudged, 0U) << "result and code are the same";
    then = now;
    ASSERT_TRUE(then.tuning.weights.assign("dmarc_absent=-50"));
    totals = this->totals({row(mail("contoso.com"))});
    EXPECT_EQ(totals.flipped, 1U);
    EXPECT_EQ(totals.causes.of("signal dmarc_absent"), 1U);
}

TEST_F(WhatIfTest, RulesOfEveryLevel) {
    const std::vector<io::store::Message> rows{row(mail("contoso.com", {"rita@ours.example", "ron@ours.example"}))};
    const auto change = [&](const std::vector<policy::RuleSource>& sources) {
        enforce(then, sources);
        const WhatIfTotals totals = this->totals(rows);
        return totals.flips.empty() ? std::string("none") : totals.flips[0].change + ": " + totals.flips[0].why;
    };
    EXPECT_EQ(change({rule("a", "client in [192.0.2.0/24]", "reject")}), "accept -> reject: rule a says reject");
    EXPECT_EQ(change({rule("b", "recipient is ron@ours.example", "reject")}),
              "accept -> reject for some: rule b says reject for some")
        << "asked at rcpt, of each recipient";
    policy::RuleSource at_data = rule("c", "recipient is ron@ours.example", "reject");
    at_data.at = {"data"};
    EXPECT_EQ(change({at_data}), "accept -> reject: rule c says reject");
    EXPECT_EQ(change({rule("d", "compauth.result is fail or compauth.result is none", "junk")}),
              "accept -> junk: rule d says junk");
    EXPECT_EQ(change({rule("e", "from.domain is fabrikam.com", "reject")}), "none");
    EXPECT_EQ(change({rule("f", "header.x-spam is yes", "reject")}), "none") << "unknown is not yes";
    act(then, {rule("a", "client in [192.0.2.0/24]", "reject")}, policy::Mode::monitor);
    EXPECT_EQ(this->totals(rows).flipped, 0U) << "monitored rules do nothing";
    act(then, {}, policy::Mode::enforce);
    enforce(now, {rule("g", "from.domain is contoso.com", "discard")});
    EXPECT_EQ(this->totals(rows).flips.at(0).change, "discard -> accept");
    EXPECT_EQ(this->totals(rows).flips.at(0).why, "rule g no longer says discard");
}

/// What decides beside rules; each alone, in enforce mode.
TEST_F(WhatIfTest, SettingsThatDecide) {
    verdict::Facts spoof = mail("contoso.com");
    spoof.spf = {spf_outcome(spf::Result::fail, "contoso.com", spf::Code::matched), {}};
    spoof.dmarc = {evaluation(dmarc::Result::fail, "contoso.com"), {}};
    const io::store::Message stored = row(spoof);
    const auto change = [&](const std::function<void(Settings&)>& set) {
        Settings other = settings;
        other.mode = policy::Mode::enforce;
        set(other);
        then = regime_of(other, lists(other));
        const WhatIfTotals totals = this->totals({stored});
        return totals.flips.empty() ? std::string("none") : totals.flips[0].change + ": " + totals.flips[0].why;
    };
    EXPECT_EQ(change([](Settings& s) { s.dmarc.reject = policy::DmarcReject::always; }),
              "accept -> reject: dmarc says reject");
    EXPECT_EQ(change([](Settings& s) { s.mode = policy::Mode::monitor; }), "none");
    EXPECT_EQ(change([](Settings& s) {
                  s.dmarc.reject = policy::DmarcReject::never;
                  s.spf.reject_fail = true;
              }),
              "accept -> reject: spf.reject_fail says reject");
    EXPECT_THAT(change([](Settings& s) {
                    s.dmarc.reject = policy::DmarcReject::never;
                    s.lists.block = {"contoso.com"};
                }),
                testing::StartsWith("accept -> reject: lists.block contoso.com says reject"));
    EXPECT_EQ(change([](Settings& s) {
                  s.dmarc.reject = policy::DmarcReject::never;
                  s.spf.reject_fail = true;
                  s.rules.enforce_recipients = {"ours.example"};
                  s.rules.list = {rule("spared", "from.domain is contoso.com", "accept")};
              }),
              "none")
        << "where the mode goes by the recipients, rules are asked before";
    spoof.spf.value->result = spf::Result::temperror;
    const io::store::Message unchecked = row(spoof);
    Settings defers = settings;
    defers.mode = policy::Mode::enforce;
    defers.failure.temperror.index = 2; // tempfail
    then = regime_of(defers, lists(defers));
    EXPECT_EQ(totals({unchecked}).flips.at(0).change, "accept -> defer");
    EXPECT_EQ(totals({unchecked}).flips.at(0).why, "failure.temperror says defer");
}

TEST_F(WhatIfTest, WhatWasRefusedEarlyIsAskedAboutAsFarAsItWent) {
    verdict::Facts facts = mail("contoso.com", {});
    facts.envelope.mail_from = "ann@bounces.contoso.com";
    policy::RuleSource net = rule("net", "client in [192.0.2.0/24]", "reject");
    policy::RuleSource late = net;
    net.at = {"connect"};
    late.at = {"data"};
    enforce(now, {net});
    for (const policy::Level level : {policy::Level::connect, policy::Level::mail}) {
        const std::vector<io::store::Message> rows{refused(facts, level)};
        enforce(then, {net, late});
        EXPECT_EQ(this->totals(rows).flipped, 0U);
        enforce(then, {late});
        const WhatIfTotals totals = this->totals(rows);
        ASSERT_EQ(totals.flipped, 1U);
        EXPECT_EQ(totals.flips[0].change, "reject -> let in") << "what data would bring nobody knows";
        EXPECT_EQ(totals.flips[0].why, "rule net no longer says reject");
        EXPECT_EQ(totals.flips[0].author, "ann@bounces.contoso.com");
        EXPECT_EQ(totals.senders.of("bounces.contoso.com"), 1U);
        EXPECT_EQ(totals.incomplete.refused, 1U);
        EXPECT_EQ(totals.incomplete.not_judged, 0U);
    }
}

TEST_F(WhatIfTest, RefusedRecipientsAreAskedAboutAgain) {
    const policy::RuleSource ron = rule("ron", "recipient is ron@ours.example", "reject");
    const policy::RuleSource all = rule("all", "recipient in [ours.example]", "reject");
    const std::vector<io::store::Message> whole{
        refused(mail("contoso.com", {}), policy::Level::rcpt, {"ron@ours.example", "rita@ours.example"})};
    enforce(now, {all});
    enforce(then, {ron});
    EXPECT_EQ(this->totals(whole).flips.at(0).change, "reject -> let in") << "for rita at least";
    EXPECT_EQ(this->totals(whole).recipients.of("ours.example"), 1U);
    then = now;
    EXPECT_EQ(this->totals(whole).flipped, 0U);

    Finished part;
    part.facts = mail("contoso.com", {"rita@ours.example"});
    part.history.known = true;
    part.refused = {{"ron@ours.example", "550 5.7.1 no", "rule ron"}};
    const std::vector<io::store::Message> some{
        make_message(part, "id", "4A", {}, {secret, settings, *now.lists, *suffixes, "mx"})};
    enforce(now, {ron});
    then = now;
    EXPECT_EQ(this->totals(some).flipped, 0U);
    enforce(then, {});
    EXPECT_EQ(this->totals(some).flips.at(0).change, "reject for some -> accept");
    enforce(then, {all});
    EXPECT_EQ(this->totals(some).flips.at(0).change, "reject for some -> reject");
}

TEST_F(WhatIfTest, RecipientsAreCountedAsTheyCome) {
    policy::RuleSource source = rule("many", "recipients > 2", "reject");
    source.at = {"rcpt"};
    enforce(then, {source});
    const std::vector<io::store::Message> three{
        row(mail("contoso.com", {"a@o.example", "b@o.example", "c@o.example"}))};
    EXPECT_EQ(this->totals(three).flips.at(0).change, "accept -> reject for some") << "the third alone";
}

TEST_F(WhatIfTest, TheBlockListRefusesWhomConnectWouldLetIn) {
    policy::RuleSource net = rule("net", "client in [192.0.2.0/24]", "reject");
    net.at = {"connect"};
    enforce(now, {net});
    const std::vector<io::store::Message> rows{refused(mail("contoso.com", {}), policy::Level::connect)};
    Settings other = settings;
    other.mode = policy::Mode::enforce;
    other.lists.block = {"192.0.2.0/24"};
    then = regime_of(other, lists(other));
    EXPECT_EQ(this->totals(rows).flipped, 0U) << "refused at mail then";
}

TEST_F(WhatIfTest, AListThatNobodyAskedIsUnknown) {
    then.unasked_lists = {"other"};
    for (const char* condition : {"dns_lists is other", "not dns_lists is other"}) {
        enforce(then, {rule("list", condition, "reject")});
        then.unasked_lists = {"other"};
        verdict::Facts facts = mail("contoso.com");
        Finished finished;
        finished.facts = facts;
        finished.around.asked_dns_lists = true;
        const std::vector<io::store::Message> rows{
            make_message(finished, "id", "4A", {}, {secret, settings, *now.lists, *suffixes, "mx"})};
        EXPECT_EQ(this->totals(rows).flipped, 0U) << condition;
    }
}

TEST_F(WhatIfTest, SafeAndBlockedSendersAreThoseOfEachConfiguration) {
    const auto senders = std::make_shared<policy::RecipientSenders>();
    ASSERT_TRUE(senders->add("rita@ours.example", policy::SenderList::blocked, "contoso.com"));
    enforce(now, {rule("b", "sender.blocked", "reject")});
    then = now;
    then.senders = senders;
    const io::store::Message stored = row(mail("contoso.com"));
    EXPECT_EQ(this->totals({stored}).flips.at(0).change, "accept -> reject");
    now.senders = senders;
    EXPECT_EQ(this->totals({stored}).flipped, 0U);
}

TEST_F(WhatIfTest, WhatIsNotKeptIsCounted) {
    enforce(then, {rule("a", "subject contains x and not dns_lists is y", "log"), rule("b", "header.x is y", "log")});
    settings.ledger.addresses = KeptAddresses::hashed;
    WhatIfTotals totals =
        this->totals({row(mail("contoso.com")), damaged(R"({"verdict":{}})"), damaged("nonsense"), damaged("")});
    EXPECT_EQ(totals.read, 4U);
    EXPECT_EQ(totals.unreadable, 2U);
    EXPECT_EQ(totals.compared, 2U);
    EXPECT_EQ(totals.incomplete.addresses, 1U);
    EXPECT_EQ(totals.incomplete.earlier, 1U);
    EXPECT_EQ(totals.incomplete.not_judged, 1U);
    EXPECT_EQ(totals.unknown_fields.of("subject"), 1U);
    EXPECT_EQ(totals.unknown_fields.of("dns_lists"), 2U);
    EXPECT_EQ(totals.unknown_fields.of("header."), 2U);
    EXPECT_EQ(totals.unknown_fields.size(), 3U);
}

TEST_F(WhatIfTest, JudgedOtherwiseThanStoredIsCountedApart) {
    const io::store::Message stored = row(mail("contoso.com"));
    Settings other = settings;
    other.lists.block_pairs = {"contoso.com, *"};
    now.lists = then.lists = lists(other);
    const WhatIfTotals totals = this->totals({stored});
    EXPECT_EQ(totals.unlike_store, 1U);
    EXPECT_EQ(totals.flipped, 0U);
}

TEST_F(WhatIfTest, TheNewestFlipsStay) {
    enforce(then, {rule("a", "bounce or not bounce", "discard")});
    const io::store::Message one = row(mail("contoso.com"));
    WhatIfTotals totals = this->totals(std::vector<io::store::Message>(500, one), 3);
    EXPECT_EQ(totals.flipped, 500U);
    EXPECT_LT(totals.flips.size(), 200U) << "memory is bounded";
    WhatIfTotals all;
    all.add(std::move(totals), 3);
    all.add(this->totals({one}, 3), 3);
    ASSERT_EQ(all.flips.size(), 3U);
    EXPECT_EQ(all.flips[0].time, noon + 497);
    EXPECT_EQ(all.flips[2].time, noon + 499);
    EXPECT_EQ(all.flipped, 501U);
    EXPECT_TRUE(this->totals({one}, 0).flips.empty());
}

TEST(Counts, AreBounded) {
    Counts counts;
    for (std::size_t i = 0; i < Counts::most + 5; ++i) counts.add(std::to_string(i));
    counts.add("7");
    EXPECT_EQ(counts.size(), Counts::most);
    EXPECT_EQ(counts.beyond(), 5U);
    EXPECT_EQ(counts.of("7"), 2U);
    EXPECT_EQ(counts.top(1)[0].name, "7");
    EXPECT_EQ(counts.top(2)[1].name, "0") << "alike: in the order of names";
}

/// A ledger on disk, and the same messages judged afresh.
class WhatIfRunTest : public WhatIfTest {
  protected:
    WhatIfRunTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "bonafide-whatif-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
    }
    ~WhatIfRunTest() override { std::filesystem::remove_all(folder); }
    [[nodiscard]] std::string file() const { return (folder / "ledger.db").string(); }

    void fill(std::size_t count) {
        auto database = io::store::Database::open(file(), io::store::Database::Mode::create);
        ASSERT_TRUE(database);
        io::store::Batch batch;
        for (std::size_t i = 0; i < count; ++i) {
            Finished& finished = all.emplace_back();
            finished.facts = mail(i % 3 == 0 ? "contoso.com" : fmt::format("d{}.example", i % 7));
            finished.facts.now = noon + static_cast<std::int64_t>(i / 4);
            if (i % 5 == 0) finished.facts.direction = verdict::Direction::submitted;
            finished.history.known = true;
            finished.judgement = judged(finished, now);
            batch.messages.push_back(
                make_message(finished, std::to_string(i), "4A", {}, {secret, settings, *now.lists, *suffixes, "mx"}));
        }
        ASSERT_TRUE(database->write(batch, {}));
    }
    std::filesystem::path folder;
    std::vector<Finished> all;
};

TEST_F(WhatIfRunTest, TotalsAreThoseOfAFreshJudgement) {
    fill(1500);
    Settings other = settings;
    other.lists.block_pairs = {"contoso.com, *"};
    then.lists = lists(other);
    ASSERT_TRUE(then.tuning.weights.assign("dmarc_absent=-3.5"));
    std::uint64_t flipped = 0, rejudged = 0, inbound = 0;
    for (const Finished& one : all) {
        if (one.facts.direction != verdict::Direction::inbound) continue;
        ++inbound;
        const verdict::Judgement fresh = judged(one, then);
        flipped += fresh.suggestion != one.judgement->suggestion ? 1 : 0;
        rejudged += fresh.reason != one.judgement->reason || fresh.result != one.judgement->result ? 1 : 0;
    }
    for (const std::size_t threads : {1U, 2U, 5U}) {
        WhatIfProgress progress;
        const auto totals = run_whatif({file(), noon, noon + 100'000, threads, 20}, now, then, *suffixes, progress);
        ASSERT_TRUE(totals) << totals.error().text;
        EXPECT_EQ(totals->read, 1500U);
        EXPECT_EQ(totals->compared, inbound);
        EXPECT_EQ(totals->other_ways, 1500U - inbound);
        EXPECT_EQ(totals->flipped, flipped);
        EXPECT_EQ(totals->rejudged, rejudged);
        EXPECT_EQ(totals->unlike_store, 0U);
        EXPECT_GT(flipped, 0U);
        ASSERT_EQ(totals->flips.size(), 20U);
        EXPECT_EQ(totals->flips.back().id, "1497") << "the newest of contoso.com";
        EXPECT_EQ(progress.total, 1500U);
        EXPECT_EQ(progress.done, 1500U);
    }
}

TEST_F(WhatIfRunTest, OnlyTheTimeAskedFor) {
    fill(100);
    WhatIfProgress progress;
    const auto totals = run_whatif({file(), noon + 5, noon + 10, 2, 20}, now, then, *suffixes, progress);
    ASSERT_TRUE(totals);
    EXPECT_EQ(totals->read, 20U);
}

TEST_F(WhatIfRunTest, StopsWhenTold) {
    fill(100);
    WhatIfProgress progress;
    progress.stop = true;
    const auto totals = run_whatif({file(), noon, noon + 100, 2, 20}, now, then, *suffixes, progress);
    ASSERT_TRUE(totals);
    EXPECT_EQ(totals->read, 0U);
}

TEST_F(WhatIfRunTest, ALedgerThatIsNotThereIsAnError) {
    WhatIfProgress progress;
    EXPECT_FALSE(run_whatif({file(), 0, noon, 2, 20}, now, then, *suffixes, progress));
}

} // namespace
} // namespace bonafide::engine
