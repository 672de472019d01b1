#include "policy/disposition_settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::policy {
namespace {

template<class Value> struct Word {
    Value value;
    std::string_view text;
};

constexpr std::array preset_words{
    Word{Preset::none, "none"},
    Word{Preset::microsoft_default, "microsoft-default"},
    Word{Preset::microsoft_standard, "microsoft-standard"},
    Word{Preset::microsoft_strict, "microsoft-strict"},
};
constexpr std::array reject_words{
    Word{DmarcReject::corroborated, "corroborated"},
    Word{DmarcReject::always, "always"},
    Word{DmarcReject::never, "never"},
};
constexpr std::array several_words{
    Word{SeveralAuthors::accept, "accept"},
    Word{SeveralAuthors::refuse, "refuse"},
};
constexpr std::array quarantine_as_words{
    Word{QuarantineAs::junk, "junk"},
    Word{QuarantineAs::hold, "hold"},
};
constexpr std::array follow_words{
    Word{Follow::nothing, "nothing"},       Word{Follow::mark, "mark"},     Word{Follow::junk, "junk"},
    Word{Follow::quarantine, "quarantine"}, Word{Follow::reject, "reject"},
};
constexpr std::array on_quarantine_words{
    Word{OnQuarantine::quarantine, "quarantine"},
    Word{OnQuarantine::junk, "junk"},
};
constexpr std::array on_reject_words{
    Word{OnReject::quarantine, "quarantine"},
    Word{OnReject::reject, "reject"},
};
constexpr std::array on_spoof_words{
    Word{OnSpoof::junk, "junk"},
    Word{OnSpoof::quarantine, "quarantine"},
};

template<class Words> std::string_view text_of(const Words& words, auto value) {
    const auto found = std::ranges::find(words, value, [](const auto& word) { return word.value; });
    return found == words.end() ? std::string_view("unknown") : found->text;
}

template<class Words> auto value_of(const Words& words, std::string_view text) {
    const auto found = std::ranges::find(words, text, [](const auto& word) { return word.text; });
    return found == words.end() ? std::nullopt : std::optional(found->value);
}

std::string_view on_or_off(bool value) { return value ? "on" : "off"; }

constexpr std::array preset_rows{
    PresetSetting{"spoof.intelligence", "EnableSpoofIntelligence",
                  "a message counts as a spoof where compauth fails, though DMARC does not",
                  [](const DispositionSettings& s) { return on_or_off(s.spoof_intelligence); }},
    PresetSetting{"spoof.honour_dmarc", "HonorDmarcPolicy", "where DMARC fails, what the owner asks for decides",
                  [](const DispositionSettings& s) { return on_or_off(s.honour_dmarc); }},
    PresetSetting{"spoof.on_quarantine", "DmarcQuarantineAction", "what is done where DMARC fails under quarantine",
                  [](const DispositionSettings& s) { return to_text(s.on_quarantine); }},
    PresetSetting{"spoof.on_reject", "DmarcRejectAction", "what is done where DMARC fails under reject",
                  [](const DispositionSettings& s) { return to_text(s.on_reject); }},
    PresetSetting{"spoof.on_spoof", "AuthenticationFailAction", "what is done with a spoof by spoof intelligence",
                  [](const DispositionSettings& s) { return to_text(s.on_spoof); }},
    PresetSetting{"spoof.first_contact_tip", "EnableFirstContactSafetyTips", "`first-contact` in X-Bonafide-Sender",
                  [](const DispositionSettings& s) { return on_or_off(s.first_contact_tip); }},
    PresetSetting{"spoof.show_unverified", "EnableUnauthenticatedSender",
                  "`unverified`, the \"?\", in X-Bonafide-Sender",
                  [](const DispositionSettings& s) { return on_or_off(s.show_unverified); }},
    PresetSetting{"spoof.show_via", "EnableViaTag", "`via=` in X-Bonafide-Sender",
                  [](const DispositionSettings& s) { return on_or_off(s.show_via); }},
};

constexpr std::array own_rows{
    OwnSetting{"dmarc.preset", "none, microsoft-default, microsoft-standard, microsoft-strict",
               "whose settings decide: those of a preset, or `dmarc.reject` and `compauth.follow`"},
    OwnSetting{"dmarc.reject", "corroborated, always, never",
               "without a preset: when a message whose owner asks for reject is refused; else it is quarantined"},
    OwnSetting{"compauth.follow", "junk, nothing, mark, quarantine, reject",
               "without a preset: the strongest suggestion of the judgement that is followed"},
    OwnSetting{"dmarc.quarantine_as", "junk, hold", "what quarantine is: the junk mark, or the MTA's hold queue"},
    OwnSetting{"dmarc.several_authors", "accept, refuse",
               "what a From field gets that names several domains or stands there twice, where DMARC cannot apply"},
    OwnSetting{"reply: both", "550 5.7.26 Refused by the DMARC policy of {from.domain}",
               "the reply where SPF and DKIM both failed (RFC 7372)"},
    OwnSetting{"reply: other", "550 5.7.1 Refused by the DMARC policy of {from.domain}",
               "the reply of all other refusals"},
    OwnSetting{"reply: authors",
               "550 5.7.1 The message names authors of several domains, so DMARC cannot tell whose it is",
               "the reply where `dmarc.several_authors` refuses; `dmarc.several_authors_reply` sets another"},
    OwnSetting{
        "reply: blocked", "550 5.7.1 This sender may not write in the name of {from.domain}",
        "the reply to a blocked pair where `compauth.follow` is reject; `spoof.blocked_pair_reply` sets another"},
};

/// The default of the row.
Reply reply_of(std::string_view setting) {
    const auto* const row = std::ranges::find(own_rows, setting, &OwnSetting::name);
    return Reply::parse(row->values, Reply::Class::permanent, Level::judged).value();
}

const DmarcReplies& default_replies() {
    static const DmarcReplies replies{reply_of("reply: both"), reply_of("reply: other"), reply_of("reply: authors"),
                                      reply_of("reply: blocked")};
    return replies;
}

} // namespace

