// What an administrator says about mail that fails DMARC or whose author is not who From says: settings, their presets, and the tables
// from which docs/dmarc-policy.md comes. Plain data.
//
// Either a preset is chosen, and the settings of its table decide as Microsoft 365's anti-phishing policy does; or none is, and `reject`
// and `follow` decide.
#pragma once

#include "policy/reply.hpp"
#include "verdict/judgement.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bonafide::policy {

enum class Preset : std::uint8_t { none, microsoft_default, microsoft_standard, microsoft_strict };

/// When a message whose owner asks for reject is refused. RFC 9989 7.4: never for that wish alone.
enum class DmarcReject : std::uint8_t {
    corroborated, ///< when something that does not depend on DMARC speaks against it too (corroboration.hpp); else quarantine
    always,       ///< as the owner asks. Deviates from RFC 9989 7.4: an administrator may want it
    never,        ///< quarantine
};

/// What a From field gets that names several domains, or that stands there several times: DMARC cannot apply (RFC 9989 5.3.1, 11.5).
enum class SeveralAuthors : std::uint8_t { accept, refuse };

/// What "quarantine" means here.
enum class QuarantineAs : std::uint8_t {
    junk, ///< delivered with the junk mark, which says "level=quarantine"
    hold, ///< the MTA's hold queue: the whole message, for all its recipients
};

/// The strongest suggestion of a judgement that is followed.
enum class Follow : std::uint8_t { nothing, mark, junk, quarantine, reject };

enum class OnQuarantine : std::uint8_t { quarantine, junk };
enum class OnReject : std::uint8_t { quarantine, reject };
enum class OnSpoof : std::uint8_t { junk, quarantine };

[[nodiscard]] std::string_view to_text(Preset preset); ///< "microsoft-default"
[[nodiscard]] std::string_view to_text(DmarcReject value);
[[nodiscard]] std::string_view to_text(SeveralAuthors value);
[[nodiscard]] std::string_view to_text(QuarantineAs value);
[[nodiscard]] std::string_view to_text(Follow value);
[[nodiscard]] std::string_view to_text(OnQuarantine value);
[[nodiscard]] std::string_view to_text(OnReject value);
[[nodiscard]] std::string_view to_text(OnSpoof value);
[[nodiscard]] std::optional<Preset> parse_preset(std::string_view text);
[[nodiscard]] std::optional<DmarcReject> parse_dmarc_reject(std::string_view text);
[[nodiscard]] std::optional<SeveralAuthors> parse_several_authors(std::string_view text);
[[nodiscard]] std::optional<QuarantineAs> parse_quarantine_as(std::string_view text);
[[nodiscard]] std::optional<Follow> parse_follow(std::string_view text);
[[nodiscard]] std::optional<OnQuarantine> parse_on_quarantine(std::string_view text);
[[nodiscard]] std::optional<OnReject> parse_on_reject(std::string_view text);
[[nodiscard]] std::optional<OnSpoof> parse_on_spoof(std::string_view text);

/// What a refusal says. Any field of rules can stand in it that is known of the message itself (fields.hpp).
struct DmarcReplies {
    Reply both;    ///< SPF and DKIM failed (RFC 7372 3.4): 550 5.7.26
    Reply other;   ///< otherwise: 550 5.7.1
    Reply authors; ///< From names several domains
    Reply blocked; ///< a blocked pair, where the owner asks for no reject
    [[nodiscard]] static DmarcReplies defaults();
};

struct DispositionSettings {
    Preset preset = Preset::none;

    // Only with a preset, which fills them (with_preset()); each may then be set otherwise.
    bool spoof_intelligence =
        true; ///< EnableSpoofIntelligence: compauth=fail without a DMARC failure counts as a spoof
    bool honour_dmarc =
        true; ///< HonorDmarcPolicy: what the owner asks for decides; otherwise on_spoof does for every spoof
    OnQuarantine on_quarantine = OnQuarantine::quarantine; ///< DmarcQuarantineAction: DMARC fails under quarantine
    OnReject on_reject = OnReject::reject;                 ///< DmarcRejectAction: DMARC fails under reject
    OnSpoof on_spoof = OnSpoof::junk; ///< AuthenticationFailAction: a spoof by spoof intelligence; Junk is MoveToJmf

    // Indicators, with and without a preset (shown()).
    bool first_contact_tip = true; ///< EnableFirstContactSafetyTips
    bool show_unverified = true;   ///< EnableUnauthenticatedSender: "?"
    bool show_via = true;          ///< EnableViaTag

    // Only without a preset.
    DmarcReject reject = DmarcReject::corroborated;
    Follow follow = Follow::junk;

    // Always.
    QuarantineAs quarantine_as = QuarantineAs::junk;
    SeveralAuthors several_authors = SeveralAuthors::accept;
    DmarcReplies replies = DmarcReplies::defaults();
};

/// `settings` with the preset's values for all that its table names; `Preset::none` changes nothing but the preset.
[[nodiscard]] DispositionSettings with_preset(Preset preset, DispositionSettings settings = {});

/// What of the indicators the settings let be shown.
[[nodiscard]] verdict::Indicators shown(verdict::Indicators indicators, const DispositionSettings& settings);

/// A row of the presets' table.
struct PresetSetting {
    std::string_view name;
    std::string_view microsoft; ///< Microsoft's parameter
    std::string_view help;      ///< one phrase
    std::string_view (*value)(const DispositionSettings&);
};
[[nodiscard]] std::span<const PresetSetting> preset_settings();

/// A row of all others.
struct OwnSetting {
    std::string_view name;
    std::string_view values; ///< the default first; of a reply the default
    std::string_view help;
};
[[nodiscard]] std::span<const OwnSetting> own_settings();

} // namespace bonafide::policy
