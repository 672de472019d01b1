// docs/dmarc-policy.md says what the tables and dispose() say. A failure prints the text that belongs there.
#include "policy/corroboration.hpp"
#include "policy/junk_mark.hpp"
#include "policy/test_disposition.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

namespace bonafide::policy {
namespace {

using namespace testing_disposition;

constexpr std::array presets{Preset::microsoft_default, Preset::microsoft_standard, Preset::microsoft_strict};

const std::string& document() {
    static const std::string text = [] {
        std::ifstream file(BONAFIDE_SOURCE_DIR "/docs/dmarc-policy.md");
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    return text;
}

/// The rows of the table below this heading, its head left out.
std::string table_below(std::string_view heading) {
    const std::string& text = document();
    const std::size_t begin = text.find(fmt::format("\n{}\n", heading));
    if (begin == std::string::npos) return {};
    const std::size_t rule = text.find("\n|---", begin);
    const std::size_t rows = text.find('\n', rule + 1) + 1;
    return text.substr(rows, text.find("\n\n", rows) + 1 - rows);
}

TEST(DmarcPolicyDocument, EverySetting) {
    std::string rows;
    for (const OwnSetting& row : own_settings()) {
        std::string values = fmt::format("`{}`", row.values);
        if (!row.name.starts_with("reply"))
            for (std::size_t at = 0; (at = values.find(", ", at)) != std::string::npos; at += 4)
                values.replace(at, 2, "`, `");
        rows += fmt::format("| `{}` | {} | {} |\n", row.name, values, row.help);
    }
    EXPECT_EQ(table_below("## The settings"), rows);
}

TEST(DmarcPolicyDocument, EveryPreset) {
    std::string rows;
    for (const PresetSetting& row : preset_settings()) {
        rows += fmt::format("| `{}` | `{}` |", row.name, row.microsoft);
        for (const Preset preset : presets) rows += fmt::format(" {} |", row.value(with_preset(preset)));
        rows += fmt::format(" {} |\n", row.help);
    }
    EXPECT_EQ(table_below("## The presets"), rows);
}

TEST(DmarcPolicyDocument, TheMatrix) {
    std::string rows;
    for (const Preset preset : presets)
        for (const bool intelligence : {true, false})
            for (const bool honour : {true, false}) {
                rows += fmt::format("| `{}` | {} | {} |", to_text(preset), intelligence ? "on" : "off",
                                    honour ? "on" : "off");
                const std::array<std::optional<Policy>, 4> asked{std::nullopt, Policy::none, Policy::quarantine,
                                                                 Policy::reject};
                for (const auto& policy : asked) {
                    Message message;
                    if (policy) message.dmarc_fails(*policy);
                    message.settings = with_preset(preset);
                    message.settings.spoof_intelligence = intelligence;
                    message.settings.honour_dmarc = honour;
                    rows += fmt::format(" {} |", to_text(message.what()));
                }
                rows += '\n';
            }
    EXPECT_EQ(table_below("## The matrix"), rows);
}

TEST(DmarcPolicyDocument, EverySecondSignal) {
    std::string rows;
    for (const SecondSignal& row : second_signals()) {
        const std::string_view name = verdict::signals()[static_cast<std::size_t>(row.id)].name;
        rows += fmt::format("| `{}`{} | {} | {} |\n", name,
                            row.points < 0 ? fmt::format(", {:g} or worse", row.points) : "",
                            row.of == SecondSignal::Of::author ? "always" : "not behind a list or forwarder", row.why);
    }
    EXPECT_EQ(table_below("## What corroborated means"), rows);
}

struct Example {
    const char* what;
    std::function<void(Message&)> arrange;
};

const std::vector<Example>& examples() {
    static const std::vector<Example> all{
        {"A stranger's host, nothing vouches", [](Message&) {}},
        {"The same on a server without a ledger", [](Message& m) { m.exceptions.history_known = false; }},
        {"From our own domain, nothing vouches", [](Message& m) { m.own("contoso.com"); }},
        {"Our own post, back from a list",
         [](Message& m) {
             m.own("contoso.com");
             m.from_list();
         }},
        {"A signature of the author's that broke on the way",
         [](Message& m) { m.signed_by("contoso.com", dkim::Result::fail); }},
        {"The same, from a trusted sealer",
         [](Message& m) {
             m.signed_by("contoso.com", dkim::Result::fail);
             m.rescued_by_sealer();
         }},
        {"From where the author's mail has come for long", [](Message& m) { m.known_pair(); }},
        {"The author's own host, which his SPF forgot",
         [](Message& m) {
             m.called("mail.contoso.com");
             m.facts.spf = {verdict::testing_facts::spf_outcome(spf::Result::fail, "contoso.com"), {}};
         }},
        {"A look-alike of ours, through a list",
         [](Message& m) {
             m.author("cont0so.com");
             m.known_names().add_domain(verdict::KnownNames::Of::ours, "contoso.com",
                                        verdict::testing_situation::suffixes());
             m.dmarc_fails(Policy::reject);
             m.from_list();
         }},
        {"The owner publishes t=y", [](Message& m) { m.testing(); }},
        {"All recipients call the author safe", [](Message& m) { m.exceptions.safe_sender = true; }},
    };
    return all;
}

TEST(DmarcPolicyDocument, EveryExample) {
    std::string rows;
    for (const Example& example : examples()) {
        Message message(Policy::reject);
        message.settings.follow = Follow::nothing;
        example.arrange(message);
        const Disposition disposition = message.disposed();
        rows += fmt::format("| {} | {} | {} | {} |\n", example.what, to_text(disposition.what),
                            disposition.override_reason ? to_text(disposition.override_reason->type) : "-",
                            disposition.why);
    }
    EXPECT_EQ(table_below("### Examples"), rows);
}

TEST(DmarcPolicyDocument, EveryOverrideReason) {
    using enum OverrideReason::Type;
    for (const auto type : {local_policy, mailing_list, other, policy_test_mode, trusted_forwarder})
        EXPECT_NE(document().find(fmt::format("\n| `{}` |", to_text(type))), std::string::npos) << to_text(type);
}

TEST(DmarcPolicyDocument, TheJunkMark) {
    for (const By by : {By::dmarc, By::spoof, By::suggestion, By::list, By::rule})
        EXPECT_NE(document().find(fmt::format("| `{}` |", to_text(by))), std::string::npos) << to_text(by);
    Message message(Policy::quarantine);
    std::string field = "X-Bonafide-Junk: " + junk_value(message.disposed());
    std::erase(field, '\r');
    std::ranges::replace(field, '\t', ' ');
    EXPECT_NE(document().find("```text\n" + field + "\n```\n"), std::string::npos) << field;
}

} // namespace
} // namespace bonafide::policy