std::string_view to_text(Preset preset) { return text_of(preset_words, preset); }
std::string_view to_text(DmarcReject value) { return text_of(reject_words, value); }
std::string_view to_text(SeveralAuthors value) { return text_of(several_words, value); }
std::string_view to_text(QuarantineAs value) { return text_of(quarantine_as_words, value); }
std::string_view to_text(Follow value) { return text_of(follow_words, value); }
std::string_view to_text(OnQuarantine value) { return text_of(on_quarantine_words, value); }
std::string_view to_text(OnReject value) { return text_of(on_reject_words, value); }
std::string_view to_text(OnSpoof value) { return text_of(on_spoof_words, value); }
std::optional<Preset> parse_preset(std::string_view text) { return value_of(preset_words, text); }
std::optional<DmarcReject> parse_dmarc_reject(std::string_view text) { return value_of(reject_words, text); }
std::optional<SeveralAuthors> parse_several_authors(std::string_view text) { return value_of(several_words, text); }
std::optional<QuarantineAs> parse_quarantine_as(std::string_view text) { return value_of(quarantine_as_words, text); }
std::optional<Follow> parse_follow(std::string_view text) { return value_of(follow_words, text); }
std::optional<OnQuarantine> parse_on_quarantine(std::string_view text) { return value_of(on_quarantine_words, text); }
std::optional<OnReject> parse_on_reject(std::string_view text) { return value_of(on_reject_words, text); }
std::optional<OnSpoof> parse_on_spoof(std::string_view text) { return value_of(on_spoof_words, text); }

DmarcReplies DmarcReplies::defaults() { return default_replies(); }

DispositionSettings with_preset(Preset preset, DispositionSettings settings) {
    settings.preset = preset;
    if (preset == Preset::none) return settings;
    settings.spoof_intelligence = true;
    settings.honour_dmarc = true;
    settings.on_quarantine = OnQuarantine::quarantine;
    settings.on_reject = OnReject::reject;
    settings.on_spoof = preset == Preset::microsoft_strict ? OnSpoof::quarantine : OnSpoof::junk;
    settings.first_contact_tip = preset != Preset::microsoft_default;
    settings.show_unverified = true;
    settings.show_via = true;
    return settings;
}

verdict::Indicators shown(verdict::Indicators indicators, const DispositionSettings& settings) {
    indicators.first_contact = indicators.first_contact && settings.first_contact_tip;
    indicators.unverified = indicators.unverified && settings.show_unverified;
    if (!settings.show_via) indicators.via.clear();
    return indicators;
}

std::span<const PresetSetting> preset_settings() { return preset_rows; }
std::span<const OwnSetting> own_settings() { return own_rows; }

} // namespace bonafide::policy
