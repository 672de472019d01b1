// Every recipe of docs/rules.md is read without error or warning and comes to what it promises, on made-up messages; the settings named beside
// ESET's exist and have the defaults told.
#include "base/test_folder.hpp"
#include "cli/config.hpp"
#include "cli/rules_trial.hpp"
#include "dns/zone.hpp"
#include "engine/judging.hpp"
#include "engine/ledger.hpp"
#include "engine/settings_table.hpp"
#include "policy/notice.hpp"

#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>

namespace bonafide::cli {
namespace {

constexpr std::string_view zone_text = R"(
$ORIGIN example.
contoso.com.          TXT  "v=spf1 ip4:192.0.2.1 -all"
ours                  TXT  "v=spf1 ip4:192.0.2.9 -all"
_dmarc.ours           TXT  "v=DMARC1; p=none"
partner               TXT  "v=spf1 ip4:203.0.113.0/24 -all"
watch                 TXT  "v=spf1 -all"
_dmarc.bank           TXT  "v=DMARC1; p=reject"
bank                  TXT  "v=spf1 -all"
5.113.0.203.in-addr.arpa.      PTR  host-203-0-113-5.lines.example.
host-203-0-113-5.lines         A    203.0.113.5
5.113.0.203.zen.dnsbl          A    127.0.0.4
6.113.0.203.zen.dnsbl          A    127.0.0.9
)";

/// A past in which nothing ever happened.
class EmptyHistory final : public engine::HistorySource {
  public:
    std::shared_ptr<void> read(std::vector<verdict::PastKey> keys,
                               std::function<void(verdict::History)> done) override {
        verdict::History history;
        history.known = true;
        for (verdict::PastKey& key : keys) history.pasts.push_back({std::move(key), {}});
        done(std::move(history));
        return nullptr;
    }
};

const std::string& document() {
    static const std::string text = [] {
        std::ifstream file(BONAFIDE_SOURCE_DIR "/docs/rules.md");
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    return text;
}

/// From its heading to the next one.
std::string section(std::string_view heading) {
    const std::size_t begin = document().find(fmt::format("\n{}\n", heading));
    if (begin == std::string::npos) return {};
    return document().substr(begin, document().find("\n#", begin + 1) - begin);
}

std::vector<std::string> blocks_of(std::string_view text) {
    std::vector<std::string> blocks;
    constexpr std::string_view open = "\n```toml\n";
    for (std::size_t at = 0; (at = text.find(open, at)) != std::string_view::npos;) {
        at += open.size();
        blocks.emplace_back(text.substr(at, text.find("```", at) - at));
    }
    return blocks;
}

struct Mail {
    std::string ip = "203.0.113.5";
    std::string helo = "mx.example";
    std::string mail_from = "ann@contoso.com";
    std::vector<std::string> recipients = {"rita@ours.example"};
    std::string text =
        "From: Ann <ann@contoso.com>\r\nTo: rita@ours.example\r\nSubject: Hello\r\nDate: Mon, 23 Nov 2026 "
        "03:00:00 +0000\r\nMessage-ID: <1@contoso.com>\r\n\r\nHi\r\n";
    std::int64_t now = 1795402800; ///< Monday 2026-11-23, 03:00 UTC
    Mail& from(const std::string& address) {
        const std::string old = "ann@contoso.com>";
        text.replace(text.find(old), old.size(), address + ">");
        return *this;
    }
    Mail& subject(const std::string& subject) {
        text.replace(text.find("Hello"), 5, subject);
        return *this;
    }
};

class RecipesOfTheDocument : public testing::Test {
  protected:
    static engine::Settings settings_of(std::string toml) {
        const TestFolder folder;
        const std::string set = folder.write("country.txt", "# a country\n203.0.113.0/24\n");
        constexpr std::string_view named = "/etc/bonafide/country.txt";
        if (const std::size_t at = toml.find(named); at != std::string::npos) toml.replace(at, named.size(), set);
        const std::string file = folder.write("bonafide.toml", toml);
        const auto document = config::load(file);
        EXPECT_TRUE(document) << (document ? "" : config::to_text(file, document.error()));
        if (!document) return {};
        const auto& rules = document->settings.rules;
        for (const auto& warning : policy::Rules::read(rules.list, rules.sets).warnings)
            ADD_FAILURE() << warning.text << '\n' << toml;
        return document->settings;
    }

    TriedRules run(const std::string& toml, const Mail& mail) {
        const auto zone = dns::Zone::parse(zone_text);
        EXPECT_TRUE(zone);
        zone_ = *zone;
        engine::Context context{std::make_shared<const engine::Settings>(settings_of(toml)),
                                std::make_shared<dns::PublicSuffixList>(dns::PublicSuffixList::system()),
                                "mx.ours.example",
                                std::make_shared<dns::ImmediateSource>(*zone_),
                                {}};
        context.clock.unix_time = [now = mail.now] { return now; };
        context.history = std::make_shared<EmptyHistory>();
        engine::complete(context);
        GivenEnvelope given{ip::Address::parse(mail.ip), mail.helo, mail.mail_from, mail.recipients};
        RulesTrial trial(context, std::move(given), "");
        trial.feed(mail.text);
        return trial.finish();
    }
    TriedRules recipe(const std::string& heading, const Mail& mail) {
        const auto blocks = blocks_of(section("### " + heading));
        EXPECT_EQ(blocks.size(), 1U) << heading;
        return run(blocks.empty() ? "" : blocks.front(), mail);
    }
    /// That the recipe's own words name the outcome.
    static std::string promised(const std::string& heading, const std::string& outcome) {
        return section("### " + heading).contains(fmt::format("`{}`", outcome))
                   ? outcome
                   : "the text does not promise " + outcome;
    }
    static std::string early(const TriedRules& tried) {
        return tried.refused ? fmt::format("{} at {}", tried.refused->reply, policy::to_text(tried.refused->level))
                             : "go on";
    }
    static std::string field(const TriedRules& tried, std::string_view name) {
        for (const policy::HeaderEdit& edit : tried.finished.decision.edits)
            if (edit.name == name && edit.kind != policy::HeaderEdit::Kind::remove) return edit.value;
        return "none";
    }

    std::shared_ptr<const dns::Zone> zone_;
};

using policy::Action;

TEST_F(RecipesOfTheDocument, SpfFail) {
    const std::string heading = "Refuse what SPF fails, before it is sent";
    const TriedRules tried = recipe(heading, {});
    EXPECT_EQ(early(tried), promised(heading, "550 5.7.23 SPF check failed for contoso.com") + " at mail");
    Mail own;
    own.ip = "192.0.2.1";
    EXPECT_EQ(early(recipe(heading, own)), "go on");
}

TEST_F(RecipesOfTheDocument, TagMailFromOutside) {
    const std::string heading = "Tag mail from outside";
    EXPECT_EQ(field(recipe(heading, {}), "Subject"), promised(heading, "[EXTERNAL] Hello"));
    EXPECT_EQ(field(recipe(heading, Mail().subject("Re: [EXTERNAL] Hello")), "Subject"), "none");
    EXPECT_EQ(field(recipe(heading, Mail().from("ron@ours.example")), "Subject"), "none");
}

TEST_F(RecipesOfTheDocument, OwnDomainSpoof) {
    const std::string heading = "Spoofs of our own domain";
    EXPECT_EQ(to_text(recipe(heading, Mail().from("ron@ours.example")).finished.decision.action),
              promised(heading, "hold"));
    Mail envelope;
    envelope.mail_from = "ron@ours.example";
    EXPECT_EQ(recipe(heading, envelope).finished.decision.action, Action::hold);
    EXPECT_EQ(recipe(heading, {}).finished.decision.action, Action::accept);
    Mail genuine = Mail().from("ron@ours.example");
    genuine.mail_from = "ron@ours.example";
    genuine.ip = "192.0.2.9";
    EXPECT_EQ(recipe(heading, genuine).finished.decision.action, Action::accept);
}

TEST_F(RecipesOfTheDocument, Pest) {
    const std::string heading = "Discard a known pest";
    EXPECT_EQ(to_text(recipe(heading, Mail().from("offers@pest.example")).finished.decision.action),
              promised(heading, "discard"));
    EXPECT_EQ(recipe(heading, Mail().from("others@pest.example")).finished.decision.action, Action::accept);
}

TEST_F(RecipesOfTheDocument, FirstContact) {
    const std::string heading = "Say that somebody writes for the first time";
    EXPECT_EQ("X-First-Contact: " + field(recipe(heading, {}), "X-First-Contact"),
              promised(heading, "X-First-Contact: yes"));
}

TEST_F(RecipesOfTheDocument, Country) {
    const std::string heading = "Block the networks of a country";
    EXPECT_EQ(early(recipe(heading, {})),
              promised(heading, "550 5.7.1 Mail from 203.0.113.5 is not taken here") + " at mail");
    Mail other;
    other.ip = "192.0.2.1";
    EXPECT_EQ(early(recipe(heading, other)), "go on");
}

TEST_F(RecipesOfTheDocument, Partner) {
    const std::string heading = "Spare a partner from greylisting";
    Mail partner = Mail().from("ann@partner.example");
    partner.mail_from = "ann@partner.example";
    const TriedRules spared = recipe(heading, partner);
    EXPECT_FALSE(spared.greylist.would_defer);
    EXPECT_EQ(to_text(spared.finished.decision.action), promised(heading, "accept"));
    EXPECT_TRUE(recipe(heading, {}).greylist.would_defer);
}

TEST_F(RecipesOfTheDocument, DnsList) {
    const std::string heading = "A DNS list, with the answers that count";
    EXPECT_EQ(early(recipe(heading, {})), promised(heading, "550 5.7.1 203.0.113.5 is listed by zen") + " at mail");
    Mail other;
    other.ip = "203.0.113.6";
    EXPECT_EQ(early(recipe(heading, other)), "go on");
}

TEST_F(RecipesOfTheDocument, Programs) {
    const std::string heading = "Names of programs in the subject";
    EXPECT_EQ(to_text(recipe(heading, Mail().subject("Invoice.exe")).finished.decision.action),
              promised(heading, "hold"));
    EXPECT_EQ(
        recipe(heading, Mail().subject("x\r\nContent-Type: application/x; name=\"a.Scr\"")).finished.decision.action,
        Action::hold);
    EXPECT_EQ(recipe(heading, Mail().subject("the .execution of it")).finished.decision.action, Action::accept);
}

TEST_F(RecipesOfTheDocument, Insiders) {
    const std::string heading = "A recipient for insiders";
    Mail mail;
    mail.recipients = {"all@ours.example", "ann@ours.example"};
    const TriedRules tried = recipe(heading, mail);
    ASSERT_EQ(tried.refused_recipients.size(), 1U);
    EXPECT_EQ(tried.refused_recipients.front().reply,
              promised(heading, "550 5.7.1 all@ours.example takes no mail from outside"));
    EXPECT_EQ(tried.finished.facts.envelope.recipients, std::vector<std::string>{"ann@ours.example"});
    EXPECT_EQ(tried.finished.decision.action, Action::accept);
    EXPECT_FALSE(tried.nobody_left);
    mail.recipients = {"all@ours.example"};
    EXPECT_TRUE(recipe(heading, mail).nobody_left);
}

TEST_F(RecipesOfTheDocument, WatchOne) {
    const std::string heading = "Watch one new rule";
    Mail mail;
    mail.mail_from = "ann@nothing.example";
    const TriedRules tried = recipe(heading, mail);
    EXPECT_EQ(early(tried), "go on");
    EXPECT_EQ(tried.finished.decision.would,
              std::vector{promised(heading, "rule new: reject 550 5.7.1 203.0.113.5 looks like a rented line")});
    EXPECT_EQ(tried.mode, policy::Mode::enforce);
}

TEST_F(RecipesOfTheDocument, OurName) {
    const std::string heading = "Tell of spoofs of our own domain";
    const TriedRules tried = recipe(heading, Mail().from("ann@ours.example"));
    using Notified = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(tried.finished.outcome.notify, (Notified{{"postmaster@ours.example", "our name"}}));
    const std::string body = policy::describe({.rule = "our name", .facts = tried.finished.facts}).body;
    EXPECT_EQ(body.substr(0, body.find('\n')),
              promised(heading,
                       "The rule \"our name\" held for mail of ann@ours.example to rita@ours.example, which was "
                       "accepted."));
    EXPECT_TRUE(recipe(heading, {}).finished.outcome.notify.empty());
}

TEST_F(RecipesOfTheDocument, Night) {
    const std::string heading = "Put off rented lines out of office hours";
    Mail mail;
    EXPECT_EQ(early(recipe(heading, mail)),
              promised(heading, "451 4.7.1 Please try again in office hours") + " at mail");
    mail.now += 9 * 3600;
    EXPECT_EQ(early(recipe(heading, mail)), "go on");
    mail.now += 5 * 86400; // Saturday
    EXPECT_NE(early(recipe(heading, mail)), "go on");
}

TEST_F(RecipesOfTheDocument, Monitoring) {
    const std::string heading = "The monitoring host passes";
    Mail mail;
    mail.mail_from = "probe@watch.example";
    EXPECT_EQ(to_text(recipe(heading, mail).finished.decision.action), promised(heading, "accept"));
    mail.ip = "203.0.113.99"; // no name
    EXPECT_NE(early(recipe(heading, mail)), "go on");
}

TEST_F(RecipesOfTheDocument, IPv6WithoutName) {
    const std::string heading = "IPv6 without a name, as Microsoft 365 does it";
    Mail mail;
    mail.ip = "2001:db8::5";
    EXPECT_EQ(early(recipe(heading, mail)),
              promised(heading, "450 4.7.25 Reverse DNS of 2001:db8::5 is missing or does not lead back") + " at mail");
    mail.ip = "203.0.113.99";
    EXPECT_EQ(early(recipe(heading, mail)), "go on") << "IPv4";
}

TEST_F(RecipesOfTheDocument, JunkOnCompauth) {
    const std::string heading = "Junk what composite authentication fails";
    std::string value = field(recipe(heading, Mail().from("ann@bank.example")), "X-Bonafide-Junk");
    std::erase(value, '\r');
    std::erase(value, '\n');
    EXPECT_EQ("X-Bonafide-Junk: " + value,
              promised(heading, "X-Bonafide-Junk: yes; by=rule; level=junk; (rule compauth)"));
}

TEST_F(RecipesOfTheDocument, EsetsExample) {
    const auto blocks = blocks_of(section("## The settings of ESET Mail Security"));
    ASSERT_EQ(blocks.size(), 1U);
    const TriedRules tried = run(blocks.front(), {});
    EXPECT_EQ(early(tried), "550 5.7.1 The mail is refused by a rule of this server at mail");
    EXPECT_EQ(tried.finished.outcome.log, std::vector<std::string>{"SPF result is fail"});
}

/// All snippets are complete, those outside of the recipes too; and no recipe is without a test.
TEST_F(RecipesOfTheDocument, EverySnippetIsReadAndEveryRecipeTried) {
    const std::size_t recipes = document().find("\n## Recipes\n");
    for (std::string block : blocks_of(document())) {
        if (block.contains("/etc/bonafide/partners.txt")) continue; // of a file that is not here
        static_cast<void>(settings_of(std::move(block)));
    }
    std::ifstream file(BONAFIDE_SOURCE_DIR "/src/cli/rules_doc_test.cpp");
    const std::string source(std::istreambuf_iterator<char>(file), {});
    std::size_t count = 0;
    for (std::size_t at = recipes; (at = document().find("\n### ", at)) != std::string::npos; ++count) {
        at += 5;
        const std::string heading = document().substr(at, document().find('\n', at) - at);
        EXPECT_TRUE(source.contains('"' + heading + '"')) << heading;
    }
    EXPECT_GE(count, 12U);
}

TEST(EsetSettingsOfTheDocument, ExistWithTheDefaultsTold) {
    const std::string text = section("## The settings of ESET Mail Security");
    const engine::Settings defaults;
    std::size_t rows = 0;
    for (std::size_t at = text.find("\n|---"); (at = text.find("\n| ", at)) != std::string::npos; ++at) {
        const std::string row = text.substr(at + 3, text.find('\n', at + 1) - at - 3);
        const std::size_t begin = row.find(" | `");
        const std::size_t first_end = row.find(" | ");
        if (begin != first_end) continue;
        const std::string name = row.substr(begin + 4, row.find('`', begin + 4) - begin - 4);
        const std::size_t value = row.find("` | `", begin) + 5;
        const engine::Setting* setting = engine::find_setting(name);
        ASSERT_NE(setting, nullptr) << name;
        EXPECT_EQ(row.substr(value, row.find("` |", value) - value), engine::to_toml(*setting, defaults)) << name;
        ++rows;
    }
    EXPECT_EQ(rows, 10U);
}

} // namespace
} // namespace bonafide::cli
