// Microsoft's honour-DMARC matrix cell by cell, for each preset and for each setting that is set otherwise.
#include "policy/test_disposition.hpp"

#include <gtest/gtest.h>

namespace bonafide::policy {
namespace {

using namespace testing_disposition;

enum class Switch : std::uint8_t { off, on };
constexpr Switch on = Switch::on, off = Switch::off;

/// How the settings of a preset are changed, and what then becomes of the four kinds of failing mail.
struct Row {
    Switch spoof_intelligence;
    Switch honour_dmarc;
    std::string_view implicit; ///< no DMARC policy, and compauth fails
    std::string_view p_none;   ///< DMARC fails under p=none, and so on
    std::string_view p_quarantine;
    std::string_view p_reject;
};

using Change = std::function<void(DispositionSettings&)>;

std::string_view disposed(const DispositionSettings& settings, std::optional<Policy> asked) {
    Message message;
    if (asked) message.dmarc_fails(*asked);
    EXPECT_EQ(message.judge().result, verdict::Compauth::fail);
    message.settings = settings;
    message.settings.reject = DmarcReject::never; // neither of these counts beside a preset
    message.settings.follow = Follow::reject;
    return to_text(message.what());
}

void check(Preset preset, const Change& change, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        DispositionSettings settings = with_preset(preset);
        settings.spoof_intelligence = row.spoof_intelligence == on;
        settings.honour_dmarc = row.honour_dmarc == on;
        if (change) change(settings);
        const std::string where = std::string(to_text(preset)) + ", spoof intelligence " +
                                  (settings.spoof_intelligence ? "on" : "off") + ", honour " +
                                  (settings.honour_dmarc ? "on" : "off");
        EXPECT_EQ(disposed(settings, std::nullopt), row.implicit) << where << ": implicit failure";
        EXPECT_EQ(disposed(settings, Policy::none), row.p_none) << where << ": p=none";
        EXPECT_EQ(disposed(settings, Policy::quarantine), row.p_quarantine) << where << ": p=quarantine";
        EXPECT_EQ(disposed(settings, Policy::reject), row.p_reject) << where << ": p=reject";
    }
}

const std::vector<Row>& as_standard() {
    static const std::vector<Row> rows{
        {on, on, "junk", "none", "quarantine", "reject"},
        {on, off, "junk", "junk", "junk", "junk"},
        {off, on, "none", "none", "quarantine", "reject"},
        {off, off, "none", "none", "quarantine", "quarantine"},
    };
    return rows;
}

TEST(DispositionMatrix, MicrosoftDefault) { check(Preset::microsoft_default, {}, as_standard()); }
TEST(DispositionMatrix, MicrosoftStandard) { check(Preset::microsoft_standard, {}, as_standard()); }
TEST(DispositionMatrix, MicrosoftStrict) {
    check(Preset::microsoft_strict, {},
          {
              {on, on, "quarantine", "none", "quarantine", "reject"},
              {on, off, "quarantine", "quarantine", "quarantine", "quarantine"},
              {off, on, "none", "none", "quarantine", "reject"},
              {off, off, "none", "none", "quarantine", "quarantine"},
          });
}

TEST(DispositionMatrix, OnQuarantineIsJunk) {
    for (const Preset preset : {Preset::microsoft_default, Preset::microsoft_standard})
        check(preset, [](auto& s) { s.on_quarantine = OnQuarantine::junk; },
              {
                  {on, on, "junk", "none", "junk", "reject"},
                  {on, off, "junk", "junk", "junk", "junk"},
                  {off, on, "none", "none", "junk", "reject"},
                  {off, off, "none", "none", "quarantine", "quarantine"}, // fixed, whatever the setting
              });
    check(Preset::microsoft_strict, [](auto& s) { s.on_quarantine = OnQuarantine::junk; },
          {
              {on, on, "quarantine", "none", "junk", "reject"},
              {on, off, "quarantine", "quarantine", "quarantine", "quarantine"},
              {off, on, "none", "none", "junk", "reject"},
              {off, off, "none", "none", "quarantine", "quarantine"},
          });
}

TEST(DispositionMatrix, OnRejectIsQuarantine) {
    for (const Preset preset : {Preset::microsoft_default, Preset::microsoft_standard})
        check(preset, [](auto& s) { s.on_reject = OnReject::quarantine; },
              {
                  {on, on, "junk", "none", "quarantine", "quarantine"},
                  {on, off, "junk", "junk", "junk", "junk"},
                  {off, on, "none", "none", "quarantine", "quarantine"},
                  {off, off, "none", "none", "quarantine", "quarantine"},
              });
    check(Preset::microsoft_strict, [](auto& s) { s.on_reject = OnReject::quarantine; },
          {
              {on, on, "quarantine", "none", "quarantine", "quarantine"},
              {on, off, "quarantine", "quarantine", "quarantine", "quarantine"},
              {off, on, "none", "none", "quarantine", "quarantine"},
              {off, off, "none", "none", "quarantine", "quarantine"},
          });
}

TEST(DispositionMatrix, OnSpoofTheOtherWay) {
    for (const Preset preset : {Preset::microsoft_default, Preset::microsoft_standard})
        check(preset, [](auto& s) { s.on_spoof = OnSpoof::quarantine; },
              {
                  {on, on, "quarantine", "none", "quarantine", "reject"},
                  {on, off, "quarantine", "quarantine", "quarantine", "quarantine"},
                  {off, on, "none", "none", "quarantine", "reject"},
                  {off, off, "none", "none", "quarantine", "quarantine"},
              });
    check(Preset::microsoft_strict, [](auto& s) { s.on_spoof = OnSpoof::junk; }, as_standard());
}

TEST(DispositionMatrix, QuarantineIsTheHoldQueueWhereItIsSoSet) {
    check(Preset::microsoft_strict, [](auto& s) { s.quarantine_as = QuarantineAs::hold; },
          {
              {on, on, "hold", "none", "hold", "reject"},
              {on, off, "hold", "hold", "hold", "hold"},
              {off, on, "none", "none", "hold", "reject"},
              {off, off, "none", "none", "hold", "hold"},
          });
}

TEST(DispositionMatrix, SettingsThatOnlyShowChangeNothing) {
    check(
        Preset::microsoft_standard,
        [](auto& s) {
            s.first_contact_tip = s.show_unverified = s.show_via = false;
            s.several_authors = SeveralAuthors::refuse;
        },
        as_standard());
}

TEST(DispositionMatrix, WithoutAPresetItsSettingsDoNothing) {
    for (const bool intelligence : {true, false})
        for (const bool honour : {true, false}) {
            Message message(Policy::reject);
            message.settings.spoof_intelligence = intelligence;
            message.settings.honour_dmarc = honour;
            message.settings.on_reject = OnReject::quarantine;
            message.settings.reject = DmarcReject::always;
            EXPECT_EQ(message.what(), What::reject);
        }
}

TEST(DispositionMatrix, AProvenAuthorIsLeftAlone) {
    for (const Preset preset : {Preset::microsoft_default, Preset::microsoft_standard, Preset::microsoft_strict}) {
        Message message;
        message.settings = with_preset(preset);
        message.dmarc_passes(true, true);
        EXPECT_EQ(message.what(), What::none);
        message.no_policy();
        message.spf_passes("contoso.com");
        EXPECT_EQ(message.judge().reason, 109U);
        EXPECT_EQ(message.what(), What::none);
    }
}

TEST(DispositionMatrix, ABlockedPairIsASpoofWithoutIntelligenceToo) {
    Message message;
    message.settings = with_preset(Preset::microsoft_default);
    message.settings.spoof_intelligence = false;
    message.dmarc_passes(true, true);
    message.block("contoso.com, 192.0.2.0/24");
    message.exceptions.safe_sender = true;
    EXPECT_EQ(message.what(), What::junk) << "and goes before the user's list";
    EXPECT_EQ(message.disposed().by, By::spoof);
    message.dmarc_fails(Policy::none);
    EXPECT_EQ(message.what(), What::junk);
    message.dmarc_fails(Policy::reject);
    EXPECT_EQ(message.what(), What::reject) << "the stronger of both";
}

TEST(DispositionMatrix, ExceptionsAndRulesGoBeforeAPreset) {
    Message message(Policy::reject);
    message.settings = with_preset(Preset::microsoft_strict);
    message.exceptions.no_dmarc_rule = "partner";
    EXPECT_EQ(message.what(), What::none);
    message.settings.honour_dmarc = false;
    EXPECT_EQ(message.what(), What::quarantine) << "a spoof by intelligence all the same";
    EXPECT_EQ(message.disposed().by, By::spoof);
    message.exceptions = {.safe_sender = true};
    EXPECT_EQ(message.what(), What::none);
    message.exceptions = {.blocked_sender = true};
    EXPECT_EQ(message.what(), What::junk);
    message.exceptions = {.allowed_by = "contoso.com"};
    EXPECT_EQ(message.what(), What::none);
}

TEST(DispositionSettings, ThePresetsAsMicrosoftHasThem) {
    const auto values = [](Preset preset) {
        std::string text;
        const DispositionSettings settings = with_preset(preset);
        for (const PresetSetting& row : preset_settings()) text += std::string(row.value(settings)) + ' ';
        return text;
    };
    EXPECT_EQ(values(Preset::microsoft_default), "on on quarantine reject junk off on on ");
    EXPECT_EQ(values(Preset::microsoft_standard), "on on quarantine reject junk on on on ");
    EXPECT_EQ(values(Preset::microsoft_strict), "on on quarantine reject quarantine on on on ");
}

TEST(DispositionSettings, WordsAreReadAsTheyAreWritten) {
    for (const auto preset :
         {Preset::none, Preset::microsoft_default, Preset::microsoft_standard, Preset::microsoft_strict})
        EXPECT_EQ(parse_preset(to_text(preset)), preset);
    for (const auto value : {DmarcReject::corroborated, DmarcReject::always, DmarcReject::never})
        EXPECT_EQ(parse_dmarc_reject(to_text(value)), value);
    for (const auto value : {Follow::nothing, Follow::mark, Follow::junk, Follow::quarantine, Follow::reject})
        EXPECT_EQ(parse_follow(to_text(value)), value);
    for (const auto value : {QuarantineAs::junk, QuarantineAs::hold})
        EXPECT_EQ(parse_quarantine_as(to_text(value)), value);
    for (const auto value : {SeveralAuthors::accept, SeveralAuthors::refuse})
        EXPECT_EQ(parse_several_authors(to_text(value)), value);
    for (const auto value : {OnQuarantine::quarantine, OnQuarantine::junk})
        EXPECT_EQ(parse_on_quarantine(to_text(value)), value);
    for (const auto value : {OnReject::quarantine, OnReject::reject}) EXPECT_EQ(parse_on_reject(to_text(value)), value);
    for (const auto value : {OnSpoof::junk, OnSpoof::quarantine}) EXPECT_EQ(parse_on_spoof(to_text(value)), value);
    EXPECT_FALSE(parse_preset("microsoft"));
    EXPECT_FALSE(parse_follow("deliver"));
}

TEST(DispositionSettings, IndicatorsCanBeSwitchedOff) {
    const verdict::Indicators all{.unverified = true, .via = "fabrikam.com", .first_contact = true};
    const verdict::Indicators by_default = shown(all, with_preset(Preset::microsoft_default));
    EXPECT_FALSE(by_default.first_contact);
    EXPECT_TRUE(by_default.unverified);
    EXPECT_EQ(by_default.via, "fabrikam.com");
    DispositionSettings none;
    EXPECT_TRUE(shown(all, none).first_contact) << "without a preset all are shown";
    none.show_unverified = none.show_via = none.first_contact_tip = false;
    EXPECT_FALSE(shown(all, none).unverified);
    EXPECT_EQ(shown(all, none).via, "");
}

} // namespace
} // namespace bonafide::policy
